"""Read everything that one sign-off rests on, as the person who asked may see it. Large texts stay in the database until written.

A bundle is of one moment: its checkpoint is made first, and what happened later is left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.db.models import QuerySet

from generations.actions.plans import plans_of
from generations.models import Clip, Generation, PlanPeriod, ProvenanceReport, Upload
from reviews.models import (
    Bundle,
    Decision,
    GoverningMember,
    GoverningSet,
    LicenceRecordVersion,
    LicensingNote,
    Override,
    RecordRelease,
    Release,
    SignOff,
)
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger import checkpoints, record
from sorahub.ledger.models import Chain, Checkpoint, Event, TimeStamp
from sorahub.lib import signing
from sorahub.lib.signing import PublicKey

EARLIER = 12  # so many bundles back a receiver's old checkpoint can be led on to the new one


@dataclass(frozen=True)
class Proof:
    """A ledger event's text, its place in the chain, and its inclusion path under the checkpoint."""

    event: Event
    text: str
    path: list[bytes]


@dataclass(frozen=True)
class Evidence:
    """Everything that goes into one bundle. ``proofs`` are of events about these rows, in this client's chain, and no others."""

    bundle: Bundle
    clip: Clip
    sign_off: SignOff
    revocation: SignOff | None
    version: LicenceRecordVersion
    governing: GoverningSet
    members: list[GoverningMember]
    decisions: list[Decision]
    notes: list[LicensingNote]
    overrides: list[Override]
    generations: list[Generation]
    plans: Mapping[UUID, PlanPeriod]
    uploads: list[Upload]
    provenance: ProvenanceReport | None
    checkpoint: Checkpoint
    proofs: list[Proof]
    keys: list[PublicKey]
    others: list[SignOff]
    stamps: Mapping[UUID, TimeStamp]


def checkpoint_for(bundle: Bundle) -> Checkpoint:
    """Make the checkpoint of the client's chain that a bundle proves."""
    return checkpoints.make(Chain.objects.of(bundle.clip.project.client_id))


def chosen(bundle: Bundle) -> list[UUID]:
    """Return the sign-offs that a bundle is about, in a lasting order: several, or its one."""
    return list(bundle.sign_offs.order_by("id").values_list("pk", flat=True)) or [bundle.sign_off_id]


def consistency(bundle: Bundle, checkpoint: Checkpoint) -> list[tuple[int, list[bytes]]]:
    """Prove that the checkpoint only added to those of earlier bundles of this client: sizes with their paths, newest first."""
    earlier = Bundle.objects.exclude(pk=bundle.pk).exclude(checkpoint=None).values("checkpoint")
    rows = Checkpoint.objects.filter(chain=checkpoint.chain_id, size__lt=checkpoint.size, pk__in=earlier)
    found = {row.size: row for row in rows.order_by("-size")[:EARLIER]}
    return [(size, checkpoints.consistency(row, checkpoint)) for size, row in found.items() if size]


def gather(bundle: Bundle, wanted: UUID | None = None, checkpoint: Checkpoint | None = None) -> Evidence:
    """Read what one sign-off of the bundle (by default its first) rests on, as of the checkpoint (by default one made now).

    Raises SignOff.DoesNotExist when the person who asked may not see the sign-off any more.
    """
    checkpoint = checkpoint or checkpoint_for(bundle)
    sign_off = _sign_off(bundle, wanted or bundle.sign_off_id)
    clip, version = sign_off.clip, sign_off.record_version
    revocation = SignOff.objects.select_related("signer__person").filter(revokes=sign_off).first()
    decisions = list(_decisions(clip))
    notes = list(_notes(clip))
    overrides = list(_overrides(clip))
    generations, uploads = list(_generations(clip)), list(_uploads(clip))
    subjects = {
        row.pk for row in [clip, bundle, *decisions, *notes, *overrides, *generations, *uploads, *_satellites(sign_off)]
    }
    proofs = _proofs(checkpoint, subjects)
    proven = {proof.event.subject_id for proof in proofs}
    others = list(_others(sign_off, revocation))
    return Evidence(
        bundle=bundle,
        clip=clip,
        sign_off=sign_off,
        revocation=revocation,
        version=version,
        governing=version.governing_set,
        members=list(_members(version.governing_set)),
        decisions=[row for row in decisions if row.pk in proven],
        notes=notes,
        overrides=overrides,
        generations=generations,
        plans=plans_of(generations),
        uploads=uploads,
        provenance=ProvenanceReport.objects.filter(clip=clip).first(),
        checkpoint=checkpoint,
        proofs=proofs,
        keys=_keys(sign_off, revocation, checkpoint),
        others=others,
        stamps={row.pk: stamp for row in (sign_off, revocation, *others) if row and (stamp := stamp_of(row.payload))},
    )


