"""Kling's current API against small real servers: orders, tasks, bills, errors and callbacks, one by one."""

import asyncio
import base64
import datetime as dt
import hashlib
import json
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from standardwebhooks import Webhook

from generations.providers import adapter
from generations.providers.base import (
    AccountFacts,
    CancelOutcome,
    CreateRequest,
    ErrorClass,
    ProviderError,
    ReferenceFile,
    RemoteState,
    RemoteTask,
    ShotPart,
    Variant,
    WebhookRefused,
)
from generations.providers.kling import Kling
from tests.generations.providers.canned import KEY, LOOPBACK, in_turn, said, video
from tests.lib.servers import Server, reply, serving

FOX = CreateRequest(
    "kling-3.0", "A fox in the snow", 5, 1280, 720, ratio="16:9", resolution="720p", client_id="our-id"
)  # fmt: skip
SINCE = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
PICTURE = ReferenceFile("fox.png", "image/png", b"\x89PNG")
CLIP = ReferenceFile("run.mp4", "video/mp4", b"", "video", "feature_video", "https://hub.test/given/1")
SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
OLD_SECRET = "whsec_" + base64.b64encode(b"o" * 32).decode()


def account(url: str = "http://127.0.0.1:9", **changes: Any) -> Kling:
    made = adapter(replace(AccountFacts("kling", url, KEY, allowed_networks=LOOPBACK), **changes))
    assert isinstance(made, Kling)
    return made


def at(server: Server, **changes: Any) -> Kling:
    return account(server.url, **changes)


def task(**changes: object) -> dict[str, object]:
    return {"id": "893", "status": "submitted", "message": "", "create_time": 1795348800123,
            "update_time": 1795348860000, "external_id": "our-id", **changes}  # fmt: skip


def envelope(data: object = None, code: int = 0, message: str = "SUCCEED") -> dict[str, object]:
    return {"code": code, "message": message, "request_id": "req-7"} | ({} if data is None else {"data": data})


def sent(request: CreateRequest) -> tuple[str, dict[str, Any]]:
    """Order it, and return where and what arrived."""
    with serving(said(200, envelope(task()))) as server:
        at(server).create(request)
    (received,) = server.received
    assert received.headers["authorization"] == f"Bearer {KEY}"
    return f"{received.method} {received.path}", json.loads(received.body)


def test_words_alone_go_to_text_to_video_with_our_id_and_one_shot() -> None:
    assert sent(replace(FOX, audio="off", callback_url="https://hub.test/hook")) == (
        "POST /text-to-video/kling-3.0",
        {
            "prompt": "A fox in the snow",
            "settings": {
                "resolution": "720p", "aspect_ratio": "16:9", "duration": 5, "audio": "off", "multi_shot": False,
            },
            "options": {
                "callback_url": "https://hub.test/hook", "external_task_id": "our-id",
                "watermark_info": {"enabled": False},
            },
        },
    )  # fmt: skip


def test_the_answer_gives_the_task_and_the_requests_own_id() -> None:
    with serving(said(200, envelope(task()))) as server:
        created = at(server).create(FOX)
    assert (created.remote_id, created.state, created.raw_state, created.request_id) == (
        "893", RemoteState.QUEUED, "submitted", "req-7",
    )  # fmt: skip


def test_several_shots_are_spelled_out_and_said_to_be_several() -> None:
    shots = (ShotPart("A fox; it waits", 2), ShotPart("It leaps", 3))
    _, body = sent(replace(FOX, shots=shots))
    assert (body["prompt"], body["settings"]["multi_shot"]) == (
        "shot 1, 2, A fox, it waits; shot 2, 3, It leaps;",
        True,
    )


