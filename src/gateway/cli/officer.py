"""onestory officer: register officers and Caldicott Guardians, list and end them, let them in."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from gateway.actions.opening import utc_now
from gateway.auth.claims import SDS_USER
from gateway.auth.strict import is_text
from gateway.cli.addresses import Database, KeysDir, keys_in
from gateway.cli.client import opened
from gateway.cli.wrongly import used_wrongly
from gateway.storage import officers
from gateway.storage.connection import Connection
from gateway.storage.officers import Officer
from gateway.storage.times import microseconds
from gateway.web.session import Door
from gateway.web.signing_in import link as sign_in_link

app = typer.Typer(help="Register the officers who oversee the log.", no_args_is_help=True)

Name = Annotated[str, typer.Option(help="The name that the officer signs in with.")]


@app.command()
def add(
    database: Database,
    name: Name,
    caldicott: Annotated[
        bool, typer.Option("--caldicott", help="The officer is a Caldicott Guardian.")
    ] = False,
    sds_user: Annotated[
        str | None, typer.Option(help="SDS user id, where the officer is one in a service too.")
    ] = None,
    organization: Annotated[
        str | None, typer.Option(help="ODS code of the organisation the officer works for.")
    ] = None,
) -> None:
    """Register an officer. Who works for an organisation clears nothing that it did; a disclosure
    without consent needs two officers, one of them a Caldicott Guardian.

    Example: onestory officer add --database sqlite:///.onestory/gateway.db --name "Dr G. Guardian"
    --caldicott --sds-user 555254242102 --organization RX101
    """
    if not is_text(name, 200) or "|" in name or name != name.strip():
        used_wrongly("--name: must be 1 to 200 printable characters, without |")
    practitioner = None if sds_user is None else f"{SDS_USER}{sds_user}"
    if sds_user is not None and not (sds_user.isalnum() and sds_user.isascii()):
        used_wrongly("--sds-user: must be letters and digits")
    with opened(database) as connection:
        new = Officer(name, practitioner, _employer(connection, organization), caldicott)
        if not officers.add(connection, new):
            used_wrongly("--name or --sds-user: an officer has or had it; take another")
    _print({"name": name, "caldicott": caldicott})


@app.command("list")
def list_all(database: Database) -> None:
    """Print the officers who serve as a JSON array.

    Example: onestory officer list --database sqlite:///.onestory/gateway.db
    """
    with opened(database) as connection:
        found = [asdict(each) for each in officers.serving(connection)]
    _print(found)


@app.command()
def end(database: Database, name: Name) -> None:
    """The officer decides nothing any more, from the next request on.

    Example: onestory officer end --database sqlite:///.onestory/gateway.db --name "Dr G. Guardian"
    """
    with opened(database) as connection:
        if not officers.end(connection, name, microseconds(datetime.now(UTC))):
            used_wrongly("--name: no officer who serves has it; onestory officer list shows them")
    _print({"name": name, "ended": True})


@app.command()
def link(
    database: Database,
    name: Name,
    base_url: Annotated[str, typer.Option(help="Where the pages are served.")],
    keys: KeysDir = None,
) -> None:
    """Print an address that signs a registered officer in, for some hours.

    Example: onestory officer link --database sqlite:///.onestory/gateway.db --name "Dr G. Guardian"
    --base-url http://127.0.0.1:8080
    """
    held = keys_in(keys)
    with opened(database) as connection:
        if officers.named(connection, name) is None:
            used_wrongly("--name: no officer who serves has it; onestory officer list shows them")
    address = sign_in_link(held.session, Door.DPO, name, utc_now(), base_url)
    _print({"name": name, "address": address})


def _employer(connection: Connection, ods: str | None) -> str | None:
    if ods is None:
        return None
    row = connection.execute("SELECT id FROM organization WHERE ods = ?", (ods,)).fetchone()
    if row is None:
        used_wrongly("--organization: no registered organisation has this ODS code")
    return str(row[0])


def _print(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2 if isinstance(value, list) else None))
