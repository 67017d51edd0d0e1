"""What a judged change of terms means for the records that rest on the old text: tasks are opened, closed, and counted."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from generations.models import Clip, Generation, Membership, Project, Pulse, Upload
from reviews.actions.governed import library_of
from reviews.actions.notices import notify
from reviews.models import (
    VERDICTS,
    ChangeJudgement,
    Delivery,
    GoverningMember,
    GoverningSet,
    LicenceRecordVersion,
    Notice,
    ReReview,
    SignOff,
    TermsChange,
    TermsVersion,
)
from reviews.rules.following import Library
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger import record
from sorahub.lib.canonical import Json

AT_ONCE = 1_000
ENDED = (SignOff.Meaning.REJECTED, SignOff.Meaning.REVOKED)


@dataclass(frozen=True)
class Impact:
    """Everything that rests on the text before a change, as far as one person may see it; ``tasks`` are its re-reviews."""

    clips: "QuerySet[Clip]"
    versions: "QuerySet[LicenceRecordVersion]"
    sign_offs: "QuerySet[SignOff]"
    deliveries: "QuerySet[Delivery]"
    tasks: "QuerySet[ReReview]"

    def counts(self) -> dict[str, int]:
        """How many there are of each."""
        return {
            "clips": self.clips.count(),
            "record_versions": self.versions.count(),
            "sign_offs": self.sign_offs.count(),
            "deliveries": self.deliveries.count(),
            "re_reviews": self.tasks.count(),
            "open": self.tasks.open().count(),  # type: ignore[attr-defined]  # a queryset of ours
            "suspended": self.tasks.open().filter(suspends=True).count(),  # type: ignore[attr-defined]  # the same
        }


@dataclass(frozen=True)
class Affected:
    """A record version that a change concerns, and where it belongs."""

    change: UUID
    version: UUID
    rule: str
    project: UUID
    client: UUID


@dataclass(frozen=True)
class Effect:
    """What a judgement did to records, to be written down once nothing is left to be looked up."""

    kind: str
    concerned: list[Affected]
    more: dict[str, Json]


def impact_of(change: TermsChange, actor: User) -> Impact:
    """Return what rests on the text before the change, or on an older one of it, as far as this person may see it."""
    resting = resting_on(change)
    versions = LicenceRecordVersion.objects.visible_to(actor).filter(pk__in=resting.values("pk"))
    return Impact(
        clips=Clip.objects.visible_to(actor).filter(pk__in=resting.values("record__clip")),
        versions=versions,
        sign_offs=SignOff.objects.visible_to(actor).filter(record_version__in=resting, meaning__in=VERDICTS),
        deliveries=Delivery.objects.visible_to(actor).filter(sign_off__record_version__in=resting),
        tasks=ReReview.objects.visible_to(actor).filter(change=change),
    )


def resting_on(change: TermsChange, library: Library | None = None) -> "QuerySet[LicenceRecordVersion]":
    """Return the record versions whose governing set holds a text that the later one came after, and not the later one.

    ``library`` is that of the change's document, where it has been read already.
    """
    sets = GoverningMember.objects.filter(terms_version__in=_older(change, library)).values("governing_set")
    newer = GoverningMember.objects.filter(terms_version=change.after_id).values("governing_set")
    return LicenceRecordVersion.objects.filter(governing_set__in=sets).exclude(governing_set__in=newer)


def after_judgement(*, actor: User, judgement: ChangeJudgement) -> int:
    """Do what ``take_effect`` does and write it down; returns how many record versions it concerns."""
    with transaction.atomic():
        effect = take_effect(actor, judgement)
        write_down(actor, [effect])
    return len(effect.concerned)


def take_effect(actor: User, judgement: ChangeJudgement, library: Library | None = None) -> Effect:
    """Do what a new judgement of a change means for records, inside the judgement's transaction; nothing is ledgered yet.

    Material: a re-review is opened for each newest record version on the old text that may still be relied on; under a
    continuous rule it suspends. One that a cosmetic judgement had closed is opened again. Cosmetic: those that nobody
    settled are closed with the judgement's reason, less the actor's own work. Legal approvers and producers are told.
    """
    if judgement.verdict == ChangeJudgement.Verdict.MATERIAL:
        return _open(actor, judgement, library)
    return _close(actor, judgement)


def write_down(actor: User, effects: Iterable[Effect]) -> None:
    """Append to the chains of the clients concerned what judgements did: the end of the transaction."""
    for effect in effects:
        told_by_client(effect.kind, actor, effect.concerned, effect.more)


def own_work(rows: "QuerySet[ReReview]", person: UUID) -> "QuerySet[ReReview]":
    """Return those of the tasks whose clip this person made or whose record they drafted, by any account; one query."""
    clip = "record_version__record__clip"
    drafted = LicenceRecordVersion.objects.filter(record=OuterRef("record_version__record"), drafted_by__person=person)
    uploaded = Upload.objects.filter(clip=OuterRef(clip), created_by__person=person)
    generated = Generation.objects.filter(clip=OuterRef(clip)).filter(
        Q(created_by__person=person) | Q(prompt__created_by__person=person)
    )
    brought = Q(**{f"{clip}__created_by__person": person}) | Q(**{f"{clip}__declared_by__person": person})
    return rows.filter(brought | Exists(drafted) | Exists(uploaded) | Exists(generated))


def told_by_client(kind: str, actor: User, affected: Iterable[Affected], more: dict[str, Json]) -> None:
    """Append the event to the chain of each client concerned, in one order, with the ids; a long list takes several events."""
    versions: defaultdict[tuple[UUID, UUID], list[UUID]] = defaultdict(list)
    for each in affected:
        versions[each.client, each.change].append(each.version)
    for (client, change), ids in sorted(versions.items()):
        for part in parts(ids):
            body: dict[str, Json] = {**more, "count": len(ids), "record_versions": [str(pk) for pk in part]}
            record.append(kind=kind, actor=actor.pk, client=client, subject=TermsChange(pk=change), body=body)


def affected(rows: "QuerySet[ReReview]") -> list[Affected]:
    """Return whom these tasks concern."""
    clip = "record_version__record__clip"
    values = rows.order_by("pk").values_list(
        "change",
        "record_version",
        "record_version__governing_set__rule",
        f"{clip}__project",
        f"{clip}__project__client",
    )
    return [Affected(*row) for row in values]


def parts(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    """Cut a long list so that no query and no event is overlong."""
    for begin in range(0, len(ids), AT_ONCE):
        yield ids[begin : begin + AT_ONCE]


def _open(actor: User, judgement: ChangeJudgement, library: Library | None) -> Effect:
    change = judgement.change
    reopened = _reopen(change)
    found = [Affected(change.pk, *row) for row in _awaiting(change, library)]
    for begin in range(0, len(found), AT_ONCE):
        ReReview.objects.bulk_create(
            [_task(each, judgement, actor) for each in found[begin : begin + AT_ONCE]], ignore_conflicts=True
        )
    concerned = [*reopened, *found]
    _tell(actor, concerned)
    suspended = sum(_suspends(each) for each in concerned)
    more: dict[str, Json] = {"judgement": str(judgement.pk), "suspended": suspended, "reopened": len(reopened)}
    return Effect("re_review.opened", concerned, more)


def _close(actor: User, judgement: ChangeJudgement) -> Effect:
    waiting = ReReview.objects.filter(change=judgement.change).open()
    rows = waiting.exclude(pk__in=own_work(waiting, actor.person_id).values("pk"))
    concerned = affected(rows)
    rows.update(
        settled_at=judgement.judged_at, settled_by=actor, outcome=ReReview.Outcome.NO_EFFECT, reason=judgement.reason
    )
    Pulse.objects.bump_all({each.project for each in concerned})
    more: dict[str, Json] = {"judgement": str(judgement.pk), "outcome": str(ReReview.Outcome.NO_EFFECT)}
    return Effect("re_review.settled", concerned, more)


def _reopen(change: TermsChange) -> list[Affected]:
    """Open again what no counsel settled, but a judgement that has been replaced; such tasks carry its very moment."""
    moments = change.judgements.filter(verdict=ChangeJudgement.Verdict.COSMETIC).values("judged_at")
    rows = ReReview.objects.filter(change=change, settled_at__in=moments)
    concerned = affected(rows)
    rows.update(settled_at=None, settled_by=None, outcome="", reason="")
    return concerned


def _awaiting(change: TermsChange, library: Library | None) -> "QuerySet[LicenceRecordVersion, tuple[Any, ...]]":
    """The newest version of each record on the old text whose clip and approval may still be relied on, without a task yet."""
    later = LicenceRecordVersion.objects.filter(record=OuterRef("record"), version__gt=OuterRef("version"))
    ended = SignOff.objects.filter(record_version=OuterRef("pk"), meaning__in=ENDED)
    known = ReReview.objects.filter(change=change, record_version=OuterRef("pk"))
    rows = resting_on(change, library).filter(
        ~Exists(later), ~Exists(ended), ~Exists(known), record__clip__withdrawn_at=None
    )
    return rows.order_by("pk").values_list(
        "pk", "governing_set__rule", "record__clip__project", "record__clip__project__client"
    )


def _task(each: Affected, judgement: ChangeJudgement, actor: User) -> ReReview:
    return ReReview(
        change_id=judgement.change_id,
        record_version_id=each.version,
        suspends=_suspends(each),
        opened_at=judgement.judged_at,
        opened_by=actor,
    )


def _suspends(each: Affected) -> bool:
    return each.rule == GoverningSet.Rule.CONTINUOUS


def _older(change: TermsChange, library: Library | None) -> list[UUID]:
    """The text before the change, and every known one that the later text came after."""
    after = TermsVersion.objects.defer("raw", "text").get(pk=change.after_id)
    library = library or library_of({after.source_id})
    older = [each.pk for each in library.versions if each.pk != after.pk and library.after(after, each)]
    return [change.before_id, *older]


def _tell(actor: User, concerned: Collection[Affected]) -> None:
    """Tell legal approvers that records wait to be read anew, and producers where clips are suspended meanwhile."""
    projects = {each.project for each in concerned}
    suspended = {each.project for each in concerned if _suspends(each)}
    Pulse.objects.bump_all(projects)
    people: defaultdict[tuple[UUID, str], list[User]] = defaultdict(list)
    members = Membership.objects.filter(project__in=projects, user__is_active=True)
    for row in members.select_related("user__person"):
        people[row.project_id, row.user.kind].append(row.user)
    for project in Project.objects.filter(pk__in=projects).order_by("pk"):
        counsel = people[project.pk, Kind.LEGAL]
        notify(kind=Notice.Kind.RE_REVIEW, people=counsel, project=project, actor=actor)
        if project.pk in suspended:
            makers = people[project.pk, Kind.PRODUCER]
            notify(kind=Notice.Kind.SUSPENDED, people=makers, project=project, actor=actor)
