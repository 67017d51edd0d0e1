"""A server of the agency's own, described in its own catalogue, whose DELETE stops a task that runs."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from generations.actions.cancelling import cancel_generation
from generations.actions.launches import launch_generation
from generations.models import Generation, State
from sorahub.jobs.runner import drain
from tests.generations.catalog.test_operator import OWN
from tests.lib.servers import Received, Server, reply, serving
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db
PARAMS = {"seconds": 5, "size": "832x480"}
OPTIONS = 'options = { multipart = true, delete_cancels = true, file_video = "video_reference", steps = 30 }'
PRICE = 'pricing = { kind = "per_second", currency = "USD", source = "our own", as_of = 2026-11-01, prices = { "" = 1000 } }'


@pytest.fixture
def server(tmp_path: Path, settings: Settings) -> Iterator[Server]:
    """A service with one task that is never done until it is deleted, and the catalogue that knows it."""
    own = OWN.replace("options = { steps = 30 }", f"{OPTIONS}\n{PRICE}")
    (tmp_path / "own.toml").write_text(own, encoding="utf-8")
    settings.CATALOGUE_DIRS = [str(tmp_path)]
    task = {"id": "video_1", "model": "wan", "status": "in_progress", "seconds": "5", "size": "832x480"}

    def answer(handler: BaseHTTPRequestHandler, received: Received) -> None:
        if received.method == "DELETE":
            task["status"] = "deleted"
        reply(handler, 200, json.dumps(task).encode(), {"Content-Type": "application/json"})

    with serving(answer) as running:
        yield running


def launched(agency: Agency, server: Server) -> Generation:
    account = provider_account(f"{server.url}/v1", route="house")
    generation = launch_generation(
        actor=agency.alice, prompt=agency.prompt, account=account, model="wan", params=PARAMS
    )
    drain()
    generation.refresh_from_db()
    return generation


def test_an_order_goes_as_the_row_says_and_a_cancel_deletes_the_running_task(agency: Agency, server: Server) -> None:
    generation = launched(agency, server)
    assert (generation.state, generation.remote_id) == (State.QUEUED, "video_1")
    (create,) = server.received
    assert create.headers["content-type"].startswith("multipart/form-data")
    assert b'name="steps"\r\n\r\n30\r\n' in create.body
    cancel_generation(actor=agency.alice, generation=generation)
    drain()
    generation.refresh_from_db()
    assert generation.state == State.CANCELLED
    assert [received.method for received in server.received if received.method != "GET"] == ["POST", "DELETE"]
