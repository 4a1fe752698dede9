"""What every installation holds from the start: our definitions and the portal of its pages."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from gateway.storage import replacing, searching
from gateway.storage.connection import Connection
from gateway.storage.database import claim
from gateway.storage.directory import OPERATOR, definition, register_organization
from gateway.storage.resources import Resources
from gateway.storage.times import microseconds
from mappings.instrument import Instrument
from mappings.instruments import all_instruments
from mappings.questionnaire import questionnaire
from mappings.wording import Wordings

PORTAL_ODS = "ONESTORY"
PORTAL_NAME = "One Story"


def found(
    connection: Connection,
    resources: Resources,
    now: datetime,
    new_id: Callable[[], str],
    wordings: Wordings | None = None,
) -> str:
    """Write what is not there yet; safe to run twice. The id of the pages' own organisation.

    `wordings`: of a server, which serves these and no others. Without them Questionnaires that are
    there stay as they are: a command beside a server knows of no wording.
    """
    claim(connection, resources.mark)
    portal = register_organization(
        connection, resources, ods=PORTAL_ODS, name=PORTAL_NAME, now=now, new_id=new_id
    )
    for instrument in all_instruments():
        body = _questionnaire(instrument, wordings or {})
        row = searching.current(connection, body["resourceType"], body["id"])
        if row is None:
            resources.add(connection, definition(body, OPERATOR, microseconds(now)))
        elif wordings is not None:
            new = definition(body, OPERATOR, microseconds(now))
            replacing.replace_definition(connection, resources, row, new)
    return portal


def _questionnaire(instrument: Instrument, wordings: Wordings) -> dict[str, Any]:
    """By an id that is the same in every installation, whatever its wording."""
    body = questionnaire(instrument, wordings.get(instrument.id))
    name = f"{body['url']}|{body['version']}"
    return body | {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, name))}
