"""The one way in for terms: uploaded, pasted, fetched or imported bytes become a version, or a sighting of one."""

from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from reviews.actions import changes, drawing
from reviews.models import TermsSighting, TermsSource, TermsVersion
from reviews.rules import extraction
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import InvalidInput, NotFound

LARGEST_BYTES = 10 * 1024 * 1024
LOOKED_UP = ("id", "source", "captured_by", "method")
"""What a version is made of here, of rows that were read just now; with the source, that bytes and label are its own."""


@dataclass(frozen=True)
class Document:
    """What a person or an archive says of the bytes: which version they are, for whom, and the dates that are known.

    An empty ``label`` is made of the day on which they bind, were published or were captured. ``captured_at`` is now, for
    an archive's record the moment when the archive saw it. ``origin`` says where they came from.
    """

    label: str = ""
    language: str = "en"
    jurisdiction: str = ""
    address: str = ""
    published_on: date | None = None
    effective_from: date | None = None
    accepted_at: datetime | None = None
    captured_at: datetime | None = None
    origin: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """A version, and the sighting if its bytes were here already; ``new`` says whether this call wrote the version.

    Neither new nor seen again: the very record was kept before, as when an archive is imported twice.
    """

    version: TermsVersion
    new: bool
    sighting: TermsSighting | None = None


def capture_terms(
    *,
    actor: User,
    source: TermsSource,
    label: str,
    raw: bytes,
    media_type: str,
    method: str,
    language: str = "en",
    jurisdiction: str = "",
    address: str = "",
    published_on: date | None = None,
    effective_from: date | None = None,
    accepted_at: datetime | None = None,
) -> TermsVersion:
    """Keep one version of a document that a person names, and return it; bytes that are here already are seen again.

    ``media_type`` is text/plain, text/markdown or text/html; ``method`` is upload or paste. Nothing is fetched.
    Raises Forbidden, NotFound, InvalidInput, Conflict for a label that this source has already.
    """
    document = Document(
        label=checks.words(label, "label", "Name the version, such as its date."),
        language=language,
        jurisdiction=jurisdiction,
        address=address,
        published_on=published_on,
        effective_from=effective_from,
        accepted_at=accepted_at,
    )
    return capture(actor=actor, source=source, raw=raw, media_type=media_type, method=method, document=document).version


def capture(*, actor: User, source: TermsSource, raw: bytes, media_type: str, method: str, document: Document) -> Kept:
    """Read the text in the bytes and keep them, in a transaction of its own. Raises as ``keep``, InvalidInput without text."""
    check(actor, source, raw, document)
    text = drawing.text_of(raw, media_type)
    with transaction.atomic():
        return keep(
            actor=actor, source=source, raw=raw, media_type=media_type, text=text, extractor=extraction.EXTRACTOR,
            method=method, document=document,
        )  # fmt: skip


def check(actor: User, source: TermsSource, raw: bytes, document: Document) -> None:
    """Ask what can be asked before the bytes are read. Raises Forbidden, NotFound, InvalidInput."""
    _check(actor, raw, document)
    checks.require_seen(actor, TermsSource.objects.all(), source)


def _check(actor: User, raw: bytes, document: Document) -> None:
    actor.demand(Permission.CAPTURE_TERMS)
    if not raw or len(raw) > LARGEST_BYTES:
        raise InvalidInput("The file is empty or larger than 10 MiB.", fields={"raw": "Between 1 byte and 10 MiB."})
    if document.accepted_at is not None and document.accepted_at > timezone.now():
        raise InvalidInput(
            "Nobody accepts terms in the future.",
            fields={"accepted_at": "The agency cannot have accepted it in the future."},
        )


