"""Declared providers: a wire as data, checked when it is read, driven over real HTTP."""

import asyncio
import datetime as dt
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import jwt
import pytest
from pytest_django.fixtures import Settings
from standardwebhooks import Webhook

from generations.providers import adapter, dialects
from generations.providers.base import (
    AccountFacts,
    CancelOutcome,
    CreateRequest,
    ErrorClass,
    ProviderError,
    ReferenceFile,
    RemoteState,
    RemoteTask,
    Variant,
    WebhookRefused,
)
from generations.providers.declared import DeclaredProvider
from generations.providers.declared_files import DeclarationError, declarations_are_readable, declared, load, read
from sorahub.lib.errors import InvalidInput
from tests.generations.providers.canned import KEY, LOOPBACK, in_turn, said, video
from tests.generations.sandbox.process import RunningSandbox, running_sandbox
from tests.lib.servers import Received, Server, reply, serving

FOX = CreateRequest("a/b/c", "A fox", 4, 1280, 720, ratio="16:9", resolution="720p", audio="on", client_id="our-id")
PICTURE = ReferenceFile("fox.png", "image/png", b"\x89PNG")
SECRET = "whsec_c2FuZGJveC10ZXN0LXNlY3JldC0wMTIzNDU2Nzg5"
PAIR = "access:" + "planted-secret-half-0123456789abcdef"
SINCE = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
SMALLEST = """
title = "A service"
source = "its documents"
as_of = 2026-11-22
[create]
path = "jobs"
id = ["/id"]
field = [{ to = "/words", take = "prompt" }]
[poll]
path = "jobs/{id}"
state = ["/state"]
states = { done = "fetching" }
url = ["/file"]
"""


def account(name: str, url: str = "http://127.0.0.1:9", **changes: Any) -> DeclaredProvider:
    facts = AccountFacts(f"declared:{name}", url, KEY, allowed_networks=LOOPBACK)
    pair = {"api_key": PAIR} if name == "kling-legacy" else {}
    made = adapter(replace(facts, **{**pair, **changes}))
    assert isinstance(made, DeclaredProvider)
    return made


def at(name: str, server: Server, **changes: Any) -> DeclaredProvider:
    return account(name, server.url, **changes)


def sent(
    name: str, request: CreateRequest, answer: dict[str, Any], **changes: Any
) -> tuple[Received, dict[str, Any], str]:
    """Order it; return what arrived, its body, and the id that is kept."""
    with serving(said(200, answer)) as server:
        made = at(name, server, **changes).create(request)
    (received,) = server.received
    return received, json.loads(received.body), made.remote_id


def polled(name: str, body: object, *, remote_id: str = "t-1", status: int = 200) -> RemoteTask:
    with serving(said(status, body)) as server:
        return at(name, server).get(remote_id)


def failing(name: str, status: int, body: object, **headers: str) -> ProviderError:
    """The error of a create that is answered so."""
    with serving(said(status, body, **headers)) as server, pytest.raises(ProviderError) as caught:
        at(name, server).create(FOX)
    assert len(server.received) == 1
    return caught.value


# ---- files


def test_every_file_is_read_and_the_incomplete_ones_say_what_they_lack() -> None:
    incomplete = {name for name, each in declared().items() if each.unknown}
    assert incomplete == {"google", "vofy"}
    assert {"declared:example", "declared:runway", "declared:vofy", "kling"} <= set(dialects())


def test_an_incomplete_declaration_refuses_to_be_used_and_names_what_is_missing() -> None:
    with pytest.raises(InvalidInput) as caught:
        account("vofy")
    assert caught.value.code == "declared-incomplete"
    assert "the base address of an HTTP API for servers" in caught.value.message


def test_a_name_that_no_file_declares_is_refused() -> None:
    with pytest.raises(InvalidInput, match="No file declares a provider 'nobody'"):
        account("nobody")


