"""The CarePlan itself and its crisis part, both ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mappings import (
    care_plan_activities,
    care_plan_agreement,
    care_plan_assessments,
    care_plan_support,
    parties,
)
from mappings.care_plan_codes import (
    CRISIS_PLAN,
    CRISIS_TYPE,
    FAMILY,
    FAMILY_REASON,
    MENTAL_HEALTH_PLAN,
    PLAN,
    PLAN_TYPE,
    PROFILE,
    RESTRICTED,
    REVIEW_DATE,
    code_of,
    concept,
)
from mappings.care_plan_held import NO_COLUMN, Held, unsayable
from mappings.care_plan_made import Json, Making
from mappings.linked import Resource
from mappings.moments import dated, flat_in
from mappings.systems import SDS_USER, SNOMED
from mappings.verdict import Entry

META = {"profile": [PROFILE], **RESTRICTED}
BOOLEAN = "valueBoolean"


def plan(
    making: Making,
    goals: Iterable[Entry],
    findings: Iterable[Entry],
    team: Iterable[Entry],
    needs: Iterable[Entry],
    tasks: Iterable[Entry],
) -> Entry:
    """The CarePlan. What matters to the person and what they want stand before their needs."""
    activities = care_plan_activities.write(making, "activities")
    listed = {
        "goal": _references(goals),
        "supportingInfo": [*_references(findings), *care_plan_support.write(making)],
        "careTeam": _references(team),
        "addresses": _references(needs),
        "activity": activities + [{"reference": one} for one in _references(tasks)],
    }
    body = {
        **_head(making, "", [*_extensions(making)]),
        "category": [
            concept((SNOMED, PLAN)),
            concept((SNOMED, MENTAL_HEALTH_PLAN)),
            concept((PLAN_TYPE, making.text("plan_type"))),
        ],
        **_optional(making),
        **{element: found for element, found in listed.items() if found},
    }
    return making.entry("CarePlan", "plan", body)


def crisis(making: Making) -> Iterator[Entry]:
    """The crisis part, where there is one."""
    if text := making.text("crisis_plan"):
        body = {
            **_head(making, "crisis_", []),
            "partOf": [making.refer("CarePlan", "plan")],
            "category": [concept((SNOMED, CRISIS_PLAN)), concept((PLAN_TYPE, CRISIS_TYPE))],
            "description": text,
        }
        if activities := care_plan_activities.write(making, "crisis_activities"):
            body["activity"] = activities
        yield making.entry("CarePlan", "crisis", body)


def read(held: Held, patient: Resource) -> dict[str, str]:
    """The cells of the plan's own elements, and of what it rests on; other elements are refused."""
    resource = held.plan
    for element in unsayable(resource, held.crisis):
        held.refuse(f"CarePlan.{element}", NO_COLUMN)
    period, family = resource.get("period") or {}, parties.extension(resource, FAMILY, BOOLEAN)
    return {
        "nhs_number": parties.number_of(patient),
        "birth_date": str(patient.get("birthDate", "")),
        "recorded_at": flat_in(resource, "created"),
        "organization_ods": parties.recorded_by(resource),
        "practitioner_id": parties.identified(resource.get("author"), SDS_USER),
        "plan_status": str(resource.get("status", "")),
        "plan_type": code_of(resource.get("category"), PLAN_TYPE),
        "plan_from": str(period.get("start", "")),
        "plan_to": str(period.get("end", "")),
        "what_matters": str(resource.get("description", "")),
        "family_involved": "" if family is None else "ny"[bool(family)],
        "family_not_involved_reason": str(
            parties.extension(resource, FAMILY_REASON, "valueString") or ""
        ),
        "safety_formulation": _note(held),
        "crisis_plan": str(held.crisis.get("description", "")),
        **_findings(held),
    }


def _head(making: Making, prefix: str, extensions: list[Json]) -> Json:
    """What the plan and its crisis part share."""
    return {
        "meta": META if not prefix else RESTRICTED,
        "extension": [
            parties.recording_organization(making.plan.organization),
            *extensions,
            *care_plan_agreement.not_agreed(making, prefix),
        ],
        "status": making.plan.status,
        "intent": "plan",
        "subject": making.subject,
        **dated("created", making.plan.recorded_at),
        "author": making.author,
    }


def _extensions(making: Making) -> Iterator[Json]:
    if on := making.text("review_on"):
        yield {"url": REVIEW_DATE, "valueDate": on}
    if family := making.text("family_involved"):
        yield {"url": FAMILY, BOOLEAN: family == "y"}
    if reason := making.text("family_not_involved_reason"):
        yield {"url": FAMILY_REASON, "valueString": reason}


def _optional(making: Making) -> Json:
    body: Json = {}
    if text := making.text("what_matters"):
        body["description"] = text
    ends = {"start": making.text("plan_from"), "end": making.text("plan_to")}
    if any(ends.values()):
        body["period"] = {end: day for end, day in ends.items() if day}
    if text := making.text("safety_formulation"):
        body["note"] = [{"text": text}]
    return body


def _references(entries: Iterable[Entry]) -> list[Json]:
    return [{"reference": entry.full_url} for entry in entries]


def _note(held: Held) -> str:
    notes = held.plan.get("note", ())
    if len(notes) > 1:
        held.refuse("CarePlan.note", NO_COLUMN)
    return str(notes[0].get("text", "")) if notes else ""


def _findings(held: Held) -> dict[str, str]:
    """The cells of what the plan rests on; a second answer to one question is refused."""
    record: dict[str, str] = {}
    for index, reference in enumerate(held.plan.get("supportingInfo", ())):
        where = f"CarePlan.supportingInfo[{index}]"
        found = held.linked.at(reference)
        cells = (
            care_plan_support.read(held, where, reference)
            if found is None
            else care_plan_assessments.read(held, where, found)
        )
        if cells.keys() & record.keys():
            held.refuse(where, NO_COLUMN)
        record |= cells
    return record