def keep(
    *,
    actor: User,
    source: TermsSource,
    raw: bytes,
    media_type: str,
    text: str,
    extractor: str,
    method: str,
    document: Document,
) -> Kept:
    """Keep bytes with the text that ``extractor`` drew from them, inside the caller's transaction; every capture ends here.

    Bytes that the source has already are a sighting of that version, whatever label, language or dates they come with this
    time: what was said then is kept with the sighting. Raises as ``check``, and Conflict for a label that is taken.
    """
    _check(actor, raw, document)
    source = _locked(actor, source)
    digest = sha256(raw).hexdigest()
    known = TermsVersion.objects.filter(source=source, raw_sha256=digest).defer("raw", "text").order_by("pk").first()
    if known is not None:
        known.source = source
        return _seen_again(actor, known, method, document)
    captured_at = document.captured_at or timezone.now()
    version = TermsVersion(
        source=source,
        label=document.label.strip() or _free_label(source, document, captured_at),
        raw=raw,
        media_type=media_type,
        raw_sha256=digest,
        text=text,
        text_sha256=sha256(text.encode()).hexdigest(),
        normalised_sha256=changes.normalised_sha256(source, text),
        origin={**document.origin, "extractor": extractor},
        language=document.language,
        jurisdiction=document.jurisdiction.strip(),
        address=document.address.strip() or source.address,
        published_on=document.published_on,
        effective_from=document.effective_from,
        captured_at=captured_at,
        accepted_at=document.accepted_at,
        method=method,
        captured_by=actor,
    )
    checks.insert(version, known=LOOKED_UP if not document.label.strip() else ())
    changes.after_capture(actor=actor, version=version)
    _append("terms.captured", actor, version, _told(version))
    return Kept(version, new=True)


def _locked(actor: User, source: TermsSource) -> TermsSource:
    """Return the source as it is now, and let nobody else capture it until the transaction ends."""
    row = TermsSource.objects.visible_to(actor).select_for_update().filter(pk=source.pk).first()
    if row is None:
        raise NotFound("There is no such terms source.")
    return row


def _seen_again(actor: User, version: TermsVersion, method: str, document: Document) -> Kept:
    seen_at = document.captured_at or timezone.now()
    if seen_at == version.captured_at and method == version.method:
        return Kept(version, new=False)
    sighting, noted = TermsSighting.objects.get_or_create(
        version=version,
        seen_at=seen_at,
        defaults={"method": method, "origin": {**document.origin, **_said(document)}, "seen_by": actor},
    )
    if noted:
        changes.after_return(actor=actor, version=version, seen_at=seen_at)
        body: dict[str, Json] = {"sighting": str(sighting.pk), "seen_at": seen_at.isoformat(), "method": method}
        _append("terms.seen_again", actor, version, {**body, "raw_sha256": version.raw_sha256})
    return Kept(version, new=False, sighting=sighting if noted else None)


def _said(document: Document) -> dict[str, Json]:
    """The dates and names that came with bytes which are here already: nothing that a person said is lost."""
    said: dict[str, Json] = {
        "label": document.label.strip(),
        "address": document.address.strip(),
        "published_on": document.published_on.isoformat() if document.published_on else "",
        "effective_from": document.effective_from.isoformat() if document.effective_from else "",
        "accepted_at": document.accepted_at.isoformat() if document.accepted_at else "",
    }
    told: dict[str, Json] = {name: value for name, value in said.items() if value}
    return {"said": told} if told else {}


def _free_label(source: TermsSource, document: Document, captured_at: datetime) -> str:
    """Return a day that no version of this variant is called by yet; with the time where the day is taken."""
    day = document.effective_from or document.published_on
    moment = timezone.localtime(captured_at, timezone.get_default_timezone())
    wanted = [f"{moment:%Y-%m-%d}", f"{moment:%Y-%m-%d %H:%M}", f"{moment:%Y-%m-%d %H:%M:%S}"]
    wanted = [day.isoformat(), *wanted] if day else wanted
    rows = TermsVersion.objects.filter(
        source=source, language=document.language, jurisdiction=document.jurisdiction.strip()
    ).order_by()
    taken = set(rows.filter(label__in=wanted).values_list("label", flat=True))
    if taken.issuperset(wanted):
        taken |= set(rows.filter(label__startswith=wanted[-1]).values_list("label", flat=True))
    number = 2
    while wanted[0] in taken:
        wanted = wanted[1:] or [f"{moment:%Y-%m-%d %H:%M:%S} ({number})"]
        number += 1
    return wanted[0]


def _told(version: TermsVersion) -> dict[str, Json]:
    return {
        "source": str(version.source_id),
        "label": version.label,
        "method": version.method,
        "media_type": version.media_type,
        "raw_sha256": version.raw_sha256,
        "text_sha256": version.text_sha256,
        "language": version.language,
        "jurisdiction": version.jurisdiction,
        "address": version.address,
        "published_on": version.published_on.isoformat() if version.published_on else None,
        "effective_from": version.effective_from.isoformat() if version.effective_from else None,
        "captured_at": version.captured_at.isoformat(),
        "accepted_at": version.accepted_at.isoformat() if version.accepted_at else None,
    }


def _append(kind: str, actor: User, version: TermsVersion, body: dict[str, Json]) -> None:
    record.append(kind=kind, actor=actor.pk, client=None, subject=version, body=body)