@pytest.mark.parametrize(
    ("change", "to", "words"),
    [
        ('path = "jobs"', 'path = "https://elsewhere.example/jobs"', "create.path: Value error"),
        ('path = "jobs"', 'path = "../jobs"', "must be a path below the base address"),
        ('path = "jobs"', 'path = "jobs/{secret}"', "holds unknown places: secret"),
        ('id = ["/id"]', 'id = ["id"]', "create.id.0"),
        ('take = "prompt"', 'take = "password"', "is none of: model, prompt"),
        ('take = "prompt"', 'take = "prompt", value = 1', "give either take or value"),
        ('"fetching"', '"finished"', "'finished' is not a valid RemoteState"),
        ('title = "A service"', "title = 7", "title: Input should be a valid string"),
        ('url = ["/file"]', "", "neither poll.url nor result"),
        ("[poll]", "[polls]", "polls: Extra inputs are not permitted"),
        ('state = ["/state"]', "", "poll needs its path"),
        ("[create]", "[create", "Expected ']'"),
    ],
)
def test_a_wrong_file_is_refused_with_file_and_field(tmp_path: Path, change: str, to: str, words: str) -> None:
    file = tmp_path / "service.toml"
    file.write_text(SMALLEST.replace(change, to, 1), encoding="utf-8")
    with pytest.raises(DeclarationError) as caught:
        read(file)
    assert "service.toml" in str(caught.value)
    assert words in str(caught.value)


def test_a_customers_file_stands_beside_ours_but_not_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SMALLEST, encoding="utf-8")
    assert set(load(tmp_path)) == {"mine"}
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.toml").write_text(SMALLEST, encoding="utf-8")
    with pytest.raises(DeclarationError, match="mine is declared already, by"):
        load(tmp_path, other)


def test_a_wrong_file_of_the_operator_stops_every_command(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "broken.toml").write_text("title = 7", encoding="utf-8")
    settings.PROVIDER_DIRS = [str(tmp_path)]
    declared.cache_clear()
    try:
        (found,) = declarations_are_readable(None)
    finally:
        declared.cache_clear()
    assert found.id == "providers.E001"
    assert found.msg.startswith("broken.toml: title: Input should be a valid string")


# ---- orders


def test_runway_gets_its_version_and_its_ratio_in_pixels() -> None:
    request = replace(FOX, model="gen4.5", mode="image_to_video", references=(PICTURE,), seed=7)
    received, body, remote_id = sent("runway", request, {"id": "t-1"})
    assert (received.method, received.path) == ("POST", "/v1/image_to_video")
    assert received.headers["x-runway-version"] == "2024-11-06"
    assert received.headers["authorization"] == f"Bearer {KEY}"
    assert body == {
        "model": "gen4.5",
        "promptText": "A fox",
        "duration": 4,
        "ratio": "1280:720",
        "seed": 7,
        "promptImage": "data:image/png;base64,iVBORw==",
    }
    assert remote_id == "t-1"


def test_replicate_nests_its_input_and_takes_a_callback() -> None:
    request = replace(FOX, model="owner/name", callback_url="https://hub.test/hook")
    received, body, _ = sent("replicate", request, {"id": "p1", "status": "starting"})
    assert received.path == "/v1/models/owner/name/predictions"
    assert body == {
        "input": {"prompt": "A fox", "duration": 4, "aspect_ratio": "16:9", "resolution": "720p"},
        "webhook": "https://hub.test/hook",
    }


def test_fal_keeps_the_application_with_the_id_and_asks_below_it() -> None:
    received, _, remote_id = sent("fal", FOX, {"request_id": "r 1"})
    assert (received.path, received.headers["authorization"]) == ("/a/b/c", f"Key {KEY}")
    assert remote_id == "a/b/c|r 1"
    with serving(said(200, {"status": "IN_PROGRESS"})) as server:
        assert at("fal", server).get(remote_id).state is RemoteState.RUNNING
    assert server.received[0].path == "/a/b/requests/r%201/status"


def test_legacy_kling_signs_a_fresh_token_for_each_call() -> None:
    request = replace(FOX, model="kling-v3", callback_url="https://hub.test/hook", negative="rain")
    received, body, remote_id = sent("kling-legacy", request, {"data": {"task_id": "9"}})
    assert received.path == "/v1/videos/text2video"
    claims = jwt.decode(
        received.headers["authorization"].removeprefix("Bearer "),
        PAIR.partition(":")[2],
        algorithms=["HS256"],
        issuer="access",
    )
    assert (claims["exp"] - claims["nbf"], abs(claims["nbf"] + 5 - time.time()) < 5) == (1805, True)
    assert body == {
        "model_name": "kling-v3", "prompt": "A fox", "negative_prompt": "rain", "duration": "4", "mode": "std",
        "aspect_ratio": "16:9", "sound": "on", "external_task_id": "our-id",
    }  # fmt: skip
    assert remote_id == "text2video|9"


