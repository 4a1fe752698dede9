"""Storing a new resource: who may write what, and what each type needs besides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.actions import alerting, answers, consenting, referring, registering
from gateway.actions.named_recipients import misnamed
from gateway.actions.writing import Writing
from gateway.auth.requester import Requester, Role
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.references import walk
from gateway.storage.directory import ODS
from gateway.storage.resources import Row

# The organisation that a directory entry belongs to; it must say so where it is staff.
BELONGS_TO = {
    "Endpoint": "managingOrganization",
    "HealthcareService": "providedBy",
    "Location": "managingOrganization",
    "PractitionerRole": "organization",
}
MUST_BELONG = frozenset({"PractitionerRole"})
RECORDING = "https://onestory.example/fhir/StructureDefinition/recording-organization"


def create(writing: Writing, resource: dict[str, Any]) -> Row | Refused:
    """Store the resource under the id it has been given, with all that its type asks for."""
    no = refusal(writing, resource)
    if no is not None:
        return no
    match resource["resourceType"]:
        case "Patient":
            return registering.register(writing, resource)
        case "Consent":
            return consenting.give(writing, resource)
        case "Task":
            return referring.send(writing, resource)
    return create_all(writing, [resource])[0]


# Types that need more than to be judged and stored.
ALONE = frozenset({"Patient", "Consent", "Task"})


def create_all(writing: Writing, resources: Sequence[dict[str, Any]]) -> list[Row | Refused]:
    """Store resources, of no type that is dealt with alone; each its row, or why not."""
    refused = [refusal(writing, each) or answers.wrong(writing, each) for each in resources]
    right = [each for each, no in zip(resources, refused, strict=True) if no is None]
    stored = zip(right, writing.add_all(right), strict=True)
    return [_completed(writing, *next(stored)) if no is None else no for no in refused]


def _completed(writing: Writing, resource: dict[str, Any], stored: Row | Refused) -> Row | Refused:
    """What was stored, once the alerts are raised that it asks for."""
    if isinstance(stored, Refused) or stored.type != "QuestionnaireResponse":
        return stored
    return alerting.raise_for(writing, resource) or stored


def refusal(writing: Writing, resource: dict[str, Any]) -> Refused | None:
    """Why this writer may not write this resource, whatever its type needs besides."""
    problems = may_not_write(writing.requester, resource["resourceType"])
    problems += _of_another(writing.requester, resource)
    problems += _recorded_by_another(writing, resource)
    problems += misnamed(writing.connection, resource)
    return Refused(tuple(problems)) if problems else None


def may_not_write(requester: Requester, type_: str) -> list[Problem]:
    """Why this requester may not create the type at all; empty where it may."""
    if type_ in ("Organization", "AuditEvent"):
        return [Problem(Kind.FORBIDDEN, "is written by the operator only", type_)]
    match requester.role:
        case Role.OFFICER:
            allowed = type_ == "Questionnaire"
        case Role.PORTAL:
            allowed = type_ == ("Consent" if requester.patient else "Patient")
        case Role.SERVICE:
            allowed = type_ != "Questionnaire"
    if allowed:
        return []
    return [Problem(Kind.FORBIDDEN, f"a {requester.role.value} does not write this type", type_)]


def _of_another(requester: Requester, resource: dict[str, Any]) -> list[Problem]:
    """A directory entry is about the writer's own organisation."""
    type_ = resource["resourceType"]
    element = BELONGS_TO.get(type_)
    if element is None:
        return []
    named = resource.get(element)
    if named is None:
        missing = Problem(Kind.RULE, "must be your own organisation", f"{type_}.{element}")
        return [missing] if type_ in MUST_BELONG else []
    is_own = named.get("reference") == requester.organization
    if "reference" not in named:
        identifier = named.get("identifier", {})
        is_own = (identifier.get("system"), identifier.get("value")) == (ODS, requester.ods)
    if is_own:
        return []
    text = "must be your own organisation, by its id here or its ODS code"
    return [Problem(Kind.FORBIDDEN, text, f"{type_}.{element}")]


def _recorded_by_another(writing: Writing, resource: dict[str, Any]) -> list[Problem]:
    """The recording organisation that a resource names must be the sender's own."""
    return [
        Problem(Kind.RULE, "must be the sender's own ODS code", f"{path}.identifier")
        for path, reference in walk({"extension": _recordings(resource)})
        if reference.get("identifier", {}).get("value") != writing.requester.ods
    ]


def _recordings(resource: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in resource.get("extension", []) if each.get("url") == RECORDING]
