"""What each kind of person finds at home: what waits for them, what is at risk, and the next step.

What each board costs in queries is in tests/reviews/web/test_home.py, the same however much there is in the hub; lists are
cut and lead to the page with all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from generations.models import Alarm, Clip, Generation, Membership, Project, ProviderAccount
from generations.models.generation import ACTIVE, State
from reviews.actions.standing import standing_of
from reviews.models import (
    Annotation,
    Decision,
    Hold,
    LicenceRecordVersion,
    Ranking,
    ReReview,
    Review,
    ReviewItem,
    ReviewParticipant,
    SignOff,
    Stage,
    TermsChange,
)
from reviews.rules.stages import CHANGES_REQUESTED, OPEN, StageState
from reviews.web import rights, room, standing, wishes
from reviews.web.awaiting import awaiting, without_a_signer
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Kind, Permission
from sorahub.jobs.models import Heartbeat, Job, JobState

FEW = 6
MANY = 60
FAILED = (State.FAILED, State.EXPIRED, State.LOST, State.SUBMIT_UNKNOWN)
RECENT = timedelta(days=7)
QUIET = timedelta(minutes=5)


@dataclass(frozen=True)
class ClipCard:
    """A clip as a card of a board; ``review`` is the review that asks for it, if one does."""

    clip: Clip
    poster: str
    state: str
    label: str
    review: UUID | None = None
    due_at: datetime | None = None
    position: int = 0  # in that review

    @property
    def late(self) -> bool:
        """Whether an answer was wanted by now."""
        return self.due_at is not None and self.due_at <= timezone.now()

    @property
    def seconds(self) -> str:
        """How long it runs."""
        return f"{self.clip.frame_count * self.clip.rate_den / self.clip.rate_num:.1f} s"

    @property
    def which(self) -> list[str]:
        """What tells it from the other takes of its shot, where the shot's title stands for it."""
        return [f"Take {self.clip.take}"] if self.clip.shot and self.clip.shot.title else []


@dataclass(frozen=True)
class Step:
    """A step by which a new installation begins; ``url_name`` is where it is taken."""

    title: str
    words: str
    url_name: str
    label: str
    done: bool


def producer(user: User) -> dict[str, Any]:
    """What failed, what runs, what is in review or wants another take, what is ready to clear."""
    generations = Generation.objects.visible_to(user).for_list()
    since = timezone.now() - RECENT
    clips = _unsigned_clips(user)
    states = standing_of(clips)
    cards = [_card(clip, states[clip.pk]) for clip in clips]
    started = bool(clips) or Clip.objects.visible_to(user).exists()
    return {
        "rankings": rankings_waiting(user),
        "alarms": at_risk(user),
        "failed": list(generations.filter(state__in=FAILED, created_at__gt=since, retries=None)[:FEW]),
        "running": list(generations.filter(state__in=ACTIVE)[:FEW]),
        "late_reviews": list(_late_reviews(user)[:FEW]),
        "rework": [card for card in cards if card.state == CHANGES_REQUESTED][:FEW],
        "ready": [card for card in cards if standing.ready_for_legal(states[card.clip.pk])][:FEW],
        "in_review": [card for card in cards if _in_review(states[card.clip.pk])][:FEW],
        "expiring": _expiring(user),
        "now": timezone.now(),
        "projects": list(Project.objects.visible_to(user).open().select_related("client").order_by("-id")[:FEW]),
        "steps": [] if started else first_steps(user),
    }


def _late_reviews(user: User) -> QuerySet[Review]:
    """Open reviews that this producer sent, past their date, with people who are not done: longest overdue first."""
    rows = Review.objects.visible_to(user).filter(created_by=user, closed_at=None, due_at__lte=timezone.now())
    unfinished = Q(participants__finished_at=None, participants__removed_at=None)
    waiting = Count("participants", filter=unfinished, distinct=True)
    return rows.select_related("project").annotate(waiting=waiting).filter(waiting__gt=0).order_by("due_at")


def _expiring(user: User) -> list[LicenceRecordVersion]:
    """Approved records whose term ends within 90 days, or has lately: the next to end first."""
    rows = (
        rights.listed(user, "expiring").select_related("record__clip__project", "record__clip__shot").defer("canonical")
    )
    return list(rows.order_by("ends_at")[:FEW])


