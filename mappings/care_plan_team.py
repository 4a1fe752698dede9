"""Who works with the person, both ways: the one coordinator, other organisations, carers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mappings import parties
from mappings.care_plan_codes import CARE_TEAM, COORDINATOR, code_of, concept
from mappings.care_plan_columns import slots
from mappings.care_plan_held import NO_COLUMN, Held, first, text_of
from mappings.care_plan_made import Json, Making
from mappings.linked import Resource
from mappings.systems import ODS, SDS_USER, SNOMED
from mappings.verdict import Entry

STATUS = {
    "draft": "proposed",
    "active": "active",
    "on-hold": "suspended",
    "completed": "inactive",
    "revoked": "inactive",
}
CARERS = {"n": "carer", "y": "young-carer", "": "carer"}


def team(making: Making) -> Iterator[Entry]:
    """The CareTeam, where anybody is named or a telephone number is given."""
    participants = [*_coordinator(making), *_members(making), *_carer_in_team(making)]
    phone = making.text("recontact_phone")
    if not (participants or phone):
        return
    body: Json = {"status": STATUS[making.plan.status], "subject": making.subject}
    if participants:
        body["participant"] = participants
    body["managingOrganization"] = [making.recorder]
    if phone:
        body["telecom"] = [{"system": "phone", "value": phone}]
    yield making.entry("CareTeam", "team", body)


def carer(making: Making) -> Iterator[Entry]:
    """The carer as a RelatedPerson."""
    if name := making.text("carer_name"):
        young = making.text("carer_young")
        relationship = [concept((CARE_TEAM, CARERS[young]))]
        body = {"patient": making.subject, "name": [{"text": name}]}
        if young:
            body = {"relationship": relationship} | body
        yield making.entry("RelatedPerson", "carer", body)


def read_team(held: Held) -> dict[str, str]:
    """Coordinator, organisations, carer and telephone number of the plan's care team."""
    record: dict[str, str] = {}
    free = iter(slots("team_#_ods"))
    for at, found in held.named("careTeam"):
        if at != "CarePlan.careTeam[0]":
            held.refuse(at, NO_COLUMN)
            continue
        record["recontact_phone"] = _phone(held, found)
        for index, participant in enumerate(found.get("participant", ())):
            where = f"CareTeam.participant[{index}]"
            part = _participant(held, participant, free, record)
            if part is None or "end" in (participant.get("period") or {}):
                held.refuse(where, NO_COLUMN)
            else:
                record |= part
    return record


def _coordinator(making: Making) -> Iterator[Json]:
    if not making.text("coordinator_name"):
        return
    participant: Json = {
        "role": [concept((SNOMED, COORDINATOR)), _service(making, "coordinator")],
        "member": _practitioner(making, "coordinator"),
        "onBehalfOf": parties.organization(making.text("coordinator_ods")),
    }
    if since := making.text("coordinator_since"):
        participant["period"] = {"start": since}
    yield participant


def _members(making: Making) -> Iterator[Json]:
    for column in slots("team_#_ods"):
        ods, stem = making.text(column), column.removesuffix("_ods")
        if not ods:
            continue
        role = {"role": [_service(making, stem)]}
        if making.text(f"{stem}_name"):
            member = _practitioner(making, stem)
            yield {**role, "member": member, "onBehalfOf": parties.organization(ods)}
        else:
            yield {**role, "member": parties.organization(ods)}


def _carer_in_team(making: Making) -> Iterator[Json]:
    if making.text("carer_name"):
        role = concept((CARE_TEAM, CARERS[making.text("carer_young")]))
        yield {"role": [role], "member": making.refer("RelatedPerson", "carer")}


def _service(making: Making, stem: str) -> Json:
    return concept((CARE_TEAM, making.text(f"{stem}_service")))


def _practitioner(making: Making, stem: str) -> Json:
    user_id = making.text(f"{stem}_id")
    known = parties.practitioner(user_id) if user_id else {"type": "Practitioner"}
    return known | {"display": making.text(f"{stem}_name")}


def _phone(held: Held, found: Resource) -> str:
    telecoms = found.get("telecom", ())
    if len(telecoms) > 1 or any(one.get("system") != "phone" for one in telecoms):
        held.refuse("CareTeam.telecom", "must be one telephone number")
    return str(telecoms[0].get("value", "")) if telecoms else ""


def _participant(
    held: Held, participant: Mapping[str, Any], free: Iterator[str], record: dict[str, str]
) -> dict[str, str] | None:
    """The cells that one participant fills, or None where there is no column for them."""
    role, member = participant.get("role"), participant.get("member") or {}
    related = held.linked.at(member)
    if related is not None and related.get("resourceType") == "RelatedPerson":
        return _carer(related) if "carer_name" not in record else None
    ods = parties.identified(participant.get("onBehalfOf") or member, ODS)
    service = code_of(role, CARE_TEAM)
    if code_of(role, SNOMED) == COORDINATOR:
        start = str((participant.get("period") or {}).get("start", ""))
        cells = _person("coordinator", member, ods, service) | {"coordinator_since": start}
        return cells if "coordinator_name" not in record else None
    stem = next(free, "").removesuffix("_ods")
    return _person(stem, member, ods, service) if stem else None


def _person(stem: str, member: Resource, ods: str, service: str) -> dict[str, str]:
    return {
        f"{stem}_ods": ods,
        f"{stem}_service": service,
        f"{stem}_name": str(member.get("display", "")),
        f"{stem}_id": parties.identified(member, SDS_USER),
    }


def _carer(related: Resource) -> dict[str, str]:
    kind = code_of(related.get("relationship"), CARE_TEAM)
    return {
        "carer_name": text_of(first(related, "name")),
        "carer_young": {"carer": "n", "young-carer": "y"}.get(kind, ""),
    }
