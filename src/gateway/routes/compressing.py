"""gzip, both ways: answers for who asks for it, bodies unpacked no further than the limit.

Only /fhir is compressed. An answer there holds nothing that its reader may not see and nothing
that another could slip in beside a secret; the pages, which carry form tokens, leave as they are.
"""

from __future__ import annotations

import zlib

from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipResponder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.fhir.problem import Kind, Problem
from gateway.routes.headers import header

WORTH_IT = 1_024  # bytes; below it the frame of a packet does not get smaller
LEVEL = 5
_GZIP = 16 + zlib.MAX_WBITS


class Compressed:
    """Compresses FHIR answers where the client takes gzip; costs nothing where it does not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = scope["type"] == "http" and scope["path"].startswith("/fhir") and _takes(scope)
        if wanted:
            packing = GZipResponder(self._app, WORTH_IT, compresslevel=LEVEL)
            await packing(scope, receive, _without_length(send))
        else:
            await self._app(scope, receive, send)


def _without_length(send: Send) -> Send:
    """A packed length would differ for one record under other ids, and answers that are alike in
    all that they say are to be alike."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if "content-encoding" in headers:
                del headers["content-length"]
        await send(message)

    return sent


def _takes(scope: Scope) -> bool:
    """Whether gzip is among what the client takes, and not refused by q=0."""
    for each in (header(scope, b"accept-encoding") or "").split(","):
        name, _, weight = each.partition(";")
        if name.strip().lower() == "gzip":
            return weight.replace(" ", "").rstrip("0").rstrip(".") not in ("q=", "q=0")
    return False


class Unpacking:
    """Takes a body part by part. `problem` stays None while all is well."""

    def __init__(self, encoding: str, limit: int) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._limit = limit
        self._stream = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
        known = encoding in ("", "identity", "gzip")
        media = Problem(Kind.MEDIA, "send it as it is, or as gzip", "Content-Encoding")
        self.problem: Problem | None = None if known else media

    def take(self, part: bytes) -> None:
        """One part more; unpacked to one byte over the limit at most."""
        if self._stream is not None and part:
            try:
                part = self._stream.decompress(part, self._limit - self._size + 1)
            except zlib.error:
                self.problem = _NOT_GZIP
                return
        self._size += len(part)
        self._parts.append(part)
        if self._size > self._limit:
            self.problem = Problem(
                Kind.TOO_LARGE, f"may have {self._limit} bytes at most", "Resource"
            )
        elif self._stream is not None and self._stream.unused_data:
            self.problem = _NOT_GZIP

    def whole(self) -> bytes | Problem:
        """The body once all of it is taken."""
        if self.problem is None and self._stream is not None and not self._stream.eof:
            self.problem = _NOT_GZIP
        return self.problem or b"".join(self._parts)


_NOT_GZIP = Problem(Kind.SYNTAX, "must be one whole gzip stream", "Content-Encoding")