def test_frames_go_as_bare_base64_and_give_the_shape_themselves() -> None:
    last = replace(PICTURE, content=b"end", role="last_frame")
    where, body = sent(replace(FOX, mode="image_to_video", references=(PICTURE, last)))
    assert where == "POST /image-to-video/kling-3.0"
    assert body["contents"] == [
        {"type": "prompt", "text": "A fox in the snow"},
        {"type": "first_frame", "url": base64.b64encode(b"\x89PNG").decode()},
        {"type": "last_frame", "url": base64.b64encode(b"end").decode()},
    ]
    assert "aspect_ratio" not in body["settings"]


def test_references_go_to_omni_by_kind_with_handles_for_the_prompt() -> None:
    images = tuple(replace(PICTURE, content=each, role="reference") for each in (b"1", b"2"))
    request = replace(
        FOX, model="kling-3.0-omni", mode="reference_to_video", references=(*images, CLIP), characters=("77",)
    )
    where, body = sent(request)
    assert where == "POST /omni-video/kling-3.0-omni"
    assert body["contents"][1:] == [
        {"type": "refer_image", "url": "MQ==", "id": "image_1"},
        {"type": "refer_image", "url": "Mg==", "id": "image_2"},
        {"type": "feature_video", "url": "https://hub.test/given/1", "id": "video_1"},
        {"type": "element", "element_id": "77", "id": "element_1"},
    ]
    assert (body["settings"]["multi_shot"], body["settings"]["aspect_ratio"]) == (True, "16:9")


def test_an_edited_video_gives_shape_and_length_and_may_keep_its_sound() -> None:
    edited = replace(CLIP, role="base_video")
    _, body = sent(replace(FOX, model="kling-3.0-omni", mode="edit", references=(edited,), audio="original"))
    assert body["settings"] == {"resolution": "720p", "audio": "original", "multi_shot": False}


@pytest.mark.parametrize("mode", ["text_to_video", "image_to_video"])
def test_omni_has_one_address_for_everything(mode: str) -> None:
    where, body = sent(replace(FOX, model="kling-3.0-omni", mode=mode))
    assert (where, body["contents"][0]["text"]) == ("POST /omni-video/kling-3.0-omni", "A fox in the snow")


def test_turbo_is_not_asked_for_what_it_has_no_switch_for() -> None:
    where, body = sent(replace(FOX, model="kling-3.0-turbo", audio="on"))
    assert (where, set(body["settings"])) == (
        "POST /text-to-video/kling-3.0-turbo", {"resolution", "aspect_ratio", "duration"},
    )  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"references": (replace(CLIP, url=""),)},
        {"references": (replace(PICTURE, kind="audio", role="reference"),)},
        {"source_remote_id": "892"},
    ],
    ids=["video without an address", "sound", "earlier task"],
)
def test_what_the_wire_cannot_carry_is_refused_before_anything_is_sent(changes: dict[str, Any]) -> None:
    with serving(said(200, envelope(task()))) as server, pytest.raises(ProviderError) as caught:
        at(server).create(replace(FOX, mode="reference_to_video", **changes))
    found = caught.value
    assert (found.error_class, found.code, found.charged) == (ErrorClass.INVALID_REQUEST, "not-on-this-wire", False)
    assert server.received == []


REFUSALS = [
    *((401, code, ErrorClass.AUTH) for code in range(1000, 1005)),
    (429, 1100, ErrorClass.ACCOUNT),
    (429, 1101, ErrorClass.ACCOUNT),
    (429, 1102, ErrorClass.ACCOUNT),
    (403, 1103, ErrorClass.ACCOUNT),
    (400, 1200, ErrorClass.INVALID_REQUEST),
    (400, 1201, ErrorClass.INVALID_REQUEST),
    (404, 1202, ErrorClass.PROVIDER_PERMANENT),
    (404, 1203, ErrorClass.PROVIDER_PERMANENT),
    (400, 1300, ErrorClass.MODERATION_INPUT),
    (400, 1301, ErrorClass.MODERATION_INPUT),
    (429, 1302, ErrorClass.RATE_LIMITED),
    (429, 1303, ErrorClass.CONCURRENCY_LIMITED),
    (429, 1304, ErrorClass.AUTH),
    (500, 5000, ErrorClass.AMBIGUOUS_SUBMIT),
    (503, 5001, ErrorClass.AMBIGUOUS_SUBMIT),
    (504, 5002, ErrorClass.AMBIGUOUS_SUBMIT),
    (200, 1102, ErrorClass.ACCOUNT),
    (200, 1999, ErrorClass.INVALID_REQUEST),
    (200, 5099, ErrorClass.AMBIGUOUS_SUBMIT),
]
WAITING_HELPS = {ErrorClass.RATE_LIMITED, ErrorClass.CONCURRENCY_LIMITED}


