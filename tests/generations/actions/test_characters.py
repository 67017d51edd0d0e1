"""Characters: learnt by one call that is never repeated, then named in prompts."""

import socket
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from generations.actions.characters import make_character, settle_character
from generations.actions.launches import launch_generation, preview
from generations.actions.prompts import write_prompt
from generations.actions.references import add_reference
from generations.models import Character, ProviderAccount, Reference
from sorahub.jobs.models import Job
from sorahub.jobs.runner import drain
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, NotFound, Refused
from tests.generations.factories import QUICK, Sandbox, png, running_sandbox, small_mp4
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db
FOUR = {"seconds": 4, "size": "1280x720"}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), script=QUICK) as running:
        yield running


@pytest.fixture
def clip(agency: Agency, tmp_path: Path) -> Reference:
    file = small_mp4(tmp_path / "otto.mp4", frames=72, rate=Fraction(24))
    return kept(agency, file)


def kept(agency: Agency, file: Path) -> Reference:
    facts: dict[str, Any] = {"original_name": file.name, "source": "Our studio", "rights": "Ours"}
    return add_reference(actor=agency.alice, project=agency.aurora, file=file, **facts)


def make(agency: Agency, account: ProviderAccount, clip: Reference, name: str = "Otto") -> Character:
    facts = {"project": agency.aurora, "account": account, "reference": clip, "name": name}
    return make_character(actor=agency.alice, **facts)  # type: ignore[arg-type]


def worked(character: Character) -> Character:
    drain()
    character.refresh_from_db()
    return character


def test_a_character_is_learnt_and_named_in_a_prompt(agency: Agency, sandbox: Sandbox, clip: Reference) -> None:
    account = provider_account(sandbox.base_url)
    otto = make(agency, account, clip)
    assert (otto.state, Event.objects.get(kind="character.asked").subject_id) == ("waiting", otto.pk)
    assert "Otto" not in Event.objects.get(kind="character.asked").body
    otto = worked(otto)
    assert (otto.state, otto.remote_id[:5]) == ("ready", "char_")
    words = write_prompt(actor=agency.alice, shot=agency.shot, text="Otto swims")
    order = {"actor": agency.alice, "account": account, "model": "sora-2", "params": FOUR, "characters": [otto]}
    assert launch_generation(prompt=words, **order).params == {**FOUR, "characters": [otto.remote_id]}  # type: ignore[arg-type]
    unnamed = preview(prompt=agency.prompt, mode="text_to_video", **order)  # type: ignore[arg-type]
    assert [each.code for each in unnamed.refusals] == ["character-unnamed"]
    elsewhere = {**order, "account": provider_account(sandbox.base_url)}
    foreign = preview(prompt=words, mode="text_to_video", **elsewhere)  # type: ignore[arg-type]
    assert [each.code for each in foreign.refusals] == ["character-account"]


def test_what_the_provider_refuses_is_told_and_its_name_is_free_again(
    agency: Agency, sandbox: Sandbox, tmp_path: Path
) -> None:
    short = kept(agency, small_mp4(tmp_path / "short.mp4", frames=12))
    account = provider_account(sandbox.base_url)
    failed = worked(make(agency, account, short))
    assert failed.state == "failed"
    assert failed.error_message
    assert make(agency, account, short).pk != failed.pk


def test_what_cannot_be_made_is_refused_and_nothing_is_written(agency: Agency, clip: Reference, tmp_path: Path) -> None:
    account = provider_account()
    picture = tmp_path / "a.png"
    picture.write_bytes(png())
    with pytest.raises(InvalidInput):
        make(agency, account, kept(agency, picture))
    for route in ("openai", "sandbox-ark"):
        with pytest.raises(Refused) as refused:
            make(agency, provider_account(route=route), clip)
        assert refused.value.code == "characters-unsupported"
    with pytest.raises(Forbidden):
        make_character(actor=agency.bob, project=agency.aurora, account=account, reference=clip, name="Otto")
    Reference.objects.filter(pk=clip.pk).update(project=agency.borealis)
    with pytest.raises(NotFound):
        make(agency, account, clip)
    assert (Character.objects.count(), Job.objects.exclude(kind="reference.preview").count()) == (0, 0)


def test_a_name_is_taken_once_per_account_and_project(agency: Agency, clip: Reference) -> None:
    make(agency, provider_account(), clip)
    with pytest.raises(Conflict):
        make(agency, Character.objects.get().account, clip)
    assert make(agency, provider_account(), clip).name == "Otto"


def test_nothing_sent_is_sent_later(agency: Agency, clip: Reference) -> None:
    otto = worked(make(agency, provider_account("http://localhost:9/v1"), clip))
    assert (otto.state, Job.objects.get(kind="character.create").state) == ("waiting", "queued")


def test_a_lost_answer_is_left_to_a_person_and_never_sent_again(agency: Agency, clip: Reference, deaf: "Deaf") -> None:
    otto = worked(make(agency, provider_account(f"http://localhost:{deaf.port}/v1"), clip))
    assert (otto.state, deaf.heard) == ("unknown", 1)
    assert drain() == 0 or deaf.heard == 1
    settled = settle_character(actor=agency.alice, character=otto, remote_id="char_7")
    assert (settled.state, settled.remote_id) == ("ready", "char_7")
    with pytest.raises(Conflict):
        settle_character(actor=agency.alice, character=otto)


def test_a_worker_that_died_while_sending_leaves_it_unknown(agency: Agency, clip: Reference, deaf: "Deaf") -> None:
    otto = make(agency, provider_account(f"http://localhost:{deaf.port}/v1"), clip)
    Character.objects.filter(pk=otto.pk).update(state="sending")
    assert (worked(otto).state, deaf.heard) == ("unknown", 0)
    assert settle_character(actor=agency.alice, character=otto).state == "failed"


@pytest.mark.parametrize(
    ("entered", "state", "told"),
    [
        ("its own", "ready", ""),
        ("char_nobody", "unknown", "The provider knows no character char_nobody."),
        ("another's", "unknown", "is called 'Ida'"),
    ],
)
def test_an_id_that_a_person_entered_is_asked_about(
    agency: Agency, sandbox: Sandbox, clip: Reference, entered: str, state: str, told: str
) -> None:
    """An id that is another's would put another character into paid clips."""
    account = provider_account(sandbox.base_url)
    otto, ida = worked(make(agency, account, clip)), worked(make(agency, account, clip, "Ida"))
    remote_id = {"its own": otto.remote_id, "another's": ida.remote_id}.get(entered, entered)
    Character.objects.filter(pk=otto.pk).update(state="unknown", remote_id="")
    assert settle_character(actor=agency.alice, character=otto, remote_id=remote_id).state == "ready"
    otto = worked(otto)
    assert (otto.state, otto.remote_id) == (state, remote_id if state == "ready" else "")
    assert told in otto.error_message
    if state == "unknown":
        assert settle_character(actor=agency.alice, character=otto).state == "failed"


class Deaf:
    """A server that reads a whole request and hangs up without an answer."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.heard = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(0.3)
                self.heard += 1
                try:
                    while connection.recv(65_536):
                        pass
                except TimeoutError:
                    pass


@pytest.fixture
def deaf() -> Iterator[Deaf]:
    server = Deaf()
    yield server
    server.socket.close()
