"""How servers of the dialect differ, one by one, each as a small real server; the adapter must read all of
them.
"""

import asyncio
import base64
import datetime as dt
import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from standardwebhooks import Webhook

from generations.providers import adapter, dialects
from generations.providers.base import (
    AccountFacts,
    CreateRequest,
    ErrorClass,
    ProviderError,
    ReferenceFile,
    RemoteState,
    Variant,
    WebhookRefused,
)
from generations.providers.openai_videos import OpenAIVideos
from sorahub.lib import http
from sorahub.lib.errors import InvalidInput
from tests.lib.servers import Received, Server, reply, serving

KEY = "sk-planted-0123456789"
FOX = CreateRequest("sora-2", "A fox in the snow", 4, 1280, 720)
SINCE = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
OLD_SECRET = "whsec_" + base64.b64encode(b"o" * 32).decode()


def said(status: int, body: object, **headers: str) -> Callable[[BaseHTTPRequestHandler, Received], None]:
    """A server that always answers this JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(handler: BaseHTTPRequestHandler, received: Received) -> None:
        reply(handler, status, json.dumps(body).encode(), {"Content-Type": "application/json", **named})

    return answer


def routed(answers: Mapping[str, tuple[int, object]]) -> Callable[[BaseHTTPRequestHandler, Received], None]:
    """A server that knows these calls ("GET /v1/videos/x", without a query) and answers 404 to all others."""

    def answer(handler: BaseHTTPRequestHandler, received: Received) -> None:
        status, body = answers.get(f"{received.method} {received.path.partition('?')[0]}", (404, {"detail": "?"}))
        said(status, body)(handler, received)

    return answer


def facts(url: str, **changes: Any) -> AccountFacts:
    given = AccountFacts("openai_videos", f"{url}/v1", KEY, (SECRET,), ("127.0.0.0/8",))
    return replace(given, **changes)


def at(server: Server, **changes: Any) -> OpenAIVideos:
    return OpenAIVideos(facts(server.url, **changes))


def job(**changes: object) -> dict[str, object]:
    """The task object of OpenAI's contract."""
    return {
        "id": "video_1", "object": "video", "model": "sora-2", "status": "queued", "progress": 0,
        "created_at": 1795348800, "size": "1280x720", "seconds": "4", **changes,
    }  # fmt: skip


def test_the_registry_knows_the_dialect_and_refuses_another() -> None:
    assert {"openai_videos", "kling", "ark"} <= set(dialects())
    assert isinstance(adapter(facts("http://127.0.0.1:9")), OpenAIVideos)
    with pytest.raises(InvalidInput, match="'telegraph'"):
        adapter(replace(facts("http://127.0.0.1:9"), dialect="telegraph"))


def test_a_create_is_one_post_with_the_key_and_the_contracts_fields() -> None:
    with serving(said(200, job(), x_request_id="req_9")) as server:
        created = at(server).create(replace(FOX, seed=7))
    assert (created.remote_id, created.state, created.raw_state) == ("video_1", RemoteState.QUEUED, "queued")
    assert created.request_id == "req_9"
    (received,) = server.received
    assert (received.method, received.path) == ("POST", "/v1/videos")
    assert received.headers["authorization"] == f"Bearer {KEY}"
    assert json.loads(received.body) == {
        "model": "sora-2", "prompt": "A fox in the snow", "seconds": "4", "size": "1280x720", "seed": 7,
    }  # fmt: skip


def test_a_reference_goes_along_as_multipart() -> None:
    frame = ReferenceFile("frame.png", "image/png", b"\x89PNG")
    with serving(said(200, job())) as server:
        at(server).create(replace(FOX, references=(frame,)))
    body = server.received[0].body
    assert b'name="input_reference"; filename="frame.png"' in body
    assert b'name="seconds"\r\n\r\n4\r\n' in body


@pytest.mark.parametrize(
    "body",
    [
        {"code": "success", "data": {"id": "t-1", "status": "NOT_START"}},
        {"task_id": "t-1", "status": "submitted", "data": {"id": "upstream"}},
        {"id": "t-1"},
    ],
)
def test_a_wrapped_or_bare_answer_to_create_gives_the_outer_id(body: object) -> None:
    with serving(said(200, body)) as server:
        created = at(server).create(FOX)
    assert (created.remote_id, created.state) == ("t-1", RemoteState.QUEUED)


