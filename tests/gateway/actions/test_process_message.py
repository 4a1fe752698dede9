"""A BaRS message does what the same referral by transaction does, once."""

from __future__ import annotations

from typing import Any

from callers import NHS, NUMBERS, House, body_of, places
from messages import AGREED, REQUEST, changed, focus, processed, told, without

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
