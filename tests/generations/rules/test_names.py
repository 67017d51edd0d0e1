"""Names in prompts: those that are watched, and what looks like one."""

import datetime as dt

import pytest

from generations.rules.names import ReleaseFacts, Watched, unknown_in, watched_in

DAY = dt.date(2026, 11, 29)
HELD = ReleaseFacts("Model release of Mira Holm (Aurora)", dt.date(2026, 1, 1), dt.date(2027, 1, 1), False, True)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("A lighthouse at dawn. The camera pushes in, slow dolly.", []),
        ("In a café, Tom Hanks walks past the Eiffel Tower in Nike shoes.", ["Tom Hanks", "Eiffel Tower", "Nike"]),
        ("Ludwig van Beethoven’s piano on Monday.", ["Ludwig van Beethoven"]),
        ("Anna smiles.", []),
        ("INT. A kettle boils in Bergen.", ["Bergen"]),
        ("Ein Leuchtturm am Morgen, die Kamera fährt auf den Mann zu, Licht fällt durch das Fenster.", []),
    ],
)
def test_what_looks_like_a_name_is_found(text: str, wanted: list[str]) -> None:
    assert [each.name for each in unknown_in(text, ["Paris"])] == wanted


@pytest.mark.parametrize(
    ("release", "code"),
    [
        ([], "name-needs-release"),
        ([HELD], "name-released"),
        ([ReleaseFacts("r", DAY, None, True, True)], "name-needs-release"),
        ([ReleaseFacts("r", DAY, None, False, None)], "name-needs-release"),
        ([ReleaseFacts("r", DAY + dt.timedelta(1), None, False, True)], "name-needs-release"),
        ([ReleaseFacts("r", dt.date(2025, 1, 1), DAY - dt.timedelta(1), False, True), HELD], "name-released"),
    ],
)
def test_a_watched_name_is_released_only_by_a_release_that_holds(release: list[ReleaseFacts], code: str) -> None:
    watched = [Watched("Mira Holm", "person", True, releases=tuple(release)), Watched("Oslo", "place", False)]
    assert [each.code for each in watched_in("mira  holm in Oslo", watched, DAY)] == [code]
    assert watched_in("Mira Holmes", watched, DAY) == []
