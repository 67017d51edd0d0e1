"""Gather what says how sign-offs stand today: for pages, the API, certificates and whoever verifies one."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from django.utils import timezone

from reviews.models import LicenceRecordVersion, ReReview, SignOff
from reviews.rules import standing as rules
from reviews.rules.standing import Act, SignedFacts, Standing
from sorahub.ledger.models import TimeStamp


def standing_of(sign_off: SignOff, at: datetime | None = None) -> Standing:
    """Return how one sign-off stands; see ``standings``."""
    return standings([sign_off], at)[sign_off.pk]


def standings(sign_offs: Collection[SignOff], at: datetime | None = None) -> Mapping[UUID, Standing]:
    """Return how each sign-off stands now (or at an instant that lies before). Five queries at most, however many there are.

    Suspended is what a legal approver suspended by a signature, and what rests on terms that changed materially under the rule
    “as they change” until counsel settled the re-review: clearance refuses both. ``why`` of a suspension or revocation is its reason.
    """
    when = at or timezone.now()
    versions = {each.record_version_id for each in sign_offs}
    ends = dict(LicenceRecordVersion.objects.filter(pk__in=versions).values_list("pk", "ends_at"))
    newer = _newer(versions)
    reread = _re_reviews(versions)
    acts = _acts({each.pk for each in sign_offs if each.meaning == SignOff.Meaning.APPROVED})
    pending = _pending(sign_offs)
    known = {each.pk: _facts(each, ends, newer, reread, acts) for each in sign_offs}
    return {pk: rules.standing(replace(facts, stamp_pending=pk in pending), when) for pk, facts in known.items()}


def _pending(sign_offs: Collection[SignOff]) -> set[UUID]:
    """Those that wait for their time-stamp. One query, where any demands one."""
    wanted = {each.payload_sha256: each.pk for each in sign_offs if each.stamp_required}
    if not wanted:
        return set()
    here = TimeStamp.objects.filter(digest__in=wanted).values_list("digest", flat=True)
    stamped = set(here)
    return {pk for digest, pk in wanted.items() if digest not in stamped}


def sign_off_history(sign_off: SignOff) -> list[SignOff]:
    """Return what was signed about this approval later, oldest first: suspensions, signing again, its revocation. One query."""
    if sign_off.meaning != SignOff.Meaning.APPROVED:
        return []
    return _acts({sign_off.pk}).get(sign_off.pk, [])


def _facts(
    sign_off: SignOff,
    ends: Mapping[UUID, datetime | None],
    newer: Mapping[UUID, Act],
    reread: Mapping[UUID, tuple[Act, ...]],
    acts: Mapping[UUID, list[SignOff]],
) -> SignedFacts:
    mine, version = acts.get(sign_off.pk, []), sign_off.record_version_id
    revoked = [each for each in mine if each.revokes_id]
    again = [each for each in mine if each.reinstates_id]
    ended = {each.reinstates_id for each in again}
    open_ones = [each for each in mine if each.suspends_id and each.pk not in ended]
    return SignedFacts(
        meaning=sign_off.meaning,
        signed_at=sign_off.signed_at,
        ends_at=ends[version],
        revoked=_act(revoked[0]) if revoked else None,
        suspended=(*map(_act, open_ones), *reread.get(version, ())),
        superseded=newer.get(version),
        reinstated=_act(again[-1]) if again else None,
    )


def _act(row: SignOff) -> Act:
    return Act(at=row.signed_at, why=row.reason, by=row.signed_name)


def _acts(approvals: Collection[UUID]) -> Mapping[UUID, list[SignOff]]:
    """What was signed about each of these approvals later, oldest first. One query."""
    found: defaultdict[UUID, list[SignOff]] = defaultdict(list)
    if not approvals:
        return found
    about = SignOff.objects.filter(revokes__in=approvals)
    about |= SignOff.objects.filter(suspends__in=approvals)
    about |= SignOff.objects.filter(reinstates__suspends__in=approvals)
    for row in about.select_related("reinstates").order_by("id"):
        target = row.revokes_id or row.suspends_id or (row.reinstates.suspends_id if row.reinstates else None)
        if target is not None:
            found[target].append(row)
    return found


def _newer(versions: Collection[UUID]) -> Mapping[UUID, Act]:
    """The next version of the record, for those that have one. One query."""
    wanted = LicenceRecordVersion.objects.filter(record__versions__in=versions).distinct()
    rows = list(wanted.only("id", "record", "version", "drafted_at").order_by("record", "version"))
    after = dict(pairwise(rows))
    return {
        row.pk: Act(at=later.drafted_at, why=f"Version {later.version} of the record was drafted.")
        for row, later in after.items()
        if row.pk in versions and later.record_id == row.record_id
    }


def _re_reviews(versions: Collection[UUID]) -> Mapping[UUID, tuple[Act, ...]]:
    """Changes of terms that suspend a version until counsel settles them. One query."""
    found: defaultdict[UUID, tuple[Act, ...]] = defaultdict(tuple)
    rows = ReReview.objects.open().filter(record_version__in=versions, suspends=True)
    for row in rows.select_related("change__after__source").defer("change__after__raw", "change__after__text"):
        words = f"The terms changed materially, and counsel has not settled what it means: {row.change.after}."
        found[row.record_version_id] += (Act(at=row.opened_at, why=words),)
    return found
