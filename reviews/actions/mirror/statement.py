"""The statement: which clips are cleared for a question, and which codes stand against the others.

Its steps, each a name of its WITH: ``asked`` (the clips in question), ``base`` (with their newest record version, the sign-off
on it, and what these say), ``narrowed`` (few enough codes to look further), ``shown``, ``rested``, ``checked``, ``passed``
(what is in further rows), ``judged``.
"""

from datetime import timedelta
from uuid import UUID

from generations.models.clip import ClipQuerySet
from reviews.actions.mirror import conditions as told
from reviews.actions.mirror.dialect import Parameters, here
from reviews.actions.mirror.small import NEVER, Small
from reviews.models import Depiction, Use
from reviews.rules.clearance import Question

NOBODY = UUID(int=0)
BLANK = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
"""What Python strips off a text: SQL's trim is told it."""

CLIP_COLUMNS = (
    "id", "project_id", "sha256", "declared_route", "declared_made_on", "created_at", "quarantined_at", "withdrawn_at",
)  # fmt: skip

KINDS = {str(kind): 1 << place for place, kind in enumerate(Depiction.Kind.values)}
"""A bit for each kind of depiction."""


class Statement:
    """The WITH of a statement whose last step, ``judged(id, codes)``, has a row for each clip of ``clips``.

    Clips with more than ``most`` codes against them are left out early, before what is depicted, answered and decided is looked
    at: 1 is enough to tell what is cleared, and what is cleared but for one thing.
    """

    def __init__(self, clips: ClipQuerySet, question: Question, small: Small, *, most: int) -> None:
        self.parameters = given = Parameters()
        self._dialect = here()
        self._use = question.use
        self._asked = {
            "use": given.put(question.use),
            "territory": given.put(question.territory),
            "purpose": given.put(question.purpose),
            "client": given.put(UUID(question.client)) if question.client else "client_id",
            "at": given.put(question.at),
            "last": given.put(question.last),
            "never": given.put(NEVER),
            "blank": given.put(BLANK),
        }
        steps = [*self._tables(small, question), self._clips(clips), *self._base(), self._narrowed(most), *self._rows()]
        self.text = f"WITH {', '.join(steps)}, {self._judged()}"

    def _tables(self, small: Small, question: Question) -> list[str]:
        day = question.at.date()
        table = self.parameters.table
        return [
            table("zones", "zone, first_day, last_day", ("", day, day), small.zones),
            table("accounts", "id, route", (NOBODY, ""), small.accounts),
            table("routes", "told, route", ("", ""), [row for row in small.routes if row[0]]),
            table("sets", "id, route, hops_open, follows_from, bound_from", (NOBODY, "", False, day, day), small.sets),
            table("questions", "checklist_id, name, required, yes, no, open", (NOBODY, "", *(False,) * 4), small.questions),
            table("duties", "name, since, until, depicts", ("", NEVER, day, 0), small.duties),
            table("exclusives", "release_id, category", (NOBODY, ""), small.exclusives),
        ]

    def _clips(self, clips: ClipQuerySet) -> str:
        text, values = clips.order_by().values(*CLIP_COLUMNS).query.sql_with_params()
        return f"asked({', '.join(CLIP_COLUMNS)}) AS ({self.parameters.embedded(text, values)})"

    def _base(self) -> list[str]:
        """Every clip with its newest record version and the sign-off on that, in one row."""
        at, blank = self._asked["at"], self._asked["blank"]
        bits = " ".join(f"WHEN '{code}' THEN {told.bit(code)}" for code in sorted(told.OVERRIDABLE))
        return [
            f"""
            newest AS (
                SELECT r.clip_id, v.*, z.first_day, z.last_day FROM reviews_licencerecord r
                JOIN reviews_licencerecordversion v ON v.record_id = r.id
                JOIN zones z ON z.zone = v.time_zone
                WHERE NOT EXISTS (
                    SELECT 1 FROM reviews_licencerecordversion later
                    WHERE later.record_id = v.record_id AND later.version > v.version
                )
            )""",
            """
            ways AS (
                SELECT g.clip_id, min(a.route) AS first_told, max(a.route) AS last_told
                FROM generations_generation g JOIN accounts a ON a.id = g.account_id
                WHERE g.clip_id IS NOT NULL GROUP BY g.clip_id
            )""",
            f"""
            aside AS (
                SELECT o.clip_id, o.clip_sha256, CAST(sum(DISTINCT CASE o.block {bits} ELSE 0 END) AS bigint) AS codes
                FROM reviews_override o
                JOIN accounts_user asking ON asking.id = o.requested_by_id
                JOIN accounts_user allowing ON allowing.id = o.approved_by_id
                WHERE o.approved_at <= {at} AND o.expires_at > {at} AND asking.person_id <> allowing.person_id
                GROUP BY o.clip_id, o.clip_sha256
            )""",
            f"""
            base AS (
                SELECT
                    c.id, c.project_id, c.sha256, c.declared_made_on, c.created_at, c.quarantined_at, c.withdrawn_at, p.client_id,
                    CASE WHEN w.clip_id IS NULL THEN COALESCE(t.route, '') WHEN w.first_told = w.last_told
                        THEN w.first_told ELSE '' END AS route,
                    v.id AS version_id, v.schema, v.clip_sha256, v.uses, v.territories, v.purposes, v.category, v.starts_at,
                    v.ends_at, v.time_zone, v.first_day, v.last_day, v.ownership, v.commercial_use, v.none_depicted,
                    trim(v.depicted, {blank}) <> '' AS depicted, trim(v.disclosure, {blank}) <> '' AS disclosed,
                    v.checklist_id, v.answers, v.disclosures,
                    COALESCE(g.route, '') AS governing_route, g.hops_open, g.follows_from, g.bound_from,
                    s.id AS sign_off_id, s.meaning, s.clip_sha256 AS signed_sha256, x.id AS revocation_id,
                    CASE WHEN v.id IS NOT NULL AND s.id IS NULL THEN EXISTS (
                        SELECT 1 FROM reviews_signoff e JOIN reviews_licencerecordversion f ON f.id = e.record_version_id
                        WHERE f.record_id = v.record_id AND e.meaning = 'approved'
                            AND NOT EXISTS (SELECT 1 FROM reviews_signoff y WHERE y.revokes_id = e.id)
                    ) END AS approved_earlier,
                    h.clip_id AS held, i.clip_id AS stopped, COALESCE(o.codes, 0) AS aside
                FROM asked c
                JOIN generations_project p ON p.id = c.project_id
                LEFT JOIN newest v ON v.clip_id = c.id
                LEFT JOIN sets g ON g.id = v.governing_set_id
                LEFT JOIN reviews_signoff s ON s.record_version_id = v.id AND s.revokes_id IS NULL
                LEFT JOIN reviews_signoff x ON x.revokes_id = s.id
                LEFT JOIN ways w ON w.clip_id = c.id
                LEFT JOIN routes t ON t.told = c.declared_route
                LEFT JOIN (SELECT DISTINCT clip_id FROM reviews_hold WHERE lifted_at IS NULL) h ON h.clip_id = c.id
                LEFT JOIN (
                    SELECT DISTINCT clip_id FROM reviews_incident WHERE stops AND closed_at IS NULL
                ) i ON i.clip_id = c.id
                LEFT JOIN aside o ON o.clip_id = c.id AND o.clip_sha256 = c.sha256
            )""",
        ]

    def _narrowed(self, most: int) -> str:
        found = told.either(told.of_clip() | told.of_record(self._dialect, self._asked))
        codes = f"({found}) & ~aside"
        few = "TRUE" if most > 1 else "(codes & (codes - 1)) = 0"
        return f"""
            narrowed AS MATERIALIZED (
                SELECT * FROM (SELECT base.*, {codes} AS codes FROM base) counted WHERE {few}
            )"""

    def _rows(self) -> list[str]:
        """What further rows say about the clips that are still in question."""
        kinds = " | ".join(f"max(CASE WHEN d.kind = '{kind}' THEN {bit} ELSE 0 END)" for kind, bit in KINDS.items())
        answer, dialect = "e.value", self._dialect
        finding, name = dialect.text(answer, "finding"), dialect.text(answer, "key")
        return [
            f"""
            shown AS (
                SELECT d.record_version_id AS version_id, {kinds} AS kinds,
                    {told.any_row(told.of_depictions(dialect, self._asked))} AS codes
                FROM narrowed n JOIN reviews_depiction d ON d.record_version_id = n.version_id
                LEFT JOIN reviews_release r ON r.id = d.release_id
                WHERE n.schema > 1 GROUP BY d.record_version_id
            )""",
            f"""
            rested AS (
                SELECT l.record_version_id AS version_id, {told.any_row(told.of_releases())} AS codes
                FROM narrowed n JOIN reviews_recordrelease l ON l.record_version_id = n.version_id
                JOIN reviews_release r ON r.id = l.release_id
                WHERE n.schema = 1 GROUP BY l.record_version_id
            )""",
            f"""
            answered AS (
                SELECT n.version_id, sum(CASE WHEN q.required AND {finding} IN ('yes', 'no') THEN 1 ELSE 0 END) AS known,
                    max(CASE WHEN {finding} <> '' AND NOT (q.required AND {finding} = 'unknown') AND NOT CASE {finding}
                        WHEN 'yes' THEN q.yes WHEN 'no' THEN q.no WHEN 'unknown' THEN q.open ELSE FALSE END
                        THEN {told.bit("checklist-against")} ELSE 0 END) AS codes
                FROM narrowed n CROSS JOIN {dialect.rows("n.answers", "e")}
                JOIN questions q ON q.checklist_id = n.checklist_id AND q.name = {name}
                WHERE n.checklist_id IS NOT NULL GROUP BY n.version_id
            )""",
            """
            demanded AS (SELECT checklist_id, count(*) AS answers FROM questions WHERE required GROUP BY checklist_id)""",
            """
            wanted AS (SELECT project_id, count(*) AS stages FROM reviews_stage WHERE role <> 'legal' GROUP BY project_id)""",
            """
            said AS (
                SELECT d.clip_id, d.stage_id, count(*) AS people, sum(CASE WHEN d.verdict = 'approved' THEN 1 ELSE 0 END) AS approvals
                FROM narrowed n JOIN reviews_decision d ON d.clip_id = n.id AND d.clip_sha256 = n.sha256
                WHERE d.verdict <> 'taken_back' AND NOT EXISTS (
                    SELECT 1 FROM reviews_decision later
                    WHERE later.clip_id = d.clip_id AND later.stage_id = d.stage_id AND later.person_id = d.person_id
                        AND later.clip_sha256 = d.clip_sha256 AND (later.decided_at, later.id) > (d.decided_at, d.id)
                ) GROUP BY d.clip_id, d.stage_id
            )""",
            """
            passed AS (
                SELECT s.clip_id, count(*) AS stages FROM said s
                JOIN reviews_stage t ON t.id = s.stage_id
                JOIN generations_clip c ON c.id = s.clip_id AND c.project_id = t.project_id
                WHERE t.role <> 'legal' AND s.approvals >= t.needed AND (s.approvals = s.people OR NOT t.worst_wins)
                GROUP BY s.clip_id
            )""",
        ]

    def _judged(self) -> str:
        codes = f"""n.codes | ((
                    COALESCE(shown.codes, 0) | COALESCE(rested.codes, 0) | COALESCE(answered.codes, 0)
                    | CASE WHEN COALESCE(answered.known, 0) < COALESCE(demanded.answers, 0)
                        THEN {told.bit("checklist-open")} ELSE 0 END
                    | CASE WHEN {self._owed()} THEN {told.bit("disclosure-missing")} ELSE 0 END
                    | {told.either(told.at_last(self._use))}
                ) & ~n.aside)"""
        return f"""
            judged AS MATERIALIZED (
                SELECT n.id, {codes} AS codes FROM narrowed n
                LEFT JOIN shown ON shown.version_id = n.version_id
                LEFT JOIN rested ON rested.version_id = n.version_id
                LEFT JOIN answered ON answered.version_id = n.version_id
                LEFT JOIN demanded ON demanded.checklist_id = n.checklist_id
                LEFT JOIN wanted ON wanted.project_id = n.project_id
                LEFT JOIN passed ON passed.clip_id = n.id
            )"""

    def _owed(self) -> str:
        """Whether a duty of disclosure binds and is not met."""
        return "FALSE"


def last_of(question: Question) -> timedelta:
    """How long is asked for."""
    return question.last - question.at
