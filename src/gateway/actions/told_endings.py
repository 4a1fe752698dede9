"""Who was told that a consent has ended, as the person and officers are shown it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.actions.installation import Installation
from gateway.actions.judging import organization_id
from gateway.actions.releasing import whole
from gateway.auth.requester import Requester
from gateway.storage import identities, searching, tellings
from gateway.storage.connection import Connection
from gateway.storage.tellings import Telling

REFUSED = "rejected"
MOST = 200  # that officers are shown, the oldest first


@dataclass(frozen=True, slots=True)
class Told:
    """One service that was told; `reason` is why it says that it cannot confirm it."""

    telling: Telling
    reason: str = ""


async def told_about(installation: Installation, requester: Requester) -> list[Told]:
    """Everyone who was told about the consents of the person who asks, the latest first."""
    patient = (requester.patient or "").removeprefix("Patient/")

    def read(connection: Connection) -> list[Told]:
        own = identities.known_by(connection, organization_id(requester), [patient])
        found = tellings.of_person(connection, [one.id for one in own])
        return told(installation, connection, found)

    return await installation.reading.look(read)


def unconfirmed(installation: Installation, connection: Connection) -> list[Told]:
    """Those who have not confirmed it, whomever it is about, the oldest first."""
    return told(installation, connection, tellings.unconfirmed(connection, MOST))


def told(
    installation: Installation, connection: Connection, found: Iterable[Telling]
) -> list[Told]:
    return [Told(each, _reason(installation, connection, each)) for each in found]


def _reason(installation: Installation, connection: Connection, telling: Telling) -> str:
    if telling.status != REFUSED:
        return ""
    row = searching.current(connection, "Task", telling.id)
    assert row is not None  # noqa: S101 - it is not deleted while it is open
    said = whole(row, installation.resources.opened(row)).get("statusReason", {})
    codings = (each.get("display", "") for each in said.get("coding", []))
    return str(said.get("text") or next(filter(None, codings), ""))
