"""Settle re-reviews: counsel says what a change of terms means for records, many at once with one reason."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Pulse
from reviews.actions import facts, impact, refusals
from reviews.actions.impact import own_work
from reviews.actions.sign import revoke_sign_off
from reviews.models import Reauthentication, ReReview, SignOff
from reviews.rules import separation
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, InvalidInput, NotFound

__all__ = ["own_work", "require_other_hands", "settle", "settle_by_revoking"]

REFUSED, SETTLED = "re_review.refused", "re_review.settled"
MANY = (ReReview.Outcome.NO_EFFECT, ReReview.Outcome.NEW_RECORD)
MOST = 10_000
_GONE = "Somebody settled one of them meanwhile. Load the list again."


def settle(*, actor: User, re_reviews: Collection[ReReview], outcome: str, reason: str) -> int:
    """Say what a change means for these records, all with one reason; returns how many were settled.

    No effect lifts a suspension: who made the clip or drafted its record may not say so, by whatever account. A record of
    which a new version is needed stays as it is until that is signed. Approvals are revoked one by one, see
    ``settle_by_revoking``. Raises Forbidden, NotFound, InvalidInput, Refused for one's own work (the attempt is ledgered),
    Conflict if one was settled before; then none is.
    """
    actor.demand(Permission.SIGN)
    words = checks.words(reason, "reason", "Say why.")
    ids = _chosen(actor, re_reviews, outcome)
    if outcome == ReReview.Outcome.NO_EFFECT:
        require_other_hands(actor, ids)
    with transaction.atomic():
        concerned = [
            each for part in impact.parts(ids) for each in impact.affected(ReReview.objects.filter(pk__in=part))
        ]
        changed = sum(_settled(part, actor, outcome, words) for part in impact.parts(ids))
        if changed != len(ids):
            raise Conflict(_GONE, code="re-review-settled")
        Pulse.objects.bump_all({each.project for each in concerned})
        more: dict[str, Json] = {"outcome": outcome, "words": record.conceal(words)}
        impact.told_by_client(SETTLED, actor, concerned, more)
    return len(ids)


def settle_by_revoking(*, actor: User, re_review: ReReview, reason: str, reauthentication: Reauthentication) -> SignOff:
    """Settle a re-review by ending the approval that it is about; returns the revocation, a signature of its own.

    Raises Forbidden, NotFound, InvalidInput, Conflict where no approval stands or the task was settled before.
    """
    actor.demand(Permission.SIGN)
    checks.require_seen(actor, ReReview.objects.all(), re_review)
    words = checks.words(reason, "reason", "Say why it is revoked.")
    approvals = SignOff.objects.filter(record_version=re_review.record_version_id, meaning=SignOff.Meaning.APPROVED)
    approval = approvals.filter(revocation=None).first()
    if approval is None:
        raise Conflict("No approval of this record stands: there is nothing to revoke.", code="not-revocable")
    with transaction.atomic():
        if not _settled([re_review.pk], actor, ReReview.Outcome.REVOKED, words):
            raise Conflict(_GONE, code="re-review-settled")
        concerned = impact.affected(ReReview.objects.filter(pk=re_review.pk))
        more: dict[str, Json] = {"outcome": str(ReReview.Outcome.REVOKED), "words": record.conceal(words)}
        impact.told_by_client(SETTLED, actor, concerned, more)
        return revoke_sign_off(actor=actor, sign_off=approval, reason=words, reauthentication=reauthentication)


def require_other_hands(actor: User, ids: Sequence[UUID]) -> None:
    """Raise Refused where one of the tasks is about the actor's own work, by whatever account; the attempt is ledgered."""
    for part in impact.parts(ids):
        own = own_work(ReReview.objects.filter(pk__in=part), actor.person_id)
        task = own.select_related("record_version__record__clip__project").first()
        if task is not None:
            clip = task.record_version.record.clip
            against = separation.against_signing(actor.person_id, facts.involvement(clip, task.record_version))
            refusals.record_and_raise(REFUSED, actor, clip, task, against)


def _chosen(actor: User, re_reviews: Collection[ReReview], outcome: str) -> Sequence[UUID]:
    if outcome not in MANY:
        raise InvalidInput(
            "Say that it has no effect, or that a new record is needed; an approval is revoked by itself, with your password.",
            fields={"outcome": f"One of: {', '.join(MANY)}."},
        )
    ids = sorted({row.pk for row in re_reviews})
    if not 0 < len(ids) <= MOST:
        raise InvalidInput(
            f"Choose at least one task, and at most {MOST:,}.", fields={"re_reviews": f"Between 1 and {MOST:,}."}
        )
    seen = sum(ReReview.objects.visible_to(actor).filter(pk__in=part).count() for part in impact.parts(ids))
    if seen != len(ids):
        raise NotFound("There is no such re-review.")
    return ids


def _settled(ids: Sequence[UUID], actor: User, outcome: str, words: str) -> int:
    rows = ReReview.objects.filter(pk__in=ids).open()
    return rows.update(settled_at=timezone.now(), settled_by=actor, outcome=outcome, reason=words)
