"""onestory demo: three services and five people to try everything with, or the story as a check."""

from __future__ import annotations

import socket
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import httpx
import typer

from gateway import keys
from gateway.actions.opening import open_gateway
from gateway.cli.demo.calling import UnexpectedAnswerError
from gateway.cli.demo.checking import check_story
from gateway.cli.demo.home import Home
from gateway.cli.demo.loading import load
from gateway.cli.demo.running import HOST, listening
from gateway.cli.demo.story import Story, story
from gateway.cli.demo.welcome import welcome
from gateway.cli.serve import limits_in_force
from gateway.cli.serving import server
from gateway.cli.wording_file import WordingFile, wordings_in
from gateway.cli.wrongly import used_wrongly
from gateway.storage.connection import STORAGE_ERRORS
from gateway.storage.database import UnusableDatabaseError
from mappings.wording import Wordings


def demo(
    check: Annotated[
        bool, typer.Option("--check", help="Run the story over HTTP, print each step, and end.")
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where to serve.")] = 8080,
    data: Annotated[Path, typer.Option(help="Where everything is kept.")] = Path(".onestory"),
    as_json: Annotated[bool, typer.Option("--json", help="With --check: print JSON.")] = False,
    wording: WordingFile = None,
) -> None:
    """Serve a demo with three made-up services and five made-up people, kept in one directory.

    The first run makes everything; the next starts with what is there. With --check the whole
    story runs in a temporary directory, over real HTTP with real signed tokens; exit 0 where every
    step does what it says, 1 where one does not.

    Example: onestory demo --port 8080 --data .onestory
    """
    wordings = wordings_in(wording)
    if check:
        raise typer.Exit(0 if check_story(story(), as_json) else 1)
    home = Home(data)
    if not home.is_loaded and not home.is_free:
        used_wrongly(f"--data: {data} holds something else; name a new directory")
    try:
        taken = listening(port)
    except OSError:
        used_wrongly(f"port {port} is in use: stop what uses it, or give another with --port")
    with taken:
        _opened(home, story())
        _serve(home, story(), taken, port, wordings)


def _opened(home: Home, told: Story) -> None:
    """The home as it was left; made and filled where there is none."""
    if home.is_loaded:
        return
    typer.echo(f"Making keys and a database in {home.path}, and loading the story …")
    try:
        load(home, told)
    except (UnexpectedAnswerError, httpx.HTTPError, OSError) as problem:
        typer.echo(f"the story could not be loaded, and nothing was kept: {problem}", err=True)
        raise typer.Exit(1) from problem


def _serve(home: Home, told: Story, taken: socket.socket, port: int, wordings: Wordings) -> None:
    base = f"http://{HOST}:{port}"
    try:
        held = keys.load(home.keys)
        limits = limits_in_force()
        gateway = open_gateway(home.database, held, base, limits, wordings=wordings)
    except (keys.KeysMissing, UnusableDatabaseError, *STORAGE_ERRORS) as problem:
        used_wrongly(f"{problem}; or name a new directory with --data")
    typer.echo(welcome(home, told, base, held.session, datetime.now(UTC)))
    with suppress(KeyboardInterrupt):
        server(gateway, HOST, port).run([taken])
    typer.echo("Stopped. Everything is kept; run it again to go on.")
