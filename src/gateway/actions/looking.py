"""The path of a read, which everything else copies.

1. the query becomes a plan, or a refusal; 2. one snapshot is opened; 3. the consents of everyone
the rows concern are read in it and compiled; 4. one query answers plan AND consent; 5. the audit
row is made durable; 6. the bytes leave.
"""

from __future__ import annotations

from gateway.actions.answer import of_one, refused
from gateway.actions.asking import Asking, Query
from gateway.actions.asking.people import People
from gateway.actions.finding import Finding
from gateway.actions.found import Found
from gateway.actions.gate import Gate
from gateway.actions.including import included
from gateway.actions.paging import page_of
from gateway.actions.searchset import searchset
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.storage import searching
from gateway.storage.searching import Criteria

ABSENT = Problem(Kind.ABSENT, "There is no such resource here, or none that you may see.")


def read(gate: Gate, type_: str, id_: str) -> Found:
    """The resource as the requester may have it; the one constant 404 otherwise."""
    criteria = Criteria(type_, ids=(id_,))
    sight = gate.sight(criteria)
    row = searching.current(gate.connection, type_, id_, sight.visible)
    seen = gate.released([row], sight) if row is not None else []
    asked = (f"{type_}/{id_}",)
    if not seen:
        return Found(refused(ABSENT), asked, sight.consents, sight.persons)
    return Found(of_one(seen[0], 200), asked, sight.consents, sight.persons)


def search(gate: Gate, type_: str, query: Query, *, lenient: bool = False) -> Found:
    """A searchset of what is asked for and may be seen."""
    finding = Finding(gate, People(gate.installation, gate.connection, gate.requester))
    asking = Asking(gate.installation, gate.connection, gate.requester, gate.now, finding.sees)
    plan = asking.plan(type_, query, lenient=lenient)
    if isinstance(plan, Refused):
        return Found(refused(*plan.problems))
    matches = page_of(finding, plan)
    if isinstance(matches, Refused):
        return Found(refused(*matches.problems), (), tuple(finding.consents), finding.persons)
    most = gate.installation.limits.longest_page
    along, more = included(finding, plan.inclusions, matches.seen, most)
    answer = searchset(gate.installation, type_, plan, matches, along, more_along=more)
    entities = tuple(each.reference for each in (*matches.seen, *along))
    return Found(answer, entities, tuple(finding.consents), finding.persons)
