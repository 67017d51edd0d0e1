"""Servers of the Videos dialect, each as it really differs: LiteLLM, vLLM-Omni, SGLang, resellers, and a retired service."""

import base64
import datetime as dt
import json
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

import pytest
from standardwebhooks import Webhook

from generations.providers.base import (
    CancelOutcome,
    CreateRequest,
    ErrorClass,
    ProviderError,
    RemoteState,
    Variant,
    WebhookRefused,
)
from tests.generations.providers.test_deviations import EVENT, FOX, SECRET, SINCE, at, hooked, job, routed, said, signed
from tests.generations.providers.test_openai_orders import EDIT, EXTEND, REMIX
from tests.lib.servers import Received, reply, serving

ONE, CONTENT = "GET /v1/videos/video_1", "GET /v1/videos/video_1/content"
DELETE = "DELETE /v1/videos/video_1"
STOPPABLE = {"delete_cancels": True}


# LiteLLM


def test_litellm_answers_500_to_a_remix_that_it_cannot_make_and_that_is_not_sent_again() -> None:
    error = {"error": {"message": "remix is not supported", "type": "None", "param": "None", "code": "500"}}
    with serving(said(500, error)) as server, pytest.raises(ProviderError) as caught:
        at(server).create(REMIX)
    assert (caught.value.error_class, caught.value.safe_to_resubmit) == (ErrorClass.AMBIGUOUS_SUBMIT, False)
    assert len(server.received) == 1


def test_litellm_without_a_database_answers_400_to_a_wrong_key() -> None:
    error = {"error": {"message": "No connected db.", "type": "no_db_connection", "param": None, "code": "400"}}
    with serving(said(400, error)) as server, pytest.raises(ProviderError) as caught:
        at(server).get("video_1")
    assert caught.value.error_class is ErrorClass.AUTH


def test_litellm_gives_the_status_as_the_code_and_the_status_decides() -> None:
    error = {"error": {"message": "slow down", "type": "throttling_error", "param": None, "code": "429"}}
    with serving(said(429, error)) as server, pytest.raises(ProviderError) as caught:
        at(server).create(FOX)
    assert caught.value.error_class is ErrorClass.RATE_LIMITED


def pasted(inner: dict[str, str], code: str, kind: str = "invalid_request_error") -> dict[str, object]:
    """The service's error as LiteLLM hands it on."""
    text = f"litellm.BadRequestError: OpenAIException - {json.dumps({'error': inner})}\n\nLiteLLM: model group failed."
    return {"error": {"message": text, "type": kind, "param": None, "code": code}}


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "moderation_blocked", ErrorClass.MODERATION_INPUT),
        (429, "insufficient_quota", ErrorClass.ACCOUNT),
        (429, "rate_limit_exceeded", ErrorClass.RATE_LIMITED),
        (401, "invalid_api_key", ErrorClass.AUTH),
    ],
)
def test_litellm_pastes_the_services_error_into_its_own_and_the_inner_one_counts(
    status: int, code: str, kind: ErrorClass
) -> None:
    with (
        serving(said(status, pasted({"message": "Blocked.", "code": code}, str(status)))) as server,
        pytest.raises(ProviderError) as caught,
    ):
        at(server).create(FOX)
    assert (caught.value.error_class, caught.value.code, caught.value.detail) == (kind, code, "Blocked.")


@pytest.mark.parametrize("message", ['{"error": 5} x', '{"error": {"code":', '{"error"', "plain words"])
def test_what_only_looks_like_a_pasted_error_is_left_as_it_is(message: str) -> None:
    error = {"error": {"message": message, "code": "odd"}}
    with serving(said(400, error)) as server, pytest.raises(ProviderError) as caught:
        at(server).create(FOX)
    assert (caught.value.code, caught.value.detail) == ("odd", message)


def test_litellm_renames_the_wish_for_patience() -> None:
    with (
        serving(lambda h, r: reply(h, 429, b"{}", {"llm_provider-retry-after": "2"})) as server,
        pytest.raises(ProviderError) as caught,
    ):
        at(server).create(FOX)
    assert caught.value.retry_after == 2.0


def envelope(route: str, inner: str, provider: str = "openai") -> str:
    """An id as LiteLLM makes them."""
    letter = f"litellm:custom_llm_provider:{provider};model_id:{route};video_id:{inner}"
    return f"video_{base64.b64encode(letter.encode()).decode()}"


