"""Writes a person's choices through the gate: the new one first, then the old one taken back."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

import msgspec

from gateway.web.me.choices import Choice, Given, as_consent, taken_back
from gateway.web.me.visit import Visit
from gateway.web.records import NotAnsweredError, one


class TakenBack(Enum):
    """How taking back ended. MOVED: the choice is no longer what the person was shown."""

    DONE = "done"
    MOVED = "moved"
    ABSENT = "absent"


async def write(visit: Visit, choice: Choice, standing: Iterable[Given]) -> str:
    """Writes each part that does not stand already; the id of one Consent that says the choice.

    What is sent twice, by a second press or a page loaded again, is written once.
    """
    ids = {one.choice: one.id for one in standing if one.choice and not one.by}
    written = ""
    for part in choice.parts:
        written = ids.get(part) or await _created(visit, part)
    return written


async def _created(visit: Visit, part: Choice) -> str:
    body = msgspec.json.encode(as_consent(part, visit.patient, visit.now))
    answer = await visit.gateway.create(visit.requester, "Consent", body)
    if answer.status != 201:
        raise NotAnsweredError(f"create of Consent was answered {answer.status}")
    return str(msgspec.json.decode(answer.body)["id"])


async def take_back(visit: Visit, identity: str, version: str) -> TakenBack:
    """Makes a Consent inactive, if it is still the version that the person was shown."""
    consent = await one(visit.gateway, visit.requester, "Consent", identity)
    if consent is None:
        return TakenBack.ABSENT
    if consent.get("status") == "inactive":
        return TakenBack.DONE
    body = msgspec.json.encode(taken_back(consent))
    if_match = f'W/"{version}"'
    answer = await visit.gateway.update(visit.requester, "Consent", identity, body, if_match)
    match answer.status:
        case 200:
            return TakenBack.DONE
        case 409 | 412:
            return TakenBack.MOVED
        case 404 | 410:
            return TakenBack.ABSENT
        case status:
            raise NotAnsweredError(f"update of Consent was answered {status}")
