"""Put releases on file, replace and withdraw them: a withdrawal suspends every record that rests on it, since clearance is computed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Required, TypedDict, Unpack

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from generations.actions import checks, filing
from generations.actions.file_kinds import named
from generations.actions.receiving import FileInput, plain_name
from generations.models import Project, Pulse
from reviews.actions import recalls
from reviews.models import Finding, RecordRelease, Release
from reviews.rules import consenting
from reviews.rules import territories as places
from reviews.rules.typed import one_line
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib import storage
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, DomainError, InvalidInput, NotFound

LARGEST = 20 * 1024**2
PAPERS = frozenset({"application/pdf", "image/jpeg", "image/png"})


class Consent(TypedDict, total=False):
    """What a release says: both dates are inside its term, and what it does not list was not consented to.

    ``document`` is the signed paper: a PDF, JPEG or PNG of at most 20 MiB, under ``document_name``.
    """

    kind: Required[str]
    subject: Required[str]
    scope: Required[str]
    uses: Required[Sequence[str]]
    territories: Required[Sequence[str]]
    valid_from: Required[date]
    valid_until: date | None
    ai_use: str
    training: str
    counselled: str
    of_age_on: date | None
    exclusive_categories: Sequence[str]
    document: "FileInput | None"
    document_name: str


@dataclass(frozen=True)
class Paper:
    """A signed consent as a file: where it lies, under which name it goes, what it is, its hash."""

    path: Path
    name: str
    media_type: str
    sha256: str


def add_release(*, actor: User, project: Project, **said: Unpack[Consent]) -> Release:
    """Put a consent on file.

    Raises Forbidden, NotFound, InvalidInput with every problem, Conflict for an archived project, Unavailable for a full disk.
    """
    actor.demand(Permission.DRAFT_LICENCE)
    checks.require_seen(actor, Project.objects.all(), project)
    checks.require_open(project)
    release = _described(project, actor, said)
    with transaction.atomic():
        checks.insert(release)
        Pulse.objects.bump(project)
        _append("release.added", actor, release)
    return release


def replace_release(*, actor: User, release: Release, **said: Unpack[Consent]) -> Release:
    """Put another release in the place of this one, which is withdrawn and stays readable: both or neither.

    The consent goes on, so nothing that left under it is called back: for one that was taken back there is ``withdraw_release``.
    Where records rest on it, it takes who may withdraw. Raises as ``add_release``, and Conflict if it was withdrawn before.
    """
    require_replaceable(actor, release)
    successor = _described(release.project, actor, said)
    successor.replaces = release
    with transaction.atomic():
        _withdraw(actor, release)
        checks.insert(successor)
        _append("release.added", actor, successor)
    release.refresh_from_db()
    return successor


def require_replaceable(actor: User, release: Release) -> None:
    """Raise Forbidden, NotFound or Conflict unless this person may replace the release, which withdraws it."""
    actor.demand(Permission.DRAFT_LICENCE)
    checks.require_seen(actor, Release.objects.all(), release)
    checks.require_open(release.project)
    if RecordRelease.objects.filter(release=release).exists():
        actor.demand(Permission.HOLD)


def may_replace(actor: User, release: Release) -> bool:
    """Say whether this person may replace the release: it stands, and nothing that ``require_replaceable`` asks for is missing."""
    try:
        require_replaceable(actor, release)
    except DomainError:
        return False
    return release.withdrawn_at is None


def withdraw_release(*, actor: User, release: Release) -> Release:
    """Note that the consent was taken back: what rests on it clears nothing from now on, and what left is called back.

    Raises Forbidden, NotFound, Conflict if it was before.
    """
    actor.demand(Permission.HOLD)
    checks.require_seen(actor, Release.objects.all(), release)
    with transaction.atomic():
        _withdraw(actor, release)
        recalls.for_release(actor=actor, release=release)
    release.refresh_from_db()
    return release


def read_document(*, actor: User, release: Release) -> Paper:
    """Let this person read the signed paper, once, and ledger it. Raises NotFound without a paper, or where it is not theirs to see."""
    checks.require_seen(actor, Release.objects.all(), release)
    return hand_over(actor=actor, release=release)


def hand_over(*, actor: User, release: Release) -> Paper:
    """The same for whom the release was put before already, such as counsel behind their link."""
    if not release.document_key:
        raise NotFound("This release has no document.", code="no-document")
    path = storage.path_for(release.document_key, Path(settings.MEDIA_ROOT))
    if not path.is_file():
        raise NotFound("The document is missing from storage: restore it from a backup.", code="document-missing")
    if storage.sha256_of(path) != release.document_sha256:
        raise Conflict(
            "The stored document is not the one that was filed: restore it from a backup.", code="document-damaged"
        )
    with transaction.atomic():
        _append("release.document_read", actor, release)
    return Paper(path, release.document_name, release.document_media_type, release.document_sha256)


def _described(project: Project, actor: User, said: Consent) -> Release:
    """Return the row that says this, its paper stored and hashed. Raises InvalidInput with every problem."""
    categories = {each.strip() for each in said.get("exclusive_categories", ())} - {""}
    release = Release(
        project=project,
        kind=said["kind"],
        subject=said["subject"].strip(),
        scope=said["scope"].strip(),
        uses=sorted(set(said["uses"])),
        territories=places.normalised(said["territories"]),
        ai_use=said.get("ai_use", Finding.UNKNOWN),
        training=said.get("training", Finding.UNKNOWN),
        counselled=said.get("counselled", Finding.UNKNOWN),
        of_age_on=said.get("of_age_on"),
        exclusive_categories=sorted(categories, key=str.casefold),
        valid_from=said["valid_from"],
        valid_until=said.get("valid_until"),
        created_by=actor,
    )
    wrong = consenting.problems(release)
    if wrong:
        raise InvalidInput(" ".join(wrong.values()), fields=wrong)
    document = said.get("document")
    if document is not None:
        _file(release, document, said.get("document_name", ""))
    return release


def _file(release: Release, document: FileInput, name: str) -> None:
    try:
        stored = filing.keep(document, name, largest=LARGEST, field="document", takes=PAPERS)
    except InvalidInput as error:
        words = error.message if error.code in {"too-large", "damaged"} else "A release is a PDF, JPEG or PNG file."
        raise InvalidInput(words, code=error.code, fields={"document": words}) from error
    release.document_key = stored.key
    release.document_sha256 = stored.received.sha256
    release.document_size = stored.received.size
    release.document_media_type = stored.kind.media_type
    release.document_name = named(one_line(plain_name(name))[-200:], stored.kind)


def _withdraw(actor: User, release: Release) -> None:
    """Inside the caller's transaction."""
    if not Release.objects.filter(pk=release.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()):
        raise Conflict("This release was withdrawn before.", code="release-withdrawn")
    Pulse.objects.bump(release.project)
    _append("release.withdrawn", actor, release)


def _append(kind: str, actor: User, release: Release) -> None:
    body: dict[str, Json] = {
        "kind": str(release.kind),
        "subject": record.conceal(release.subject),
        "document_sha256": release.document_sha256 or None,
        "replaces": str(release.replaces_id) if release.replaces_id else None,
    }
    record.append(kind=kind, actor=actor.pk, client=release.project.client_id, subject=release, body=body)
