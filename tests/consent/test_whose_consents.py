"""Whose consents speak about a person: their own, and of those linked to them only what denies."""

from __future__ import annotations

from typing import Any

import pytest

from consent.people import (
    NHS_NUMBER,
    Identities,
    Stated,
    identities_of,
    patients_by_identifier,
    persons_named,
    stated,
)
from consent.reading_facts import SOMEONE
from consent.request import Source
from consent.rules import ConsentRules

NUMBER, OTHER_NUMBER = "9990000018", "9990000026"


def patient(id_: str, *links: str, number: str | None = None, **more: Any) -> dict[str, Any]:
    built: dict[str, Any] = {"resourceType": "Patient", "id": id_, "birthDate": "1980-01-02"}
    if number is not None:
        built["identifier"] = [{"system": NHS_NUMBER, "value": number}]
    if links:
        built["link"] = [{"other": {"reference": f"Patient/{one}"}} for one in links]
    return built | more


def words_of(patient: str | None) -> Stated:
    return Stated(Source(ConsentRules(), f"Consent/of-{patient}"), patient and f"Patient/{patient}")


EVERYONE = [words_of(one) for one in ("a", "b", "c", "d", None)]


def heard(patients: list[dict[str, Any]], person: str = "a") -> dict[str, bool]:
    """The consents that speak about the person, and whether each carries its permits."""
    found = identities_of(patients).consents_of(f"Patient/{person}", EVERYONE)
    return {one.reference.removeprefix("Consent/of-"): one.carries_permits for one in found}


# id: the patients, whose consents speak about a, and whether each may permit
HEARD = {
    "nobody else": ([patient("a")], {"a": True, "None": False}),
    "one with the same number": (
        [patient("a", number=NUMBER), patient("b", number=NUMBER)],
        {"a": True, "b": True, "None": False},
    ),
    "one with another number": (
        [patient("a", number=NUMBER), patient("b", number=OTHER_NUMBER)],
        {"a": True, "None": False},
    ),
    "one whom they link": ([patient("a", "b")], {"a": True, "b": False, "None": False}),
    "one who links them": (
        [patient("a"), patient("b", "a")],
        {"a": True, "b": False, "None": False},
    ),
    "a chain of links": (
        [patient("a", "b"), patient("c", "b"), patient("c", "d")],
        {"a": True, "b": False, "c": False, "d": False, "None": False},
    ),
    "one who is joined to one who is linked": (
        [patient("a", "b"), patient("b", number=NUMBER), patient("c", number=NUMBER)],
        {"a": True, "b": False, "c": False, "None": False},
    ),
    "one who is linked to one who is joined": (
        [patient("a", number=NUMBER), patient("b", "c", number=NUMBER)],
        {"a": True, "b": True, "c": False, "None": False},
    ),
    "one who is both": (
        [patient("a", "b", number=NUMBER), patient("b", "a", number=NUMBER)],
        {"a": True, "b": True, "None": False},
    ),
    "one who links themselves": ([patient("a", "a")], {"a": True, "None": False}),
    "links that lead nowhere": (
        [patient("a", link=[{"other": {"reference": "https://else.test/Patient/b"}}, {}])],
        {"a": True, "None": False},
    ),
}


@pytest.mark.parametrize("row", HEARD.values(), ids=HEARD.keys())
def test_joined_identities_permit_and_linked_ones_only_deny(row) -> None:
    patients, expected = row
    assert heard(patients) == expected


def test_a_link_of_others_says_nothing_of_a_person() -> None:
    assert heard([patient("a"), patient("b", "c")]) == {"a": True, "None": False}
    assert Identities({}, {}).consents_of("Patient/a", []) == []


SOURCE = Source(ConsentRules(), "Consent/1")
KNOWN = {f"{NHS_NUMBER}|{NUMBER}": "Patient/a", "urn:trust|7": "Patient/b"}
BY_NUMBER = {"identifier": {"system": NHS_NUMBER, "value": NUMBER}}


@pytest.mark.parametrize(
    ("reference", "whose"),
    [
        ({"reference": "Patient/p"}, "Patient/p"),
        ({"reference": "Patient/p"} | BY_NUMBER, "Patient/p"),
        (BY_NUMBER, "Patient/a"),
        ({"reference": "#p"} | BY_NUMBER, "Patient/a"),
        ({"identifier": {"system": NHS_NUMBER, "value": OTHER_NUMBER}}, None),
        ({"reference": "https://else.test/Patient/p"}, None),
        ({}, None),
        ("Patient/p", None),
        (None, None),
    ],
)
def test_a_consent_is_of_whom_it_names(reference, whose) -> None:
    assert stated(SOURCE, {"patient": reference}, KNOWN) == Stated(SOURCE, whose)
    assert stated(SOURCE, {}, KNOWN) == Stated(SOURCE, None)


@pytest.mark.parametrize(
    ("performer", "persons"),
    [
        (BY_NUMBER, {"Patient/a"}),
        ({"identifier": {"system": "urn:trust", "value": "7"}}, {"Patient/b"}),
        ({"identifier": {"system": "urn:trust", "value": "8"}}, set()),
        ({"identifier": {"system": "urn:trust", "value": "8"}, "type": "Patient"}, {SOMEONE}),
        ({"identifier": {"system": NHS_NUMBER, "value": OTHER_NUMBER}}, {SOMEONE}),
        ({"identifier": {"system": f"{NHS_NUMBER}-else", "value": "1"}}, set()),
        (BY_NUMBER | {"reference": "Practitioner/n"}, set()),
        (BY_NUMBER | {"reference": "#contained"}, {"Patient/a"}),
        ({"reference": "Patient/p"}, set()),
        ({"display": "A"}, set()),
    ],
)
def test_who_is_named_by_number_alone_is_concerned(performer, persons) -> None:
    both = {"resourceType": "Observation", "performer": [{"display": "B"}, performer]}
    assert persons_named(both, KNOWN) == persons


def test_the_first_who_has_a_number_is_who_is_meant_by_it() -> None:
    both = [patient("a", number=NUMBER), patient("b", number=NUMBER)]
    assert patients_by_identifier(both) == {f"{NHS_NUMBER}|{NUMBER}": "Patient/a"}
    two = patient("c", identifier=[{"system": "urn:x", "value": v} for v in ("1", "2")])
    assert patients_by_identifier([two]) == {"urn:x|1": "Patient/c", "urn:x|2": "Patient/c"}
