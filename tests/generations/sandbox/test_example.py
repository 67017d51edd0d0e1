"""The invented wire: every answer as the reference page shows it."""

import io
from collections.abc import Iterator
from typing import Any

import av
import httpx
import pytest

from tests.generations.sandbox.process import RunningSandbox
from tests.generations.sandbox.wires import waited

ORDER: dict[str, Any] = {"words": "a hill", "width": 320, "height": 240, "length": 1}


@pytest.fixture(scope="module")
def http(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{sandbox.url}/example/v2/", headers={"x-example-key": "alice"}) as client:
        yield client


@pytest.fixture(scope="module")
def idle(idle_sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{idle_sandbox.url}/example/v2/", headers={"x-example-key": "alice"}) as client:
        yield client


def made(client: httpx.Client, **changes: object) -> str:
    answer = client.post("render", json=ORDER | changes)
    assert answer.status_code == 202, answer.text
    ref: str = answer.json()["job"]["ref"]
    return ref


def job(client: httpx.Client, ref: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"jobs/{ref}").json()["job"]
    return found


def fault(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["fault"]["kind"]


def test_a_job_goes_from_order_to_file(http: httpx.Client) -> None:
    ref = made(http, voice=False, caller="take-1")
    ready = waited(lambda: job(http, ref), lambda told: told["phase"] == "ready")
    assert ready == {"ref": ref, "phase": "ready", "percent": 100, "caller": "take-1", "price": {"credits": 10}}
    (file,) = http.get(f"jobs/{ref}/result").json()["files"]
    with av.open(io.BytesIO(httpx.get(file["href"]).read()), "r") as clip:
        assert (clip.streams.video[0].frames, clip.streams.video[0].width, len(clip.streams.audio)) == (24, 320, 0)


def test_a_job_that_is_drawn_can_be_stopped_and_stays_stopped(http: httpx.Client) -> None:
    ref = made(http, width=1920, height=1080, length=12)
    waited(lambda: job(http, ref), lambda told: told["phase"] == "drawing" and told["percent"] > 0)
    stopped = http.post(f"jobs/{ref}/stop")
    assert (stopped.status_code, stopped.json()["job"]["phase"]) == (200, "stopped")
    assert fault(http.post(f"jobs/{ref}/stop")) == (409, "too-late")
    assert fault(http.get(f"jobs/{ref}/result")) == (409, "not-ready")
    following = made(http)
    waited(lambda: job(http, following), lambda told: told["phase"] == "ready")
    assert job(http, ref)["phase"] == "stopped"


def test_a_waiting_job_can_be_stopped(idle: httpx.Client) -> None:
    ref = made(idle)
    assert job(idle, ref) == {"ref": ref, "phase": "waiting", "percent": 0}
    assert idle.post(f"jobs/{ref}/stop").json()["job"]["phase"] == "stopped"


def test_a_broken_job_says_why(http: httpx.Client) -> None:
    ref = made(http, words="sandbox:moderated-output")
    told = waited(lambda: job(http, ref), lambda told: told["phase"] == "broken")
    assert (told["problem"]["kind"], "price" in told) == ("forbidden-picture", False)


def test_a_callers_reference_finds_its_job_and_is_taken_once(idle: httpx.Client) -> None:
    ref = made(idle, caller="take-2")
    assert [told["ref"] for told in idle.get("jobs?caller=take-2").json()["jobs"]] == [ref]
    assert fault(idle.post("render", json=ORDER | {"caller": "take-2"})) == (409, "taken")


@pytest.mark.parametrize(
    "changes", [{"words": ""}, {"width": 200}, {"height": "240"}, {"length": 13}, {"voice": "yes"}, {"caller": 7}]
)
def test_an_order_that_cannot_be_read_is_refused(idle: httpx.Client, changes: dict[str, object]) -> None:
    before = idle.get("jobs").json()["jobs"]
    assert fault(idle.post("render", json=ORDER | changes)) == (422, "wrong-order")
    assert idle.get("jobs").json()["jobs"] == before


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("moderated-input", (422, "forbidden-words")),
        ("rate-limit", (429, "slow-down")),
        ("server-error", (500, "trouble")),
        ("arrears", (402, "no-credits")),
    ],
)
def test_a_refusing_word_gives_a_fault(idle: httpx.Client, word: str, expected: tuple[int, str]) -> None:
    answer = idle.post("render", json=ORDER | {"words": f"example, sandbox:{word}"})
    assert fault(answer) == expected
    assert answer.headers.get("retry-after") == ("2" if word == "rate-limit" else None)


def test_a_key_and_a_known_job_are_needed(idle: httpx.Client) -> None:
    assert fault(httpx.get(f"{idle.base_url}jobs")) == (401, "no-key")
    assert fault(idle.get("jobs/ex-none")) == (404, "no-job")
