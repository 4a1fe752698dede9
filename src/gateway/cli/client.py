"""onestory client: register clients, list them, disable them, give them new keys."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from gateway.actions.directory import organization_named
from gateway.actions.opening import migrate
from gateway.auth.key_set import Unfit
from gateway.auth.register import add_client, disable_client, list_clients, rotate_keys
from gateway.auth.registration import KeySource, Registration, key_source, registration
from gateway.cli.addresses import Database, KeysDir, keys_in
from gateway.cli.wrongly import used_wrongly
from gateway.keys import Keys
from gateway.storage.connection import Connection, transaction
from gateway.storage.database import (
    UnusableDatabaseError,
    claim,
    connect,
    exists,
    schema_is_current,
    shown,
)
from gateway.storage.directory import ODS, place_below, register_organization
from gateway.storage.resources import Resources
from gateway.storage.sealing import DataKeys
from gateway.storage.service_kinds import give_kind, kinds

app = typer.Typer(help="Register the clients that may ask for tokens.", no_args_is_help=True)

Jwks = Annotated[Path | None, typer.Option(help="File with the client's public keys (JWKS).")]
JwksUrl = Annotated[str | None, typer.Option(help="Address where the client publishes its JWKS.")]
ClientId = Annotated[str, typer.Argument(help="The client_id that client add printed.")]


@app.command()
def add(
    database: Database,
    name: Annotated[str, typer.Option(help="What the client is called.")],
    organization: Annotated[str, typer.Option(help="ODS code of the organisation it acts for.")],
    role: Annotated[str, typer.Option(help="service, portal or officer.")],
    scope: Annotated[list[str], typer.Option(help="v2 system scopes, separated by spaces.")],
    purpose: Annotated[list[str], typer.Option(help="v3 PurposeOfUse code; repeat for more.")],
    keys: KeysDir = None,
    jwks: Jwks = None,
    jwks_url: JwksUrl = None,
    asserts_users: Annotated[
        bool, typer.Option("--asserts-users", help="It may say which practitioner asks.")
    ] = False,
    basis: Annotated[
        str | None, typer.Option(help="Its UK GDPR basis, such as '6(1)(e), 9(2)(h)'.")
    ] = None,
    part_of: Annotated[
        str | None, typer.Option(help="ODS code of the organisation above: registered before.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help="Kind of its service, such as drug-alcohol or housing.")
    ] = None,
) -> None:
    """Register a client, and its organisation with a current sharing agreement where it is new.

    Example: onestory client add --database sqlite:///.onestory/gateway.db --name "Riverside EHR"
    --organization RX101 --role service --jwks public.json
    --scope "system/Patient.crus system/Observation.crs" --purpose TREAT
    """
    asked = registration(
        name=name,
        ods=organization,
        role=role,
        keys=_key_source(jwks, jwks_url),
        scopes=[each for text in scope for each in text.split()],
        purposes=[each for text in purpose for each in text.split()],
        asserts_users=asserts_users,
        basis=basis,
    )
    if isinstance(asked, Unfit):
        used_wrongly(asked.message)
    held = keys_in(keys)
    resources = Resources(held, DataKeys(held.wrapping))
    _made(database, held)
    with opened(database) as connection:
        printed = register(connection, resources, asked)
        if part_of is not None:
            _place(connection, resources, printed["organization"], part_of)
        if kind is not None:
            _give_kind(connection, resources, printed["organization"], kind)
    _print(printed)


def _made(database: str, keys: Keys) -> None:
    """A database that is not there yet is made, as the server would make it."""
    try:
        if not exists(database):
            migrate(database, keys)
    except UnusableDatabaseError as problem:
        used_wrongly(str(problem))


def register(connection: Connection, resources: Resources, asked: Registration) -> dict[str, str]:
    claim(connection, resources.mark)
    client = str(uuid.uuid4())
    organization = register_organization(
        connection,
        resources,
        ods=asked.ods,
        name=asked.name,
        now=datetime.now(UTC),
        new_id=lambda: str(uuid.uuid4()),
    )
    add_client(connection, client, organization, asked)
    return {"client_id": client, "organization": f"Organization/{organization}"}


def _place(connection: Connection, resources: Resources, organization: str, ods: str) -> None:
    """What is denied to the organisation above is denied to this one too, from now on."""
    named = {"identifier": {"system": ODS, "value": ods}}
    above = organization_named(connection, named)
    if above is None:
        used_wrongly("--part-of: no organisation is registered with this ODS code")
    id_ = organization.removeprefix("Organization/")
    if not place_below(connection, resources, id_, above.id, datetime.now(UTC)):
        used_wrongly("--part-of: must be another organisation, and not one below this")


def _give_kind(connection: Connection, resources: Resources, organization: str, kind: str) -> None:
    """Contacts with the service are labelled by its kind, from now on."""
    known = kinds(resources.labelling.rules)
    if kind not in known:
        used_wrongly(f"--kind: must be one of {', '.join(known)}")
    id_ = organization.removeprefix("Organization/")
    if waiting := give_kind(connection, resources, id_, kind, datetime.now(UTC)):
        typer.echo(f"{waiting} resources wait to be labelled anew: run onestory relabel", err=True)


@app.command("list")
def list_all(database: Database) -> None:
    """Print every registration as a JSON array.

    Example: onestory client list --database sqlite:///.onestory/gateway.db
    """
    with opened(database) as connection:
        clients = list_clients(connection)
    _print(clients)


@app.command()
def disable(client_id: ClientId, database: Database) -> None:
    """End all tokens of a client and give it no more, from the next request on.

    Example: onestory client disable CLIENT_ID --database sqlite:///.onestory/gateway.db
    """
    with opened(database) as connection:
        if not disable_client(connection, client_id):
            _unknown()
    _print({"client_id": client_id, "disabled": True})


@app.command()
def rotate(
    client_id: ClientId, database: Database, jwks: Jwks = None, jwks_url: JwksUrl = None
) -> None:
    """Put new public keys in place of a client's; tokens given under the old ones end.

    Example: onestory client rotate CLIENT_ID --database sqlite:///.onestory/gateway.db
    --jwks public.json
    """
    keys = _key_source(jwks, jwks_url)
    with opened(database) as connection:
        if not rotate_keys(connection, client_id, keys):
            _unknown()
    _print({"client_id": client_id, "rotated": True})


def _key_source(jwks: Path | None, jwks_url: str | None) -> KeySource:
    text = None
    if jwks is not None:
        try:
            text = jwks.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            used_wrongly(f"--jwks: {str(jwks)!r} is no readable file of UTF-8 text")
    keys = key_source(text, jwks_url)
    if isinstance(keys, Unfit):
        used_wrongly(keys.message)
    return keys


@contextmanager
def opened(database: str) -> Iterator[Connection]:
    """One transaction on a database whose schema is today's; rolled back if anything is wrong."""
    try:
        if not exists(database):
            used_wrongly(
                f"no database there yet: run onestory migrate --database {shown(database)}"
            )
        connection = connect(database)
    except UnusableDatabaseError as problem:
        used_wrongly(str(problem))
    try:
        if schema_is_current(connection) is not True:
            used_wrongly(f"run onestory migrate --database {shown(database)} first")
        with transaction(connection):
            yield connection
    except UnusableDatabaseError as problem:
        used_wrongly(str(problem))
    finally:
        connection.close()


def _print(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2 if isinstance(value, list) else None))


def _unknown() -> NoReturn:
    used_wrongly("no client has this id; onestory client list shows them")
