"""The certificate: a PDF (PDF/A-3b) that a stranger understands from page one, with the signed record attached, and a seal.

It is a view; the record is the truth. The same evidence at the same moment gives the same pages byte for byte; the seal (PAdES)
is appended to them. The fonts come from packages, never from the machine; typst gets texts as JSON and reads no other folder.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

import typst
from django.conf import settings
from django.utils import timezone

from generations.models import Clip, Rendition
from reviews.actions.certified import standing
from reviews.evidence import contents, lettering, qr, wording
from reviews.evidence.gather import Evidence
from reviews.evidence.wording import Issue
from sorahub.lib import pdf_identity
from sorahub.lib.canonical import Json

TEMPLATE = Path(__file__).with_name("certificate.typ")
STANDARD: Final[Literal["a-3b"]] = "a-3b"
FAMILIES: Final = [
    "Noto Sans", "Noto Sans Arabic", "Heebo", "Noto Sans Devanagari", "Noto Sans Tamil", "Noto Sans Telugu",
    "Noto Sans Thai", "Noto Sans Khmer", "Noto Sans CJK SC", "DejaVu Sans Mono", "Libertinus Serif",
]  # fmt: skip
_FOLDERS = (
    "noto_sans", "noto_sans_arabic", "heebo", "noto_sans_devanagari", "noto_sans_tamil", "noto_sans_telugu",
    "noto_sans_thai", "noto_sans_khmer",
)  # fmt: skip
_TRIAL = b"""#set document(date: datetime(year: 2026, month: 1, day: 1))
#set text(font: json(bytes(sys.inputs.fonts)))
#sys.inputs.text"""
LARGEST_POSTER = 4 * 1024**2


def certificate(
    evidence: Evidence, *, verifier_sha256: str, at: datetime | None = None, timestamper: Any = None
) -> bytes:
    """Return the PDF as it is issued now (or ``at``). ``verifier_sha256`` is the hash of the verify.py that goes with it.

    ``timestamper``: pyHanko's, where an authority confirms the time of the seal. Raises Conflict when the sealing certificate
    has expired, Unavailable when it cannot be read or the authority is away.
    """
    made = issue(evidence, verifier_sha256=verifier_sha256, at=at)
    return seal(pages(evidence, made), made, timestamper=timestamper)


def issue(evidence: Evidence, *, verifier_sha256: str, at: datetime | None = None) -> Issue:
    """Return how the sign-off stands at the moment of issue, and what will seal the PDF, which must be valid then."""
    moment = at or timezone.now()
    identity = pdf_identity.current()
    if identity is not None:
        pdf_identity.require_valid(identity, moment)
    return Issue(standing(evidence.sign_off, moment), moment, identity, verifier_sha256)


def pages(evidence: Evidence, made: Issue) -> bytes:
    """Return the PDF before it is sealed."""
    signed = contents.encoded(contents.signed(evidence.sign_off)).decode()
    attachments: list[Json] = [
        {"name": "record.json", "about": "The licence record that was signed", "text": evidence.version.canonical},
        {"name": "signoff.json", "about": "The text that was signed, and its signature", "text": signed},
    ]
    pictures = {"qr.svg": qr.svg(wording.verify_url(made.standing.number)).encode()}
    poster = _poster(evidence.clip)
    if poster:
        pictures["poster.jpg"] = poster
    return render(wording.page(evidence, made), made.at, attachments, pictures)


def seal(pdf: bytes, made: Issue, *, timestamper: Any = None) -> bytes:
    """Return the PDF sealed, or as it is where there is nothing to seal with."""
    if made.seal is None:
        return pdf
    sealing = import_module("sorahub.lib.pdf_sealing")  # here, for it takes half a second
    reason = f"Certificate {made.standing.number}"
    sealed: bytes = sealing.seal(pdf, made.seal, reason=reason, timestamper=timestamper)
    return sealed


def render(
    page: Mapping[str, Json],
    at: datetime,
    attachments: Sequence[Json] = (),
    pictures: Mapping[str, bytes] | None = None,
) -> bytes:
    """Set a page's words as PDF, dated ``at``; characters that no font has are written out, never dropped."""
    shown = pictures or {}
    try:
        return _compile(lettering.legible(page, shows), at, attachments, shown)
    except typst.TypstError:
        kept = {name: data for name, data in shown.items() if name != "poster.jpg"}  # a picture may be what failed
        return _compile(lettering.plain(page), at, attachments, kept)


def shows(text: str) -> bool:
    """Say whether the fonts have every glyph of a text."""
    inputs = {"text": text, "fonts": json.dumps(FAMILIES)}
    try:
        typst.compile(_TRIAL, font_paths=fonts(), sys_inputs=inputs, pdf_standards=[STANDARD], timestamp=0)
    except typst.TypstError:
        return False
    return True


@cache
def fonts() -> typst.Fonts:
    """Load the fonts of the packages (and those inside typst) once per process; the machine's own are ignored."""
    folders = [Path(str(files(f"fontpkg_{name}") / "files")) for name in _FOLDERS]
    folders.append(Path(str(files("noto_cjk_sans_otc"))))
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders)


def _compile(
    page: Mapping[str, Json], at: datetime, attachments: Sequence[Json], pictures: Mapping[str, bytes]
) -> bytes:
    moment = at.astimezone(UTC)
    date: Json = [moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second]
    ready = {key: lettering.settable(value) for key, value in page.items()}
    more: dict[str, Json] = {"date": date, "fonts": [*FAMILIES], "pictures": sorted(pictures)}
    with TemporaryDirectory(prefix="certificate-") as made:
        folder = Path(made)
        for name, data in pictures.items():
            (folder / name).write_bytes(data)
        source = folder / "certificate.typ"
        source.write_bytes(TEMPLATE.read_bytes())
        return typst.compile(
            source,
            root=folder,
            font_paths=fonts(),
            sys_inputs={"data": json.dumps({**ready, **more, "attachments": attachments})},
            pdf_standards=[STANDARD],
            timestamp=int(moment.timestamp()),
        )


def _poster(clip: Clip) -> bytes | None:
    """The clip's poster, for recognising it; none where it was never derived, or is not there any more."""
    row = clip.renditions.filter(kind=Rendition.Kind.POSTER, media_type="image/jpeg").first()
    path = Path(settings.MEDIA_ROOT) / row.storage_key if row else None
    try:
        return path.read_bytes() if path and path.stat().st_size <= LARGEST_POSTER else None
    except OSError:
        return None
