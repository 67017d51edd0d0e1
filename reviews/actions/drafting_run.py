"""The job that draws many records anew: one record, one transaction, and with it how far the job is."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from reviews.actions.drafting_fit import depictions_of, joined, judged
from reviews.actions.drafting_many import ENDED, left_of, named, told_of, versions_of
from reviews.actions.impact import parts
from reviews.actions.licensing import draft_licence
from reviews.models import GoverningSet, LicenceRecord, LicenceRecordVersion
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.jobs.errors import LeaseLost
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json
from sorahub.ledger import record
from sorahub.lib import canonical
from sorahub.lib.errors import Conflict, DomainError, NotFound, Refused

_SAME = (
    "uses", "territories", "purposes", "starts_at", "ends_at", "time_zone", "product", "category", "alterations",
    "exclusive", "restrictions", "disclosure", "ownership", "commercial_use", "indemnity", "none_depicted", "checklist",
    "answers", "disclosures", "authorship",
)  # fmt: skip


def run(job: Job) -> Json:
    """Do the job: one record, one transaction, and how far it is with it, so that a killed worker's successor goes on there."""
    for pk in left_of(job):
        job.result = _with(job, pk, _one(job, pk))
    clients = _outcomes(job)
    actor, governing_set = _actor(job), GoverningSet.objects.get(pk=str(job.payload["governing_set"]))
    with job.fenced():
        for client, numbers in sorted(clients.items()):
            record.append(
                kind=ENDED, actor=actor.pk, client=client, subject=governing_set, body={**named(job, governing_set), **numbers}
            )  # fmt: skip
    return job.result


def _one(job: Job, pk: str) -> tuple[str, str] | str:
    """Draw one version anew; returns the new one's id, or why it was skipped."""
    try:
        with job.fenced(final=False):
            made = str(_drafted(job, pk).pk)
            Job.objects.held(job).update(result=_with(job, pk, made))
    except LeaseLost:
        raise
    except DomainError as error:
        if error.retryable:
            raise
        told = (error.reasons[0]["code"] if error.reasons else error.code, error.message)
        with job.fenced(final=False):
            Job.objects.held(job).update(result=_with(job, pk, told))
        return told
    return made


def _drafted(job: Job, pk: str) -> LicenceRecordVersion:
    actor, other = _actor(job), GoverningSet.objects.get(pk=str(job.payload["governing_set"]))
    actor.demand(Permission.DRAFT_LICENCE)
    version = joined(LicenceRecordVersion.objects.visible_to(actor).filter(pk=pk)).first()
    if version is None:
        raise NotFound("You do not see this clip any more.", code="no-access")
    LicenceRecord.objects.select_for_update().get(pk=version.record_id)
    newer = version.record.versions.filter(version__gt=version.version).order_by("-version").first()
    if newer is not None:
        raise Conflict(f"Version {newer.version} was drafted meanwhile.", code="newer-version")
    clip = version.record.clip
    (row,) = judged([clip], {clip.pk: version}, other)
    if row.against:
        words = " ".join(one.message for one in row.against)
        raise Refused(words, code="not-fit", reasons=[one.as_dict() for one in row.against])
    told: dict[str, canonical.Json] = {
        "run": str(job.pk),
        "drawn_from": pk,
        "words": record.conceal(str(job.payload["reason"])),
    }
    same = {name: getattr(version, name) for name in _SAME}
    return draft_licence(
        actor=actor, clip=clip, governing_set=other, depictions=depictions_of(version), told=told, **same
    )


def _actor(job: Job) -> User:
    return User.objects.select_related("person").get(pk=str(job.payload["user"]))


def _with(job: Job, pk: str, outcome: tuple[str, str] | str) -> Any:
    drafted, skipped = told_of(job)
    if isinstance(outcome, str):
        return {"drafted": {**drafted, pk: outcome}, "skipped": skipped}
    return {"drafted": drafted, "skipped": {**skipped, pk: outcome}}


def _outcomes(job: Job) -> dict[UUID, dict[str, canonical.Json]]:
    """How many were drafted and how many skipped, by client."""
    drafted, _ = told_of(job)
    numbers: dict[UUID, Counter[str]] = {}
    for part in parts([UUID(pk) for pk in versions_of(job)]):
        for pk, client in _clients(part):
            numbers.setdefault(client, Counter())["drafted" if str(pk) in drafted else "skipped"] += 1
    return {client: {"drafted": each["drafted"], "skipped": each["skipped"]} for client, each in numbers.items()}


def _clients(ids: Sequence[UUID]) -> Iterator[tuple[UUID, UUID]]:
    rows = LicenceRecordVersion.objects.filter(pk__in=ids)
    yield from rows.values_list("pk", "record__clip__project__client")
