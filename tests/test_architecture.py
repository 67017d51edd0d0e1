"""The floors of the house, held by import-linter: the contracts stand in pyproject.toml."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINTER = Path(sys.executable).with_name("lint-imports")


def lint(root: Path) -> tuple[int, str]:
    """Judge the packages below the folder; the status and everything said."""
    done = subprocess.run(
        [str(LINTER), "--no-cache", "--config", "pyproject.toml"], cwd=root, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_no_import_climbs_a_floor() -> None:
    status, said = lint(ROOT)
    assert status == 0, said


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A house of empty rooms with our contracts, to break them in."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    named = set(tomllib.loads(text)["tool"]["importlinter"]["root_packages"])
    for folder in (path.parent for name in named for path in (ROOT / name).rglob("*.py")):
        room = tmp_path / folder.relative_to(ROOT)
        room.mkdir(parents=True, exist_ok=True)
        (room / "__init__.py").touch()
    for name in (
        "urls",
        "api",
        "asgi",
        "wsgi",
        "logs",
        "bootstrap",
        "middleware",
        "pagination",
        "ports",
        "document",
        "parsing",
        "problems",
        "supervise",
    ):
        (tmp_path / "sorahub" / f"{name}.py").touch()
    for name in ("tasks", "rules/bradley_terry"):
        (tmp_path / "reviews" / f"{name}.py").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("room", "line", "broken"),
    [
        ("sorahub/lib", "import sorahub.ledger", "The house has floors"),
        ("sorahub/accounts", "import generations.models", "The house has floors"),
        ("generations/api", "import reviews.models", "The house has floors"),
        ("generations/models", "import generations.actions", "Each of the two apps"),
        ("reviews/rules", "import reviews.evidence", "Each of the two apps"),
        ("generations/pipeline", "import generations.sandbox", "The sandbox is somebody else's"),
        ("generations/sandbox", "import generations.models", "The sandbox knows"),
        ("generations/providers", "import httpx", "HTTP goes out"),
        ("generations/pipeline", "import av", "Media are opened"),
        ("reviews/evidence", "import c2pa", "Content Credentials"),
    ],
)
def test_a_climbing_import_is_found(house: Path, room: str, line: str, broken: str) -> None:
    (house / room / "climber.py").write_text(f"{line}\n", encoding="utf-8")
    status, said = lint(house)
    assert status != 0
    verdicts = [each for each in said.splitlines() if each.endswith("BROKEN") or "BROKEN" in each.split("(")[0]]
    assert [each.startswith(broken) for each in verdicts] == [True], said
