"""Files are served so that any player can seek in them, whatever it asks for."""

import gc
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from sorahub.lib.errors import NotFound
from sorahub.lib.ranges import CHUNK, FileSlice, Unsatisfiable, parse_range, ranged_response

DATA = bytes(range(256)) * 40
SIZE = len(DATA)


@pytest.fixture(autouse=True)
def requests_end_without_the_database() -> Iterator[None]:
    """Closing an answer tells Django that a request ended; it then looks after connections that these tests do not have."""
    request_finished.disconnect(close_old_connections)
    yield
    request_finished.connect(close_old_connections)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(DATA)
    return path


def ask(path: Path, method: str = "get", headers: dict[str, str] | None = None, **options: Any) -> HttpResponseBase:
    request = getattr(RequestFactory(), method)("/film", headers=headers or {})
    return ranged_response(request, path, **{"content_type": "video/mp4", "etag": "abc", **options})


def body(response: HttpResponseBase) -> bytes:
    data = b"".join(response) if isinstance(response, StreamingHttpResponse) else response.content  # type: ignore[attr-defined]
    response.close()
    return bytes(data)


def test_the_whole_file_with_its_headers(film: Path) -> None:
    response = ask(film)
    assert (response.status_code, body(response)) == (200, DATA)
    assert dict(response.headers) == {
        "Content-Type": "video/mp4",
        "Content-Length": str(SIZE),
        "ETag": '"abc"',
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-site",
        "Cache-Control": "private, no-cache",
    }


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-", 0, SIZE - 1),
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        ("Bytes = 100-199 ", 100, 199),
        ("bytes=-5", SIZE - 5, SIZE - 1),
        (f"bytes=-{SIZE * 2}", 0, SIZE - 1),
        (f"bytes=5-{10**30}", 5, SIZE - 1),
    ],
)
def test_one_range_is_206(film: Path, wanted: str, first: int, last: int) -> None:
    response = ask(film, headers={"Range": wanted})
    assert (response.status_code, body(response)) == (206, DATA[first : last + 1])
    assert response["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert response["Content-Length"] == str(last - first + 1)


@pytest.mark.parametrize("wanted", [f"bytes={SIZE}-", "bytes=-0", f"bytes={10**30}-"])
def test_a_range_beyond_the_file_is_416(film: Path, wanted: str) -> None:
    response = ask(film, headers={"Range": wanted})
    assert (response.status_code, response["Content-Range"], body(response)) == (416, f"bytes */{SIZE}", b"")


@pytest.mark.parametrize(
    "wanted", ["bytes=5-1", "bytes=-", "items=0-1", "bytes=0-1,5-6", "bytes=0-1, 0-1", "x", "bytes=٣-", "bytes=--5"]
)
def test_what_is_not_one_range_gets_the_whole_file(film: Path, wanted: str) -> None:
    response = ask(film, headers={"Range": wanted})
    assert (response.status_code, body(response)) == (200, DATA)


def test_conditions(film: Path) -> None:
    for known in ('"abc"', 'W/"abc"', '"x", "abc"', "*"):
        fresh = ask(film, headers={"If-None-Match": known, "Range": "bytes=0-1"})
        assert (fresh.status_code, fresh["ETag"], body(fresh)) == (304, '"abc"', b"")
    assert ask(film, "head", headers={"If-None-Match": '"old"'}).status_code == 200
    for validator, status in (('"abc"', 206), ('"old"', 200), ('W/"abc"', 200), ("Sun, 22 Nov 2026 10:00:00 GMT", 200)):
        response = ask(film, headers={"If-Range": validator, "Range": "bytes=0-1"})
        assert response.status_code == status
        response.close()


def test_head_says_what_get_would_send(film: Path) -> None:
    whole, part = ask(film, "head"), ask(film, "head", headers={"Range": "bytes=0-9"})
    assert (whole.status_code, whole["Content-Length"], body(whole)) == (200, str(SIZE), b"")
    assert (part.status_code, part["Content-Length"], body(part)) == (206, "10", b"")
    assert ask(film, "post").status_code == 405


def test_names_for_saving_are_safe(film: Path) -> None:
    response = ask(film, "head", filename='Zoë "cut"\r\n../7.mp4', attachment=True)
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''Zo%C3%AB%20%22cut%22_.._7.mp4")
    assert ask(film, "head", filename="a.mp4")["Content-Disposition"] == 'inline; filename="a.mp4"'
    assert ask(film, "head", max_age=60)["Cache-Control"] == "private, max-age=60"


def test_the_web_server_can_do_the_work(film: Path) -> None:
    response = ask(film, accel_prefix="/protected/", root=film.parent)
    assert (response["X-Accel-Redirect"], body(response)) == ("/protected/film.mp4", b"")
    assert "Content-Length" not in response.headers
    with pytest.raises(NotFound):
        ask(film, accel_prefix="/protected/", root=film.parent / "elsewhere")


def test_a_missing_file_is_not_found_and_an_empty_one_is_empty(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        ask(tmp_path / "none.mp4")
    empty = tmp_path / "empty.mp4"
    empty.touch()
    assert body(ask(empty)) == b""
    assert ask(empty, headers={"Range": "bytes=0-"}).status_code == 416


def test_a_file_is_read_in_chunks_and_closed_even_if_nobody_reads(tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    path.write_bytes(bytes(3 * CHUNK + 1))
    part = FileSlice(path, range(1, 3 * CHUNK))
    assert [len(chunk) for chunk in part] == [CHUNK, CHUNK, CHUNK - 1]
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        ask(path).close()
        gc.collect()


@given(st.text(max_size=40) | st.from_regex(r"bytes=[0-9]{0,25}-[0-9]{0,25}", fullmatch=True), st.integers(0, 10**6))
def test_no_header_can_ask_for_what_is_not_there(header: str, size: int) -> None:
    try:
        span = parse_range(header, size)
    except Unsatisfiable:
        return
    assert span is None or (span and 0 <= span.start < span.stop <= size)
