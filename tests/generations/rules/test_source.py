"""What a source becomes: variables, kept words, plain braces, and what can never be built."""

import pytest

from generations.rules.source import LONGEST, Kept, Place, Rendered, escaped, render

KEPT = {
    "snippet:golden": Kept("golden-2", "low sun, {{haze|thin haze}}, {{snippet:lens}}", {"lens": "35 mm"}),
    "snippet:lens": Kept("lens-1", "{{lens}}"),
    "sheet:otto": Kept("otto-1", "Otto, a sea otter"),
    "snippet:loop": Kept("loop-1", "round {{snippet:back}}"),
    "snippet:back": Kept("back-1", "{{snippet:loop}}"),
    **{f"snippet:deep{n}": Kept(f"deep-{n}", f"{{{{snippet:deep{n + 1}}}}} ") for n in range(9)},
    "snippet:bomb": Kept("bomb-1", "{{snippet:bang}}" * 400),
    "snippet:bang": Kept("bang-1", "{{snippet:boom}}" * 400),
    "snippet:boom": Kept("boom-1", "boom " * 4_000),
}


def _render(text: str, **values: str) -> Rendered:
    return render(text, values, lambda place: KEPT.get(place.called) if place.version in (None, 2) else None)


@pytest.mark.parametrize(
    ("text", "values", "wanted"),
    [
        ("A {place} } and }} stay", {}, "A {place} } and }} stay"),
        (r"Two \{{ braces", {}, "Two {{ braces"),
        ("{{ time }} light", {"time": "dawn"}, "dawn light"),
        ("{{time|dawn}} light", {}, "dawn light"),
        ("{{time|dawn}} light", {"time": "dusk"}, "dusk light"),
        ("{{time|}}light", {}, "light"),
        ("Say {{words}}", {"words": "{{snippet:golden}}"}, "Say {{snippet:golden}}"),
        ("{{sheet:otto}}, {{snippet:golden}}", {}, "Otto, a sea otter, low sun, thin haze, 35 mm"),
        ("{{snippet:golden@2}}", {"lens": "85 mm"}, "low sun, thin haze, 85 mm"),
    ],
)
def test_a_sound_source_becomes_its_text(text: str, values: dict[str, str], wanted: str) -> None:
    found = _render(text, **values)
    assert (found.text, found.problems) == (wanted, ())


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        ("{{time}}", "variable-missing", "time"),
        ("{{snippet:none}}", "kept-unknown", "snippet:none"),
        ("{{snippet:golden@1}}", "kept-unknown", "snippet:golden"),
        ("{{Time of day}}", "place-wrong", ""),
        ("{{open", "place-open", ""),
        ("{{snippet:loop}}", "kept-in-itself", "snippet:loop"),
        ("{{snippet:deep0}}", "kept-too-deep", "snippet:deep5"),
        ("{{snippet:bomb}}", "too-much", ""),
    ],
)
def test_what_leads_nowhere_is_named_and_never_built(text: str, code: str, name: str) -> None:
    found = _render(text)
    assert [(each.code, each.name) for each in found.problems] == [(code, name)]
    assert len(found.text) <= LONGEST


def test_every_missing_variable_is_named_once_and_what_was_used_is_told_in_order() -> None:
    found = _render("{{who}} in {{where}}, {{who}}. {{sheet:otto}} {{snippet:golden}}")
    assert found.missing == ["who", "where"]
    assert found.used == ("otto-1", "golden-2", "lens-1")
    assert [(each.name, each.value, each.given) for each in found.variables] == [
        ("who", "", False), ("where", "", False), ("haze", "thin haze", False), ("lens", "35 mm", False),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["{{", "a {{b}} c", r"\{{x", "{{{{", "{ {{ }} }", "}}{{"])
def test_any_text_escaped_is_the_source_of_itself(text: str) -> None:
    assert render(escaped(text), {}, lambda _: None) == Rendered(text)


def test_a_place_is_called_in_one_form() -> None:
    assert Place("snippet", "golden", 2).called == "snippet:golden"
