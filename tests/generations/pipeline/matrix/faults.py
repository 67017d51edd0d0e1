"""The faults that the proxy can put into one exchange; each says what it does in the words of the table."""

import base64
import hashlib
import re
from collections.abc import Callable

from tests.generations.pipeline.matrix.proxy import Answer, Exchange, Fault, altered

PAGE = Answer(200, {"content-type": "text/html"}, b"<!doctype html><title>Log in</title><p>Please log in to continue.")
GATEWAY = b"<html><head><title>Bad gateway</title></head><body>nginx</body></html>"
TEBIBYTE = 2**40
STATE = re.compile(rb'"(status|phase)":\s*"\w+"')
UNKNOWN = "pondering"


def reset_before(exchange: Exchange) -> None:
    """The connection is cut before the service has got anything."""
    exchange.reset()


def reset_after(exchange: Exchange) -> None:
    """The service has got it; the connection is cut before its answer."""
    exchange.forward()
    exchange.reset()


def silence(exchange: Exchange) -> None:
    """The service has got it; its answer never comes."""
    exchange.forward()
    exchange.hang()


def status(code: int, *, retry_after: str = "", taken: bool = False) -> Fault:
    """A gateway answers in the service's place; ``taken``: after the service has got it."""

    def fault(exchange: Exchange) -> None:
        if taken:
            exchange.forward()
        wish = {"retry-after": retry_after} if retry_after else {}
        exchange.send(Answer(code, {"content-type": "text/html", **wish}, GATEWAY))

    return fault


def page(exchange: Exchange) -> None:
    """A page to log in, by 200, in the service's place."""
    exchange.send(PAGE)


def page_after(exchange: Exchange) -> None:
    """The service has got it; a page comes in place of its answer."""
    exchange.forward()
    exchange.send(PAGE)


def half(exchange: Exchange) -> None:
    """An answer that breaks off, with a length that agrees."""
    answer = exchange.forward()
    exchange.send(altered(answer, body=answer.body[: len(answer.body) // 2]))


def truncated(exchange: Exchange) -> None:
    """Half of an answer whose length promises the whole."""
    answer = exchange.forward()
    exchange.send(altered(answer, body=answer.body[: len(answer.body) // 2]), promised=len(answer.body))


def oversized(exchange: Exchange) -> None:
    """An answer whose length promises a tebibyte."""
    exchange.send(exchange.forward(), promised=TEBIBYTE)


def wrong_hash(exchange: Exchange) -> None:
    """Another file than the one whose hash the answer announces."""
    answer = exchange.forward()
    digest = base64.b64encode(hashlib.sha256(answer.body).digest()).decode()
    headers = {**answer.headers, "repr-digest": f"sha-256=:{digest}:"}
    exchange.send(altered(answer, body=_spoiled(answer.body), headers=headers))


def wrong_bytes(exchange: Exchange) -> None:
    """As many bytes as there should be, and no video."""
    answer = exchange.forward()
    exchange.send(altered(answer, body=b"\0" * len(answer.body)))


def expired(exchange: Exchange) -> None:
    """The link does not open any more."""
    exchange.send(Answer(410, {"content-type": "text/plain"}, b"Request has expired"))


def word(text: str) -> Fault:
    """The task's state is called by another word."""

    def fault(exchange: Exchange) -> None:
        answer = exchange.forward()
        said = STATE.sub(lambda found: b'"' + found[1] + b'":"' + text.encode() + b'"', answer.body)
        exchange.send(altered(answer, body=said))

    return fault


def _spoiled(body: bytes) -> bytes:
    return body[:-1] + bytes([body[-1] ^ 255])


REFUSED = "connection refused"
HTTP: dict[str, Fault] = {
    "reset before the bytes": reset_before,
    "reset after the bytes": reset_after,
    "timeout": silence,
    "429 with Retry-After": status(429, retry_after="2"),
    "429 without Retry-After": status(429),
    "500": status(500),
    "502": status(502),
    "503": status(503),
    "500 after it was taken": status(500, taken=True),
    "502 after it was taken": status(502, taken=True),
    "503 after it was taken": status(503, taken=True),
    "malformed JSON": half,
    "wrong content type": page,
    "wrong content type, after it was taken": page_after,
    "truncated": truncated,
    "oversized": oversized,
    "wrong hash": wrong_hash,
    "wrong bytes": wrong_bytes,
    "expired link": expired,
    "expired link, for good": expired,
    "unknown word": word(UNKNOWN),
}
FAILED_FIRST = "contradictory: failed, then finished"
BESIDE = "contradictory: finished, with an error beside"
FOR_GOOD = frozenset({"expired link, for good"})
WORD_OF: dict[str, Callable[[str], Fault]] = {FAILED_FIRST: word}