def rankings_waiting(user: User) -> list[Ranking]:
    """Open rankings in which this person has pairs left to judge: the first due first."""
    rows = Ranking.objects.visible_to(user).waiting_for(user).select_related("project", "created_by__person")
    return list(rows.order_by(F("due_at").asc(nulls_last=True), "id")[:FEW])


def at_risk(user: User) -> list[Alarm]:
    """The newest open alarms that nobody looks after yet."""
    return list(Alarm.objects.visible_to(user).open().filter(acknowledged_at=None)[:FEW])


def reviewer(user: User) -> dict[str, Any]:
    """Clips that await this person's decision, and open notes of theirs."""
    notes = Annotation.objects.filter(author=user, parent=None, resolved_at=None, deleted_at=None)
    return {
        "rankings": rankings_waiting(user),
        "awaiting": awaiting_decision(user)[: 2 * FEW],
        "notes": list(notes.select_related("clip__shot", "clip__project").order_by("-id")[:FEW]),
        "projects": list(Project.objects.visible_to(user).open().select_related("client").order_by("-id")[:FEW]),
    }


def guest(user: User) -> dict[str, Any]:
    """Reviews put before this guest, and the clips in them that they have not decided about."""
    asked = Review.objects.visible_to(user)
    rows = asked.select_related("project", "stage", "created_by__person").order_by("-id")
    return {"reviews": list(rows[:FEW]), "awaiting": awaiting_decision(user)[: 2 * FEW]}


def legal(user: User, after: str = "") -> dict[str, Any]:
    """Records that await a signature with what blocks each, what lost its ground, holds, and terms that end soon.

    ``after``: the cursor of the page before, of what awaits a signature.
    """
    now = timezone.now()
    holds = Hold.objects.visible_to(user).filter(lifted_at=None).select_related("clip__project", "clip__shot")
    return {
        **awaiting(user, now, after),
        "wishes": wishes.open_requests(user)[:FEW],
        "expiring": _expiring(user),
        "holds": list(holds[:FEW]),
        "changes_to_judge": TermsChange.objects.visible_to(user).awaiting().count(),
        "to_read_anew": ReReview.objects.visible_to(user).open().count(),
        "now": now,
    }


def administrator(user: User) -> dict[str, Any]:
    """The hub's health: queue, jobs that gave up, provider accounts that failed their test, people; and how to begin."""
    now = timezone.now()
    jobs = Job.objects.aggregate(
        queued=Count("pk", filter=Q(state=JobState.QUEUED)),
        late=Count("pk", filter=Q(state=JobState.QUEUED, run_at__lt=now - QUIET)),
        running=Count("pk", filter=Q(state=JobState.RUNNING)),
        dead=Count("pk", filter=Q(state=JobState.DEAD)),
    )
    beat = Heartbeat.objects.order_by("-beat_at").first()
    return {
        "alarms": at_risk(user),
        "jobs": jobs,
        "dead": list(Job.objects.filter(state=JobState.DEAD).order_by("-finished_at")[:FEW]),
        "beat": beat,
        "worker_alive": beat is not None and beat.beat_at > now - QUIET,
        "accounts": list(
            ProviderAccount.objects.visible_to(user).filter(Q(test_passed=False) | Q(test_passed=None))[:FEW]
        ),
        "quarantined": list(Clip.objects.filter(quarantined_at__isnull=False).select_related("shot", "project")[:FEW]),
        "people": _people(),
        "unsignable": without_a_signer(user),
        "steps": [] if Clip.objects.exists() else first_steps(user),
    }


def _people() -> list[tuple[str, int]]:
    counts = User.objects.filter(is_active=True).values_list("kind")
    found = dict(counts.annotate(number=Count("pk")).order_by("kind"))
    return [(str(kind.label), found.get(kind.value, 0)) for kind in Kind]


def first_steps(user: User) -> list[Step]:
    """The way from an empty installation to the first clip, with what is done already. Five queries."""
    clients = Client.objects.visible_to(user).exists()
    projects = Project.objects.visible_to(user).exists()
    people = Membership.objects.visible_to(user).exclude(user=user).exists()
    account = ProviderAccount.objects.visible_to(user).filter(test_passed=True).exists()
    generation = Generation.objects.visible_to(user).exists()
    return [
        Step("Add a client", "Whom you work for. Clients never see each other.", "generations:clients", "Add a client", clients),
        Step("Add a project", "A piece of work for a client, with shots to fill.", "generations:project-new", "Add a project", projects),
        _people_step(user, done=people),
        Step(
            "Connect a provider", "Where clips are generated. The button tests the key without spending money.",
            "generations:provider-accounts", "Add and test an account", account,
        ),
        Step("Make the first clip", "Write a prompt and generate, or upload a clip.", "generations:projects", "Begin with a shot", generation),
    ]  # fmt: skip


