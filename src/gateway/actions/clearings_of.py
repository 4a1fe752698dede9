"""What was cleared for a person and why: for officers, from the command line."""

from __future__ import annotations

from typing import Any

from gateway.actions.answer import Answer
from gateway.actions.deputising import NOBODY
from gateway.actions.serving import Serving
from gateway.actions.writing import Writing
from gateway.auth.requester import Requester
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Refused
from gateway.storage import clearings, grounds, identities
from gateway.storage.clearings import Recorded
from gateway.storage.grounds import Ground
from gateway.storage.times import moment_of


class ClearingsOf(Serving):
    """The register of what clinicians cleared. Each look leaves its row."""

    async def clearings_of(self, officer: Requester, patient: str) -> Answer:
        """200 with every clearing for the person, those that hold no more too."""

        def job(writing: Writing) -> Answer | Refused:
            connection = writing.connection
            identity = identities.by_patient(connection, patient.removeprefix("Patient/"))
            if identity is None:
                return Refused((NOBODY,))
            writing.entities.append(f"Patient/{identity.patient}")
            writing.persons.add(identity.person)
            found = clearings.of_person(connection, identity.person)
            return Answer(200, encode([_shown(writing, one) for one in found]))

        return await self._read_only(self._request(officer, "operation", "cleared/list"), job)


def _shown(writing: Writing, one: Recorded) -> dict[str, Any]:
    back = None if one.taken_back is None else _ground(writing, one, one.taken_back)
    return {
        "id": one.id,
        "item": one.reference,
        "patient": f"Patient/{one.patient}",
        "since": moment_of(one.since).isoformat(),
        "holds": one.holds,
        **_told(_ground(writing, one, one.sealed)),
        "taken_back": None if back is None else _told(back),
    }


def _told(ground: Ground) -> dict[str, str]:
    return {"by": ground.by, "reason": ground.evidence}


def _ground(writing: Writing, one: Recorded, sealed: bytes) -> Ground:
    data_keys = writing.installation.data_keys
    return grounds.opened(writing.connection, data_keys, one.identity, one.id, sealed)
