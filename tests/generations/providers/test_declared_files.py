"""Each declared file of a real service, from launch to clip: create, poll, cancel, download, errors, by its own wire."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from generations.actions.cancelling import cancel_generation
from generations.actions.launches import launch_generation
from generations.models import Generation, ProviderAccount, State
from generations.providers.declared_files import OURS, declared
from sorahub.jobs.models import Job
from sorahub.jobs.runner import drain
from tests.generations.factories import carry, small_mp4, track_once
from tests.generations.providers.played import FAL, FILE, GOOGLE, KEY, REPLICATE, RUNWAY, Played, Wire, playing
from tests.people import Agency, provider_account

pytestmark = [pytest.mark.django_db, pytest.mark.long]
EXAMPLE_ROW = "# [[row]]\n"
PARAMS = {"seconds": 5, "size": "1280x720", "seed": 7}
Play = Callable[..., Played]


def example_row(name: str) -> str:
    """The row at the end of a declared file, without its comment signs."""
    text = (OURS / f"{name}.toml").read_text(encoding="utf-8")
    return "".join(line[2:] for line in f"{EXAMPLE_ROW}{text.partition(EXAMPLE_ROW)[2]}".splitlines(keepends=True))


def completed_google() -> str:
    """Google's file as somebody would complete it who knows the rest; what it adds is invented here, for this test only."""
    text = (OURS / "google.toml").read_text(encoding="utf-8")
    head, _, rest = text.partition("unknown = [")
    field = '[[create.field]]\nto = "/invented"\ntake = "prompt"\n\n'
    places = 'path = "invented/{id}"\nstate = ["/status"]\nurl = ["/file"]\nfiltered_if = ["/taken"]\nerror_text = ["/why"]\n'
    rest = rest.partition("]\n")[2].replace("[[create.field]]", f"{field}[[create.field]]", 1)
    return head + rest.replace("[poll.states]", f"[poll]\n{places}\n[poll.states]")


@pytest.fixture
def own(tmp_path: Path, settings: Settings) -> Iterator[None]:
    """The operator's folders: the rows that our files give as examples, and Google completed."""
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "providers").mkdir()
    for name in ("runway", "replicate", "fal"):
        (tmp_path / "catalogue" / f"{name}.toml").write_text(example_row(name), encoding="utf-8")
    row = example_row("fal").replace('"fal"', '"google"').replace("owner/app/variant", "an-omni")
    amend = '[[amend]]\nroute = "google"\ndialects = ["declared:google-completed"]\nsource = "x"\nas_of = 2026-11-22\n'
    (tmp_path / "catalogue" / "google.toml").write_text(f"{amend}{row}", encoding="utf-8")
    (tmp_path / "providers" / "google-completed.toml").write_text(completed_google(), encoding="utf-8")
    settings.CATALOGUE_DIRS, settings.PROVIDER_DIRS = [str(tmp_path / "catalogue")], [str(tmp_path / "providers")]
    declared.cache_clear()
    yield
    declared.cache_clear()


@pytest.fixture
def play(own: None, tmp_path: Path) -> Iterator[Play]:
    """Start a server that plays a wire; all of them end with the test."""
    running = []
    clip = small_mp4(tmp_path / "clip.mp4").read_bytes()

    def start(wire: Wire, *words: str) -> Played:
        running.append(playing(wire, words, clip))
        return running[-1].__enter__()

    yield start
    for each in running:
        each.__exit__(None, None, None)


def account(play: Played) -> ProviderAccount:
    made = provider_account(play.server.url, route=play.wire.name.partition("-")[0])
    made.dialect = play.wire.dialect
    made.set_api_key(KEY)
    made.save()
    return made


def launched(agency: Agency, play: Played) -> Generation:
    return launch_generation(
        actor=agency.alice, prompt=agency.prompt, account=account(play), model="a-model", params=PARAMS
    )


def seen(generation: Generation, *states: str) -> Generation:
    """Work and track until it stands so."""
    deadline = time.monotonic() + 30
    while generation.state not in states:
        assert time.monotonic() < deadline, f"still {generation.state}"
        drain()
        track_once()
        time.sleep(0.02)
        generation.refresh_from_db()
    return generation


def ordered(play: Played) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(play.server.received[0].body)
    return body


WAYS: list[Any] = [
    (
        RUNWAY,
        ("PENDING", "THROTTLED", "RUNNING", "SUCCEEDED"),
        {"promptText": "A lighthouse at dawn", "ratio": "1280:720"},
    ),
    (REPLICATE, ("starting", "processing", "succeeded"), {}),
    (FAL, ("IN_QUEUE", "IN_PROGRESS", "COMPLETED"), {"prompt": "A lighthouse at dawn", "duration": 5, "seed": 7}),
    (GOOGLE, ("completed",), {"model": "an-omni", "invented": "A lighthouse at dawn"}),
]


@pytest.mark.parametrize(("wire", "words", "fields"), WAYS, ids=lambda each: getattr(each, "name", ""))
def test_from_launch_to_clip(
    agency: Agency, play: Play, wire: Wire, words: tuple[str, ...], fields: dict[str, Any]
) -> None:
    service = play(wire, *words)
    done = carry(launched(agency, service))
    assert done.state == State.SUCCEEDED, done.error_message
    assert done.clip is not None
    assert (done.clip.frame_count, done.remote_id) == (12, "owner/app/variant|t-1" if wire is FAL else "t-1")
    assert ordered(service).items() >= fields.items()
    assert (service.creates, service.calls("GET", FILE)) == (1, 1)
    assert service.words == [words[-1]]
    assert done.actual.get("units_milli") == (25_000 if wire is RUNWAY else None)


