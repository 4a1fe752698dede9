"""R4's rules for one parameter and one resource, as it is released."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.actions.asking.values import Values
from gateway.fhir.matching import Test as Asked
from gateway.fhir.matching import holds
from gateway.fhir.problem import Problem
from gateway.fhir.search_parameters import parameters

NOW = datetime(2026, 5, 3, tzinfo=UTC)
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
LEVEL = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
MR = "http://terminology.hl7.org/CodeSystem/v2-0203|MR|"

OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "meta": {"security": [{"system": ACT, "code": "ETHUD"}, {"system": LEVEL, "code": "R"}]},
    "identifier": [
        {
            "system": "urn:s",
            "value": "7",
            "type": {"coding": [{"system": MR.split("|")[0], "code": "MR"}]},
        }
    ],
    "status": "final",
    "code": {"coding": [{"system": "urn:c", "code": "a", "display": "Ana Test"}], "text": "Whole"},
    "subject": {"reference": "Patient/1"},
    "performer": [{"identifier": {"system": "urn:i", "value": "9"}, "display": "Ward Seven"}],
    "effectivePeriod": {"start": "2026-01-01", "end": "2026-01-31"},
    "valueQuantity": {"value": 5.4, "comparator": "<", "system": "urn:u", "code": "mg"},
    "component": [
        {"code": {"coding": [{"code": "x"}]}, "valueQuantity": {"value": 1}},
        {"code": {"coding": [{"code": "y"}]}, "valueQuantity": {"value": 9}},
    ],
}


def asked(type_: str, name: str, value: str) -> Asked:
    base, _, modifier = name.partition(":")
    parameter = parameters(type_)[base]
    read = Values("http://here", NOW).read(parameter, modifier, value, name)
    assert not isinstance(read, Problem), read
    return Asked(parameter, modifier, read)


@pytest.mark.parametrize(
    ("name", "value", "is_so"),
    [
        ("code", "a", True),
        ("code", "urn:c|a", True),
        ("code", "urn:c|", True),
        ("code", "|a", False),
        ("code", "b,a", True),
        ("code:not", "b", True),
        ("code:not", "b,a", False),
        ("code:text", "whole", True),
        ("code:text", "ana tes", True),
        ("code:text", "an", False),
        ("code:missing", "false", True),
        ("code:missing", "true", False),
        ("identifier:of-type", MR + "7", True),
        ("identifier:of-type", MR + "8", False),
        ("performer:identifier", "urn:i|9", True),
        ("performer:identifier", "|9", False),
        ("performer:text", "ward", True),
        ("subject:Patient", "1", True),
        ("subject", "http://here/fhir/Patient/1", True),
        ("subject", "http://there/fhir/Patient/1", False),
        ("date", "2026", True),
        ("date", "2026-01-15", False),
        ("date", "gt2026-01-15", True),
        ("date", "sa2026-01-15", False),
        ("date", "eb2026-02", True),
        ("date", "ap2026-01-15", True),
        ("value-quantity", "lt5", True),
        ("value-quantity", "gt5.4", False),
        ("value-quantity", "5.4", False),
        ("value-quantity", "lt5|urn:u|mg", True),
        ("value-quantity", "lt5||mg", True),
        ("value-quantity", "lt5|urn:v|mg", False),
        ("component-code-value-quantity", "x$1", True),
        ("component-code-value-quantity", "x$9", False),
        ("component-code-value-quantity", "y$gt5", True),
        ("_security:below", f"{ACT}|SUD", True),
        ("_security:above", f"{ACT}|SUD", False),
        ("_security:below", f"{ACT}|MH", False),
        ("_security:below", f"{LEVEL}|V", True),
        ("_security:above", f"{LEVEL}|N", True),
        ("_security:above", f"{LEVEL}|V", False),
    ],
)
def test_what_an_observation_is(name: str, value: str, is_so: bool) -> None:
    assert holds(asked("Observation", name, value), OBSERVATION) is is_so


PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "name": [{"family": "Núñez", "given": ["Ann", "Lee"]}],
    "telecom": [{"system": "phone", "value": "555"}, {"system": "email", "value": "a@b.test"}],
    "deceasedBoolean": False,
    "address": [{"city": "Leeds", "postalCode": "LS1"}],
}


@pytest.mark.parametrize(
    ("name", "value", "is_so"),
    [
        ("name", "nunez", True),
        ("name", "lee ann", True),
        ("name", "nu", False),
        ("family:exact", "Núñez", True),
        ("family:exact", "Nunez", False),
        ("given", "nunez", False),
        ("phone", "555", True),
        ("phone", "a@b.test", False),
        ("email", "a@b.test", True),
        ("telecom", "phone|555", False),
        ("deceased", "false", True),
        ("deceased", "true", False),
        ("address-postalcode", "ls1", True),
        ("address", "leeds", True),
        ("active:missing", "true", True),
    ],
)
def test_what_a_patient_is(name: str, value: str, is_so: bool) -> None:
    assert holds(asked("Patient", name, value), PATIENT) is is_so


@pytest.mark.parametrize(
    ("type_", "name", "modifier", "value"),
    [
        ("Patient", "name", "contains", "x"),
        ("Patient", "name", "", "..."),
        ("Observation", "code", "in", "urn:vs"),
        ("Observation", "code", "below", "urn:c|a"),
        ("Observation", "date", "", "soon"),
        ("Observation", "subject", "Encounter", "1"),
        ("Observation", "subject", "", ""),
        ("Observation", "code-value-quantity", "", "a"),
        ("Observation", "code", "missing", "perhaps"),
        ("Observation", "code", "", ",".join("a" * 501)),
    ],
)
def test_what_is_no_value_is_refused_where_it_stands(
    type_: str, name: str, modifier: str, value: str
) -> None:
    parameter = parameters(type_)[name]
    read = Values("http://here", NOW).read(parameter, modifier, value, name)
    assert isinstance(read, Problem)
    assert read.expression == name
    assert value not in read.diagnostics or len(value) < 4