@pytest.mark.parametrize(("status", "code", "kind"), REFUSALS)
def test_a_refused_create_is_read_by_the_vendors_code_not_by_the_status(
    status: int, code: int, kind: ErrorClass
) -> None:
    with serving(said(status, envelope(code=code, message="no"))) as server, pytest.raises(ProviderError) as caught:
        at(server).create(FOX)
    found = caught.value
    assert (found.error_class, found.code, found.detail, found.request_id) == (kind, str(code), "no", "req-7")
    assert found.safe_to_resubmit is (kind in WAITING_HELPS)
    assert found.charged is (None if kind is ErrorClass.AMBIGUOUS_SUBMIT else False)
    assert len(server.received) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, ErrorClass.AUTH), (429, ErrorClass.RATE_LIMITED), (404, ErrorClass.PROVIDER_PERMANENT),
     (413, ErrorClass.INVALID_REQUEST), (502, ErrorClass.AMBIGUOUS_SUBMIT), (408, ErrorClass.AMBIGUOUS_SUBMIT)],
)  # fmt: skip
def test_an_answer_that_is_not_klings_is_read_by_its_status(status: int, kind: ErrorClass) -> None:
    with (
        serving(lambda h, r: reply(h, status, b"<html>", {"Retry-After": "9"})) as server,
        pytest.raises(ProviderError) as caught,
    ):
        at(server).create(FOX)
    assert (caught.value.error_class, caught.value.code, caught.value.retry_after) == (kind, f"http-{status}", 9.0)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"code": 0}', b'{"code": 0, "data": {"status": "submitted"}}']
)
def test_an_order_taken_without_an_id_is_ambiguous(body: bytes) -> None:
    with serving(lambda h, r: reply(h, 200, body)) as server, pytest.raises(ProviderError) as caught:
        at(server).create(FOX)
    assert caught.value.error_class is ErrorClass.AMBIGUOUS_SUBMIT


def test_a_dropped_connection_and_a_complaint_about_our_own_id_are_looked_up_not_failed() -> None:
    complaint = envelope(code=1201, message="external_task_id 'our-id' already exists")
    with serving(said(400, complaint)) as server, pytest.raises(ProviderError) as known:
        at(server).create(FOX)
    with (
        serving(lambda h, r: h.connection.shutdown(socket.SHUT_RDWR)) as server,
        pytest.raises(ProviderError) as dropped,
    ):
        at(server).create(FOX)
    assert {known.value.error_class, dropped.value.error_class} == {ErrorClass.AMBIGUOUS_SUBMIT}


def test_our_key_never_comes_back_in_an_error() -> None:
    with (
        serving(said(401, envelope(code=1002, message=f"bad {KEY}"))) as server,
        pytest.raises(ProviderError) as caught,
    ):
        at(server).create(FOX)
    assert caught.value.detail == "bad ***"


def test_a_lost_answer_is_found_by_our_own_id_and_only_by_it() -> None:
    foreign = task(id="894", external_id="another")
    with serving(said(200, envelope([foreign, task()]))) as server:
        (found,) = at(server).find(FOX, SINCE)
    assert (found.remote_id, found.created_at) == ("893", dt.datetime(2026, 11, 22, 12, 0, 0, 123000, tzinfo=dt.UTC))
    assert server.received[0].path == "/tasks?external_task_ids=our-id"


