"""Put takes before judges, two at a time and without names; end it, take it up again, and remind who has not voted."""

import random
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from generations.actions import checks
from generations.models import Clip, Project, Pulse, Rendition
from reviews.actions import ranking_scores
from reviews.actions.changing import refuse
from reviews.actions.notices import notify
from reviews.models import Notice, Ranking, RankingEntry, RankingJudge, RankingPair
from reviews.models.ranking import LEAST, MOST
from reviews.rules import reminding
from reviews.rules.preference import pairs_of
from sorahub.accounts.models import User
from sorahub.accounts.roles import GRANTS, Permission
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, NotFound

MOST_JUDGES = 50
WITHIN = timedelta(days=1)
"""Who has not voted is reminded by the clock this long before the due date."""


def open_ranking(
    *,
    actor: User,
    project: Project,
    question: str,
    clips: Sequence[Clip],
    judges: Sequence[User],
    each: int | None = None,
    due_at: datetime | None = None,
) -> Ranking:
    """Put 2 to 24 takes of a project before these people and tell them. Their order, and the pairs, are drawn by lot.

    ``each``: every take meets so many others (2 or more); None: all of them. Judges take part in the project and are of a kind
    that may choose. Raises Forbidden, NotFound, InvalidInput, Conflict for an archived project.
    """
    actor.demand(Permission.SEND_REVIEW)
    checks.require_seen(actor, Project.objects.all(), project)
    checks.require_open(project)
    words = checks.words(question, "question", "Ask a question, such as “Which sells the product better?”")
    refuse(_about_clips(project, clips) | _about_judges(project, judges) | _about_terms(each, due_at))
    seed = secrets.randbits(48)
    with transaction.atomic():
        ranking = Ranking(
            project=project, question=words, each=each, seed=seed, due_at=due_at, created_by=actor
        )  # fmt: skip
        checks.insert(ranking)
        _fill(ranking, clips, judges)
        notify(kind=Notice.Kind.RANKING, people=judges, project=project, actor=actor, ranking=ranking)
        taken: list[Json] = [clip.sha256 for clip in clips]
        asked: list[Json] = [str(user.pk) for user in judges]
        _write_down("ranking.opened", actor, ranking, clips=taken, people=asked, seed=str(seed))
    return ranking


def close_ranking(*, actor: User, ranking: Ranking) -> Ranking:
    """End the voting, name the takes, and have the scores computed by a job. What stands is fixed by its hash.

    Raises Forbidden, NotFound, Conflict for one that is closed.
    """
    _require_leading(actor, ranking)
    with transaction.atomic():
        held = _claimed(ranking)
        now = timezone.now()  # votes wait for the same row: those before it were blind
        if held.closed_at is not None:
            raise Conflict("This ranking is closed already.", code="ranking-closed")
        digest = ranking_scores.votes_sha256(held)
        Ranking.objects.filter(pk=held.pk).update(closed_at=now, votes_sha256=digest, named_at=held.named_at or now)
        ranking_scores.order(held)
        people = User.objects.filter(judging__ranking=held)
        notify(kind=Notice.Kind.RANKED, people=people, project=held.project, actor=actor, ranking=held)
        _write_down("ranking.closed", actor, held, votes_sha256=digest)
    ranking.refresh_from_db()
    return ranking


def reopen_ranking(*, actor: User, ranking: Ranking) -> Ranking:
    """Take more votes. The takes were named meanwhile: ``named_at`` stays, and pages say that votes after it are not blind.

    Raises Forbidden, NotFound, Conflict for one that is open or lies in an archived project.
    """
    _require_leading(actor, ranking)
    checks.require_open(ranking.project)
    with transaction.atomic():
        held = _claimed(ranking)
        if held.closed_at is None:
            raise Conflict("This ranking is open.", code="ranking-open")
        Ranking.objects.filter(pk=held.pk).update(closed_at=None, votes_sha256="")
        _write_down("ranking.reopened", actor, held)
    ranking.refresh_from_db()
    return ranking


def compute_again(*, actor: User, ranking: Ranking) -> None:
    """Have the scores computed once more after that failed. Raises Forbidden, NotFound, Conflict unless it is closed and failed."""
    _require_leading(actor, ranking)
    with transaction.atomic():
        held = _claimed(ranking)
        if ranking_scores.state_of(held) != "failed":
            raise Conflict("Only what failed is computed again.", code="not-failed")
        ranking_scores.order(held)


def remind_judges(*, actor: User, ranking: Ranking) -> int:
    """Tell every judge who has pairs left, at most every 20 hours; return how many. Raises Forbidden, NotFound, Conflict."""
    _require_leading(actor, ranking)
    with transaction.atomic():
        held = _claimed(ranking)
        if held.closed_at is not None:
            raise Conflict("This ranking is closed: nobody is reminded of it.", code="ranking-closed")
        told = _remind(held, timezone.now())
        if not told:
            words = "Every judge has voted, or was written to within the last 20 hours."
            raise Conflict(words, code="nobody-to-remind")
        Pulse.objects.bump(held.project)
    return told


