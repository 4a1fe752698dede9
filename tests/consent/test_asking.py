"""What is asked, out of its JSON: requests, and the resources and Consents of documents."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from consent.asking import Asked, Held, consents_in, request_of, unbundled
from consent.rules import Fault

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
WHOLE = {
    "recipient": "Organization/a",
    "practitioner": "urn:sds|1",
    "role": "R0260",
    "purpose": "TREAT",
    "action": "disclose",
    "at": "2026-01-01",
    "emergency": True,
}
OBSERVATION = {"resourceType": "Observation", "id": "o"}
CONSENT = {"resourceType": "Consent", "id": "c"}


def bundle(*entries) -> dict:
    return {"resourceType": "Bundle", "entry": list(entries)}


def faults(stated: dict) -> list[tuple[str, str]]:
    found = request_of(stated, NOW)
    assert isinstance(found, tuple)
    return [(fault.expression, fault.diagnostics) for fault in found]


def test_a_whole_request_is_read() -> None:
    found = request_of(WHOLE, NOW)
    assert isinstance(found, Asked)
    assert found.at == datetime(2026, 1, 1, tzinfo=UTC)
    assert found.request.practitioner == {"urn:sds|1"}
    assert found.request.roles == {"R0260"}
    assert (found.request.action, found.request.emergency) == ("disclose", True)


@pytest.mark.parametrize("absent", [{}, dict.fromkeys(WHOLE.keys() - {"recipient"})])
def test_only_the_recipient_is_required(absent: dict) -> None:
    found = request_of({"recipient": "Organization/a"} | absent, NOW)
    assert isinstance(found, Asked)
    assert found.at == NOW
    assert found.request.practitioner == found.request.roles == frozenset()
    assert (found.request.purpose, found.request.action) == (None, "access")
    assert not found.request.emergency


def test_everything_wrong_is_said_by_member() -> None:
    wrong = {
        "recipient": "somebody",
        "practitioner": "|",
        "purpose": "CARE",
        "action": "read",
        "at": "noon",
        "emergency": "no",
        "role": 1,
        "why": "x",
    }
    assert {name for name, _ in faults(wrong)} == set(wrong)
    assert len(faults(wrong)) == len(wrong)
    assert [name for name, _ in faults({})] == ["recipient"]
    assert faults({"recipient": 5}) == [("recipient", "must be a string")]


def test_resources_are_found_in_bundles_with_their_places() -> None:
    inner = bundle({"resource": OBSERVATION})
    found = list(unbundled(bundle({"resource": CONSENT}, {"resource": inner}), "Bundle"))
    assert found == [
        Held("Bundle.entry[0].resource", CONSENT),
        Held("Bundle.entry[1].resource.entry[0].resource", OBSERVATION),
    ]
    assert list(unbundled(bundle(), "Bundle")) == []
    assert list(unbundled({"resourceType": "Bundle"}, "Bundle")) == []


@pytest.mark.parametrize(
    ("whole", "expression"),
    [
        ({"id": "x"}, "resourceType"),
        (bundle({}), "Bundle.entry[0].resource"),
        (bundle("x"), "Bundle.entry"),
        ({"resourceType": "Bundle", "entry": {}}, "Bundle.entry"),
        (bundle({"resource": {}}), "Bundle.entry[0].resource.resourceType"),
    ],
)
def test_what_is_no_resource_is_said_at_its_place(whole: dict, expression: str) -> None:
    (fault,) = unbundled(whole, whole.get("resourceType", ""))
    assert isinstance(fault, Fault)
    assert fault.expression == expression
    assert list(consents_in(whole, whole.get("resourceType", ""))) == [fault]


def test_consents_stand_alone_or_among_others_in_a_bundle() -> None:
    assert list(consents_in(CONSENT, "Consent")) == [Held("Consent", CONSENT)]
    among = bundle({"resource": OBSERVATION}, {"resource": CONSENT})
    assert list(consents_in(among, "Bundle")) == [Held("Bundle.entry[1].resource", CONSENT)]
    (fault,) = consents_in(OBSERVATION, "Observation")
    assert fault == Fault("Observation", "must be a Consent")


def test_a_consent_whose_shape_cannot_be_read_is_a_fault_at_its_place() -> None:
    broken = CONSENT | {"provision": {"actor": {}}}
    (fault,) = consents_in(bundle({"resource": broken}), "Bundle")
    assert isinstance(fault, Fault)
    assert fault.expression == "Bundle.entry[0].resource.provision.actor"
    refused = CONSENT | {"policyRule": {"text": "as agreed"}}
    assert list(consents_in(refused, "Consent")) == [Held("Consent", refused)]
