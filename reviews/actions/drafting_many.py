"""Draw the records of many clips anew with another governing set: the same content, one reason, and a job where they are many.

Nothing is signed, and what was signed stays what it is. Each record is drawn in a transaction of its own: whatever stands
against one is told, and keeps none of the others.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from generations.actions import checks
from generations.models import Clip, Project
from reviews.actions import descent
from reviews.actions.drafting_fit import Row, joined, judged
from reviews.actions.impact import resting_on
from reviews.models import (
    GoverningSet,
    LicenceRecordVersion,
    ReReview,
    TermsChange,
)
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.jobs import queue, runner
from sorahub.jobs.models import Job, JobState
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, InvalidInput, NotFound
from sorahub.lib.ids import uuid7

KIND = "licence.draft_many"
BEGUN, ENDED = "licence.redraft_begun", "licence.redraft_ended"
MOST = 500
AT_ONCE = 24
"""So many are drawn while the person waits; more are left to a job."""


@dataclass(frozen=True)
class Drafted:
    """A version that was drawn anew, and the new one."""

    clip: Clip
    before: LicenceRecordVersion
    made: LicenceRecordVersion


@dataclass(frozen=True)
class Skipped:
    """A version that was not drawn anew, and why."""

    clip: Clip
    before: LicenceRecordVersion
    code: str
    words: str


@dataclass(frozen=True)
class Run:
    """How the drafting of many stands, to who asked for it: ``waiting``, ``working``, ``done`` or ``failed`` (``words`` say why)."""

    id: UUID
    governing_set: GoverningSet
    reason: str
    asked_at: datetime
    state: str
    words: str
    total: int
    drafted: tuple[Drafted, ...]
    skipped: tuple[Skipped, ...]

    @property
    def open(self) -> bool:
        """Whether there is something to wait for."""
        return self.state in {"waiting", "working"}

    @property
    def dealt_with(self) -> int:
        """How many were drafted or skipped until now."""
        return len(self.drafted) + len(self.skipped)


def concerned(
    actor: User,
    change: TermsChange | None = None,
    project: Project | None = None,
    governing_set: GoverningSet | None = None,
) -> QuerySet[Clip]:
    """Return the clips whose newest record rests on the text before a change; without one, those that wait to be read anew.

    ``governing_set``: records that name it already are left out.
    """
    newest = descent.newest_versions()
    if change is not None:
        versions = newest.filter(pk__in=resting_on(change).values("pk"))
    else:
        tasks = ReReview.objects.visible_to(actor).open()
        versions = newest.filter(record__in=tasks.values("record_version__record"))
    if governing_set is not None:
        versions = versions.exclude(governing_set=governing_set)
    clips = Clip.objects.visible_to(actor).filter(pk__in=versions.values("record__clip"), withdrawn_at=None)
    return clips.filter(project=project) if project is not None else clips


def preview(*, actor: User, clips: Collection[UUID], governing_set: GoverningSet) -> list[Row]:
    """Say what would be drafted for these clips (by id), and what is skipped and why; writes nothing.

    The number of queries does not grow with them. Raises Forbidden, NotFound, InvalidInput for none or more than 500.
    """
    _require(actor, governing_set)
    ids = _few_enough(clips, "clips")
    rows = Clip.objects.visible_to(actor).filter(pk__in=ids).select_related("project__client", "shot").order_by("-id")
    found = list(rows)
    if len(found) != len(ids):
        raise NotFound("There is no such clip.")
    versions = joined(descent.newest_versions().filter(record__clip__in=ids))
    return judged(found, {version.record.clip_id: version for version in versions}, governing_set)


def draft_many(*, actor: User, versions: Collection[UUID], governing_set: GoverningSet, reason: str) -> Job:
    """Draw these versions (by id) anew with the other set, as drafts that nobody has signed; returns the job that does it.

    Up to 24 are dealt with when it returns. A version that is not its record's newest any more is skipped, like whatever does
    not fit; see ``run_of``. Asked twice for the same, it is the same job. Raises Forbidden, NotFound, InvalidInput without a
    reason, for none or more than 500.
    """
    _require(actor, governing_set)
    words = checks.words(reason, "reason", "Say why they are drawn anew.")
    ids = _few_enough(versions, "record_versions")
    rows = LicenceRecordVersion.objects.visible_to(actor).filter(pk__in=ids)
    clients = Counter(rows.values_list("record__clip__project__client", flat=True))
    if clients.total() != len(ids):
        raise NotFound("There is no such licence record version.")
    payload: dict[str, Any] = {
        "user": str(actor.pk), "governing_set": str(governing_set.pk), "reason": words, "versions": [str(pk) for pk in ids],
    }  # fmt: skip
    with transaction.atomic():
        waiting = Job.objects.filter(kind=KIND, subject_id=actor.pk, state__in=_OPEN, payload=payload).first()
        if waiting is not None:
            return waiting
        job = queue.enqueue(KIND, key=f"{KIND}:{uuid7()}", payload=payload, subject_id=actor.pk)
        for client, number in sorted(clients.items()):
            body: dict[str, Json] = {**named(job, governing_set), "count": number, "words": record.conceal(words)}
            record.append(kind=BEGUN, actor=actor.pk, client=client, subject=governing_set, body=body)
    if len(ids) <= AT_ONCE:
        runner.run_one(job.pk)
        job.refresh_from_db()
    return job


def go_on(*, actor: User, pk: UUID) -> Job:
    """Draft what a run that gave up left undone. Raises Forbidden, NotFound, Conflict unless it gave up."""
    actor.demand(Permission.DRAFT_LICENCE)
    job = _job(actor, pk)
    left = [UUID(each) for each in left_of(job)]
    if job.state not in _GAVE_UP or not left:
        raise Conflict("Only what gave up goes on.", code="not-failed")
    governing_set = GoverningSet.objects.get(pk=str(job.payload["governing_set"]))
    return draft_many(actor=actor, versions=left, governing_set=governing_set, reason=str(job.payload["reason"]))


def run_of(*, actor: User, pk: UUID) -> Run:
    """Return how a run stands, with the clips that its asker still sees. Raises NotFound for everybody else."""
    job = _job(actor, pk)
    drafted, skipped = told_of(job)
    ids = [*drafted, *drafted.values(), *skipped]
    rows = LicenceRecordVersion.objects.visible_to(actor).filter(pk__in=ids).defer("canonical")
    seen = {str(row.pk): row for row in rows.select_related("record__clip__project__client", "record__clip__shot")}
    return Run(
        id=job.pk,
        governing_set=GoverningSet.objects.get(pk=str(job.payload["governing_set"])),
        reason=str(job.payload["reason"]),
        asked_at=job.created_at,
        state=_STATES[JobState(job.state)],
        words="" if job.state == JobState.SUCCEEDED else job.error_message,
        total=len(versions_of(job)),
        drafted=tuple(
            Drafted(seen[pk].record.clip, seen[pk], seen[made])
            for pk, made in drafted.items()
            if pk in seen and made in seen
        ),
        skipped=tuple(
            Skipped(seen[pk].record.clip, seen[pk], code, words) for pk, (code, words) in skipped.items() if pk in seen
        ),
    )


_OPEN = (JobState.QUEUED, JobState.RUNNING)
_GAVE_UP = (JobState.FAILED, JobState.DEAD)
_STATES = {
    JobState.QUEUED: "waiting",
    JobState.RUNNING: "working",
    JobState.SUCCEEDED: "done",
    JobState.FAILED: "failed",
    JobState.DEAD: "failed",
}


def _require(actor: User, governing_set: GoverningSet) -> None:
    actor.demand(Permission.DRAFT_LICENCE)
    checks.require_seen(actor, GoverningSet.objects.all(), governing_set)


def _few_enough(ids: Collection[UUID], field: str) -> list[UUID]:
    found = sorted(set(ids))
    if not 0 < len(found) <= MOST:
        words = f"Choose at least one, and at most {MOST} at once."
        raise InvalidInput(words, fields={field: words})
    return found


def named(job: Job, governing_set: GoverningSet) -> dict[str, Json]:
    """Return how the ledger names a run."""
    return {"run": str(job.pk), "governing_sha256": governing_set.sha256}


def _job(actor: User, pk: UUID) -> Job:
    found = Job.objects.filter(pk=pk, kind=KIND, subject_id=actor.pk).first() if actor.is_active else None
    if found is None:
        raise NotFound("There is no such run.")
    return found


def versions_of(job: Job) -> list[str]:
    """Return the ids of the versions that are to be drawn anew."""
    given = job.payload["versions"]
    return [str(each) for each in given] if isinstance(given, list) else []


def told_of(job: Job) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """Return what was drafted and what was skipped until now, by the id of the version before."""
    result: dict[str, Any] = job.result if isinstance(job.result, dict) else {}
    skipped = {pk: (str(code), str(words)) for pk, (code, words) in result.get("skipped", {}).items()}
    return dict(result.get("drafted", {})), skipped


def left_of(job: Job) -> list[str]:
    """Return the ids of those that nobody has dealt with yet."""
    drafted, skipped = told_of(job)
    return [pk for pk in versions_of(job) if pk not in drafted and pk not in skipped]
