"""R4's own invariants, as a table: the type, the key, when it holds, what would be right.

Each `holds` takes one object of the type as plain JSON and must not trip over what is malformed:
structure is reported elsewhere. Left out: ppc-1 (consents here need neither policy nor rule),
ppc-2 to ppc-5 (written against a placeholder system in R4; ours are in `rules`), dom-6, con-3 and
que-0 (warnings), ctm-1 (it needs a resolved reference), txt-1 and txt-2 (`narrative` cleans).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.fhir.dates import surely_after

Json = dict[str, Any]
Holds = Callable[[Json], bool]

_UCUM = "http://unitsofmeasure.org"
_TERMS = "http://terminology.hl7.org/CodeSystem/"
_SIMPLE = ("boolean", "decimal", "integer", "string", "text", "url", "open-choice")
_VALUE_SETS = (
    *("choice", "open-choice", "decimal", "integer", "date", "dateTime"),
    *("time", "string", "quantity"),
)


@dataclass(frozen=True, slots=True)
class Invariant:
    """One rule about one type: its key in R4, when it holds, what would be right, and where."""

    key: str
    holds: Holds
    words: str
    element: str = ""


def has(value: Json, name: str) -> bool:
    """Whether an element is there, with a value or with an extension in its place."""
    return name in value or f"_{name}" in value


def has_choice(value: Json, group: str) -> bool:
    """Whether one of a value[x] is there."""
    start = len(group)
    return any(
        name.startswith(group) and name[start : start + 1].isupper()
        for name in (name.removeprefix("_") for name in value)
    )


def _needs(name: str, *others: str) -> Holds:
    """If the first is there, so is one of the others."""
    return lambda value: not has(value, name) or any(has(value, other) for other in others)


def _any_of(*names: str) -> Holds:
    return lambda value: any(has(value, name) for name in names)


def _not_both(one: str, other: str) -> Holds:
    return lambda value: not (has(value, one) and has(value, other))


def _not_negative(name: str) -> Holds:
    return lambda value: not _below(value.get(name), 0)


def _below(value: object, bound: object) -> bool:
    """Whether both are numbers and the first is the smaller."""
    kinds = (int, float, Decimal)
    return isinstance(value, kinds) and isinstance(bound, kinds) and value < bound


def _listed(value: Json, name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []


def pairs(concept: object) -> set[tuple[str, str]]:
    """The (system, code) pairs of a CodeableConcept."""
    codings = concept.get("coding") if isinstance(concept, dict) else None
    return {
        (str(coding.get("system", "")), str(coding["code"]))
        for coding in (codings if isinstance(codings, list) else ())
        if isinstance(coding, dict) and "code" in coding
    }


def _is_error(value: Json, kind: str) -> bool:
    """Whether the verification status says entered-in-error."""
    coded = pairs(value.get("verificationStatus"))
    return (f"{_TERMS}{kind}", "entered-in-error") in coded


def _codes(value: Json, name: str, system: str) -> set[str]:
    return {code for stated, code in pairs(value.get(name)) if stated == f"{_TERMS}{system}"}


def _range_rises(value: Json) -> bool:
    low, high = value.get("low"), value.get("high")
    if not isinstance(low, dict) or not isinstance(high, dict):
        return True
    alike = (low.get("system"), low.get("code")) == (high.get("system"), high.get("code"))
    return not alike or not _below(high.get("value"), low.get("value"))


def _is_ratio(value: Json) -> bool:
    both = has(value, "numerator") == has(value, "denominator")
    return both and (has(value, "numerator") or "extension" in value)


def _measured(value: Json) -> bool:
    """A value has a code, in UCUM where a system is stated (age-1, dis-1)."""
    return (has(value, "code") or not has(value, "value")) and value.get("system", _UCUM) == _UCUM


def _offset_has_meal(value: Json) -> bool:
    when = _listed(value, "when")
    return "offset" not in value or (
        bool(when) and not any(each in ("C", "CM", "CD", "CV") for each in when)
    )


def _no_component_repeats(value: Json) -> bool:
    """obs-7: with a value, no component has a coding of the observation's own code."""
    if not has_choice(value, "value"):
        return True
    own = pairs(value.get("code"))
    parts = (part for part in _listed(value, "component") if isinstance(part, dict))
    return not any(own & pairs(part.get("code")) for part in parts)


def _home(name: str) -> Holds:
    return lambda value: (
        not any(
            isinstance(item, dict) and item.get("use") == "home" for item in _listed(value, name)
        )
    )


