"""POST /tsa: a time-stamp authority (RFC 3161) for development and tests, whose tokens are real and whose root is its own.

GET /tsa/root gives its root (PEM). POST /_control/tsa with ``{"mode": …, "ahead": seconds}`` makes it fail as others do.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from asn1crypto import tsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from generations.sandbox.errors import ApiError
from generations.sandbox.faults import hang_up
from generations.sandbox.tsa_tokens import Identity, granted, kept_identity, new_identity, refused

NAME = "SoraHub sandbox time-stamp authority"
REPLY = "application/timestamp-reply"
SLOW_SECONDS = 30


class Mode(StrEnum):
    """How it answers."""

    WELL = "well"
    AWAY = "away"
    SLOW = "slow"
    BUSY = "busy"
    REFUSES = "refuses"
    OTHER_DIGEST = "other-digest"
    OTHER_NONCE = "other-nonce"
    OTHER_USAGE = "other-usage"
    STRANGER = "stranger"
    DAMAGED = "damaged"


@dataclass
class Authority:
    """The authority with its identity (kept in a folder) and how it behaves now. ``ahead``: how far its clock is."""

    identity: Identity
    mode: Mode = Mode.WELL
    ahead: timedelta = timedelta()

    @classmethod
    def of(cls, folder: Path) -> "Authority":
        """Return the authority of a folder; its keys are made the first time."""
        return cls(kept_identity(folder, NAME))

    def reply(self, query: bytes) -> bytes:
        """Answer a query, right or wrong as it is told to."""
        try:
            asked = tsp.TimeStampReq.load(query, strict=True)
            imprint = asked["message_imprint"]
            algorithm, size = imprint["hash_algorithm"]["algorithm"].native, len(imprint["hashed_message"].native)
        except ValueError:
            return refused("This is no time-stamp query.")
        if (algorithm, size) not in {("sha256", 32), ("sha384", 48), ("sha512", 64)}:
            return refused(f"Digests by {algorithm} are not stamped here.")
        return self._granted(asked)

    def _granted(self, asked: tsp.TimeStampReq) -> bytes:
        identity = self.identity
        if self.mode == Mode.REFUSES:
            return refused("Not today.")
        if self.mode == Mode.OTHER_DIGEST:
            asked["message_imprint"]["hashed_message"] = bytes(32)
        if self.mode == Mode.OTHER_NONCE:
            asked["nonce"] = 1
        if self.mode == Mode.STRANGER:
            identity = new_identity(NAME)[0]
        if self.mode == Mode.OTHER_USAGE:
            identity = new_identity(NAME, ExtendedKeyUsageOID.EMAIL_PROTECTION)[0]
        reply = granted(asked, identity, datetime.now(UTC) + self.ahead)
        return reply[:-9] + bytes([reply[-9] ^ 1]) + reply[-8:] if self.mode == Mode.DAMAGED else reply


def routes(authority: Authority) -> Sequence[Route]:
    """Return the routes of an authority."""

    async def stamp(request: Request) -> Response:
        query = await request.body()
        if authority.mode == Mode.AWAY:
            return await hang_up(request)
        if authority.mode == Mode.BUSY:
            return Response("busy", status_code=503)
        if authority.mode == Mode.SLOW:
            await asyncio.sleep(SLOW_SECONDS)
        return Response(authority.reply(query), media_type=REPLY)

    async def root(request: Request) -> Response:
        return Response(authority.identity.root, media_type="application/x-pem-file")

    async def behave(request: Request) -> Response:
        told = await request.json()
        try:
            authority.mode = Mode(told.get("mode", Mode.WELL))
            authority.ahead = timedelta(seconds=float(told.get("ahead", 0)))
        except ValueError as error:
            raise ApiError(400, f"{error}.", code="unknown_mode") from error
        return JSONResponse({"mode": authority.mode, "ahead": authority.ahead.total_seconds()})

    return [
        Route("/tsa", stamp, methods=["POST"]),
        Route("/tsa/root", root, methods=["GET"]),
        Route("/_control/tsa", behave, methods=["POST"]),
    ]
