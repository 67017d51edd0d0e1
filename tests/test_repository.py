"""What holds for the repository as a whole: locks, names, sizes, and words that must not appear."""

import ast
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("sorahub", "generations", "reviews")
LONGEST_FUNCTION, FUNCTION_P90, FUNCTION_MEDIAN = 80, 30, 8
LONGEST_FILE, FILE_P90 = 500, 250
VAGUE = {"helpers.py", "utils.py", "misc.py", "common.py", "util.py", "helper.py"}
VOUCHES = ROOT / "reviews" / "rules" / "markdown.py"  # the one place that makes markup of what people typed
UNSAFE = {
    ".html": (
        r"\|\s*safe\b",
        r"\{%\s*autoescape\s+off",
        r"\sstyle=",
        r"\son[a-z]+=[\"']",
        r"<script(?![^>]*\ssrc=)[^>]*>",
    ),
    ".py": (r"\bmark_safe\b", r"\bSafeString\("),
    ".js": (r"\.innerHTML\b", r"\.outerHTML\b", r"insertAdjacentHTML", r"document\.write\b", r"\beval\("),
}


def tracked(*suffixes: str) -> list[Path]:
    """Every file that git tracks or would track, with one of the suffixes."""
    said = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    files = (ROOT / name for name in said.split("\0") if name.endswith(suffixes))
    return [file for file in files if file.is_file()]


def pins(name: str) -> dict[str, str]:
    """Package to version in one lock file."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\\n]+)", text, flags=re.MULTILINE))


@dataclass(frozen=True)
class Sizes:
    """How long files and functions are, in lines."""

    files: dict[str, int]
    functions: dict[str, int]


def sizes(*folders: str) -> Sizes:
    """Measure the Python below the folders; migrations are generated and do not count."""
    files, functions = {}, {}
    for file in tracked(".py"):
        name = file.relative_to(ROOT)
        if name.parts[0] not in folders or "migrations" in name.parts:
            continue
        text = file.read_text(encoding="utf-8")
        if not text.strip():
            continue
        files[str(name)] = text.count("\n")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
                functions[f"{name}:{node.lineno} {node.name}"] = node.end_lineno - node.lineno + 1
    return Sizes(files, functions)


def p90(values: list[int]) -> float:
    """Nine tenths of the values are no larger than this."""
    return quantiles(values, n=10)[-1]


def table(measured: dict[str, Sizes]) -> str:
    """The printed table: ``pytest -s tests/test_repository.py -k small`` shows it."""
    rows = [f"{'':<14}{'files':>6}{'median':>8}{'p90':>6}{'max':>6}{'functions':>12}{'median':>8}{'p90':>6}{'max':>6}"]
    for name, each in measured.items():
        cells = f"{name:<14}"
        for values, width in ((list(each.files.values()), 6), (list(each.functions.values()), 12)):
            cells += f"{len(values):>{width}}{median(values):>8.0f}{p90(values):>6.0f}{max(values):>6}"
        rows.append(cells)
    return "\n".join(rows)


def test_files_and_functions_are_small() -> None:
    product, tests = sizes(*PACKAGES), sizes("tests")
    print("\n" + table({"product": product, "tests": tests}))  # noqa: T201 (the table is for people)
    everything = Sizes(product.files | tests.files, product.functions | tests.functions)
    assert {name: lines for name, lines in everything.files.items() if lines > LONGEST_FILE} == {}
    assert {name: lines for name, lines in everything.functions.items() if lines > LONGEST_FUNCTION} == {}
    assert p90(list(product.files.values())) <= FILE_P90
    assert p90(list(product.functions.values())) <= FUNCTION_P90
    assert median(product.functions.values()) <= FUNCTION_MEDIAN


def test_no_module_has_a_vague_name() -> None:
    assert [str(file) for file in tracked(".py") if file.name in VAGUE] == []


@pytest.mark.parametrize("lock", ["runtime.txt", "dev.txt"])
def test_a_lock_holds_hashes_and_no_addresses(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*--(index-url|extra-index-url|find-links|trusted-host)", text, flags=re.MULTILINE)
    entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    assert [
        entry.split()[0] for entry in entries if "==" in entry.split("\n")[0] and "--hash=sha256:" not in entry
    ] == []


def test_the_development_lock_contains_the_runtime_lock() -> None:
    runtime = pins("runtime.txt")
    assert len(runtime) > 30
    assert runtime.items() <= pins("dev.txt").items()


def test_the_page_of_licences_lists_what_is_locked() -> None:
    page = (ROOT / "docs" / "reference" / "third-party-licences.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([A-Za-z0-9._-]+) \| ([^ |]+) \| (.+) \|$", page, flags=re.MULTILINE)
    listed = {name: version for name, version, _ in rows if name not in {"package", "---"}}
    assert listed == pins("runtime.txt"), "run .venv/bin/python .ci/licences.py"
    assert [name for name, _, stated in rows if "unknown" in stated] == []


@pytest.mark.parametrize("suffix", sorted(UNSAFE))
def test_nothing_escapes_escaping_or_the_content_security_policy(suffix: str) -> None:
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in tracked(suffix)
        if file not in {Path(__file__), VOUCHES}
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if any(re.search(pattern, line) for pattern in UNSAFE[suffix])
    ]
    assert found == []


def test_no_note_to_self_is_left() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    files = [file for file in tracked(".py", ".js", ".html", ".css", ".toml") if file != Path(__file__)]
    assert [str(file) for file in files if marks.search(file.read_text(encoding="utf-8"))] == []


def test_the_example_environment_lists_every_setting_that_is_read() -> None:
    readers = re.compile(r"\b(?:text|flag|integers?|one_of|words|database)\(\s*\"([A-Z][A-Z_]+)\"")
    modules = [file for file in tracked(".py") if file.parent == ROOT / "sorahub" / "settings"]
    read = {name for file in modules for name in readers.findall(file.read_text(encoding="utf-8"))}
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    listed = set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", example, flags=re.MULTILINE))
    assert "DATABASE_URL" in read
    assert listed == read | {"DJANGO_SETTINGS_MODULE"}
