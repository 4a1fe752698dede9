"""The order in which a transaction's entries are carried out: R4's order of methods, and of what is
created those first that others lean on."""

from __future__ import annotations

from collections.abc import Mapping

from consent.label_rules import rules
from gateway.actions.judging import leans_on
from gateway.actions.steps import Step

_BY_METHOD = {"DELETE": 0, "POST": 1, "PUT": 2, "GET": 3, "HEAD": 3}
_BY_TYPE = {
    "Patient": 0,
    "Practitioner": 1,
    "Questionnaire": 1,
    "ServiceRequest": 3,
    "Consent": 4,
    "Task": 5,
    "Provenance": 6,
}
_BETWEEN = 2
_Turn = tuple[int, int]  # of a type, and how many stand between it and what leans on nothing


def in_turn(steps: list[Step]) -> list[Step]:
    """The steps as they are carried out. What leans on each other stays as it was sent."""
    by_name = {f"{step.type}/{step.id}": step for step in steps if step.resource}
    known: dict[str, _Turn] = {}
    return sorted(
        steps, key=lambda step: (_BY_METHOD[step.method], _turn(step, by_name, known, frozenset()))
    )


def _turn(
    step: Step, by_name: Mapping[str, Step], known: dict[str, _Turn], above: frozenset[str]
) -> _Turn:
    """After all that it carries the labels of: those labels must be known first."""
    name = f"{step.type}/{step.id}"
    own = (_BY_TYPE.get(step.type, _BETWEEN), 0)
    if not step.resource or step.type not in rules().named:
        return own
    if name not in known:
        within = above | {name}
        leans = (leans_on(step.resource) & by_name.keys()) - within
        before = [_turn(by_name[each], by_name, known, within) for each in leans]
        known[name] = max([own, *((rank, depth + 1) for rank, depth in before)])
    return known[name]
