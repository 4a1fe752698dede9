"""Who carries the labels of a resource carries those that it has now, not those that it had."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from callers import MOOD, Caller, House, consent, entry, patient, referral, score

from gateway.actions import following

Json = dict[str, Any]
AUDIT_C = "75626-2"
CARE_TEAM = "https://onestory.example/fhir/CodeSystem/care-team"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def _no_mood(me: str, to: str) -> Json:
    return consent(me, "deny", to, securityLabel=[{"system": ACT, "code": "MH"}])


def _request(house: House, ods: str, subject: str, named: str) -> Json:
    writer = house.organizations[ods]
    request: Json = referral(subject, writer, writer, named)[0]["resource"]
    return request


class Asked:
    """A request of the trust's that names a score, and a request that names the request. The drug
    service may see all but what is about mood."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.me = me = house.person()
        drugs = house.organizations["DA1"]
        me.writes(consent(me.me, "permit", drugs))
        me.writes(_no_mood(me.me, drugs))
        self.at_drugs = house.drugs.writes(patient())
        self.mine = house.trust.writes(patient())
        self.score = house.trust.writes(score(self.mine))
        self.first = self.asks(self.score)
        self.second = self.asks(self.first)

    def asks(self, named: str) -> str:
        return self.house.trust.writes(_request(self.house, "RX1", self.mine, named))

    def names(self, request: str, named: str) -> None:
        stored = self.house.trust.read(request)
        stored["supportingInfo"] += [{"reference": named}]
        assert self.house.trust.put(stored).status == 200

    def becomes(self, code: str) -> None:
        stored = self.house.trust.read(self.score)
        stored["code"] = {"coding": [{"system": "http://loinc.org", "code": code}]}
        assert self.house.trust.put(stored).status == 200

    def seen_by(self, caller: Caller) -> list[int]:
        return [caller.get(each).status for each in (self.score, self.first, self.second)]


@pytest.fixture
def asked(house: House) -> Asked:
    return Asked(house)


def _topics(resource: Json) -> set[str]:
    return {each["code"] for each in resource["meta"]["security"]}


def test_what_names_it_is_denied_as_soon_as_it_is(asked: Asked) -> None:
    drugs = asked.house.drugs
    assert asked.seen_by(drugs) == [200, 200, 200]
    asked.becomes(MOOD)
    assert asked.seen_by(drugs) == [404, 404, 404]


def test_what_names_it_is_seen_again_as_soon_as_it_is(asked: Asked) -> None:
    asked.becomes(MOOD)
    asked.becomes(AUDIT_C)
    assert asked.seen_by(asked.house.drugs) == [200, 200, 200]


def test_whoever_wrote_what_names_it(asked: Asked) -> None:
    house = asked.house
    theirs = house.drugs.writes(_request(house, "DA1", asked.at_drugs, asked.score))
    third = house.caller("HO1")
    asked.me.writes(consent(asked.me.me, "permit", house.organizations["HO1"]))
    asked.me.writes(_no_mood(asked.me.me, house.organizations["HO1"]))
    third.writes(patient())
    before = house.drugs.read(theirs)
    assert third.get(theirs).status == 200
    asked.becomes(MOOD)
    assert third.get(theirs).status == 404
    assert house.drugs.get(asked.score).status == 404
    assert house.drugs.read(theirs) == before  # whose author is told nothing of it
    assert house.drugs.put(before | {"priority": "urgent"}).status == 200
    assert _topics(house.drugs.read(theirs)) == _topics(before)
    assert third.get(theirs).status == 404


def test_what_leads_to_itself_follows_too(asked: Asked) -> None:
    asked.names(asked.first, asked.second)
    asked.becomes(MOOD)
    assert asked.seen_by(asked.house.drugs) == [404, 404, 404]


def test_the_person_reads_what_each_rule_says_now(asked: Asked) -> None:
    asked.becomes(MOOD)
    asked.becomes(AUDIT_C)
    for each in (asked.first, asked.second):
        assert "MH" not in str(asked.me.read(each))
        assert "ETHUD" in str(asked.me.read(each)["meta"]["extension"])


