"""The server's own HTTP: an answer leaves whole, and nothing that HTTP asks for is held back."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from gateway.cli.one_write import MOST, Protocol

PARTS = 400


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the body that it was sent; /many in many parts, /slow with a part at once."""
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message["body"]
        if not message["more_body"]:
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    parts = {"/many": [b"part" * 64] * PARTS, "/slow": [b"first", b"last"]}.get(scope["path"])
    for part in parts or [body]:
        await send({"type": "http.response.body", "body": part, "more_body": True})
        if scope["path"] == "/slow":
            await asyncio.sleep(0.3)
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    listening = socket.create_server(("127.0.0.1", 0))
    settings = uvicorn.Config(app, http=Protocol, log_level="warning", lifespan="off")
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(10)
    listening.close()


@pytest.fixture
def connection(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        yield connection


def asked(path: str = "/", body: bytes = b"told once", *more: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: here", f"Content-Length: {len(body)}", *more]
    return "\r\n".join([*lines, "", ""]).encode() + body


def until(connection: socket.socket, end: bytes, times: int = 1) -> bytes:
    seen = b""
    while seen.count(end) < times:
        part = connection.recv(65_536)
        assert part, f"ended after {len(seen)} bytes"
        seen += part
    return seen


END = b"\r\n0\r\n\r\n"


def test_head_and_body_come_together(connection: socket.socket) -> None:
    for _ in range(20):
        connection.sendall(asked())
        answer = connection.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"told once" in answer
        assert answer.endswith(END)


def test_requests_sent_together_are_answered_in_order(connection: socket.socket) -> None:
    connection.sendall(b"".join(asked(body=b"number %d" % number) for number in range(5)))
    answers = until(connection, END, times=5)
    places = [answers.index(b"number %d" % number) for number in range(5)]
    assert places == sorted(places)


@pytest.mark.parametrize("size", [MOST - 1, MOST, MOST + 1, 20 * MOST])
def test_a_large_body_arrives_whole(connection: socket.socket, size: int) -> None:
    body = bytes(97 + number % 26 for number in range(size))
    connection.sendall(asked(body=body))
    assert body in until(connection, END)


def test_many_parts_arrive_in_order(connection: socket.socket) -> None:
    connection.sendall(asked("/many"))
    assert until(connection, END).count(b"part" * 64) == PARTS


def test_a_part_does_not_wait_for_the_next(connection: socket.socket) -> None:
    connection.sendall(asked("/slow"))
    begun = time.monotonic()
    assert b"last" not in until(connection, b"first")
    assert time.monotonic() - begun < 0.25
    assert b"last" in until(connection, END)


def test_who_asks_whether_to_go_on_is_told(connection: socket.socket) -> None:
    head, _, body = asked("/", b"told once", "Expect: 100-continue").partition(b"told once")
    connection.sendall(head)
    assert connection.recv(1_000).startswith(b"HTTP/1.1 100 Continue")
    connection.sendall(b"told once" + body)
    assert b"told once" in until(connection, END)


def test_what_was_written_leaves_before_the_connection_ends(connection: socket.socket) -> None:
    connection.sendall(asked("/", b"told once", "Connection: close"))
    answer = until(connection, END)
    assert b"told once" in answer
    assert connection.recv(1_000) == b""


def test_what_is_no_http_is_told_so_and_ended(connection: socket.socket) -> None:
    connection.sendall(b"this is no HTTP\r\n\r\n")
    assert b"400 Bad Request" in until(connection, b"\r\n\r\n")
