"""A read that asks for a part of the resource: _summary and _elements, as a search has them."""

from __future__ import annotations

from dataclasses import replace

from gateway.actions.addressing import Address
from gateway.actions.answer import refused
from gateway.actions.asking.controls import Controls, conflicts, read_control
from gateway.actions.found import Found
from gateway.actions.searchset import part
from gateway.fhir.problem import Kind, Problem

ASKED = ("_summary", "_elements")
NOT_COUNTED = Problem(Kind.PARAMETER, "must be true, text, data or false", "_summary")


def shortened(found: Found, address: Address) -> Found:
    """What was found, with no more of it than was asked for; its version is the whole's."""
    asked = [each for each in address.query if each[0] in ASKED]
    if not asked:
        return found
    controls = Controls()
    read = [read_control(controls, address.type, name, value) for name, value in asked]
    problems = [each for each in read if each is not None] + conflicts(controls)
    problems += [Problem(Kind.PARAMETER, "must be given once", n) for n in _repeated(asked)]
    problems += [NOT_COUNTED] if controls.summary == "count" else []
    if problems:
        return replace(found, answer=refused(*problems))
    if found.answer.status != 200 or not (controls.shown.summary or controls.shown.elements):
        return found
    body = part(found.answer.body, controls.shown)
    return replace(found, answer=replace(found.answer, body=body))


def _repeated(asked: list[tuple[str, str]]) -> list[str]:
    names = [name for name, _ in asked]
    return [name for name in ASKED if names.count(name) > 1]
