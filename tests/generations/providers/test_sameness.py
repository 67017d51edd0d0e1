"""Adapters are small and alike: a newcomer can write one in a day, and the page that says so stays true."""

import inspect
from pathlib import Path

import pytest

from generations import providers
from generations.providers.ark import Ark
from generations.providers.declared import DeclaredProvider
from generations.providers.kling import Kling
from generations.providers.openai_videos import OpenAIVideos
from generations.providers.service import Service

PAGE = Path(__file__).resolve().parents[3] / "docs/how-to/add-a-provider.md"
FOLDER = Path(providers.__file__).resolve().parent
ADAPTERS = {"OpenAI Videos": OpenAIVideos, "Kling": Kling, "Ark": Ark, "declared (all of them)": DeclaredProvider}
PARTS = {
    "OpenAI Videos": (["openai_videos"], ["openai_videos_orders", "openai_videos_finding"], ["openai_videos_words", "openai_videos_relays"]),
    "Kling": (["kling"], ["kling_orders"], ["kling_words"]),
    "Ark": (["ark"], ["ark_orders"], ["ark_words"]),
    "declared (all of them)": (["declared"], ["declared_words"], ["declared_form", "declared_files"]),
}  # fmt: skip
OWED = {"create", "task_path", "read_task", "refusal", "find", "download", "verify_webhook", "check"}


def lines(names: list[str]) -> int:
    return sum(len((FOLDER / f"{name}.py").read_text(encoding="utf-8").splitlines()) for name in names)


def documented() -> dict[str, tuple[int, ...]]:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.read_text(encoding="utf-8").splitlines()
    ]
    return {row[0]: tuple(map(int, row[1:])) for row in rows if row[0] in ADAPTERS}


@pytest.mark.parametrize("name", ADAPTERS)
def test_the_page_says_how_large_each_adapter_is(name: str) -> None:
    found = tuple(lines(part) for part in PARTS[name])
    told = documented()[name]
    assert all(abs(one - other) <= 0.2 * one for one, other in zip(found, told, strict=True)), (found, told)


@pytest.mark.parametrize("adapter", ADAPTERS.values())
def test_each_writes_what_it_owes_and_leaves_the_rest_to_what_all_share(adapter: type[Service]) -> None:
    own = {name for name, _ in inspect.getmembers(adapter, inspect.isfunction) if name in vars(adapter)}
    assert own >= OWED
    assert len((FOLDER / f"{adapter.__module__.rpartition('.')[2]}.py").read_text().splitlines()) <= 250


def test_every_module_of_a_dialect_is_counted() -> None:
    counted = {module for parts in PARTS.values() for part in parts for module in part}
    shared = {"__init__", "base", "callbacks", "reading", "refusals", "registry", "service"}
    assert {file.stem for file in FOLDER.glob("*.py")} == counted | shared
