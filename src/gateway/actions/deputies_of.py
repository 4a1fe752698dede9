"""Who may decide for a person, as it is recorded now: for the person's pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.actions.installation import Installation
from gateway.actions.judging import organization_id
from gateway.auth.requester import Requester
from gateway.storage import delegates, grounds, identities
from gateway.storage.connection import Connection


@dataclass(frozen=True, slots=True)
class Deputy:
    """`identifier` is "system|value", as their portal signs them in; `called` their name."""

    record: str
    identifier: str
    called: str


async def deputies_of(
    installation: Installation, requester: Requester, now: datetime
) -> tuple[Deputy, ...]:
    """Those whose records stand, each once, by name."""
    return await installation.reading.look(
        lambda connection: _standing(installation, connection, requester, now)
    )


def _standing(
    installation: Installation, connection: Connection, requester: Requester, now: datetime
) -> tuple[Deputy, ...]:
    patient = (requester.patient or "").removeprefix("Patient/")
    mine = identities.owned(connection, organization_id(requester), [patient])
    found: dict[str, Deputy] = {}
    for identity in mine.values():
        for record in delegates.of_person(connection, identity.person):
            if record.stands_at(now):
                ground = grounds.opened(
                    connection,
                    installation.data_keys,
                    record.identity,
                    record.id,
                    record.sealed,
                )
                deputy = Deputy(record.id, ground.who, ground.called)
                found.setdefault(record.subject, deputy)
    return tuple(sorted(found.values(), key=lambda one: one.called.casefold()))
