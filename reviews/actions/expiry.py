"""Tell producers and legal approvers that the term of a signed record ends, at 90, 30 and 7 days, each once."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from generations.models import Membership
from reviews.actions import notices
from reviews.actions.descent import newest_versions
from reviews.models import ExpiryWarning, LicenceRecordVersion, Notice, SignOff
from reviews.rules.expiring import BANDS, band
from sorahub.accounts.roles import Kind

TOLD = (Kind.PRODUCER, Kind.LEGAL)


def warn_of_expiry(now: datetime | None = None) -> int:
    """Tell of every approved record whose end came into a nearer band since anybody was told; return how many they were.

    Whether a clip may be used is computed when somebody asks; nothing depends on this having run.
    """
    now = now or timezone.now()
    standing = SignOff.objects.filter(record_version=OuterRef("pk"), meaning="approved", revocation=None)
    soon = newest_versions().filter(
        Exists(standing), ends_at__gt=now, ends_at__lte=now + timedelta(days=max(BANDS)),
        record__clip__withdrawn_at=None, record__clip__project__archived_at=None,
    )  # fmt: skip
    told = set(ExpiryWarning.objects.filter(record_version__in=soon).values_list("record_version", "days"))
    due = [
        (row, days)
        for row in soon.select_related("record__clip__project").defer("canonical")
        if (days := band(row.ends_at, now)) is not None and (row.pk, days) not in told
    ]
    return sum(_warn(row, days) for row, days in due)


def _warn(version: LicenceRecordVersion, days: int) -> bool:
    clip = version.record.clip
    with transaction.atomic():
        _, new = ExpiryWarning.objects.get_or_create(record_version=version, days=days)
        if new:
            seats = Membership.objects.filter(project=clip.project, user__kind__in=TOLD, user__is_active=True)
            people = [seat.user for seat in seats.select_related("user")]
            notices.notify(kind=Notice.Kind.EXPIRING, people=people, project=clip.project, clip=clip)
    return new
