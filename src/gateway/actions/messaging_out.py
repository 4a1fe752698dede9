"""ServiceRequest/[id]/$message: a referral as a BaRS message, as the requester may have it.

It is made of what is released to the requester alone: the request, the Tasks for it, and what
these refer to, each through the gate as if it were read. Nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from consent import elements
from gateway.actions import logged, remembering
from gateway.actions.answer import Answer, refused
from gateway.actions.asking.parts import Part
from gateway.actions.asking.people import People
from gateway.actions.finding import Finding, Seen
from gateway.actions.found import Found
from gateway.actions.gate import Gate
from gateway.actions.releasing import tree
from gateway.actions.served import SCOPE
from gateway.actions.serving import Serving
from gateway.auth.requester import Requester
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem
from gateway.fhir.search_parameters import parameters
from gateway.fhir.types import HELD
from gateway.storage.times import instant, microseconds
from mappings import bars_out
from mappings.bars import word
from mappings.bars_out import Routing

TYPE, NAME = "ServiceRequest", "$message"
MOST = 1_000  # resources of one message
TOO_MANY = Problem(Kind.RULE, f"refers to more than {MOST} resources", TYPE)
NO_REFERRAL = Problem(Kind.RULE, word("no-referral"), TYPE)
_IGNORED = ("_format", "_pretty")
_NOT_TOLD = frozenset(
    {"AuditEvent", "Consent", "Provenance"}
)  # who agreed to what is not passed on
Json = dict[str, Any]


class MessagingOut(Serving):
    """The operation $message, of one ServiceRequest."""

    async def message(
        self, requester: Requester, id_: str, query: Sequence[tuple[str, str]]
    ) -> Answer:
        """200 with a message Bundle; 404 for a request that the requester may not see; 422 for one
        without a Task that they see."""
        request = self._request(requester, "operation", f"{logged.about(TYPE, id_)}/{NAME}")
        for type_ in (TYPE, "Task"):
            if not requester.may("r", type_):
                return await self._refuse(request, Problem(Kind.FORBIDDEN, SCOPE, type_))
        asked = [name for name, _ in query if name not in _IGNORED]
        if asked:
            words = f"is not asked of {NAME}, which takes no parameters"
            return await self._refuse(request, Problem(Kind.UNSUPPORTED, words, asked[0][:64]))
        found = await self._seen(request, lambda gate: _found(gate, id_), long=True)
        return await self._record(request, found)


def _found(gate: Gate, id_: str) -> Found:
    read = remembering.current(gate, TYPE, id_)
    about = read.answer.about
    if about is None:
        return read
    finding = Finding(gate, People(gate.installation, gate.connection, gate.requester))
    request = tree(about.body)
    tasks = _tasks(finding, about.reference)
    others = _named(finding, [request, *(tree(each.released.body) for each in tasks)])
    told = [each for each in (*others, *tasks) if each.reference != about.reference]
    problem = NO_REFERRAL if not tasks else TOO_MANY if len(told) > MOST else None
    answer = _answer(gate, about.reference, request, told) if problem is None else refused(problem)
    entities = (*read.entities, *(each.reference for each in told if problem is None))
    consents = tuple(dict.fromkeys((*read.consents, *finding.consents)))
    return Found(answer, entities, consents, read.persons | finding.persons)


def _tasks(finding: Finding, request: str) -> list[Seen]:
    """The Tasks that ask for the request; not what was raised about it."""
    found = finding.naming("Task", parameters("Task")["focus"], frozenset({request}), Part())
    return sorted(found, key=lambda each: each.reference)


def _named(finding: Finding, resources: Sequence[Json]) -> list[Seen]:
    """What they refer to, each once, in the order in which it is named."""
    references = (each for one in resources for _, each in elements.references(one))
    literals = (elements.literal(each.get("reference")) for each in references)
    named = list(dict.fromkeys(one for one in literals if one is not None))
    types = dict.fromkeys(one.partition("/")[0] for one in named)
    found: dict[str, Seen] = {}
    for type_ in _told(finding.gate.requester, types):
        found |= {each.reference: each for each in finding.named(type_, frozenset(named), Part())}
    return [found[one] for one in named if one in found and not one.startswith("Task/")]


def _told(requester: Requester, types: dict[str, None]) -> Iterator[str]:
    for type_ in types:
        if type_ in HELD - _NOT_TOLD and requester.may("r", type_):
            yield type_


def _answer(gate: Gate, request: str, body: Json, others: Sequence[Seen]) -> Answer:
    base = f"{gate.installation.base_url}/fhir"
    rest = [(f"{base}/{each.reference}", tree(each.released.body)) for each in others]
    routing = Routing(base, instant(microseconds(gate.now)))
    content = encode([body, *(each for _, each in rest)])
    message = bars_out.message(routing, [(f"{base}/{request}", body), *rest], content)
    return Answer(200, encode(message))
