"""Jobs of reviews: one handler per kind, each a few lines."""

from collections.abc import Callable
from smtplib import SMTPException

from generations.models import Clip
from reviews.actions import (
    animatics,
    certificates,
    codes,
    counsel,
    counsel_codes,
    counsel_mail,
    deliverables,
    drafting_many,
    drafting_run,
    evidence,
    expiry,
    export_notes,
    fetch_terms,
    import_terms,
    invite,
    mailing,
    notices,
    ranking_scores,
    rankings,
    reminders,
    restoring,
    scrub,
    stamping,
    verification,
)
from reviews.evidence import retention
from reviews.evidence.build import build
from reviews.evidence.delivering import make as make_marked
from reviews.evidence.issuing import make_certificate
from reviews.interchange import bringing, filming, importing, making
from reviews.models import Notice, ReviewParticipant, Share
from sorahub.accounts.models import User
from sorahub.jobs.errors import Retry
from sorahub.jobs.models import Job
from sorahub.jobs.registry import every, handler
from sorahub.jobs.values import Json
from sorahub.lib import read_only


@handler("review.invite")
def send_invitation(job: Job) -> Json:
    """Mail one person who was asked into a review; mail that is down is tried again later."""
    return _mailed(lambda: invite.send_invitation(_seat(job)))


@handler("review.remind")
def send_reminder(job: Job) -> Json:
    """Mail one person that a review waits for them."""
    return _mailed(lambda: invite.send_reminder(_seat(job)))


@handler(codes.KIND)
def send_code(job: Job) -> Json:
    """Make a guest's one-time code and mail it."""
    share = Share.objects.get(pk=str(job.payload["share"]))
    return _mailed(lambda: invite.send_code(share, str(job.payload["ticket"])), again_after=5)


@handler(counsel.INVITE)
def ask_counsel(job: Job) -> Json:
    """Mail outside counsel the link that they sign behind."""
    return _mailed(lambda: counsel_mail.send_invitation(str(job.payload["invitation"])))


@handler(counsel.REMIND)
def remind_counsel(job: Job) -> Json:
    """Mail outside counsel that their link ends soon."""
    return _mailed(lambda: counsel_mail.send_reminder(str(job.payload["invitation"])))


@handler(counsel_codes.KIND)
def send_counsel_code(job: Job) -> Json:
    """Make a one-time code for outside counsel and mail it."""
    return _mailed(lambda: counsel_mail.send_code(str(job.payload["code"])), again_after=5)


@every("sorahub.reviews.counsel", minutes=60)
def remind_counsels() -> Json:
    """Remind outside counsel whose link ends within three days."""
    return {"invitations": counsel.remind_counsel()}


@every("sorahub.reviews.remind", minutes=10)
def remind() -> Json:
    """Remind the people of reviews that are due in a day, or now, and the judges of rankings that are due in a day."""
    return {"reviews": reminders.remind_when_due(), "rankings": rankings.remind_when_due()}


@handler(ranking_scores.KIND, lease=300)
def score_ranking(job: Job) -> Json:
    """Compute the scores of a closed ranking, in a process of its own."""
    return ranking_scores.compute(job)


@every("sorahub.reviews.expiry", minutes=24 * 60)
def warn_of_expiry() -> Json:
    """Tell producers and legal approvers whose rights end within 90, 30 or 7 days."""
    return {"records": expiry.warn_of_expiry()}


@handler(verification.KIND, lease=1800)
def verify_clip(job: Job) -> Json:
    """Hash a whole original anew; a mismatch quarantines the clip."""
    clip = Clip.objects.select_related("project").get(pk=str(job.payload["clip"]))
    return {"matches": verification.verify_now(clip)}


@handler(restoring.KIND, lease=1800)
def restore_clip(job: Job) -> Json:
    """Hash a large original anew, and end the clip's quarantine if it is its own again."""
    clip = Clip.objects.select_related("project").get(pk=str(job.payload["clip"]))
    actor = User.objects.select_related("person").get(pk=str(job.payload["user"]))
    restoring.end_quarantine(actor=actor, clip=clip)
    return {"restored": True}


@every("sorahub.reviews.scrub", minutes=60)
def scrub_originals() -> Json:
    """Have the originals hashed anew that nobody has looked at for a week."""
    return {**scrub.scrub()}


@handler(stamping.SIGN_OFF)
def stamp_sign_off(job: Job) -> Json:
    """Have the time-stamp authority date a sign-off; one that is away is asked again."""
    return stamping.stamp_sign_off(job)


@handler(stamping.CHECKPOINT)
def stamp_checkpoint(job: Job) -> Json:
    """Have the time-stamp authority date a checkpoint of the ledger."""
    return stamping.stamp_checkpoint(job)


@every("sorahub.reviews.stamps", minutes=10)
def look_after_stamps() -> Json:
    """Ask again for every time-stamp that is missing, and measure the clock once an hour."""
    return None if read_only.reason() else stamping.look_after()


@handler(drafting_many.KIND)
def draft_many(job: Job) -> Json:
    """Draw the records of many clips anew with another governing set."""
    return drafting_run.run(job)


@handler(evidence.KIND, lease=1800)
def make_bundle(job: Job) -> Json:
    """Make an evidence bundle, verify it, and put it in its place."""
    return build(job)


@handler(certificates.KIND, lease=600)
def issue_certificate(job: Job) -> Json:
    """Make the certificate of a sign-off as a PDF of its own."""
    return make_certificate(job)


@handler(deliverables.KIND, lease=1800)
def make_deliverable(job: Job) -> Json:
    """Make the marked copy of a cleared clip that is handed over."""
    return make_marked(job)


@every("sorahub.reviews.bundles", minutes=24 * 60)
def discard_bundles() -> Json:
    """Delete evidence bundles that are older than the setting says; they can be made again."""
    return {**retention.discard_old()}


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


@handler(animatics.KIND, lease=900)
def make_animatic(job: Job) -> Json:
    """Make a project's shots into one file, shot by shot."""
    return filming.make(job)


@every("sorahub.reviews.animatics", minutes=24 * 60)
def discard_animatics() -> Json:
    """Delete animatics that are older than the setting says; they can be made again."""
    return {**animatics.discard_old()}


@handler(fetch_terms.KIND, lease=300)
def capture_terms(job: Job) -> Json:
    """Fetch terms from their address, or read the text of a PDF, and keep them."""
    return bringing.bring(job)


@handler(import_terms.LOOK, lease=300)
def look_into_archive(job: Job) -> Json:
    """Say what is in an archive of terms."""
    return importing.look(job)


@handler(import_terms.RUN, lease=120)
def import_archive(job: Job) -> Json:
    """Import an archive of terms, record by record, for some minutes; what is left another job does."""
    return importing.run(job)


def _seat(job: Job) -> ReviewParticipant:
    rows = ReviewParticipant.objects.select_related(
        "review__project__client", "review__stage", "review__created_by__person", "user__person"
    )
    return rows.get(pk=str(job.payload["participant"]))


def _mailed(send: Callable[[], bool], *, again_after: float = 60) -> Json:
    try:
        return {"sent": send()}
    except (OSError, SMTPException) as error:
        raise Retry("mail-down", f"The mail could not be sent: {error}", after=again_after) from error
