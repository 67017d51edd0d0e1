"""Answers' bodies: decompressed and counted piece by piece."""

import zlib
from collections.abc import Iterable, Iterator, Mapping

from sorahub.lib.wire.failures import Blocked, IncompleteBody, TooLarge

PIECE = 64 * 1024


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress gzip or zlib data in pieces of bounded size, so that a bomb is met piece by piece."""
    inflater = zlib.decompressobj(47)
    for chunk in chunks:
        rest = chunk
        while rest:
            try:
                piece = inflater.decompress(rest, PIECE)
            except zlib.error as error:
                raise IncompleteBody(f"The answer cannot be decompressed: {error}.") from error
            rest = inflater.unconsumed_tail
            yield piece
    yield inflater.flush()
    if not inflater.eof:
        raise IncompleteBody("The compressed answer breaks off.")


def decoded(chunks: Iterable[bytes], headers: Mapping[str, str]) -> Iterator[bytes]:
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding in {"identity", ""}:
        return iter(chunks)
    if encoding in {"gzip", "x-gzip", "deflate"}:
        return _inflated(chunks)
    raise Blocked(f"The answer is encoded as {encoding!r}, which was not asked for.")


def bounded(chunks: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > max_bytes:
            raise TooLarge(f"The answer is larger than the {max_bytes} bytes allowed.")
        yield chunk


def check_length(headers: Mapping[str, str], max_bytes: int) -> None:
    announced = headers.get("content-length", "")
    if announced.isdigit() and int(announced) > max_bytes:
        raise TooLarge(f"The answer announces {announced} bytes; {max_bytes} are allowed.")
