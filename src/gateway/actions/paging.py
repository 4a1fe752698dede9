"""One page of the matches of a plan, their number, and where the next page starts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.actions.asking.parts import Plan
from gateway.actions.finding import Finding, Seen
from gateway.actions.ranking import comes_after, in_order, order_of
from gateway.actions.sighting import Sight
from gateway.fhir.matching import Test
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.types import DIRECTORY
from gateway.storage import searching
from gateway.storage.conditions import MaySeemOlder
from gateway.storage.predicate_sql import Sql
from gateway.storage.resources import Row
from gateway.storage.searching import AS_STORED, Criteria, Order, Page, Place

CHANGE = "_lastUpdated"
MOST = 5_000  # resources that are opened to answer one search
TOO_MANY = Problem(
    Kind.PARAMETER,
    f"would look into more than {MOST} resources; ask for a shorter time, a code or a status too",
)


@dataclass(frozen=True, slots=True)
class Matches:
    """`total` None: not told; `following` None: there is no more."""

    seen: list[Seen]
    total: int | None
    following: Place | None = None


def page_of(finding: Finding, plan: Plan) -> Matches | Refused:
    """The page that the plan asks for."""
    criteria = plan.criteria
    if criteria is None:
        return Matches([], 0 if plan.total or plan.counted else None)
    sight = finding.sight(criteria)
    order = order_of(criteria.type, plan.order) if plan.order else AS_STORED
    if order is None or not _says_all(finding, plan, criteria, sight):
        return _of_views(finding, plan, criteria, sight)
    if plan.counted:
        visible = finding.gate.releasable(criteria, sight)
        return Matches([], searching.count(finding.gate.connection, criteria, visible))
    return _of_rows(finding, plan, criteria, sight, order)


def _says_all(finding: Finding, plan: Plan, criteria: Criteria, sight: Sight) -> bool:
    """Whether the database can answer alone: nothing has to be read in what is released."""
    if any(not isinstance(c, Test) or c.parameter.name != CHANGE for c in plan.clauses):
        return False
    if any(isinstance(c, Test) and c.modifier for c in plan.clauses):
        return False
    if not plan.clauses and all(each.parameter.name != CHANGE for each in plan.order):
        return True
    older = (*plan.certain.conditions, MaySeemOlder(finding.people.organization))
    asked = replace(plan.certain, conditions=older)
    return not searching.exists(finding.gate.connection, asked, sight.visible)


def _of_rows(
    finding: Finding, plan: Plan, criteria: Criteria, sight: Sight, order: Order
) -> Matches:
    """What the database answers alone; a whole first page needs no second question."""
    found = _ranked(finding, criteria, sight.visible, plan, order)
    seen = finding.of_rows(criteria, [row for row, _ in found[: plan.page.count]], sight)
    is_all = len(found) <= plan.page.count and len(seen) == len(found)
    if is_all and plan.page.after is None:
        return Matches(seen, len(seen) if plan.total else None)
    visible = finding.gate.releasable(criteria, sight)
    if visible is not sight.visible:
        found = _ranked(finding, criteria, visible, plan, order)
        seen = finding.of_rows(criteria, [row for row, _ in found[: plan.page.count]], sight)
    total = searching.count(finding.gate.connection, criteria, visible) if plan.total else None
    more = len(found) > plan.page.count
    return Matches(seen, total, found[plan.page.count - 1][1] if more else None)


def _ranked(
    finding: Finding, criteria: Criteria, visible: Sql, plan: Plan, order: Order
) -> list[tuple[Row, Place]]:
    one_more = Page(plan.page.after, plan.page.count + 1)
    return searching.ranked(finding.gate.connection, criteria, visible, one_more, order)


def _of_views(finding: Finding, plan: Plan, criteria: Criteria, sight: Sight) -> Matches | Refused:
    """What is released of everything that may match, held against the plan."""
    # INVARIANT: how many are too many is told by what may be seen, never by what is only indexed.
    counted = criteria if criteria.type in DIRECTORY else plan.certain
    if searching.count(finding.gate.connection, counted, sight.visible) > MOST:
        return Refused((TOO_MANY,))
    seen = finding.kept(criteria.type, plan.clauses, finding.released(criteria, sight))
    total = len(seen) if plan.total or plan.counted else None
    if plan.counted:
        return Matches([], total)
    placed = in_order(seen, plan.order)
    after = plan.page.after
    if after is not None:
        placed = [each for each in placed if comes_after(each[1], after, plan.order)]
    here = placed[: plan.page.count]
    more = len(placed) > len(here)
    return Matches([each for each, _ in here], total, here[-1][1] if more else None)
