"""Whether a service leads a person's care, by its own view of the plan: their one coordinator works
there; or, where none is named, it is of a kind that should lead with such needs
(`who_leads.json`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from consent.dates import interval_of
from gateway.actions.directory import Organization, organization_named
from gateway.actions.releasing import tree, whole
from gateway.actions.writing import Writing
from gateway.fhir.references import local
from gateway.storage import concerned, searching
from gateway.storage.resources import Row
from gateway.storage.searching import ALL, Criteria, Page
from mappings.care_plan_codes import CARE_TEAM, COORDINATOR, code_of
from mappings.care_plan_lead import lead_for
from mappings.systems import SNOMED

Json = dict[str, Any]


def leads(own: Writing, task: Row) -> bool:
    """Whether the service of `own` leads the care of those whom a Task concerns."""
    linked = concerned.of_resources(own.connection, "Task", (task.id,))
    about = Criteria("CarePlan", tuple(one.id for one in linked))
    plans = (plan for plan in _seen(own, about) if plan["status"] == "active")
    return any(_leads(own, plan) for plan in plans)


def _leads(own: Writing, plan: Json) -> bool:
    found = tuple(coordinators(own, plan))
    if not found:
        return _should_lead(own, plan)
    return any(one is not None and one.id == own.organization for one in found)


def _should_lead(own: Writing, plan: Json) -> bool:
    """Whether the service is of a kind that should lead, by the needs of the plan that it sees."""
    named = (local(each.get("reference", "")) for each in plan.get("addresses", ()))
    ids = tuple(key[1] for key in named if key is not None and key[0] == "Condition")
    lead = lead_for(_seen(own, Criteria("Condition", ids=ids))) if ids else None
    row = searching.current(own.connection, "Organization", own.organization)
    if lead is None or row is None:
        return False
    entry = whole(row, own.installation.resources.opened(row))
    return code_of(entry.get("type"), CARE_TEAM) in lead.services


def coordinators(own: Writing, plan: Json) -> Iterator[Organization | None]:
    """For each who coordinates a plan now, by the teams of it that the service of `own` sees: where
    they work, if that is registered here."""
    named = (local(each.get("reference", "")) for each in plan.get("careTeam", ()))
    teams = (key[1] for key in named if key is not None and key[0] == "CareTeam")
    for id_ in teams:
        for team in _seen(own, Criteria("CareTeam", ids=(id_,))):
            for participant in team.get("participant", ()):
                if _coordinates(own, participant):
                    yield _service(own, participant)


def _seen(own: Writing, criteria: Criteria) -> Iterator[Json]:
    """What the service has of these, as it has them."""
    gate = own.gate
    sight = gate.sight(criteria)
    rows = searching.rows(own.connection, criteria, sight.visible, Page(None, ALL))
    return (tree(each.body) for each in gate.released(rows, sight))


def _coordinates(own: Writing, participant: Json) -> bool:
    """Whether it is the coordinator, now."""
    if code_of(participant.get("role"), SNOMED) != COORDINATOR:
        return False
    period = interval_of(participant["period"]) if "period" in participant else None
    return period is None or period[0] <= own.now <= period[1]


def _service(own: Writing, participant: Json) -> Organization | None:
    works_for = participant.get("onBehalfOf") or participant.get("member") or {}
    return organization_named(own.connection, works_for)
