"""What the tests of reviews begin with: real clips in storage, and short ways along the road to a signature."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import cache
from hashlib import sha256
from io import BytesIO
from typing import Any

import av
from django.conf import settings
from django.db import transaction

from generations.models import Clip, Generation, Membership, Project, Rendition, Shot
from generations.models.clip import ClipGrant
from reviews.actions import sign as signing
from reviews.actions.content import content
from reviews.actions.decide import decide
from reviews.actions.licensing import DepictionInput, draft_licence
from reviews.actions.presence import reauthenticate
from reviews.actions.releases import add_release
from reviews.actions.sign import sign_record
from reviews.actions.stages import lay_default_stages
from reviews.actions.terms import add_source, capture_terms, make_governing_set
from reviews.models import (
    GoverningSet,
    LicenceRecord,
    LicenceRecordVersion,
    RecordRelease,
    Release,
    SignOff,
    Stage,
    TermsVersion,
    Use,
    Verdict,
)
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger.models import Event
from sorahub.lib import canonical, storage
from tests.people import PASSWORD, Agency, provider_account, user

FRAMES = 12
SIDE = 64
START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2028, 1, 1, tzinfo=UTC)
SCOPE: dict[str, Any] = {"use": "social_media", "territory": "DE", "purpose": "advertising"}
"""A question that the record drafted here answers with yes."""
TERMS = (
    "Vofy Terms of Service\n"
    "3.1 As between you and Vofy, you own the output.\n"
    "3.2 You may use the output commercially, in advertising, social media and client work.\n"
    "9.9 We may change these terms.\n"
)


@cache
def video_bytes(grey: int = 90) -> bytes:
    """Return a real MP4 of 12 frames, 64 by 64 pixels, 24 per second; another shade of grey gives other bytes."""
    buffer = BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(24), options={"threads": "1", "preset": "ultrafast"})
        stream.width = stream.height = SIDE
        stream.pix_fmt = "yuv420p"
        for number in range(FRAMES):
            frame = av.VideoFrame(SIDE, SIDE, "gray")
            frame.planes[0].update(bytes([(grey + number) % 256]) * frame.planes[0].buffer_size)
            container.mux(stream.encode(frame.reformat(format="yuv420p")))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def add_clip(project: Project, actor: User, *, grey: int = 90, shot: Shot | None = None, route: str = "Vofy") -> Clip:
    """Put a real clip into storage and into the project, as an upload that ``actor`` vouches for."""
    received = storage.receive([video_bytes(grey)], max_bytes=10**7, into=settings.MEDIA_ROOT / "incoming")
    key = storage.commit(received, settings.MEDIA_ROOT)
    take = 1 + (Clip.objects.filter(shot=shot).count() if shot else 0)
    return Clip.objects.create(
        project=project, shot=shot, take=take, sha256=received.sha256, size=received.size, storage_key=key,
        original_name="harbour.mp4", origin=Clip.Origin.UPLOAD, completeness=Clip.Completeness.DECLARED,
        container="mp4", video_codec="h264", pixel_format="yuv420p", width=SIDE, height=SIDE, rate_num=24, rate_den=1,
        frame_count=FRAMES, scrub_safe=True, declared_model="sora-2", declared_route=route, declared_prompt="A harbour",
        declared_by=actor, created_by=actor,
    )  # fmt: skip


def add_generation(clip: Clip, agency: Agency, *, launcher: User, route: str = "sandbox") -> Generation:
    """Say that the clip was generated from the agency's prompt (alice wrote it): ``launcher`` launched it."""
    return Generation.objects.create(
        project=clip.project, prompt=agency.prompt, account=provider_account(route=route), model="sora-2",
        capability_version="1", state="succeeded", remote_id=f"video_{clip.pk}", clip=clip, estimate_micro=0,
        created_by=launcher,
    )  # fmt: skip


def capture(lena: User, label: str = "2026-01-01", text: str = TERMS, **more: Any) -> TermsVersion:
    """Capture a version of Vofy's terms as pasted text."""
    from_before = TermsVersion.objects.filter(source__publisher="Vofy").first()
    source = from_before.source if from_before else add_source(actor=lena, publisher="Vofy", title="Terms of Service")
    return capture_terms(
        actor=lena, source=source, label=label, raw=text.encode(), media_type="text/plain", method="paste", **more
    )


def governing(lena: User, rule: str = "at_generation", route: str = "Vofy") -> GoverningSet:
    """Make the governing set of the route from one captured version."""
    version = TermsVersion.objects.first() or capture(lena)
    return make_governing_set(
        actor=lena, name=f"{route} terms", route=route, rule=rule, as_of=date(2026, 6, 1), versions=[version]
    )


def staged(agency: Agency) -> dict[str, Stage]:
    """Lay the default stages, let dora take part, and return the stages by name."""
    Membership.objects.get_or_create(project=agency.aurora, user=agency.dora)
    with transaction.atomic():
        stages = lay_default_stages(actor=agency.alice, project=agency.aurora)
    return {stage.name: stage for stage in stages}


def approve(clip: Clip, stage: Stage, *people: User) -> None:
    """Let these people approve the clip in the stage."""
    for person in people:
        if person.kind == Kind.GUEST:
            ClipGrant.objects.get_or_create(clip=clip, user=person, revoked_at=None, granted_by=clip.created_by)
            watchable(clip)
        decide(actor=person, clip=clip, stage=stage, verdict=Verdict.APPROVED, seen_sha256=clip.sha256)


