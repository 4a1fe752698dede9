"""A referral is told as a message, to who may see it and with what they may see."""

from __future__ import annotations

from typing import Any

import pytest
from callers import Caller, House, body_of, consent, patient, places, referral, score
from messages import fetched, focus, processed, told

from gateway.web.events import event

Json = dict[str, Any]


class Sent:
    """A referral of the trust to the drug service, with a score, and one that is not listed."""

    def __init__(self, house: House) -> None:
        self.house, self.trust, self.drugs = house, house.trust, house.drugs
        self.subject = self.trust.writes(patient())
        self.listed = self.trust.writes(score(self.subject))
        sender, receiver = self.trust.who.organization, self.drugs.who.organization
        entries = referral(self.subject, sender, receiver, self.listed)
        self.request, self.task = self.trust.sent(*entries)[:2]

    def told(self, to: Caller) -> Json:
        answer = fetched(to, self.request)
        assert answer.status == 200, answer.body
        return body_of(answer)


@pytest.fixture
def sent(house: House) -> Sent:
    return Sent(house)


def named(message: Json) -> set[str]:
    resources = [each["resource"] for each in message["entry"]]
    return {f"{each['resourceType']}/{each['id']}" for each in resources[1:]}


def test_the_message_has_a_header_and_what_travels(sent: Sent) -> None:
    message = sent.told(sent.drugs)
    head, request = (each["resource"] for each in message["entry"][:2])
    assert message["type"] == "message"
    assert head["eventCoding"]["code"] == "servicerequest-request"
    assert head["focus"] == [{"reference": message["entry"][1]["fullUrl"]}]
    assert head["destination"][0]["endpoint"].endswith("|DA1")
    assert head["destination"][0]["receiver"]["reference"] == sent.drugs.who.organization
    assert head["sender"]["reference"] == sent.trust.who.organization
    assert request["intent"] == "plan"
    assert request["category"][-1]["coding"][0]["code"] == "referral"
    own = sent.drugs.read(sent.request)["subject"]["reference"]
    organizations = {sent.drugs.who.organization, sent.trust.who.organization}
    assert named(message) == {sent.request, sent.task, sent.listed, own} | organizations
    assert sent.subject not in named(message)


def test_one_row_of_the_log_names_what_was_told(sent: Sent) -> None:
    rows = sent.house.rows("audit")
    sent.told(sent.drugs)
    assert sent.house.rows("audit") == rows + 1
    entry = sent.house.entries()[-1]
    assert {sent.request, sent.task, sent.listed} <= set(entry["entities"])
    assert entry["query"] == f"{sent.request}/$message"


def test_what_the_person_takes_back_is_absent_from_it(sent: Sent) -> None:
    before = sent.told(sent.drugs)
    assert sent.listed in named(before)
    person = sent.house.person()
    person.writes(
        consent(
            person.me,
            "deny",
            sent.drugs.who.organization,
            data=[{"meaning": "instance", "reference": {"reference": sent.listed}}],
        )
    )
    after = sent.told(sent.drugs)
    assert named(after) == named(before) - {sent.listed}
    assert sent.listed.partition("/")[2] not in str(after)
    assert sent.listed in named(sent.told(sent.trust))


def test_who_may_not_see_the_referral_gets_what_never_was(sent: Sent) -> None:
    sent.house.housing.writes(patient())
    withheld = fetched(sent.house.housing, sent.request)
    never = fetched(sent.house.housing, "ServiceRequest/00000000-0000-4000-8000-000000000009")
    assert withheld.status == 404
    assert (withheld.body, withheld.headers) == (never.body, never.headers)


def test_a_request_without_a_task_is_no_referral(sent: Sent) -> None:
    request = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "subject": {"reference": sent.subject},
    }
    answer = fetched(sent.trust, sent.trust.writes(request))
    assert answer.status == 422
    assert places(answer) == ["ServiceRequest"]


def test_the_same_referral_has_the_same_identifier_and_a_changed_one_another(sent: Sent) -> None:
    first, again = sent.told(sent.drugs), sent.told(sent.drugs)
    assert first["identifier"] == again["identifier"]
    assert sent.drugs.put(sent.drugs.read(sent.task) | {"status": "accepted"}).status == 200
    assert sent.told(sent.drugs)["identifier"] != first["identifier"]


def test_it_takes_no_parameters(sent: Sent) -> None:
    assert fetched(sent.drugs, sent.request, ("persist", "true")).status == 400
    assert fetched(sent.drugs, sent.request, ("_format", "json")).status == 200


def test_a_message_that_was_taken_is_told_again_and_taken_elsewhere(house: House) -> None:
    """What comes out goes in: at another house, by a sender of its own."""
    request, _ = focus(processed(house.trust, told()))
    message = body_of(fetched(house.trust, request))
    again = processed(house.trust, message)
    assert again.status == 409  # it is here already
    answer = processed(house.drugs, message)
    assert answer.status == 403  # it comes from the trust


def test_it_is_a_look_that_the_person_is_told_of(sent: Sent) -> None:
    person = sent.house.person()
    sent.told(sent.drugs)
    (row,) = [
        each
        for each in body_of(person.ask("AuditEvent"))["entry"]
        if any("query" in one for one in each["resource"]["entity"])
        and event(each["resource"]).asked.endswith("$message")
    ]
    assert event(row["resource"]).is_look
    assert event(row["resource"]).kinds[0] == "ServiceRequest"
