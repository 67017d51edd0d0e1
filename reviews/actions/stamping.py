"""Have what was signed time-stamped (RFC 3161): asked for by jobs until the token is here, however long the authority is away.

A sign-off that demands a stamp counts as signed once it has it; nothing ever takes the demand back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from secrets import token_hex

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from generations.models import Alarm, Pulse
from generations.pipeline import alarms
from reviews.models import SignOff
from sorahub.jobs.models import Job, JobState
from sorahub.jobs.queue import enqueue
from sorahub.jobs.values import Json
from sorahub.ledger import clock, record, timestamps
from sorahub.ledger.models import Chain, Checkpoint
from sorahub.ledger.timestamps import NotStamped

SIGN_OFF, CHECKPOINT = "sign_off.stamp", "checkpoint.stamp"
STAMPED = "signoff.stamped"
TRIES = 60
"""Of one job: with the longest pause of ten minutes about nine hours. Then the look over all (``look_after``) begins another."""
MEASURE_EVERY = timedelta(hours=1)
PATIENCE = timedelta(minutes=30)
OPEN = (JobState.QUEUED, JobState.RUNNING)
WAITING, CLOCK = "time-stamp:", "clock:"
MOST = 200


@dataclass(frozen=True)
class Waiting:
    """How a sign-off waits: how often an authority was asked, and what it last answered."""

    asked: int
    answer: str

    @property
    def words(self) -> str:
        """It in a sentence or two."""
        times = "once" if self.asked == 1 else f"{self.asked} times"
        return f"The authority was asked {times}." + (f" Its last answer: {self.answer}" if self.answer else "")


def await_stamps(sign_off: SignOff, checkpoint: Checkpoint) -> None:
    """Have both stamped, the sign-off's signed text and the ledger's state with it; in the transaction that made them."""
    if sign_off.stamp_required:
        _begin(sign_off)
        _begin_checkpoint(checkpoint)


def waiting(sign_off: SignOff) -> Waiting | None:
    """Return how the sign-off waits for its stamp; None when it does not."""
    if not sign_off.is_pending:
        return None
    jobs = Job.objects.filter(subject_id=sign_off.pk, kind=SIGN_OFF)
    asked = jobs.aggregate(asked=Sum("attempt"))["asked"] or 0
    answered = jobs.exclude(error_message="").order_by("-started_at").first()
    return Waiting(asked, answered.error_message if answered else "")


def stamp_sign_off(job: Job) -> Json:
    """Ask for the stamp over a sign-off's signed text and keep it; it counts as signed from then on. Raises NotStamped."""
    sign_off = SignOff.objects.select_related("clip__project").get(pk=str(job.payload["sign_off"]))
    if timestamps.stamp_of(sign_off.payload_sha256):
        return {"stamped": "before"}
    word = timestamps.ask(sign_off.payload_sha256)
    with job.fenced():
        stamp = timestamps.keep(sign_off.payload_sha256, word)
        clock.note(word)
        Pulse.objects.bump(sign_off.clip.project)
        body: dict[str, Json] = {
            "payload_sha256": sign_off.payload_sha256,
            "token_sha256": sha256(stamp.token).hexdigest(),
            "time": stamp.at.isoformat(),
            "authority": stamp.authority,
        }
        record.append(kind=STAMPED, actor=None, client=sign_off.clip.project.client_id, subject=sign_off, body=body)
    alarms.clear_alarm(Alarm.Kind.LATE, f"{WAITING}{sign_off.pk}")
    return {"stamped": stamp.at.isoformat()}


def stamp_checkpoint(job: Job) -> Json:
    """Ask for the stamp over a checkpoint's note and keep it. Raises NotStamped."""
    digest = note_digest(Checkpoint.objects.get(pk=str(job.payload["checkpoint"])))
    if timestamps.stamp_of(digest):
        return {"stamped": "before"}
    word = timestamps.ask(digest)
    with job.fenced():
        stamp = timestamps.keep(digest, word)
        clock.note(word)
    return {"stamped": stamp.at.isoformat()}


