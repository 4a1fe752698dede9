"""onestory wording: the file in which a site keeps the wording that it is licensed to use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.wording_file import read_wordings
from gateway.cli.wrongly import used_wrongly
from mappings.instruments import all_instruments, instrument
from mappings.wording import Unreadable, Wordings

app = typer.Typer(help="Check, or start, a file of licensed wording.", no_args_is_help=True)


@app.command()
def check(file: Annotated[Path, typer.Argument(help="The file to check.")]) -> None:
    """Say what a file holds, or everything that is wrong with it; exit 1 if anything is.

    unworded are the items that keep our own short labels.

    Example: onestory wording check wording.json
    """
    match read_wordings(file):
        case Unreadable(faults):
            for fault in faults:
                typer.echo(f"{fault.where} {fault.reason}", err=True)
            raise typer.Exit(1)
        case held:
            typer.echo(json.dumps(_summary(held), indent=2, ensure_ascii=False))


def _summary(held: Wordings) -> dict[str, object]:
    return {
        one.id: {
            "licence": held[one.id].licence,
            "language": held[one.id].language,
            "worded": len(held[one.id].items),
            "unworded": held[one.id].unworded(one),
        }
        for one in all_instruments()
        if one.id in held
    }


@app.command()
def template(
    kinds: Annotated[list[str], typer.Argument(help="Instruments, such as phq-9.")],
) -> None:
    """Print a file to fill in: every item of these instruments, without a text.

    Example: onestory wording template phq-9 gad-7
    """
    made: dict[str, object] = {}
    for kind in kinds:
        one = instrument(kind)
        if one is None or not one.offered:
            known = ", ".join(each.id for each in all_instruments())
            used_wrongly(f"{kind}: must be one of {known}")
        made[one.id] = {
            "licence": "",
            "language": "en-GB",
            "items": dict.fromkeys(one.by_link_id, ""),
        }
    typer.echo(json.dumps({"instruments": made}, indent=2))
