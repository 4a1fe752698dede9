"""Serving an open gateway: in this process, or in several that share one address."""

from __future__ import annotations

import gc
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from gateway.actions.gateway import Gateway
from gateway.actions.installation import Limits
from gateway.actions.opening import open_gateway
from gateway.app import create_app
from gateway.cli.addresses import rules_in
from gateway.cli.one_write import Protocol
from gateway.cli.wording_file import wordings_in
from gateway.keys import load


@dataclass(frozen=True, slots=True)
class Worker:
    """What one worker process opens for itself: called there, and sent there as it stands."""

    database: str
    keys: Path
    base_url: str
    limits: Limits
    checkpoints: Path | None
    label_rules: Path | None = None
    wording: Path | None = None

    def __call__(self) -> FastAPI:
        app = create_app(self.opened())
        _collect_seldom()
        return app

    def opened(self) -> Gateway:
        return open_gateway(
            self.database,
            load(self.keys),
            self.base_url,
            self.limits,
            checkpoints=self.checkpoints,
            rules=rules_in(self.label_rules),
            wordings=wordings_in(self.wording),
        )


def run(gateway: Gateway, host: str, port: int) -> None:
    """Serve until stopped."""
    serving = server(gateway, host, port)
    _collect_seldom()
    with suppress(KeyboardInterrupt):
        serving.run()
    if not serving.started:
        raise typer.Exit(1)


def run_workers(worker: Worker, host: str, port: int, count: int) -> None:
    """Serve with several processes until stopped; one that dies is replaced."""
    settings = _settings(worker, host, port, workers=count, factory=True)
    with suppress(KeyboardInterrupt):
        Multiprocess(settings, sockets=[settings.bind_socket()]).run()


def _collect_seldom() -> None:
    """Look for circles of objects seldom: a resource, parsed, is thousands of objects without one,
    and looking through them took a tenth of a write. What is loaded by now stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def server(gateway: Gateway, host: str, port: int) -> uvicorn.Server:
    """The server on an open gateway."""
    return uvicorn.Server(_settings(create_app(gateway), host, port))


def _settings(app: Any, host: str, port: int, **more: Any) -> uvicorn.Config:
    """Requests are not logged by address: addresses name people."""
    return uvicorn.Config(
        app,
        http=Protocol,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # the address of the server is told by --base-url
        server_header=False,
        timeout_graceful_shutdown=5,
        timeout_worker_healthcheck=60,  # one that only starts slowly is not replaced
        **more,
    )
