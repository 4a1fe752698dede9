"""Whatever rule of the structure tables a resource breaks, it is refused at the element."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from runpy import run_path

import pytest

from gateway.fhir import strict_json, validation
from gateway.fhir.encoding import encode
from gateway.fhir.problem import status_of

HERE = Path(__file__).parent
TABLE = run_path(str(HERE / "malformed_by_rule.py"))
CASES, KINDS = TABLE["CASES"], TABLE["KINDS"]
NAMES = run_path(str(HERE / "malformed.py"))["names"]


@pytest.mark.parametrize("kind", KINDS)
def test_each_broken_rule_of_a_type_is_refused_at_its_element(kind: str) -> None:
    for case in (case for case in CASES if case.kind == kind):
        body = strict_json.parse(encode(case.resource), strict_json.Limits())
        assert isinstance(body, dict), case.id
        found = validation.problems(body)
        assert status_of(found) == 400, case.id
        assert any(NAMES(problem.expression, case.expression) for problem in found), case.id
        assert all(problem.diagnostics and "\n" not in problem.diagnostics for problem in found)


def test_every_type_and_every_rule_is_broken() -> None:
    assert len(CASES) > 5_000
    assert len({case.id for case in CASES}) == len(CASES)
    assert min(Counter(case.kind for case in CASES).values()) > 60
    assert len({case.rule for case in CASES}) > 30
