"""The certificate: a plain PDF (PDF/A-3b) that a lawyer understands from page one. It is a view; the signed record is attached.

The same evidence always gives the same bytes. The fonts come from packages, never from the machine.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal

import typst

from reviews.evidence import lettering, wording
from reviews.evidence.gather import Evidence
from sorahub.lib.canonical import Json

TEMPLATE = Path(__file__).with_name("certificate.typ")
STANDARD: Final[Literal["a-3b"]] = "a-3b"
_TRIAL = b"""#set document(date: datetime(year: 2026, month: 1, day: 1))
#set text(font: ("Noto Sans", "Noto Sans CJK SC", "DejaVu Sans Mono", "Libertinus Serif"))
#sys.inputs.text"""


def certificate(evidence: Evidence, *, verifier_sha256: str) -> bytes:
    """Return the PDF. ``verifier_sha256`` is the hash of the verify.py that goes with it."""
    attachments: list[Json] = [
        {"name": "record.json", "about": "The licence record that was signed", "text": evidence.version.canonical},
        {"name": "signoff-payload.json", "about": "The text that was signed", "text": evidence.sign_off.payload},
    ]
    return render(wording.page(evidence, verifier_sha256), evidence.sign_off.signed_at, attachments)


def render(page: Mapping[str, Json], at: datetime, attachments: Sequence[Json] = ()) -> bytes:
    """Set a page's words as PDF, dated ``at``; characters that no font has are written out, never dropped."""
    try:
        return _compile(lettering.legible(page, shows), at, attachments)
    except typst.TypstError:
        return _compile(lettering.plain(page), at, attachments)


def shows(text: str) -> bool:
    """Say whether the fonts have every glyph of a text."""
    try:
        typst.compile(_TRIAL, font_paths=fonts(), sys_inputs={"text": text}, pdf_standards=[STANDARD], timestamp=0)
    except typst.TypstError:
        return False
    return True


@cache
def fonts() -> typst.Fonts:
    """Load the fonts of the packages (and those inside typst) once per process; the machine's own are ignored."""
    folders = [Path(str(files("fontpkg_noto_sans") / "files")), Path(str(files("noto_cjk_sans_otc")))]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders)


def _compile(page: Mapping[str, Json], at: datetime, attachments: Sequence[Json]) -> bytes:
    moment = at.astimezone(UTC)
    date: Json = [moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second]
    data = {**page, "date": date, "attachments": attachments}
    return typst.compile(
        TEMPLATE.read_bytes(),
        font_paths=fonts(),
        sys_inputs={"data": json.dumps(data)},
        pdf_standards=[STANDARD],
        timestamp=int(moment.timestamp()),
    )
