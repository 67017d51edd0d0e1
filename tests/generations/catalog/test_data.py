"""What our own files say of each service, number by number."""

import dataclasses
from pathlib import Path

import pytest

from generations import catalog
from generations.catalog import Audio, Cancel, Capability, Slot, Webhook
from sorahub.lib.errors import NotFound

RATIOS = {"16:9", "9:16", "1:1"}
MORE_RATIOS = RATIOS | {"4:3", "3:4", "21:9"}


def row(route: str, model: str, mode: str = "text_to_video") -> Capability:
    return catalog.capability(route, model, mode)


def offered(each: Capability) -> tuple[set[str], set[str]]:
    return {shape.resolution for shape in each.shapes}, {shape.ratio for shape in each.shapes}


@pytest.mark.parametrize("model", ["kling-3.0", "kling-3.0-turbo", "kling-3.0-omni"])
def test_kling(model: str) -> None:
    each = row("kling", model)
    assert each.seconds == tuple(range(3, 16))
    assert offered(each) == ({"720p", "1080p", "4k"} - ({"4k"} if "turbo" in model else set()), RATIOS)
    assert (each.wire_model, each.fps, each.prompt_limit, each.seed) == (model, (24, 1), 3072, False)
    assert (each.cancel, each.webhook, each.client_chosen_id) == (Cancel.NONE, Webhook.OPTIONAL, True)
    assert (each.result_ttl, each.query_window_days, each.concurrency) == (30 * 86400, 30, 20)


@pytest.mark.parametrize("route", ["openai", "compatible", "sandbox"])
def test_sora_2_lasts_up_to_twenty_seconds_and_only_pro_makes_1080p(route: str) -> None:
    """OpenAI's guide, and its changelog of 2026-03-12; its OpenAPI document still has the shorter list."""
    for mode in ("text_to_video", "image_to_video"):
        plain, pro = row(route, "sora-2", mode), row(route, "sora-2-pro", mode)
        assert plain.seconds == pro.seconds == (4, 8, 12, 16, 20)
        assert {str(size) for size in plain.sizes} == {"1280x720", "720x1280"}
        assert {"1920x1080", "1080x1920"} <= {str(size) for size in pro.sizes}


def test_klings_legacy_api_has_names_of_its_own() -> None:
    each = row("kling-legacy", "kling-3.0")
    assert (each.wire_model, each.webhook, each.client_chosen_id) == ("kling-v3", Webhook.NONE, False)
    assert catalog.route("kling-legacy").dialects == ("declared:kling-legacy",)


@pytest.mark.parametrize(
    ("route", "model", "wire", "resolutions", "longest"),
    [
        ("volcengine-ark", "seedance-2.0", "doubao-seedance-2-0-260128", {"480p", "720p", "1080p", "4k"}, 15),
        ("volcengine-ark", "seedance-2.0-fast", "doubao-seedance-2-0-fast-260128", {"480p", "720p"}, 15),
        ("volcengine-ark", "seedance-2.0-mini", "doubao-seedance-2-0-mini-260615", {"480p", "720p"}, 15),
        ("volcengine-ark", "seedance-2.5", "", {"480p", "720p", "1080p"}, 30),
        ("byteplus-modelark", "seedance-2.0", "dreamina-seedance-2-0-260128", {"480p", "720p", "1080p", "4k"}, 15),
        ("byteplus-modelark", "seedance-2.5", "", {"480p", "720p", "1080p"}, 30),
    ],
)
def test_seedance(route: str, model: str, wire: str, resolutions: set[str], longest: int) -> None:
    each = row(route, model)
    assert each.wire_model == wire
    assert offered(each) == (resolutions, MORE_RATIOS)
    assert each.seconds == tuple(range(4, longest + 1))
    assert (each.audio, each.seed, each.fps) == (Audio.OPTIONAL, True, (24, 1))
    assert (each.cancel, each.webhook, each.client_chosen_id) == (Cancel.QUEUED, Webhook.UNSIGNED, False)
    assert (each.result_ttl, each.expires_after, each.query_window_days) == (86400, 172800, 7)


