"""The statement: which clips are cleared for a question, and which codes stand against the others.

Its steps, each a name of its WITH: ``asked`` (the clips in question), ``base`` (with their newest record version, the sign-off
on it, and what these say), ``narrowed`` (few enough codes to look further), ``further`` (see ``further.py``), ``judged``.
Planners know little of how many rows a step gives: whatever each has many of is joined to tables, and to a step but once.
"""

from uuid import UUID

from generations.models.clip import ClipQuerySet
from reviews.actions.mirror import conditions as told
from reviews.actions.mirror.dialect import LATER, Parameters, here
from reviews.actions.mirror.further import Further
from reviews.actions.mirror.small import NEVER, Small
from reviews.rules.clearance import Question
from reviews.rules.reasons import OVERRIDABLE

NOBODY = UUID(int=0)
BLANK = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
"""What Python strips off a text: SQL's trim is told it."""

CLIP_COLUMNS = (
    "id", "project_id", "sha256", "declared_route", "declared_model", "declared_made_on", "created_at", "quarantined_at",
    "withdrawn_at",
)  # fmt: skip

NARROWED = (
    "id", "project_id", "client_id", "sha256", "declared_route", "declared_model", "generated", "version_id", "record_id", "schema",
    "territories", "category", "first_day", "last_day", "depicted", "none_depicted", "disclosed", "checklist_id", "answers",
    "disclosures", "governing_set_id", "continuous", "sign_off_id", "aside",
)  # fmt: skip
"""What further steps look at."""


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
        further = Further(self._dialect, self._asked, question, small)
        steps = [
            *self._tables(small, question),
            self._clips(clips),
            *self._base(),
            self._narrowed(most),
            *further.steps(),
            self._judged(),
        ]
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
        return f"asked({', '.join(CLIP_COLUMNS)}) AS NOT MATERIALIZED ({self.parameters.embedded(text, values)})"

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
            held AS NOT MATERIALIZED (SELECT DISTINCT clip_id FROM reviews_hold WHERE lifted_at IS NULL)""",
            """
            stopped AS NOT MATERIALIZED (SELECT DISTINCT clip_id FROM reviews_incident WHERE stops AND closed_at IS NULL)""",
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
                WHERE o.approved_at <= {at} AND o.expires_at > {self._asked["last"]} AND asking.person_id <> allowing.person_id
                GROUP BY o.clip_id, o.clip_sha256
            )""",
            f"""
            base AS (
                SELECT
                    c.id, c.project_id, c.sha256, c.declared_route, c.declared_model, c.declared_made_on, c.created_at,
                    c.quarantined_at, c.withdrawn_at, p.client_id,
                    CASE WHEN w.clip_id IS NULL THEN COALESCE(t.route, '') WHEN w.first_told = w.last_told
                        THEN w.first_told ELSE '' END AS route, w.clip_id AS generated,
                    v.id AS version_id, v.record_id, v.schema, v.clip_sha256, v.uses, v.territories, v.purposes, v.category, v.starts_at,
                    v.ends_at, v.time_zone, v.first_day, v.last_day, v.ownership, v.commercial_use, v.none_depicted,
                    trim(v.depicted, {blank}) <> '' AS depicted, trim(v.disclosure, {blank}) <> '' AS disclosed,
                    v.checklist_id, v.answers, v.disclosures,
                    v.governing_set_id, COALESCE(g.route, '') AS governing_route, g.continuous, g.follows_from, g.bound_from,
                    s.id AS sign_off_id, s.meaning, s.clip_sha256 AS signed_sha256, x.id AS revocation_id,
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
                SELECT {", ".join(NARROWED)}, codes FROM (
                    SELECT base.*, {codes} AS codes FROM base {self._dialect.fence}
                ) counted WHERE {few}
            )"""

    def _judged(self) -> str:
        at_last = told.either(told.at_last(self._dialect, self._question.use))
        return f"""
            judged AS MATERIALIZED (
                SELECT n.id, n.codes | ((COALESCE(f.codes, 0) | {at_last}) & ~n.aside) AS codes FROM narrowed n
                LEFT JOIN further f ON f.id = n.id
                LEFT JOIN demanded ON demanded.checklist_id = n.checklist_id
                LEFT JOIN wanted ON wanted.project_id = n.project_id
            )"""
