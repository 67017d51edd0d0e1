"""How the catalogue complains about its own files, and how an operator's files stand beside ours."""

from pathlib import Path

import pytest

from generations.catalog import CatalogueError
from generations.catalog.loader import DATA, load


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('lifecycle = "active"', 'lifecycle = "dead"', "lifecycle must be one of active, deprecated"),
        ("prompt_limit = 32000\n", "", r"row 1 \(sora-2, text_to_video\): prompt_limit is missing"),
        ("prompt_limit = 32000", 'prompt_limit = "many"', "prompt_limit must be int, not 'many'"),
        ("seed = true", "seed = true\nsed = true", r"row 1 \(sora-2, text_to_video\): unknown field sed"),
        ('"1280x720", "720x1280"]', '"1280x721", "720x1280"]', "sizes must hold even pixel pairs"),
        ('"1280x720", "720x1280"]', '"1280x720", "1280x720"]', "sizes must each be there once"),
        ("seconds = [4, 8, 12, 16, 20]", "seconds = [4, 0]", "seconds must hold whole seconds"),
        ("seconds = [4, 8, 12, 16, 20]", "seconds = [8, 4]", "seconds must rise, each once"),
        ("seconds = [4, 8, 12, 16, 20]", "seconds = []", "must not be empty"),
        ("seconds = [4, 8, 12, 16, 20]", "seconds = { from = 4 }", "seconds: to is missing"),
        ("fps = [24, 1]", "fps = [24]", r"fps must be \[numerator, denominator\]"),
        ('lifecycle = "active"', 'lifecycle = "retired"', "retired_on must be given"),
        ('lifecycle = "active"', 'lifecycle = "deprecated"', "deprecated_on must be given"),
        ("since = 2025-10-06", "since = 2025-10-06\nretired_on = 2020-01-01", "must be in this order"),
        ("source = ", "sauce = ", r"row 1 \(sora-2, text_to_video\): source is missing"),
        ("as_of = 2026-11-22", "", "as_of is missing"),
        ("at_most = 1", "at_most = 0", "slot: at_most must be above zero, not 0"),
        ('kind = "image"', 'kind = "picture"', "slot: kind must be one of image, video, audio, not 'picture'"),
        ('role = "first_frame"', 'role = "frame"', "slot: role must be one of first_frame, last_frame"),
        ('"image/jpeg"', '"jpeg"', "slot: formats must name media types"),
        ("must_match_size", "min_side = 9, max_side = 8, must_match_size", "slot: min_side must not be above max_side"),
        ('mode = "image_to_video"', 'mode = "text_to_video"', "is there twice"),
        ('mode = "image_to_video"', 'mode = "image"', "mode must be one of text_to_video"),
        ('uses_source = "remix"', 'uses_source = "edit"', "uses_source must be empty or remix"),
        ('uses_source = "remix"\n', "", "uses_source must be remix in this mode"),
        ('uses_source = "extend"\nextend = { at_most = 6, max_total_seconds = 120 }', 'uses_source = "extend"',
         "extend must be given for uses_source = extend"),
        ('like = ["sora-2"]', 'like = ["sora-3"]', "row 1: like, each must name groups of this file: sora-3"),
        ('kind = "per_second"', 'kind = "per_frame"', "pricing: kind must be one of per_second, tokens, units"),
        ('kind = "per_second"', 'kind = "units"', "pricing: unit_micro is missing"),
        ('"720p" = 100000', '"720" = 100000', "pricing: prices must name the row's sizes and resolutions.*: 720"),
        ('"720p" = 100000', '"720p" = 0.1', "pricing: prices must hold whole numbers"),
        ('"720p" = 100000', '"720p audio" = 1, "audio 720p" = 2', "pricing: prices must say each thing once"),
        ('currency = "USD"', 'currency = "dollars"', "pricing: currency must be a code such as USD"),
        ('route = "sandbox"', 'route = "nowhere"', "sandbox/nowhere/sora-2/text_to_video: route must have"),
        ("variants = 1", 'variants = 1\noptions = { a = 0.5 }', "options must hold texts, whole numbers, true or false: a"),
        ("variants = 1", 'variants = 1\nrules = [{ words = "x" }]', "rule: require, forbid or limit is missing"),
        ("variants = 1", 'variants = 1\nrules = [{ words = "x", forbid = ["sound"] }]', "rule: tokens .* unknown: sound"),
        ("variants = 1", 'variants = 1\nrules = [{ words = "x", limit = { seed = "1" } }]', "limit must hold whole"),
        ("variants = 1", 'variants = 1\nmulti_shot = { at_most = 2, prompt_limit = 9, must_add_up = true, written = "{x}" }',
         r"multi_shot: written must hold \{prompt\}"),
        ("[common]", "[comon]", "unknown table comon"),
        ("[common]", "[common", "sandbox.toml: "),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_file_row_and_field(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    text = (DATA / "sandbox.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "routes.toml").write_text((DATA / "routes.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "sandbox.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match=complaint) as caught:
        load([tmp_path])
    assert str(caught.value).startswith("sandbox.toml")
