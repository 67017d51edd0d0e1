"""What may be asked besides files: sound, shots, characters, what to avoid, and an earlier generation to start from."""

import datetime as dt
from dataclasses import replace

import pytest

from generations import catalog
from generations.catalog import Capability, Params, ReferenceFacts, ShotAsk, SourceFacts
from generations.catalog.rules import spelled
from generations.providers.base import CreateRequest, ShotPart
from generations.providers.kling_orders import order

TODAY = dt.date(2026, 11, 22)
HD = Params(prompt="A fox in the snow", seconds=4, width=1280, height=720)
SOURCE = SourceFacts("sora-2", 4, 0, same_account=True, reachable=True)


def row(route: str, model: str, mode: str = "text_to_video") -> Capability:
    return catalog.capability(route, model, mode)


def codes(capability: Capability, **asked: object) -> list[str]:
    params = replace(HD, **asked)  # type: ignore[arg-type]  # fields by name
    return [refusal.code for refusal in catalog.refusals(capability, params, TODAY)]


@pytest.mark.parametrize(
    ("model", "audio", "expected"),
    [
        ("kling-3.0", "", []),
        ("kling-3.0", "on", []),
        ("kling-3.0", "off", []),
        ("kling-3.0", "original", ["audio"]),
        ("kling-3.0-turbo", "off", ["audio"]),
        ("kling-3.0", "loud", ["audio"]),
    ],
)
def test_sound_is_what_the_model_offers(model: str, audio: str, expected: list[str]) -> None:
    assert codes(row("kling", model), audio=audio) == expected


def test_sound_that_is_not_asked_for_is_the_models_own_choice_as_far_as_the_references_let_it() -> None:
    omni = row("kling", "kling-3.0-omni", "reference_to_video")
    video = ReferenceFacts("video", "feature_video", "video/mp4", 1000, 1280, 720, 5.0, 24.0)
    assert catalog.sound(row("sandbox", "sora-2"), HD) == "on"
    assert catalog.sound(omni, HD) == "on"
    assert catalog.sound(omni, replace(HD, references=(video,))) == "off"
    assert catalog.sound(omni, replace(HD, references=(video,), audio="original")) == "original"


def test_what_to_avoid_needs_a_field_for_it() -> None:
    (refusal,) = catalog.refusals(row("kling", "kling-3.0"), replace(HD, negative="rain"), TODAY)
    assert (refusal.code, refusal.field) == ("negative-unsupported", "negative")
    assert codes(replace(row("kling", "kling-3.0"), negative=True), negative="rain") == []


def shots(*seconds: int, words: str = "a fox") -> tuple[ShotAsk, ...]:
    return tuple(ShotAsk(words, each) for each in seconds)


def test_beside_a_reference_video_kling_makes_the_cuts_itself() -> None:
    """The adapter asks for several shots there always (facts of the wire); which, nobody can choose."""
    video = ReferenceFacts("video", "feature_video", "video/mp4", 1000, 1280, 720, 5.0, 24.0)
    for route in ("kling", "sandbox-kling"):
        omni = row(route, "kling-3.0-omni", "reference_to_video")
        asked = replace(HD, seconds=5, audio="off", references=(video,))
        assert catalog.refusals(omni, asked, TODAY) == []
        (refusal,) = catalog.refusals(omni, replace(asked, shots=shots(2, 3)), TODAY)
        assert refusal.message == "Beside a reference video Kling makes the cuts itself: its shots cannot be chosen."
        assert refusal.field == "shots"


def test_the_shots_are_measured_as_they_are_sent() -> None:
    limits = row("kling", "kling-3.0").multi_shot
    assert limits is not None
    given = (ShotPart("A fox", 2), ShotPart("It leaps", 13))
    _, body = order(CreateRequest("kling-3.0", "unused", 15, 1280, 720, shots=given))
    assert spelled(limits, [ShotAsk(each.prompt, each.seconds) for each in given]) == body["prompt"]