def note_digest(checkpoint: Checkpoint) -> str:
    """Return what a checkpoint's stamp is over: the SHA-256 of its note."""
    return sha256(checkpoint.note.encode()).hexdigest()


def look_after() -> dict[str, Json]:
    """See to it that nothing waits without being asked for, stamp the newest checkpoint of each chain, measure the clock when that
    is due, and raise an alarm for what waits long and for a clock that cannot be trusted.
    """
    begun, measured = 0, "no authority"
    if timestamps.configured():
        begun = sum(_begin_anew(sign_off) for sign_off in SignOff.objects.pending().order_by("signed_at")[:MOST])
        begun += sum(_begin_checkpoint_anew(checkpoint) for checkpoint in _unstamped())
        measured = measure() if clock.due(MEASURE_EVERY) else "not due"
    alarms.hold(Alarm.Kind.LATE, list(_late()), prefix=WAITING)
    alarms.hold(Alarm.Kind.LATE, list(_skewed()), prefix=CLOCK)
    return {"begun": begun, "clock": measured}


def measure() -> str:
    """Measure the clock by a token over random bytes, which is not kept; return in words how far it is ahead, or why not."""
    try:
        word = timestamps.ask(token_hex(32))
    except NotStamped as error:
        return error.message
    return f"{clock.note(word).ahead_ms} ms ahead"


def _begin(sign_off: SignOff, number: int = 1) -> None:
    key = f"{SIGN_OFF}:{sign_off.pk}:{number}"
    enqueue(SIGN_OFF, key=key, payload={"sign_off": str(sign_off.pk)}, max_attempts=TRIES, subject_id=sign_off.pk)


def _begin_checkpoint(checkpoint: Checkpoint, number: int = 1) -> None:
    key = f"{CHECKPOINT}:{checkpoint.pk}:{number}"
    payload: dict[str, Json] = {"checkpoint": str(checkpoint.pk)}
    enqueue(CHECKPOINT, key=key, payload=payload, max_attempts=TRIES, subject_id=checkpoint.pk)


def _begin_anew(sign_off: SignOff) -> bool:
    """Ask again where nobody does any more."""
    jobs = Job.objects.filter(subject_id=sign_off.pk, kind=SIGN_OFF)
    if jobs.filter(state__in=OPEN).exists():
        return False
    with transaction.atomic():
        _begin(sign_off, jobs.count() + 1)
    return True


def _begin_checkpoint_anew(checkpoint: Checkpoint) -> bool:
    jobs = Job.objects.filter(subject_id=checkpoint.pk, kind=CHECKPOINT)
    if jobs.filter(state__in=OPEN).exists():
        return False
    with transaction.atomic():
        _begin_checkpoint(checkpoint, jobs.count() + 1)
    return True


def _unstamped() -> Iterator[Checkpoint]:
    """The newest checkpoint of each chain, where it has no stamp: it speaks for all before it."""
    for chain in Chain.objects.all():
        newest = chain.checkpoints.order_by("-size", "-at").first()
        if newest and timestamps.stamp_of(note_digest(newest)) is None:
            yield newest


def _late() -> Iterator[alarms.Trouble]:
    since = timezone.now() - PATIENCE
    for sign_off in SignOff.objects.pending().filter(signed_at__lt=since).select_related("clip__project")[:MOST]:
        found = waiting(sign_off)
        if found:
            yield alarms.Trouble(
                f"{WAITING}{sign_off.pk}",
                f"A sign-off of {sign_off.signed_at:%Y-%m-%d %H:%M} UTC waits for its time-stamp. {found.words}",
                "Check SORAHUB_TSA_URL and SORAHUB_TSA_ROOTS, and that the server can reach the authority. Nothing clears until then.",
                project=sign_off.clip.project_id,
            )


def _skewed() -> Iterator[alarms.Trouble]:
    words = clock.doubts(None)
    if words:
        yield alarms.Trouble(
            f"{CLOCK}server",
            f"This server’s clock cannot be trusted: {words}. Nothing can be signed.",
            "Set the server's clock (NTP), then run manage.py doctor.",
        )
