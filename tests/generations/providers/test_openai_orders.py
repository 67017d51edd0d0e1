"""What the Videos dialect sends: one POST each for a video, a remix, an edit, an extension and a character."""

import json
from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest

from generations.providers.base import CreateRequest, ErrorClass, ProviderError, ReferenceFile
from tests.generations.providers.test_deviations import FOX, at, job, said
from tests.lib.servers import Received, serving

FRAME = ReferenceFile("frame.png", "image/png", b"\x89PNG")
FOOTAGE = ReferenceFile("fox.mp4", "video/mp4", b"ftyp", kind="video", role="base_video")
REMIX = replace(FOX, mode="remix", prompt="The fox at night", source_remote_id="video_0/+")
EDIT = replace(FOX, mode="edit", prompt="Make it rain", source_remote_id="video_0")
EXTEND = replace(FOX, mode="extend", prompt="It runs away", seconds=8, source_remote_id="video_0")


def sent(request: CreateRequest, **account: Any) -> Received:
    """The one call that an order makes."""
    with serving(said(200, job())) as server:
        at(server, **account).create(request)
    (received,) = server.received
    return received


def fields(received: Received) -> dict[str, bytes]:
    """The parts of a multipart body by name."""
    kind = received.headers["content-type"]
    assert kind.startswith("multipart/form-data")
    message = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + received.body)
    parts = (part for part in message.walk() if not part.is_multipart())
    return {str(part.get_param("name", header="content-disposition")): _content(part) for part in parts}


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


@pytest.mark.parametrize(
    ("request_", "path", "body"),
    [
        (REMIX, "/v1/videos/video_0%2F%2B/remix", {"prompt": "The fox at night"}),
        (EDIT, "/v1/videos/edits", {"prompt": "Make it rain", "video": {"id": "video_0"}}),
        (EXTEND, "/v1/videos/extensions", {"prompt": "It runs away", "seconds": "8", "video": {"id": "video_0"}}),
    ],
    ids=["remix", "edit", "extend"],
)
def test_an_order_from_an_earlier_video_names_it_and_nothing_that_the_call_does_not_know(
    request_: CreateRequest, path: str, body: dict[str, object]
) -> None:
    received = sent(request_)
    assert (received.method, received.path, json.loads(received.body)) == ("POST", path, body)


def test_an_edit_may_start_from_an_uploaded_video_and_then_names_the_model() -> None:
    received = sent(replace(EDIT, source_remote_id="", references=(FOOTAGE,)))
    assert received.path == "/v1/videos/edits"
    assert fields(received) == {"prompt": b"Make it rain", "model": b"sora-2", "video": b"ftyp"}


@pytest.mark.parametrize("mode", ["remix", "edit", "extend"])
def test_an_order_without_anything_to_start_from_is_not_sent(mode: str) -> None:
    with serving(said(200, job())) as server, pytest.raises(ProviderError) as caught:
        at(server).create(replace(FOX, mode=mode))
    assert (caught.value.error_class, caught.value.code, caught.value.charged) == (
        ErrorClass.INVALID_REQUEST, "not-on-this-wire", False,
    )  # fmt: skip
    assert server.received == []


def test_characters_go_along_by_id() -> None:
    received = sent(replace(FOX, characters=("char_1", "char_2")))
    assert json.loads(received.body)["characters"] == [{"id": "char_1"}, {"id": "char_2"}]
    with_frame = fields(sent(replace(FOX, characters=("char_1", "char_2"), references=(FRAME,))))
    assert (with_frame["characters[0][id]"], with_frame["characters[1][id]"]) == (b"char_1", b"char_2")
    assert with_frame["input_reference"] == FRAME.content


def test_a_character_is_made_of_a_name_and_a_short_video() -> None:
    with serving(said(200, {"id": "char_9", "name": "Rusty"})) as server:
        assert at(server).make_character("Rusty", FOOTAGE) == "char_9"
    (received,) = server.received
    assert (received.path, fields(received)) == ("/v1/videos/characters", {"name": b"Rusty", "video": b"ftyp"})


