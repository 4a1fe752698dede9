"""Each malformed body is refused by its layer, at its place, in words without its values."""

from __future__ import annotations

from pathlib import Path
from runpy import run_path
from typing import Any

import pytest

from consent.reading import read
from gateway.fhir import rules, strict_json, structure
from gateway.fhir.finding import MOST
from gateway.fhir.problem import status_of

TABLE = run_path(str(Path(__file__).with_name("malformed.py")))
CASES = TABLE["CASES"]
HERE = [case for case in CASES if case.layer in ("json", "structure", "rules")]
CONSENTS = [case for case in CASES if case.layer == "consent"]


def problems(body: bytes) -> tuple[str, list[Any]]:
    """The layer that finds the first fault, and all that is found."""
    tree = strict_json.parse(body, strict_json.Limits())
    if isinstance(tree, tuple):
        return "json", list(tree)
    shape, broken = structure.check(tree), rules.check(tree)
    return "structure" if shape else "rules", shape + broken


@pytest.mark.parametrize("case", HERE, ids=lambda case: case.id)
def test_a_malformed_body_is_refused_at_its_place(case: Any) -> None:
    layer, found = problems(case.body)
    assert found
    assert layer == case.layer
    assert status_of(found) in case.statuses
    assert any(TABLE["names"](problem.expression, case.expression) for problem in found)
    assert all(problem.diagnostics and "\n" not in problem.diagnostics for problem in found)


@pytest.mark.parametrize("case", CONSENTS, ids=lambda case: case.id)
def test_a_consent_that_cannot_be_decided_is_refused_by_its_reading(case: Any) -> None:
    tree = strict_json.parse(case.body, strict_json.Limits())
    assert isinstance(tree, dict)
    assert structure.check(tree) + rules.check(tree) == []
    found = [fault for fault in read(tree)[1] if fault.severity == "error"]
    assert any(TABLE["names"](fault.expression, case.expression) for fault in found)


def test_every_case_has_an_id_of_its_own_and_a_refusal() -> None:
    assert len({case.id for case in CASES}) == len(CASES) >= 80
    assert all(400 <= status < 500 for case in CASES for status in case.statuses)
    assert all(case.statuses for case in CASES)


def test_the_bodies_that_the_faults_were_made_from_are_fine() -> None:
    whole = [
        TABLE["observation"](),
        TABLE["patient"](),
        TABLE["response"]({"linkId": "a", "answer": [{"valueBoolean": True}]}),
        TABLE["consent"](),
        TABLE["transaction"](TABLE["entry"](TABLE["observation"]())),
    ]
    assert [structure.check(each) + rules.check(each) for each in whole] == [[]] * len(whole)


@pytest.mark.parametrize("secret", ["9990000019", "999 000 0018", "99900000180", "ABCDEFGHIJ"])
def test_no_number_is_repeated_in_what_is_said(secret: str) -> None:
    body = TABLE["patient"](identifier=[{"system": TABLE["NHS"], "value": secret}])
    found = structure.check(body) + rules.check(body)
    assert found
    assert all(secret not in problem.diagnostics + problem.expression for problem in found)


def test_a_name_that_is_not_like_fhirs_is_not_repeated_either() -> None:
    found = structure.check(TABLE["patient"](**{"9990000018": True}))
    assert [problem.expression for problem in found] == ["Patient"]
    assert "9990000018" not in found[0].diagnostics


def test_all_faults_are_named_at_once() -> None:
    body = TABLE["observation"](status="x", mood="low", issued="never", valueString="7")
    assert [problem.expression for problem in structure.check(body)] == [
        "Observation.status",
        "Observation.mood",
        "Observation.issued",
        "Observation.value",
    ]


def test_no_more_faults_are_listed_than_anyone_will_read() -> None:
    many = TABLE["patient"](name=[{"zzz": 1, "period": {"start": "2", "end": "1"}}] * 500)
    assert len(structure.check(many)) == MOST
    contacts = TABLE["patient"](contact=[{"gender": "other"}] * 500)
    assert len(rules.check(contacts)) == MOST


def test_real_references_take_the_placeholders_places() -> None:
    case = next(case for case in CONSENTS if "unknown purpose" in case.id)
    body = TABLE["sent"](case, "Patient/mine", "Organization/ours", "Organization/theirs")
    assert b"Patient/mine" in body
    assert b"Organization/theirs" in body
    assert TABLE["PATIENT"].encode() not in body