@pytest.mark.parametrize(
    ("status", "error", "kind", "resubmit", "charged"),
    [
        (401, {"code": "invalid_api_key"}, ErrorClass.AUTH, False, False),
        (400, {"type": "no_db_connection"}, ErrorClass.AUTH, False, False),
        (400, {"code": "moderation_blocked"}, ErrorClass.MODERATION_INPUT, False, False),
        (400, {"code": "invalid_type"}, ErrorClass.INVALID_REQUEST, False, False),
        (422, {}, ErrorClass.INVALID_REQUEST, False, False),
        (402, {}, ErrorClass.ACCOUNT, False, False),
        (429, {"code": "insufficient_quota"}, ErrorClass.ACCOUNT, False, False),
        (429, {"code": "rate_limit_exceeded"}, ErrorClass.RATE_LIMITED, True, False),
        (404, {"code": "model_not_found"}, ErrorClass.PROVIDER_PERMANENT, False, False),
        (410, {}, ErrorClass.PROVIDER_PERMANENT, False, False),
        (500, {}, ErrorClass.AMBIGUOUS_SUBMIT, False, None),
        (503, {"code": "overloaded"}, ErrorClass.AMBIGUOUS_SUBMIT, False, None),
        (408, {}, ErrorClass.AMBIGUOUS_SUBMIT, False, None),
    ],
)
def test_a_refused_create_is_classified_by_code_first_and_status_second(
    status: int, error: dict[str, str], kind: ErrorClass, *, resubmit: bool, charged: bool | None
) -> None:
    with serving(said(status, {"error": {"message": "no", **error}})) as server, pytest.raises(ProviderError) as caught:
        at(server).create(FOX)
    found = caught.value
    assert (found.error_class, found.safe_to_resubmit, found.charged) == (kind, resubmit, charged)
    assert len(server.received) == 1


def test_a_rate_limit_says_how_long() -> None:
    with serving(said(429, {"error": "slow down"}, Retry_After="17")) as server, pytest.raises(ProviderError) as caught:
        at(server).create(FOX)
    assert (caught.value.retry_after, caught.value.detail) == (17.0, "slow down")


def test_our_key_never_comes_back_in_an_error() -> None:
    error = {"message": f"Incorrect key {KEY}\n", "code": f"bad {KEY}"}
    with serving(said(401, {"error": error})) as server, pytest.raises(ProviderError) as caught:
        at(server).create(FOX)
    assert KEY not in str(caught.value) + caught.value.code
    assert caught.value.detail == "Incorrect key ***"


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"object": "video"}', b"[]"])
def test_an_order_taken_without_an_id_is_ambiguous(body: bytes) -> None:
    with serving(lambda h, r: reply(h, 200, body)) as server, pytest.raises(ProviderError) as caught:
        at(server).create(FOX)
    assert caught.value.error_class is ErrorClass.AMBIGUOUS_SUBMIT


def test_a_connection_dropped_after_the_order_is_ambiguous_and_nobody_listening_is_not() -> None:
    with (
        serving(lambda h, r: h.connection.shutdown(socket.SHUT_RDWR)) as server,
        pytest.raises(ProviderError) as dropped,
    ):
        at(server).create(FOX)
    with pytest.raises(ProviderError) as absent:
        at(server).create(FOX)
    assert (dropped.value.error_class, dropped.value.safe_to_resubmit) == (ErrorClass.AMBIGUOUS_SUBMIT, False)
    assert (absent.value.error_class, absent.value.safe_to_resubmit) == (ErrorClass.PROVIDER_TRANSIENT, True)
    assert len(server.received) == 1


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("queued", RemoteState.QUEUED),
        ("in_progress", RemoteState.RUNNING),
        ("IN_PROGRESS", RemoteState.RUNNING),
        ("completed", RemoteState.FETCHING),
        ("succeeded", RemoteState.FETCHING),
        ("failed", RemoteState.FAILED),
        ("cancelled", RemoteState.CANCELLED),
        ("deleted", RemoteState.CANCELLED),
        ("expired", RemoteState.EXPIRED),
    ],
)
def test_every_known_word_has_its_state(word: str, state: RemoteState) -> None:
    with serving(said(200, job(status=word))) as server:
        task = at(server).get("video_1")
    assert (task.state, task.raw_state, task.alarm) == (state, word, "")


