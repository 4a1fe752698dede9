"""Whoever received something under a consent is told when it ends, and answers."""

from __future__ import annotations

from typing import Any

import pytest
from callers import (
    Caller,
    House,
    Json,
    body_of,
    consent,
    entry,
    patient,
    places,
    referral,
    score,
    MOOD,
)

NOTICE = "https://onestory.example/fhir/CodeSystem/notice|consent-ended"


class Story:
    """A person whom three services know; the trust wrote an alcohol and a mood score."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.person = house.person()
        self.at_trust, self.at_drugs, self.at_housing = (
            each.writes(patient()) for each in (house.trust, house.drugs, house.housing)
        )
        self.alcohol = house.trust.writes(score(self.at_trust))
        self.mood = house.trust.writes(score(self.at_trust, MOOD))

    def says(self, kind: str, to: str = "DA1", **criteria: Any) -> Json:
        recipient = self.house.organizations[to]
        return self.person.created(consent(self.person.me, kind, recipient, **criteria))

    def takes_back(self, said: Json, status: str = "inactive") -> None:
        answer = self.person.put(self.person.read(f"Consent/{said['id']}") | {"status": status})
        assert answer.status == 200, answer.body

    def told(self, who: Caller | None = None) -> list[Json]:
        """The notices that a service finds."""
        who = who or self.house.drugs
        return [who.read(each) for each in who.finds("Task", owner=who.who.organization, code=NOTICE)]


@pytest.fixture
def story(house: House) -> Story:
    return Story(house)


def topic(*codes: str) -> list[Json]:
    return [
        {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": code}
        for code in codes
    ]


def test_who_received_something_is_told_when_the_consent_is_taken_back(story: Story) -> None:
    given = story.says("permit")
    story.house.drugs.read(story.alcohol)
    assert story.told() == []
    story.takes_back(given)
    [notice] = story.told()
    assert notice["status"] == "requested"
    assert notice["for"] == {"reference": story.at_drugs}
    assert notice["owner"] == {"reference": story.house.organizations["DA1"]}
    assert notice["restriction"]["period"]["end"].startswith("2026-05-10")
    said = repr(notice)
    for each in (story.alcohol, given["id"], story.at_trust, story.house.organizations["RX1"]):
        assert each not in said


def test_who_looked_at_nothing_is_not_told(story: Story) -> None:
    story.takes_back(story.says("permit"))
    assert story.told() == []
