"""Writes a person's choices through the gate, as one act: the new ones in, the old ones back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

import msgspec

from gateway.actions.deciders import GILLICK, LACKS
from gateway.web.me.choices import Choice, as_consent, confirmed, taken_back
from gateway.web.me.given import Given
from gateway.web.me.visit import Visit
from gateway.web.records import NotAnsweredError, Resource, one

NOT_YET = (GILLICK, LACKS)
_MOVED = (409, 412)


class Unsaved(Enum):
    """Why nothing was saved. MOVED: an older choice is no longer what the person was shown.
    NOT_YET: something has to be recorded before their yes counts."""

    MOVED = "moved"
    NOT_YET = "not yet"


class TakenBack(Enum):
    """How taking back ended. MOVED: the choice is no longer what the person was shown."""

    DONE = "done"
    MOVED = "moved"
    ABSENT = "absent"


async def write(
    visit: Visit, choice: Choice, standing: Iterable[Given], ending: Sequence[tuple[str, str]]
) -> str | Unsaved:
    """Writes the choice and takes back the (id, version) named; all of it, or nothing.

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
    entries += await _endings(visit, [each for each in ending if each[0] not in kept])
    if not entries:
        return next(iter(kept))
    done = await _transacted(visit, entries)
    return done if isinstance(done, Unsaved) else next(iter([*kept, *done]))


async def confirm(
    visit: Visit, identity: str, version: str, ending: Sequence[tuple[str, str]]
) -> Unsaved | None:
    """Says that what a service wrote down is right, and takes back what says no to it: as one."""
    consent = await one(visit.gateway, visit.requester, "Consent", identity)
    if consent is None:
        return Unsaved.MOVED
    entries = [_moved(confirmed(consent, visit.patient, visit.now), version)]
    done = await _transacted(visit, entries + await _endings(visit, ending))
    return done if isinstance(done, Unsaved) else None


async def deny(visit: Visit, identity: str, version: str) -> TakenBack:
    """Says that what a service wrote down was never said, or is not agreed to."""
    consent = await one(visit.gateway, visit.requester, "Consent", identity)
    status = "rejected" if consent and consent["status"] == "proposed" else "entered-in-error"
    return await _to_status(visit, consent, status, version)


async def take_back(visit: Visit, identity: str, version: str) -> TakenBack:
    """Makes a Consent inactive, if it is still the version that the person was shown."""
    consent = await one(visit.gateway, visit.requester, "Consent", identity)
    return await _to_status(visit, consent, "inactive", version)


async def _to_status(
    visit: Visit, consent: Resource | None, status: str, version: str
) -> TakenBack:
    if consent is None:
        return TakenBack.ABSENT
    identity, body = consent["id"], msgspec.json.encode(consent | {"status": status})
    if_match = f'W/"{version}"'
    answer = await visit.gateway.update(visit.requester, "Consent", identity, body, if_match)
    if answer.status == 200:
        return TakenBack.DONE
    if answer.status in _MOVED:
        return TakenBack.MOVED
    raise NotAnsweredError(f"update of Consent was answered {answer.status}")


async def _endings(visit: Visit, ending: Sequence[tuple[str, str]]) -> list[Resource]:
    found = [
        (await one(visit.gateway, visit.requester, "Consent", identity), version)
        for identity, version in ending
    ]
    return [_moved(taken_back(each), version) for each, version in found if each is not None]


def _moved(consent: Resource, version: str) -> Resource:
    """An entry that changes the Consent, if it is still the version that the person was shown."""
    return {
        "resource": consent,
        "request": {
            "method": "PUT",
            "url": f"Consent/{consent['id']}",
            "ifMatch": f'W/"{version}"',
        },
    }


async def _transacted(visit: Visit, entries: list[Resource]) -> list[str] | Unsaved:
    """The ids of what was written; or why nothing was done."""
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    answer = await visit.gateway.transact(visit.requester, msgspec.json.encode(bundle))
    if answer.status in _MOVED:
        return Unsaved.MOVED
    if any(each.diagnostics in NOT_YET for each in answer.problems):
        return Unsaved.NOT_YET
    if answer.status != 200:
        raise NotAnsweredError(f"the transaction was answered {answer.status}")
    done = msgspec.json.decode(answer.body)["entry"]
    locations = (each["response"].get("location", "") for each in done)
    return [each.split("/")[1] for each in locations if each]
