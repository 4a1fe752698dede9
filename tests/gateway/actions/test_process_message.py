"""A BaRS message does what the same referral by transaction does, once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from callers import (
    NHS,
    NUMBERS,
    Caller,
    House,
    body_of,
    consent,
    patient,
    places,
    score,
)
from messages import (
    AGREED,
    CARE,
    ODS,
    PATIENT,
    RECEIVER,
    REQUEST,
    SCORE,
    SENDER,
    SERVICE,
    URN,
    added,
    at,
    category,
    changed,
    focus,
    processed,
    saying,
    told,
    without,
)

Json = dict[str, Any]


def test_a_message_becomes_a_referral_that_reaches_the_service_it_names(house: House) -> None:
    rows = house.rows("audit")
    answer = processed(house.trust, told())
    request, task = focus(answer)
    assert house.rows("audit") == rows + 1
    header = body_of(answer)["entry"][0]["resource"]
    assert header["response"]["code"] == "ok"
    assert header["response"]["identifier"] == "message-1"
    stored = house.trust.read(request)
    assert stored["intent"] == "order"
    assert "category" not in stored
    assert stored["requester"]["identifier"]["value"] == "R1"
    assert stored["performer"][0]["identifier"]["value"] == "111111111"
    (listed,) = stored["supportingInfo"]
    move = house.trust.read(task)
    assert move["status"] == "requested"
    assert move["owner"]["reference"] == house.drugs.who.organization
    assert move["restriction"]["period"]["end"]
    assert house.drugs.finds("Task", owner=house.drugs.who.organization) == [task]
    assert house.drugs.read(listed["reference"])["valueQuantity"]["value"] == 7
    assert house.drugs.finds("Patient", identifier=f"{NHS}|{NUMBERS[0]}")


def test_the_same_message_is_acted_on_once_and_answered_the_same(house: House) -> None:
    first = processed(house.trust, told())
    held = house.rows("resource")
    again = processed(house.trust, told())
    assert again.status == 200
    assert again.body == first.body
    assert house.rows("resource") == held


def test_a_message_that_says_something_else_under_the_same_identifier_is_refused(
    house: House,
) -> None:
    focus(processed(house.trust, told()))
    other = processed(house.trust, changed(told(), REQUEST, priority="urgent"))
    assert other.status == 409
    assert places(other) == ["Bundle.identifier"]


def test_a_referral_that_was_sent_before_is_not_sent_again(house: House) -> None:
    focus(processed(house.trust, told()))
    again = processed(house.trust, told("message-2"))
    assert again.status == 409
    assert places(again) == ["Bundle.entry[1].resource"]


def test_without_the_persons_agreement_nothing_is_stored(house: House) -> None:
    held = house.rows("resource")
    answer = processed(house.trust, without(told(), AGREED))
    assert answer.status == 422
    assert "attestation" in body_of(answer)["issue"][0]["diagnostics"]
    assert house.rows("resource") == held


def test_what_is_not_stored_is_said(house: House) -> None:
    answer = processed(house.trust, told())
    outcome = body_of(answer)["entry"][1]["resource"]
    said = {each["expression"][0]: each["diagnostics"] for each in outcome["issue"]}
    assert "agreement" in said["Bundle.entry[10].resource"]
    assert "directory" in said["Bundle.entry[3].resource"]
    assert "Bundle.entry[1].resource.reasonCode" in said  # what should travel with it
    assert {each["severity"] for each in outcome["issue"]} == {"information"}


def test_a_message_may_bring_its_task_with_a_time_limit(house: House) -> None:
    task = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "focus": {"reference": REQUEST},
        "for": {"reference": PATIENT},
        "restriction": {"period": {"end": "2026-05-04T10:00:00Z"}},
    }
    _, moved = focus(processed(house.trust, added(told(), task)))
    stored = house.trust.read(moved)
    assert stored["restriction"]["period"]["end"] == "2026-05-04T10:00:00Z"
    assert stored["owner"]["reference"] == house.drugs.who.organization
    assert stored["requester"]["identifier"]["value"] == "RX1"


def test_the_same_record_in_a_second_message_is_changed_and_not_stored_twice(house: House) -> None:
    first, _ = focus(processed(house.trust, told()))
    again = changed(changed(told("message-2"), REQUEST, id="referral-2"), SCORE, status="amended")
    second, _ = focus(processed(house.trust, again))
    assert second != first
    (listed,) = house.trust.read(first)["supportingInfo"]
    assert house.trust.read(second)["supportingInfo"] == [listed]
    assert house.trust.read(listed["reference"])["status"] == "amended"


REFUSED: dict[str, tuple[Any, str]] = {
    "a booking": (
        lambda: saying(told(), event="booking-request"),
        "Bundle.entry[0].resource.eventCoding",
    ),
    "a slot": (
        lambda: added(told(), {"resourceType": "Slot", "status": "busy"}),
        "Bundle.entry[11].resource",
    ),
    "a request to validate": (
        lambda: changed(told(), REQUEST, category=[category("validation")]),
        "Bundle.entry[1].resource.category[0]",
    ),
    "no reason": (lambda: saying(told(), reason="other"), "Bundle.entry[0].resource.reason"),
    "nothing in focus": (lambda: saying(told(), focus=[]), "Bundle.entry[0].resource.focus"),
    "no header": (lambda: without(told(), f"{URN}00"), "Bundle.entry[0].resource"),
    "no identifier": (lambda: told() | {"id": ""}, "Bundle.id"),
    "another person": (
        lambda: added(told(), {"resourceType": "Patient", "birthDate": "1990-01-01"}),
        "Bundle.entry[11].resource",
    ),
    "a consent that would decide": (
        lambda: changed(told(), CARE, category=[{"coding": [{"code": "59284-0"}]}]),
        "Bundle.entry[10].resource",
    ),
    "a receiver without a code": (
        lambda: changed(told(), RECEIVER, identifier=[{"system": "urn:x", "value": "1"}]),
        "Bundle.entry[0].resource.destination[0].receiver",
    ),
    "two receivers": (
        lambda: changed(told(), SERVICE, providedBy={"reference": SENDER}),
        "Bundle.entry[1].resource.performer[0]",
    ),
    "another sender": (
        lambda: changed(told(), SENDER, identifier=[{"system": ODS, "value": "HO1"}]),
        "Bundle.entry[0].resource.sender",
    ),
    "a receiver that nobody knows": (
        lambda: changed(told(), RECEIVER, identifier=[{"system": ODS, "value": "XX9"}]),
        "Bundle.entry[1].resource",
    ),
    "a number that is none": (
        lambda: changed(told(), PATIENT, identifier=[{"system": NHS, "value": "9990000019"}]),
        "Bundle.entry[2].resource.identifier[0].value",
    ),
    "a reference that leads nowhere": (
        lambda: changed(told(), SCORE, encounter={"reference": f"{URN}99"}),
        "Bundle.entry[8].resource.encounter.reference",
    ),
    "a transaction": (lambda: told() | {"type": "transaction"}, "Bundle.type"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_taken_is_said_at_its_place_and_nothing_is_stored(
    house: House, case: str
) -> None:
    made, place = REFUSED[case]
    held, rows = house.rows("resource"), house.rows("audit")
    answer = processed(house.trust, made())
    assert answer.status in (400, 403, 422), answer.body
    assert place in places(answer)
    assert (house.rows("resource"), house.rows("audit")) == (held, rows + 1)
    assert NUMBERS[0].encode() not in answer.body


def test_only_services_send_messages(house: House) -> None:
    for caller in (house.person(), house.officer):
        assert processed(caller, told()).status == 403


def test_a_denial_is_answered_as_a_service_that_nobody_knows(house: House) -> None:
    unknown = changed(told(), RECEIVER, identifier=[{"system": ODS, "value": "XX9"}])
    expected = processed(house.trust, unknown)
    person = house.person()
    person.writes(consent(person.me, "deny", house.drugs.who.organization))
    denied = processed(house.trust, told())
    assert (denied.status, denied.body) == (expected.status, expected.body)


def test_a_permit_stands_in_for_the_attestation(house: House) -> None:
    message = without(told(), AGREED)
    assert processed(house.trust, message).status == 422
    person = house.person()
    person.writes(consent(person.me, "permit", house.drugs.who.organization))
    assert processed(house.trust, message).status == 200


def test_a_message_is_answered_at_once_or_not_at_all(house: House) -> None:
    assert processed(house.trust, told(), ("async", "true")).status == 400
    assert processed(house.trust, told(), ("response-url", "https://x.example")).status == 400
    assert processed(house.trust, told(), ("async", "false")).status == 200


def test_a_token_needs_the_scopes_of_what_a_message_does(house: House) -> None:
    reads = replace(house.trust.who, scopes=frozenset({"system/*.rs"}))
    assert processed(Caller(house, reads), told()).status == 403
    focus(processed(house.trust, told()))
    assert processed(Caller(house, reads), told()).status == 403  # what was answered, too


def test_what_cannot_be_told_apart_is_not_changed(house: House) -> None:
    twice = added(told(), at(told(), SCORE) | {"status": "amended"})
    answer = processed(house.trust, twice)
    assert answer.status == 422
    assert places(answer) == ["Bundle.entry[11].resource"]


def test_what_is_of_this_server_is_named_where_it_is_seen_and_refused_where_not(
    house: House,
) -> None:
    person = house.person()
    theirs = house.housing.writes(score(house.housing.writes(patient())))
    here = f"{house.gateway.base_url}/fhir/{theirs}"
    message = told()
    message["entry"][8]["fullUrl"] = here
    refused = processed(house.trust, message)
    assert refused.status == 422
    assert places(refused) == ["Bundle.entry[8].resource"]
    message["entry"][8]["fullUrl"] = here[:-3] + "000"
    assert processed(house.trust, message).body == refused.body
    message["entry"][8]["fullUrl"] = here
    person.writes(consent(person.me, "permit", house.trust.who.organization))
    house.trust.writes(patient())
    request, _ = focus(processed(house.trust, message))
    assert house.trust.read(request)["supportingInfo"] == [{"reference": theirs}]


def test_the_answer_is_its_senders_own_and_tells_nothing_of_the_person(house: House) -> None:
    answer = processed(house.trust, told())
    reference = f"Bundle/{body_of(answer)['id']}"
    kept = house.trust.read(reference)
    assert {name: value for name, value in kept.items() if name != "meta"} == body_of(answer)
    assert house.drugs.get(reference).status == 404
    assert house.person().get(reference).status == 404


def test_a_bundle_of_its_own_making_is_no_answer(house: House) -> None:
    identifier = {"system": "https://onestory.example/fhir/Id/message-answered", "value": "mine"}
    house.trust.writes(
        {"resourceType": "Bundle", "type": "message", "identifier": identifier}
        | {"timestamp": "2026-05-03T10:00:00Z", "entry": told()["entry"][:1]}
    )
    answer = processed(house.trust, told("mine"))
    assert (answer.status, places(answer)) == (409, ["Bundle.identifier"])
