"""What every installation holds from the start: our definitions and the portal of its pages."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

from gateway.storage import searching
from gateway.storage.connection import Connection
from gateway.storage.database import claim
from gateway.storage.directory import OPERATOR, definition, register_organization
from gateway.storage.resources import Resources
from gateway.storage.times import microseconds
from mappings.instruments import all_instruments
from mappings.questionnaire import questionnaire

PORTAL_ODS = "ONESTORY"
PORTAL_NAME = "One Story"


def found(
    connection: Connection,
    resources: Resources,
    now: datetime,
    new_id: Callable[[], str],
) -> str:
    """Write what is not there yet; safe to run twice. The id of the pages' own organisation."""
    claim(connection, resources.mark)
    portal = register_organization(
        connection, resources, ods=PORTAL_ODS, name=PORTAL_NAME, now=now, new_id=new_id
    )
    for instrument in all_instruments():
        body = questionnaire(instrument)
        name = f"{body['url']}|{body['version']}"
        body = body | {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, name))}
        if searching.current(connection, "Questionnaire", body["id"]) is None:
            resources.add(connection, definition(body, OPERATOR, microseconds(now)))
    return portal