def test_an_unknown_word_keeps_polling_and_raises_an_alarm() -> None:
    with serving(said(200, job(status="dreaming"))) as server:
        task = at(server).get("video_1")
    assert (task.state, task.raw_state, task.alarm) == (
        RemoteState.RUNNING, "dreaming", "unknown state 'dreaming'",
    )  # fmt: skip


def test_litellm_answers_with_another_id_and_we_keep_ours() -> None:
    with serving(said(200, job(id="dmlkZW9fYWJj", progress=None))) as server:
        task = at(server).get("video_abc/+")
    assert (task.remote_id, task.progress) == ("video_abc/+", None)
    assert server.received[0].path == "/v1/videos/video_abc%2F%2B"


@pytest.mark.parametrize("seconds", [4, "4", "4.0"])
def test_sglang_says_seconds_as_a_number_and_names_an_address(seconds: object) -> None:
    with serving(said(200, job(seconds=seconds, status="completed", url="https://cdn.test/v.mp4"))) as server:
        task = at(server).get("video_1")
    assert (task.actual.seconds, task.actual.width, task.actual.height) == (4, 1280, 720)
    assert task.result_url == "https://cdn.test/v.mp4"


def test_a_wrappers_own_state_wins_over_a_stale_one_inside() -> None:
    body = {"code": "success", "data": {"task_id": "t", "status": "FAILURE", "fail_reason": "timeout",
            "progress": "100%", "data": {"status": "in_progress", "progress": 35}}}  # fmt: skip
    with serving(said(200, body)) as server:
        task = at(server).get("t")
    assert (task.state, task.progress) == (RemoteState.FAILED, 100)
    assert task.error is not None
    assert task.error.detail == "timeout"


@pytest.mark.parametrize(
    ("message", "kind"),
    [("The output was blocked.", ErrorClass.MODERATION_OUTPUT), ("Your prompt", ErrorClass.MODERATION_INPUT)],
)
def test_moderation_of_a_job_is_about_its_output_unless_it_says_otherwise(message: str, kind: ErrorClass) -> None:
    error = {"code": "moderation_blocked", "message": message}
    with serving(said(200, job(status="failed", error=error))) as server:
        task = at(server).get("video_1")
    assert task.error is not None
    assert (task.error.error_class, task.error.safe_to_resubmit) == (kind, False)


def test_a_completed_task_with_an_error_is_fetched_with_an_alarm_and_its_file_decides() -> None:
    torn = job(status="completed", error={"code": "internal", "message": "x"})
    with serving(said(200, torn)) as server:
        task = at(server).get("video_1")
    assert (task.state, task.alarm) == (RemoteState.FETCHING, "'completed', yet with the error internal")
    with serving(routed({"GET /v1/videos/video_1": (200, torn)})) as server, pytest.raises(ProviderError) as caught:
        at(server).download("video_1")
    assert caught.value.code == "internal"


def test_a_task_nobody_knows_is_lost() -> None:
    with serving(said(404, {"error": {"message": "gone"}})) as server:
        assert at(server).get("video_1").state is RemoteState.LOST


@pytest.mark.parametrize("status", [500, 502, 503])
def test_trouble_while_polling_is_transient(status: int) -> None:
    with serving(said(status, {})) as server, pytest.raises(ProviderError) as caught:
        at(server).get("video_1")
    assert (caught.value.error_class, caught.value.retryable) == (ErrorClass.PROVIDER_TRANSIENT, True)


def test_the_tracker_reads_the_same_and_obeys_the_wish_for_patience() -> None:
    async def story(server: Server) -> None:
        account = at(server)
        first, second = await asyncio.gather(account.aget("a"), account.aget("b"))
        await account.aclose()
        assert (first.remote_id, second.remote_id, first.poll_after) == ("a", "b", 2.5)

    with serving(said(200, job(), openai_poll_after_ms="2500")) as server:
        asyncio.run(story(server))


