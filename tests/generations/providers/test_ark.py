"""Ark's task API against small real servers: orders, tasks, tokens, errors, cancelling and callbacks, one by one."""

import asyncio
import base64
import datetime as dt
import hashlib
import json
import socket
from dataclasses import replace
from typing import Any

import pytest

from generations.providers import adapter
from generations.providers.ark import Ark
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
from tests.generations.providers.canned import KEY, LOOPBACK, Answer, in_turn, said, video
from tests.lib.servers import Server, reply, serving

MODEL = "doubao-seedance-2-0-260128"
FOX = CreateRequest(MODEL, "A fox in the snow", 5, 1280, 720, ratio="16:9", resolution="720p")
NOON = 1795348800
SINCE = dt.datetime.fromtimestamp(NOON, tz=dt.UTC)
TASKS = "/api/v3/contents/generations/tasks"
IMAGE = ReferenceFile("fox.png", "image/png", b"\x89PNG")
VIDEO = ReferenceFile("run.mp4", "video/mp4", b"", "video", "reference", "https://hub.test/given/1")
SOUND = ReferenceFile("wind.mp3", "audio/mpeg", b"ID3", "audio", "reference")


def account(url: str = "http://127.0.0.1:9", **changes: Any) -> Ark:
    made = adapter(replace(AccountFacts("ark", f"{url}/api/v3", KEY, allowed_networks=LOOPBACK), **changes))
    assert isinstance(made, Ark)
    return made


def at(server: Server, **changes: Any) -> Ark:
    return account(server.url, **changes)


def task(**changes: object) -> dict[str, object]:
    return {"id": "cgt-1", "model": MODEL, "status": "queued", "error": None, "created_at": NOON,
            "updated_at": NOON + 60, **changes}  # fmt: skip


def error(code: str, message: str = "no") -> dict[str, object]:
    return {"error": {"code": code, "message": message, "param": "", "type": "x"}}


def sent(request: CreateRequest) -> dict[str, Any]:
    """Order it, and return what arrived."""
    with serving(said(200, {"id": "cgt-1"})) as server:
        at(server).create(request)
    (received,) = server.received
    assert (received.method, received.path) == ("POST", TASKS)
    assert received.headers["authorization"] == f"Bearer {KEY}"
    body: dict[str, Any] = json.loads(received.body)
    return body


def test_an_order_says_what_is_asked_for_and_leaves_the_rest_to_ark() -> None:
    assert sent(FOX) == {
        "model": MODEL, "content": [{"type": "text", "text": "A fox in the snow"}], "ratio": "16:9",
        "resolution": "720p", "duration": 5, "watermark": False,
    }  # fmt: skip


def test_an_order_with_everything() -> None:
    hook = "https://hub.test/hook"
    body = sent(replace(FOX, seed=0, audio="off", callback_url=hook, expires_after=3600, options={"priority": 3}))
    assert {name: body[name] for name in body if name not in ("model", "content")} == {
        "ratio": "16:9", "resolution": "720p", "duration": 5, "seed": 0, "generate_audio": False, "watermark": False,
        "callback_url": hook, "execution_expires_after": 3600, "priority": 3,
    }  # fmt: skip


def test_without_a_ratio_the_clip_follows_what_it_is_given_and_without_seconds_ark_chooses() -> None:
    body = sent(replace(FOX, ratio="", seconds=0))
    assert (body["ratio"], "duration" in body) == ("adaptive", False)


def test_files_go_as_items_in_their_roles_images_and_sounds_inside_videos_by_address() -> None:
    references = (replace(IMAGE, role="reference"), VIDEO, SOUND)
    png, mp3 = base64.b64encode(b"\x89PNG").decode(), base64.b64encode(b"ID3").decode()
    assert sent(replace(FOX, mode="reference_to_video", references=references))["content"][1:] == [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{png}"}, "role": "reference_image"},
        {"type": "video_url", "video_url": {"url": "https://hub.test/given/1"}, "role": "reference_video"},
        {"type": "audio_url", "audio_url": {"url": f"data:audio/mpeg;base64,{mp3}"}, "role": "reference_audio"},
    ]


