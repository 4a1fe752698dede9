"""References between the entries of a transaction, and what each of them leads to."""

from __future__ import annotations

from dataclasses import replace

from gateway.actions import conditions, creating
from gateway.actions.steps import Step
from gateway.actions.writing import Writing
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem, Refused, refuse
from gateway.fhir.references import literals, local, relative, rewritten, walk
from gateway.fhir.types import HELD
from gateway.storage.resources import Row

# Whether a service is unknown or closed is answered with the referral, in its one constant text.
JUDGED_ELSEWHERE = frozenset({"Task.owner", "ServiceRequest.performer[0]"})


def linked(writing: Writing, steps: list[Step]) -> list[Step] | Refused:
    """References between the entries become references to the ids they will have; those by a
    condition, to what it means among the organisation's own."""
    base = writing.installation.base_url + "/fhir"
    targets = {relative(s.full_url, base): f"{s.type}/{s.id}" for s in steps if s.full_url and s.id}
    targets |= {url: f"{s.type}/{s.id}" for s in steps for url in _condition_of(s)}
    there = {f"{step.type}/{step.id}": True for step in steps}
    problems: list[Problem] = []
    joined = []
    for step in steps:
        named = literals(encode(step.resource))
        if any("?" in each for each in named):
            found = _by_condition(writing, step, targets)
            if isinstance(found, Refused):
                problems += found.problems
                continue
            targets |= found
        if not targets.keys().isdisjoint(named):
            step = replace(step, resource=rewritten(step.resource, targets))
        missing = {
            each for one in named if not _resolves(writing, there, each := targets.get(one, one))
        }
        problems += _unresolved(step, missing) if missing else []
        joined.append(step)
    return Refused(tuple(problems)) if problems else joined


def _unresolved(step: Step, missing: set[str]) -> list[Problem]:
    """What leads nowhere, each with its place."""
    text = "must be in this transaction, or here already and visible to you"
    return [
        Problem(Kind.RULE, text, _place(step, path))
        for path, reference in walk(step.resource)
        if path not in JUDGED_ELSEWHERE and reference.get("reference") in missing
    ]


def _condition_of(step: Step) -> list[str]:
    """The condition under which a step creates or finds, as a reference would write it."""
    asked = step.request.get("ifNoneExist") if step.method == "POST" else None
    return [f"{step.type}?{asked.partition('?')[2] or asked}"] if asked else []


def _by_condition(writing: Writing, step: Step, known: dict[str, str]) -> dict[str, str] | Refused:
    """What each reference such as Patient?identifier=system|value means; one resource, or 412."""
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for path, reference in walk(step.resource):
        written = str(reference.get("reference", ""))
        type_, asks, condition = written.partition("?")
        if not asks or written in known or written in found:
            continue
        row = _meant(writing, type_, condition)
        if isinstance(row, Refused):
            problems += [replace(p, expression=_place(step, path)) for p in row.problems]
        else:
            found[written] = row.reference
    return Refused(tuple(problems)) if problems else found


def _meant(writing: Writing, type_: str, condition: str) -> Row | Refused:
    row: Row | Refused | None = None
    if type_ in HELD and not creating.may_not_write(writing.requester, type_):
        row = conditions.matched(writing, type_, conditions.query_of(condition), "")
    if row is None:
        text = "must mean one resource that your organisation wrote; it means none"
        return refuse(Kind.RULE, text)
    return row if isinstance(row, Refused) else writing.named(row)


def _place(step: Step, path: str) -> str:
    return f"{step.place}.resource.{path.partition('.')[2]}.reference"


def _resolves(writing: Writing, there: dict[str, bool], reference: str) -> bool:
    """Whether a reference leads to what is `there`, which grows with what is looked up."""
    if reference not in there:
        there[reference] = _leads_somewhere(writing, reference)
    return there[reference]


def _leads_somewhere(writing: Writing, reference: str) -> bool:
    if reference.startswith("#"):
        return True
    key = local(reference)
    if key is None:
        return not reference.startswith("urn:uuid:") and "?" not in reference
    if key[0] == "Patient":
        return True  # judged with the resource, in one constant text
    return writing.sees(reference) is not None
