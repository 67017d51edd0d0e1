"""A real mail server on loopback that keeps what it is given: enough of RFC 5321 for Django's SMTP back end."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Post:
    """Where the server listens, and the letters that came, oldest first."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)

    def to(self, address: str) -> list[EmailMessage]:
        """The letters to one address."""
        return [letter for letter in self.letters if address in str(letter["To"])]


def text_of(letter: EmailMessage) -> str:
    """The plain words of a letter."""
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def html_of(letter: EmailMessage) -> str:
    """The same as HTML."""
    body = letter.get_body(("html",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


@contextmanager
def post_office() -> Iterator[Post]:
    """Serve until the end of the block."""
    post = Post()
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    thread = threading.Thread(target=_serve, args=(loop, post, ready), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield post
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def _serve(loop: asyncio.AbstractEventLoop, post: Post, ready: threading.Event) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _converse(reader, writer, post)

    async def listen() -> asyncio.Server:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        post.port = server.sockets[0].getsockname()[1]
        ready.set()
        return server

    server = loop.run_until_complete(listen())
    loop.run_forever()
    server.close()
    loop.run_until_complete(server.wait_closed())


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, post: Post) -> None:
    writer.write(b"220 post\r\n")
    while line := await reader.readline():
        word = line[:4].upper()
        if word == b"DATA":
            writer.write(b"354 go on\r\n")
            post.letters.append(message_from_bytes(await _data(reader), policy=policy.default))
        if word == b"QUIT":
            writer.write(b"221 bye\r\n")
            break
        writer.write(b"250 post\r\n")
        await writer.drain()
    writer.close()


async def _data(reader: asyncio.StreamReader) -> bytes:
    lines: list[bytes] = []
    while (line := await reader.readline()) != b".\r\n":
        lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
    return b"".join(lines)