def test_a_value_that_is_needed_and_missing_is_refused_before_any_call() -> None:
    with serving(said(200, {})) as server, pytest.raises(ProviderError) as caught:
        at("runway", server).create(replace(FOX, mode="image_to_video"))
    assert (caught.value.code, caught.value.charged, server.received) == ("missing-value", False, [])


# ---- tasks


@pytest.mark.parametrize(
    ("name", "body", "state", "progress", "url"),
    [
        ("runway", {"status": "THROTTLED"}, "queued", None, None),
        ("runway", {"status": "RUNNING", "progress": 0.42}, "running", 42, None),
        ("runway", {"status": "SUCCEEDED", "output": ["https://x.test/v"]}, "fetching", None, "https://x.test/v"),
        ("runway", {"status": "CANCELLED"}, "cancelled", None, None),
        ("replicate", {"status": "succeeded", "output": "https://x.test/v"}, "fetching", None, "https://x.test/v"),
        ("replicate", {"status": "succeeded", "output": ["https://x.test/w"]}, "fetching", None, "https://x.test/w"),
        ("replicate", {"status": "canceled"}, "cancelled", None, None),
        ("fal", {"status": "IN_QUEUE"}, "queued", None, None),
        ("fal", {"status": "COMPLETED"}, "fetching", None, None),
    ],
)
def test_their_words_become_ours(name: str, body: object, state: str, progress: int | None, url: str | None) -> None:
    task = polled(name, body, remote_id="a/b|t-1" if name == "fal" else "t-1")
    assert (task.state.value, task.progress, task.result_url, task.alarm) == (state, progress, url, "")


def test_legacy_kling_tells_its_task_its_bill_and_why_it_failed() -> None:
    done = {
        "code": 0,
        "message": "SUCCEED",
        "data": {
            "task_id": "9", "task_status": "succeed", "created_at": 1795348800123, "final_unit_deduction": "3.5",
            "task_result": {"videos": [{"url": "https://x.test/v", "duration": "5.0"}]},
        },
    }  # fmt: skip
    task = polled("kling-legacy", done, remote_id="text2video|9")
    assert (task.state, task.result_url, task.actual.units_milli, task.actual.seconds) == (
        RemoteState.FETCHING,
        "https://x.test/v",
        3500,
        5,
    )
    failed = {"code": 0, "message": "SUCCEED", "data": {"task_status": "failed", "task_status_msg": "No such style"}}
    error = polled("kling-legacy", failed, remote_id="text2video|9").error
    assert error is not None
    assert error.detail == "No such style"


def test_an_error_that_hides_inside_a_success_is_a_failure() -> None:
    task = polled("fal", {"status": "COMPLETED", "error": "content_policy_violation"}, remote_id="a/b|t-1")
    assert task.state is RemoteState.FAILED
    assert task.error is not None
    assert task.error.error_class is ErrorClass.MODERATION_INPUT


def test_runways_safety_codes_say_which_side_was_refused() -> None:
    said_codes = {
        "SAFETY.INPUT.TEXT": "moderation_input",
        "SAFETY.OUTPUT.VIDEO": "moderation_output",
        "X": "provider_transient",
    }
    for code, meaning in said_codes.items():
        error = polled("runway", {"status": "FAILED", "failureCode": code, "failure": "No."}).error
        assert error is not None
        assert (error.error_class.value, error.code) == (meaning, code)


def test_an_unknown_word_keeps_it_running_and_raises_an_alarm() -> None:
    task = polled("runway", {"status": "PONDERING"})
    assert (task.state, task.raw_state) == (RemoteState.RUNNING, "PONDERING")
    assert "PONDERING" in task.alarm


@pytest.mark.parametrize("body", [{}, [], None, "text", {"status": None}, {"status": {"a": 1}}])
def test_an_answer_without_a_state_is_an_integrity_error_not_an_end(body: object) -> None:
    with pytest.raises(ProviderError) as caught:
        polled("runway", body)
    assert caught.value.error_class is ErrorClass.INTEGRITY


def test_what_the_provider_does_not_know_is_lost() -> None:
    assert polled("runway", {}, status=404).state is RemoteState.LOST


# ---- errors


