"""What the other tables say of the clips that were narrowed down: each a row or several, put together clip by clip at the end.

Every question asked of them gives rows of the same columns (``COLUMNS``), which ``further`` gathers in one pass: no planner has
to guess how many rows a join of a join gives.
"""

import json
from collections.abc import Iterable, Iterator, Mapping

from reviews.actions.mirror import conditions as told
from reviews.actions.mirror.dialect import LATER, Dialect, Parameters
from reviews.actions.mirror.small import KINDS, Small
from reviews.models import WORLD
from reviews.rules.clearance import Question

COLUMNS = ("codes", "kinds", "duties", "shown", "rested", "known", "stages")
"""Codes, kinds of depictions and duties met, as bits; how many depictions, releases, answers known, and stages passed."""

STANDING = "AND NOT EXISTS (SELECT 1 FROM reviews_signoff y WHERE y.revokes_id = s.id)"
UNSTAMPED = "(s.stamp_required AND NOT EXISTS (SELECT 1 FROM ledger_timestamp z WHERE z.digest = s.payload_sha256))"
"""Does the sign-off ``s`` wait for its time-stamp? Answered from two indexes alone."""
APPROVED = f"EXISTS (SELECT 1 FROM reviews_signoff s WHERE s.record_version_id = {{}}.id AND s.meaning = 'approved' {STANDING})"
IN_FORCE = f"{APPROVED.format('v')} AND NOT EXISTS ({LATER} AND {APPROVED.format('later')})"
"""Is the version ``v`` the newest of its record whose approval stands, whatever was drafted since?"""


