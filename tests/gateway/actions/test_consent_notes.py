"""What the answer to a written consent says beside it, and whom it tells an officer about."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from callers import Caller, House, body_of, consent, entry, patient

from gateway.actions.answer import Answer
from gateway.actions.preferring import Return
from gateway.actions.validating import Asked

Json = dict[str, Any]


def told(caller: Caller, resource: Json) -> Answer:
    """The answer to a POST that prefers an OperationOutcome."""
    gateway, body = caller.gateway, msgspec.json.encode(resource)
    return asyncio.run(gateway.create(caller.who, "Consent", body, None, Return.OUTCOME))


def issues(answer: Answer) -> list[tuple[str, str]]:
    """Severity and place of everything said, but that it is done."""
    said = [(i["severity"], i.get("expression", [""])[0]) for i in body_of(answer)["issue"]]
    assert said.pop() == ("information", "")
    return said


@pytest.fixture
def me(house: House) -> Caller:
    return house.person()


def test_a_plain_consent_has_nothing_said_beside_it(house: House, me: Caller) -> None:
    answer = told(me, consent(me.me, "permit", house.organizations["DA1"]))
    assert answer.status == 201
    assert issues(answer) == []


def test_a_dead_provision_is_said_and_stored(house: House, me: Caller) -> None:
    inside = consent(me.me, "permit", house.organizations["HO1"])["provision"]
    words = consent(me.me, "permit", house.organizations["DA1"], provision=[inside])
    answer = told(me, words)
    assert answer.status == 201
    assert issues(answer) == [("warning", "Consent.provision.provision[0]")]


def test_a_permit_that_another_consent_denies_is_said_to_the_person(
    house: House, me: Caller
) -> None:
    denial = me.created(consent(me.me, "deny"))
    words = consent(me.me, "permit", house.organizations["DA1"])
    answer = told(me, words)
    assert issues(answer) == [("warning", "Consent.provision")]
    assert f"Consent/{denial['id']}" in body_of(answer)["issue"][0]["diagnostics"]
    assert me.put(denial | {"status": "inactive"}).status == 200
    assert issues(told(me, words)) == []


def test_a_service_is_never_told_what_the_person_said(house: House, me: Caller) -> None:
    theirs = house.drugs.writes(patient())
    words = consent(theirs, "permit", house.organizations["DA1"])
    before = told(house.drugs, words)
    me.created(consent(me.me, "deny"))
    after = told(house.drugs, words)
    assert (before.status, before.body) == (after.status, after.body)


def test_someone_nobody_can_tell_apart_is_said_and_queued(house: House, me: Caller) -> None:
    words = consent(me.me, "deny", "https://elsewhere.test/fhir/Organization/a")
    answer = told(me, words)
    assert answer.status == 201
    assert issues(answer) == [("warning", "Consent.provision.actor")]
    queued = house.held("SELECT about FROM queue WHERE kind = 'unresolvable-actor'")
    assert len(queued) == 1
    assert house.held("SELECT about FROM queue WHERE about LIKE 'Consent/%'") == queued


def test_a_transaction_says_it_of_each_entry(house: House, me: Caller) -> None:
    inside = consent(me.me, "deny", house.organizations["HO1"])["provision"]
    words = consent(me.me, "deny", house.organizations["DA1"], provision=[inside])
    bundle = {"resourceType": "Bundle", "type": "transaction"}
    body = msgspec.json.encode(bundle | {"entry": [entry(words)]})
    answer = asyncio.run(me.gateway.transact(me.who, body, Return.OUTCOME))
    (done,) = body_of(answer)["entry"]
    first = done["response"]["outcome"]["issue"][0]
    assert (first["severity"], first["expression"]) == (
        "warning",
        ["Consent.provision.provision[0]"],
    )


@pytest.mark.parametrize("kind", ["permit", "deny"])
def test_validating_says_the_same_without_looking_at_what_is_held(
    house: House, me: Caller, kind: str
) -> None:
    inside = consent(me.me, kind, house.organizations["HO1"])["provision"]
    words = consent(me.me, kind, house.organizations["DA1"], provision=[inside])
    me.created(consent(me.me, "deny"))
    gateway, body = me.gateway, msgspec.json.encode(words)
    found = body_of(asyncio.run(gateway.validate(me.who, Asked("Consent"), body)))
    said = [(i["severity"], i["expression"][0]) for i in found["issue"]]
    assert said == [("warning", "Consent.provision.provision[0]")]
    words["provision"]["provision"][0].pop("type")
    found = body_of(
        asyncio.run(gateway.validate(me.who, Asked("Consent"), msgspec.json.encode(words)))
    )
    assert [i["severity"] for i in found["issue"]] == ["error"]
