"""What a person's consents come to for one organisation, as they stand: for the person's page."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from consent.predicate import Predicate
from consent.request import Request
from gateway.actions.directory import ODS
from gateway.actions.gate import compiled_for, consents_of
from gateway.actions.installation import Installation
from gateway.actions.judging import organization_id
from gateway.auth.requester import Requester
from gateway.storage import identities


def standing(
    installation: Installation,
    connection: sqlite3.Connection,
    requester: Requester,
    organization: str,
    now: datetime,
) -> Predicate:
    """The signed-in person's consents held against a read by "Organization/<id>" to treat them."""
    patient = (requester.patient or "").removeprefix("Patient/")
    mine = identities.owned(connection, organization_id(requester), [patient])
    persons = [identity.person for identity in mine.values()]
    linked = identities.of_persons(connection, persons)
    consents = consents_of(installation, connection, linked)
    id_ = organization.removeprefix("Organization/")
    codes = connection.execute("SELECT ods FROM organization WHERE id = ?", (id_,))
    request = Request(
        recipient=f"Organization/{id_}",
        recipient_aliases=frozenset(f"{ODS}|{ods}" for (ods,) in codes),
        purpose="TREAT",
        action="access",
    )
    return compiled_for(installation, connection, consents, request, now)