def test_frames_keep_their_places_and_need_no_words() -> None:
    content = sent(replace(FOX, prompt=" ", references=(IMAGE, replace(IMAGE, role="last_frame"))))["content"]
    assert [(each["type"], each["role"]) for each in content] == [
        ("image_url", "first_frame"), ("image_url", "last_frame"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [{"references": (replace(VIDEO, url=""),)}, {"references": (replace(SOUND, role="first_frame"),)}, {"source_remote_id": "cgt-0"}],
    ids=["video without an address", "sound as a frame", "earlier task"],
)  # fmt: skip
def test_what_the_wire_cannot_carry_is_refused_before_anything_is_sent(changes: dict[str, Any]) -> None:
    with serving(said(200, {"id": "cgt-1"})) as server, pytest.raises(ProviderError) as caught:
        at(server).create(replace(FOX, **changes))
    found = caught.value
    assert (found.error_class, found.code, found.charged) == (ErrorClass.INVALID_REQUEST, "not-on-this-wire", False)
    assert server.received == []


def test_the_answer_is_only_an_id() -> None:
    with serving(said(200, {"id": "cgt-1"}, x_request_id="req-7")) as server:
        created = at(server).create(FOX)
    assert (created.remote_id, created.state, created.request_id) == ("cgt-1", RemoteState.QUEUED, "req-7")


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "AuthenticationError", ErrorClass.AUTH),
        (403, "AccountOverdueError", ErrorClass.ACCOUNT),
        (403, "AccessDenied", ErrorClass.ACCOUNT),
        (404, "ModelNotOpen", ErrorClass.ACCOUNT),
        (429, "QuotaExceeded", ErrorClass.ACCOUNT),
        (429, "RateLimitExceeded.EndpointRPMExceeded", ErrorClass.RATE_LIMITED),
        (429, "ModelAccountRpmRateLimitExceeded", ErrorClass.RATE_LIMITED),
        (429, "ModelAccountTpmRateLimitExceeded", ErrorClass.RATE_LIMITED),
        (429, "ServerOverloaded", ErrorClass.RATE_LIMITED),
        (429, "ModelLoadingError", ErrorClass.RATE_LIMITED),
        (429, "NeverHeardOf", ErrorClass.RATE_LIMITED),
        (404, "InvalidEndpoint.NotFound", ErrorClass.PROVIDER_PERMANENT),
        (404, "InvalidEndpointOrModel.NotFound", ErrorClass.PROVIDER_PERMANENT),
        (400, "InvalidParameter.UnsupportedRatio", ErrorClass.INVALID_REQUEST),
        (400, "NeverHeardOf", ErrorClass.INVALID_REQUEST),
        (400, "InputTextSensitiveContentDetected", ErrorClass.MODERATION_INPUT),
        (400, "InputTextSensitiveContentDetected.PolicyViolation", ErrorClass.MODERATION_INPUT),
        (400, "InputImageSensitiveContentDetected.PrivacyInformation", ErrorClass.MODERATION_INPUT),
        (400, "InputVideoSensitiveContentDetected.Whatever", ErrorClass.MODERATION_INPUT),
        (500, "InternalServiceError", ErrorClass.AMBIGUOUS_SUBMIT),
        (429, "InternalServiceError", ErrorClass.AMBIGUOUS_SUBMIT),
        (503, "ServerOverloaded", ErrorClass.AMBIGUOUS_SUBMIT),
        (502, "", ErrorClass.AMBIGUOUS_SUBMIT),
    ],
)
def test_a_refused_create_is_read_by_what_its_code_contains(status: int, code: str, kind: ErrorClass) -> None:
    with serving(said(status, error(code), Retry_After="11")) as server, pytest.raises(ProviderError) as caught:
        at(server).create(FOX)
    found = caught.value
    assert (found.error_class, found.code, found.detail, found.retry_after) == (
        kind,
        code or f"http-{status}",
        "no",
        11.0,
    )
    assert found.safe_to_resubmit is (kind is ErrorClass.RATE_LIMITED)
    assert found.charged is (None if kind is ErrorClass.AMBIGUOUS_SUBMIT else False)
    assert len(server.received) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"error": {"code": "x"}}'])
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
    assert (dropped.value.error_class, absent.value.error_class) == (
        ErrorClass.AMBIGUOUS_SUBMIT, ErrorClass.PROVIDER_TRANSIENT,
    )  # fmt: skip
    assert (len(server.received), absent.value.safe_to_resubmit) == (1, True)


