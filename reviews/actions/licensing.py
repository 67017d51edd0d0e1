"""Write licensing notes that cite clauses, and draft licence records, version by version."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from django.db import models, transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Clip, Pulse
from reviews.actions import duties
from reviews.actions.content import SCHEMA, content
from reviews.models import (
    Alteration,
    ChecklistTemplate,
    Citation,
    Clause,
    Depiction,
    Finding,
    GoverningSet,
    LicenceRecord,
    LicenceRecordVersion,
    LicensingNote,
    RecordRelease,
    Release,
)
from reviews.rules import drafting
from reviews.rules import territories as places
from reviews.rules.drafting import DepictionInput
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib import canonical
from sorahub.lib.canonical import Json
from sorahub.lib.errors import InvalidInput

__all__ = ["DepictionInput", "draft_licence", "write_licensing_note"]


def write_licensing_note(
    *, actor: User, clip: Clip, body: str, clauses: Sequence[Clause], privileged: bool = False
) -> LicensingNote:
    """Write a finding about a clip that rests on at least one clause; privileged notes stay out of every export.

    Raises Forbidden, NotFound, InvalidInput.
    """
    actor.demand(Permission.WRITE_LICENSING_NOTE)
    checks.require_seen(actor, Clip.objects.all(), clip)
    words = checks.words(body, "body", "Write the finding.")
    if not clauses:
        raise InvalidInput(
            "Cite the clause it rests on.", code="no-clause", fields={"clauses": "Cite at least one clause."}
        )
    with transaction.atomic():
        note = LicensingNote.objects.create(
            clip=clip, clip_sha256=clip.sha256, body=words, privileged=privileged, author=actor
        )
        for clause in dict.fromkeys(clauses):
            Citation.objects.create(note=note, clause=clause)
        Pulse.objects.bump(clip.project)
        _append("licensing_note.written", actor, clip, note, _note_body(note, clauses))
    return note


def draft_licence(
    *,
    actor: User,
    clip: Clip,
    governing_set: GoverningSet,
    uses: Sequence[str],
    territories: Sequence[str],
    purposes: Sequence[str],
    starts_at: datetime,
    ends_at: datetime | None = None,
    time_zone: str = "UTC",
    product: str = "",
    category: str = "",
    alterations: str = Alteration.FORMAT,
    exclusive: bool = False,
    restrictions: str = "",
    disclosure: str = "",
    ownership: str = Finding.UNKNOWN,
    commercial_use: str = Finding.UNKNOWN,
    indemnity: str = Finding.UNKNOWN,
    none_depicted: bool = False,
    depictions: Sequence[DepictionInput] = (),
    checklist: ChecklistTemplate | None = None,
    answers: Sequence[Mapping[str, Json]] = (),
    disclosures: Sequence[Mapping[str, Json]] = (),
    authorship: str = "",
    told: Mapping[str, Json] | None = None,
) -> LicenceRecordVersion:
    """Write the next version of the clip's licence record: immutable, named by its hash, inheriting no sign-off.

    The term is ``[starts_at, ends_at)``, two instants, spoken of in ``time_zone``. Either ``depictions`` name who and what
    can be recognised, or ``none_depicted`` is the drafter's word that there is nobody and nothing. What is unknown may be
    drafted but not approved. ``told``: what else the ledger keeps of this draft, ids and concealed words.
    Raises Forbidden, NotFound, InvalidInput with every problem.
    """
    actor.demand(Permission.DRAFT_LICENCE)
    checks.require_seen(actor, Clip.objects.all(), clip)
    checks.require_seen(actor, GoverningSet.objects.all(), governing_set)
    if checklist is not None:
        checks.require_seen(actor, ChecklistTemplate.objects.all(), checklist)
    duties.require_offered(actor, clip, checklist, territories, answers)
    for release in _releases(depictions):
        checks.require_seen(actor, Release.objects.filter(project=clip.project_id), release)
    draft = LicenceRecordVersion(
        schema=SCHEMA,
        clip_sha256=clip.sha256,
        governing_set=governing_set,
        uses=sorted(set(uses)),
        territories=places.normalised(territories),
        purposes=sorted(set(purposes)),
        product=product.strip(),
        category=category.strip(),
        alterations=alterations,
        starts_at=starts_at,
        ends_at=ends_at,
        time_zone=time_zone,
        exclusive=exclusive,
        restrictions=restrictions.strip(),
        disclosure=disclosure.strip(),
        ownership=ownership,
        commercial_use=commercial_use,
        indemnity=indemnity,
        none_depicted=none_depicted,
        checklist=checklist,
        answers=[dict(row) for row in answers],
        disclosures=[dict(row) for row in disclosures],
        authorship=authorship.strip(),
        drafted_by=actor,
        drafted_at=timezone.now(),
    )
    wrong = drafting.problems(draft, depictions)
    if wrong:
        raise InvalidInput(" ".join(wrong.values()), fields=wrong)
    with transaction.atomic():
        _insert_next(draft, clip, depictions)
        Pulse.objects.bump(clip.project)
        body: dict[str, Json] = {"clip_sha256": clip.sha256, "version": draft.version, "record_sha256": draft.sha256}
        _append("licence.drafted", actor, clip, draft, {**body, **(told or {})})
    return draft


def _note_body(note: LicensingNote, clauses: Sequence[Clause]) -> dict[str, Json]:
    return {
        "clip_sha256": note.clip_sha256,
        "privileged": note.privileged,
        "clauses": [str(clause.pk) for clause in clauses],
        "words": record.conceal(note.body),
    }


def _releases(depictions: Sequence[DepictionInput]) -> list[Release]:
    """The releases that the depictions rest on, each once."""
    return list(dict.fromkeys(row.release for row in depictions if row.release is not None))


def _insert_next(draft: LicenceRecordVersion, clip: Clip, depictions: Sequence[DepictionInput]) -> None:
    """Number the draft, take its hash, and write it with its rows. Inside the caller's transaction."""
    LicenceRecord.objects.get_or_create(clip=clip, defaults={"created_by": draft.drafted_by})
    draft.record = LicenceRecord.objects.select_for_update().get(clip=clip)
    draft.record.clip = clip
    newest = draft.record.versions.order_by("-version").values_list("version", flat=True).first()
    draft.version = (newest or 0) + 1
    rows = [_depiction(draft, position, row) for position, row in enumerate(depictions, 1)]
    releases = _releases(depictions)
    said = content(draft, releases, rows, size=clip.size, person=str(draft.drafted_by.person_id))
    draft.canonical = canonical.dumps(said).decode()
    draft.sha256 = sha256(draft.canonical.encode()).hexdigest()
    draft.save(force_insert=True)
    for row in rows:
        row.save(force_insert=True)
    for release in releases:
        RecordRelease.objects.create(record_version=draft, release=release)


def _depiction(draft: LicenceRecordVersion, position: int, given: DepictionInput) -> Depiction:
    return Depiction(
        record_version=draft,
        position=position,
        kind=given.kind,
        name=given.name.strip(),
        real=given.real,
        words=given.words.strip(),
        release=given.release,
    )


def _append(kind: str, actor: User, clip: Clip, subject: models.Model, body: dict[str, Json]) -> None:
    record.append(kind=kind, actor=actor.pk, client=clip.project.client_id, subject=subject, body=body)
