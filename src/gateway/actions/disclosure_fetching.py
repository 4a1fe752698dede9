"""The recipient fetches what was released to it without consent: exactly that list, once."""

from __future__ import annotations

from typing import Any

from gateway.actions.answer import Answer
from gateway.actions.gate import Gate
from gateway.actions.looking import ABSENT
from gateway.actions.officers import is_id
from gateway.actions.receiving import parsed
from gateway.actions.releasing import Released
from gateway.actions.served import SCOPE
from gateway.actions.serving import Serving
from gateway.actions.writing import Writing
from gateway.auth.requester import Requester, Role
from gateway.fhir.parameters import listed
from gateway.fhir.problem import Kind, Problem, Refused, refuse
from gateway.storage import disclosures, identities, searching
from gateway.storage.disclosures import Disclosure
from gateway.storage.searching import ALL, Criteria, Page
from gateway.storage.times import instant, microseconds

NAMED = "must be one, named disclosure, with the id as valueId"
FETCHED = "disclosure"  # as the log calls it
SERVICES_ONLY = Problem(Kind.FORBIDDEN, "is for the service that it was released to")


class Fetching(Serving):
    """Bundle/$disclosed."""

    async def disclosed(self, requester: Requester, body: bytes) -> Answer:
        """200 with a Bundle of the whole list, once; 404 for anything else, whatever the reason.

        It counts as fetched in the transaction that writes its row in the log: what was on its
        way when the connection broke has to be released anew.
        """
        id_ = _asked(parsed(self.installation, body))
        if isinstance(id_, Refused):
            return await self._refuse(self._request(requester, FETCHED, FETCHED), *id_.problems)

        def job(writing: Writing) -> Answer | Refused:
            if requester.role is not Role.SERVICE or requester.in_emergency:
                return Refused((SERVICES_ONLY,))
            found = disclosures.by_id(writing.connection, id_)
            return Refused((ABSENT,)) if found is None else _fetched(writing, found)

        return await self._write(self._request(requester, FETCHED, f"disclosure/{id_}"), job)


def _asked(tree: dict[str, Any] | Refused) -> str | Refused:
    """The id in the Parameters."""
    if isinstance(tree, Refused):
        return tree
    found = [each.json.get("valueId") for each in listed(tree, "parameter", "Parameters")]
    match found:
        case [str(id_)] if is_id(id_):
            return id_
    return refuse(Kind.PARAMETER, NAMED, "Parameters.parameter")


def _fetched(writing: Writing, found: Disclosure) -> Answer | Refused:
    """INVARIANT: the gate alone says what is released; all of the list, or nothing."""
    connection, asker, now = writing.connection, writing.requester, microseconds(writing.now)
    gate = Gate(writing.installation, connection, asker, writing.now, under=found.id)
    wanted = [each.reference for each in disclosures.listed(connection, found.id)]
    released = _released(gate, wanted)
    if not wanted or len(released) < len(wanted):
        return Refused((ABSENT,))
    for type_ in sorted({each.partition("/")[0] for each in wanted}):
        if not asker.may("r", type_):
            return Refused((Problem(Kind.FORBIDDEN, SCOPE, type_),))
    if not disclosures.fetch(connection, found.id, now):
        return Refused((ABSENT,))
    writing.entities += wanted
    if found.untold is None:
        about = disclosures.concerned(connection, found.id)
        writing.persons.update(identities.persons_of(connection, about))
    in_order = [released[each] for each in wanted]
    return Answer(200, _bundle(writing.installation.base_url, in_order, now))


def _released(gate: Gate, wanted: list[str]) -> dict[str, Released]:
    by_type: dict[str, list[str]] = {}
    for each in wanted:
        type_, _, id_ = each.partition("/")
        by_type.setdefault(type_, []).append(id_)
    found: dict[str, Released] = {}
    for type_, ids in by_type.items():
        criteria = Criteria(type_, ids=tuple(ids))
        sight = gate.sight(criteria)
        rows = searching.rows(gate.connection, criteria, sight.visible, Page(None, ALL))
        found |= {one.reference: one for one in gate.released(rows, sight)}
    return found


def _bundle(base_url: str, released: list[Released], now: int) -> bytes:
    """A collection of the stored bytes as they are released, in the order of the list."""
    head = f'{{"resourceType":"Bundle","type":"collection","timestamp":"{instant(now)}","entry":['
    entries = (
        b'{"fullUrl":"%s/fhir/%s","resource":%s}'
        % (base_url.encode(), one.reference.encode(), one.body)
        for one in released
    )
    return head.encode() + b",".join(entries) + b"]}"
