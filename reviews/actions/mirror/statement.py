"""The statement: which clips are cleared for a question, and which codes stand against the others.

Its steps, each a name of its WITH: ``asked`` (the clips in question), ``base`` (with their newest record version, the sign-off
on it, and what these say), ``narrowed`` (few enough codes to look further), ``shown``, ``rested``, ``checked``, ``passed``
(what is in further rows), ``judged``.
"""

from uuid import UUID

from generations.models.clip import ClipQuerySet
from reviews.actions.mirror import conditions as told
from reviews.actions.mirror.dialect import Parameters, here
from reviews.actions.mirror.small import KINDS, NEVER, Small
from reviews.models import WORLD
from reviews.rules.clearance import Question
from reviews.rules.reasons import OVERRIDABLE

NOBODY = UUID(int=0)
BLANK = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
"""What Python strips off a text: SQL's trim is told it."""

CLIP_COLUMNS = (
    "id", "project_id", "sha256", "declared_route", "declared_model", "declared_made_on", "created_at", "quarantined_at",
    "withdrawn_at",
)  # fmt: skip

LATER = """
    SELECT 1 FROM reviews_licencerecordversion later WHERE later.record_id = v.record_id AND later.version > v.version"""


class Statement:
    """The WITH of a statement whose last step, ``judged(id, codes)``, has a row for each clip of ``clips``.

    Clips with more than ``most`` codes against them are left out early, before what is depicted, answered and decided is looked
    at: 1 is enough to tell what is cleared, and what is cleared but for one thing.
    """

    def __init__(self, clips: ClipQuerySet, question: Question, small: Small, *, most: int) -> None:
        self.parameters = given = Parameters()
        self._dialect = here()
        self._question = question
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
        looked_at = [
            self._clips(clips),
            *self._base(),
            self._narrowed(most),
            *self._consents(),
            *self._answers(),
            *self._stages(),
        ]
        steps = [*self._tables(small, question), *looked_at, *self._terms(), *self._kin(), self._judged()]
        self.text = f"WITH RECURSIVE {', '.join(steps)}"

    def _tables(self, small: Small, question: Question) -> list[str]:
        day = question.at.date()
        table = self.parameters.table
        return [
            table("zones", "zone, first_day, last_day", ("", day, day), small.zones),
            table("accounts", "id, route", (NOBODY, ""), small.accounts),
            table("routes", "told, route", ("", ""), [row for row in small.routes if row[0]]),
            table(
                "sets",
                "id, profile, route, continuous, follows_from, bound_from",
                (NOBODY, "", "", False, day, day),
                small.sets,
            ),
            table("lacking", "set_id, account_id, model", (NOBODY, NOBODY, ""), small.lacking),
            table("lacking_told", "set_id, route, model", (NOBODY, "", ""), small.lacking_told),
            table("effects", "change_id, since", (NOBODY, day), small.effects),
            table(
                "questions", "checklist_id, name, required, yes, no, open", (NOBODY, "", *(False,) * 4), small.questions
            ),
            table("offers", "client_id, everybody, market", (NOBODY, False, ""), small.offers),
            table("duties", "bit, since, until, depicts", (0, NEVER, day, 0), small.duties),
            table("agreed", "name, version, bit", ("", "", 0), small.agreed),
            table("exclusives", "release_id, category", (NOBODY, ""), small.exclusives),
        ]

    def _clips(self, clips: ClipQuerySet) -> str:
        text, values = clips.order_by().values(*CLIP_COLUMNS).query.sql_with_params()
        return f"asked({', '.join(CLIP_COLUMNS)}) AS ({self.parameters.embedded(text, values)})"

    def _base(self) -> list[str]:
        """Every clip with its newest record version and the sign-off on that, in one row."""
        at, blank = self._asked["at"], self._asked["blank"]
        bits = " ".join(f"WHEN '{code}' THEN {told.bit(code)}" for code in sorted(OVERRIDABLE))
        return [
            f"""
            newest AS (
                SELECT r.clip_id, v.*, z.first_day, z.last_day FROM reviews_licencerecord r
                JOIN reviews_licencerecordversion v ON v.record_id = r.id
                JOIN zones z ON z.zone = v.time_zone
                WHERE NOT EXISTS ({LATER})
            )""",
            """
            held AS (SELECT DISTINCT clip_id FROM reviews_hold WHERE lifted_at IS NULL)""",
            """
            stopped AS (SELECT DISTINCT clip_id FROM reviews_incident WHERE stops AND closed_at IS NULL)""",
            self._dialect.profiles(),
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
                    c.id, c.project_id, c.sha256, c.declared_route, c.declared_model, c.declared_made_on, c.created_at,
                    c.quarantined_at, c.withdrawn_at, p.client_id,
                    CASE WHEN w.clip_id IS NULL THEN COALESCE(t.route, '') WHEN w.first_told = w.last_told
                        THEN w.first_told ELSE '' END AS route, w.clip_id AS generated,
                    v.id AS version_id, v.schema, v.clip_sha256, v.uses, v.territories, v.purposes, v.category, v.starts_at,
                    v.ends_at, v.time_zone, v.first_day, v.last_day, v.ownership, v.commercial_use, v.none_depicted,
                    trim(v.depicted, {blank}) <> '' AS depicted, trim(v.disclosure, {blank}) <> '' AS disclosed,
                    v.checklist_id, v.answers, v.disclosures,
                    v.governing_set_id, COALESCE(g.route, '') AS governing_route, g.continuous, g.follows_from, g.bound_from,
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
                LEFT JOIN profiles m ON m.version_id = v.id
                LEFT JOIN sets g ON g.id = v.governing_set_id AND g.profile = COALESCE(m.profile, '')
                LEFT JOIN reviews_signoff s ON s.record_version_id = v.id AND s.revokes_id IS NULL
                LEFT JOIN reviews_signoff x ON x.revokes_id = s.id
                LEFT JOIN ways w ON w.clip_id = c.id
                LEFT JOIN routes t ON t.told = c.declared_route
                LEFT JOIN held h ON h.clip_id = c.id
                LEFT JOIN stopped i ON i.clip_id = c.id
                LEFT JOIN aside o ON o.clip_id = c.id AND o.clip_sha256 = c.sha256
                {self._dialect.fence}
            )""",
        ]

    def _narrowed(self, most: int) -> str:
        found = told.either(told.of_clip() | told.of_record(self._dialect, self._asked))
        codes = f"({found}) & ~aside"
        # Less than one rather than none: of an equation the planner believes that it hardly ever holds.
        few = "TRUE" if most > 1 else "(codes & (codes - 1)) < 1"
        return f"""
            narrowed AS MATERIALIZED (
                SELECT * FROM (SELECT base.*, {codes} AS codes FROM base {self._dialect.fence}) counted WHERE {few}
            )"""

    def _consents(self) -> list[str]:
        """What is depicted, and what the releases say."""
        kinds = " | ".join(f"max(CASE WHEN d.kind = '{kind}' THEN {bit} ELSE 0 END)" for kind, bit in KINDS.items())
        return [
            f"""
            shown AS (
                SELECT d.record_version_id AS version_id, {kinds} AS kinds,
                    {told.any_row(told.of_depictions(self._dialect, self._asked))} AS codes
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
        ]

    def _answers(self) -> list[str]:
        """What the record answers to its checklist and to duties of disclosure."""
        dialect, blank = self._dialect, self._asked["blank"]
        finding, name = dialect.text("e.value", "finding"), dialect.text("e.value", "key")
        reason, plan = dialect.text("e.value", "reason"), dialect.text("e.value", "plan")
        words = f"CASE WHEN {dialect.true('e.value', 'exempt')} THEN {reason} ELSE {plan} END"
        return [
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
            f"""
            met AS (
                SELECT n.version_id, CAST(sum(DISTINCT a.bit) AS bigint) AS duties
                FROM narrowed n CROSS JOIN {dialect.rows("n.disclosures", "e")}
                JOIN agreed a ON a.name = {dialect.text("e.value", "rule")} AND a.version = CAST({dialect.text("e.value", "version")} AS text)
                WHERE n.schema > 1 AND trim({words}, {blank}) <> '' GROUP BY n.version_id
            )""",
        ]

    def _stages(self) -> list[str]:
        """How many stages there are before the sign-off, and how many of them each clip's bytes have passed."""
        return [
            """
            wanted AS (SELECT project_id, count(*) AS stages FROM reviews_stage WHERE role <> 'legal' GROUP BY project_id)""",
            """
            said AS (
                SELECT d.clip_id, d.stage_id, count(*) AS people,
                    sum(CASE WHEN d.verdict = 'approved' THEN 1 ELSE 0 END) AS approvals
                FROM narrowed n JOIN reviews_decision d ON d.clip_id = n.id AND d.clip_sha256 = n.sha256
                WHERE d.verdict <> 'taken_back' AND NOT EXISTS (
                    SELECT 1 FROM reviews_decision later
                    WHERE later.clip_id = d.clip_id AND later.stage_id = d.stage_id AND later.person_id = d.person_id
                        AND later.clip_sha256 = d.clip_sha256 AND (later.decided_at, later.id) > (d.decided_at, d.id)
                ) GROUP BY d.clip_id, d.stage_id
            )""",
            """
            passed AS (
                SELECT n.id, count(*) AS stages FROM narrowed n
                JOIN said s ON s.clip_id = n.id
                JOIN reviews_stage t ON t.id = s.stage_id AND t.project_id = n.project_id
                WHERE t.role <> 'legal' AND s.approvals >= t.needed AND (s.approvals = s.people OR NOT t.worst_wins)
                GROUP BY n.id
            )""",
        ]

    def _terms(self) -> list[str]:
        """Which records are being read anew, and which sets lack the terms of somebody by way of whom the clip was made."""
        return [
            """
            suspended AS (
                SELECT DISTINCT n.version_id FROM narrowed n
                JOIN reviews_rereview t ON t.record_version_id = n.version_id AND t.suspends AND t.settled_at IS NULL
                JOIN effects e ON e.change_id = t.change_id AND e.since <= n.first_day
                WHERE n.continuous
            )""",
            """
            ungoverned AS (
                SELECT n.id FROM narrowed n JOIN lacking l ON l.set_id = n.governing_set_id
                JOIN generations_generation g ON g.clip_id = n.id AND g.account_id = l.account_id AND g.model = l.model
                UNION SELECT n.id FROM narrowed n JOIN lacking_told l ON l.set_id = n.governing_set_id
                    AND l.route = n.declared_route AND l.model = n.declared_model WHERE n.generated IS NULL
            )""",
        ]

    def _kin(self) -> list[str]:
        """What clips were made from, near and far, and promises of exclusivity that bind them by that or by their bytes."""
        dialect, asked = self._dialect, self._asked
        standing = "s.record_version_id = v.id AND s.meaning = 'approved'"
        return [
            f"""
            promises AS MATERIALIZED (
                SELECT r.clip_id, v.clip_sha256, p.client_id FROM reviews_licencerecordversion v
                JOIN reviews_licencerecord r ON r.id = v.record_id
                JOIN generations_clip c ON c.id = r.clip_id JOIN generations_project p ON p.id = c.project_id
                WHERE v.exclusive AND {told.overlaps(dialect, asked, anywhere=self._question.territory == WORLD)}
                    AND NOT EXISTS ({LATER}) AND EXISTS (
                        SELECT 1 FROM reviews_signoff s WHERE {standing}
                            AND NOT EXISTS (SELECT 1 FROM reviews_signoff y WHERE y.revokes_id = s.id)
                    )
            )""",
            """
            sources AS MATERIALIZED (
                SELECT clip_id, parent_id FROM generations_clipparent
                UNION SELECT g.clip_id, s.clip_id FROM generations_generation g
                    JOIN generations_generation s ON s.id = g.source_id
                    WHERE g.clip_id IS NOT NULL AND s.clip_id IS NOT NULL
            )""",
            """
            line(clip_id, parent_id) AS (
                SELECT clip_id, parent_id FROM sources WHERE clip_id <> parent_id
                UNION SELECT l.clip_id, s.parent_id FROM line l JOIN sources s ON s.clip_id = l.parent_id
                    WHERE s.parent_id <> l.clip_id
            )""",
            """
            elders AS MATERIALIZED (SELECT DISTINCT parent_id AS id FROM line)""",
            f"""
            binding AS MATERIALIZED (
                SELECT c.id, {told.either(told.of_parents(dialect, asked))} AS codes FROM elders e
                JOIN generations_clip c ON c.id = e.id
                LEFT JOIN reviews_licencerecord r ON r.clip_id = c.id
                LEFT JOIN reviews_licencerecordversion v ON v.record_id = r.id AND NOT EXISTS ({LATER})
                LEFT JOIN held h ON h.clip_id = c.id
                LEFT JOIN stopped i ON i.clip_id = c.id
            )""",
            f"""
            descended AS (
                SELECT l.clip_id AS id, {told.gathered("b.codes", told.of_parents(dialect, asked))} AS codes
                FROM line l JOIN binding b ON b.id = l.parent_id GROUP BY l.clip_id
            )""",
            f"""
            promised AS (
                SELECT n.id FROM narrowed n JOIN promises p ON p.clip_sha256 = n.sha256 WHERE {self._other("n")}
                UNION SELECT n.id FROM narrowed n JOIN promises p ON p.clip_id = n.id WHERE {self._other("n")}
                UNION SELECT n.id FROM narrowed n JOIN line l ON l.clip_id = n.id
                    JOIN promises p ON p.clip_id = l.parent_id WHERE {self._other("n")}
                UNION SELECT n.id FROM narrowed n JOIN line l ON l.parent_id = n.id
                    JOIN promises p ON p.clip_id = l.clip_id WHERE {self._other("n")}
            )""",
        ]

    def _other(self, clip: str) -> str:
        """Whether the promise ``p`` was made to somebody else than who is to use this clip."""
        client = self._asked["client"] if self._question.client else f"{clip}.client_id"
        return f"p.client_id <> {client}"

    def _judged(self) -> str:
        further = ("shown.codes", "rested.codes", "answered.codes", "descended.codes")
        found = " | ".join(f"COALESCE({codes}, 0)" for codes in further)
        at_last = told.either(told.at_last(self._dialect, self._question.use))
        codes = f"n.codes | (({found} | {at_last}) & ~n.aside)"
        return f"""
            judged AS MATERIALIZED (
                SELECT n.id, {codes} AS codes FROM narrowed n
                LEFT JOIN shown ON shown.version_id = n.version_id
                LEFT JOIN rested ON rested.version_id = n.version_id
                LEFT JOIN answered ON answered.version_id = n.version_id
                LEFT JOIN met ON met.version_id = n.version_id
                LEFT JOIN demanded ON demanded.checklist_id = n.checklist_id
                LEFT JOIN wanted ON wanted.project_id = n.project_id
                LEFT JOIN passed ON passed.id = n.id
                LEFT JOIN suspended ON suspended.version_id = n.version_id
                LEFT JOIN ungoverned ON ungoverned.id = n.id
                LEFT JOIN descended ON descended.id = n.id
                LEFT JOIN promised ON promised.id = n.id
            )"""
