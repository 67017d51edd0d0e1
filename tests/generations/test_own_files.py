"""An operator adds a provider by data alone, exactly as docs/how-to/add-a-provider.md says: its snippets are used here."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.test import Client
from pytest_django.fixtures import Settings

from generations import catalog
from generations.actions.launches import launch_generation
from generations.models import ProviderAccount, State
from generations.pipeline.remote import adapter_for
from generations.providers.declared_files import OURS, declared
from generations.providers.service import Service
from tests.generations.factories import QUICK, ROOT, Sandbox, carry, running_sandbox
from tests.people import Agency

PAGE = ROOT / "docs" / "how-to" / "add-a-provider.md"
SNIPPET = re.compile(r"```toml\n# var/catalogue/(?P<name>[\w.-]+)\n(?P<text>.*?)```", re.DOTALL)
TABLE = re.compile(r"^\[", re.MULTILINE)
KEY = "sk-studio-0123456789"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), script=QUICK) as service:
        yield service


@pytest.fixture
def own(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """The operator's two folders, read afresh before and after."""
    for name in ("catalogue", "providers"):
        (tmp_path / name).mkdir()
    settings.CATALOGUE_DIRS, settings.PROVIDER_DIRS = [str(tmp_path / "catalogue")], [str(tmp_path / "providers")]
    declared.cache_clear()
    yield tmp_path
    declared.cache_clear()


def snippet(own: Path, name: str) -> None:
    """Put the page's snippet where the page says."""
    found = {each["name"]: each["text"] for each in SNIPPET.finditer(PAGE.read_text(encoding="utf-8"))}
    (own / "catalogue" / name).write_text(found[name], encoding="utf-8")


def completed_vofy() -> str:
    """Our file of Vofy as a customer would complete it, here with the wire of the embedded service's invented example."""
    vofy, example = ((OURS / f"{name}.toml").read_text(encoding="utf-8") for name in ("vofy", "example"))
    head = vofy[: vofy.index("unknown = [")]
    wire = example[TABLE.search(example).start() :]  # type: ignore[union-attr]
    words = vofy[vofy.index("[poll.states]") :].partition("\n")[2]
    return f"{head}\n{wire}".replace("[poll.states]\n", f"[poll.states]\n{words}")


def by_hand(client: Client, agency: Agency, route: str, dialect: str, url: str) -> ProviderAccount:
    """Add the account by the page's form: its choices are what the route speaks."""
    client.force_login(agency.ada)
    form = client.get("/provider-accounts/new/", {"route": route}).context["form"]
    assert dialect in [value for value, _ in form.fields["dialect"].choices]
    assert form.initial["dialect"] == dialect
    values = {"name": "Own", "route": route, "dialect": dialect, "base_url": f"{url}/example", "api_key": KEY}
    client.post("/provider-accounts/new/", {**values, "max_in_flight": "4"})
    return ProviderAccount.objects.get()


def complaints() -> list[str]:
    return [each.msg for each in run_checks() if (each.id or "").startswith(("catalogue", "providers"))]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("name", "route", "model"), [("studio-x", "studio-x", "studio-x-1"), ("studio-vofy", "vofy", "seedance-2.0")]
)
@pytest.mark.long
def test_a_provider_added_by_data_makes_a_clip(
    agency: Agency, client: Client, own: Path, sandbox: Sandbox, name: str, route: str, model: str
) -> None:
    text = (OURS / "example.toml").read_text(encoding="utf-8") if name == "studio-x" else completed_vofy()
    (own / "providers" / f"{name}.toml").write_text(text, encoding="utf-8")
    snippet(own, f"{name}.toml")
    assert complaints() == []
    account = by_hand(client, agency, route, f"declared:{name}", sandbox.origin)
    params = {"seconds": 4, "size": "1280x720"}
    made = launch_generation(actor=agency.alice, prompt=agency.prompt, account=account, model=model, params=params)
    made = carry(made)
    assert made.state == State.SUCCEEDED, made.error_message
    assert made.clip is not None
    assert (made.clip.frame_count, made.clip.width, made.clip.height) == (96, 1280, 720)
    assert (made.account.route, made.account.dialect) == (route, f"declared:{name}")


def test_a_route_that_nobody_extended_offers_what_it_always_did(own: Path) -> None:
    assert catalog.route("vofy").dialects == ("declared:vofy", "openai_videos")


def test_an_extended_route_speaks_what_it_did_and_its_new_wire_first(own: Path) -> None:
    snippet(own, "studio-vofy.toml")
    vofy = catalog.route("vofy")
    assert vofy.dialects == ("declared:studio-vofy", "declared:vofy", "openai_videos")
    assert vofy.result_hosts == ("files.vofy.example",)


def test_a_wire_that_no_file_declares_stops_every_command_and_is_named(own: Path) -> None:
    snippet(own, "studio-vofy.toml")
    assert complaints() == ["The route vofy speaks declared:studio-vofy, which nothing declares."]


@pytest.mark.django_db
def test_files_come_from_the_named_hosts_and_from_the_accounts_own(own: Path) -> None:
    snippet(own, "studio-vofy.toml")
    account = ProviderAccount(route="vofy", dialect="openai_videos", base_url="https://api.vofy.example:8443/v1")
    account.set_api_key(KEY)
    adapter = adapter_for(account)
    assert isinstance(adapter, Service)
    policy = adapter._elsewhere().policy
    for address in (
        "https://files.vofy.example/a",
        "https://eu.files.vofy.example/a",
        "https://api.vofy.example:8443/a",
    ):
        policy.check(address)
    with pytest.raises(Exception, match=r"evil\.example is not among the hosts"):
        policy.check("https://evil.example/a")
