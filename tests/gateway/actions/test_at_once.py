"""Requests that meet: each is answered as if it had come before or after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import msgspec
from callers import NHS, NUMBERS, House, body_of, concept, consent, entry, patient, score

from gateway.actions.answer import Answer

TREATMENT = concept("v3-ActReason", "TREAT")["coding"]
NUMBER = f"identifier={NHS}|{NUMBERS[0]}&birthdate=1987-04-12"
ONE = "urn:uuid:00000000-0000-4000-8000-000000000001"


def at_once(*asked: Awaitable[Answer]) -> list[Answer]:
    async def all_of_them() -> list[Answer]:
        return await asyncio.gather(*asked)

    return asyncio.run(all_of_them())


def test_one_person_is_registered_once_whoever_comes_first(house: House) -> None:
    body = msgspec.json.encode(patient())
    trust = house.trust
    answers = at_once(*(house.gateway.create(trust.who, "Patient", body) for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409, 409]
    assert house.rows("identity") == 1


def test_transactions_that_register_one_person_meet_in_one_patient(house: House) -> None:
    entries = [entry(patient(), ONE, ifNoneExist=NUMBER), entry(score(ONE))]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    body = msgspec.json.encode(bundle)
    answers = at_once(*(house.gateway.transact(house.trust.who, body) for _ in range(5)))
    assert {answer.status for answer in answers} == {200}
    made = [body_of(answer)["entry"][0]["response"]["location"] for answer in answers]
    assert len({each.partition("/_history")[0] for each in made}) == 1
    assert house.rows("identity") == 1
    mine = made[0].partition("/_history")[0]
    assert len(house.trust.finds("Observation", patient=mine)) == 5


def test_two_organisations_that_register_at_once_are_joined(house: House) -> None:
    body = msgspec.json.encode(patient())
    callers = (house.trust, house.drugs, house.housing)
    at_once(*(house.gateway.create(each.who, "Patient", body) for each in callers))
    people = house.held("SELECT DISTINCT person FROM identity")
    assert len(people) == 1
    assert house.rows("identity") == 3


def test_no_read_that_begins_after_a_revocation_was_acknowledged_is_permitted(
    house: House,
) -> None:
    me = house.person()
    read = house.trust.writes(score(house.trust.writes(patient())))
    house.drugs.writes(patient())
    words = consent(me.me, "permit", house.organizations["DA1"], purpose=TREATMENT)

    async def race() -> list[tuple[bool, int]]:
        """Whether the revocation had been acknowledged when a read began, and how it ended."""
        given = msgspec.json.decode((await _create(house, me.who, words)).body)
        taken = msgspec.json.encode(given | {"status": "inactive"})
        seen: list[tuple[bool, int]] = []
        acknowledged = False

        async def look() -> None:
            while len(seen) < 5 or seen[-1][1] == 200:
                began_after = acknowledged
                answer = await house.gateway.read(house.drugs.who, *read.split("/"))
                seen.append((began_after, answer.status))

        looking = [asyncio.ensure_future(look()) for _ in range(3)]
        await asyncio.sleep(0.01)
        answer = await house.gateway.update(me.who, "Consent", given["id"], taken, None)
        acknowledged = True
        assert answer.status == 200
        await asyncio.gather(*looking)
        return seen

    for _ in range(5):
        seen = asyncio.run(race())
        assert (False, 200) in seen
        assert all(status == 404 for after, status in seen if after)


async def _create(house: House, who: Any, resource: dict[str, Any]) -> Answer:
    body = msgspec.json.encode(resource)
    answer = await house.gateway.create(who, resource["resourceType"], body)
    assert answer.status == 201
    return answer


def test_of_two_changes_to_one_version_one_is_refused(house: House) -> None:
    me = house.person()
    given = me.created(consent(me.me, "deny", house.organizations["DA1"]))
    match = f'W/"{given["meta"]["versionId"]}"'
    body = msgspec.json.encode(given | {"status": "inactive"})
    answers = at_once(
        *(house.gateway.update(me.who, "Consent", given["id"], body, match) for _ in range(3))
    )
    assert sorted(answer.status for answer in answers) == [200, 412, 412]


def test_rules_kept_of_a_rolled_back_version_are_never_used(house: House) -> None:
    """What a refused transaction changed is not what the next read is decided by."""
    me = house.person()
    read = house.trust.writes(score(house.trust.writes(patient())))
    house.drugs.writes(patient())
    given = me.created(consent(me.me, "permit", house.organizations["DA1"], purpose=TREATMENT))
    taken = entry(given | {"status": "inactive"}, method="PUT", url=f"Consent/{given['id']}")
    wrong = entry(consent("Patient/00000000-0000-4000-8000-000000000001", "deny"))
    for _ in range(2):
        assert me.transact(taken, wrong).status in (403, 422)
        assert house.drugs.get(read).status == 200
    assert me.transact(taken).status == 200
    assert house.drugs.get(read).status == 404
