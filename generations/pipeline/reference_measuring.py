"""Job "reference.measure": make a reference of a file that came in pieces. Whatever it dies over, the next attempt begins anew."""

from django.db import transaction

from generations.actions import reference_intakes, references
from generations.media.child import Limits
from generations.models import ReferenceIntake
from generations.pipeline import transferring
from generations.pipeline.places import transfer_path
from sorahub.jobs.models import Job, JobState
from sorahub.jobs.values import Json
from sorahub.lib.errors import InvalidInput, Unavailable

State = ReferenceIntake.State
AT_ONCE = 200
LIMITS = Limits(wall_seconds=120, cpu_seconds=120)


def measure(job: Job) -> Json:
    """Measure and store the file, then write its row, or say why it is not taken."""
    rows = ReferenceIntake.objects.select_related("transfer__project", "created_by")
    intake = rows.get(pk=job.payload["intake"])
    if intake.state != State.MEASURING:
        return intake.state
    try:
        _take_in(intake)
    except InvalidInput as error:
        _refuse(intake, error.message)
    except Unavailable as error:
        if job.attempt < job.max_attempts:
            raise
        _refuse(intake, f"This machine could not look at the file: {error.message} Send it again later.")
    transferring.discard(intake.transfer)
    return intake.state


def end_dead() -> int:
    """Say of files whose job was given up, killed every time it looked, that they are not taken; return how many."""
    over = Job.objects.filter(kind=reference_intakes.JOB, state__in=(JobState.DEAD, JobState.FAILED)).values(
        "subject_id"
    )
    dead = list(ReferenceIntake.objects.filter(state=State.MEASURING, pk__in=over)[:AT_ONCE])
    for intake in dead:
        _refuse(intake, "Looking at this file ended without an answer, time and again. Convert it, and send it anew.")
    return len(dead)


def _take_in(intake: ReferenceIntake) -> None:
    transfer = intake.transfer
    path = transfer_path(transfer)
    if not path.exists():
        raise InvalidInput("The bytes are no longer there; send the file again.", code="bytes-gone")
    kept = references.keep(path, transfer.original_name, largest=references.LARGEST_IN_PIECES, limits=LIMITS)
    facts = reference_intakes.facts_of(intake, kept.facts.kind)
    with transaction.atomic():
        added = references.write(intake.created_by, transfer.project, kept, transfer.original_name, facts)
        reference_intakes.settle(intake, added)
        _save(intake)


def _refuse(intake: ReferenceIntake, words: str) -> None:
    intake.state, intake.words, intake.facts = State.REFUSED, words, {}
    _save(intake)


def _save(intake: ReferenceIntake) -> None:
    intake.save(update_fields=["state", "reference", "known", "words", "facts"])
