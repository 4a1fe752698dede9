"""What a client says when it asks for emergency access, and what is missing where it is refused."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.auth.claims import Claimed, read_claims
from gateway.auth.client import Client
from gateway.auth.refusal import Refusal
from gateway.auth.requester import Role

OID = "urn:oid:2.16.840.1.113883.5.8#"
SDS = "https://fhir.nhs.uk/Id/sds-user-id|555254242102"
MINE = "Patient/0e9a7d8e-6f0c-4a52-9d2e-1f5d0d6a7c11"
WHY = "Found unconscious at home"


def client(*purposes: str, asserts_users: bool = True) -> Client:
    purposes = purposes or ("TREAT", "BTG", "ETREAT", "ERTREAT")
    return Client("c", "o", "RX1", Role.SERVICE, "{}", None, (), purposes, asserts_users)


def asked(who: Client, purpose: str = "BTG", **changed: Any) -> Claimed | Refusal:
    """The claims of an emergency with some of them changed; None takes one away."""
    b2b = {"version": "1", "purpose_of_use": [OID + purpose], "subject_id": SDS}
    onestory = {"patient": MINE, "reason": WHY}
    for name, value in changed.items():
        held = b2b if name.startswith("subject") else onestory
        held[name] = value
        if value is None:
            del held[name]
    return read_claims({"extensions": {"hl7-b2b": b2b, "onestory": onestory}}, who)


@pytest.mark.parametrize("purpose", ["BTG", "ETREAT"])
def test_an_emergency_has_a_practitioner_a_person_and_a_reason(purpose: str) -> None:
    found = asked(client(), purpose, reason=f"  {WHY} ")
    assert isinstance(found, Claimed)
    assert (found.purpose, found.practitioner) == (purpose, SDS)
    assert (found.patient, found.reason) == (MINE, WHY)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no practitioner": ({"subject_id": None}, "must name the practitioner"),
    "no person": ({"patient": None}, "emergency access is to one person"),
    "no reason": ({"reason": None}, "must say why, in 10 to 500"),
    "nine characters": ({"reason": "emergency"}, "must say why"),
    "nine characters and blanks": ({"reason": "  emergency  "}, "must say why"),
    "501 characters": ({"reason": "x" * 501}, "must say why"),
    "a reason that is no text": ({"reason": 7}, "must say why"),
    "a reason of two lines": ({"reason": "Found unconscious\nat home"}, "must say why"),
    "something else": ({"until": "2031"}, "may hold only patient and reason"),
}


@pytest.mark.parametrize(("changed", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_is_missing_is_said(changed: dict[str, Any], words: str) -> None:
    refused = asked(client(), **changed)
    assert isinstance(refused, Refusal)
    assert words in refused.description


def test_ten_characters_are_a_reason() -> None:
    assert isinstance(asked(client(), reason="x" * 10), Claimed)


def test_a_client_that_asserts_no_users_has_no_emergencies() -> None:
    refused = asked(client(asserts_users=False))
    assert isinstance(refused, Refusal)
    assert "not registered to assert users" in refused.description


def test_a_client_has_the_purposes_that_it_is_registered_with() -> None:
    refused = asked(client("TREAT"))
    assert isinstance(refused, Refusal)
    assert "not registered with BTG" in refused.description


def test_the_wider_code_is_told_to_be_one_of_two() -> None:
    refused = asked(client(), "ERTREAT")
    assert isinstance(refused, Refusal)
    assert "ask for emergency access as BTG or ETREAT" in refused.description


def test_a_reason_and_a_person_are_no_part_of_other_access() -> None:
    for changed in ({"patient": None}, {"reason": None}):
        refused = asked(client(), "TREAT", **changed)
        assert isinstance(refused, Refusal)
    plain = asked(client(), "TREAT", patient=None, reason=None)
    assert isinstance(plain, Claimed)
