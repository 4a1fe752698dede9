"""What a referral's Task may become, by whom, and what each move needs: data, read by pure rules.

    allowed(before, by) -> the statuses it may move to
    not_carried(request) -> (element, what to add) for what should travel with it and does not
    needs(before, after, by) -> (element, what would be right) for all that the move lacks
    excluded(before, after) -> the reason for which no referral may be turned down, where one is

`before` and `after` are the Task as it stands and as it would be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from typing import Any, assert_never

from fhir_profiles import load
from mappings.systems import REFERRAL

LIFE = "referral/task_lifecycle.json"
NO_WRONG_DOOR = "referral/no_wrong_door.json"
ONWARD = ("ServiceRequest", "HealthcareService")
NEW = ("draft", "requested")
Task = Mapping[str, Any]
Lack = tuple[str, str]


class Mover(Enum):
    """Who moves a Task: the service that was asked, the one that sent it, or one that is both."""

    OWNER = "owner"
    SENDER = "sender"
    SELF = "self"


def allowed(before: str, by: Mover) -> tuple[str, ...]:
    """The statuses that a Task of this status may move to."""
    life = load(LIFE)
    moves = life["moves"].get(before, ())
    kept = life["only_sender"].get(before, ())
    match by:
        case Mover.OWNER:
            return tuple(one for one in moves if one not in kept)
        case Mover.SENDER:
            return tuple(one for one in moves if one in life["sender_may"])
        case Mover.SELF:
            return tuple(life["own_moves"].get(before, moves))
        case _:
            assert_never(by)


def word(name: str) -> str:
    """What is said where a rule is not kept."""
    return str(load(LIFE)["words"][name])


def request_status(after: str) -> str | None:
    """What the ServiceRequest becomes with its Task; None where it stays."""
    found: str | None = load(LIFE)["request_follows"].get(after)
    return found


def is_referral(task: Task) -> bool:
    """Whether a Task asks for what a ServiceRequest asks for."""
    return str(task.get("focus", {}).get("reference", "")).startswith("ServiceRequest/")


def has_ended(status: str) -> bool:
    """Whether a Task with this status is over."""
    return status in load(LIFE)["ended"]


def awaits_answer(status: str) -> bool:
    """Whether the service that was asked has still to say yes, or where the person goes next."""
    return status in load("referral/time_limits.json")["awaiting_answer"]


def needs(before: Task, after: Task, by: Mover) -> Iterator[Lack]:
    """What a move lacks: a reason; and of a referral to somebody else an onward route, an outcome,
    an attempt."""
    status, life = after["status"], load(LIFE)
    if status in life["needs_reason"] and not after.get("statusReason"):
        yield "Task.statusReason", life["words"]["reason"].format(status=status)
    if by is Mover.SELF or not is_referral(before):
        return
    for need in life["referral_needs"].get(status, ()):
        if not _MET[need](after):
            element = "Task.output"
            yield element, life["words"][need]


def not_carried(request: Mapping[str, Any]) -> Iterator[Lack]:
    """What should travel with a referral, and does not: its element, and what to add."""
    for row in load("referral/carries.json")["carries"]:
        if not any(request.get(element) for element in row["at"]):
            yield f"ServiceRequest.{row['at'][0]}", row["words"]


def onward(task: Task) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Each output that says where the person goes next, by its place."""
    asked = task.get("focus", {}).get("reference")
    for place, output in enumerate(task.get("output", ())):
        reference = output.get("valueReference") or {}
        literal = str(reference.get("reference", ""))
        kind = reference.get("type") or literal.rpartition("/")[0].rpartition("/")[2]
        named = literal if literal != asked else ""
        if kind in ONWARD and (named or reference.get("identifier", {}).get("value")):
            yield place, reference


def _has_outcome(task: Task) -> bool:
    """Whether it says what came of it: that it was late says nothing."""
    status = task.get("businessStatus")
    said = bool((status or {}).get("text")) or bool(_codes(status) - {(REFERRAL, "late")})
    return said or bool(task.get("output"))


def _was_sought(task: Task) -> bool:
    """Whether a failure for not coming says what was done to reach the person."""
    texts = _texts(task.get("statusReason"))
    if not any(_says(text, load(LIFE)["not_coming"]["wordings"]) for text in texts):
        return True
    tried = (REFERRAL, "tried-to-reach")
    return any(tried in _codes(one.get("type")) for one in task.get("output", ()))


_MET = {
    "onward-route": lambda task: any(True for _ in onward(task)),
    "outcome": _has_outcome,
    "reached-out": _was_sought,
}


def excluded(before: Task, after: Task) -> str | None:
    """The reason for which no referral may be turned down or kept waiting, where one is given."""
    rules, status = load(NO_WRONG_DOOR), after.get("status")
    if not is_referral(before) or status not in rules["statuses"]:
        return None
    told = [after.get(one) for one in rules["elements"] if after.get(one)]
    if status == before.get("status") and told == [
        before.get(one) for one in rules["elements"] if before.get(one)
    ]:
        return None
    codes = {code for concept in told for code in _codes(concept)}
    texts = [text for concept in told for text in _texts(concept)]
    for reason in rules["reasons"]:
        listed = {(one["system"], one["code"]) for one in reason["codes"]}
        if codes & listed or any(_says(text, reason["wordings"]) for text in texts):
            return str(reason["id"])
    return _sequence(str(status), texts)


def _sequence(status: str, texts: list[str]) -> str | None:
    rule = load(NO_WRONG_DOOR)["sequence"]
    if status in rule["statuses"] and any(_waits().search(text) for text in texts):
        return str(rule["reason"])
    return None


@cache
def _waits() -> re.Pattern[str]:
    """ "until", the other need, its end: in this order, with few words between."""
    rule = load(NO_WRONG_DOOR)["sequence"]
    first, need, end = (_one_of(rule[name]) for name in ("first", "need", "end"))
    between = rf"(?:\W+\w+){{0,{rule['within_words'] // 2}}}\W+"
    return re.compile(first + between + need + between + end)


def _one_of(words: list[str]) -> str:
    return r"\b(?:" + "|".join(map(re.escape, words)) + r")\b"


def _says(text: str, wordings: list[str]) -> bool:
    return any(re.search(rf"\b{re.escape(one)}s?\b", text) for one in wordings)


def _texts(concept: Any) -> list[str]:
    """What a CodeableConcept says in words, folded."""
    said = [(concept or {}).get("text"), *(one.get("display") for one in _codings(concept))]
    return [" ".join(str(one).casefold().split()) for one in said if one]


def _codes(concept: Any) -> set[tuple[str, str]]:
    return {(str(one.get("system", "")), str(one.get("code", ""))) for one in _codings(concept)}


def _codings(concept: Any) -> list[Mapping[str, Any]]:
    return list((concept or {}).get("coding", ()))
