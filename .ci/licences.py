"""Writes docs/reference/third-party-licences.md from the installed packages: ``.venv/bin/python .ci/licences.py``.

Only what SoraHub needs to run is listed: that is what an installation carries. Exits 1 when a package names none.
"""

import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "runtime.txt"
PAGE = ROOT / "docs" / "reference" / "third-party-licences.md"
CLASSIFIER = "License :: "
LONGEST_FIELD = 60  # some packages put the whole licence text into the field
HEAD = """# Third-party licences

What a SoraHub installation carries, as each package states it in its own metadata. Written by
`.venv/bin/python .ci/licences.py` from the packages locked in `requirements/runtime.txt`; the licence texts lie in
each package's `.dist-info` folder below `.venv`. No third-party file is part of SoraHub's own source.

Wheels may carry libraries with licences of their own: `av` brings FFmpeg with encoders under the LGPL and GPL (x264,
x265), `psycopg-binary` brings libpq and OpenSSL, `pillow` its image codecs. Whoever passes an installation on (an
image, an appliance) passes those on too.

| package | version | licence |
| --- | --- | --- |
"""


def pins(lock: str) -> list[tuple[str, str]]:
    """Name and version of every package in a lock file."""
    return re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\\n]+)", lock, flags=re.MULTILINE)


def licence(package: Distribution) -> str | None:
    """The licence by its expression, its classifiers or its field, whichever the package gives, in this order."""
    expressions = package.metadata.get_all("License-Expression")
    if expressions:
        return str(expressions[0])
    classifiers = package.metadata.get_all("Classifier") or []
    named = [each.rpartition(" :: ")[2] for each in classifiers if each.startswith(CLASSIFIER)]
    if named:
        return ", ".join(named)
    lines = str((package.metadata.get_all("License") or [""])[0]).strip().splitlines()
    return lines[0][:LONGEST_FIELD] if lines else from_text(package)


def from_text(package: Distribution) -> str | None:
    """The title line of the licence file that the package brings."""
    for file in package.files or []:
        if re.search(r"(?i)licen[cs]e|copying", file.name) and ".dist-info" in str(file):
            text = Path(str(file.locate())).read_text(encoding="utf-8", errors="replace")
            return next((line.strip(" #*") for line in text.splitlines() if line.strip()), None)
    return None


def page() -> tuple[str, list[str]]:
    """The page, and the packages for which no licence could be found."""
    rows, unknown = [], []
    for name, version in pins(LOCK.read_text(encoding="utf-8")):
        try:
            stated = licence(distribution(name))
        except PackageNotFoundError:
            stated = None
        if stated is None:
            unknown.append(name)
        rows.append(f"| {name} | {version} | {stated or '**unknown**'} |")
    return HEAD + "\n".join(rows) + "\n", unknown


if __name__ == "__main__":
    text, unknown = page()
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    if unknown:
        sys.exit(f"No licence found for: {', '.join(unknown)}")
