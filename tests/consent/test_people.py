"""Which Patient resources are one person."""

from __future__ import annotations

from typing import Any

import pytest

from consent.confirmed import confirmed_by, linked_by
from consent.people import NHS_NUMBER, identities_of

BORN = "1980-01-02"


def someone(id_: str, system: str, value: str, born: str = BORN) -> dict[str, Any]:
    identifier = {"system": system, "value": value}
    return {"resourceType": "Patient", "id": id_, "identifier": [identifier], "birthDate": born}


@pytest.mark.parametrize(
    ("other", "are_one"),
    [
        (someone("b", NHS_NUMBER, "9990000018"), True),
        (someone("b", NHS_NUMBER, "9990000026"), False),
        (someone("b", NHS_NUMBER, "9990000018", "1980-01-03"), False),
        (someone("b", NHS_NUMBER, "9990000018", "1980"), False),
    ],
)
def test_the_same_number_and_the_same_full_birth_date_are_one_person(other, are_one) -> None:
    joined = identities_of([someone("a", NHS_NUMBER, "9990000018"), other]).joined
    assert ("Patient/b" in joined["Patient/a"]) is are_one


def test_a_number_of_a_service_s_own_makes_nobody_the_same_person() -> None:
    ours = "https://trust.test/number"
    assert identities_of([someone("a", ours, "1"), someone("b", ours, "1")]).joined == {}


def assured(*links: Any, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Person", "id": "p", "link": list(links)} | more


def sure(target: str, level: str | None = "level3", **more: Any) -> dict[str, Any]:
    link: dict[str, Any] = {"target": {"reference": target}} | more
    return link if level is None else link | {"assurance": level}


A, B = "Patient/a", "Patient/b"
UNKNOWN = {"modifierExtension": [{"url": "https://example.org/unless", "valueBoolean": True}]}


@pytest.mark.parametrize(
    ("person", "confirmed", "linked"),
    [
        (assured(sure(A), sure(B, "level4")), {A, B}, {A, B}),
        (assured(sure(A), sure(B, "level2")), {A}, {A, B}),
        (assured(sure(A), sure(B, None)), {A}, {A, B}),
        (assured(sure(A), sure(B, **UNKNOWN)), {A}, {A, B}),
        (assured(sure(A), sure(B), **UNKNOWN), set(), {A, B}),
        (assured(sure(A), sure(B), implicitRules="https://example.org/r"), set(), {A, B}),
        (assured(sure(A), sure(B), active=False), set(), {A, B}),
        (assured(sure(A), sure(B), active=True), {A, B}, {A, B}),
        (assured(sure(A), sure("RelatedPerson/b"), sure("https://else.test/Patient/b")), {A}, {A}),
        (assured(sure(A), {"assurance": "level4"}, "Patient/b"), {A}, {A}),
        ({"resourceType": "Person"}, set(), set()),
    ],
)
def test_a_person_confirms_what_is_sure_and_links_the_rest(person, confirmed, linked) -> None:
    assert confirmed_by(person) == confirmed
    assert linked_by(person) == linked


def test_what_is_confirmed_joins_in_whatever_order_it_is_said() -> None:
    number = someone("a", NHS_NUMBER, "9990000018")
    other = someone("c", NHS_NUMBER, "9990000026")
    said = [assured(sure(A), sure(B)), assured(sure(B), sure("Patient/c"))]
    for persons in (said, said[::-1]):
        assert identities_of([number], persons).joined["Patient/c"] == {A, B, "Patient/c"}
        torn = identities_of([number, other], persons)
        assert torn.joined == {A: {A}, "Patient/c": {"Patient/c"}}
        assert torn.linked[B] >= {A, "Patient/c"}
