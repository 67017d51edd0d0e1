"""Which reference files a model takes: slot by slot, together, and in which company."""

import datetime as dt
from dataclasses import replace

import pytest

from generations import catalog
from generations.catalog import Capability, Params, ReferenceFacts

TODAY = dt.date(2026, 11, 22)
HD = Params(prompt="A fox in the snow", seconds=5, width=1280, height=720)
FRAME = ReferenceFacts("image", "first_frame", "image/png", 1000, 1280, 720)
LAST = replace(FRAME, role="last_frame")
IMAGE = replace(FRAME, role="reference")
VIDEO = ReferenceFacts("video", "reference", "video/mp4", 1000, 1280, 720, 5.0, 30.0)
SOUND = ReferenceFacts("audio", "reference", "audio/mpeg", 1000, seconds=5.0)
FEATURE = replace(VIDEO, role="feature_video")
BASE = replace(VIDEO, role="base_video")


def row(route: str, model: str, mode: str) -> Capability:
    return catalog.capability(route, model, mode)


def codes(capability: Capability, *references: ReferenceFacts, **asked: object) -> list[str]:
    params = replace(HD, references=references, **asked)  # type: ignore[arg-type]  # fields by name
    return [refusal.code for refusal in catalog.refusals(capability, params, TODAY)]


@pytest.mark.parametrize(
    ("references", "expected"),
    [
        ([FRAME], []),
        ([], ["reference-missing"]),
        ([FRAME, FRAME], ["reference-count"]),
        ([replace(FRAME, media_type="image/gif")], ["reference-format"]),
        ([replace(FRAME, size_bytes=20 * 1024**2)], []),
        ([replace(FRAME, size_bytes=20 * 1024**2 + 1)], ["reference-bytes"]),
        ([replace(FRAME, width=640, height=360)], ["reference-size"]),
        ([FRAME, VIDEO], ["reference-kind"]),
    ],
)
def test_soras_first_frame_is_one_image_of_the_clips_size(
    references: list[ReferenceFacts], expected: list[str]
) -> None:
    assert codes(row("sandbox", "sora-2", "image_to_video"), *references, seconds=4) == expected


def test_text_to_video_takes_no_reference() -> None:
    assert codes(row("sandbox", "sora-2", "text_to_video"), FRAME, seconds=4) == ["reference-kind"]


@pytest.mark.parametrize(
    ("references", "expected"),
    [
        ([FRAME], []),
        ([FRAME, LAST], []),
        ([LAST], ["reference-missing"]),
        ([FRAME, replace(LAST, width=299)], ["reference-side"]),
        ([replace(FRAME, width=300, height=300)], []),
        ([replace(FRAME, width=750, height=300)], []),
        ([replace(FRAME, width=752, height=300)], ["reference-ratio"]),
        ([replace(FRAME, width=300, height=752)], ["reference-ratio"]),
        ([replace(FRAME, size_bytes=50_000_000)], []),
        ([replace(FRAME, size_bytes=50_000_001)], ["reference-bytes"]),
    ],
)
def test_klings_frames(references: list[ReferenceFacts], expected: list[str]) -> None:
    assert codes(row("kling", "kling-3.0", "image_to_video"), *references) == expected


def test_klings_legacy_api_takes_smaller_images_and_turbo_no_last_frame() -> None:
    assert codes(row("kling-legacy", "kling-3.0", "image_to_video"), replace(FRAME, size_bytes=10_000_001)) == [
        "reference-bytes"
    ]
    assert codes(row("kling", "kling-3.0-turbo", "image_to_video"), FRAME, LAST) == ["reference-kind"]


@pytest.mark.parametrize(
    ("references", "asked", "expected"),
    [
        ([], {}, ["combination"]),
        ([], {"characters": ("u1",)}, []),
        ([IMAGE] * 7, {}, []),
        ([IMAGE] * 8, {}, ["reference-count", "combination"]),
        ([IMAGE] * 5, {"characters": ("u1", "u2")}, []),
        ([IMAGE] * 6, {"characters": ("u1", "u2")}, ["combination"]),
        ([IMAGE], {"characters": ("u1", "u2", "u3", "u4")}, ["characters-count"]),
        ([FEATURE], {}, []),
        ([FEATURE, *[IMAGE] * 4], {}, []),
        ([FEATURE, *[IMAGE] * 5], {}, ["combination"]),
        ([FEATURE, FEATURE], {}, ["reference-count"]),
        ([FEATURE], {"audio": "off"}, []),
        ([FEATURE], {"audio": "on"}, ["combination"]),
        ([IMAGE], {"audio": "original"}, ["combination"]),
        ([FEATURE], {"shots": (catalog.ShotAsk("a", 5),)}, ["combination"]),
        ([IMAGE, BASE], {}, ["reference-kind"]),
        ([replace(FEATURE, seconds=2.5)], {}, ["reference-seconds"]),
        ([replace(FEATURE, seconds=15.04)], {}, []),
        ([replace(FEATURE, seconds=15.2)], {}, ["reference-seconds"]),
        ([replace(FEATURE, size_bytes=200_000_001)], {}, ["reference-bytes"]),
        ([replace(FEATURE, media_type="video/webm")], {}, ["reference-format"]),
    ],
)  # fmt: skip
def test_klings_omni_references(
    references: list[ReferenceFacts], asked: dict[str, object], expected: list[str]
) -> None:
    assert codes(row("kling", "kling-3.0-omni", "reference_to_video"), *references, **asked) == expected