@pytest.mark.parametrize(("status", "body"), [(200, envelope([])), (404, envelope(code=1203, message="none"))])
def test_an_order_that_never_arrived_is_not_found(status: int, body: object) -> None:
    with serving(said(status, body)) as server:
        assert at(server).find(FOX, SINCE) == []
        assert at(server).get("893").state is RemoteState.LOST


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b"<html>", ErrorClass.INTEGRITY),
        (404, b"<html>", ErrorClass.PROVIDER_PERMANENT),
        (503, b"", ErrorClass.PROVIDER_TRANSIENT),
    ],
)
def test_an_answer_that_is_not_klings_never_makes_a_task_lost(status: int, body: bytes, kind: ErrorClass) -> None:
    with serving(lambda h, r: reply(h, status, body)) as server, pytest.raises(ProviderError) as caught:
        at(server).get("893")
    assert caught.value.error_class is kind


def read(**changes: object) -> RemoteTask:
    with serving(said(200, envelope([task(**changes)]))) as server:
        return at(server).get("893")


@pytest.mark.parametrize(
    ("word", "state"),
    [("submitted", RemoteState.QUEUED), ("processing", RemoteState.RUNNING), ("succeeded", RemoteState.FETCHING),
     ("succeed", RemoteState.FETCHING), ("failed", RemoteState.FAILED)],
)  # fmt: skip
def test_every_known_word_has_its_state(word: str, state: RemoteState) -> None:
    found = read(status=word)
    assert (found.state, found.raw_state, found.alarm) == (state, word, "")


@pytest.mark.parametrize("word", ["dreaming", None])
def test_an_unknown_word_keeps_running_with_an_alarm(word: str | None) -> None:
    found = read(status=word)
    assert (found.state, found.alarm) == (RemoteState.RUNNING, f"unknown state {word or ''!r}")


def test_a_finished_task_names_its_file_for_thirty_days_and_its_length() -> None:
    outputs = [
        {"type": "image", "url": "https://cdn.test/i"},
        {"type": "video", "url": "https://cdn.test/v", "duration": "5.041"},
    ]
    found = read(status="succeeded", outputs=outputs)
    assert (found.result_url, found.actual.seconds) == ("https://cdn.test/v", 5)
    assert found.expires_at == dt.datetime(2026, 12, 22, 12, 1, tzinfo=dt.UTC)


UNIT: dict[str, object] = {"charge_type": "unit", "amount": "4.5", "package_type": "video"}
CASH: dict[str, object] = {"charge_type": "cash", "amount": "0.56", "currency": "USD", "list_price": "0.6"}


@pytest.mark.parametrize(
    ("billing", "units", "cost", "currency"),
    [
        ([UNIT], 4500, None, None),
        ([UNIT, {**UNIT, "amount": 0.3}], 4800, None, None),
        ([CASH], None, 560_000, "USD"),
        ([CASH, {**CASH, "amount": "0.000001"}], None, 560_001, "USD"),
        ([UNIT, {**CASH, "amount": "0"}], 4500, None, None),
        ([CASH, {**CASH, "currency": "CNY"}], None, None, None),
        ([{**CASH, "currency": "CNY/USD"}], None, None, None),
        ([{**UNIT, "amount": "NaN"}], None, None, None),
        ([{**UNIT, "amount": None}], None, None, None),
        ([], None, None, None),
        ("free", None, None, None),
    ],
)
def test_the_bill_is_read_exactly_or_not_at_all(
    billing: object, units: int | None, cost: int | None, currency: str | None
) -> None:
    actual = read(status="succeeded", billing=billing).actual
    assert (actual.units_milli, actual.cost_micro, actual.currency) == (units, cost, currency)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Failure to pass the risk control system", ErrorClass.MODERATION_OUTPUT),
        ("The input image is sensitive", ErrorClass.MODERATION_INPUT),
        ("worker died", ErrorClass.PROVIDER_TRANSIENT),
    ],
)
def test_a_failure_says_what_kind_it_was_and_whether_it_was_paid(message: str, kind: ErrorClass) -> None:
    found = read(status="failed", message=message, billing=[{**UNIT, "amount": "0"}]).error
    assert found is not None
    assert (found.error_class, found.detail, found.safe_to_resubmit, found.charged) == (kind, message, False, False)