class Further:
    """The steps from ``narrowed`` to ``further``."""

    def __init__(
        self, dialect: Dialect, asked: Mapping[str, str], question: Question, small: Small, given: Parameters
    ) -> None:
        self._dialect = dialect
        self._agreed = given.put(json.dumps({"names": sorted({name for name, _, _ in small.agreed})}))
        self._asked = asked
        self._question = question
        self._owed = bool(small.duties)
        self._duties = {1} | {bit for _, _, bit in small.agreed}

    def steps(self) -> Iterator[str]:
        """The steps, each of which may use those before it."""
        yield """
            demanded AS (SELECT checklist_id, count(*) AS answers FROM questions WHERE required GROUP BY checklist_id)"""
        yield """
            wanted AS (SELECT project_id, count(*) AS stages FROM reviews_stage WHERE role <> 'legal' GROUP BY project_id)"""
        yield from self._decisions()
        yield from self._descent()
        yield self._promises()
        yield f"""
            found(id, {", ".join(COLUMNS)}) AS ({" UNION ALL ".join(self._rows())})"""
        yield f"""
            further AS (
                SELECT id, {self._bits("codes", told.BITS.values())}, {self._bits("kinds", KINDS.values())},
                    {self._bits("duties", self._duties)}, sum(shown) AS shown, sum(rested) AS rested, sum(known) AS known,
                    sum(stages) AS stages
                FROM found GROUP BY id
            )"""

    def _bits(self, column: str, bits: Iterable[int]) -> str:
        return f"{self._dialect.any_bit(column, bits)} AS {column}"

    def _rows(self) -> Iterator[str]:
        yield self._unsigned()
        yield self._depictions()
        yield self._releases()
        yield self._answers()
        if self._owed:
            yield self._disclosures()
        yield from self._terms()
        yield f"{_row('s.clip_id', stages='1')} FROM passed s"
        yield f"{_row('l.clip_id', 'b.codes')} FROM line l JOIN binding b ON b.id = l.parent_id"
        yield from self._promised()

    def _unsigned(self) -> str:
        """Versions that nobody signed: was an earlier one approved? Asked one by one, since they are few."""
        earlier = f"""EXISTS (
            SELECT 1 FROM reviews_licencerecordversion v JOIN reviews_signoff s ON s.record_version_id = v.id
            WHERE v.record_id = n.record_id AND s.meaning = 'approved' {STANDING} {self._dialect.fence}
        )"""
        codes = f"CASE WHEN {earlier} THEN {told.bit('superseded')} ELSE {told.bit('not-signed')} END"
        return f"{_row('n.id', codes)} FROM narrowed n WHERE n.version_id IS NOT NULL AND n.sign_off_id IS NULL"

    def _depictions(self) -> str:
        kinds = " ".join(f"WHEN '{kind}' THEN {bit}" for kind, bit in KINDS.items())
        codes = told.either(told.of_depictions(self._dialect, self._asked))
        return f"""{_row("n.id", codes, kinds=f"CASE d.kind {kinds} ELSE 0 END", shown="1")}
            FROM narrowed n JOIN reviews_depiction d ON d.record_version_id = n.version_id
            LEFT JOIN reviews_release r ON r.id = d.release_id WHERE n.schema > 1"""

    def _releases(self) -> str:
        return f"""{_row("n.id", told.either(told.of_releases()), rested="1")}
            FROM narrowed n JOIN reviews_recordrelease l ON l.record_version_id = n.version_id
            JOIN reviews_release r ON r.id = l.release_id WHERE n.schema = 1"""

    def _answers(self) -> str:
        """What the record answers to its checklist."""
        dialect = self._dialect
        known = "CASE WHEN q.required AND a.finding IN ('yes', 'no') THEN 1 ELSE 0 END"
        clears = "CASE a.finding WHEN 'yes' THEN q.yes WHEN 'no' THEN q.no WHEN 'unknown' THEN q.open ELSE FALSE END"
        against = f"a.finding <> '' AND NOT (q.required AND a.finding = 'unknown') AND NOT {clears}"
        return f"""{_row("a.id", told.either({"checklist-against": against}), known=known)}
            FROM (
                SELECT n.id, n.checklist_id, {dialect.text("e.value", "key")} AS name, {dialect.text("e.value", "finding")} AS finding
                FROM narrowed n CROSS JOIN {dialect.rows("n.answers", "e")} WHERE n.checklist_id IS NOT NULL {dialect.fence}
            ) a JOIN questions q ON q.checklist_id = a.checklist_id AND q.name = a.name"""

    def _disclosures(self) -> str:
        """Which duties of disclosure the record meets."""
        dialect = self._dialect
        reason, plan = dialect.text("e.value", "reason"), dialect.text("e.value", "plan")
        words = f"CASE WHEN {dialect.true('e.value', 'exempt')} THEN {reason} ELSE {plan} END"
        version = f"CAST({dialect.text('e.value', 'version')} AS text)"
        return f"""{_row("m.id", duties="a.bit")}
            FROM (
                SELECT n.id, {dialect.text("e.value", "rule")} AS name, {version} AS version, {words} AS words
                FROM narrowed n CROSS JOIN {dialect.rows_of("n.disclosures", "e", "rule", self._agreed)} WHERE n.schema > 1 {dialect.fence}
            ) m JOIN agreed a ON a.name = m.name AND a.version = m.version WHERE trim(m.words, {self._asked["blank"]}) <> ''"""

    def _decisions(self) -> Iterator[str]:
        """Which stages before the sign-off each clip's bytes have passed: by the last word of each person.

        Of an equation of hashes the planner believes that it hardly ever holds, and sorts the few rows it expects: it is told
        nothing about it.
        """
        yield """
            said AS (
                SELECT g.clip_id, g.stage_id, CASE WHEN first = last THEN first ELSE (
                    SELECT l.verdict FROM reviews_decision l
                    WHERE l.clip_id = g.clip_id AND l.stage_id = g.stage_id AND l.person_id = g.person_id
                        AND l.clip_sha256 = g.sha256 ORDER BY l.decided_at DESC, l.id DESC LIMIT 1
                ) END AS verdict
                FROM (
                    SELECT d.clip_id, d.stage_id, d.person_id, min(d.verdict) AS first, max(d.verdict) AS last,
                        min(d.clip_sha256) AS sha256
                    FROM narrowed n JOIN reviews_decision d ON d.clip_id = n.id AND COALESCE(d.clip_sha256 = n.sha256, FALSE)
                    JOIN reviews_stage t ON t.id = d.stage_id AND t.project_id = n.project_id AND t.role <> 'legal'
                    GROUP BY d.clip_id, d.stage_id, d.person_id
                ) g
            )"""
        yield """
            heard AS (
                SELECT clip_id, stage_id, count(*) AS people, sum(CASE WHEN verdict = 'approved' THEN 1 ELSE 0 END) AS approvals
                FROM said WHERE verdict <> 'taken_back' GROUP BY clip_id, stage_id
            )"""
        yield """
            passed AS (
                SELECT s.clip_id FROM heard s JOIN reviews_stage t ON t.id = s.stage_id
                WHERE s.approvals >= t.needed AND (s.approvals = s.people OR NOT t.worst_wins)
            )"""

    def _terms(self) -> Iterator[str]:
        """Which records are being read anew, and which sets lack the terms of somebody by way of whom the clip was made."""
        yield f"""{_row("n.id", told.bit("suspended"))} FROM narrowed n
            JOIN reviews_rereview t ON t.record_version_id = n.version_id AND t.suspends AND t.settled_at IS NULL
            JOIN effects e ON e.change_id = t.change_id AND e.since <= n.last_day WHERE n.continuous"""
        yield f"""{_row("n.id", told.bit("hop-not-governed"))} FROM narrowed n JOIN lacking l ON l.set_id = n.governing_set_id
            JOIN generations_generation g ON g.clip_id = n.id AND g.account_id = l.account_id AND g.model = l.model"""
        yield f"""{_row("n.id", told.bit("hop-not-governed"))} FROM narrowed n JOIN lacking_told l
            ON l.set_id = n.governing_set_id AND l.route = n.declared_route AND l.model = n.declared_model WHERE n.generated IS NULL"""

    def _descent(self) -> Iterator[str]:
        """What clips were made from, near and far, and what binds whatever was made from those."""
        yield """
            sources AS MATERIALIZED (
                SELECT clip_id, parent_id FROM generations_clipparent
                UNION SELECT g.clip_id, s.clip_id FROM generations_generation g
                    JOIN generations_generation s ON s.id = g.source_id
                    WHERE g.source_id IS NOT NULL AND g.clip_id IS NOT NULL AND s.clip_id IS NOT NULL
            )"""
        yield """
            line(clip_id, parent_id) AS (
                SELECT clip_id, parent_id FROM sources WHERE clip_id <> parent_id
                UNION SELECT l.clip_id, s.parent_id FROM line l JOIN sources s ON s.clip_id = l.parent_id
                    WHERE s.parent_id <> l.clip_id
            )"""
        yield """
            elders AS MATERIALIZED (SELECT DISTINCT l.parent_id AS id FROM line l JOIN narrowed n ON n.id = l.clip_id)"""
        yield f"""
            in_force AS (
                SELECT v.* FROM elders e JOIN reviews_licencerecord r ON r.clip_id = e.id
                JOIN reviews_licencerecordversion v ON v.record_id = r.id WHERE {IN_FORCE}
            )"""
        yield f"""
            binding AS MATERIALIZED (
                SELECT c.id, {told.either(told.of_parents(self._dialect, self._asked))} AS codes FROM elders e
                JOIN generations_clip c ON c.id = e.id
                LEFT JOIN reviews_licencerecord r ON r.clip_id = c.id
                LEFT JOIN reviews_licencerecordversion v ON v.record_id = r.id AND NOT EXISTS ({LATER})
                LEFT JOIN in_force w ON w.record_id = r.id
                LEFT JOIN held h ON h.clip_id = c.id
                LEFT JOIN stopped i ON i.clip_id = c.id
            )"""

    def _promises(self) -> str:
        """Standing promises of exclusivity that cover some of what is asked."""
        anywhere = self._question.territory == WORLD
        return f"""
            promises AS MATERIALIZED (
                SELECT r.clip_id, v.clip_sha256, p.client_id FROM reviews_licencerecordversion v
                JOIN reviews_licencerecord r ON r.id = v.record_id
                JOIN generations_clip c ON c.id = r.clip_id JOIN generations_project p ON p.id = c.project_id
                WHERE v.exclusive AND {told.overlaps(self._dialect, self._asked, anywhere=anywhere)} AND {IN_FORCE}
            )"""

    def _promised(self) -> Iterator[str]:
        """Which clips a promise to somebody else binds: by their bytes, themselves, or by way of kin."""
        client = self._asked["client"] if self._question.client else "n.client_id"
        row, other = _row("n.id", told.bit("exclusivity-conflict")), f"WHERE p.client_id <> {client}"
        yield f"{row} FROM narrowed n JOIN promises p ON p.clip_sha256 = n.sha256 {other}"
        yield f"{row} FROM narrowed n JOIN promises p ON p.clip_id = n.id {other}"
        yield f"{row} FROM narrowed n JOIN line l ON l.clip_id = n.id JOIN promises p ON p.clip_id = l.parent_id {other}"
        yield f"{row} FROM narrowed n JOIN line l ON l.parent_id = n.id JOIN promises p ON p.clip_id = l.clip_id {other}"


def _row(clip: str, codes: str = "0", **others: str) -> str:
    told_of = {"codes": codes, **others}
    cells = ", ".join(f"CAST({told_of.get(name, '0')} AS bigint)" for name in COLUMNS)
    return f"SELECT {clip}, {cells}"