@pytest.mark.parametrize(
    ("name", "status", "body", "meaning", "safe"),
    [
        ("example", 429, {"fault": {"kind": "slow-down"}}, "rate_limited", True),
        ("example", 402, {"fault": {"kind": "no-credits"}}, "account", False),
        ("example", 422, {"fault": {"kind": "forbidden-words"}}, "moderation_input", False),
        ("example", 500, {"fault": {"kind": "trouble"}}, "ambiguous_submit", False),
        ("example", 503, {"fault": {"kind": "slow-down"}}, "rate_limited", True),
        ("runway", 503, "busy", "ambiguous_submit", False),
        ("runway", 401, {}, "auth", False),
        ("kling-legacy", 429, {"code": 1102, "message": "Pack exhausted"}, "account", False),
        ("kling-legacy", 429, {"code": 1303, "message": "Too many"}, "concurrency_limited", True),
        ("kling-legacy", 400, {"code": 1301, "message": "No."}, "moderation_input", False),
        ("kling-legacy", 504, {"code": 5002, "message": "Slow"}, "ambiguous_submit", False),
    ],
)
def test_errors_mean_what_the_file_says_by_code_before_status(
    name: str, status: int, body: object, meaning: str, safe: bool
) -> None:
    error = failing(name, status, body)
    assert (error.error_class.value, error.safe_to_resubmit) == (meaning, safe)


def test_an_order_that_is_taken_without_an_id_is_in_doubt() -> None:
    assert failing("runway", 200, {"name": "x"}).error_class is ErrorClass.AMBIGUOUS_SUBMIT


def test_the_secret_half_of_a_pair_is_never_repeated() -> None:
    with (
        serving(said(400, {"code": 1200, "message": f"bad key {PAIR} here"})) as server,
        pytest.raises(ProviderError) as caught,
    ):
        at("kling-legacy", server).create(replace(FOX, model="kling-v3"))
    assert "planted-secret-half" not in f"{caught.value} {caught.value.detail}"


def test_an_order_is_looked_up_below_its_task_where_the_path_says_so(tmp_path: Path, settings: Settings) -> None:
    find = '[find]\npath = "jobs/{task}"\nquery = "ours"\nitems = "/jobs"\nid = ["/id"]\nclient_id = ["/ours"]\n'
    text = SMALLEST.replace('path = "jobs"', 'path = "jobs/{task}"\ntasks = { text_to_video = "words" }', 1)
    (tmp_path / "mine.toml").write_text(text + find, encoding="utf-8")
    settings.PROVIDER_DIRS = [str(tmp_path)]
    declared.cache_clear()
    try:
        with serving(said(200, {"jobs": [{"id": "7", "ours": "our-id"}, {"id": "8", "ours": "another"}]})) as server:
            found = at("mine", server).find(FOX, SINCE)
    finally:
        declared.cache_clear()
    assert [task.remote_id for task in found] == ["7"]
    assert server.received[0].path == "/jobs/words?ours=our-id"


# ---- cancel, download, webhooks, check


def test_cancel_looks_first_since_the_same_call_may_delete_what_is_done() -> None:
    with serving(in_turn(said(200, {"status": "SUCCEEDED"}))) as server:
        assert at("runway", server).cancel("t-1") is CancelOutcome.TOO_LATE
    assert [each.method for each in server.received] == ["GET"]
    with serving(in_turn(said(200, {"status": "PENDING"}), said(204, None))) as server:
        assert at("runway", server).cancel("t-1") is CancelOutcome.REQUESTED
    assert [each.method for each in server.received] == ["GET", "DELETE"]


def test_what_cannot_be_cancelled_says_so() -> None:
    assert account("kling-legacy").cancel("text2video|9") is CancelOutcome.UNSUPPORTED


def test_the_second_request_tells_where_the_file_lies_and_the_key_stays_home() -> None:
    with serving(video) as store, serving(said(200, {"video": {"url": f"{store.url}/v.mp4"}})) as server:
        facts = {"result_ports": (int(store.url.rpartition(":")[2]),)}
        with at("fal", server, **facts).download("a/b/c|t-1") as stream:
            assert stream.read() == b"v" * 5000
    assert server.received[0].path == "/a/b/requests/t-1"
    assert "authorization" not in store.received[0].headers


