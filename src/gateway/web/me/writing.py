"""Writes a person's choices through the gate, as one act: the new ones in, the old ones back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

import msgspec

from gateway.web.me.choices import Choice, as_consent, taken_back
from gateway.web.me.given import Given
from gateway.web.me.visit import Visit
from gateway.web.records import NotAnsweredError, Resource, one

_MOVED = (409, 412)


class TakenBack(Enum):
    """How taking back ended. MOVED: the choice is no longer what the person was shown."""

    DONE = "done"
    MOVED = "moved"
    ABSENT = "absent"


async def write(
    visit: Visit, choice: Choice, standing: Iterable[Given], ending: Sequence[tuple[str, str]]
) -> str | None:
    """Writes the choice and takes back the (id, version) named; all of it, or nothing and None.

    The answer is the id of a Consent that says the choice. A part that stands already is not
    written again, so that what is sent twice, by a second press, is written once.
    """
    ids = {each.choice: each.id for each in standing if each.choice and not each.by}
    entries = [
        {
            "resource": as_consent(part, visit.patient, visit.now),
            "request": {"method": "POST", "url": "Consent"},
        }
        for part in choice.parts
        if part not in ids
    ]
    kept = {ids[part] for part in choice.parts if part in ids}
    for identity, version in ending:
        consent = await one(visit.gateway, visit.requester, "Consent", identity)
        if consent is not None and identity not in kept:
            entries.append(_ending(consent, version))
    if not entries:
        return next(iter(kept))
    locations = await _transacted(visit, entries)
    return None if locations is None else next(iter([*kept, *locations]))


async def take_back(visit: Visit, identity: str, version: str) -> TakenBack:
    """Makes a Consent inactive, if it is still the version that the person was shown."""
    consent = await one(visit.gateway, visit.requester, "Consent", identity)
    if consent is None:
        return TakenBack.ABSENT
    body = msgspec.json.encode(taken_back(consent))
    if_match = f'W/"{version}"'
    answer = await visit.gateway.update(visit.requester, "Consent", identity, body, if_match)
    if answer.status == 200:
        return TakenBack.DONE
    if answer.status in _MOVED:
        return TakenBack.MOVED
    raise NotAnsweredError(f"update of Consent was answered {answer.status}")


def _ending(consent: Resource, version: str) -> Resource:
    return {
        "resource": taken_back(consent),
        "request": {
            "method": "PUT",
            "url": f"Consent/{consent['id']}",
            "ifMatch": f'W/"{version}"',
        },
    }


async def _transacted(visit: Visit, entries: list[Resource]) -> list[str] | None:
    """The ids of what was written; None where something moved, and nothing was done."""
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    answer = await visit.gateway.transact(visit.requester, msgspec.json.encode(bundle))
    if answer.status in _MOVED:
        return None
    if answer.status != 200:
        raise NotAnsweredError(f"the transaction was answered {answer.status}")
    done = msgspec.json.decode(answer.body)["entry"]
    return [each["response"]["location"].split("/")[1] for each in done]
