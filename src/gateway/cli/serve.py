"""onestory serve and onestory migrate."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import structlog
import typer
import uvicorn

from gateway.actions.gateway import Gateway
from gateway.actions.installation import Limits
from gateway.actions.opening import migrate as migrate_all
from gateway.actions.opening import open_gateway
from gateway.app import create_app
from gateway.cli.wrongly import used_wrongly
from gateway.keys import Keys, KeysMissing, load
from gateway.storage.database import UnusableDatabaseError

Database = Annotated[str, typer.Option(help="sqlite:///PATH, four slashes for an absolute path.")]
KeysDir = Annotated[
    Path | None, typer.Option("--keys", envvar="ONESTORY_KEYS", help="Directory of the keys.")
]


def keys_in(directory: Path | None) -> Keys:
    """The keys of the directory that was named; a one-line refusal otherwise."""
    if directory is None:
        used_wrongly("name the keys: set ONESTORY_KEYS or give --keys (onestory keys init)")
    try:
        return load(directory)
    except KeysMissing as problem:
        used_wrongly(str(problem))


def serve(
    database: Database,
    keys: KeysDir = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8080,
    workers: Annotated[int, typer.Option(min=1, help="SQLite takes one.")] = 1,
    base_url: Annotated[
        str | None, typer.Option(help="Where clients reach it, such as https://fhir.example.org.")
    ] = None,
) -> None:
    """Serve FHIR and the pages.

    Example: onestory serve --database sqlite:///.onestory/gateway.db --keys .onestory/keys
    """
    if workers > 1:
        used_wrongly("an SQLite database takes one worker: leave --workers at 1")
    address = (base_url or f"http://{host}:{port}").rstrip("/")
    try:
        gateway = open_gateway(database, keys_in(keys), address, limits_in_force())
    except UnusableDatabaseError as problem:
        used_wrongly(str(problem))
    run(gateway, host, port)


def run(gateway: Gateway, host: str, port: int) -> None:
    """Serve until stopped."""
    serving = server(gateway, host, port)
    with suppress(KeyboardInterrupt):
        serving.run()
    if not serving.started:
        raise typer.Exit(1)


def server(gateway: Gateway, host: str, port: int) -> uvicorn.Server:
    """The server on an open gateway. Requests are not logged by address: addresses name people."""
    settings = uvicorn.Config(
        create_app(gateway),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(settings)


def limits_in_force() -> Limits:
    """The limits; ONESTORY_RATE_LIMIT=off switches the rate limit off, and the log says so."""
    if os.environ.get("ONESTORY_RATE_LIMIT") != "off":
        return Limits()
    structlog.get_logger("gateway").warning("rate limits are off; size and time limits stay")
    return Limits(requests_a_second=None)


def migrate(database: Database, keys: KeysDir = None) -> None:
    """Bring schema, definitions and the built-in portal up to date. Safe to run twice.

    Example: onestory migrate --database sqlite:///.onestory/gateway.db --keys .onestory/keys
    """
    try:
        migrate_all(database, keys_in(keys))
    except UnusableDatabaseError as problem:
        used_wrongly(str(problem))
