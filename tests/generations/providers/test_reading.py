"""What providers answer, made fit to be kept: halves of characters, zero bytes, days before all days."""

import datetime as dt
import json

import pytest
import time_machine

from generations.providers.reading import moment, parsed, plain, wait_seconds
from sorahub.lib.http import Response


def answer(body: bytes) -> Response:
    return Response(200, {"content-type": "application/json"}, body)


@pytest.mark.parametrize(
    "raw",
    [
        rb'{"error": {"message": "Your prompt: A fox \ud83e"}}',
        rb'{"error": {"message": "Your prompt: A fox \u0000"}}',
    ],
    ids=["half an emoji", "a zero byte"],
)
def test_a_text_that_no_database_keeps_comes_with_a_mark_in_its_place(raw: bytes) -> None:
    assert parsed(answer(raw)) == {"error": {"message": "Your prompt: A fox \ufffd"}}


def test_whole_characters_stay_as_they_are() -> None:
    words = {"list": ["狐狸 🦊", 5, None]}
    assert parsed(answer(json.dumps(words).encode())) == words
    assert parsed(answer(json.dumps(words, ensure_ascii=False).encode())) == words


def test_a_text_from_anywhere_else_is_made_plain() -> None:
    assert plain("a\x00b \ud83e sk-1", secret="sk-1") == "a b   ***"


@pytest.mark.parametrize(
    "never", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-11:00", 0, "0", -5, "NaN"]
)
def test_a_time_that_means_never_is_none(never: object) -> None:
    assert moment(never) is None


def test_a_written_time_is_read_in_its_zone() -> None:
    assert moment("2026-11-22T12:00:00+08:00") == dt.datetime(2026, 11, 22, 4, tzinfo=dt.UTC)


NOON = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "120"}, 120.0),
        ({"retry-after": "3600"}, 3600.0),
        ({"retry-after": "86400"}, 3600.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "Sat, 28 Nov 2026 12:10:00 GMT"}, 600.0),
        ({"retry-after": "Sat, 28 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "Sun, 29 Nov 2026 12:00:00 GMT"}, 3600.0),
        # the provider's clock is an hour ahead of ours
        ({"retry-after": "Sat, 28 Nov 2026 13:00:30 GMT", "date": "Sat, 28 Nov 2026 13:00:00 GMT"}, 30.0),
        ({"openai-poll-after-ms": "2500", "retry-after": "60"}, 2.5),
    ],
)
def test_how_long_a_provider_asks_us_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    with time_machine.travel(NOON, tick=False):
        assert wait_seconds(headers) == seconds