def listed(*tasks: dict[str, object]) -> dict[str, object]:
    return {"object": "list", "data": list(tasks), "has_more": False}


def test_a_lost_answer_is_found_again_by_time_model_prompt_and_shape() -> None:
    ours = job(id="ours", model="sora-2-2025-12-08", prompt="A fox in the snow ", created_at=1795348800)
    others = (
        job(id="pro", model="sora-2-pro", prompt="A fox in the snow"),
        job(id="longer", prompt="A fox in the snow", seconds="8"),
        job(id="other", prompt="A cat"),
        job(id="silent", prompt=None),
        job(id="old", prompt="A fox in the snow", created_at=1795348800 - 3600),
    )
    since = dt.datetime.fromtimestamp(1795348830, tz=dt.UTC)
    with serving(said(200, listed(ours, *others))) as server:
        found = at(server).find(FOX, since)
    assert [(task.remote_id, task.prompt_matches) for task in found] == [("ours", True), ("silent", None)]


def test_the_list_is_read_page_by_page_until_it_is_older() -> None:
    def answer(handler: BaseHTTPRequestHandler, received: Received) -> None:
        page = [job(id="a", prompt="x")] if "after" not in received.path else [job(id="b", created_at=1)]
        said(200, {**listed(*page), "has_more": True})(handler, received)

    with serving(answer) as server:
        at(server).find(FOX, SINCE)
    assert [received.path for received in server.received] == [
        "/v1/videos?limit=100&order=desc", "/v1/videos?limit=100&order=desc&after=a",
    ]  # fmt: skip


@pytest.mark.parametrize("status", [400, 404, 405])
def test_a_server_without_a_list_says_so_rather_than_nothing_found(status: int) -> None:
    with serving(said(status, {})) as server, pytest.raises(ProviderError) as caught:
        at(server).find(FOX, SINCE)
    assert caught.value.code == "list-unsupported"


def video(handler: BaseHTTPRequestHandler, received: Received) -> None:
    reply(handler, 200, b"v" * 5000, {"Content-Type": "video/mp4"})


def test_content_is_followed_to_its_store_without_the_key() -> None:
    with serving(video) as store:
        location = {"Location": f"{store.url}/file.mp4"}
        with serving(lambda h, r: reply(h, 302, headers=location)) as server:
            stream = at(server, result_ports=(store.port,)).download("video_1")
            with stream:
                assert stream.read() == b"v" * 5000
    assert server.received[0].path == "/v1/videos/video_1/content?variant=video"
    assert "authorization" not in store.received[0].headers


def test_where_there_is_no_content_the_named_address_is_used_without_the_key() -> None:
    with serving(video) as store, serving(said(404, {})) as server:
        account = at(server, result_ports=(store.port,))
        with account.download("video_1", result_url=f"{store.url}/v.mp4") as stream:
            assert len(stream.read()) == 5000
    assert "authorization" not in store.received[0].headers


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, ErrorClass.EXPIRED_ASSET), (410, ErrorClass.EXPIRED_ASSET), (422, ErrorClass.INVALID_REQUEST),
     (500, ErrorClass.PROVIDER_TRANSIENT), (200, ErrorClass.INTEGRITY)],
)  # fmt: skip
def test_a_download_without_a_file_says_why(status: int, kind: ErrorClass) -> None:
    with serving(said(status, {"detail": "x"})) as server, pytest.raises(ProviderError) as caught:
        at(server).download("video_1")
    assert caught.value.error_class is kind


def test_a_video_in_place_of_a_thumbnail_is_not_taken_for_one() -> None:
    with serving(video) as server, pytest.raises(ProviderError) as caught:
        at(server).download("video_1", Variant.THUMBNAIL)
    assert (caught.value.error_class, caught.value.code) == (ErrorClass.INTEGRITY, "wrong-kind")


def test_a_download_larger_than_allowed_stops() -> None:
    with (
        serving(video) as server,
        at(server, max_download_bytes=1000).download("video_1") as stream,
        pytest.raises(http.TooLarge),
    ):
        stream.read()


