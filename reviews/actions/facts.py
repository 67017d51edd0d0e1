"""Gather what the rules look at: facts about one clip, its record, its signature and the people behind them."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db.models import Prefetch

from generations.models import Clip
from reviews.actions import descent, duties, governed, prepared
from reviews.actions.content import set_agrees
from reviews.actions.governed import TermsFacts
from reviews.actions.prepared import Read
from reviews.actions.signatures import sound
from reviews.models import Depiction, GoverningSet, LicenceRecordVersion, RecordRelease, Release, SignOff, TermsVersion
from reviews.rules import separation
from reviews.rules.clearance import DepictionFacts, Facts, RecordFacts, ReleaseFacts, SignatureFacts
from reviews.rules.separation import Involvement
from sorahub.accounts.models import User

UNKNOWN_ROUTES = frozenset({"", "unknown", "?", "n/a", "none"})


def rows_of_versions() -> "tuple[Prefetch[str], ...]":
    """The rows that belong to a version and say with it what it says: to be prefetched wherever facts are made of it."""
    return (
        Prefetch("releases", RecordRelease.objects.select_related("release")),
        Prefetch("depictions", Depiction.objects.select_related("release")),
    )


def gather(
    clip: Clip,
    at: datetime,
    reader: User | None = None,
    *,
    last: datetime | None = None,
    found: Read | None = None,
) -> tuple[Facts, SignOff | None]:
    """Return everything clearance looks at, as of now (the term is judged at ``at``), and the signature it found.

    ``last``: the last instant that is asked for (None: ``at`` alone). Terms that bind by then count, and an exception must
    last until then. Promises of exclusivity depend on what is asked: see descent.conflicts. ``reader``: to whom parents
    are named. ``found``: what ``prepared.read`` gave, where it was asked already.
    """
    last = last or at
    found = found or prepared.read(clip)
    version, glance = found.version, found.glance
    earlier = version is not None and found.signature is None and _approved_before(version)
    record = None
    if version is not None and found.known is not None:
        terms = governed.terms_facts([(version, clip)], last, found.known)[version.pk]
        intact_terms = governs(version.governing_set, found.known.members[version.governing_set_id])
        record = record_facts(version, governs=intact_terms, terms=terms)
        record = duties.told(record, version, duties.asked_of(version, found.duties))
    holds = clip.holds.filter(lifted_at=None).values_list("reason", flat=True) if glance.held else ()
    stopping = clip.incidents.filter(closed_at=None, stops=True).values_list("words", flat=True)
    facts = Facts(
        clip_sha256=clip.sha256,
        route=one_route((route for route, _ in found.made), clip.declared_route),
        quarantined=clip.quarantined_at is not None,
        withdrawn=clip.withdrawn_at is not None,
        holds=tuple(holds),
        incidents=tuple(stopping) if glance.stopped else (),
        stages_not_passed=found.stages_not_passed,
        record=record,
        signature=signature_facts(found.signature) if found.signature else None,
        approved_earlier=earlier,
        parents=descent.parents_of([clip.pk], reader, found.elders)[clip.pk] if found.elders else (),
        overridden=_overridden(clip, at, last) if glance.aside else frozenset(),
    )
    return facts, found.signature


def route_of(clip: Clip) -> str:
    """Return the route through which the clip was made; see ``one_route``."""
    return one_route(clip.generations.values_list("account__route", flat=True), clip.declared_route)


def one_route(told: Iterable[str], declared: str) -> str:
    """Return the route that a clip's generations name, else the declared one, in small letters; empty when unknown or told in two ways."""
    routes = {route.strip().casefold() for route in told} or {declared.strip().casefold()}
    return "" if len(routes) > 1 or routes & UNKNOWN_ROUTES else routes.pop()


