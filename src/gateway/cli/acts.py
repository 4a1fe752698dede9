"""Commands that open the gateway, act once and print what came of it: an officer's, and those that
do what a running server does by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from gateway.actions.answer import Answer
from gateway.actions.gateway import Gateway
from gateway.actions.opening import open_gateway
from gateway.auth.requester import Requester
from gateway.cli.addresses import checkpoints_of, existing, keys_in
from gateway.cli.wrongly import used_wrongly
from gateway.storage.connection import STORAGE_ERRORS
from gateway.storage.database import UnusableDatabaseError

LONGEST = 500  # characters of a text

Patient = Annotated[str, typer.Option(help="Patient/<id>: any organisation's, of the person.")]
Record = Annotated[str, typer.Argument(help="The id that add printed.")]
By = Annotated[str, typer.Option(help="Who records it: the name that the log will show.")]
Act = Callable[[Gateway, Requester], Awaitable[Answer]]
Come = TypeVar("Come")


def acted(database: str, keys: Path | None, by: str, act: Act) -> None:
    """Print what the act came to; one line, and exit 2, where it was refused."""
    text(by, "--by")
    with _opened(database, keys, None) as gateway:
        officer = replace(gateway.officer_requester(by), client="command")
        answer = asyncio.run(_awaited(act(gateway, officer)))
    for wrong in answer.problems:
        used_wrongly(f"--{wrong.expression}: {wrong.diagnostics}")
    typer.echo(answer.body)


def by_itself(
    database: str,
    keys: Path | None,
    checkpoints: Path | None,
    act: Callable[[Gateway], Awaitable[Come]],
) -> Come:
    """What came of an act that a running server does every minute; this works beside it."""
    with _opened(database, keys, checkpoints) as gateway:
        return asyncio.run(_awaited(act(gateway)))


@contextmanager
def _opened(database: str, keys: Path | None, checkpoints: Path | None) -> Iterator[Gateway]:
    """The gateway on a database; one line, and exit 2, where it cannot be used."""
    held = keys_in(keys)
    try:
        outside = checkpoints_of(existing(database), keys, checkpoints)
        with closing(open_gateway(database, held, "", checkpoints=outside)) as gateway:
            yield gateway
    except UnusableDatabaseError as problem:
        used_wrongly(str(problem))
    except STORAGE_ERRORS:
        used_wrongly("the database cannot be written now: try again")


def text(value: str, option: str) -> str:
    """What was written, where it may stand in a record."""
    if not value.strip() or len(value) > LONGEST or not value.isprintable():
        used_wrongly(f"{option}: must be 1 to {LONGEST} printable characters")
    return value


async def _awaited(act: Awaitable[Come]) -> Come:
    return await act