@pytest.mark.parametrize(("length", "over"), [(499, 0), (500, 5), (512, 77)])
def test_six_shots_fit_the_one_prompt_that_they_become(length: int, over: int) -> None:
    """Six texts of 512 characters are allowed one by one, and with what stands between them are more than 3072."""
    kling, words = row("kling", "kling-3.0"), ("x" * length)
    asked = replace(HD, seconds=12, shots=shots(2, 2, 2, 2, 2, 2, words=words))
    said = [each for each in catalog.refusals(kling, asked, TODAY) if each.code == "shots-too-long"]
    assert [each.message for each in said] == [
        f"Written one after the other, as Kling 3.0 wants them, the shots are {over} characters too long: together they may have 3072."
    ] * bool(over)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (shots(3, 1), []),
        (shots(3, 2), ["shots-sum"]),
        (shots(4, words="x" * 512), []),
        (shots(4, words="x" * 513), ["shot-too-long"]),
        (shots(4, words=" "), ["shot-empty"]),
        (shots(4, 0), ["shot-empty"]),
    ],
)
def test_klings_shots_add_up(asked: tuple[ShotAsk, ...], expected: list[str]) -> None:
    assert codes(row("kling", "kling-3.0"), shots=asked) == expected


def test_kling_takes_six_shots_and_others_one_at_a_time() -> None:
    assert codes(row("kling", "kling-3.0"), seconds=6, shots=shots(*[1] * 6)) == []
    assert codes(row("kling", "kling-3.0"), seconds=7, shots=shots(*[1] * 7)) == ["shots-count"]
    assert codes(row("kling", "kling-3.0-turbo"), shots=shots(2, 2)) == ["shots-unsupported"]
    assert codes(row("sandbox", "sora-2"), shots=shots(2, 2)) == ["shots-unsupported"]


def test_two_characters_may_play_in_a_sora_clip() -> None:
    assert codes(row("sandbox", "sora-2"), characters=("a", "b")) == []
    assert codes(row("sandbox", "sora-2"), characters=("a", "b", "c")) == ["characters-count"]
    assert codes(row("sandbox-ark", "seedance-2.0"), characters=("a",)) == ["characters-unsupported"]


@pytest.mark.parametrize("mode", ["remix", "edit"])
@pytest.mark.parametrize(
    ("source", "seconds", "expected"),
    [
        (SOURCE, 4, []),
        (SOURCE, 0, []),
        (None, 4, ["source-missing"]),
        (SOURCE, 8, ["seconds"]),
        (replace(SOURCE, seconds=20), 20, []),
        (replace(SOURCE, same_account=False), 4, ["source-account"]),
        (replace(SOURCE, reachable=False), 4, ["source-gone"]),
        (replace(SOURCE, model="sora-2-pro"), 4, ["source-model"]),
    ],
)
def test_a_remix_or_edit_keeps_account_model_and_length(
    mode: str, source: SourceFacts | None, seconds: int, expected: list[str]
) -> None:
    assert codes(row("sandbox", "sora-2", mode), source=source, seconds=seconds) == expected


@pytest.mark.parametrize(
    ("source", "seconds", "expected"),
    [
        (SOURCE, 20, []),
        (SOURCE, 5, ["seconds"]),
        (replace(SOURCE, extensions=5, seconds=100), 20, []),
        (replace(SOURCE, extensions=6, seconds=60), 4, ["source-extensions"]),
        (replace(SOURCE, extensions=5, seconds=104), 20, ["source-length"]),
        (None, 4, ["source-missing"]),
    ],
)
def test_a_clip_is_extended_six_times_to_two_minutes(
    source: SourceFacts | None, seconds: int, expected: list[str]
) -> None:
    assert codes(row("sandbox", "sora-2", "extend"), source=source, seconds=seconds) == expected


def test_a_source_is_refused_where_nothing_starts_from_one() -> None:
    assert codes(row("sandbox", "sora-2"), source=SOURCE) == ["source-unused"]


@pytest.mark.parametrize("mode", ["text_to_video", "image_to_video", "remix", "edit", "extend"])
def test_nothing_is_offered_on_a_retired_route(mode: str) -> None:
    for model in ("sora-2", "sora-2-pro"):
        retired = row("openai", model, mode)
        assert not retired.launchable(TODAY)
        assert "retired" in codes(retired, source=replace(SOURCE, model=model))


def test_a_length_is_left_to_the_model_only_where_it_chooses() -> None:
    omni = row("google", "gemini-omni")
    assert omni.lengths == (0,)
    assert codes(omni, seconds=0) == []
    (refusal,) = catalog.refusals(omni, replace(HD, seconds=4), TODAY)
    assert refusal.message == "Gemini Omni 1.1 Flash chooses the length itself when you give none."
    assert codes(row("kling", "kling-3.0"), seconds=0) == ["seconds"]