def test_what_does_not_name_it_stays_as_it_is(asked: Asked) -> None:
    drugs, other = asked.house.drugs, asked.asks(asked.house.trust.writes(score(asked.mine)))
    before = drugs.read(other)
    asked.becomes(MOOD)
    assert drugs.read(other) == before


def test_more_than_one_write_labels_anew_is_given_the_labels_besides(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = asked.asks(asked.second)
    monkeypatch.setattr(following, "MOST", 1)
    asked.becomes(MOOD)
    assert asked.seen_by(asked.house.drugs) == [404, 404, 404]
    assert asked.house.drugs.get(third).status == 404
    assert asked.house.held(
        "SELECT count(*) FROM resource WHERE type = 'ServiceRequest' AND labelled > 0"
    ) == [(3,)]


def test_what_cannot_be_judged_any_more_takes_along_what_names_it(asked: Asked) -> None:
    asked.becomes("99999-9")
    assert asked.seen_by(asked.house.drugs) == [404, 404, 404]
    asked.becomes(AUDIT_C)
    assert asked.seen_by(asked.house.drugs) == [200, 200, 200]


def test_what_cannot_be_judged_takes_along_more_than_one_write_labels(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "MOST", 0)
    asked.becomes("99999-9")
    assert asked.seen_by(asked.house.drugs) == [404, 404, 404]


def test_in_one_transaction_what_is_written_after_it_carries_them_too(asked: Asked) -> None:
    house = asked.house
    changed = house.trust.read(asked.score)
    changed["code"] = {"coding": [{"system": "http://loinc.org", "code": MOOD}]}
    listed = house.trust.read(asked.second) | {"priority": "urgent"}
    entries = [
        entry(each, method="PUT", url=f"{each['resourceType']}/{each['id']}")
        for each in (changed, listed)
    ]
    assert house.trust.transact(*entries).status == 200
    assert asked.seen_by(house.drugs) == [404, 404, 404]


def test_what_is_deleted_goes_on_lending_its_labels(asked: Asked) -> None:
    house = asked.house
    assert house.trust.delete(asked.score).status == 204
    changed = house.trust.read(asked.first) | {"priority": "urgent"}
    assert house.trust.put(changed).status == 200
    assert house.drugs.get(asked.first).status == 200
    assert "ETHUD" in _topics(house.trust.read(asked.first))
    about = {"system": ACT, "code": "ETHUD"}
    asked.me.writes(consent(asked.me.me, "deny", house.organizations["DA1"], securityLabel=[about]))
    assert house.drugs.get(asked.first).status == 404


def test_what_was_named_where_that_says_nothing_is_unknown_where_it_does(asked: Asked) -> None:
    house = asked.house
    told = {"system": "http://snomed.info/sct", "code": "417096006"}
    sent = {
        "resourceType": "Communication",
        "status": "completed",
        "subject": {"reference": asked.mine},
        "reasonCode": [{"coding": [told]}],
    }
    nothing = [{"reference": f"Observation/{uuid4()}"}]
    stored = house.trust.created(sent | {"partOf": nothing})
    reference = f"Communication/{stored['id']}"
    unknown = house.trust.created(sent | {"about": nothing})
    assert house.drugs.get(f"Communication/{unknown['id']}").status == 404
    assert house.drugs.get(reference).status == 200
    del stored["partOf"]
    assert house.trust.put(stored | {"about": nothing}).status == 200
    assert house.drugs.get(reference).status == 404


def _holding(asked: Asked) -> str:
    """A score on smoking that holds a request, which names the other score."""
    writer = asked.house.organizations["RX1"]
    inside = referral(asked.mine, writer, writer, asked.score)[0]["resource"] | {"id": "inside"}
    inside["code"] = {"coding": [{"system": CARE_TEAM, "code": "other"}]}
    held = {"contained": [inside], "basedOn": [{"reference": "#inside"}]}
    return asked.house.trust.writes(score(asked.mine, "72166-2", **held))


def test_what_is_named_within_it_takes_it_along(asked: Asked) -> None:
    drugs, holder = asked.house.drugs, _holding(asked)
    assert _topics(drugs.read(holder)) == {"smoking", "ETHUD", "R"}
    asked.becomes(MOOD)
    assert drugs.get(holder).status == 404
    asked.becomes(AUDIT_C)
    assert drugs.get(holder).status == 200


def test_what_is_hidden_of_what_is_named_within_it_is_not_told_by_its_labels(asked: Asked) -> None:
    drugs, holder = asked.house.drugs, _holding(asked)
    data = [{"meaning": "instance", "reference": {"reference": asked.score}}]
    asked.me.writes(consent(asked.me.me, "deny", drugs.who.organization, data=data))
    seen = drugs.read(holder)
    assert "supportingInfo" not in seen["contained"][0]
    assert "ETHUD" not in _topics(seen)
    assert "ETHUD" in _topics(asked.house.trust.read(holder))


def test_what_named_something_unseen_is_for_nobody_else_however_often_it_is_written(
    asked: Asked,
) -> None:
    house, housing = asked.house, asked.house.organizations["HO1"]
    asked.me.writes(consent(asked.me.me, "permit", housing))
    house.housing.writes(patient())
    data = [{"meaning": "instance", "reference": {"reference": asked.score}}]
    about = consent(asked.me.me, "deny", house.organizations["DA1"], data=data)
    said = asked.me.created(about)
    stored = house.drugs.created(_request(house, "DA1", asked.at_drugs, asked.score))
    reference = f"ServiceRequest/{stored['id']}"
    for priority in ("urgent", "routine"):
        assert house.housing.get(reference).status == 404
        assert house.drugs.put(stored | {"priority": priority}).status == 200
    assert house.housing.get(reference).status == 404
    assert asked.me.put(said | {"status": "inactive"}).status == 200
    assert house.drugs.put(stored | {"priority": "urgent"}).status == 200
    assert house.housing.get(reference).status == 200


def test_what_is_in_more_doubt_takes_along_what_names_it(house: House) -> None:
    """Words are for those to whom everything is permitted; what names something unknown is not."""
    me = house.person()
    me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    house.drugs.writes(patient())
    mine = house.trust.writes(patient())
    words = {"note": [{"text": "in words"}]}
    first = house.trust.writes(
        _request(house, "RX1", mine, house.trust.writes(score(mine))) | words
    )
    second = house.trust.writes(_request(house, "RX1", mine, first))
    assert [house.drugs.get(each).status for each in (first, second)] == [200, 200]
    changed = house.trust.read(first)
    changed["supportingInfo"] += [{"reference": f"Observation/{uuid4()}"}]
    assert house.trust.put(changed).status == 200
    assert [house.drugs.get(each).status for each in (first, second)] == [404, 404]


def test_what_ones_own_record_comes_to_name_hides_nothing_that_names_it(asked: Asked) -> None:
    """Or that would tell its author what became of another's record."""
    house = asked.house
    own = house.drugs.writes(_request(house, "DA1", asked.at_drugs, asked.score))
    listed = {
        "resourceType": "List",
        "status": "current",
        "mode": "working",
        "subject": {"reference": asked.mine},
        "entry": [{"item": {"reference": own}}],
    }
    asked.me.writes(consent(asked.me.me, "permit", house.organizations["RX1"]))
    stored = house.trust.writes(listed)
    before = house.drugs.read(stored)
    assert before["entry"] == listed["entry"]
    asked.becomes(MOOD)
    assert house.drugs.get(asked.score).status == 404
    assert house.drugs.read(stored) == before


def test_a_former_version_that_named_what_the_ceiling_keeps_is_not_the_persons(
    asked: Asked,
) -> None:
    house = asked.house
    label = {"security": [{"system": ACT, "code": "PSYTHPN"}]}
    under = house.trust.writes(score(asked.mine, meta=label))
    request = house.trust.created(_request(house, "RX1", asked.mine, under))
    reference = f"ServiceRequest/{request['id']}"
    assert asked.me.get(reference).status == 404
    named = [{"reference": asked.score}]
    assert house.trust.put(request | {"supportingInfo": named}).status == 200
    assert len(house.trust.history(f"{reference}/_history")) == 2
    assert len(asked.me.history(f"{reference}/_history")) == 1
