"""Composition/[id]/$document: a document of the composition and what it refers to.

The composition is as the requester may have it, so it refers to nothing that is withheld; each of
the others passes the gate as if it were read. Nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from consent import elements
from gateway.actions import logged, remembering
from gateway.actions.answer import Answer, refused
from gateway.actions.asking.parts import Part
from gateway.actions.asking.people import People
from gateway.actions.finding import Finding
from gateway.actions.found import Found
from gateway.actions.gate import Gate
from gateway.actions.releasing import Released, tree
from gateway.actions.served import SCOPE
from gateway.actions.serving import Serving
from gateway.auth.requester import Requester
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem
from gateway.fhir.types import HELD
from gateway.storage.times import instant, microseconds

NAME = "$document"
MOST = 1_000  # resources of one document
NOT_STORED = "must be false: the document is given, and not stored"
TOO_MANY = Problem(Kind.RULE, f"refers to more than {MOST} resources", "Composition")
_IGNORED = ("_format", "_pretty")

Query = Sequence[tuple[str, str]]


class Documenting(Serving):
    """The operation $document, of one Composition."""

    async def document(self, requester: Requester, id_: str, query: Query) -> Answer:
        """200 with a document Bundle; 404 for a Composition that the requester may not see."""
        asked = f"{logged.about('Composition', id_)}/{NAME}"
        request = self._request(requester, "operation", asked)
        if not requester.may("r", "Composition"):
            return await self._refuse(request, Problem(Kind.FORBIDDEN, SCOPE, "Composition"))
        problems = list(_wrongs(query))
        if problems:
            return await self._refuse(request, *problems)
        own = self.new_id()
        found = await self._seen(request, lambda gate: _found(gate, id_, own), long=True)
        return await self._record(request, found)


def persisting(parameters: dict[str, Any]) -> list[tuple[str, str]]:
    """The query that a Parameters resource stands for."""
    listed = parameters.get("parameter", [])
    listed = listed if isinstance(listed, list) else [None]
    named = [each if isinstance(each, dict) else {} for each in listed]
    return [
        (str(each.get("name", "parameter")), "true" if each.get("valueBoolean") else "false")
        for each in named
    ]


def _wrongs(query: Query) -> Iterator[Problem]:
    for name, value in query:
        if name == "persist" and value != "false":
            yield Problem(Kind.UNSUPPORTED, NOT_STORED, name)
        elif name not in ("persist", *_IGNORED):
            words = "is not asked of $document; that knows persist"
            yield Problem(Kind.UNSUPPORTED, words, name[:64])


def _found(gate: Gate, id_: str, own: str) -> Found:
    composition = remembering.current(gate, "Composition", id_)
    first = composition.answer.about
    if first is None:
        return composition
    finding = Finding(gate, People(gate.installation, gate.connection, gate.requester))
    others = list(_referred(finding, first))
    persons = composition.persons | finding.persons
    consents = tuple(dict.fromkeys((*composition.consents, *finding.consents)))
    if len(others) > MOST:
        return Found(refused(TOO_MANY), composition.entities, consents, persons)
    named = tuple(each.reference for each in others)
    answer = Answer(200, _document(gate, own, [first, *others]))
    return Found(answer, (*composition.entities, *named), consents, persons)


def _referred(finding: Finding, composition: Released) -> Iterator[Released]:
    """What it refers to, each once, in the order in which it is named."""
    references = elements.references(tree(composition.body))
    literals = (elements.literal(each.get("reference")) for _, each in references)
    named = list(dict.fromkeys(one for one in literals if one is not None))
    found: dict[str, Released] = {}
    for type_ in dict.fromkeys(one.partition("/")[0] for one in named):
        if type_ in HELD - {"AuditEvent"} and finding.gate.requester.may("r", type_):
            seen = finding.named(type_, frozenset(named), Part())
            found |= {each.reference: each.released for each in seen}
    found.pop(composition.reference, None)
    yield from (found[one] for one in named if one in found)


def _document(gate: Gate, own: str, resources: Sequence[Released]) -> bytes:
    """The Bundle, of the bytes that are released."""
    head = {
        "resourceType": "Bundle",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{own}"},
        "type": "document",
        "timestamp": instant(microseconds(gate.now)),
    }
    base = f"{gate.installation.base_url}/fhir/".encode()
    entries = (
        b'{"fullUrl":"%s%s","resource":%s}' % (base, each.reference.encode(), each.body)
        for each in resources
    )
    return encode(head)[:-1] + b',"entry":[' + b",".join(entries) + b"]}"
