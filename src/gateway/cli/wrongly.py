"""How a command says that it was used wrongly: one line on stderr, exit 2."""

from __future__ import annotations

from typing import NoReturn

import typer


def used_wrongly(message: str) -> NoReturn:
    """Say what would be right, and end."""
    typer.echo(message, err=True)
    raise typer.Exit(2)