def test_a_thumbnail_is_not_offered() -> None:
    with pytest.raises(ProviderError) as caught:
        account("runway").download("t-1", Variant.THUMBNAIL)
    assert caught.value.code == "variant-unsupported"


def test_signed_calls_are_hints_and_unsigned_ones_are_refused() -> None:
    raw = json.dumps({"id": "p1"}).encode()
    now = dt.datetime.now(tz=dt.UTC)
    signature = Webhook(SECRET).sign("msg_1", now, raw.decode())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    hub = account("replicate", webhook_secrets=(SECRET,))
    hint = hub.verify_webhook(headers, raw)
    assert (hint.webhook_id, hint.remote_id, hint.signed) == ("msg_1", "p1", True)
    for wrong in ({}, {**headers, "webhook-id": "msg_2"}):
        with pytest.raises(WebhookRefused):
            hub.verify_webhook(wrong, raw, trusted_path=True)
    with pytest.raises(WebhookRefused):
        account("runway").verify_webhook({}, raw, trusted_path=True)


@pytest.mark.parametrize(("status", "code"), [(404, "ok"), (200, "ok"), (401, "auth"), (500, "http-500")])
def test_the_account_check_spends_nothing(status: int, code: str) -> None:
    with serving(said(status, {})) as server:
        assert at("runway", server).check().code == code
    assert [each.method for each in server.received] == ["GET"]


def test_any_answer_is_survived() -> None:
    def gibberish(handler: BaseHTTPRequestHandler, received: Received) -> None:
        reply(handler, 200, b"\xff\xfe not json", {"Content-Type": "application/json"})

    with serving(gibberish) as server, pytest.raises(ProviderError) as caught:
        at("example", server).get("t-1")
    assert caught.value.error_class is ErrorClass.INTEGRITY


# ---- the whole way, against the embedded service


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    program = ("-m", "tests.generations.quick_sandbox")
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), "--speed", "0", program=program) as running:
        yield running


def example(sandbox: RunningSandbox, **changes: Any) -> DeclaredProvider:
    return account("example", f"{sandbox.url}/example", **changes)


def waited(service: DeclaredProvider, remote_id: str) -> RemoteTask:
    """Ask, as the tracker does, until it has ended."""

    async def ask() -> RemoteTask:
        for _ in range(300):
            task = await service.aget(remote_id)
            if task.state not in (RemoteState.QUEUED, RemoteState.RUNNING):
                break
            await asyncio.sleep(0.1)
        await service.aclose()
        return task

    return asyncio.run(ask())


def order(prompt: str = "A fox") -> CreateRequest:
    return replace(FOX, prompt=prompt, seconds=1, width=426, height=240, audio="off", client_id=uuid.uuid4().hex)


@pytest.mark.slow
def test_the_example_goes_the_whole_way(sandbox: RunningSandbox) -> None:
    service, asked = example(sandbox), order()
    made = service.create(asked)
    assert [task.remote_id for task in service.find(asked, SINCE)] == [made.remote_id]
    task = waited(service, made.remote_id)
    assert (task.state, task.actual.units_milli, task.error) == (RemoteState.FETCHING, 10_000, None)
    with service.download(made.remote_id, result_url=task.result_url) as stream:
        assert stream.read()[4:8] == b"ftyp"
    assert service.cancel(made.remote_id) is CancelOutcome.TOO_LATE
    assert service.check().ok


@pytest.mark.slow
def test_the_examples_troubles_are_read_rightly(sandbox: RunningSandbox) -> None:
    service = example(sandbox)
    assert service.find(order(), SINCE) == []
    assert service.get("ex-nobody").state is RemoteState.LOST
    for word, meaning in {"moderated-input": "moderation_input", "server-error": "ambiguous_submit"}.items():
        with pytest.raises(ProviderError) as caught:
            service.create(order(f"sandbox:{word} {uuid.uuid4()}"))
        assert caught.value.error_class.value == meaning
    lost = order(f"sandbox:dropped-connection {uuid.uuid4()}")
    with pytest.raises(ProviderError) as dropped:
        service.create(lost)
    assert dropped.value.error_class is ErrorClass.AMBIGUOUS_SUBMIT
    assert len(service.find(lost, SINCE)) == 1
    blocked = waited(service, service.create(order("sandbox:moderated-output")).remote_id)
    assert blocked.error is not None
    assert blocked.error.error_class is ErrorClass.MODERATION_OUTPUT