@pytest.mark.parametrize(
    ("references", "asked", "expected"),
    [
        ([BASE], {}, []),
        ([BASE], {"audio": "original"}, []),
        ([BASE], {"audio": "on"}, ["combination"]),
        ([BASE, *[IMAGE] * 4], {}, []),
        ([BASE, FRAME], {}, ["reference-kind"]),
        ([IMAGE], {}, ["reference-missing"]),
    ],
)
def test_a_video_edited_by_omni_comes_without_frames(
    references: list[ReferenceFacts], asked: dict[str, object], expected: list[str]
) -> None:
    assert codes(row("kling", "kling-3.0-omni", "edit"), *references, **asked) == expected


@pytest.mark.parametrize(
    ("references", "expected"),
    [
        ([IMAGE] * 9 + [VIDEO] + [SOUND], []),
        ([IMAGE] * 10, ["reference-count"]),
        ([replace(VIDEO, seconds=4.0)] * 3, []),
        ([replace(VIDEO, seconds=3.0)] * 4, ["reference-count"]),
        ([replace(VIDEO, seconds=8.0)] * 2, ["reference-total-seconds"]),
        ([IMAGE, *[replace(SOUND, seconds=6.0)] * 3], ["reference-total-seconds"]),
        ([IMAGE, *[replace(SOUND, seconds=3.0)] * 4], ["reference-count"]),
        ([SOUND], ["combination"]),
        ([], ["combination"]),
        ([VIDEO, SOUND], []),
        ([replace(VIDEO, seconds=1.9)], ["reference-seconds"]),
        ([replace(VIDEO, fps=23.976)], []),
        ([replace(VIDEO, fps=20.0)], ["reference-fps"]),
        ([replace(VIDEO, fps=120.0)], ["reference-fps"]),
        ([replace(VIDEO, size_bytes=50_000_001)], ["reference-bytes"]),
        ([IMAGE, replace(SOUND, size_bytes=15_000_001)], ["reference-bytes"]),
        ([replace(IMAGE, size_bytes=30_000_001)], ["reference-bytes"]),
        ([replace(IMAGE, size_bytes=15_900_000)] * 3, []),
        ([replace(IMAGE, size_bytes=15_900_000)] * 3 + [replace(SOUND, size_bytes=1_000_000)], ["references-body"]),
        ([replace(IMAGE, size_bytes=16_000_000)] * 2 + [replace(VIDEO, size_bytes=50_000_000)], []),
        ([replace(IMAGE, width=6001, height=4000)], ["reference-side"]),
        ([replace(IMAGE, width=2400, height=6000)], []),
        ([FRAME, IMAGE], ["reference-kind"]),
    ],
)  # fmt: skip
def test_seedance_2_references(references: list[ReferenceFacts], expected: list[str]) -> None:
    for route in ("volcengine-ark", "byteplus-modelark", "sandbox-ark"):
        assert codes(row(route, "seedance-2.0", "reference_to_video"), *references) == expected


def test_frames_and_references_exclude_one_another() -> None:
    assert codes(row("volcengine-ark", "seedance-2.0", "image_to_video"), FRAME, LAST) == []
    assert codes(row("volcengine-ark", "seedance-2.0", "image_to_video"), FRAME, VIDEO) == ["reference-kind"]


def test_seedance_2_5_takes_more_and_sound_alone() -> None:
    long = row("sandbox-ark", "seedance-2.5", "reference_to_video")
    assert codes(long, SOUND) == []
    assert codes(long, *[IMAGE] * 30, *[VIDEO] * 10, *[SOUND] * 10) == []
    assert codes(long, *[IMAGE] * 31) == ["reference-count"]
    assert codes(long, *[SOUND] * 11) == ["reference-count"]


def test_a_limit_of_references_in_all_is_data() -> None:
    limited = replace(row("sandbox-ark", "seedance-2.0", "reference_to_video"), max_references=12)
    short = [replace(VIDEO, seconds=2.0)] * 3
    assert codes(limited, *[IMAGE] * 9, *short) == []
    assert codes(limited, *[IMAGE] * 9, *short, SOUND) == ["references-total"]


def test_words_say_what_to_mend() -> None:
    seedance = row("sandbox-ark", "seedance-2.0", "reference_to_video")
    params = replace(HD, references=(replace(VIDEO, seconds=20.0, size_bytes=60_000_000),))
    assert [refusal.message for refusal in catalog.refusals(seedance, params, TODAY)] == [
        "A reference may have at most 50 MB.",
        "The video lasts 20.0 s; 2 to 15 s are possible.",
        "The references of kind video last 20.0 s together; at most 15 s are possible.",
    ]
    (alone,) = catalog.refusals(seedance, replace(HD, references=(SOUND,)), TODAY)
    assert (alone.field, alone.message) == (
        "references",
        "Sound alone is no reference here: add an image or a video.",
    )