@pytest.mark.parametrize(
    ("answered", "source", "kept"),
    [
        (envelope("", "video_9"), envelope("sora-2", "video_1"), envelope("sora-2", "video_9")),
        (envelope("other", "video_9"), envelope("sora-2", "video_1"), envelope("other", "video_9")),
        (envelope("", "video_9", "azure"), envelope("sora-2", "video_1"), envelope("", "video_9", "azure")),
        (envelope("", "video_9"), "video_1", envelope("", "video_9")),
        ("video_9", envelope("sora-2", "video_1"), "video_9"),
        ("video_é", "video_1", "video_é"),
    ],
)
def test_litellms_id_for_a_remix_gets_its_route_back_or_it_would_lead_to_openai(
    answered: str, source: str, kept: str
) -> None:
    with serving(said(200, job(id=answered))) as server:
        assert at(server).create(replace(REMIX, source_remote_id=source)).remote_id == kept


def test_litellm_without_a_list_says_so_of_a_good_key_and_refuses_a_wrong_one() -> None:
    with serving(said(400, {"error": {"message": "LLM Provider NOT provided", "code": "400"}})) as server:
        assert (at(server).check().ok, at(server).check().code) == (True, "no-list")
    with serving(said(400, {"error": {"type": "no_db_connection", "code": "400"}})) as server:
        assert (at(server).check().ok, at(server).check().code) == (False, "auth")


def test_litellm_sends_the_video_for_every_variant_and_none_of_them_is_kept() -> None:
    with serving(lambda h, r: reply(h, 200, b"ftyp", {"Content-Type": "video/mp4"})) as server:
        for variant in (Variant.THUMBNAIL, Variant.SPRITESHEET):
            with pytest.raises(ProviderError) as caught:
                at(server).download("video_1", variant)
            assert (caught.value.error_class, caught.value.detail) == (
                ErrorClass.INTEGRITY, f"{variant} came as video/mp4.",
            )  # fmt: skip
    assert [received.path.partition("=")[2] for received in server.received] == ["thumbnail", "spritesheet"]


# vLLM-Omni


def test_vllm_omni_says_404_of_a_content_that_is_not_there_yet() -> None:
    running = {ONE: (200, job(status="in_progress")), CONTENT: (404, {"detail": "not ready"})}
    with serving(routed(running)) as server, pytest.raises(ProviderError) as caught:
        at(server).download("video_1")
    assert (caught.value.error_class, caught.value.code, caught.value.retryable) == (
        ErrorClass.PROVIDER_TRANSIENT, "not-ready", True,
    )  # fmt: skip


def test_vllm_omni_says_422_of_a_content_that_will_never_be() -> None:
    failed = job(status="failed", error={"code": 500, "message": "out of memory"})
    with (
        serving(routed({ONE: (200, failed), CONTENT: (422, {"detail": "failed"})})) as server,
        pytest.raises(ProviderError) as caught,
    ):
        at(server).download("video_1")
    assert (caught.value.code, caught.value.detail, caught.value.safe_to_resubmit) == ("500", "out of memory", False)


@pytest.mark.parametrize(
    ("status", "body", "kind", "detail"),
    [
        (422, {"detail": "seconds must be positive"}, ErrorClass.INVALID_REQUEST, "seconds must be positive"),
        (422, {"detail": [{"loc": ["body", "size"]}]}, ErrorClass.INVALID_REQUEST, '[{"loc": ["body", "size"]}]'),
        (404, {"detail": {"code": "model_not_found", "message": "no"}}, ErrorClass.PROVIDER_PERMANENT, "no"),
    ],
)
def test_errors_may_be_called_detail(status: int, body: object, kind: ErrorClass, detail: str) -> None:
    with serving(said(status, body)) as server, pytest.raises(ProviderError) as caught:
        at(server).create(FOX)
    assert (caught.value.error_class, caught.value.detail) == (kind, detail)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, CancelOutcome.CANCELLED),
        (204, CancelOutcome.CANCELLED),
        (409, CancelOutcome.REQUESTED),
        (404, CancelOutcome.REQUESTED),
        (405, CancelOutcome.REQUESTED),
    ],
)
def test_vllm_omni_stops_a_running_task_by_delete(status: int, outcome: CancelOutcome) -> None:
    answers = {ONE: (200, job(status="in_progress")), DELETE: (status, {"id": "video_1", "deleted": True})}
    with serving(routed(answers)) as server:
        found = at(server, options=STOPPABLE).cancel("video_1")
    assert found is (CancelOutcome.UNSUPPORTED if status == 405 else outcome)
    assert [received.method for received in server.received] == ["GET", "DELETE"]


