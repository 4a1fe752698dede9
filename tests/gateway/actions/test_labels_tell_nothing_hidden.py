"""Nothing that is hidden is told by the labels of what leads to it, nor by how many are counted."""

from __future__ import annotations

from typing import Any

import pytest
from callers import MOOD, House, body_of, composition, consent, referral, score
from plans import Shared

Json = dict[str, Any]
TYPES = "http://hl7.org/fhir/resource-types"


class Asked:
    """A request that names a mood score which the drug service may not see, and one that names
    the request."""

    def __init__(self, house: House) -> None:
        self.shared = shared = Shared(house)
        self.house = house
        shared.permit(house.drugs)
        self.hidden = house.trust.writes(score(shared.at_trust, MOOD))
        self.first = self.asks(self.hidden)
        self.second = self.asks(self.first)
        data = [{"meaning": "instance", "reference": {"reference": self.hidden}}]
        me, drugs = shared.person, house.organizations["DA1"]
        me.created(consent(me.me, "deny", drugs, data=data))

    def asks(self, named: str) -> str:
        sender = self.house.organizations["RX1"]
        entries = referral(self.shared.at_trust, sender, sender, named)
        return self.house.trust.writes(entries[0]["resource"])

    def names(self, request: str, *named: str) -> None:
        stored = self.house.trust.read(request)
        stored["supportingInfo"] += [{"reference": each} for each in named]
        assert self.house.trust.put(stored).status == 200


@pytest.fixture
def asked(house: House) -> Asked:
    return Asked(house)


def _topics(resource: Json) -> set[str]:
    return {each["code"] for each in resource["meta"]["security"]}


def test_a_page_shows_each_as_a_read_does(asked: Asked) -> None:
    drugs = asked.house.drugs
    last = asked.asks(asked.second)
    page = body_of(drugs.ask("ServiceRequest", patient=asked.shared.at_drugs))
    found = {each["resource"]["id"]: each["resource"] for each in page["entry"]}
    named = (asked.first, asked.second, last)
    assert found == {each.partition("/")[2]: drugs.read(each) for each in named}
    assert not any("MH" in _topics(each) for each in found.values())
    assert "MH" in _topics(asked.house.trust.read(last))


def test_requests_that_name_each_other_tell_nothing_of_what_one_hides(asked: Asked) -> None:
    drugs = asked.house.drugs
    before = _topics(drugs.read(asked.first))
    asked.names(asked.first, asked.second)
    alcohol = asked.house.trust.writes(score(asked.shared.at_trust))
    for each in (asked.first, asked.second):
        assert "MH" in _topics(asked.house.trust.read(each))
        assert _topics(drugs.read(each)) == before
    asked.names(asked.second, alcohol)
    assert _topics(drugs.read(asked.first)) == before | {"ETHUD"}


def test_what_cannot_stand_without_a_part_that_is_kept_is_not_counted(house: House) -> None:
    shared = Shared(house)
    shared.permit(house.drugs)
    inside = {"resourceType": "Practitioner", "id": "p"}
    body = composition(house, shared.at_trust)
    body |= {"contained": [inside], "author": [{"reference": "#p"}]}
    del body["section"]
    stored = house.trust.writes(body)
    counts = []
    for _ in range(2):
        answer = body_of(house.drugs.ask("Composition", patient=shared.at_drugs))
        counts.append((house.drugs.get(stored).status, answer["total"]))
        kind = {"class": [{"system": TYPES, "code": "Practitioner"}]}
        drugs = house.organizations["DA1"]
        shared.person.created(consent(shared.person.me, "deny", drugs, **kind))
    assert counts == [(200, 1), (404, 0)]


def test_a_page_shows_those_that_name_each_other_as_a_read_does(asked: Asked) -> None:
    drugs = asked.house.drugs
    smoking = asked.house.trust.writes(score(asked.shared.at_trust, "72166-2"))
    asked.names(asked.first, asked.second)
    asked.names(asked.second, smoking)
    page = body_of(drugs.ask("ServiceRequest", patient=asked.shared.at_drugs))
    found = {f"ServiceRequest/{each['resource']['id']}": each["resource"] for each in page["entry"]}
    assert found == {each: drugs.read(each) for each in (asked.first, asked.second)}
    assert all("smoking" in _topics(each) for each in found.values())
