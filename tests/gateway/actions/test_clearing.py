"""What is kept from a person's own reading is theirs to read once a named clinician clears it: that
version, for that person, until it is taken back or anything moves."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from callers import MOOD, Caller, House, Json, body_of, consent, patient, places, score
from deputies import ADA, Office, acting
from plans import activity, codes, plan

from gateway.actions.answer import Answer
from gateway.actions.story import Form
from gateway.storage.delegates import Basis

WHO = "https://fhir.nhs.uk/Id/sds-user-id|555000111"
WHY = "Read through with the family on Tuesday"
OURS = "https://onestory.example/fhir/CodeSystem/topic"
OF_OTHERS = {"security": [{"system": OURS, "code": "third-party"}]}
NEVER = "Observation/00000000-0000-4000-8000-000000000009"


def clinician(caller: Caller) -> Caller:
    """A practitioner of the organisation, named in its token."""
    return Caller(caller.house, replace(caller.who, practitioner=WHO))


def asks(
    caller: Caller, reference: str, *more: Json, why: str | None = WHY, if_match: str | None = None
) -> Answer:
    type_, _, id_ = reference.partition("/")
    reason = [] if why is None else [{"name": "reason", "valueString": why}]
    body = msgspec.json.encode({"resourceType": "Parameters", "parameter": [*reason, *more]})
    return asyncio.run(caller.gateway.clear(caller.who, type_, id_, body, if_match))


def clears(caller: Caller, reference: str, *more: Json) -> None:
    answer = asks(clinician(caller), reference, *more)
    assert answer.status == 200, answer.body


def for_whom(reference: str) -> Json:
    return {"name": "patient", "valueReference": {"reference": reference}}


TAKEN_BACK = {"name": "cleared", "valueBoolean": False}


class Case:
    """Something about a third party in a trust's record of a person."""

    def __init__(self, house: House) -> None:
        self.house, self.trust = house, house.trust
        self.me = house.person()
        self.subject = house.trust.writes(patient())
        self.stored = house.trust.created(score(self.subject, meta=OF_OTHERS))
        self.kept = f"Observation/{self.stored['id']}"

    def doors(self) -> dict[str, bool]:
        """Whether the person meets it, at each door."""
        me, id_ = self.me, self.stored["id"]
        everything = asyncio.run(
            me.gateway.everything(me.who, me.me.partition("/")[2], (("_count", "50"),))
        )
        shown = me.look(self.kept)
        version = body_of(shown)["meta"]["versionId"] if shown.status == 200 else "0"
        count = me.ask("Observation", patient=me.me, _summary="count")
        log = me.ask("AuditEvent", entity=self.kept)
        return {
            "read": me.get(self.kept).status == 200,
            "vread": me.look(f"{self.kept}/_history/{version}").status == 200,
            "history": me.look(f"{self.kept}/_history").status == 200,
            "history of the type": id_ in me.look("Observation/_history").body.decode(),
            "search": me.finds("Observation", patient=me.me) == [self.kept],
            "count": body_of(count)["total"] == 1,
            "include": id_ in me.look(f"Patient?_id={me.me[8:]}&_revinclude=*").body.decode(),
            "everything": id_ in everything.body.decode(),
            "log": any(
                each["resource"]["agent"][-1]["who"]["reference"] == self.trust.who.organization
                for each in body_of(log).get("entry", [])
            ),
        }


@pytest.fixture
def case(house: House) -> Case:
    return Case(house)


def met(case: Case) -> set[bool]:
    return set(case.doors().values())


def test_it_is_the_persons_to_read_at_every_door_once_it_is_cleared(case: Case) -> None:
    assert met(case) == {False}
    clears(case.trust, case.kept)
    assert met(case) == {True}, case.doors()
    clears(case.trust, case.kept, TAKEN_BACK)
    assert met(case) == {False}