def _abated(value: Json) -> bool:
    over = {"inactive", "resolved", "remission"}
    return not has_choice(value, "abatement") or bool(
        _codes(value, "clinicalStatus", "condition-clinical") & over
    )


def _of_mode(mode: str, name: str) -> Holds:
    """An entry's element that only a list of this mode has."""
    return lambda value: (
        value.get("mode") == mode
        or not any(
            isinstance(entry, dict) and has(entry, name) for entry in _listed(value, "entry")
        )
    )


def _unless_display(*names: str) -> Holds:
    return lambda value: value.get("type") != "display" or not any(has(value, n) for n in names)


def _single_initial(value: Json) -> bool:
    return value.get("repeats") is True or len(_listed(value, "initial")) <= 1


def _is(name: str, *allowed: str) -> Holds:
    return lambda value: value.get(name) in allowed


def _unless(condition: Holds, holds: Holds) -> Holds:
    return lambda value: condition(value) or holds(value)


def _lacks(*names: str) -> Holds:
    return lambda value: not any(has(value, name) for name in names)


INVARIANTS: dict[str, tuple[Invariant, ...]] = {
    "Attachment": (Invariant("att-1", _needs("data", "contentType"), "data needs a contentType"),),
    "ContactPoint": (Invariant("cpt-2", _needs("value", "system"), "a value needs a system"),),
    "Quantity": (Invariant("qty-3", _needs("code", "system"), "a code needs its system"),),
    "SimpleQuantity": (Invariant("qty-3", _needs("code", "system"), "a code needs its system"),),
    "Age": (
        Invariant("age-1", _measured, "an age has a UCUM code of time"),
        Invariant("age-1", lambda v: not _below(v.get("value"), 0), "an age is not negative"),
    ),
    "Distance": (Invariant("dis-1", _measured, "a distance has a UCUM code of length"),),
    "Duration": (
        Invariant(
            "drt-1",
            lambda v: "code" not in v or (v.get("system") == _UCUM and has(v, "value")),
            "a duration's code is UCUM's and comes with a value",
        ),
    ),
    "Expression": (
        Invariant("exp-1", _any_of("expression", "reference"), "needs expression or reference"),
    ),
    "Period": (
        Invariant(
            "per-1",
            lambda v: not surely_after(v.get("start"), v.get("end")),
            "a period starts before it ends",
        ),
    ),
    "Range": (Invariant("rng-2", _range_rises, "low must not be above high"),),
    "Ratio": (Invariant("rat-1", _is_ratio, "needs both numerator and denominator"),),
    "Timing.repeat": (
        Invariant("tim-1", _needs("duration", "durationUnit"), "duration needs durationUnit"),
        Invariant("tim-2", _needs("period", "periodUnit"), "period needs periodUnit"),
        Invariant("tim-4", _not_negative("duration"), "must not be negative", "duration"),
        Invariant("tim-5", _not_negative("period"), "must not be negative", "period"),
        Invariant("tim-6", _needs("periodMax", "period"), "periodMax needs period"),
        Invariant("tim-7", _needs("durationMax", "duration"), "durationMax needs duration"),
        Invariant("tim-8", _needs("countMax", "count"), "countMax needs count"),
        Invariant("tim-9", _offset_has_meal, "offset needs a when other than C, CM, CD, CV"),
        Invariant("tim-10", _not_both("timeOfDay", "when"), "timeOfDay or when, not both"),
    ),
    "AllergyIntolerance": (
        Invariant(
            "ait-1",
            lambda v: _is_error(v, "allergyintolerance-verification") or has(v, "clinicalStatus"),
            "clinicalStatus is required unless entered in error",
            "clinicalStatus",
        ),
        Invariant(
            "ait-2",
            lambda v: (
                not _is_error(v, "allergyintolerance-verification") or not has(v, "clinicalStatus")
            ),
            "leave clinicalStatus out where entered in error",
            "clinicalStatus",
        ),
    ),
    "Appointment": (
        Invariant(
            "app-2", lambda v: ("start" in v) == ("end" in v), "needs start and end, or none"
        ),
        Invariant(
            "app-3",
            _unless(
                _is("status", "proposed", "cancelled", "waitlist"),
                lambda v: has(v, "start") and has(v, "end"),
            ),
            "only proposed, cancelled or waitlist may be without start and end",
        ),
        Invariant(
            "app-4",
            _unless(_is("status", "noshow", "cancelled"), _lacks("cancelationReason")),
            "only with status cancelled or noshow",
            "cancelationReason",
        ),
    ),
    "Appointment.participant": (
        Invariant("app-1", _any_of("type", "actor"), "needs type or actor"),
    ),
    "AuditEvent.entity": (
        Invariant("sev-1", _not_both("name", "query"), "name or query, not both"),
    ),
    "CarePlan.activity": (
        Invariant("cpl-3", _not_both("detail", "reference"), "detail or reference, not both"),
    ),
    "Composition.section": (
        Invariant("cmp-1", _any_of("text", "entry", "section"), "needs text, entry or section"),
        Invariant("cmp-2", _not_both("emptyReason", "entry"), "emptyReason only without entry"),
    ),
    "Condition": (
        Invariant("con-4", _abated, "must say inactive, resolved or remission", "clinicalStatus"),
        Invariant(
            "con-5",
            lambda v: not _is_error(v, "condition-ver-status") or not has(v, "clinicalStatus"),
            "leave clinicalStatus out where entered in error",
            "clinicalStatus",
        ),
    ),
    "Condition.stage": (
        Invariant("con-1", _any_of("summary", "assessment"), "needs summary or assessment"),
    ),
    "Condition.evidence": (Invariant("con-2", _any_of("code", "detail"), "needs code or detail"),),
    "Goal.target": (
        Invariant(
            "gol-1",
            lambda v: not has_choice(v, "detail") or has(v, "measure"),
            "detail needs measure",
            "measure",
        ),
    ),
    "Group": (
        Invariant(
            "grp-1",
            lambda v: not has(v, "member") or v.get("actual") is True,
            "only an actual group has members",
            "member",
        ),
    ),
    "List": (
        Invariant("lst-1", _not_both("emptyReason", "entry"), "emptyReason only without entry"),
        Invariant("lst-2", _of_mode("changes", "deleted"), "deleted only in a list of changes"),
        Invariant("lst-3", _of_mode("working", "date"), "dates only in a working list"),
    ),
    "Observation": (
        Invariant(
            "obs-6",
            lambda v: not has(v, "dataAbsentReason") or not has_choice(v, "value"),
            "leave it out where there is a value",
            "dataAbsentReason",
        ),
        Invariant("obs-7", _no_component_repeats, "its code must not be a component's code too"),
    ),
    "Observation.referenceRange": (
        Invariant("obs-3", _any_of("low", "high", "text"), "needs low, high or text"),
    ),
    "Organization": (
        Invariant("org-1", _any_of("identifier", "name"), "needs a name or an identifier"),
        Invariant("org-2", _home("address"), "an organisation's use is not home", "address"),
        Invariant("org-3", _home("telecom"), "an organisation's use is not home", "telecom"),
    ),
    "Patient.contact": (
        Invariant(
            "pat-1",
            _any_of("name", "telecom", "address", "organization"),
            "needs name, telecom, address or organization",
        ),
    ),
    "Questionnaire.item": (
        Invariant(
            "que-1",
            lambda v: v.get("type") != "group" or has(v, "item"),
            "a group needs items",
            "item",
        ),
        Invariant("que-1", _unless_display("item"), "a display item has no items", "item"),
        Invariant("que-3", _unless_display("code"), "a display item has no code", "code"),
        Invariant("que-4", _not_both("answerOption", "answerValueSet"), "one of the two only"),
        Invariant(
            "que-5",
            _unless(_is("type", *_VALUE_SETS), _lacks("answerOption", "answerValueSet")),
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
            _unless(_is("type", *_SIMPLE), _lacks("maxLength")),
            "only simple questions have maxLength",
            "maxLength",
        ),
        Invariant(
            "que-11",
            _not_both("answerOption", "initial"),
            "no initial beside answerOption",
            "initial",
        ),
        Invariant(
            "que-12",
            lambda v: len(_listed(v, "enableWhen")) <= 2 or has(v, "enableBehavior"),
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
        Invariant("qrs-1", _not_both("answer", "item"), "items go beneath the answer, not beside"),
    ),
    "ServiceRequest": (
        Invariant("prr-1", _needs("orderDetail", "code"), "orderDetail needs code", "code"),
    ),
    "Task": (
        Invariant(
            "inv-1",
            lambda v: not surely_after(v.get("authoredOn"), v.get("lastModified")),
            "must not be before authoredOn",
            "lastModified",
        ),
    ),
}
