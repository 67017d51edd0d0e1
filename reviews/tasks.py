"""Jobs of reviews: one handler per kind, each a few lines."""

from smtplib import SMTPException

from generations.models import Clip
from reviews.actions import evidence, export_notes, invite, mailing, notices, verification
from reviews.evidence.build import build
from reviews.interchange import making
from reviews.models import Notice, ReviewParticipant
from sorahub.jobs.errors import Retry
from sorahub.jobs.models import Job
from sorahub.jobs.registry import handler
from sorahub.jobs.values import Json


@handler("review.invite")
def send_invitation(job: Job) -> Json:
    """Mail one person who was asked into a review; mail that is down is tried again later."""
    seat = ReviewParticipant.objects.select_related(
        "review__project", "review__created_by__person", "user__person"
    ).get(pk=str(job.payload["participant"]))
    try:
        return {"sent": invite.send_invitation(seat)}
    except (OSError, SMTPException) as error:
        raise Retry("mail-down", f"The mail could not be sent: {error}", after=60) from error


@handler(verification.KIND, lease=1800)
def verify_clip(job: Job) -> Json:
    """Hash a whole original anew; a mismatch quarantines the clip."""
    clip = Clip.objects.select_related("project").get(pk=str(job.payload["clip"]))
    return {"matches": verification.verify_now(clip)}


@handler(evidence.KIND, lease=1800)
def make_bundle(job: Job) -> Json:
    """Make an evidence bundle, verify it, and put it in its place."""
    return build(job)


@handler(notices.MAIL)
def mail_notices(job: Job) -> Json:
    """Mail what people were told of; mail that is down is tried again later, for those who have not got theirs."""
    told = job.payload["notices"]
    rows = Notice.objects.filter(pk__in=told if isinstance(told, list) else [])
    try:
        return {"sent": mailing.send_notices(rows)}
    except (OSError, SMTPException) as error:
        raise Retry("mail-down", f"The mail could not be sent: {error}", after=60) from error


@handler(export_notes.KIND, lease=900)
def make_sheet(job: Job) -> Json:
    """Make a PDF of notes with their frames."""
    return making.make(job)
