"""HTTP as uvicorn speaks it, with the head and the body of an answer in one write."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST = 65_536  # bytes that are held


class OneWrite(asyncio.Transport):
    """A transport that sends what is written in one turn of the event loop together, at its end.

    uvicorn writes the head of an answer and its body one after the other: two packets, each of
    which wakes its receiver. More than `MOST` bytes are sent at once.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._held: list[bytes] = []
        self._size = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not data:
            return
        if not self._held:
            self._loop.call_soon(self._send)
        self._held.append(bytes(data))
        self._size += len(data)
        if self._size > MOST:
            self._send()

    def close(self) -> None:
        self._send()
        self._transport.close()

    def abort(self) -> None:
        self._transport.abort()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._transport.set_protocol(protocol)

    def _send(self) -> None:
        held, small, self._held = self._held, self._size <= MOST, []
        self._size = 0
        if not held:
            return
        if small:
            self._transport.write(b"".join(held))
        else:
            self._transport.writelines(held)


class Protocol(HttpToolsProtocol):
    """What `uvicorn.Config` takes as `http`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(OneWrite(transport))
