"""Rows of the log as AuditEvents."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fhir.resources.R4B.auditevent import AuditEvent
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.entry import Entry, canonical, read
from gateway.audit.event import RECEIPT, audit_event, for_service
from gateway.audit.merkle import leaf_hash
from gateway.audit.note import Signer
from gateway.audit.receipt import receipted

SIGNER = Signer("log.example/test", Ed25519PrivateKey.from_private_bytes(b"s" * 32))
FULL = Entry(
    id="6f2c1f0e-8f0b-4a53-9d8c-0d0f6f1d2a11",
    at="2026-05-03T09:00:00.000001Z",
    action="R",
    interaction="read",
    outcome="permitted",
    organization="Organization/o1",
    client="c1",
    role="service",
    purpose="TREAT",
    practitioner="https://fhir.nhs.uk/Id/sds-user-id|111222333",
    practitioner_name="Sam Example",
    reason="Called by the crisis line",
    entities=("Observation/a", "Patient/p"),
    patients=("Patient/p",),
    consents=("Consent/k/_history/3",),
    policy="site policy 1",
    query="patient=Patient/p&_count=5",
    digest="ab" * 32,
    status=200,
)
BARE = Entry(
    id="b",
    at="2026-05-03T09:00:00Z",
    action="E",
    interaction="decide",
    outcome="refused",
    organization="Organization/o1",
    client="c1",
    role="service",
    purpose="TREAT",
)


def entities(event, role):
    return [each["what"]["reference"] for each in event["entity"] if _role(each) == role]


def _role(entity):
    return entity.get("role", {}).get("code")


@pytest.mark.parametrize("entry", [FULL, BARE])
def test_an_event_is_valid_fhir(entry):
    AuditEvent.model_validate(audit_event(entry))


def test_an_event_for_a_service_is_valid_fhir():
    AuditEvent.model_validate(for_service(FULL, SIGNER))


def test_an_event_says_who_what_when_and_why():
    event = audit_event(FULL)
    person, client, organization = event["agent"]
    assert person["who"]["identifier"]["value"] == "111222333"
    assert person["who"]["identifier"]["system"] == "https://fhir.nhs.uk/Id/sds-user-id"
    assert person["name"] == "Sam Example"
    assert person["purposeOfUse"][0]["coding"][0]["code"] == "TREAT"
    assert person["policy"] == ["https://onestory.example/fhir/policy/site%20policy%201"]
    assert client["altId"] == "c1"
    assert organization["who"]["reference"] == "Organization/o1"
    assert [each["requestor"] for each in event["agent"]] == [True, False, False]
    assert (event["id"], event["recorded"], event["action"]) == (FULL.id, FULL.at, "R")
    assert event["subtype"][0]["system"] == "http://hl7.org/fhir/restful-interaction"
    assert event["purposeOfEvent"][0]["text"] == "Called by the crisis line"
    assert entities(event, "4") == ["Observation/a", "Consent/k/_history/3"]
    assert entities(event, "1") == ["Patient/p"]


def test_an_event_carries_the_query_and_the_digest_of_what_left():
    event = audit_event(FULL)
    (query,) = [each for each in event["entity"] if _role(each) == "24"]
    assert base64.b64decode(query["query"]) == b"patient=Patient/p&_count=5"
    (response,) = [each for each in event["entity"] if each.get("name") == "response"]
    assert {each["type"]: each["valueString"] for each in response["detail"]} == {
        "http-status": "200",
        "sha-256": "ab" * 32,
    }


def test_an_event_about_little_says_little():
    event = audit_event(BARE)
    assert "entity" not in event
    assert [each["requestor"] for each in event["agent"]] == [True, False]
    assert event["subtype"][0]["system"].startswith("https://onestory.example/")


def test_a_practitioner_without_a_system_keeps_the_value():
    changed = read(canonical(FULL).replace(b"https://fhir.nhs.uk/Id/sds-user-id|", b""))
    assert changed is not None
    who = audit_event(changed)["agent"][0]["who"]
    assert who["identifier"] == {"value": "111222333"}


@pytest.mark.parametrize(
    ("outcome", "code"), [("permitted", "0"), ("refused", "4"), ("failed", "8")]
)
def test_outcomes_are_told_apart(outcome, code):
    changed = read(canonical(BARE).replace(b"refused", outcome.encode()))
    assert changed is not None
    assert audit_event(changed)["outcome"] == code


def test_a_service_gets_a_receipt_and_no_consents():
    leaf = leaf_hash(canonical(FULL))
    event = for_service(FULL, SIGNER)
    (extension,) = event["extension"]
    assert extension["url"] == RECEIPT
    assert receipted(extension["valueString"], SIGNER.verifier) == leaf
    assert "Consent/" not in json.dumps(event)


@pytest.mark.parametrize("outcome", ["refused", "failed"])
def test_a_service_does_not_read_about_what_it_was_refused(outcome):
    changed = read(canonical(FULL).replace(b"permitted", outcome.encode()))
    assert changed is not None
    with pytest.raises(ValueError, match="permitted requests only"):
        for_service(changed, SIGNER)


@settings(max_examples=50)
@given(st.sampled_from([FULL, BARE]))
def test_R40_audit_phi_no_clinical_content_is_in_an_event(entry):  # noqa: N802 - the case's id
    """All that an event holds comes from the entry, which has no place for content."""
    event = audit_event(entry)
    assert not {"contained", "text"} & set(event)
    assert not any("securityLabel" in each for each in event.get("entity", []))


def test_an_entry_is_read_back_from_its_bytes():
    assert read(canonical(FULL)) == FULL
    assert canonical(FULL).index(b'"digest"') < canonical(FULL).index(b'"status"')


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", canonical(BARE).replace(b"Z", b"")])
def test_what_is_no_entry_is_not_read(body):
    assert read(body) is None
