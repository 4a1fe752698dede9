"""Where each referral stands and who acts next, as the person reads it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.web.me.details import details
from gateway.web.me.held import Item, groups
from gateway.web.me.referrals import stands
from gateway.web.services import Service, Services

NOW = datetime(2026, 5, 3, 10, tzinfo=UTC)
OURS = "https://onestory.example/fhir/CodeSystem/referral"
SERVICES = Services(
    (Service("Organization/t", "Northside", "T1"), Service("Organization/d", "Clearwater", "D1")),
    "Organization/p",
)
REQUEST = {"resourceType": "ServiceRequest", "id": "1", "performer": [{"reference": "x"}]}
TASK = {
    "resourceType": "Task",
    "id": "2",
    "status": "requested",
    "focus": {"reference": "ServiceRequest/1"},
    "requester": {"reference": "Organization/t"},
    "owner": {"reference": "Organization/d"},
    "restriction": {"period": {"end": "2026-05-17T10:00:00+00:00"}},
}


def raised(kind, **more):
    return {
        "resourceType": "Task",
        "id": "3",
        "status": "requested",
        "code": {"coding": [{"system": OURS, "code": kind}]},
        "focus": {"reference": "Task/2"},
        "basedOn": [{"reference": "ServiceRequest/1"}],
    } | more


def said(*parts):
    return " ".join(stands(Item(REQUEST, "", "", "", parts), SERVICES, NOW))


def test_who_acts_next_is_named_until_somebody_says_yes():
    assert said(TASK) == (
        "Clearwater has been asked and has to answer. Until they say yes, Northside looks after"
        " this. They should answer by 17 May 2026."
    )
    assert said(TASK | {"status": "accepted"}) == "Clearwater has said yes, and acts next."


def test_a_no_says_who_looks_after_it():
    found = said(TASK | {"status": "rejected"})
    assert found == "Clearwater cannot do this. Northside looks after this, and acts next."


def test_what_is_late_says_who_was_asked_to_find_out():
    assert said(TASK, raised("raised-late")) == (
        "Clearwater has not answered in time. Northside has been asked to find out what happens"
        " next."
    )
    over = raised("raised-late", status="completed")
    assert said(TASK, over) == said(TASK)


def test_a_refusal_that_does_not_count_says_what_happens_now():
    assert said(TASK, raised("raised-refusal")).endswith(
        " Northside has been asked to agree with Clearwater what happens next."
    )


def test_a_day_that_has_passed_and_parties_that_nobody_knows_are_left_out():
    task = TASK | {"restriction": {"period": {"end": "2026-05-01"}}, "owner": {}, "requester": {}}
    assert said(task) == (
        "The other service has been asked and has to answer. Until they say yes, the service"
        " that sent it looks after this."
    )


@pytest.mark.parametrize("status", ["draft", "on-hold", "failed", "completed", "cancelled"])
def test_every_other_status_has_its_sentence(status):
    assert said(TASK | {"status": status}).endswith(".")


def test_what_is_raised_is_no_line_of_its_own():
    item = Item(REQUEST, "", "", "", (TASK, raised("raised-late")))
    assert [line.name for line in details(item, SERVICES, {}).lines] == ["Where it has got to"]


def test_what_is_no_referral_says_nothing():
    assert stands(Item(TASK, "", "", "", ()), SERVICES, NOW) == ()


def test_what_is_raised_stands_with_its_referral():
    (group,) = groups([REQUEST, TASK, raised("raised-late")], SERVICES)
    (item,) = group.items
    assert [part["id"] for part in item.parts] == ["2", "3"]