def stamp_of(text: str) -> TimeStamp | None:
    """Return the time-stamp over a text, if there is one yet."""
    return TimeStamp.objects.of(sha256(text.encode()).hexdigest())


def visible_sign_offs(user: User) -> QuerySet[SignOff]:
    """The sign-offs of which a person may have evidence: a guest those on the clips put before them."""
    if user.kind == Kind.GUEST:
        return SignOff.objects.filter(clip__in=Clip.objects.visible_to(user))
    return SignOff.objects.visible_to(user)


def _sign_off(bundle: Bundle, wanted: UUID) -> SignOff:
    joined = visible_sign_offs(bundle.created_by).select_related(
        "clip__project__client", "clip__shot", "clip__declared_by__person", "record_version__record",
        "record_version__governing_set__account", "record_version__checklist",
        "record_version__drafted_by__person", "signer__person", "reauthentication",
    )  # fmt: skip
    return joined.get(pk=wanted)


def _others(sign_off: SignOff, revocation: SignOff | None) -> Iterator[SignOff]:
    """Whatever else was signed about this version of the record."""
    known = {row.pk for row in (sign_off, revocation) if row}
    rows = SignOff.objects.filter(record_version=sign_off.record_version_id).exclude(pk__in=known)
    yield from rows.order_by("signed_at", "id")


def _decisions(clip: Clip) -> Iterator[Decision]:
    rows = Decision.objects.filter(clip=clip, clip_sha256=clip.sha256).select_related("stage", "user__person")
    yield from rows.order_by("decided_at", "id")


def _notes(clip: Clip) -> Iterator[LicensingNote]:
    rows = LicensingNote.objects.filter(clip=clip, privileged=False).select_related("author__person")
    yield from rows.prefetch_related("citations__clause__terms_version__source").order_by("created_at", "id")


def _overrides(clip: Clip) -> Iterator[Override]:
    rows = Override.objects.filter(clip=clip, clip_sha256=clip.sha256, approved_at__isnull=False)
    yield from rows.select_related("requested_by__person", "approved_by__person").order_by("requested_at", "id")


def _generations(clip: Clip) -> Iterator[Generation]:
    rows = Generation.objects.filter(clip=clip).select_related(
        "prompt__created_by__person", "account", "created_by__person"
    )
    yield from rows.prefetch_related("references").order_by("created_at", "id")


def _uploads(clip: Clip) -> Iterator[Upload]:
    yield from Upload.objects.filter(clip=clip).select_related("created_by__person").order_by("created_at", "id")


def _members(governing: GoverningSet) -> Iterator[GoverningMember]:
    rows = GoverningMember.objects.filter(governing_set=governing).select_related("terms_version__source")
    yield from rows.defer("terms_version__raw", "terms_version__text").order_by("precedence")


def _satellites(sign_off: SignOff) -> Iterator[SignOff | LicenceRecordVersion | Release]:
    """Every version of the record, every signature on the clip, and the releases it rests on: their events belong to the story."""
    yield from SignOff.objects.filter(clip=sign_off.clip_id)
    yield from LicenceRecordVersion.objects.filter(record=sign_off.record_version.record_id)
    rests_on = RecordRelease.objects.filter(record_version=sign_off.record_version_id)
    yield from Release.objects.filter(pk__in=rests_on.values("release"))


def _proofs(checkpoint: Checkpoint, subjects: set[UUID]) -> list[Proof]:
    events = Event.objects.filter(chain=checkpoint.chain_id, subject_id__in=subjects, seq__lt=checkpoint.size)
    rows = list(events.select_related("chain").order_by("seq"))
    paths = checkpoints.inclusions(rows, checkpoint)
    return [Proof(event, record.text_of(event), paths[event.pk]) for event in rows]


def _keys(sign_off: SignOff, revocation: SignOff | None, checkpoint: Checkpoint) -> list[PublicKey]:
    """The keys that signed anything in the bundle, the one that will sign its tag manifest included."""
    used = {sign_off.key_id, checkpoint.key_id, signing.public_keys("record")[-1].key_id}
    used |= {revocation.key_id} if revocation else set()
    return [key for key in signing.public_keys() if key.key_id in used]
