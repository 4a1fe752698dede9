"""What a person's consents come to for one organisation, as they stand: for the person's page."""

from __future__ import annotations

from datetime import datetime

from consent.predicate import Predicate
from consent.request import Request
from gateway.actions.installation import Installation
from gateway.actions.judging import organization_id
from gateway.actions.weighing import compiled_for, consents_of
from gateway.auth.requester import Requester
from gateway.storage import identities
from gateway.storage.connection import Connection
from gateway.storage.directory import identifiers_of

SOMEONE = "someone"  # a practitioner whom no consent names


async def standing(
    installation: Installation,
    requester: Requester,
    organization: str,
    now: datetime,
    *,
    emergency: bool = False,
) -> Predicate:
    """The signed-in person's consents held against a read by "Organization/<id>" to treat them, or
    by someone there whom they have not named, in an emergency.

    One snapshot is read; nothing of the record is, and nothing is released.
    """
    return await installation.reading.look(
        lambda connection: _standing(
            installation, connection, requester, organization, now, emergency
        )
    )


def _standing(
    installation: Installation,
    connection: Connection,
    requester: Requester,
    organization: str,
    now: datetime,
    emergency: bool,
) -> Predicate:
    patient = (requester.patient or "").removeprefix("Patient/")
    mine = identities.owned(connection, organization_id(requester), [patient])
    linked = identities.of_persons(connection, [one.person for one in mine.values()])
    consents = consents_of(installation, connection, linked)
    request = Request(
        recipient=organization,
        recipient_aliases=identifiers_of(connection, organization.removeprefix("Organization/")),
        practitioner=frozenset({SOMEONE} if emergency else ()),
        purpose="BTG" if emergency else "TREAT",
        action="access",
    )
    return compiled_for(installation, connection, consents, request, now)