FAILURES: list[Any] = [
    pytest.param(RUNWAY, ("RUNNING", "FAILED"), "moderation_output", "SAFETY.OUTPUT.VIDEO", id="runway"),
    pytest.param(REPLICATE, ("processing", "failed"), "moderation_output", "NSFW content", id="replicate"),
    pytest.param(GOOGLE, ("failed",), "provider_transient", "No.", id="google"),
    pytest.param(GOOGLE, ("filtered",), "moderation_output", "A real person.", id="google, inside a success"),
]


@pytest.mark.parametrize(("wire", "words", "meaning", "told"), FAILURES)
def test_a_failure_says_of_what_kind_it_is(
    agency: Agency, play: Play, wire: Wire, words: tuple[str, ...], meaning: str, told: str
) -> None:
    service = play(wire, *words)
    failed = carry(launched(agency, service))
    assert (failed.state, failed.error_class) == (State.FAILED, meaning)
    assert told in f"{failed.error_code} {failed.error_message}"
    assert failed.clip is None
    assert (service.creates, service.calls("GET", FILE)) == (1, 0)


@pytest.mark.parametrize(
    "detail", ["content_policy_violation", [{"msg": "content_policy_violation", "type": "value_error"}]]
)
def test_fal_may_fail_in_the_result_request_only(agency: Agency, play: Play, detail: object) -> None:
    service = play(FAL, "IN_PROGRESS", "COMPLETED")
    service.result = (422, {"detail": detail})
    failed = carry(launched(agency, service))
    assert (failed.state, failed.error_class) == (State.FAILED, "moderation_input")
    assert "content_policy_violation" in failed.error_message
    assert (service.creates, failed.clip) == (1, None)


CANCELS: list[Any] = [
    pytest.param(RUNWAY, "PENDING", State.CANCELLED, id="runway"),
    pytest.param(REPLICATE, "processing", State.CANCELLED, id="replicate"),
    pytest.param(FAL, "IN_QUEUE", State.QUEUED, id="fal, whose word for it is not known"),
]


@pytest.mark.parametrize(("wire", "word", "state"), CANCELS)
def test_a_cancel_is_asked_for_and_believed_when_the_service_says_so(
    agency: Agency, play: Play, wire: Wire, word: str, state: str
) -> None:
    service = play(wire, word)
    generation = seen(launched(agency, service), State.QUEUED, State.RUNNING)
    cancel_generation(actor=agency.alice, generation=generation)
    drain()
    assert wire.stop is not None
    assert service.calls(*wire.stop[:2]) == 1
    generation = seen(generation, state)
    assert generation.cancel_requested_at is not None
    assert (service.creates, service.calls("GET", FILE)) == (1, 0)


@pytest.mark.parametrize("wire", [RUNWAY, REPLICATE, FAL], ids=lambda each: each.name)
def test_too_many_requests_make_nothing_and_are_sent_again_when_the_service_asked_for_it(
    agency: Agency, play: Play, wire: Wire
) -> None:
    service = play(wire, *wire.looks)
    service.refusals = [(429, {"error": "Too many", "detail": "Too many"}, {"Retry-After": "2"})]
    generation = launched(agency, service)
    drain()
    generation.refresh_from_db()
    assert (generation.state, generation.error_class) == (State.RESERVED, "rate_limited")
    assert [*generation.spend.values_list("kind", flat=True)] == ["reserved"]
    generation.account.refresh_from_db()
    assert generation.account.resume_at is not None
    Job.objects.filter(kind="generation.submit").update(run_at=generation.account.resume_at)
    service.words = [each for each in wire.looks if each.lower() in ("succeeded", "completed")]
    done = carry(generation)
    assert (done.state, service.creates) == (State.SUCCEEDED, 2)


@pytest.mark.parametrize(
    ("wire", "status", "body", "meaning"),
    [
        (RUNWAY, 400, {"error": "Bad ratio"}, "invalid_request"),
        (REPLICATE, 402, {"title": "Insufficient credit", "detail": "Top up."}, "account"),
        (
            REPLICATE,
            422,
            {"title": "Input validation failed", "detail": "- input.prompt is required"},
            "invalid_request",
        ),
        (FAL, 422, {"detail": [{"msg": "content_policy_violation"}]}, "moderation_input"),
        (GOOGLE, 403, {"error": "denied"}, "account"),
    ],
)
def test_a_refused_order_frees_its_money(
    agency: Agency, play: Play, wire: Wire, status: int, body: object, meaning: str
) -> None:
    service = play(wire, *wire.looks)
    service.refusals = [(status, body, {})] * 3
    failed = carry(launched(agency, service))
    assert (failed.state, failed.error_class, failed.remote_id) == (State.FAILED, meaning, None)
    assert sorted(failed.spend.values_list("kind", flat=True)) == ["released", "reserved"]
    assert service.creates == 1


def test_googles_third_word_is_no_end_and_tells_somebody(agency: Agency, play: Play) -> None:
    service = play(GOOGLE, "requires_action")
    generation = seen(launched(agency, service), State.RUNNING)
    assert generation.raw_state == "requires_action"
    assert "requires_action" in generation.alarm
    service.words = ["completed"]
    assert carry(generation).state == State.SUCCEEDED