def test_our_key_never_comes_back_in_an_error() -> None:
    with serving(said(401, error(f"bad {KEY}", f"key {KEY}"))) as server, pytest.raises(ProviderError) as caught:
        at(server).create(FOX)
    assert (caught.value.code, caught.value.detail) == ("bad ***", "key ***")


def read(**changes: object) -> RemoteTask:
    with serving(said(200, task(**changes))) as server:
        found = at(server).get("cgt-1")
    assert [received.path for received in server.received] == [f"{TASKS}/cgt-1"]
    return found


@pytest.mark.parametrize(
    ("word", "state"),
    [("queued", RemoteState.QUEUED), ("running", RemoteState.RUNNING), ("succeeded", RemoteState.FETCHING),
     ("failed", RemoteState.FAILED), ("cancelled", RemoteState.CANCELLED), ("expired", RemoteState.EXPIRED)],
)  # fmt: skip
def test_every_known_word_has_its_state(word: str, state: RemoteState) -> None:
    found = read(status=word)
    assert (found.state, found.raw_state, found.alarm, found.prompt_matches) == (state, word, "", None)


@pytest.mark.parametrize("word", ["dreaming", None])
def test_an_unknown_word_keeps_running_with_an_alarm(word: str | None) -> None:
    found = read(status=word)
    assert (found.state, found.alarm) == (RemoteState.RUNNING, f"unknown state {word or ''!r}")


def test_a_finished_task_says_what_was_really_used_and_where_the_file_lies_for_a_day() -> None:
    found = read(
        status="succeeded", content={"video_url": "https://tos.test/v"}, usage={"completion_tokens": 108900, "total_tokens": 108900},
        ratio="16:9", duration=5, seed=4294967295, resolution="720p", framespersecond=24,
    )  # fmt: skip
    actual = found.actual
    assert (actual.model, actual.tokens, actual.ratio, actual.seconds) == (MODEL, 108900, "16:9", 5)
    assert (actual.seed, actual.resolution, actual.fps) == (4294967295, "720p", 24)
    assert found.result_url == "https://tos.test/v"
    assert found.expires_at == dt.datetime.fromtimestamp(NOON + 60 + 24 * 3600, tz=dt.UTC)
    assert found.created_at == SINCE


def test_an_error_in_a_task_that_succeeded_is_fetched_with_an_alarm() -> None:
    found = read(status="succeeded", error={"code": "InternalServiceError", "message": "x"})
    assert (found.state, found.alarm) == (RemoteState.FETCHING, "'succeeded', yet with the error InternalServiceError")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("OutputVideoSensitiveContentDetected", ErrorClass.MODERATION_OUTPUT),
        ("OutputAudioSensitiveContentDetected.PolicyViolation", ErrorClass.MODERATION_OUTPUT),
        ("OutputSubtitleSensitiveContentDetected", ErrorClass.MODERATION_OUTPUT),
        ("InputImageSensitiveContentDetected.PrivacyInformation", ErrorClass.MODERATION_INPUT),
        ("InternalServiceError", ErrorClass.PROVIDER_TRANSIENT),
        ("NeverHeardOf", ErrorClass.PROVIDER_TRANSIENT),
    ],
)
def test_a_failure_says_what_kind_it_was_and_is_never_ordered_again_by_itself(code: str, kind: ErrorClass) -> None:
    found = read(status="failed", **error(code)).error
    assert found is not None
    assert (found.error_class, found.code, found.safe_to_resubmit, found.charged) == (kind, code, False, None)


def test_a_failure_with_tokens_was_charged() -> None:
    found = read(status="failed", usage={"total_tokens": 7}, **error("InternalServiceError")).error
    assert found is not None
    assert found.charged is True


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (said(404, "elsewhere"), ErrorClass.PROVIDER_PERMANENT),
        (said(200, "elsewhere"), ErrorClass.INTEGRITY),
        (said(200, task(id="cgt-2")), ErrorClass.INTEGRITY),
        (said(500, error("InternalServiceError")), ErrorClass.PROVIDER_TRANSIENT),
        (said(429, error("RateLimitExceeded.X")), ErrorClass.RATE_LIMITED),
    ],
    ids=["404 of somebody else's", "no task", "another task", "trouble", "too often"],
)
def test_only_arks_own_word_makes_a_task_lost(answer: Answer, kind: ErrorClass) -> None:
    with serving(answer) as server, pytest.raises(ProviderError) as caught:
        at(server).get("cgt-1")
    assert caught.value.error_class is kind
    with serving(said(404, error("ResourceNotFound"))) as server:
        assert at(server).get("cgt-1").state is RemoteState.LOST