def many(kling: Kling, *ids: str) -> dict[str, RemoteTask]:
    async def story() -> dict[str, RemoteTask]:
        found = await kling.aget_many(ids)
        await kling.aclose()
        return found

    return asyncio.run(story())


def test_many_tasks_are_one_question_and_the_unknown_one_is_lost() -> None:
    answers = envelope([task(id="3", status="processing"), task(id="1")])
    with serving(said(200, answers, Retry_After="4")) as server:
        found = many(at(server), "1", "2", "3")
    assert {each: found[each].state for each in found} == {
        "1": RemoteState.QUEUED, "2": RemoteState.LOST, "3": RemoteState.RUNNING,
    }  # fmt: skip
    assert ([received.path for received in server.received], found["1"].poll_after) == (["/tasks?task_ids=1,2,3"], 4.0)


def test_where_one_id_spoils_the_answer_each_is_asked_for_by_itself() -> None:
    refusal = said(404, envelope(code=1203, message="no task 2"))
    with serving(in_turn(refusal, said(200, envelope([task(id="1")])), refusal)) as server:
        found = many(at(server), "1", "2")
    assert (found["1"].state, found["2"].state) == (RemoteState.QUEUED, RemoteState.LOST)
    assert [received.path for received in server.received] == [f"/tasks?task_ids={each}" for each in ("1,2", "1", "2")]


def test_the_file_is_opened_without_our_key_at_the_address_in_the_task() -> None:
    with serving(video) as store:
        done = envelope([task(status="succeeded", outputs=[{"type": "video", "url": f"{store.url}/v.mp4"}])])
        with serving(said(200, done)) as server, at(server, result_ports=(store.port,)).download("893") as stream:
            assert stream.read() == b"v" * 5000
    assert "authorization" not in store.received[0].headers


def test_a_file_on_a_host_that_is_not_klings_is_not_opened() -> None:
    with serving(video) as store, pytest.raises(ProviderError) as caught:
        facts = {"result_ports": (store.port,), "result_hosts": ("klingai.test",)}
        account("http://api.klingai.test", **facts).download("893", result_url=f"{store.url}/v.mp4")
    assert (caught.value.code, store.received) == ("http-blocked", [])


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_purged_file_is_an_expired_one(status: int) -> None:
    with serving(said(status, {})) as store, pytest.raises(ProviderError) as caught:
        at(store).download("893", result_url=f"{store.url}/v.mp4")
    assert caught.value.error_class is ErrorClass.EXPIRED_ASSET


def test_a_finished_task_without_a_file_is_asked_again_and_pictures_are_never_there() -> None:
    with serving(said(200, envelope([task(status="succeeded")]))) as server:
        with pytest.raises(ProviderError) as missing:
            at(server).download("893")
        with pytest.raises(ProviderError) as thumbnail:
            at(server).download("893", Variant.THUMBNAIL)
    assert (missing.value.code, missing.value.retryable) == ("no-link", True)
    assert (thumbnail.value.code, thumbnail.value.retryable) == ("not-on-this-wire", False)


def test_kling_cannot_cancel_and_is_not_asked_to() -> None:
    with serving(said(200, envelope())) as server:
        assert at(server).cancel("893") is CancelOutcome.UNSUPPORTED
    assert server.received == []


CALL = json.dumps(task(status="succeeded")).encode()


