"""A practitioner whom a person names is held against the roles that organisations gave them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from callers import Caller, House, consent, patient, score

SDS = "https://fhir.nhs.uk/Id/sds-user-id"
NURSE = {"system": SDS, "value": "555000111222"}
Json = dict[str, Any]


@dataclass
class Case:
    """Someone who lets the drug service see a score, and whom they keep from it."""

    house: House
    me: Caller
    score: str
    nurse: str

    def denies(self, **who: Any) -> None:
        organization = self.house.organizations["DA1"]
        denial = consent(self.me.me, "deny", organization)
        denial["provision"]["actor"][0]["reference"] = who or {"reference": self.nurse}
        self.me.writes(denial)

    def works_at(self, ods: str, **more: Any) -> None:
        role: Json = {
            "resourceType": "PractitionerRole",
            "practitioner": {"reference": self.nurse},
            "organization": {"reference": self.house.organizations[ods]},
        }
        self.house.caller(ods).writes(role | more)

    @property
    def is_seen(self) -> bool:
        return self.house.drugs.get(self.score).status == 200


@pytest.fixture
def case(house: House) -> Case:
    me = house.person()
    theirs = house.trust.writes(patient())
    house.drugs.writes(patient())
    me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    nurse = house.drugs.writes({"resourceType": "Practitioner", "identifier": [NURSE]})
    return Case(house, me, house.trust.writes(score(theirs)), nurse)


def test_without_a_known_role_an_unstated_practitioner_is_nobody_in_particular(case: Case) -> None:
    assert case.is_seen
    case.denies()
    assert case.is_seen


def test_where_they_work_the_unstated_practitioner_may_be_them(case: Case) -> None:
    case.works_at("DA1")
    assert case.is_seen
    case.denies()
    assert not case.is_seen


def test_a_role_that_is_written_later_counts_at_once(case: Case) -> None:
    case.denies()
    assert case.is_seen
    case.works_at("DA1")
    assert not case.is_seen


def test_a_role_elsewhere_says_nothing_about_here(case: Case) -> None:
    case.works_at("HO1")
    case.denies()
    assert case.is_seen


@pytest.mark.parametrize(
    ("period", "seen"),
    [
        ({"end": "2026-01-31"}, False),
        ({"end": "2024-01-31"}, True),
        ({"start": "2026-06-01"}, True),
        ({"start": "2020-01-01"}, False),
    ],
    ids=["ended lately", "ended long ago", "not begun", "since years"],
)
def test_a_role_counts_now_and_for_a_year(case: Case, period: Json, seen: bool) -> None:
    case.works_at("DA1", period=period)
    case.denies()
    assert case.is_seen is seen


def test_a_role_that_begins_counts_from_that_day(case: Case) -> None:
    case.works_at("DA1", period={"start": "2026-05-05"})
    case.denies()
    assert case.is_seen
    case.house.wait(days=3)
    assert not case.is_seen


def test_who_is_named_by_their_user_id_is_found_by_it_too(case: Case) -> None:
    case.works_at("DA1", practitioner={"identifier": NURSE})
    case.denies(type="Practitioner", identifier=NURSE)
    assert not case.is_seen