def test_many_tasks_are_one_question_and_what_the_list_does_not_show_is_asked_for_by_itself() -> None:
    listed = said(200, {"total": 1, "items": [task(id="b", status="running")]})

    async def story(ark: Ark) -> dict[str, RemoteTask]:
        found = await ark.aget_many(["a", "b"])
        await ark.aclose()
        return found

    with serving(in_turn(listed, said(404, error("ResourceNotFound")))) as server:
        found = asyncio.run(story(at(server)))
    assert (found["a"].state, found["b"].state) == (RemoteState.LOST, RemoteState.RUNNING)
    assert [received.path for received in server.received] == [
        f"{TASKS}?page_size=2&filter.task_ids=a&filter.task_ids=b", f"{TASKS}/a",
    ]  # fmt: skip


def found_among(*tasks: dict[str, object], request: CreateRequest = FOX) -> list[str]:
    with serving(said(200, {"total": len(tasks), "items": list(tasks)})) as server:
        return [each.remote_id for each in at(server).find(request, SINCE)]


def test_a_lost_answer_is_looked_for_by_time_model_and_shape_newest_first() -> None:
    assert found_among(
        task(id="older-clock", created_at=NOON - 100),
        task(id="same", created_at=NOON + 2, duration=5, ratio="16:9", resolution="720p"),
        task(id="old", created_at=NOON - 200),
        task(id="fast", model="doubao-seedance-2-0-fast-260128"),
        task(id="longer", duration=8),
        task(id="upright", ratio="9:16"),
        task(id="small", resolution="480p"),
    ) == ["same", "older-clock"]


def test_what_the_order_left_to_ark_excludes_nothing() -> None:
    open_order = replace(FOX, ratio="", seconds=0, seed=-1)
    assert found_among(task(ratio="9:16", duration=8, seed=11), request=open_order) == ["cgt-1"]
    assert found_among(task(seed=11), request=replace(FOX, seed=12)) == []
    assert found_among(task(), request=replace(FOX, model="ep-20261122-abcde")) == ["cgt-1"]


def test_the_list_is_read_page_by_page_until_it_is_older() -> None:
    full = [task(id=f"x{number}", created_at=NOON + 9, duration=9) for number in range(100)]
    past = [task(id=f"y{number}", created_at=NOON - 900) for number in range(100)]
    pages = (said(200, {"items": full}), said(200, {"items": [task(), *full[1:]]}), said(200, {"items": past}))
    with serving(in_turn(*pages)) as server:
        assert [each.remote_id for each in at(server).find(FOX, SINCE)] == ["cgt-1"]
    assert [received.path[len(TASKS) :] for received in server.received] == [
        f"?page_num={number}&page_size=100" for number in (1, 2, 3)
    ]


def test_a_list_that_cannot_be_read_is_not_nothing_found() -> None:
    with serving(said(200, {"data": []})) as server, pytest.raises(ProviderError) as caught:
        at(server).find(FOX, SINCE)
    assert caught.value.error_class is ErrorClass.INTEGRITY


def test_the_file_is_opened_without_our_key_at_the_address_in_the_task() -> None:
    with serving(video) as store:
        done = task(status="succeeded", content={"video_url": f"{store.url}/v.mp4"})
        with serving(said(200, done)) as server, at(server, result_ports=(store.port,)).download("cgt-1") as stream:
            assert stream.read() == b"v" * 5000
    assert "authorization" not in store.received[0].headers


@pytest.mark.parametrize("status", [403, 404])
def test_a_link_after_its_day_is_an_expired_file(status: int) -> None:
    with serving(said(status, {})) as store, pytest.raises(ProviderError) as caught:
        at(store).download("cgt-1", result_url=f"{store.url}/v.mp4")
    assert caught.value.error_class is ErrorClass.EXPIRED_ASSET