def remind_when_due(now: datetime | None = None) -> int:
    """Tell the judges of every ranking that is due within a day, once; return how many rankings that were."""
    now = now or timezone.now()
    soon = Ranking.objects.open().filter(due_at__lte=now + WITHIN, due_at__gt=now, project__archived_at=None)
    reminded = 0
    for ranking in soon.filter(judges__done_at=None, judges__reminded_at=None).distinct():
        with transaction.atomic():
            reminded += bool(_remind(_claimed(ranking), now, Q(reminded_at=None)))
    return reminded


def _remind(ranking: Ranking, now: datetime, which: Q | None = None) -> int:
    waiting = ranking.judges.filter(which or Q(), done_at=None, user__is_active=True).select_related("user")
    told = [
        judge for judge in waiting
        if all(reminding.may_be_reminded(moment, now) for moment in (judge.reminded_at, judge.asked_at))
    ]  # fmt: skip
    RankingJudge.objects.filter(pk__in=[judge.pk for judge in told]).update(reminded_at=now)
    people = [judge.user for judge in told]
    notify(kind=Notice.Kind.RANK_DUE, people=people, project=ranking.project, ranking=ranking)
    return len(told)


def may_judge(user: User) -> bool:
    """Whether people of this kind judge: those who may choose takes."""
    return user.is_active and user.may(Permission.CHOOSE)


def judges_of(project: Project) -> list[User]:
    """Return the people of the project who can be asked, by name."""
    kinds = [kind for kind, granted in GRANTS.items() if Permission.CHOOSE in granted]
    rows = User.objects.filter(memberships__project=project, is_active=True, kind__in=kinds)
    return list(rows.select_related("person").order_by("person__name", "pk"))


def playable(clip: Clip) -> bool:
    """Whether there is something that judges can be shown; ``clip.renditions`` may be prefetched."""
    return clip.scrub_safe or any(row.kind == Rendition.Kind.PROXY for row in clip.renditions.all())


def _about_clips(project: Project, clips: Sequence[Clip]) -> dict[str, str]:
    if any(clip.project_id != project.pk for clip in clips):
        raise NotFound("The takes of a ranking belong to its project.")
    if not LEAST <= len({clip.pk for clip in clips}) <= MOST or len({clip.pk for clip in clips}) != len(clips):
        return {"clips": f"Choose {LEAST} to {MOST} different takes."}
    if any(clip.quarantined_at or clip.withdrawn_at for clip in clips):
        return {"clips": "A take that is quarantined or withdrawn is not put before anybody."}
    waiting = [str(clip) for clip in clips if not playable(clip)]
    words = f"The copy to watch is still being prepared: {', '.join(waiting)}. Try again in a minute, or leave it out."
    return {"clips": words} if waiting else {}


def _about_judges(project: Project, judges: Sequence[User]) -> dict[str, str]:
    if not 1 <= len({user.pk for user in judges}) <= MOST_JUDGES:
        return {"judges": f"Choose one to {MOST_JUDGES} people."}
    able = {user.pk for user in judges_of(project)}
    wrong = [user.get_full_name() for user in judges if user.pk not in able]
    words = f"Only people of the project who may choose takes can judge. Not so: {', '.join(wrong)}."
    return {"judges": words} if wrong else {}


def _about_terms(each: int | None, due_at: datetime | None) -> dict[str, str]:
    problems = {}
    if each is not None and not 2 <= each < MOST:
        problems["each"] = "Every take meets at least 2 others, so that all can be put on one scale."
    if due_at is not None and due_at <= timezone.now():
        problems["due_at"] = "That moment has passed."
    return problems


def _fill(ranking: Ranking, clips: Sequence[Clip], judges: Sequence[User]) -> None:
    drawn = sorted(clips, key=lambda clip: clip.pk)
    random.Random(f"takes:{ranking.seed}").shuffle(drawn)  # noqa: S311 - drawn again from the seed, not a secret
    entries = [RankingEntry(ranking=ranking, clip=clip, position=place) for place, clip in enumerate(drawn)]
    RankingEntry.objects.bulk_create(entries)
    pairs = pairs_of(len(entries), ranking.each, ranking.seed)
    RankingPair.objects.bulk_create(
        RankingPair(ranking=ranking, first=entries[one], second=entries[other]) for one, other in pairs
    )
    RankingJudge.objects.bulk_create(
        RankingJudge(ranking=ranking, user=user, number=number)
        for number, user in enumerate({user.pk: user for user in judges}.values())
    )


def _require_leading(actor: User, ranking: Ranking) -> None:
    actor.demand(Permission.SEND_REVIEW)
    checks.require_seen(actor, Ranking.objects.all(), ranking)


def _claimed(ranking: Ranking) -> Ranking:
    """The row, held until the transaction ends: votes come before or after."""
    return Ranking.objects.select_for_update(of=("self",)).select_related("project").get(pk=ranking.pk)


def _write_down(kind: str, actor: User, ranking: Ranking, **more: Json) -> None:
    Pulse.objects.bump(ranking.project)
    record.append(kind=kind, actor=actor.pk, client=ranking.project.client_id, subject=ranking, body=more)
