"""R4's invariants on Questionnaires and their responses; `rules` holds linkIds unique."""

from __future__ import annotations

from gateway.fhir.invariant import (
    Holds,
    Invariant,
    Json,
    has,
    is_one_of,
    lacks,
    listed,
    not_both,
    unless,
)

_SIMPLE = ("boolean", "decimal", "integer", "string", "text", "url", "open-choice")
_VALUE_SETS = (
    *("choice", "open-choice", "decimal", "integer", "date", "dateTime"),
    *("time", "string", "quantity"),
)


def _unless_display(*names: str) -> Holds:
    return lambda value: value.get("type") != "display" or not any(has(value, n) for n in names)


def _single_initial(value: Json) -> bool:
    return value.get("repeats") is True or len(listed(value, "initial")) <= 1


OF_QUESTIONNAIRES: dict[str, tuple[Invariant, ...]] = {
    "Questionnaire.item": (
        Invariant(
            "que-1",
            lambda v: v.get("type") != "group" or has(v, "item"),
            "a group needs items",
            "item",
        ),
        Invariant("que-1", _unless_display("item"), "a display item has no items", "item"),
        Invariant("que-3", _unless_display("code"), "a display item has no code", "code"),
        Invariant("que-4", not_both("answerOption", "answerValueSet"), "one of the two only"),
        Invariant(
            "que-5",
            unless(is_one_of("type", *_VALUE_SETS), lacks("answerOption", "answerValueSet")),
            "only questions with answers to choose from have answer options",
        ),
        Invariant(
            "que-6", _unless_display("required", "repeats"), "a display item asks for nothing"
        ),
        Invariant(
            "que-8",
            lambda v: v.get("type") not in ("group", "display") or not has(v, "initial"),
            "a group or display item has no initial value",
            "initial",
        ),
        Invariant(
            "que-9", _unless_display("readOnly"), "a display item has no readOnly", "readOnly"
        ),
        Invariant(
            "que-10",
            unless(is_one_of("type", *_SIMPLE), lacks("maxLength")),
            "only simple questions have maxLength",
            "maxLength",
        ),
        Invariant(
            "que-11",
            not_both("answerOption", "initial"),
            "no initial beside answerOption",
            "initial",
        ),
        Invariant(
            "que-12",
            lambda v: len(listed(v, "enableWhen")) <= 2 or has(v, "enableBehavior"),
            "several enableWhen need enableBehavior",
            "enableBehavior",
        ),
        Invariant("que-13", _single_initial, "several initial values need repeats", "initial"),
    ),
    "Questionnaire.item.enableWhen": (
        Invariant(
            "que-7",
            lambda v: v.get("operator") != "exists" or "answerBoolean" in v,
            "the operator exists needs answerBoolean",
        ),
    ),
    "QuestionnaireResponse.item": (
        Invariant("qrs-1", not_both("answer", "item"), "items go beneath the answer, not beside"),
    ),
}
