"""When is the suite as a whole passed? The rules of tests/run.py, and its counting."""

import re
from pathlib import Path

from tests.conftest import WALKS, together
from tests.run import Part, count, summary, verdict


def part(name: str = "one", passed: int = 0, failed: int = 0, **skipped: int) -> Part:
    return Part(name, passed=passed, failed=failed, skipped=dict(skipped))


def test_all_passed_is_passed() -> None:
    assert verdict([part(passed=3), part(passed=1)], strict=True, selected=False) == []


def test_one_failure_anywhere_is_a_failure() -> None:
    assert verdict([part(passed=3), part("two", passed=9, failed=1)], strict=False, selected=False) == ["two: 1 failed"]


def test_running_nothing_is_a_failure() -> None:
    assert verdict([part(), part()], strict=False, selected=True) == ["no test was run at all"]


def test_a_skip_is_told_and_fails_only_where_nothing_may_be_skipped() -> None:
    done = [part(passed=3), part("browser", no_chromium=1)]
    assert verdict(done, strict=False, selected=False) == []
    assert verdict(done, strict=True, selected=False) == ["browser: skipped, though nothing may be"]
    assert "skipped 1: no_chromium" in summary(done, 1.0)


def test_an_empty_part_fails_a_strict_run_unless_arguments_chose_the_tests() -> None:
    done = [part(passed=3), part("sqlite")]
    assert verdict(done, strict=True, selected=False) == ["sqlite: no test was run"]
    assert verdict(done, strict=True, selected=True) == []


def test_the_last_line_is_the_total() -> None:
    done = [part(passed=3, failed=1), part(passed=4, why=2)]
    assert summary(done, 2.0).splitlines()[-1] == "7 passed, 1 failed, 2 skipped"


def test_pytests_report_is_counted_with_reasons(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(
        "<testsuites><testsuite><testcase name='a'/><testcase name='b'><failure/></testcase>"
        "<testcase name='c'><error/></testcase><testcase name='d'><skipped message='why'/></testcase>"
        "</testsuite></testsuites>"
    )
    counted = part()
    count(report, counted)
    assert (counted.passed, counted.failed, counted.skipped) == (1, 2, {"why": 1})


def test_the_walks_through_the_demonstration_are_handed_out_together() -> None:
    files = (Path(__file__).parent / "e2e").glob("test_*.py")
    texts = {file.stem: file.read_text("utf-8") for file in files}
    asking = {name for name, text in texts.items() if re.search(r"enter: Enter|hub: Hub", text)}
    alone = {name for name, text in texts.items() if re.search(r"^pytestmark = .*mark\.long", text, re.MULTILINE)}
    assert set(WALKS) == asking - alone - {"test_client_review"}  # long proofs, which run alone
    named = [f"tests/e2e/{name}.py::test_it[tests/e2e/x]" for name in WALKS]
    assert {together(each) for each in named} == {"the demonstration"}
    assert together("tests/e2e/test_drawing.py::test_it") == "tests/e2e/test_drawing.py"
    assert together("tests/reviews/web/test_pages.py::test_it") == "tests/reviews/web/test_pages.py"
