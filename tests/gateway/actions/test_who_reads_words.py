"""Words may be about anything: they are for those to whom all of it is permitted, and for nobody
from whom anything is kept by what it is about. What is coded and unknown is for nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from callers import Caller, House, consent, patient, score
from glass import breaks
from plans import plan

Json = dict[str, Any]
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
LEVEL = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
TAG = "https://onestory.example/fhir/CodeSystem/labelling"
WORDS = "What helps is to sit with me and wait."


def labelled(*codes: str) -> list[Json]:
    return [{"system": LEVEL if len(code) == 1 else ACT_CODE, "code": code} for code in codes]


class Told:
    """What the trust wrote of someone whom the drug service knows."""

    def __init__(self, house: House, **more: Any) -> None:
        self.house = house
        self.me = house.person()
        self.at_drugs = house.drugs.writes(patient())
        self.at_trust = house.trust.writes(patient())
        self.noted = house.trust.writes(score(self.at_trust, note=[{"text": WORDS}], **more))
        self.unknown = house.trust.writes(score(self.at_trust, "99999-9", **more))
        self.coded = house.trust.writes(score(self.at_trust, **more))

    def says(self, kind: str, **criteria: Any) -> None:
        recipient = self.house.organizations["DA1"]
        self.me.writes(consent(self.me.me, kind, recipient, **criteria))

    def seen(self) -> list[str]:
        """Which of them the drug service reads, and finds."""
        drugs = self.house.drugs
        every = {"noted": self.noted, "unknown": self.unknown, "coded": self.coded}
        found = set(drugs.finds("Observation", patient=self.at_drugs))
        assert {one for one in every.values() if drugs.get(one).status == 200} == found
        return [name for name, one in every.items() if one in found]


def test_whom_everything_is_permitted_reads_words_too(house: House) -> None:
    told = Told(house)
    assert told.seen() == []
    told.says("permit")
    assert told.seen() == ["noted", "coded"]
    assert WORDS.encode() in house.drugs.get(told.noted).body


@pytest.mark.parametrize("kept", ["HIV", "ETHUD", "V"])
def test_whoever_is_denied_anything_by_what_it_is_about_reads_none(house: House, kept: str) -> None:
    told = Told(house)
    told.says("permit")
    told.says("deny", securityLabel=labelled(kept))
    assert told.seen() == ([] if kept == "ETHUD" else ["coded"])


def test_a_denial_of_another_service_keeps_nothing_from_this_one(house: House) -> None:
    told = Told(house)
    told.says("permit")
    other = house.organizations["HO1"]
    told.me.writes(consent(told.me.me, "deny", other, securityLabel=labelled("HIV")))
    assert told.seen() == ["noted", "coded"]


def test_a_permit_of_topics_is_not_one_of_words(house: House) -> None:
    told = Told(house)
    told.says("permit", securityLabel=labelled("ETHUD"))
    assert told.seen() == ["coded"]


def test_everything_up_to_a_level_is_everything_at_that_level(house: House) -> None:
    """What the page writes for "everything"."""
    told = Told(house)
    told.says("permit", securityLabel=labelled("R"))
    assert told.seen() == ["noted", "coded"]


def test_what_its_author_raised_above_the_level_stays_there(house: House) -> None:
    told = Told(house, meta={"security": labelled("V")})
    told.says("permit", securityLabel=labelled("R"))
    assert told.seen() == []


def test_whoever_may_see_plans_reads_what_they_say(house: House) -> None:
    told = Told(house)
    crisis = house.trust.writes(plan(told.at_trust, description=WORDS))
    assert house.drugs.get(crisis).status == 404
    told.says("permit", **{"class": [{"system": PLANS, "code": "CarePlan"}]})
    assert WORDS.encode() in house.drugs.get(crisis).body
    assert told.seen() == []


PLANS = "http://hl7.org/fhir/resource-types"


def test_a_plan_is_there_in_an_emergency_with_its_words(house: House) -> None:
    told = Told(house)
    crisis = house.trust.writes(plan(told.at_trust, description=WORDS))
    doctor = breaks(house, "DA1", told.at_drugs)
    assert WORDS.encode() in doctor.get(crisis).body
    told.me.writes(consent(told.me.me, "deny", securityLabel=labelled("HIV"), purpose=[BTG]))
    assert doctor.get(crisis).status == 404


BTG = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "BTG"}


def test_its_author_and_the_person_are_told_that_nobody_could_judge_it(house: House) -> None:
    told = Told(house)

    def tags(caller: Caller, reference: str) -> list[str]:
        held = caller.read(reference)["meta"].get("tag", [])
        return [each["code"] for each in held if each["system"] == TAG]

    for caller in (house.trust, told.me):
        assert tags(caller, told.noted) == ["unjudged"]
        assert tags(caller, told.unknown) == ["pending"]
        assert tags(caller, told.coded) == []


def test_nobody_else_reads_what_holds_a_person(house: House) -> None:
    """The consents of someone who is only contained cannot be found."""
    told = Told(house)
    told.says("permit")
    relative = {"resourceType": "RelatedPerson", "id": "r", "patient": {"reference": told.at_trust}}
    held = {"contained": [relative], "focus": [{"reference": "#r"}]}
    holding = house.trust.writes(score(told.at_trust, **held))
    assert house.drugs.get(holding).status == 404
    assert house.trust.get(holding).status == 200
