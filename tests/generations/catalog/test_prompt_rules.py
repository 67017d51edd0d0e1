"""What providers' rules say about words: found as whole words, with source and date; only a rule that says so blocks."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from generations import catalog
from generations.actions import launches
from generations.catalog import Level, Params, PromptUnit, length_of
from generations.catalog.lengths import Length
from generations.catalog.reading import CatalogueError
from generations.catalog.rules import shot_problems
from generations.catalog.shelf import shelf
from generations.models import Generation
from sorahub.lib.errors import Refused
from tests.people import Agency, provider_account

OWN = """
[[prompt_rule]]
code = "house-style"
level = "block"
models = ["sora-"]
words = ["lens flare*", "bokeh"]
message = "Our contract forbids it."
mend = "Say it without."
source = "our contract"
as_of = 2026-11-01
"""


def _found(text: str) -> dict[str, list[str]]:
    return {rule.code: rule.found(text) for rule in catalog.rules_of_prompts() if rule.found(text)}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("A harbour at dawn, gulls, slow dolly", {}),
        ("Two children and a CHILD on a pier", {"minors": ["children", "CHILD"]}),
        ("A 7-year-old flies a kite", {"minors": ["7-year-old"]}),
        ("A 47-year-old flies a kite", {}),
        (
            "Spider-Man in the style of\nsomebody",
            {"copyrighted-figure": ["Spider-Man"], "style-of-somebody": ["in the style of"]},
        ),
        ("Winnie  the  Pooh", {"copyrighted-figure": ["Winnie the Pooh"]}),
        ("A boyish grin; the barbies’ grill", {}),
    ],
)
def test_words_are_found_whole_whatever_their_case(text: str, wanted: dict[str, list[str]]) -> None:
    assert _found(text) == wanted


def test_every_rule_says_what_to_do_and_where_it_is_from() -> None:
    rules = catalog.rules_of_prompts()
    assert [rule.code for rule in rules if not (rule.mend and rule.source and rule.as_of)] == []
    assert [rule.code for rule in rules if rule.level is Level.BLOCK] == ["minor-sexual"]


@pytest.mark.django_db
def test_only_what_the_catalogue_says_blocks_a_launch(agency: Agency, settings: Any, tmp_path: Path) -> None:
    account = provider_account()
    agency.prompt.__dict__["text"] = "A child, lens flares"
    order: dict[str, Any] = {"actor": agency.alice, "prompt": agency.prompt, "account": account, "model": "sora-2"}
    order |= {"mode": "text_to_video", "params": {"seconds": 4, "size": "1280x720"}}
    before = launches.preview(**order)
    assert ([each.code for each in before.refusals], before.warnings[0][:24]) == ([], "Somebody under 18 is dep")
    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    settings.CATALOGUE_DIRS = [str(tmp_path)]
    with pytest.raises(Refused, match=r"Our contract forbids it\. Found: “lens flares”\. Say it without\.") as refused:
        launches.launch_generation(**order)
    assert (refused.value.code, Generation.objects.count()) == ("prompt-blocked", 0)
    (tmp_path / "own.toml").write_text(OWN.replace('"lens flare*", ', '" ", '), encoding="utf-8")
    settings.CATALOGUE_DIRS = [str(tmp_path), str(tmp_path / "none")]
    with pytest.raises(CatalogueError, match=r"own\.toml, prompt_rule 1: words"):
        shelf()


@pytest.mark.parametrize(
    ("unit", "text", "count", "fits"),
    [
        (PromptUnit.CHARACTERS, "é🦦", 2, True),
        (PromptUnit.UTF16, "é🦦", 3, True),
        (PromptUnit.BYTES, "é🦦", 6, False),
        (PromptUnit.TOKENS, "é🦦", 6, None),
        (PromptUnit.TOKENS, "é", 2, True),
    ],
)
def test_a_length_is_counted_as_the_provider_counts(unit: PromptUnit, text: str, count: int, fits: bool | None) -> None:
    whole = catalog.capability("sandbox", "sora-2", "text_to_video")
    row = dataclasses.replace(whole, prompt_limit=5, prompt_unit=unit)
    found = length_of(row, text)
    assert (found, found.fits) == (Length(count, 5, unit, unit is not PromptUnit.TOKENS), fits)
    asked = Params(prompt=text, seconds=4, width=1280, height=720)
    codes = {each.code for each in catalog.refusals(row, asked, row.since)}
    assert ("prompt-too-long" in codes) is (fits is False)


def test_a_shots_own_seconds_are_judged() -> None:
    row = catalog.capability("sandbox-kling", "kling-3.0", "text_to_video")
    assert row.multi_shot is not None
    narrow = dataclasses.replace(row, multi_shot=dataclasses.replace(row.multi_shot, min_seconds=2, max_seconds=3))
    shots = [catalog.ShotAsk("a", 1), catalog.ShotAsk("b", 4)]
    assert shot_problems(row, shots, 5) == []
    assert shot_problems(narrow, shots, 5) == [
        "Shot 1 lasts 1 s; each may last 2 to 3 s.", "Shot 2 lasts 4 s; each may last 2 to 3 s."
    ]  # fmt: skip