def test_a_finished_task_without_a_file_is_asked_again_and_pictures_are_never_there() -> None:
    with serving(said(200, task(status="succeeded", content=None))) as server:
        with pytest.raises(ProviderError) as missing:
            at(server).download("cgt-1")
        with pytest.raises(ProviderError) as thumbnail:
            at(server).download("cgt-1", Variant.THUMBNAIL)
    assert (missing.value.code, missing.value.retryable) == ("no-link", True)
    assert (thumbnail.value.code, thumbnail.value.retryable) == ("not-on-this-wire", False)


def cancelled(*answers: Answer) -> tuple[CancelOutcome, list[str]]:
    with serving(in_turn(*answers)) as server:
        outcome = at(server).cancel("cgt-1")
    return outcome, [received.method for received in server.received]


def test_a_waiting_task_is_cancelled() -> None:
    assert cancelled(said(200, task()), said(200, {})) == (CancelOutcome.CANCELLED, ["GET", "DELETE"])


@pytest.mark.parametrize("word", ["running", "succeeded", "failed", "expired", "dreaming"])
def test_a_task_that_runs_or_has_ended_is_never_deleted(word: str) -> None:
    assert cancelled(said(200, task(status=word))) == (CancelOutcome.TOO_LATE, ["GET"])


def test_cancelling_twice_is_once_and_a_forgotten_task_is_too_late() -> None:
    assert cancelled(said(200, task(status="cancelled"))) == (CancelOutcome.CANCELLED, ["GET"])
    assert cancelled(said(404, error("ResourceNotFound"))) == (CancelOutcome.TOO_LATE, ["GET"])


@pytest.mark.parametrize(
    "refusal",
    [said(409, error("InvalidAction.RunningTaskDeletion")), said(400, error("InvalidParameter")), said(404, error("ResourceNotFound"))],
    ids=["409", "400", "404"],
)  # fmt: skip
def test_a_task_that_began_in_between_is_too_late(refusal: Answer) -> None:
    assert cancelled(said(200, task()), refusal) == (CancelOutcome.TOO_LATE, ["GET", "DELETE"])


def test_trouble_while_cancelling_is_no_answer() -> None:
    with serving(in_turn(said(200, task()), said(503, {}))) as server, pytest.raises(ProviderError) as caught:
        at(server).cancel("cgt-1")
    assert (caught.value.error_class, caught.value.retryable) == (ErrorClass.PROVIDER_TRANSIENT, True)


CALL = json.dumps(task(status="succeeded")).encode()


def test_a_call_at_the_tasks_own_path_is_known_again_by_its_body() -> None:
    hint = account().verify_webhook({}, CALL, trusted_path=True)
    assert (hint.webhook_id, hint.kind, hint.remote_id, hint.signed) == (
        hashlib.sha256(CALL).hexdigest(), "succeeded", "cgt-1", False,
    )  # fmt: skip
    assert hint.sent_at == dt.datetime.fromtimestamp(NOON + 60, tz=dt.UTC)


@pytest.mark.parametrize(
    ("raw", "trusted"),
    [(CALL, False), (b"not json", True), (b"[]", True), (b"{}", True), (CALL + b" " * 70_000, True)],
    ids=["any other path", "no JSON", "a list", "about nobody", "too large"],
)
def test_a_call_that_cannot_be_believed_is_refused(raw: bytes, *, trusted: bool) -> None:
    with pytest.raises(WebhookRefused):
        account().verify_webhook({}, raw, trusted_path=trusted)


@pytest.mark.parametrize(
    ("status", "body", "ok", "code"),
    [
        (200, {"total": 0, "items": []}, True, "ok"),
        (401, error("AuthenticationError"), False, "auth"),
        (403, error("AccountOverdueError"), False, "AccountOverdueError"),
        (404, "elsewhere", False, "no-api"),
        (200, "elsewhere", False, "http-200"),
        (500, error("InternalServiceError"), False, "InternalServiceError"),
    ],
)
def test_the_account_test_says_what_it_found_and_makes_nothing(
    status: int, body: object, *, ok: bool, code: str
) -> None:
    with serving(said(status, body)) as server:
        found = at(server).check()
    assert (found.ok, found.code) == (ok, code)
    assert ("region" in found.message) is (code == "auth")
    assert [f"{received.method} {received.path}" for received in server.received] == [
        f"GET {TASKS}?page_num=1&page_size=1"
    ]
