"""What an operator does first: keys, a database, and each client registered."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace

from joserfc.jwk import ECKey, KeySet

from gateway import keys
from gateway.actions.founding import PORTAL_NAME, PORTAL_ODS
from gateway.actions.opening import migrate
from gateway.auth.key_set import Unfit
from gateway.auth.registration import KeySource, registration
from gateway.auth.requester import Role
from gateway.cli.client import opened, register
from gateway.cli.demo.account import Account
from gateway.cli.demo.home import Home
from gateway.cli.demo.story import Story, Worker
from gateway.storage.resources import Resources
from gateway.storage.sealing import DataKeys

PORTAL, OFFICER = "portal", "officer"
ALGORITHM = "ES384"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One client to register."""

    key: str
    name: str
    ods: str
    role: Role
    scope: str
    purpose: str
    basis: str | None = None
    worker: Worker | None = None
    more: tuple[str, ...] = ()  # purposes besides


def prepare(home: Home, story: Story) -> dict[str, Account]:
    """Keys, schema and clients in an empty directory; the accounts by the story's keys."""
    keys.create(home.keys)
    held = keys.load(home.keys)
    migrate(home.database, held)
    resources = Resources(held, DataKeys(held.wrapping))
    accounts = {}
    for wanted in _clients(story):
        key = ECKey.generate_key("P-384", parameters={"kid": str(uuid.uuid4()), "use": "sig"})
        asked = registration(
            name=wanted.name,
            ods=wanted.ods,
            role=wanted.role,
            keys=KeySource(jwks=json.dumps(KeySet([key]).as_dict(private=False))),
            scopes=wanted.scope.split(),
            purposes=[wanted.purpose, *wanted.more],
            asserts_users=wanted.worker is not None,
            basis=wanted.basis,
        )
        assert not isinstance(asked, Unfit)  # noqa: S101 - the story is ours, and tested
        with opened(home.database) as connection:
            printed = register(connection, resources, asked)
        accounts[wanted.key] = _account(wanted, printed, key)
        home.keep(accounts[wanted.key])
    return accounts


def _clients(story: Story) -> Iterator[_Wanted]:
    for service in story.services:
        yield _Wanted(
            key=service.key,
            name=service.name,
            ods=service.ods,
            role=Role.SERVICE,
            scope="system/*.crus",
            purpose=service.purpose,
            basis=service.basis,
            worker=service.worker,
        )
    # The pages' own organisation, so that what a person says here is what they find at /me.
    portal = _Wanted(PORTAL, PORTAL_NAME, PORTAL_ODS, Role.PORTAL, "system/*.crus", "PATRQT")
    yield replace(portal, more=("PWATRNY", "FAMRQT"))  # for those who may decide for someone
    ods = f"{PORTAL_ODS}DPO"
    yield _Wanted(OFFICER, "Data protection", ods, Role.OFFICER, "system/AuditEvent.rs", "HCOMPL")


def _account(wanted: _Wanted, printed: dict[str, str], key: ECKey) -> Account:
    return Account(
        name=wanted.key,
        client_id=printed["client_id"],
        organization=printed["organization"],
        ods=wanted.ods,
        purpose=wanted.purpose,
        scope=wanted.scope,
        key={name: str(value) for name, value in key.as_dict(private=True).items()},
        worker=wanted.worker,
    )
