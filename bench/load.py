"""A small load generator: raw sockets, keep-alive, one request after another on each connection.

It shares the machine with the server, so it does as little as it can for each answer, and says
how much processor time that took.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

import uvloop

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
HEAD_END = b"\r\n\r\n"
OK, GAVE_UP = b"HTTP/1.1 200", b"HTTP/1.1 503"

Requests = Callable[[int], Iterator[bytes]]
"""What each connection, by its number, sends one after another."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One round: how many answers, in what time, each answer's latency, and our own CPU."""

    requests: int
    seconds: float
    latencies: list[float]
    own_cpu: float
    refused: int  # 503: the server gave up in time

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class _Connection(asyncio.Protocol):
    """Sends a request, waits for the whole answer, notes the time, sends the next."""

    def __init__(self, requests: Iterator[bytes], until: float, latencies: list[float]) -> None:
        self.requests = requests
        self.until = until
        self.latencies = latencies
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.held = b""
        self.size = 0  # of an answer before: most are as long
        self.refused = 0
        self.sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._send()

    def _send(self) -> None:
        request = next(self.requests)
        self.sent = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.held = self.held + data if self.held else data
        if len(self.held) != self.size or not self.held.startswith(OK):
            if not self._whole():
                return
            self.size = len(self.held)
        now = time.perf_counter()
        if self.held.startswith(GAVE_UP):
            self.refused += 1
        else:
            self.latencies.append(now - self.sent)
        self.held = b""
        if now < self.until:
            self._send()
        else:
            self.transport.close()

    def _whole(self) -> bool:
        """Whether all of an answer is there, by the length that it states."""
        head = self.held.find(HEAD_END)
        if head < 0:
            return False
        found = LENGTH.search(self.held, 0, head)
        if found is None or not self.held.startswith((OK, GAVE_UP)):
            self._fail(self.held[:600])
            return False
        return len(self.held) >= head + len(HEAD_END) + int(found[1])

    def _fail(self, seen: bytes) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(f"not a 200 with a length: {seen!r}"))
        self.transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def _run(port: int, requests: Requests, connections: int, seconds: float) -> Measured:
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    own = time.process_time()
    started = time.perf_counter()
    until = started + seconds

    async def opened(number: int) -> _Connection:
        made = await loop.create_connection(
            lambda: _Connection(requests(number), until, latencies), "127.0.0.1", port
        )
        return made[1]

    every = [await opened(number) for number in range(connections)]
    await asyncio.wait_for(asyncio.gather(*(each.done for each in every)), seconds + 60)
    taken, used = time.perf_counter() - started, time.process_time() - own
    refused = sum(each.refused for each in every)
    return Measured(len(latencies), taken, latencies, used, refused)


def measure(port: int, requests: Requests, connections: int, seconds: float) -> Measured:
    """Requests for so many seconds on so many connections to a server on loopback."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(port, requests, connections, seconds))


def get(path: str, **headers: str) -> bytes:
    """The bytes of a GET."""
    return _head("GET", path, headers)


def post(path: str, body: bytes, **headers: str) -> bytes:
    """The bytes of a POST of FHIR JSON."""
    sent = {"Content-Type": "application/fhir+json", "Content-Length": str(len(body))}
    return _head("POST", path, sent | headers) + body


def _head(method: str, path: str, headers: dict[str, str]) -> bytes:
    named = {"Host": "127.0.0.1", "Accept": "application/fhir+json"} | headers
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
