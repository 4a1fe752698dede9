"""A transaction: all of it, or nothing; each entry as its own interaction would be."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from gateway.actions import (
    alerting,
    answers,
    attesting,
    creating,
    deleting,
    plans_written,
    referring,
    responding,
    served,
    updating,
)
from gateway.actions.addressing import addressed
from gateway.actions.answer import Answer, of_one
from gateway.actions.freshness import Known
from gateway.actions.linking import linked
from gateway.actions.preferring import Return
from gateway.actions.steps import Step, at_place, planned
from gateway.actions.turns import in_turn
from gateway.actions.writing import TOO_LONG, Writing
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.storage.resources import Row
from mappings.checking import check_scores

TOLD = 50  # GETs of one transaction that the log names; what they released it names whole


def transact(
    writing: Writing, bundle: dict[str, Any], wanted: Return | None = None
) -> list[dict[str, Any]] | Refused:
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
    stored = [step for step in joined if step.matched is None or step.method == "PUT"]
    writing.scored = frozenset(
        f"{step.type}/{step.id}" for step in stored if step.type in answers.SCORING
    )
    writing.brought = alerting.brought(
        writing, (step.resource for step in stored if step.type == "Task")
    )
    done = _carried_out(writing, joined, wanted)
    return done if isinstance(done, Refused) else [done[step.index] for step in joined]


def only_reads(bundle: dict[str, Any]) -> bool:
    """Whether nothing can be changed by it."""
    return all(each["request"]["method"] not in WRITES for each in bundle.get("entry", []))


def looked_at(bundle: dict[str, Any], base: str) -> str:
    """What its GETs ask for, as the log may have it, each once and the first of many; empty where
    there is none."""
    requests = (each["request"] for each in bundle.get("entry", []))
    asked = (addressed(each["url"], base) for each in requests if each["method"] not in WRITES)
    named = dict.fromkeys(served.as_logged(each) for each in asked if each is not None)
    return " ".join(list(named)[:TOLD])


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


MOST_AT_ONCE = 200  # resources that are judged and stored together
READING = 2.0  # seconds for all reads of a transaction that writes too: other writers wait
WRITES = ("DELETE", "POST", "PUT")


def _carried_out(
    writing: Writing, steps: list[Step], wanted: Return | None
) -> dict[int, dict[str, Any]] | Refused:
    """Each step done in its turn."""
    agreed: frozenset[str] = frozenset().union(
        *(attesting.attests(step.resource) for step in steps if step.type == "Provenance")
    )
    found = frozenset(f"{step.type}/{step.id}" for step in steps if step.matched is not None)
    done: dict[int, dict[str, Any]] = {}
    problems: list[Problem] = []
    writes = any(step.method in WRITES for step in steps)
    for turn in _turns(steps):
        if writes and turn[0].method not in WRITES:  # reads come last
            writes = False
            writing.until = min(writing.until, time.monotonic() + READING)
        if writing.is_late:
            return Refused((TOO_LONG,))
        if _is_plain(turn[0]):
            answers = _created(writing, turn, wanted)
        else:
            answers = [_do(writing, step, agreed, found, wanted) for step in turn]
        for step, answer in zip(turn, answers, strict=True):
            if isinstance(answer, Refused):
                problems += at_place(f"{step.place}.resource", answer, step.type)
            else:
                written, notes = step.method in WRITES, list(writing.notes)
                writing.notes.clear()
                done[step.index] = responding.entry(answer, wanted, written=written, notes=notes)
    places = {f"{step.type}/{step.id}": f"{step.place}.resource" for step in steps}
    wrong = Refused(tuple(problems)) if problems else plans_written.settled(writing, places)
    return wrong or done


def _turns(steps: list[Step]) -> Iterator[list[Step]]:
    """The steps in their turn, those together that can be stored in few statements."""
    for plain, group in groupby(in_turn(steps), key=_is_plain):
        listed = list(group)
        most = MOST_AT_ONCE if plain else 1
        yield from (listed[start : start + most] for start in range(0, len(listed), most))


def _is_plain(step: Step) -> bool:
    """Whether it creates what needs only to be judged and stored."""
    alone = step.type in creating.ALONE or step.type == "Provenance"
    return step.method == "POST" and step.matched is None and not alone


def _created(writing: Writing, steps: list[Step], wanted: Return | None) -> list[Answer | Refused]:
    stored = creating.create_all(writing, [step.resource for step in steps])
    return [
        each if isinstance(each, Refused) else _told(writing, each, 201, wanted) for each in stored
    ]


def _told(writing: Writing, row: Row, status: int, wanted: Return | None) -> Answer:
    """What the writer is told of its own row; its bytes only where they are asked for."""
    is_told = wanted is Return.REPRESENTATION
    return of_one(writing.whole(row) if is_told else writing.marked(row), status)


def _sent_before(step: Step, found: frozenset[str]) -> bool:
    """Whether all that a Provenance is about was found by its condition: it was sent with that."""
    return all(target.get("reference") in found for target in step.resource["target"])


def _do(
    writing: Writing,
    step: Step,
    agreed: frozenset[str],
    found: frozenset[str],
    wanted: Return | None,
) -> Answer | Refused:
    match step.method:
        case "GET" | "HEAD":
            return _looked(writing, step)
        case "DELETE":
            return _deleted(writing, step)
        case "PUT":
            return _put(writing, step, wanted)
    if step.matched is not None:
        return _told(writing, step.matched, 200, wanted)
    if step.type == "Provenance" and _sent_before(step, found):
        return Answer(200, b"")
    if step.type == "Task":
        focus = step.resource.get("focus", {}).get("reference", "")
        attested = bool(agreed & {focus, f"Task/{step.id}"})
        refusal = creating.refusal(writing, step.resource)
        stored = refusal or referring.send(writing, step.resource, attested=attested)
    else:
        stored = creating.create(writing, step.resource)
    return stored if isinstance(stored, Refused) else _told(writing, stored, 201, wanted)


def _put(writing: Writing, step: Step, wanted: Return | None) -> Answer | Refused:
    if step.address.query and step.matched is None:
        stored = creating.create(writing, step.resource)
        return stored if isinstance(stored, Refused) else _told(writing, stored, 201, wanted)
    changed = updating.update(writing, step.resource, step.request.get("ifMatch"))
    return changed if isinstance(changed, Refused) else of_one(changed, 200)


def _deleted(writing: Writing, step: Step) -> Answer | Refused:
    if not step.id:
        return Answer(204, b"")
    gone = deleting.delete(writing, step.type, step.id, step.request.get("ifMatch"))
    return gone if isinstance(gone, Refused) else Answer(204, b"")


def _looked(writing: Writing, step: Step) -> Answer | Refused:
    """What a read or search finds once all else is done; one that fails, fails the whole."""
    known = Known(step.request.get("ifNoneMatch"), step.request.get("ifModifiedSince"))
    found = known.fresh(served.look(writing.gate, step.address))
    writing.entities += found.entities
    writing.consents += found.consents
    writing.persons |= found.persons
    failed = tuple(replace(problem, expression="") for problem in found.answer.problems)
    return Refused(failed) if failed else found.answer
