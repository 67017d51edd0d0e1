"""Files over HTTP with byte ranges (RFC 9110 section 14), so that players can seek. Permission is the
caller's affair.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseNotModified,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from sorahub.lib.errors import NotFound

CHUNK = 256 * 1024
_SPEC = re.compile(r"bytes[ \t]*=[ \t]*([0-9]*)-([0-9]*)[ \t]*", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f/\\]+")
_LONGEST_NUMBER = 18


class Unsatisfiable(Exception):
    """The range asked for lies outside the file."""


def parse_range(header: str | None, size: int) -> range | None:
    """The bytes asked for, or None when the whole file is the right answer (no range, several, or not
    understood).

    Raises Unsatisfiable when a well-formed single range has no byte in common with a file of ``size`` bytes.
    """
    match = _SPEC.fullmatch(header) if header else None
    if not match or match[1] == match[2] == "":
        return None
    first, last = _number(match[1]), _number(match[2])
    if first is None:
        first, last = max(0, size - (last or 0)), size - 1
    elif last is not None and last < first:
        return None
    span = range(first, min(size if last is None else last + 1, size))
    if not span:
        raise Unsatisfiable
    return span


def ranged_response(
    request: HttpRequest,
    path: Path,
    *,
    content_type: str,
    etag: str,
    filename: str | None = None,
    attachment: bool = False,
    accel_prefix: str | None = None,
    root: Path | None = None,
    max_age: int = 0,
) -> HttpResponseBase:
    """Answer GET or HEAD with the file at ``path``: 200, 206, 304 or 416, in memory bounded by one chunk.

    ``etag`` must change with the bytes (a SHA-256 does). With ``accel_prefix`` an X-Accel-Redirect hands the
    work to the web server; the prefix stands for ``root`` (MEDIA_ROOT by default). ``max_age`` in seconds; 0
    revalidates each time.
    A file that is not there raises NotFound.
    """
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if not path.is_file():
        raise NotFound("The file is not in the store.", code="file-missing")
    tag = etag if etag.startswith('"') else f'"{etag}"'
    response = _answer(request, path, tag, _accel_uri(path, accel_prefix, root))
    _add_headers(response, content_type, tag, max_age)
    disposition = content_disposition_header(attachment, _CONTROL.sub("_", filename) if filename else "")
    if disposition:
        response.headers["Content-Disposition"] = disposition
    return response


def _answer(request: HttpRequest, path: Path, tag: str, accel_uri: str | None) -> HttpResponseBase:
    if _tag_listed(request.headers.get("If-None-Match"), tag):
        return HttpResponseNotModified()
    if accel_uri is not None:
        return HttpResponse(headers={"X-Accel-Redirect": accel_uri})
    size = path.stat().st_size
    if_range = request.headers.get("If-Range")
    wanted = request.headers.get("Range") if if_range in {None, tag} else None
    try:
        span = parse_range(wanted, size)
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    return _send(request, path, span, size)


def _send(request: HttpRequest, path: Path, span: range | None, size: int) -> HttpResponseBase:
    status, part = (200, range(size)) if span is None else (206, span)
    head = request.method == "HEAD"
    response = HttpResponse() if head else StreamingHttpResponse(FileSlice(path, part))
    response.status_code = status
    response.headers["Content-Length"] = str(len(part))
    if span is not None:
        response.headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    return response


def _add_headers(response: HttpResponseBase, content_type: str, tag: str, max_age: int) -> None:
    if response.status_code != 304:
        response.headers["Content-Type"] = content_type
    response.headers["ETag"] = tag
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-site"
    response.headers["Cache-Control"] = f"private, max-age={max_age}" if max_age else "private, no-cache"


class FileSlice:
    """Iterates over some bytes of a file in chunks; the file closes at the end, on ``close`` and never
    later.
    """

    def __init__(self, path: Path, part: range) -> None:
        self._left = len(part)
        self._file: BinaryIO = path.open("rb")
        self._file.seek(part.start)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = b"" if self._file.closed else self._file.read(min(CHUNK, self._left))
        if not chunk:
            self.close()
            raise StopIteration
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        self._file.close()


def _number(digits: str) -> int | None:
    if not digits:
        return None
    return int(digits) if len(digits) <= _LONGEST_NUMBER else 10**_LONGEST_NUMBER


def _tag_listed(header: str | None, tag: str) -> bool:
    if not header:
        return False
    return header.strip() == "*" or tag in {item.strip().removeprefix("W/") for item in header.split(",")}


def _accel_uri(path: Path, prefix: str | None, root: Path | None) -> str | None:
    if prefix is None:
        return None
    base = (root or Path(settings.MEDIA_ROOT)).resolve()
    resolved = path.resolve()
    if not resolved.is_relative_to(base):
        raise NotFound("The file is not in the store.", code="file-missing")
    return f"{prefix.rstrip('/')}/{quote(str(resolved.relative_to(base)))}"