def test_a_character_without_an_id_is_not_known_to_exist() -> None:
    with serving(said(200, {"name": "Rusty"})) as server, pytest.raises(ProviderError) as caught:
        at(server).make_character("Rusty", FOOTAGE)
    assert (caught.value.error_class, len(server.received)) == (ErrorClass.AMBIGUOUS_SUBMIT, 1)


def test_what_the_model_chooses_is_not_sent() -> None:
    body = json.loads(sent(replace(FOX, seconds=0, width=0, height=0)).body)
    assert body == {"model": "sora-2", "prompt": "A fox in the snow"}


WISHES = replace(
    FOX, seed=7, negative="blur", options={"multipart": True, "fps": 24, "enable_frame_interpolation": True}
)


def test_vllm_omni_reads_multipart_only_and_knows_more_fields() -> None:
    assert fields(sent(WISHES)) == {
        "model": b"sora-2", "prompt": b"A fox in the snow", "seconds": b"4", "size": b"1280x720", "seed": b"7",
        "negative_prompt": b"blur", "fps": b"24", "enable_frame_interpolation": b"true",
    }  # fmt: skip


def test_the_same_fields_keep_their_types_in_json() -> None:
    body = json.loads(sent(replace(WISHES, options={"fps": 24})).body)
    assert (body["seed"], body["fps"], body["negative_prompt"]) == (7, 24, "blur")


def test_an_account_may_speak_multipart_with_every_order() -> None:
    assert fields(sent(EXTEND, options={"multipart": True})) == {
        "prompt": b"It runs away", "seconds": b"8", "video[id]": b"video_0",
    }  # fmt: skip


def test_a_video_as_reference_goes_where_the_server_says_or_nowhere() -> None:
    moving = replace(FOOTAGE, role="reference")
    order = replace(FOX, mode="reference_to_video", references=(FRAME, moving))
    parts = fields(sent(replace(order, options={"file_video": "video_reference"})))
    assert (parts["input_reference"], parts["video_reference"]) == (FRAME.content, FOOTAGE.content)
    assert "file_video" not in parts
    with serving(said(200, job())) as server, pytest.raises(ProviderError, match="video as reference"):
        at(server).create(order)
    assert server.received == []


@pytest.mark.parametrize(("kind", "media_type"), [("image", "image/png"), ("audio", "audio/mpeg")])
def test_vllm_omni_takes_more_images_and_sound_in_fields_that_the_row_names(kind: str, media_type: str) -> None:
    more = ReferenceFile("more.bin", media_type, b"more", kind=kind, role="reference")
    order = replace(FOX, mode="reference_to_video", references=(FRAME, more))
    parts = fields(sent(replace(order, options={"multipart": True, f"file_{kind}": f"{kind}_reference"})))
    assert (parts["input_reference"], parts[f"{kind}_reference"]) == (FRAME.content, b"more")
    assert f"file_{kind}" not in parts
    twice = replace(order, references=(more, more), options={f"file_{kind}": f"{kind}_reference"})
    for refused in (order, twice):
        with serving(said(200, job())) as server, pytest.raises(ProviderError, match=f"no field for a {kind}"):
            at(server).create(refused)
        assert server.received == []


@pytest.mark.parametrize(
    ("status", "body", "name"),
    [(200, {"id": "c", "name": "Otto"}, "Otto"), (200, {"id": "c"}, ""), (404, {"error": {"code": "not_found"}}, None)],
)
def test_a_character_is_asked_for_by_its_id(status: int, body: object, name: str | None) -> None:
    with serving(said(status, body)) as server:
        assert at(server).character_name("char/1") == name
    assert (server.received[0].method, server.received[0].path) == ("GET", "/v1/videos/characters/char%2F1")


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_without_that_call_says_nothing_about_the_character(status: int) -> None:
    with serving(said(status, {"detail": "Not Found"})) as server, pytest.raises(ProviderError) as caught:
        at(server).character_name("char_1")
    assert (caught.value.code, caught.value.retryable) == ("character-unsupported", False)