@pytest.mark.parametrize("word", ["completed", "failed", "deleted"])
def test_a_finished_task_is_never_deleted_by_a_cancel(word: str) -> None:
    with serving(routed({ONE: (200, job(status=word)), DELETE: (200, {})})) as server:
        assert at(server, options=STOPPABLE).cancel("video_1") is CancelOutcome.TOO_LATE
    assert [received.method for received in server.received] == ["GET"]


def test_the_contract_itself_has_no_cancel_and_nobody_is_asked() -> None:
    with serving(said(200, job())) as server:
        assert at(server).cancel("video_1") is CancelOutcome.UNSUPPORTED
    assert server.received == []


# SGLang


def test_sglang_answers_a_delete_with_the_task_and_afterwards_calls_it_deleted() -> None:
    gone = job(status="deleted", seconds=4)
    with serving(routed({ONE: (200, gone), DELETE: (200, gone)})) as server:
        assert at(server).delete("video_1") is True
        task = at(server).get("video_1")
    assert (task.state, task.raw_state, task.actual.seconds) == (RemoteState.CANCELLED, "deleted", 4)


def test_sglang_forgets_every_task_when_it_is_started_again() -> None:
    with serving(routed({})) as server:
        task = at(server).get("video_1")
        found = at(server).check()
    assert (task.state, found.code) == (RemoteState.LOST, "no-api")


def test_sglang_names_an_address_of_its_own_that_wants_the_key() -> None:
    def answer(handler: BaseHTTPRequestHandler, received: Received) -> None:
        if received.path == "/files/v.mp4" and "authorization" in received.headers:
            reply(handler, 200, b"ftyp", {"Content-Type": "video/mp4"})
        else:
            reply(handler, 404)

    with serving(answer) as server, at(server).download("video_1", result_url=f"{server.url}/files/v.mp4") as stream:
        assert stream.read() == b"ftyp"
    assert [received.path for received in server.received] == [
        "/v1/videos/video_1/content?variant=video",
        "/files/v.mp4",
    ]


def test_sglangs_path_on_its_own_disk_is_never_taken_for_an_address() -> None:
    """It names both: ``url`` is asked, ``file_path`` means something to that machine only."""
    here = job(status="completed", file_path="/srv/outputs/v.mp4")
    with serving(routed({ONE: (200, here)})) as server:
        task = at(server).get("video_1")
    assert (task.state, task.result_url) == (RemoteState.FETCHING, None)
    both = job(status="completed", file_path="/srv/outputs/v.mp4", url="https://sglang.test/v.mp4")
    with serving(routed({ONE: (200, both)})) as server:
        assert at(server).get("video_1").result_url == "https://sglang.test/v.mp4"


# Resellers


def test_a_link_elsewhere_that_refuses_has_expired_but_our_own_service_refuses_the_key() -> None:
    with serving(said(403, {})) as store, serving(routed({})) as server, pytest.raises(ProviderError) as caught:
        at(server, result_ports=(store.port,)).download("video_1", result_url=f"{store.url}/v.mp4")
    assert (caught.value.error_class, caught.value.code) == (ErrorClass.EXPIRED_ASSET, "http-403")
    with serving(said(403, {"error": {"message": "no"}})) as server, pytest.raises(ProviderError) as refused:
        at(server).download("video_1")
    assert (refused.value.error_class, refused.value.detail) == (ErrorClass.ACCOUNT, "no")


def test_a_wrapper_may_nest_the_task_twice_and_its_words_are_the_vendors() -> None:
    body = {"code": "success", "data": {"task_id": "t", "data": {"status": "succeeded", "duration": 8.0,
            "video_url": "https://cdn.test/v.mp4", "size": "1280*720"}}}  # fmt: skip
    with serving(said(200, body)) as server:
        task = at(server).get("t")
    assert (task.state, task.raw_state, task.result_url) == (
        RemoteState.FETCHING, "succeeded", "https://cdn.test/v.mp4",
    )  # fmt: skip
    assert (task.actual.seconds, task.actual.width, task.actual.height) == (8, 1280, 720)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"id": "video_1"}', b"[" * 100_000])
def test_an_answer_without_a_state_says_nothing_about_the_task(body: bytes) -> None:
    with serving(lambda h, r: reply(h, 200, body)) as server, pytest.raises(ProviderError) as caught:
        at(server).get("video_1")
    found = caught.value
    assert (found.error_class, found.code, found.retryable) == (ErrorClass.PROVIDER_TRANSIENT, "unreadable", True)


