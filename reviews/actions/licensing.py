"""Write licensing notes that cite clauses, and draft licence records, version by version."""

import zoneinfo
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from django.db import models, transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Clip, Pulse
from reviews.actions.content import content
from reviews.models import (
    Citation,
    Clause,
    Finding,
    GoverningSet,
    LicenceRecord,
    LicenceRecordVersion,
    LicensingNote,
    RecordRelease,
    Release,
    Use,
)
from reviews.rules import territories as places
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib import canonical
from sorahub.lib.canonical import Json
from sorahub.lib.errors import InvalidInput


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
    starts_at: datetime,
    ends_at: datetime | None = None,
    time_zone: str = "UTC",
    exclusive: bool = False,
    restrictions: str = "",
    disclosure: str = "",
    ownership: str = Finding.UNKNOWN,
    commercial_use: str = Finding.UNKNOWN,
    indemnity: str = Finding.UNKNOWN,
    depicted: str = "",
    none_depicted: bool = False,
    releases: Sequence[Release] = (),
) -> LicenceRecordVersion:
    """Write the next version of the clip's licence record: immutable, named by its hash, inheriting no sign-off.

    The term is ``[starts_at, ends_at)``, two instants, spoken of in ``time_zone``. Unknown findings may be drafted but
    not approved. Raises Forbidden, NotFound, InvalidInput.
    """
    actor.demand(Permission.DRAFT_LICENCE)
    checks.require_seen(actor, Clip.objects.all(), clip)
    checks.require_seen(actor, GoverningSet.objects.all(), governing_set)
    for release in releases:
        checks.require_seen(actor, Release.objects.filter(project=clip.project_id), release)
    draft = LicenceRecordVersion(
        clip_sha256=clip.sha256,
        governing_set=governing_set,
        uses=sorted(set(uses)),
        territories=places.normalised(territories),
        starts_at=starts_at,
        ends_at=ends_at,
        time_zone=time_zone,
        exclusive=exclusive,
        restrictions=restrictions.strip(),
        disclosure=disclosure.strip(),
        ownership=ownership,
        commercial_use=commercial_use,
        indemnity=indemnity,
        depicted=depicted.strip(),
        none_depicted=none_depicted,
        drafted_by=actor,
        drafted_at=timezone.now(),
    )
    _check_draft(draft)
    with transaction.atomic():
        _insert_next(draft, clip, tuple(dict.fromkeys(releases)))
        Pulse.objects.bump(clip.project)
        body: dict[str, Json] = {"clip_sha256": clip.sha256, "version": draft.version, "record_sha256": draft.sha256}
        _append("licence.drafted", actor, clip, draft, body)
    return draft


def _note_body(note: LicensingNote, clauses: Sequence[Clause]) -> dict[str, Json]:
    return {
        "clip_sha256": note.clip_sha256,
        "privileged": note.privileged,
        "clauses": [str(clause.pk) for clause in clauses],
        "words": record.conceal(note.body),
    }


def _check_draft(draft: LicenceRecordVersion) -> None:
    problems = {**_about_scope(draft), **_about_term(draft)}
    for field in ("ownership", "commercial_use", "indemnity"):
        if getattr(draft, field) not in Finding.values:
            problems[field] = f"One of: {', '.join(Finding.values)}."
    if draft.depicted and draft.none_depicted:
        problems["depicted"] = "Either name what can be recognised, or declare that there is nothing."
    if problems:
        raise InvalidInput(" ".join(problems.values()), fields=problems)


def _about_scope(draft: LicenceRecordVersion) -> dict[str, str]:
    problems: dict[str, str] = {}
    if not draft.uses or not set(draft.uses) <= set(Use.values):
        problems["uses"] = f"At least one of: {', '.join(Use.values)}."
    territory_problem = places.problem(draft.territories)
    if territory_problem:
        problems["territories"] = territory_problem
    return problems


def _about_term(draft: LicenceRecordVersion) -> dict[str, str]:
    problems: dict[str, str] = {}
    if timezone.is_naive(draft.starts_at) or (draft.ends_at is not None and timezone.is_naive(draft.ends_at)):
        return {"starts_at": "Give the start and the end with a time zone."}
    if draft.ends_at is not None and draft.ends_at <= draft.starts_at:
        problems["ends_at"] = "The end comes after the start."
    if draft.time_zone not in zoneinfo.available_timezones():
        problems["time_zone"] = "Use a name such as Europe/Berlin."
    return problems


def _insert_next(draft: LicenceRecordVersion, clip: Clip, releases: Sequence[Release]) -> None:
    LicenceRecord.objects.get_or_create(clip=clip, defaults={"created_by": draft.drafted_by})
    draft.record = LicenceRecord.objects.select_for_update().get(clip=clip)
    newest = draft.record.versions.order_by("-version").values_list("version", flat=True).first()
    draft.version = (newest or 0) + 1
    said = content(draft, releases, size=clip.size, person=str(draft.drafted_by.person_id))
    draft.canonical = canonical.dumps(said).decode()
    draft.sha256 = sha256(draft.canonical.encode()).hexdigest()
    draft.save(force_insert=True)
    for release in releases:
        RecordRelease.objects.create(record_version=draft, release=release)


def _append(kind: str, actor: User, clip: Clip, subject: models.Model, body: dict[str, Json]) -> None:
    record.append(kind=kind, actor=actor.pk, client=clip.project.client_id, subject=subject, body=body)
