from __future__ import annotations

import pytest

from fhir_profiles import load
from gateway.actions.moving_task import moved
from gateway.fhir.problem import Refused
from mappings.referral_rules import LIFE

STATUSES = sorted(load(LIFE)["moves"])
TASK = {"resourceType": "Task", "id": "1", "intent": "order", "status": "requested"}


@pytest.mark.parametrize("before", STATUSES)
@pytest.mark.parametrize("after", STATUSES)
def test_a_task_moves_only_along_its_life(before: str, after: str) -> None:
    stored = TASK | {"status": before}
    wanted = stored | {"status": after, "statusReason": {"text": "why"}}
    result = moved(stored, stored, wanted, LIFE)
    allowed = before == after or after in load(LIFE)["moves"][before]
    assert isinstance(result, Refused) is not allowed


@pytest.mark.parametrize("after", ["rejected", "cancelled"])
def test_a_no_needs_its_reason(after: str) -> None:
    result = moved(TASK, TASK, TASK | {"status": after}, LIFE)
    assert isinstance(result, Refused)
    assert [problem.expression for problem in result.problems] == ["Task.statusReason"]


def test_nothing_but_the_move_is_taken_over() -> None:
    result = moved(TASK, TASK, TASK | {"status": "accepted", "priority": "stat"}, LIFE)
    assert isinstance(result, Refused)
    assert [problem.expression for problem in result.problems] == ["Task.priority"]


def test_what_the_owner_cannot_see_stays() -> None:
    stored = TASK | {"input": [{"type": {"text": "unseen"}, "valueString": "x"}]}
    result = moved(stored, TASK, TASK | {"status": "accepted"}, LIFE)
    assert result == stored | {"status": "accepted"}


def test_an_output_is_added_with_the_move() -> None:
    stored = TASK | {"status": "in-progress"}
    output = [{"type": {"text": "outcome"}, "valueString": "seen"}]
    result = moved(stored, stored, stored | {"status": "completed", "output": output}, LIFE)
    assert result == stored | {"status": "completed", "output": output}