# A service that has ended


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, {}),
        (410, {}),
        (404, {"code": "model_not_found", "message": "The model sora-2 does not exist"}),
        (400, {"code": "model_deprecated"}),
        (501, {}),
    ],
)
def test_a_retired_service_is_permanently_gone_for_orders(status: int, error: dict[str, str]) -> None:
    with serving(said(status, {"error": error})) as server, pytest.raises(ProviderError) as caught:
        at(server).create(FOX)
    found = caught.value
    assert (found.error_class, found.safe_to_resubmit, found.charged) == (ErrorClass.PROVIDER_PERMANENT, False, False)


def test_a_task_of_a_retired_service_is_lost_but_a_missing_model_says_nothing_about_it() -> None:
    with serving(said(410, {"error": {"message": "Gone"}})) as server:
        assert at(server).get("video_1").state is RemoteState.LOST
    with serving(said(404, {"error": {"code": "model_not_found"}})) as server, pytest.raises(ProviderError) as caught:
        at(server).get("video_1")
    assert (caught.value.error_class, caught.value.retryable) == (ErrorClass.PROVIDER_PERMANENT, False)


# The contract, and the traps of its clients


def test_an_event_of_an_unknown_type_is_a_hint_all_the_same() -> None:
    raw = EVENT.replace(b"video.completed", b"video.daydreamed")
    hint = hooked().verify_webhook(signed(raw=raw), raw)
    assert (hint.kind, hint.remote_id, hint.signed) == ("video.daydreamed", "video_1", True)


def test_several_signatures_in_one_header_are_each_tried() -> None:
    now = dt.datetime.now(dt.UTC)
    mine = Webhook(SECRET).sign("wh_1", now, EVENT.decode())
    headers = {**signed(), "Webhook-Timestamp": str(int(now.timestamp())), "Webhook-Signature": f"v1,AAAA {mine}"}
    assert hooked().verify_webhook(headers, EVENT).webhook_id == "wh_1"


def test_an_unguessable_address_does_not_stand_in_for_a_signature() -> None:
    with pytest.raises(WebhookRefused), serving(said(200, {})) as server:
        at(server, webhook_secrets=()).verify_webhook({}, EVENT, trusted_path=True)


def listing(*tasks: dict[str, object]) -> dict[str, object]:
    return {"object": "list", "data": list(tasks), "has_more": False}


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        (FOX, ["plain"]),
        (replace(REMIX, prompt=FOX.prompt, source_remote_id="video_0"), ["remix", "plain"]),
        (replace(EDIT, prompt=FOX.prompt), ["remix", "plain"]),
        (replace(EXTEND, prompt=FOX.prompt), ["remix", "longer", "plain"]),
    ],
    ids=["create", "remix", "edit", "extend"],
)
def test_what_was_made_from_another_video_is_told_apart(request_: CreateRequest, found: list[str]) -> None:
    tasks = (
        job(id="remix", prompt=FOX.prompt, remixed_from_video_id="video_0"),
        job(id="foreign", prompt=FOX.prompt, remixed_from_video_id="video_9"),
        job(id="longer", prompt=FOX.prompt, seconds="12"),
        job(id="plain", prompt=FOX.prompt, remixed_from_video_id=None),
    )
    with serving(said(200, listing(*tasks))) as server:
        assert [task.remote_id for task in at(server).find(request_, SINCE)] == found


def test_items_that_cannot_be_read_are_passed_over() -> None:
    items = ["x", None, {}, {"id": "stateless"}, {"status": "queued"}]
    body = {"data": [*items, job(prompt=FOX.prompt)], "has_more": True, "last_id": None}

    def answer(handler: BaseHTTPRequestHandler, received: Received) -> None:
        said(200, body if "after" not in received.path else {"data": []})(handler, received)

    with serving(answer) as server:
        assert [task.remote_id for task in at(server).find(FOX, SINCE)] == ["video_1"]
    assert server.received[1].path.endswith("&after=video_1")


def test_the_key_is_not_in_what_a_refused_download_says() -> None:
    said_back = json.dumps({"error": {"message": "sk-planted-0123456789 is wrong", "code": "nope"}}).encode()
    with serving(lambda h, r: reply(h, 401, said_back)) as server, pytest.raises(ProviderError) as caught:
        at(server).download("video_1")
    assert (caught.value.error_class, caught.value.detail) == (ErrorClass.AUTH, "*** is wrong")
