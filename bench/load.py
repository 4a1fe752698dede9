"""A small load generator: raw sockets, keep-alive, one request after another on each connection."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from typing import cast

import uvloop

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Measured:
    """One round: how many answers, in what time, and each answer's latency in seconds."""

    requests: int
    seconds: float
    latencies: list[float]

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class _Connection(asyncio.Protocol):
    """Sends the request, waits for the whole answer, notes the time, sends it again."""

    def __init__(self, request: bytes, until: float, latencies: list[float]) -> None:
        self.request = request
        self.until = until
        self.latencies = latencies
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.held = bytearray()
        self.sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._send()

    def _send(self) -> None:
        self.sent = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.held += data
        head = self.held.find(HEAD_END)
        if head < 0:
            return
        found = LENGTH.search(self.held, 0, head)
        if found is None or not self.held.startswith(b"HTTP/1.1 200"):
            self._fail(bytes(self.held[:300]))
            return
        if len(self.held) < head + len(HEAD_END) + int(found[1]):
            return
        now = time.perf_counter()
        self.latencies.append(now - self.sent)
        self.held.clear()
        if now < self.until:
            self._send()
        else:
            self.transport.close()

    def _fail(self, seen: bytes) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(f"not a 200 with a length: {seen!r}"))
        self.transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def _run(host: str, port: int, request: bytes, connections: int, seconds: float) -> Measured:
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    started = time.perf_counter()
    until = started + seconds

    def connection() -> _Connection:
        return _Connection(request, until, latencies)

    opened = [(await loop.create_connection(connection, host, port))[1] for _ in range(connections)]
    await asyncio.wait_for(asyncio.gather(*(each.done for each in opened)), seconds + 30)
    return Measured(len(latencies), time.perf_counter() - started, latencies)


def measure(port: int, request: bytes, connections: int, seconds: float) -> Measured:
    """Requests for so many seconds on so many connections to a server on loopback."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run("127.0.0.1", port, request, connections, seconds))


def get(path: str, **headers: str) -> bytes:
    """The bytes of a GET."""
    named = {"Host": "127.0.0.1", "Accept": "application/fhir+json"} | headers
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
