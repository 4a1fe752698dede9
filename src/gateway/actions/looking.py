"""The path of a read, which everything else copies.

1. the query becomes a plan, or a refusal; 2. one snapshot is opened; 3. the consents of everyone
the rows concern are read in it and compiled; 4. one query answers plan AND consent; 5. the audit
row is made durable; 6. the bytes leave.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from gateway.actions.answer import Answer, refused
from gateway.actions.asking import Asking, Plan, Query, cursor
from gateway.actions.gate import Gate
from gateway.actions.installation import Installation
from gateway.actions.releasing import Released
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.storage import searching
from gateway.storage.searching import Criteria, Page
from gateway.storage.times import moment_of

ABSENT = Problem(Kind.ABSENT, "There is no such resource here, or none that you may see.")


@dataclass(frozen=True, slots=True)
class Found:
    """An answer ready to be recorded, and what its audit row names."""

    answer: Answer
    entities: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    persons: frozenset[bytes] = frozenset()


def read(gate: Gate, type_: str, id_: str) -> Found:
    """The resource as the requester may have it; the one constant 404 otherwise."""
    criteria = Criteria(type_, ids=(id_,))
    sight = gate.sight(criteria)
    rows = searching.rows(gate.connection, criteria, sight.visible, Page(None, 1))
    seen = gate.released(rows, sight)
    asked = (f"{type_}/{id_}",)
    if not seen:
        return Found(refused(ABSENT), asked, sight.consents, sight.persons)
    return Found(of_one(seen[0], 200), asked, sight.consents, sight.persons)


def of_one(seen: Released, status: int) -> Answer:
    """One resource with its version headers."""
    return Answer(status, seen.body, version_headers(seen))


def version_headers(seen: Released) -> dict[str, str]:
    modified = moment_of(seen.updated).strftime("%a, %d %b %Y %H:%M:%S GMT")
    return {"ETag": f'W/"{seen.version}"', "Last-Modified": modified}


def search(gate: Gate, type_: str, query: Query, *, lenient: bool = False) -> Found:
    """A searchset of what is asked for and may be seen: rows, total and links from one query."""
    asking = Asking(gate.installation, gate.connection, gate.requester)
    plan = asking.plan(type_, query, lenient=lenient)
    if isinstance(plan, Refused):
        return Found(refused(*plan.problems))
    if plan.criteria is None:
        return Found(_searchset(gate.installation, type_, plan, [], 0, more=False))
    sight = gate.sight(plan.criteria)
    visible = gate.releasable(plan.criteria, sight)
    total = searching.count(gate.connection, plan.criteria, visible)
    if plan.counted:
        counted = _searchset(gate.installation, type_, plan, [], total, more=False)
        return Found(counted, (), sight.consents, sight.persons)
    one_more = Page(plan.page.after, plan.page.count + 1)
    rows = searching.rows(gate.connection, plan.criteria, visible, one_more)
    more = len(rows) > plan.page.count
    rows = rows[: plan.page.count]
    seen = gate.released(rows, sight)
    answer = _searchset(gate.installation, type_, plan, seen, total, more=more)
    entities = tuple(each.reference for each in seen)
    persons = sight.persons | searching.persons_concerned(gate.connection, rows)
    return Found(answer, entities, sight.consents, persons)


def _searchset(
    installation: Installation,
    type_: str,
    plan: Plan,
    seen: list[Released],
    total: int,
    *,
    more: bool,
) -> Answer:
    base = f"{installation.base_url}/fhir"
    links = [{"relation": "self", "url": _link(base, type_, plan)}]
    if more:
        last = seen[-1]
        after = cursor(last.updated, last.reference.partition("/")[2])
        links.append({"relation": "next", "url": _link(base, type_, plan, after)})
    head = encode({"resourceType": "Bundle", "type": "searchset", "total": total, "link": links})
    entries = b",".join(
        b'{"fullUrl":"%s/%s","resource":%s,"search":{"mode":"match"}}'
        % (base.encode(), each.reference.encode(), each.body)
        for each in seen
    )
    body = head[:-1] + (b',"entry":[' + entries + b"]}" if seen else b"}")
    return Answer(200, body)


def _link(base: str, type_: str, plan: Plan, after: str | None = None) -> str:
    asked = list(plan.asked)
    if after is not None:
        asked.append(("_cursor", after))
    return f"{base}/{type_}" + (f"?{urlencode(asked, safe=',|/:$')}" if asked else "")