def involvement(clip: Clip, version: LicenceRecordVersion | None = None) -> Involvement:
    """Return who had a hand in the clip, and in the record up to this version, as ids of persons."""
    brought = {clip.created_by.person_id, *clip.uploads.values_list("created_by__person", flat=True)}
    if clip.declared_by is not None:
        brought.add(clip.declared_by.person_id)
    drafted: Iterable[UUID] = ()
    if version is not None:
        drafted = version.record.versions.values_list("drafted_by__person", flat=True)
    return Involvement(
        brought=frozenset(brought),
        launched=frozenset(clip.generations.values_list("created_by__person", flat=True)),
        wrote_prompt=frozenset(clip.generations.values_list("prompt__created_by__person", flat=True)),
        drafted=frozenset(drafted),
    )


def _approved_before(version: LicenceRecordVersion) -> bool:
    approvals = SignOff.objects.filter(record_version__record=version.record_id, meaning=SignOff.Meaning.APPROVED)
    return approvals.filter(revocation=None).exists()


def signature_facts(signature: SignOff) -> SignatureFacts:
    """Return what clearance looks at of a sign-off that was read ``with_suspension()``; its mathematics is checked here."""
    suspended: str | None = signature.suspended_why  # type: ignore[attr-defined]  # annotated by with_suspension()
    return SignatureFacts(
        meaning=signature.meaning,
        clip_sha256=signature.clip_sha256,
        revoked=hasattr(signature, "revocation"),
        suspended=suspended or "",
        sound=sound(signature),
        pending=signature.is_pending,
    )


def record_facts(version: LicenceRecordVersion, *, governs: bool, terms: TermsFacts) -> RecordFacts:
    """Return what a version says. ``governs``: its set is intact and names terms; ``terms``: what has become of them.

    Expects the governing set and the clip's project joined and ``rows_of_versions`` prefetched. The first schema knew neither
    purposes nor depictions in rows: None for both.
    """
    first = version.schema == 1
    return RecordFacts(
        clip_sha256=version.clip_sha256,
        uses=frozenset(version.uses),
        territories=frozenset(version.territories),
        starts_at=version.starts_at,
        ends_at=version.ends_at,
        time_zone=version.time_zone,
        ownership=version.ownership,
        commercial_use=version.commercial_use,
        depicted=bool(version.depicted.strip()),
        none_depicted=version.none_depicted,
        disclosed=bool(version.disclosure.strip()),
        governing_route=version.governing_set.route.strip().casefold() if governs else "",
        changed_terms=terms.changed,
        suspended_by=terms.suspended_by,
        hops_open=terms.hops_open,
        releases=tuple(_release_facts(link.release) for link in version.releases.all()),
        depictions=None if first else tuple(_depiction_facts(row) for row in version.depictions.all()),
        purposes=None if first else frozenset(version.purposes),
        client=str(version.record.clip.project.client_id),
        category=version.category,
    )


def intact(governing: GoverningSet) -> bool:
    """Say whether the set still says what its hash was taken of."""
    return sha256(governing.canonical.encode()).hexdigest() == governing.sha256


def governs(governing: GoverningSet, members: Sequence[TermsVersion]) -> bool:
    """Say whether the set, whose members these are in their order, is what its hash was taken of and names terms."""
    return intact(governing) and set_agrees(governing, members) and bool(json.loads(governing.canonical)["terms"])


def _depiction_facts(row: Depiction) -> DepictionFacts:
    release = _release_facts(row.release) if row.release else None
    return DepictionFacts(kind=row.kind, name=row.name, real=row.real, release=release)


def _release_facts(release: Release) -> ReleaseFacts:
    return ReleaseFacts(
        subject=release.subject,
        valid_from=release.valid_from,
        valid_until=release.valid_until,
        withdrawn=release.withdrawn_at is not None,
        kind=release.kind,
        uses=frozenset(release.uses),
        territories=frozenset(release.territories),
        ai_use=release.ai_use,
        of_age_on=release.of_age_on,
        exclusive_categories=frozenset(release.exclusive_categories),
    )


def _overridden(clip: Clip, at: datetime, last: datetime) -> frozenset[str]:
    rows = clip.overrides.filter(
        clip_sha256=clip.sha256, approved_at__isnull=False, approved_at__lte=at, expires_at__gt=last
    ).select_related("requested_by", "approved_by")
    return frozenset(
        row.block
        for row in rows
        if row.approved_by and separation.two_persons(row.requested_by.person_id, row.approved_by.person_id)
    )
