"""patient-consent-consult: one card, which says that something is shared or is always the same."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from callers import (
    MOOD,
    NHS,
    NUMBERS,
    Caller,
    House,
    body_of,
    consent,
    patient,
    places,
    referral,
    score,
)

from gateway.actions.answer import Answer
from gateway.actions.validating import Asked
from gateway.auth.requester import Role
from gateway.web.events import Event, event

ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
ALCOHOL = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "ETHUD"}]
NEVER = "00000000-0000-4000-8000-000000000009"


def call(patient_id: Any, **context: Any) -> dict[str, Any]:
    return {
        "hook": "patient-consent-consult",
        "hookInstance": str(uuid4()),
        "context": {"patientId": patient_id} | context,
    }


def consulted(caller: Caller, sent: Any) -> Answer:
    return asyncio.run(caller.gateway.consult(caller.who, msgspec.json.encode(sent)))


def card(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    [only] = body_of(answer)["cards"]
    return dict(only)


@pytest.fixture
def theirs(house: House) -> str:
    return house.trust.writes(patient())


@pytest.fixture
def mine(house: House) -> str:
    return house.drugs.writes(patient()).partition("/")[2]


def by_number(number: str = NUMBERS[0]) -> dict[str, str]:
    return {"system": NHS, "value": number}


def test_what_is_permitted_gives_a_card_with_its_types_and_where_to_read_it(
    house: House, theirs: str, mine: str
) -> None:
    me = house.person()
    me.writes(consent(me.me, "permit", house.organizations["DA1"], securityLabel=ALCOHOL))
    house.trust.writes(score(theirs))
    house.trust.writes(
        {
            "resourceType": "Condition",
            "clinicalStatus": {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/condition-clinical",
                        "code": "active",
                    }
                ]
            },
            "code": {"coding": [{"system": "http://loinc.org", "code": MOOD}]},
            "subject": {"reference": theirs},
        }
    )
    found = card(consulted(house.drugs, call(mine)))
    assert found["summary"].startswith("Information from other services is shared")
    assert found["detail"] == "Of type: Observation."
    [link] = found["links"]
    assert link["url"] == f"http://gateway.test/fhir/Patient/{mine}/$everything"
    assert card(consulted(house.drugs, call(by_number()))) == found


def test_denied_nothing_held_and_no_such_person_give_the_same_bytes(
    house: House, theirs: str, mine: str
) -> None:
    house.trust.writes(score(theirs))
    nothing_held = house.drugs.writes(patient(1)).partition("/")[2]
    house.drugs.writes(score(f"Patient/{nothing_held}"))
    asked = [
        mine,
        f"Patient/{mine}",
        nothing_held,
        theirs.partition("/")[2],
        NEVER,
        "no id at all",
        by_number(),
        by_number(NUMBERS[1]),
        by_number(NUMBERS[3]),
        {"system": "urn:another", "value": "1"},
    ]
    before = house.rows("audit")
    answers = [consulted(house.drugs, call(each)) for each in asked]
    assert {(answer.status, answer.body) for answer in answers} == {(200, answers[0].body)}
    assert card(answers[0])["summary"].startswith("No information from other services")
    assert house.rows("audit") == before + len(asked)


def test_a_permit_for_another_service_is_nobody_elses(house: House, theirs: str, mine: str) -> None:
    me = house.person()
    me.writes(consent(me.me, "permit", house.organizations["HO1"]))
    house.trust.writes(score(theirs))
    assert "detail" not in card(consulted(house.drugs, call(mine)))
    known = house.housing.writes(patient()).partition("/")[2]
    assert "detail" in card(consulted(house.housing, call(known)))


def test_taken_back_it_is_the_card_of_nothing(house: House, theirs: str, mine: str) -> None:
    me = house.person()
    given = me.created(consent(me.me, "permit", house.organizations["DA1"]))
    house.trust.writes(score(theirs))
    assert "detail" in card(consulted(house.drugs, call(mine)))
    assert me.put(given | {"status": "inactive"}).status == 200
    answer = consulted(house.drugs, call(mine))
    assert answer.body == consulted(house.drugs, call(NEVER)).body


def test_what_is_delivered_is_shared(house: House, theirs: str, mine: str) -> None:
    trust, drugs = house.organizations["RX1"], house.organizations["DA1"]
    house.trust.sent(*referral(theirs, trust, drugs))
    assert card(consulted(house.drugs, call(mine)))["detail"] == "Of type: ServiceRequest, Task."


def test_the_card_is_for_the_purpose_of_the_token(house: House, theirs: str, mine: str) -> None:
    me = house.person()
    purpose = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT"}]
    me.writes(consent(me.me, "permit", house.organizations["DA1"], purpose=purpose))
    house.trust.writes(score(theirs))
    assert "detail" in card(consulted(house.drugs, call(mine, purposeOfUse="TREAT")))
    assert "detail" in card(consulted(house.drugs, call(mine, purposeOfUse=["HRESCH", "TREAT"])))
    research = house.drugs.for_purpose("HRESCH")
    assert "detail" not in card(consulted(research, call(mine)))
    answer = consulted(house.drugs, call(mine, purposeOfUse="HRESCH"))
    assert (answer.status, places(answer)) == (403, ["context.purposeOfUse"])


def test_a_service_asks_about_itself_only(house: House, mine: str) -> None:
    own = [{"system": ODS, "value": "DA1"}]
    assert consulted(house.drugs, call(mine, actor=own)).status == 200
    answers = [
        consulted(house.drugs, call(mine, actor={"system": ODS, "value": each}))
        for each in ("RX1", "nobody")
    ]
    assert [answer.status for answer in answers] == [403, 403]
    assert answers[0].body == answers[1].body
    assert places(answers[0]) == ["context.actor"]


@pytest.mark.parametrize("role", [Role.PORTAL, Role.OFFICER])
def test_it_is_for_services(house: House, role: Role) -> None:
    answer = consulted(house.caller("PO1", role, "Patient/x"), call(NEVER))
    assert (answer.status, places(answer)) == (403, ["hook"])


def test_types_that_the_token_may_not_read_are_not_told_of(
    house: House, theirs: str, mine: str
) -> None:
    me = house.person()
    me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    house.trust.writes(score(theirs))
    narrow = replace(house.drugs.who, scopes=frozenset({"system/Condition.rs"}))
    assert "detail" not in card(consulted(Caller(house, narrow), call(mine)))


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        (call(NEVER) | {"hook": "patient-view"}, "hook"),
        (call(NEVER) | {"hookInstance": "1"}, "hookInstance"),
        (call(NEVER) | {"context": None}, "context"),
        (call(""), "context.patientId"),
        (call([]), "context.patientId"),
        (call({"system": NHS}), "context.patientId"),
        (call(NEVER, scope="adr"), "context.scope"),
        (call(NEVER, actor="DA1"), "context.actor"),
        (call(NEVER, purposeOfUse=[]), "context.purposeOfUse"),
        (call(NEVER, purposeOfUse=1), "context.purposeOfUse"),
    ],
)
def test_a_call_that_is_not_understood_is_refused_with_its_place(
    house: House, sent: Any, place: str
) -> None:
    before = house.rows("audit")
    answer = consulted(house.drugs, sent)
    assert answer.status == 400
    assert places(answer) == [place]
    assert house.rows("audit") == before + 1


def test_one_row_says_who_asked_and_nothing_of_what_was_found(
    house: House, theirs: str, mine: str
) -> None:
    hidden = house.trust.writes(score(theirs))
    consulted(house.drugs, call(mine))
    row = house.entries()[-1]
    assert row["query"] == "cds-services/patient-consent-consult"
    assert row["entities"] == [f"Patient/{mine}"]
    assert hidden not in str(row)


def test_whoever_asked_is_among_those_who_looked(house: House, theirs: str, mine: str) -> None:
    """For the person, and for the service that asks the log of itself."""
    me = house.person()
    me.created(consent(me.me, "permit", house.organizations["DA1"]))
    house.trust.writes(score(theirs))
    before = body_of(house.drugs.ask("AuditEvent", entity=f"Patient/{mine}"))["total"]
    consulted(house.drugs, call(mine))
    assert body_of(house.drugs.ask("AuditEvent", entity=f"Patient/{mine}"))["total"] == before + 1
    [look] = [each for each in _told(me) if each.asked_for_a_card]
    assert look.is_look
    assert look.organization == house.organizations["DA1"]


def test_a_calculator_is_asked_nothing_that_is_held(house: House, theirs: str, mine: str) -> None:
    """An operation too, and no look: what it answers comes from what it was sent."""
    asked, body = Asked("Observation"), msgspec.json.encode(score(f"Patient/{mine}"))
    before = body_of(house.drugs.ask("AuditEvent"))["total"]
    answer = asyncio.run(house.gateway.validate(house.drugs.who, asked, body))
    assert answer.status == 200
    assert house.entries()[-1]["interaction"] == "operation"
    assert body_of(house.drugs.ask("AuditEvent"))["total"] == before


def test_a_call_that_is_refused_is_no_look_of_ones_own(house: House, mine: str) -> None:
    before = body_of(house.drugs.ask("AuditEvent"))["total"]
    assert consulted(house.drugs, call(mine, scope="adr")).status == 400
    assert body_of(house.drugs.ask("AuditEvent"))["total"] == before


def _told(me: Caller) -> list[Event]:
    entries = body_of(me.ask("AuditEvent", patient=me.me))["entry"]
    return [event(each["resource"]) for each in entries]
