"""R4's own invariants, as a table: the type, the key, when it holds, what would be right.

Each `holds` takes one object of the type as plain JSON and must not trip over what is malformed:
structure is reported elsewhere. Left out: ppc-1 (consents here need neither policy nor rule),
ppc-2 to ppc-5 (written against a placeholder system in R4; ours are in `rules`), dom-6, con-3 and
que-0 (warnings), txt-1 and txt-2 (`narrative` cleans), and
those of datatypes that only definitions use (drq, trd, cnt, mqty).
"""

from __future__ import annotations

from gateway.fhir.datatype_invariants import OF_DATATYPES
from gateway.fhir.dates import surely_after
from gateway.fhir.invariant import (
    ByNames,
    Holds,
    Invariant,
    Json,
    any_of,
    has,
    has_choice,
    is_one_of,
    lacks,
    listed,
    needs,
    not_both,
    pairs,
    unless,
)
from gateway.fhir.literal_reference import type_named
from gateway.fhir.questionnaire_invariants import OF_QUESTIONNAIRES

_TERMS = "http://terminology.hl7.org/CodeSystem/"


def _is_error(value: Json, kind: str) -> bool:
    """Whether the verification status says entered-in-error."""
    coded = pairs(value.get("verificationStatus"))
    return (f"{_TERMS}{kind}", "entered-in-error") in coded


def _codes(value: Json, name: str, system: str) -> set[str]:
    return {code for stated, code in pairs(value.get(name)) if stated == f"{_TERMS}{system}"}


def _no_component_repeats(value: Json) -> bool:
    """obs-7: with a value, no component has a coding of the observation's own code."""
    if not has_choice(value, "value"):
        return True
    own = pairs(value.get("code"))
    parts = (part for part in listed(value, "component") if isinstance(part, dict))
    return not any(own & pairs(part.get("code")) for part in parts)


def _acts_for_itself(value: Json) -> bool:
    """ctm-1, as far as the member's reference says of which type it is."""
    member = value.get("member")
    if not has(value, "onBehalfOf") or not isinstance(member, dict):
        return True
    named = type_named(str(member.get("reference", ""))) or member.get("type")
    return named in (None, "Practitioner")


def _home(name: str) -> Holds:
    return lambda value: (
        not any(
            isinstance(item, dict) and item.get("use") == "home" for item in listed(value, name)
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
        or not any(isinstance(entry, dict) and has(entry, name) for entry in listed(value, "entry"))
    )


_OF_RESOURCES: dict[str, tuple[Invariant, ...]] = {
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
            "app-2",
            ByNames(lambda v: ("start" in v) == ("end" in v)),
            "needs start and end, or none",
        ),
        Invariant(
            "app-3",
            unless(
                is_one_of("status", "proposed", "cancelled", "waitlist"),
                lambda v: has(v, "start") and has(v, "end"),
            ),
            "only proposed, cancelled or waitlist may be without start and end",
        ),
        Invariant(
            "app-4",
            unless(is_one_of("status", "noshow", "cancelled"), lacks("cancelationReason")),
            "only with status cancelled or noshow",
            "cancelationReason",
        ),
    ),
    "Appointment.participant": (
        Invariant("app-1", any_of("type", "actor"), "needs type or actor"),
    ),
    "AuditEvent.entity": (
        Invariant("sev-1", not_both("name", "query"), "name or query, not both"),
    ),
    "CarePlan.activity": (
        Invariant("cpl-3", not_both("detail", "reference"), "detail or reference, not both"),
    ),
    "CareTeam.participant": (
        Invariant("ctm-1", _acts_for_itself, "only a Practitioner acts for others", "onBehalfOf"),
    ),
    "Composition.section": (
        Invariant("cmp-1", any_of("text", "entry", "section"), "needs text, entry or section"),
        Invariant("cmp-2", not_both("emptyReason", "entry"), "emptyReason only without entry"),
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
        Invariant("con-1", any_of("summary", "assessment"), "needs summary or assessment"),
    ),
    "Condition.evidence": (Invariant("con-2", any_of("code", "detail"), "needs code or detail"),),
    "Goal.target": (
        Invariant(
            "gol-1",
            ByNames(lambda v: not has_choice(v, "detail") or has(v, "measure")),
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
        Invariant("lst-1", not_both("emptyReason", "entry"), "emptyReason only without entry"),
        Invariant("lst-2", _of_mode("changes", "deleted"), "deleted only in a list of changes"),
        Invariant("lst-3", _of_mode("working", "date"), "dates only in a working list"),
    ),
    "Observation": (
        Invariant(
            "obs-6",
            ByNames(lambda v: not has(v, "dataAbsentReason") or not has_choice(v, "value")),
            "leave it out where there is a value",
            "dataAbsentReason",
        ),
        Invariant("obs-7", _no_component_repeats, "its code must not be a component's code too"),
    ),
    "Observation.referenceRange": (
        Invariant("obs-3", any_of("low", "high", "text"), "needs low, high or text"),
    ),
    "Organization": (
        Invariant("org-1", any_of("identifier", "name"), "needs a name or an identifier"),
        Invariant("org-2", _home("address"), "an organisation's use is not home", "address"),
        Invariant("org-3", _home("telecom"), "an organisation's use is not home", "telecom"),
    ),
    "Patient.contact": (
        Invariant(
            "pat-1",
            any_of("name", "telecom", "address", "organization"),
            "needs name, telecom, address or organization",
        ),
    ),
    "ServiceRequest": (
        Invariant("prr-1", needs("orderDetail", "code"), "orderDetail needs code", "code"),
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

INVARIANTS = OF_DATATYPES | OF_QUESTIONNAIRES | _OF_RESOURCES
