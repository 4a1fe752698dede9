"""The log as AuditEvents: all of it for officers, a person's part for the person, and for a service
what it was itself permitted to read."""

from __future__ import annotations

from urllib.parse import urlencode

from gateway.actions.answer import Answer, refused
from gateway.actions.asking import Query
from gateway.actions.audit_events_asked import asked_of
from gateway.actions.audit_events_told import bodies, may_read, whose
from gateway.actions.cursor import cursor
from gateway.actions.found import Found
from gateway.actions.gate import Gate
from gateway.actions.looking import ABSENT
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Refused, operation_outcome
from gateway.storage.predicate_sql import Sql, sql_and


def read(gate: Gate, id_: str) -> Found:
    """One AuditEvent, where this requester may read it."""
    seen = bodies(gate, sql_and(may_read(gate), Sql("a.id = ?", (id_,))), 1)
    if not seen:
        return Found(refused(ABSENT), (f"AuditEvent/{id_}",))
    return Found(Answer(200, encode(seen[0][1])), (f"AuditEvent/{id_}",))


def search(gate: Gate, query: Query) -> Found:
    """AuditEvents, newest first. Knows date, entity, patient, patient.identifier, agent, outcome,
    purpose(:not)."""
    asked = asked_of(gate, query)
    if isinstance(asked, Refused):
        return Found(refused(*asked.problems))
    wanted = sql_and(may_read(gate), *asked.wanted)
    total = _count(gate, wanted)
    base = f"{gate.installation.base_url}/fhir/AuditEvent"
    bundle: dict[str, object] = {"resourceType": "Bundle", "type": "searchset", "total": total}
    links = [{"relation": "self", "url": _url(base, asked.shown)}]
    seen: list[tuple[tuple[int, str], dict[str, object]]] = []
    if not asked.counted and asked.count:
        seen = bodies(gate, sql_and(wanted, asked.after), asked.count + 1)
        if len(seen) > asked.count:
            seen = seen[: asked.count]
            following = cursor(gate.installation.keys, whose(gate), seen[-1][0])
            after = [*asked.shown, ("_cursor", following)]
            links.append({"relation": "next", "url": _url(base, after)})
    bundle["link"] = links
    entries: list[dict[str, object]] = [
        {"fullUrl": f"{base}/{body['id']}", "resource": body, "search": {"mode": "match"}}
        for _, body in seen
    ]
    if asked.notes and not asked.counted:
        noted = operation_outcome(asked.notes)
        entries.append({"resource": noted, "search": {"mode": "outcome"}})
    if entries:
        bundle["entry"] = entries
    return Found(Answer(200, encode(bundle)), tuple(asked.named))


def _count(gate: Gate, wanted: Sql) -> int:
    row = gate.connection.execute(
        f"SELECT count(*) FROM audit a WHERE {wanted.text}", wanted.values
    ).fetchone()
    return int(row[0])


def _url(base: str, asked: list[tuple[str, str]]) -> str:
    return f"{base}?{urlencode(asked, safe=',|/:$')}" if asked else base
