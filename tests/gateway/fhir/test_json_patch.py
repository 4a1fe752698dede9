"""A JSON Patch does what RFC 6902 says, exactly, or nothing."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir.encoding import encode, number
from gateway.fhir.json_patch import MOST, patched
from gateway.fhir.problem import Kind, Refused

SCORE = b'{"resourceType":"Observation","valueQuantity":{"value":1.00},"note":[{"text":"a"}]}'
LIMIT = 10_000


def _score() -> dict[str, Any]:
    return dict(json.loads(SCORE, parse_float=number))


def _kind(patch: list[Any]) -> Kind:
    outcome = patched(_score(), patch, LIMIT)
    assert isinstance(outcome, Refused)
    return outcome.problems[0].kind


def test_numbers_keep_their_zeros_and_the_original_stays() -> None:
    before = _score()
    value = {"op": "replace", "path": "/valueQuantity/value", "value": number("2.50")}
    assert encode(patched(before, [value], LIMIT)) == SCORE.replace(b"1.00", b"2.50")
    assert encode(before) == SCORE
    note = {"op": "remove", "path": "/note"}
    assert b"1.00" in encode(patched(before, [note], LIMIT))


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        pytest.param("remove", Kind.VALUE, id="no operation at all"),
        pytest.param({"op": "spam", "path": "/note"}, Kind.VALUE, id="no such operation"),
        pytest.param({"op": ["add"], "path": "/note"}, Kind.VALUE, id="op is no text"),
        pytest.param({"op": "add", "path": "/status"}, Kind.VALUE, id="nothing to add"),
        pytest.param({"op": "add", "path": 1, "value": 1}, Kind.VALUE, id="path is no text"),
        pytest.param({"op": "copy", "path": "/x"}, Kind.VALUE, id="copied from nowhere stated"),
        pytest.param({"op": "remove", "path": "/status"}, Kind.RULE, id="nothing to remove"),
        pytest.param({"op": "remove", "path": "note"}, Kind.RULE, id="no JSON Pointer"),
        pytest.param({"op": "remove", "path": ""}, Kind.RULE, id="the whole removed"),
        pytest.param({"op": "add", "path": "/note/7", "value": 1}, Kind.RULE, id="beyond the end"),
        pytest.param(
            {"op": "move", "from": "/note", "path": "/note/0"}, Kind.RULE, id="into itself"
        ),
        pytest.param(
            {"op": "test", "path": "/valueQuantity/value", "value": True},
            Kind.CONFLICT,
            id="true is not one",
        ),
        pytest.param({"op": "test", "path": "/status", "value": 1}, Kind.CONFLICT, id="not there"),
    ],
)
def test_what_cannot_be_done_is_refused_by_kind(operation: Any, kind: Kind) -> None:
    assert _kind([{"op": "test", "path": "/note/0/text", "value": "a"}, operation]) is kind


def test_a_problem_names_its_operation_and_none_of_the_values() -> None:
    outcome = patched(_score(), [{"op": "test", "path": "/note/0/text", "value": "b"}], LIMIT)
    assert isinstance(outcome, Refused)
    (problem,) = outcome.problems
    assert problem.expression == "patch[0]"
    assert "'a'" not in problem.diagnostics


def test_copies_do_not_grow_without_bound() -> None:
    double = [{"op": "copy", "from": "", "path": f"/x{i}"} for i in range(60)]
    assert _kind(double) is Kind.TOO_LARGE
    there_and_back = [
        {"op": "move", "from": "/note", "path": "/x"},
        {"op": "move", "from": "/x", "path": "/note"},
    ]
    assert _kind(there_and_back * (MOST // 2)) is Kind.TOO_LARGE
    assert _kind([{"op": "test", "path": "", "value": 1}] * (MOST + 1)) is Kind.TOO_LARGE


_PATHS = st.sampled_from(["", "/", "/note", "/note/0", "/note/-", "/note/0/text/x", "/a~2", "/é/1"])
_VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just([{}])


@given(
    st.lists(
        st.fixed_dictionaries(
            {"op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"])},
            optional={"path": _PATHS, "from": _PATHS, "value": _VALUES},
        ),
        max_size=6,
    )
)
def test_any_patch_is_done_or_refused(patch: list[dict[str, Any]]) -> None:
    sent = copy.deepcopy(patch)
    outcome = patched(_score(), patch, LIMIT)
    assert patch == sent
    assert isinstance(outcome, Refused) or encode(outcome)
