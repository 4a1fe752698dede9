"""Who works with the person: exactly one coordinator, in the right place, and both sides."""

from __future__ import annotations

from collections.abc import Iterator

import fhir_profiles
from mappings.care_plan_codes import CARE_TEAM, COORDINATOR, NEED, code_of, codes_in
from mappings.care_plan_lead import WHO_LEADS, lead_for
from mappings.care_plan_view import View
from mappings.linked import Resource
from mappings.systems import SNOMED

CARERS = ("carer", "young-carer")
CARER_ASSESSMENT = (SNOMED, "790101000000103")


def judge(view: View) -> Iterator[tuple[str, str]]:
    """(rule, place) for what the care team lacks."""
    if not view.unseen("careTeam"):
        yield from _coordinator(view)
        yield from _both_sides(view)
        if view.named("careTeam") and not any(one.get("telecom") for one in view.named("careTeam")):
            yield "no-contact-point", f"{view.place_of(view.named('careTeam')[0])}.telecom"
    carers = [place for place, one in view.participants if _is_carer(view, one)]
    if carers and CARER_ASSESSMENT not in view.acts and not view.unseen("activity"):
        yield "carer-not-offered", view.path("activity")


def _coordinator(view: View) -> Iterator[tuple[str, str]]:
    current = [
        (place, one)
        for place, one in view.participants
        if code_of(one.get("role"), SNOMED) == COORDINATOR and _is_current(view, one)
    ]
    lead = lead_for(view.needs)
    if not current:
        yield "no-coordinator", view.path("careTeam")
        if lead is not None:
            yield lead.nobody, view.path("careTeam")
    for place, _ in current[1:]:
        yield "several-coordinators", place
    for place, one in current:
        if not _has_name(view, one.get("member") or {}):
            yield "unnamed-coordinator", f"{place}.member"
    for place, one in current[:1]:
        if lead is not None and _service(view, one) not in lead.services:
            yield lead.elsewhere, f"{place}.onBehalfOf"


def _both_sides(view: View) -> Iterator[tuple[str, str]]:
    """Where the person has needs on both sides, both are in the team."""
    domains = fhir_profiles.load(WHO_LEADS)["domains"]
    needs = {code_of(one.get("category"), NEED) for one in view.needs}
    services = {_service(view, one) for _, one in view.participants}
    if all(needs & set(domain["needs"]) for domain in domains.values()):
        for rule, name in SIDES.items():
            if not services & set(domains[name]["services"]):
                yield rule, _team_place(view)


SIDES = {"no-mental-health-member": "mental-health", "no-substance-member": "substance"}


def _team_place(view: View) -> str:
    teams = view.named("careTeam")
    return f"{view.place_of(teams[0])}.participant" if teams else view.path("careTeam")


def _is_current(view: View, participant: Resource) -> bool:
    period = participant.get("period") or {}
    start, end = str(period.get("start", ""))[:10], str(period.get("end", ""))[:10]
    if end and (not view.today or end < view.today[: len(end)]):
        return False
    return not (start and view.today and start > view.today)


def _has_name(view: View, member: Resource) -> bool:
    """Whether the member, or the practitioner behind the role, has a name or cannot be seen."""
    if str(member.get("display", "")).strip():
        return True
    found = view.linked.at(member)
    if found is None:
        return "reference" in member
    if found.get("resourceType") == "PractitionerRole":
        return _has_name(view, found.get("practitioner") or {})
    return bool(found.get("name"))


def _service(view: View, participant: Resource) -> str:
    """The kind of service, as the role says it, or the type of the Organization."""
    stated = code_of(participant.get("role"), CARE_TEAM)
    if stated:
        return stated
    behind = participant.get("onBehalfOf") or participant.get("member")
    return code_of((view.linked.at(behind) or {}).get("type"), CARE_TEAM)


def _is_carer(view: View, participant: Resource) -> bool:
    related = view.linked.at(participant.get("member")) or {}
    roles = codes_in(participant.get("role")) | codes_in(related.get("relationship"))
    return any((CARE_TEAM, code) in roles for code in CARERS)