def watchable(clip: Clip) -> Rendition:
    """Say that the watermarked copy is there, which guests must be able to watch before they decide."""
    values = {"storage_key": f"r/{clip.pk}/guest", "sha256": "0" * 64, "size": 1, "media_type": "video/mp4"}
    return Rendition.objects.get_or_create(clip=clip, kind=Rendition.Kind.GUEST_PROXY, defaults=values)[0]


def draft(bob: User, clip: Clip, governing_set: GoverningSet, **changes: Any) -> LicenceRecordVersion:
    """Draft a record that can be signed: advertising in social media, in Germany and Austria, during 2026 and 2027."""
    values: dict[str, Any] = {
        "uses": ["social_media", "own_channels"],
        "territories": ["DE", "AT"],
        "purposes": ["advertising"],
        "starts_at": START,
        "ends_at": END,
        "ownership": "yes",
        "commercial_use": "yes",
        "none_depicted": True,
    }
    return draft_licence(actor=bob, clip=clip, governing_set=governing_set, **{**values, **changes})


def draft_old(
    bob: User, clip: Clip, governing_set: GoverningSet, *, releases: Sequence[Release] = (), **changes: Any
) -> LicenceRecordVersion:
    """Write a version as records were before purposes and depictions: of the first schema, with a sentence beside its releases."""
    values: dict[str, Any] = {
        "uses": ["own_channels", "social_media"], "territories": ["AT", "DE"], "starts_at": START, "ends_at": END,
        "ownership": "yes", "commercial_use": "yes", "none_depicted": not changes.get("depicted"),
    }  # fmt: skip
    record = LicenceRecord.objects.get_or_create(clip=clip, defaults={"created_by": bob})[0]
    version = LicenceRecordVersion(
        record=record, version=record.versions.count() + 1, schema=1, clip_sha256=clip.sha256,
        governing_set=governing_set, drafted_by=bob, **{**values, **changes},
    )  # fmt: skip
    said = content(version, releases, [], size=clip.size, person=str(bob.person_id))
    version.canonical = canonical.dumps(said).decode()
    version.sha256 = sha256(version.canonical.encode()).hexdigest()
    version.save(force_insert=True)
    for release in releases:
        RecordRelease.objects.create(record_version=version, release=release)
    return version


def consent(actor: User, project: Project, **changes: Any) -> Release:
    """Put a model release of Mia's on file that covers what ``draft`` asks for, AI included."""
    values: dict[str, Any] = {
        "kind": "model", "subject": "Mia", "scope": "The spring campaign, AI included", "uses": list(Use.values),
        "territories": ["WORLD"], "ai_use": "yes", "valid_from": date(2026, 1, 1), "valid_until": date(2027, 12, 31),
    }  # fmt: skip
    return add_release(actor=actor, project=project, **{**values, **changes})


def shows(release: Release | None = None, **changes: Any) -> dict[str, Any]:
    """Return what ``draft`` takes to say that a real person called Mia can be seen, with or without her release."""
    values: dict[str, Any] = {"kind": "person", "name": "Mia", "real": "yes", "release": release}
    return {"none_depicted": False, "depictions": [DepictionInput(**{**values, **changes})]}


def approved(agency: Agency, clip: Clip) -> GoverningSet:
    """Let bob and dora approve the clip in their stages, and return the governing set of its route."""
    stages = staged(agency)
    approve(clip, stages["Creative"], agency.bob)
    approve(clip, stages["Client"], agency.dora)
    return governing(agency.lena)


def ready_to_sign(agency: Agency, clip: Clip, **changes: Any) -> LicenceRecordVersion:
    """Walk the whole way to a record version that lena can sign: bob and dora approved, bob drafted."""
    return draft(agency.bob, clip, approved(agency, clip), **changes)


def sign(lena: User, version: LicenceRecordVersion, meaning: str = "approved", reason: str = "") -> SignOff:
    """Sign with a fresh password entry."""
    return sign_record(
        actor=lena,
        record_version=version,
        meaning=meaning,
        reauthentication=reauthenticate(actor=lena, password=PASSWORD),
        shown_sha256=version.sha256,
        reason=reason,
    )


def sign_unasked(lena: User, version: LicenceRecordVersion) -> SignOff:
    """Approve as it could be done before signing asked about promises to other clients: signed alike, and nothing asked."""
    made = SignOff(record_version=version, meaning="approved")
    with transaction.atomic():
        signing._finish(signing.SIGNED, made, lena, reauthenticate(actor=lena, password=PASSWORD))
    return made


def second_account(of: User, name: str, kind: Kind, project: Project) -> User:
    """Give the same human being another account."""
    other = user(name, kind)
    other.person = of.person
    other.save()
    Membership.objects.create(project=project, user=other)
    return other


def kinds_of_events() -> list[str]:
    """Return the kinds of all ledger events, oldest first."""
    return list(Event.objects.order_by("at", "seq").values_list("kind", flat=True))


@contextmanager
def damaged(clip: Clip) -> Iterator[None]:
    """Flip a bit in the stored original, as a failing disk would, and put it back afterwards."""
    path = storage.path_for(clip.storage_key, settings.MEDIA_ROOT)
    sound = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(bytes([sound[0] ^ 1]) + sound[1:])
    try:
        yield
    finally:
        path.write_bytes(sound)