def test_the_enterprise_limits_of_volcengine_are_not_taken_for_byteplus() -> None:
    volcengine, byteplus = row("volcengine-ark", "seedance-2.0"), row("byteplus-modelark", "seedance-2.0")
    assert (volcengine.concurrency, volcengine.requests_per_minute) == (10, 600)
    assert (byteplus.concurrency, byteplus.requests_per_minute) == (None, None)


def test_a_size_has_its_ratio_and_resolution() -> None:
    shapes = {str(shape.size): (shape.ratio, shape.resolution) for shape in row("sandbox", "sora-2-pro").shapes}
    assert shapes == {
        "1280x720": ("16:9", "720p"),
        "720x1280": ("9:16", "720p"),
        "1792x1024": ("7:4", "1024p"),
        "1024x1792": ("4:7", "1024p"),
        "1920x1080": ("16:9", "1080p"),
        "1080x1920": ("9:16", "1080p"),
    }
    assert {shape.ratio for shape in row("openai", "sora-1").shapes} == {"16:9", "9:16"}


def test_every_row_says_where_it_comes_from_and_is_told_apart_by_its_stamp() -> None:
    rows = catalog.rows()
    assert all(each.source and each.digest and len(each.stamp) <= 40 for each in rows)
    assert len({each.digest for each in rows}) == len(rows)


def test_the_embedded_services_offer_what_renders_quickly_and_charge_nothing() -> None:
    for each in catalog.rows():
        if each.route in {"sandbox-kling", "sandbox-ark", "sandbox-example"}:
            assert each.seconds == (4, 5, 6, 7, 8)
            assert {shape.resolution for shape in each.shapes} <= {"480p", "720p"}
            assert each.pricing is not None
            assert each.pricing.source.startswith("demo price")


def test_routes_say_who_speaks_what_where() -> None:
    routes = {route.name: route for route in catalog.routes()}
    assert set(routes) == {
        *("openai", "compatible", "kling", "kling-legacy", "volcengine-ark", "byteplus-modelark", "vofy", "runway"),
        *("replicate", "fal", "google", "sandbox", "sandbox-kling", "sandbox-ark", "sandbox-example"),
    }
    assert dict(routes["kling"].addresses) == {
        "singapore": "https://api-singapore.klingai.com",
        "beijing": "https://api-beijing.klingai.com",
    }
    assert dict(routes["volcengine-ark"].addresses) == {"cn-beijing": "https://ark.cn-beijing.volces.com/api/v3"}
    with pytest.raises(NotFound):
        catalog.route("nowhere")


def test_nothing_is_invented_for_vofy() -> None:
    vofy = catalog.route("vofy")
    assert vofy.addresses == ()
    assert [each for each in catalog.rows() if each.route == "vofy"] == []
    assert "No public HTTP API was found" in vofy.note


def test_claims_keep_their_source_and_date() -> None:
    claims = catalog.claims()
    assert {(claim.source, claim.as_of.isoformat()) for claim in claims} == {("Vofy's page on Sora 2", "2026-11-22")}
    told = {(claim.model, claim.topic): claim.text for claim in claims}
    assert told["sora-2-pro", "max duration"] == "25 s (the API's own guide stopped at 20 s)"
    assert told["sora-2", "generation time"] == "about 90 s for 20 s of video"
    assert told["kling-3.0", "compared"] == "Leads on motion quality and camera control."
    assert ("sora-1", "frame rate, ratios") not in told


def test_the_reference_page_names_every_field_of_a_row() -> None:
    page = (Path(__file__).parents[3] / "docs/reference/model-catalogue.md").read_text(encoding="utf-8")
    named = {"shapes": "sizes", "source": "source", "as_of": "as_of"}
    fields = [named.get(each.name, each.name) for kind in (Capability, Slot) for each in dataclasses.fields(kind)]
    assert [name for name in fields if f"`{name}`" not in page and name != "digest"] == []
