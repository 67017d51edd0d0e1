"""Which clips guests see: worked out from the reviews that are open to them, and written down as grants."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from generations.models import Clip
from generations.models.clip import ClipGrant
from generations.pipeline import ingest
from reviews.models import Review, ReviewItem
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind


def settle(review: Review, *, by: User, only: Collection[User] = (), also: Iterable[Clip] = ()) -> None:
    """Bring the grants on this review's clips, and on those that it showed till now (``also``), in line with what is open
    to its guests (or to ``only`` some) now.

    Call it inside the transaction of whatever changed: sending, adding, taking out, revoking, a new expiry, an unlocked
    password.
    A clip that several reviews show stays until the last of them ends. Guests are taken one at a time, so that two
    changes at once both count.
    """
    clips = [*Clip.objects.filter(review_items__review=review), *also]
    seats = User.objects.filter(review_seats__review=review, kind=Kind.GUEST)
    chosen = seats.filter(pk__in=[guest.pk for guest in only]) if only else seats
    wanted = sorted(chosen.values_list("pk", flat=True))
    for guest in User.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk"):
        _settle(guest, clips, by)


def _settle(guest: User, clips: Sequence[Clip], by: User) -> None:
    lasting = _lasting(guest, clips)
    standing = ClipGrant.objects.filter(user=guest, revoked_at=None, clip__in=clips)
    standing.exclude(clip__in=list(lasting)).update(revoked_at=timezone.now())
    known = set(standing.values_list("clip_id", flat=True))
    for clip in clips:
        if clip.pk in known:
            standing.filter(clip=clip).update(expires_at=lasting[clip.pk])
        elif clip.pk in lasting:
            ClipGrant.objects.create(clip=clip, user=guest, granted_by=by, expires_at=lasting[clip.pk])


def _lasting(guest: User, clips: Iterable[Clip]) -> dict[UUID, datetime | None]:
    """Until when each clip is open to the guest; None is without end. Clips that are not are left out."""
    rows = ReviewItem.objects.filter(clip__in=clips, review__in=Review.objects.open_to(guest))
    found: dict[UUID, datetime | None] = {}
    for clip, until in rows.values_list("clip_id", "review__expires_at"):
        before = found.get(clip, until)
        found[clip] = max(before, until) if before and until else None
    return found


def prepare(review: Review) -> None:
    """Have the watermarked copies made, where a guest takes part. Call it inside a transaction."""
    if review.participants.standing().filter(user__kind=Kind.GUEST).exists():
        for clip in Clip.objects.filter(review_items__review=review):
            ingest.ensure_guest_proxy(clip)
