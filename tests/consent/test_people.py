"""Which Patient resources are one person."""

from __future__ import annotations

from typing import Any

import pytest

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
