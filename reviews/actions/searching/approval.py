"""Where clips' approval stands, asked of the database for many at once: ``reviews/rules/stages.py`` says the same of one clip."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Case, CharField, Exists, F, Func, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL

from generations.models import Clip, Project
from reviews.models import Decision, Findable, SignOff, Stage
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind


def standing(user: User, word: str) -> Q:
    """Clips whose approval stands so: one of ``STANDS``."""
    decisions = Decision.objects.order_by()
    if user.kind != Kind.ADMINISTRATOR:
        seen = Stage.objects.filter(project__in=Project.objects.visible_to(user).order_by()).order_by()
        decisions = decisions.filter(stage__in=seen.values("pk"))
    clips = _told(Clip.objects.visible_to(user), decisions).filter(stands=word)
    return Q(kind=Findable.CLIP, object_id__in=clips.values("pk"))


def counted(user: User, clips: Sequence[UUID]) -> Counter[str]:
    """Return how many of these clips stand how; those of projects without stages are left out. One query."""
    rows = _told(Clip.objects.visible_to(user).filter(pk__in=clips), Decision.objects.filter(clip__in=clips).order_by())
    return Counter(word for word in rows.values_list("stands", flat=True) if word)


def _told(clips: "QuerySet[Any]", decisions: QuerySet[Decision]) -> "QuerySet[Any]":
    """The clips, each with how it ``stands``; ``decisions`` are those that may be about them."""
    stages = Stage.objects.filter(project=OuterRef("project"))
    legal, before = Exists(stages.filter(role=Kind.LEGAL)), Exists(stages.exclude(role=Kind.LEGAL))
    passed, changes = (_judged(text, decisions) for text in (PASSED, CHANGES))
    signed, rejected = (_last_signed(each) for each in (SignOff.Meaning.APPROVED, SignOff.Meaning.REJECTED))
    told: QuerySet[Any] = clips.order_by().annotate(
        stands=Case(
            When(~Exists(stages), then=Value("")),
            When((~before | passed) & (~legal | signed), then=Value("signed")),
            When(Q(changes) | (legal & rejected), then=Value("changes")),
            When(passed, then=Value("approved")),
            default=Value("open"),
            output_field=CharField(),
        )
    )
    return told


def _last_signed(meaning: str) -> Exists:
    """Whether the last sign-off over the clip's bytes says so, and stands."""
    ours = SignOff.objects.verdicts().filter(clip=OuterRef("pk"), clip_sha256=OuterRef("sha256"))
    later = SignOff.objects.verdicts().filter(clip=OuterRef("clip"), clip_sha256=OuterRef("clip_sha256"))
    later = later.filter(
        Q(signed_at__gt=OuterRef("signed_at")) | Q(signed_at=OuterRef("signed_at"), id__gt=OuterRef("pk"))
    )
    suspended = SignOff.objects.open_suspensions().filter(suspends=OuterRef("pk"))
    return Exists(ours.filter(~Exists(later), ~Exists(suspended), meaning=meaning, revocation=None))


def _judged(text: str, decisions: QuerySet[Decision]) -> Func:
    """Whether the clip, by its bytes and in its project, is among those that ``text`` chooses."""
    sql, given = decisions.values("pk").query.sql_with_params()
    clip = Func(F("id"), F("sha256"), F("project_id"), template="(%(expressions)s)", output_field=CharField())
    among = RawSQL(text.format(judged=JUDGED.format(about=sql)), given, CharField())  # noqa: S611 (our own text)
    return Func(clip, among, template="%(expressions)s", arg_joiner=" IN ", output_field=BooleanField())


JUDGED = """
    SELECT l.clip_id, l.clip_sha256, t.project_id, t.id AS stage_id,
        CASE WHEN sum(l.yes) >= t.needed AND NOT (t.worst_wins AND sum(l.yes) < count(*)) THEN 1 ELSE 0 END AS passed,
        CASE WHEN sum(l.yes) < count(*) AND (t.worst_wins OR sum(l.yes) < t.needed) THEN 1 ELSE 0 END AS changes
    FROM (
        SELECT d.clip_id, d.clip_sha256, d.stage_id, d.verdict, CASE WHEN d.verdict = 'approved' THEN 1 ELSE 0 END AS yes,
            row_number() OVER (PARTITION BY d.clip_id, d.clip_sha256, d.stage_id, d.person_id ORDER BY d.decided_at DESC, d.id DESC) AS place
        FROM reviews_decision d WHERE d.id IN ({about})
    ) l
    JOIN reviews_stage t ON t.id = l.stage_id AND t.role <> 'legal'
    WHERE l.place = 1 AND l.verdict <> 'taken_back'
    GROUP BY l.clip_id, l.clip_sha256, t.project_id, t.id, t.needed, t.worst_wins"""
"""Each stage before the sign-off of which somebody said something that stands: whether it is passed, whether changes are asked for."""
PASSED = """
    SELECT j.clip_id, j.clip_sha256, j.project_id FROM ({judged}) j
    WHERE j.passed = 1 GROUP BY j.clip_id, j.clip_sha256, j.project_id
    HAVING count(*) = (SELECT count(*) FROM reviews_stage n WHERE n.project_id = j.project_id AND n.role <> 'legal')"""
CHANGES = "SELECT j.clip_id, j.clip_sha256, j.project_id FROM ({judged}) j WHERE j.changes = 1"