@pytest.mark.parametrize(("status", "gone"), [(200, True), (204, True), (404, False)])
def test_deleting_what_is_gone_already_is_no_error(status: int, *, gone: bool) -> None:
    with serving(said(status, job(status="deleted"))) as server:
        assert at(server).delete("video_1") is gone


def test_a_server_without_delete_says_so() -> None:
    with serving(said(405, {})) as server, pytest.raises(ProviderError, match="delete-unsupported"):
        at(server).delete("video_1")


@pytest.mark.parametrize(
    ("status", "ok", "code"),
    [(200, True, "ok"), (401, False, "auth"), (400, True, "no-list"), (404, False, "no-api"), (500, False, "http-500")],
)  # fmt: skip
def test_the_account_test_says_what_it_found(status: int, *, ok: bool, code: str) -> None:
    with serving(said(status, {})) as server:
        found = at(server).check()
    assert (found.ok, found.code) == (ok, code)
    assert [received.method for received in server.received] == ["GET"]


def test_the_account_test_reports_an_address_that_may_not_be_asked() -> None:
    with serving(said(200, {})) as server:
        found = at(server, allowed_networks=()).check()
    assert (found.ok, found.code) == (False, "http-blocked")
    assert server.received == []


EVENT = b'{"id": "evt_1", "type": "video.completed", "data": {"id": "video_1"}}'


def signed(secret: str = SECRET, raw: bytes = EVENT, *, age: int = 0) -> dict[str, str]:
    when = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=age)
    return {
        "Webhook-Id": "wh_1",
        "Webhook-Timestamp": str(int(when.timestamp())),
        "Webhook-Signature": Webhook(secret).sign("wh_1", when, raw.decode()),
    }


def hooked() -> OpenAIVideos:
    return OpenAIVideos(facts("http://127.0.0.1:9", webhook_secrets=(SECRET, OLD_SECRET)))


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
def test_a_call_signed_with_the_new_or_the_old_secret_is_a_hint(secret: str) -> None:
    hint = hooked().verify_webhook(signed(secret), EVENT)
    assert (hint.webhook_id, hint.kind, hint.remote_id) == ("wh_1", "video.completed", "video_1")


UNTRUSTWORTHY: dict[str, Callable[[], tuple[dict[str, str], bytes]]] = {  # made when asked for: signatures age
    "altered": lambda: (signed(), EVENT.replace(b"video_1", b"video_2")),
    "foreign": lambda: (signed("whsec_" + base64.b64encode(b"x" * 32).decode()), EVENT),
    "another id": lambda: ({**signed(), "Webhook-Id": "wh_2"}, EVENT),
    "no signature": lambda: ({**signed(), "Webhook-Signature": "garbage"}, EVENT),
    "odd signature": lambda: ({**signed(), "Webhook-Signature": "v1,ü"}, EVENT),
    "no number": lambda: ({**signed(), "Webhook-Timestamp": "nan"}, EVENT),
    "endless": lambda: ({**signed(), "Webhook-Timestamp": "1e400"}, EVENT),
    "stale": lambda: (signed(age=301), EVENT),
    "from the future": lambda: (signed(age=-600), EVENT),
    "no headers": lambda: ({}, EVENT),
    "no text": lambda: (signed(), b"\xff\xfe"),
    "a list": lambda: (signed(raw=b"[]"), b"[]"),
    "empty": lambda: (signed(raw=b"{}"), b"{}"),
    "no JSON": lambda: (signed(raw=b"not json"), b"not json"),
    "too large": lambda: (signed(raw=EVENT + b" " * 70_000), EVENT + b" " * 70_000),
}


@pytest.mark.parametrize("call", UNTRUSTWORTHY.values(), ids=UNTRUSTWORTHY)
def test_a_call_that_is_altered_stale_foreign_or_malformed_is_refused(
    call: Callable[[], tuple[dict[str, str], bytes]],
) -> None:
    headers, raw = call()
    with pytest.raises(WebhookRefused):
        hooked().verify_webhook(headers, raw)


def test_without_a_secret_every_call_is_refused() -> None:
    with pytest.raises(WebhookRefused):
        OpenAIVideos(facts("http://127.0.0.1:9", webhook_secrets=())).verify_webhook(signed(), EVENT)
