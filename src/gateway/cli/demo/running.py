"""A server of the demo's own, on loopback, in a thread of this process."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from gateway import keys
from gateway.actions.installation import Limits
from gateway.actions.opening import open_gateway
from gateway.cli.demo.home import Home
from gateway.cli.serving import server

HOST = "127.0.0.1"
PATIENCE = 20.0


def listening(port: int) -> socket.socket:
    """A socket that nobody else has; OSError where someone does. Port 0 is any free one."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((HOST, port))
        made.listen()
    except OSError:
        made.close()
        raise
    return made


@contextmanager
def running(home: Home) -> Iterator[str]:
    """The address of a server on this home; it has stopped, and all is durable, afterwards."""
    with listening(0) as taken:
        port = taken.getsockname()[1]
        base = f"http://{HOST}:{port}"
        limits = Limits(requests_a_second=None)
        gateway = open_gateway(home.database, keys.load(home.keys), base, limits)
        serving = server(gateway, HOST, port)
        thread = Thread(target=serving.run, kwargs={"sockets": [taken]}, name="demo server")
        thread.start()
        try:
            until = time.monotonic() + PATIENCE
            while not serving.started and thread.is_alive() and time.monotonic() < until:
                time.sleep(0.01)
            yield base
        finally:
            serving.should_exit = True
            thread.join()