def _people_step(user: User, *, done: bool) -> Step:
    """Whoever may make accounts begins with them: only people with one can join a project."""
    if user.may(Permission.MANAGE_PEOPLE):
        words = "Give a producer, a reviewer and a legal approver an account each, then add them in the project."
        return Step("Add its people", words, "people:people", "Add people", done)
    words = "A reviewer, a legal approver, the client’s guest."
    return Step("Invite its people", words, "generations:projects", "Open the project", done)


def awaiting_decision(user: User) -> list[ClipCard]:
    """Clips in use whose turn it is in a stage that this person decides in, without a decision of theirs; asked ones first."""
    candidates = list(_undecided(user)[:MANY])
    states = standing_of(candidates)
    asked = _asked(user, candidates)
    cards = [
        ClipCard(clip, room.poster_url(clip), now.state, now.stage.name, *asked.get(clip.pk, ()))
        for clip in candidates
        if (now := _my_turn(states[clip.pk], user)) is not None
    ]
    return sorted(cards, key=_urgency)


def _urgency(card: ClipCard) -> tuple[bool, bool, datetime, str, int]:
    """Asked ones first, by the day an answer is wanted; a review's own in its order."""
    undated = datetime.max.replace(tzinfo=UTC)
    return (card.review is None, card.due_at is None, card.due_at or undated, str(card.review or ""), card.position)


def in_stage(review: Review, user: User) -> list[tuple[Clip, StageState | None]]:
    """The clips of a review that this person may see, in order, each with how the review's stage stands for it."""
    rows = Clip.objects.visible_to(user).filter(review_items__review=review).for_list()
    clips = list(rows.order_by("review_items__position"))
    states = standing_of(clips)
    return [
        (clip, next((each for each in states[clip.pk] if each.stage.pk == review.stage_id), None)) for clip in clips
    ]


def _undecided(user: User) -> QuerySet[Clip]:
    """Clips with a stage of this kind of person in which neither they nor, where one is enough, anybody has decided."""
    said = (
        Decision.objects.not_taken_back()
        .filter(stage=OuterRef("pk"), clip=OuterRef(OuterRef("pk")), clip_sha256=OuterRef(OuterRef("sha256")))
        .filter(Q(person_id=user.person_id) | Q(stage__needed=1))
    )
    mine = Stage.objects.filter(project=OuterRef("project"), role=user.kind).filter(~Exists(said))
    in_use = Clip.objects.visible_to(user).filter(quarantined_at=None, withdrawn_at=None, project__archived_at=None)
    return in_use.filter(Exists(mine)).exclude(created_by__person=user.person_id).for_list().order_by("-id")


def _asked(user: User, clips: Sequence[Clip]) -> dict[UUID, tuple[UUID, datetime | None, int]]:
    seats = ReviewParticipant.objects.standing().filter(user=user).values("review")
    rows = ReviewItem.objects.filter(clip__in=clips, review__in=seats, review__closed_at=None, review__revoked_at=None)
    found = rows.select_related("review").order_by("review_id")
    return {row.clip_id: (row.review_id, row.review.due_at, row.position) for row in found}


def _my_turn(states: Sequence[StageState], user: User) -> StageState | None:
    for state in states:
        if state.stage.role == user.kind and state.state == OPEN and state.said_by(user.person_id) is None:
            return state
    return None


def _unsigned_clips(user: User) -> list[Clip]:
    """The newest clips in use whose record carries no approval."""
    approved = SignOff.objects.filter(clip=OuterRef("pk"), meaning="approved", revocation=None)
    rows = Clip.objects.visible_to(user).filter(quarantined_at=None, withdrawn_at=None, project__archived_at=None)
    return list(rows.filter(~Exists(approved)).for_list().order_by("-id")[:MANY])


def _card(clip: Clip, states: Sequence[StageState]) -> ClipCard:
    state, label = standing.words(states)
    return ClipCard(clip, room.poster_url(clip), state, label)


def _in_review(states: Sequence[StageState]) -> bool:
    now = standing.current(states)
    return now is not None and now.state == OPEN and now.stage.role != Kind.LEGAL
