"""Who stands behind a route: a reseller and the maker of the model; and whose service is no more."""

from datetime import date
from pathlib import Path

import pytest

from generations import catalog
from generations.catalog import CatalogueError
from generations.catalog.loader import DATA, load


@pytest.mark.parametrize(
    ("route", "model", "names"),
    [
        ("vofy", "sora-2", ["Vofy", "OpenAI"]),
        (" Vofy", "Sora 2", ["Vofy", "OpenAI"]),
        ("vofy", "kling-3.0", ["Vofy", "Kling"]),
        ("replicate", "kwaivgi/kling-v3.0", ["Replicate", "Kling"]),
        ("fal", "fal-ai/bytedance/seedance-2.0", ["fal", "ByteDance"]),
        ("runway", "gen4_turbo", ["Runway"]),
        ("runway", "veo3.1", ["Runway", "Google"]),
        ("vofy", "general", ["Vofy", "model maker"]),
        ("vofy", "", ["Vofy", "model maker"]),
        ("openai", "sora-2", []),
        ("kling", "kling-3.0", []),
        ("compatible", "sora-2", []),
        ("sandbox", "sora-2", []),
        ("somebody", "sora-2", []),
    ],
)
def test_only_a_route_that_resells_is_known_to_have_two_hops(route: str, model: str, names: list[str]) -> None:
    assert [hop.name for hop in catalog.hops(route, model)] == names


def test_a_maker_whose_terms_go_by_several_names_is_one_hop() -> None:
    assert catalog.hops("vofy", "seedance-2.0")[1].parties == {"bytedance", "volcengine", "byteplus"}


@pytest.mark.parametrize(
    ("route", "model", "told"),
    [
        ("openai", "sora-2", ("OpenAI", date(2026, 9, 24))),
        ("Vofy", "Sora 2 Pro", ("OpenAI", date(2026, 9, 24))),
        ("sandbox", "sora-2", None),
        ("compatible", "sora-2", None),
        ("kling", "kling-3.0", None),
        ("", "", None),
    ],
)
def test_a_model_has_ended_where_its_route_or_its_maker_shut_it_down(
    route: str, model: str, told: tuple[str, date] | None
) -> None:
    assert catalog.ended(route, model) == told


def test_behind_a_reseller_stand_all_makers_behind_a_provider_nobody() -> None:
    assert catalog.behind("openai") == ["openai"]
    assert catalog.behind("vofy")[:2] == ["vofy", "openai"]
    assert catalog.behind("somebody") == []


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ('name = "X"\nparties = ["x"]\nmodels = []', "models must hold names"),
        ('name = "X"\nparties = ["X"]\nmodels = ["x"]', "parties must hold names"),
        ('name = "X"\nparties = ["x"]\nmodels = ["sora"]', "the maker of sora is in"),
        ('name = "X"\nparties = ["x"]\nmodels = ["x"]\nmodel = "x"', "unknown field model"),
    ],
)
def test_a_wrong_maker_is_refused(tmp_path: Path, table: str, complaint: str) -> None:
    (tmp_path / "own.toml").write_text(f'[[maker]]\n{table}\nsource = "us"\nas_of = 2026-11-22\n', encoding="utf-8")
    with pytest.raises(CatalogueError, match=complaint):
        load((DATA, tmp_path))


def test_an_operator_says_that_a_route_resells(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        '[[amend]]\nroute = "compatible"\nresells = true\nsource = "our contract"\nas_of = 2026-11-22\n',
        encoding="utf-8",
    )
    assert load((DATA, tmp_path)).routes["compatible"].resells