def signed(*secrets: str, raw: bytes = CALL, age: int = 0) -> dict[str, str]:
    when = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=age)
    signatures = " ".join(Webhook(each).sign("msg_1", when, raw.decode()) for each in secrets)
    return {
        "Webhook-Id": "msg_1", "Webhook-Timestamp": str(int(when.timestamp())), "Webhook-Signature": signatures,
    }  # fmt: skip


@pytest.mark.parametrize("held", [(SECRET,), (SECRET, OLD_SECRET), (OLD_SECRET,)])
def test_a_call_with_two_signatures_during_rotation_is_taken_by_whoever_holds_one_secret(held: tuple[str, ...]) -> None:
    hint = account(webhook_secrets=held).verify_webhook(signed(SECRET, OLD_SECRET), CALL)
    assert (hint.webhook_id, hint.kind, hint.remote_id, hint.client_id, hint.signed) == (
        "msg_1", "succeeded", "893", "our-id", True,
    )  # fmt: skip


@pytest.mark.parametrize("body", [task(), envelope([task()]), envelope(task())], ids=["bare", "list", "envelope"])
def test_an_unsigned_call_at_the_tasks_own_path_is_known_again_by_its_body(body: object) -> None:
    raw = json.dumps(body).encode()
    hint = account().verify_webhook({}, raw, trusted_path=True)
    assert (hint.webhook_id, hint.remote_id, hint.client_id, hint.signed) == (
        hashlib.sha256(raw).hexdigest(), "893", "our-id", False,
    )  # fmt: skip
    assert hint.sent_at == dt.datetime(2026, 11, 22, 12, 1, tzinfo=dt.UTC)


SignedCall = tuple[dict[str, str], bytes]
UNBELIEVABLE: dict[str, tuple[tuple[str, ...], Callable[[], SignedCall]]] = {  # made when asked for: signatures age
    "unsigned though signed is due": ((SECRET,), lambda: ({}, CALL)),
    "foreign": ((SECRET,), lambda: (signed(OLD_SECRET), CALL)),
    "stale": ((SECRET,), lambda: (signed(SECRET, age=301), CALL)),
    "altered": ((SECRET,), lambda: (signed(SECRET), CALL.replace(b"893", b"894"))),
    "no JSON": ((), lambda: ({}, b"not json")),
    "a list": ((), lambda: ({}, b"[]")),
    "about nobody": ((), lambda: ({}, b'{"status": "succeeded"}')),
    "too deep": ((), lambda: ({}, b"[" * 60_000)),
    "too large": ((), lambda: ({}, CALL + b" " * 70_000)),
}


@pytest.mark.parametrize(("held", "call"), UNBELIEVABLE.values(), ids=UNBELIEVABLE)
def test_a_call_that_cannot_be_believed_is_refused(held: tuple[str, ...], call: Callable[[], SignedCall]) -> None:
    headers, raw = call()
    with pytest.raises(WebhookRefused):
        account(webhook_secrets=held).verify_webhook(headers, raw, trusted_path=True)


def test_an_unsigned_call_anywhere_else_is_refused() -> None:
    with pytest.raises(WebhookRefused):
        account().verify_webhook({}, CALL)


@pytest.mark.parametrize(
    ("status", "body", "ok", "code"),
    [
        (200, envelope([]), True, "ok"),
        (404, envelope(code=1203, message="no such task"), True, "ok"),
        (401, envelope(code=1002, message="no"), False, "auth"),
        (429, envelope(code=1304, message="no"), False, "auth"),
        (429, envelope(code=1101, message="arrears"), False, "1101"),
        (404, "elsewhere", False, "no-api"),
        (500, envelope(code=5000, message="no"), False, "5000"),
    ],
)
def test_the_account_test_says_what_it_found_and_makes_nothing(
    status: int, body: object, *, ok: bool, code: str
) -> None:
    with serving(said(status, body)) as server:
        found = at(server).check()
    assert (found.ok, found.code) == (ok, code)
    assert [f"{received.method} {received.path}" for received in server.received] == ["GET /tasks?task_ids=0"]
