"""The statement: which clips are cleared for a question, and which codes stand against the others.

Its steps, each a name of its WITH: ``asked`` (the clips in question), ``recorded`` (with their newest record version and the
sign-off on it), ``base`` (with what these say), ``narrowed`` (few enough codes to look further), ``further`` (see
``further.py``), ``judged``. Planners know little of how many rows a step gives: whatever each has many of is joined to tables,
and to a step but once.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from generations.models.clip import ClipQuerySet
from reviews.actions.mirror import conditions as told
from reviews.actions.mirror.dialect import LATER, Parameters, Run, here, running
from reviews.actions.mirror.further import STANDING, UNSTAMPED, Further
from reviews.actions.mirror.small import NEVER, Small, exclusives, routes
from reviews.rules.clearance import Question
from reviews.rules.reasons import OVERRIDABLE

NOBODY = UUID(int=0)
BLANK = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
"""What Python strips off a text: SQL's trim is told it."""

HELD = "held AS NOT MATERIALIZED (SELECT DISTINCT clip_id FROM reviews_hold WHERE lifted_at IS NULL)"
STOPPED = (
    "stopped AS NOT MATERIALIZED (SELECT DISTINCT clip_id FROM reviews_incident WHERE stops AND closed_at IS NULL)"
)
PAUSED = """paused AS NOT MATERIALIZED (
    SELECT DISTINCT u.suspends_id AS sign_off_id FROM reviews_signoff u
    WHERE u.suspends_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM reviews_signoff z WHERE z.reinstates_id = u.id)
)"""

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

VERSION_COLUMNS = (
    "version_id", "record_id", "schema", "clip_sha256", "uses", "territories", "purposes", "category", "starts_at", "ends_at",
    "time_zone", "ownership", "commercial_use", "none_depicted", "depicted", "disclosed", "checklist_id", "answers", "disclosures",
    "governing_set_id", "first_day", "last_day",
)  # fmt: skip


