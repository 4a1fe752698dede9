"""A transaction: all of it, or nothing; each entry as its own interaction would be."""

from __future__ import annotations

from typing import Any

from gateway.actions import attesting, creating, referring, updating
from gateway.actions.looking import version_headers
from gateway.actions.releasing import Released
from gateway.actions.steps import Step, at_place, linked, planned
from gateway.actions.writing import TOO_LONG, Writing
from gateway.fhir.problem import Kind, Problem, Refused
from mappings.checking import check_scores


def transact(writing: Writing, bundle: dict[str, Any]) -> list[dict[str, Any]] | Refused:
    """The entries of the response, in order; on any problem every one found, and no change."""
    steps = planned(writing, bundle.get("entry", []))
    if isinstance(steps, Refused):
        return steps
    joined = linked(writing, steps)
    if isinstance(joined, Refused):
        return joined
    wrong = _wrong_scores(joined)
    if wrong is not None:
        return wrong
    done = _carried_out(writing, joined)
    return done if isinstance(done, Refused) else [done[step.index] for step in joined]


def _wrong_scores(steps: list[Step]) -> Refused | None:
    """Scores that disagree with the answers they were made from, both in this transaction."""
    derived: dict[str, dict[str, Any]] = {}
    for score in (step for step in steps if step.type == "Observation"):
        for source in score.resource.get("derivedFrom", []):
            made = derived.setdefault(source.get("reference", ""), {})
            made[f"{score.place}.resource"] = score.resource
    problems: list[Problem] = []
    for response in (step for step in steps if step.type == "QuestionnaireResponse"):
        made = derived.get(f"QuestionnaireResponse/{response.id}", {})
        wrong = check_scores(response.resource, made)
        problems += [Problem(Kind.RULE, why, where) for where, why in wrong]
    return Refused(tuple(problems)) if problems else None


_ORDER = (
    "Patient",
    "Practitioner",
    "Questionnaire",
    "QuestionnaireResponse",
    "Observation",
    "CarePlan",
    "ServiceRequest",
    "Consent",
    "Task",
    "Provenance",
)


def _carried_out(writing: Writing, steps: list[Step]) -> dict[int, dict[str, Any]] | Refused:
    """Each step done, those that others lean on first."""
    agreed: frozenset[str] = frozenset().union(
        *(attesting.attests(step.resource) for step in steps if step.type == "Provenance")
    )
    found = frozenset(f"{step.type}/{step.id}" for step in steps if step.matched is not None)
    done: dict[int, dict[str, Any]] = {}
    problems: list[Problem] = []
    for step in sorted(steps, key=lambda step: _ORDER.index(step.type)):
        if writing.is_late:
            return Refused((TOO_LONG,))
        answer = _do(writing, step, agreed, found)
        if isinstance(answer, Refused):
            problems += at_place(f"{step.place}.resource", answer, step.type)
        else:
            done[step.index] = answer
    return Refused(tuple(problems)) if problems else done


def _sent_before(step: Step, found: frozenset[str]) -> bool:
    """Whether all that a Provenance is about was found by its condition: it was sent with that."""
    return all(target.get("reference") in found for target in step.resource["target"])


def _do(
    writing: Writing, step: Step, agreed: frozenset[str], found: frozenset[str]
) -> dict[str, Any] | Refused:
    if step.matched is not None:
        return _response("200 OK", writing.whole(step.matched))
    if step.type == "Provenance" and _sent_before(step, found):
        return {"response": {"status": "200 OK"}}
    if step.method == "PUT":
        changed = updating.update(writing, step.resource, step.if_match)
        return changed if isinstance(changed, Refused) else _response("200 OK", changed)
    if step.type == "Task":
        focus = step.resource.get("focus", {}).get("reference", "")
        attested = bool(agreed & {focus, f"Task/{step.id}"})
        refusal = creating.refusal(writing, step.resource)
        stored = refusal or referring.send(writing, step.resource, attested=attested)
    else:
        stored = creating.create(writing, step.resource)
    if isinstance(stored, Refused):
        return stored
    return _response("201 Created", writing.whole(stored))


def _response(status: str, seen: Released) -> dict[str, Any]:
    headers = version_headers(seen)
    return {
        "response": {
            "status": status,
            "location": f"{seen.reference}/_history/{seen.version}",
            "etag": headers["ETag"],
        }
    }
