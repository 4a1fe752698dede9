"""That the plan, and its crisis part, were agreed with the person, both ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mappings.care_plan_codes import CARE_PLAN, CARE_TEAM, NOT_AGREED, code_of, concept, ours
from mappings.care_plan_held import NO_COLUMN, Held, first, text_of
from mappings.care_plan_made import Json, Making
from mappings.linked import Resource
from mappings.moments import dated, flat_in
from mappings.verdict import Entry

AGREED = "agreed"
PARTS = {"plan": "", "crisis": "crisis_"}


def write(making: Making) -> Iterator[Entry]:
    """The representative where there is one, and a Provenance for each part that was agreed."""
    if name := making.text("representative_name"):
        body = {
            "patient": making.subject,
            "relationship": [concept((CARE_TEAM, "representative"))],
            "name": [{"text": name}],
        }
        yield making.entry("RelatedPerson", "representative", body)
    for part, prefix in PARTS.items():
        if moment := making.plan.moments.get(f"{prefix}agreed_at"):
            body = {
                "target": [making.refer("CarePlan", part)],
                **dated("recorded", moment),
                "activity": ours(AGREED),
                **_agent(making, making.text(f"{prefix}agreed_by")),
            }
            yield making.provenance(f"{part}-agreed", body)


def not_agreed(making: Making, prefix: str) -> list[Json]:
    """The extension that says why a part is not agreed yet."""
    reason = making.text(f"{prefix}not_agreed_reason")
    return [{"url": NOT_AGREED, "valueString": reason}] if reason else []


def read(held: Held) -> dict[str, str]:
    """Who agreed to the plan and to its crisis part, when, or why not yet."""
    plan = _read(held, "", held.plan, held.addresses)
    return plan | _read(held, "crisis_", held.crisis, held.crisis_addresses)


def is_agreement(provenance: Resource) -> bool:
    return code_of(provenance.get("activity"), CARE_PLAN) == AGREED


def _agent(making: Making, by: str) -> Json:
    if by == "person":
        return {"agent": [{"who": making.subject}]}
    who = making.refer("RelatedPerson", "representative")
    authority = {"display": making.text("representative_authority")}
    return {
        "agent": [{"who": who, "onBehalfOf": making.subject}],
        "entity": [{"role": "source", "what": authority}],
    }


def _read(held: Held, prefix: str, plan: Resource, addresses: Iterable[str]) -> dict[str, str]:
    record: dict[str, str] = {}
    agreements = [one for one in held.about(addresses, "Provenance") if is_agreement(one)]
    for provenance in agreements:
        if len(agreements) > 1:
            held.refuse("Provenance.target", NO_COLUMN)
        agent = first(provenance, "agent")
        related = held.linked.at(agent.get("who"))
        by_another = related is not None and related.get("resourceType") == "RelatedPerson"
        record[f"{prefix}agreed_at"] = flat_in(provenance, "recorded")
        record[f"{prefix}agreed_by"] = "representative" if by_another else "person"
        if by_another and related is not None:
            what = first(provenance, "entity").get("what") or {}
            record["representative_name"] = text_of(first(related, "name"))
            record["representative_authority"] = str(what.get("display", ""))
    if reason := next(_reasons(plan), ""):
        record[f"{prefix}not_agreed_reason"] = reason
    return record


def _reasons(plan: Resource) -> Iterator[str]:
    for held in plan.get("extension", ()):
        if held.get("url") == NOT_AGREED:
            yield str(held.get("valueString", ""))