class Statement:
    """A question on its way through the database, step by step; its last, ``judged(id, codes)``, has a row for each clip of ``clips``.

    Clips with more than ``most`` codes against them are left out early, before what is depicted, answered and decided is looked
    at: 0 is enough to tell what is cleared, 1 what is cleared but for one thing. With 0 most never leave their tables.

    What was found so far is written down between the steps, in tables that the transaction forgets: only then do planners know
    how much it is, and how to go on from there.
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
        self._most = most
        self._small = small
        self._table = given.table
        self._day = question.at.date()
        self._clips = self._asked_about(clips)

    def answer(self, text: str) -> list[tuple[Any, ...]]:
        """Return the rows of a SELECT from ``judged`` and ``asked``."""
        zones = self._table("zones", "zone, first_day, last_day", ("", self._day, self._day), self._small.zones)
        recorded = [zones, self._clips, *self._recorded()]
        with running(self.parameters) as run:
            if self._most == 0:
                run.write("recorded", f"WITH {', '.join(recorded)} SELECT * FROM recorded")
                recorded = []
            told_by = f"SELECT DISTINCT declared_route, declared_model FROM {'asked' if self._most else 'recorded'}"
            ways = [(route, model) for route, model in run.rows(f"WITH {self._clips} {told_by}")]
            told_of = [*self._sets(run), *self._routes(ways), *self._base(), self._narrowed()]
            run.write("narrowed", f"WITH {', '.join([*recorded, *told_of])} SELECT * FROM narrowed")
            further = Further(self._dialect, self._asked, self._question, self._small, self.parameters)
            steps = [*self._counted(run, ways), self._clips, *further.steps(), self._judged()]
            run.seek()
            rows = run.rows(f"WITH RECURSIVE {', '.join(steps)} {text}")
            run.forget("narrowed")
            if self._most == 0:
                run.forget("recorded")
        return rows

    def _sets(self, run: Run) -> list[str]:
        """What is told of governing sets, each as often as something different was said of its terms for a record; and what was
        said for which record: of those in question where these are known already.
        """
        row, versions, profiles = "NULL", "reviews_licencerecordversion v ON v.id", self._dialect.profiles()
        if self._most == 0:
            row, versions = "p.version_id", "recorded v ON v.version_id"
            profiles = self._dialect.profiles("SELECT version_id FROM recorded")
        rows = run.rows(f"""
            WITH {profiles}
            SELECT DISTINCT {row}, v.governing_set_id, p.profile FROM profiles p JOIN {versions} = p.version_id""")
        if self._most == 0:
            profiles = self._table(
                "profiles", "version_id, profile", (NOBODY, ""), [(pk, told) for pk, _, told in rows]
            )
        sets = self._table(
            "sets",
            "id, profile, route, continuous, follows_from, bound_from",
            (NOBODY, "", "", False, self._day, self._day),
            list(self._small.sets((self._dialect.id(pk), profile) for _, pk, profile in rows)),
        )
        return [profiles, sets]

    def _routes(self, told: Sequence[tuple[str, str]]) -> list[str]:
        return [
            self._table("accounts", "id, route", (NOBODY, ""), self._small.accounts),
            self._table("routes", "told, route", ("", ""), routes(told)),
        ]

    def _counted(self, run: Run, told: Sequence[tuple[str, str]]) -> list[str]:
        """What is told of everything further."""
        small, table, day = self._small, self._table, self._day
        categories = [row[0] for row in run.rows("SELECT DISTINCT category FROM narrowed WHERE category <> ''")]
        return [
            table("lacking", "set_id, account_id, model", (NOBODY, NOBODY, ""), small.lacking),
            table("lacking_told", "set_id, route, model", (NOBODY, "", ""), small.lacking_told(told)),
            table("effects", "change_id, since", (NOBODY, day), small.effects),
            table(
                "questions", "checklist_id, name, required, yes, no, open", (NOBODY, "", *(False,) * 4), small.questions
            ),
            table("offers", "client_id, everybody, market", (NOBODY, False, ""), small.offers),
            table("duties", "bit, since, until, depicts", (0, NEVER, day, 0), small.duties),
            table("agreed", "name, version, bit", ("", "", 0), small.agreed),
            table("exclusives", "release_id, category", (NOBODY, ""), list(exclusives(categories))),
            HELD,
            STOPPED,
        ]

    def _asked_about(self, clips: ClipQuerySet) -> str:
        text, values = clips.order_by().values(*CLIP_COLUMNS).query.sql_with_params()
        return f"asked({', '.join(CLIP_COLUMNS)}) AS NOT MATERIALIZED ({self.parameters.embedded(text, values)})"

    def _recorded(self) -> list[str]:
        """Every clip with its newest record version and the sign-off on that, in one row; of those that nothing else is to be
        asked about, where only what is cleared is wanted, none.
        """
        if self._most == 0:
            signed = "v.sign_off_id, v.meaning, v.signed_sha256, NULL AS revocation_id, FALSE AS unstamped"
            joined = "JOIN newest v ON v.clip_id = c.id"
        else:
            signed = f"""s.id AS sign_off_id, s.meaning, s.clip_sha256 AS signed_sha256, x.id AS revocation_id,
                {UNSTAMPED} AS unstamped"""
            joined = """
                LEFT JOIN newest v ON v.clip_id = c.id
                LEFT JOIN reviews_signoff s ON s.record_version_id = v.version_id AND s.meaning IN ('approved', 'rejected')
                LEFT JOIN reviews_signoff x ON x.revokes_id = s.id"""
        return [
            f"newest AS ({self._newest()})",
            f"""
            recorded AS (
                SELECT c.*, p.client_id, {_columns("v", VERSION_COLUMNS)}, {signed}
                FROM asked c JOIN generations_project p ON p.id = c.project_id {joined}
            )""",
        ]

    def _newest(self) -> str:
        """The newest version of each record; where only what is cleared is wanted, those that are approved, by way of their
        sign-offs, and that nothing in them speaks against.
        """
        blank = self._asked["blank"]
        said = f"""
            v.id AS version_id, v.record_id, v.schema, v.clip_sha256, v.uses, v.territories, v.purposes, v.category,
            v.starts_at, v.ends_at, v.time_zone, v.ownership, v.commercial_use, v.none_depicted,
            trim(v.depicted, {blank}) <> '' AS depicted, trim(v.disclosure, {blank}) <> '' AS disclosed, v.checklist_id,
            v.answers, v.disclosures, v.governing_set_id, z.first_day, z.last_day"""
        source = "reviews_licencerecordversion v JOIN zones z ON z.zone = v.time_zone"
        if self._most:
            return f"""
                SELECT r.clip_id, {said} FROM {source} JOIN reviews_licencerecord r ON r.id = v.record_id
                WHERE NOT EXISTS ({LATER})"""
        against = told.of_version(self._dialect, self._asked).values()
        return f"""
            SELECT * FROM (
                SELECT s.clip_id, s.id AS sign_off_id, s.meaning, s.clip_sha256 AS signed_sha256, {said}
                FROM {source} JOIN reviews_signoff s ON s.record_version_id = v.id AND s.revokes_id IS NULL
                WHERE s.meaning = 'approved' AND NOT EXISTS ({LATER}) {STANDING}
                    AND NOT {UNSTAMPED}
            ) one WHERE {told.none_of(against)}"""

    def _base(self) -> list[str]:
        """What small tables, and tables of few rows, say of every recorded clip, in one row."""
        at = self._asked["at"]
        bits = " ".join(f"WHEN '{code}' THEN {told.bit(code)}" for code in sorted(OVERRIDABLE))
        these = "" if self._most else "AND g.clip_id IN (SELECT id FROM recorded)"
        return [
            HELD,
            STOPPED,
            PAUSED,
            f"""
            ways AS (
                SELECT g.clip_id, min(a.route) AS first_told, max(a.route) AS last_told
                FROM generations_generation g JOIN accounts a ON a.id = g.account_id
                WHERE g.clip_id IS NOT NULL {these} GROUP BY g.clip_id
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
                    c.*,
                    CASE WHEN w.clip_id IS NULL THEN COALESCE(t.route, '') WHEN w.first_told = w.last_told
                        THEN w.first_told ELSE '' END AS route, w.clip_id AS generated,
                    COALESCE(g.route, '') AS governing_route, g.continuous, g.follows_from, g.bound_from,
                    h.clip_id AS held, i.clip_id AS stopped, q.sign_off_id AS paused,
                    COALESCE(o.codes, 0) AS aside
                FROM recorded c
                LEFT JOIN profiles m ON m.version_id = c.version_id
                LEFT JOIN sets g ON g.id = c.governing_set_id AND g.profile = COALESCE(m.profile, '')
                LEFT JOIN ways w ON w.clip_id = c.id
                LEFT JOIN routes t ON t.told = c.declared_route
                LEFT JOIN held h ON h.clip_id = c.id
                LEFT JOIN stopped i ON i.clip_id = c.id
                LEFT JOIN paused q ON q.sign_off_id = c.sign_off_id
                LEFT JOIN aside o ON o.clip_id = c.id AND o.clip_sha256 = c.sha256
                {self._dialect.fence}
            )""",
        ]

    def _narrowed(self) -> str:
        against = told.of_clip() | told.of_record(self._dialect, self._asked)
        if self._most:  # else nothing in the versions themselves speaks against: see _newest
            against |= told.of_version(self._dialect, self._asked)
        # Less than one rather than none: of an equation the planner believes that it hardly ever holds.
        few = ("codes < 1", "(codes & (codes - 1)) < 1")[self._most] if self._most <= 1 else "TRUE"
        return f"""
            narrowed AS (
                SELECT {", ".join(NARROWED)}, codes FROM (
                    SELECT base.*, ({told.either(against)}) & ~aside AS codes FROM base {self._dialect.fence}
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


def _columns(table: str, names: Iterable[str]) -> str:
    return ", ".join(f"{table}.{name}" for name in names)
