"""Opening an installation: refuse to start half-configured, rather than fail in the middle."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from consent.label_rules import Rules
from consent.label_rules import rules as built_in
from consent.policy import read_policy
from fhir_profiles import load
from gateway.actions.founding import found
from gateway.actions.gateway import Gateway
from gateway.actions.installation import Installation, Limits
from gateway.actions.kept_answers import KeptAnswers
from gateway.actions.store import open_store
from gateway.keys import Keys
from gateway.random_digits import random_digits
from gateway.storage.connection import Connection, transaction
from gateway.storage.database import (
    UnusableDatabaseError,
    connect,
    migrate_schema,
    schema_is_current,
    shown,
)
from gateway.storage.labelling import in_force
from gateway.storage.resources import Resources
from gateway.storage.sealing import DataKeys
from mappings.wording import Wordings


def utc_now() -> datetime:
    return datetime.now(UTC)


def new_uuid() -> str:
    """A random UUID (version 4); the library's own way takes four times as long."""
    digits = random_digits()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def migrate(url: str, keys: Keys) -> None:
    """Schema, definitions and the built-in portal up to date; safe beside a running server."""
    migrate_schema(url)
    with closing(connect(url)) as connection:
        labelled_resources(connection, keys, None)


def labelled_resources(
    connection: Connection, keys: Keys, rules: Rules | None
) -> tuple[Resources, str]:
    """The rows of a database under these labelling rules, and the id of the pages' organisation."""
    return _founded(connection, keys, DataKeys(keys.wrapping), rules, utc_now, new_uuid, None)


def open_gateway(
    url: str,
    keys: Keys,
    base_url: str,
    limits: Limits | None = None,
    clock: Callable[[], datetime] = utc_now,
    new_id: Callable[[], str] = new_uuid,
    checkpoints: Path | None = None,
    rules: Rules | None = None,
    wordings: Wordings | None = None,
) -> Gateway:
    """The gateway on a database: a new one is made, an old one is refused with what to run.

    `checkpoints` is the file outside the database; an SQLite database has its own beside it.
    `rules` are the labelling rules, those of the product where none are given; `wordings` the
    licensed texts that are served from now on; None leaves the Questionnaires as they stand.
    """
    data_keys = DataKeys(keys.wrapping)
    with closing(connect(url)) as connection:
        match schema_is_current(connection):
            case None:
                migrate_schema(url)
            case False:
                raise UnusableDatabaseError(
                    f"the database is older: run onestory migrate --database {shown(url)}"
                )
        resources, portal = _founded(connection, keys, data_keys, rules, clock, new_id, wordings)
    limits = limits or Limits()
    store = open_store(url, keys.signer, checkpoints)
    installation = Installation(
        keys=keys,
        data_keys=data_keys,
        resources=resources,
        reading=store.reading,
        writer=store.writer,
        recorder=store.recorder,
        clock=clock,
        new_id=new_id,
        base_url=base_url,
        policy=read_policy(load("consent/site_policy.json")),
        limits=limits,
        portal=portal,
        kept_answers=KeptAnswers(limits.kept_answers),
        wordings=wordings or {},
    )
    return Gateway(installation, store)


def _founded(
    connection: Connection,
    keys: Keys,
    data_keys: DataKeys,
    rules: Rules | None,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
    wordings: Wordings | None,
) -> tuple[Resources, str]:
    with transaction(connection):
        labelling = in_force(connection, rules or built_in())
        resources = Resources(keys, data_keys, labelling)
        return resources, found(connection, resources, clock(), new_id, wordings)
