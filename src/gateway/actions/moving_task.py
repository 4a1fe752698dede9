"""A Task moves through its life: its status, and what is said of it; nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fhir_profiles import load
from gateway.fhir.merging import merged, same, unmarked
from gateway.fhir.pairing import CHANGED
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.references import ORIGIN

ADDED_TO = "may be added to; what stands there stays as it is"
_SERVER = ("meta", "text", "id", "resourceType")


def moved(
    stored: dict[str, Any], seen: dict[str, Any], wanted: dict[str, Any], life: str
) -> dict[str, Any] | Refused:
    """The stored Task with the move made by its owner, or why not; `life` is the file that says
    which moves there are."""
    problems = _move_problems(stored["status"], wanted, load(life))
    return taken_over(stored, seen, wanted, problems, life)


def taken_over(
    stored: dict[str, Any],
    seen: dict[str, Any],
    wanted: dict[str, Any],
    wrong: Sequence[Problem],
    life: str,
) -> dict[str, Any] | Refused:
    """The stored Task with the move made; or what is `wrong` with the move, and what was sent
    besides that nobody may change.

    `seen` is the writer's view of it, its items marked with where they stand: what differs from
    that is what the writer wants changed; parts the writer cannot see stay as they are.
    """
    rules = load(life)
    movable = set(rules["owner_may_change"])
    problems = [
        Problem(Kind.RULE, "may not be changed: only the Task's status moves", f"Task.{name}")
        for name in sorted({*seen, *wanted} - movable - set(_SERVER))
        if not same(seen.get(name), wanted.get(name))
    ]
    problems += wrong
    shown = _only(seen, movable)
    changed = merged(_only(stored, movable), shown, _only(wanted, movable), "Task")
    problems += _taken_away(shown, changed, rules)
    if problems:
        return Refused(tuple(problems))
    kept = {name: value for name, value in stored.items() if name not in movable}
    return kept | dict(unmarked(changed))


def _only(task: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in task.items() if name in names}


def _taken_away(
    seen: dict[str, Any], changed: dict[str, Any], life: dict[str, Any]
) -> list[Problem]:
    """What came of a Task, and what was noted about it, is added to."""
    problems = []
    for name in life["added_to"]:
        left = {
            item[ORIGIN] for item in changed.get(name, ()) if ORIGIN in item and CHANGED not in item
        }
        places = {item.get(ORIGIN, index) for index, item in enumerate(seen.get(name, ()))}
        if not places <= left:
            problems.append(Problem(Kind.RULE, ADDED_TO, f"Task.{name}"))
    return problems


def _move_problems(before: str, wanted: dict[str, Any], life: dict[str, Any]) -> list[Problem]:
    after = wanted.get("status")
    if after == before:
        return []
    allowed = life["moves"].get(before, [])
    if after not in allowed:
        choices = ", ".join(allowed) or "nothing further"
        text = f"cannot move from {before} to this status; allowed: {choices}"
        return [Problem(Kind.RULE, text, "Task.status")]
    if after in life["needs_reason"] and "statusReason" not in wanted:
        return [Problem(Kind.RULE, f"is needed when status is {after}", "Task.statusReason")]
    return []
