"""CDS Hooks, patient-consent-consult: whether others' records of a person may be read.

A service asks about itself, for its own token's purpose. What is answered is what the gate lets it
read at this moment; denied, nothing held and no such person are one answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.actions.answer import Answer
from gateway.actions.asking.people import People
from gateway.actions.consult_query import NAME, Consult, consult
from gateway.actions.everything_query import TYPES
from gateway.actions.finding import Finding
from gateway.actions.found import Found
from gateway.actions.gate import Gate
from gateway.actions.receiving import parsed
from gateway.actions.registering import NHS_NUMBER
from gateway.actions.serving import Serving
from gateway.auth.requester import Requester, Role
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.storage import searching
from gateway.storage.conditions import NotSo, WrittenBy
from gateway.storage.searching import AS_STORED, Criteria, Page

SERVICES_ONLY = Problem(Kind.FORBIDDEN, "is for services; a person reads their own record", "hook")
NOT_ITSELF = Problem(
    Kind.FORBIDDEN, "must be your own organisation: a service asks about itself", "context.actor"
)
NOT_FOR_THAT = Problem(
    Kind.FORBIDDEN, "must be the purpose that your token was given for", "context.purposeOfUse"
)
NOTHING = "No information from other services is shared with you about this person."
SOMETHING = "Information from other services is shared with you about this person."
JSON = {"Content-Type": "application/json"}
AT_ONCE = 20  # rows of a type that are opened in one step: mostly the first is released


class Consulting(Serving):
    """The service patient-consent-consult."""

    async def consult(self, requester: Requester, body: bytes) -> Answer:
        """200 with one card."""
        request = self._request(requester, "operation", NAME)
        tree = parsed(self.installation, body)
        asked = tree if isinstance(tree, Refused) else consult(tree)
        if isinstance(asked, Refused):
            return await self._refuse(request, *asked.problems)
        problem = _refusal(requester, asked)
        if problem is not None:
            return await self._refuse(request, problem)
        found = await self._seen(request, lambda gate: _found(gate, asked), long=True)
        return await self._record(request, found)


def _refusal(requester: Requester, asked: Consult) -> Problem | None:
    if requester.role is not Role.SERVICE:
        return SERVICES_ONLY
    if asked.actors is not None and requester.ods not in asked.actors:
        return NOT_ITSELF
    if asked.purposes is not None and requester.purpose not in asked.purposes:
        return NOT_FOR_THAT
    return None


def _found(gate: Gate, asked: Consult) -> Found:
    finding = Finding(gate, People(gate.installation, gate.connection, gate.requester))
    own = _own(finding, asked)
    if own is None:
        return Found(_card(gate, NOTHING))
    shared = tuple(_shared(finding, finding.people.meant([own])))
    answer = _shared_card(gate, own, shared) if shared else _card(gate, NOTHING)
    return Found(answer, (f"Patient/{own}",), tuple(finding.consents), finding.persons)


def _own(finding: Finding, asked: Consult) -> str | None:
    """The requester's own Patient of the person; None where it has none."""
    criteria = Criteria("Patient", ids=(asked.patient,) if asked.patient else None)
    if asked.patient is None:
        tokens = (f"{NHS_NUMBER}|{each}" for each in asked.numbers)
        meant = set[int]().union(*map(finding.people.by_number, tokens))
        criteria = Criteria("Patient", tuple(sorted(meant)), anywhere=True)
    visible = finding.sight(criteria).visible
    return min(searching.ids(finding.gate.connection, criteria, visible), default=None)


def _shared(finding: Finding, identities: set[int]) -> Iterator[str]:
    """The types of what others wrote about the person that the requester may read."""
    others = (NotSo(WrittenBy(finding.people.organization)),)
    about = tuple(sorted(identities))
    for type_ in TYPES:
        criteria = Criteria(type_, about, conditions=others, anywhere=True)
        if finding.gate.requester.may("r", type_) and _is_any(finding, criteria):
            yield type_


def _is_any(finding: Finding, criteria: Criteria) -> bool:
    """Whether anything is released of it: what may be seen may still need what may not."""
    sight = finding.sight(criteria)
    page = Page(None, AT_ONCE)
    while True:
        finding.gate.in_time()
        connection = finding.gate.connection
        step = searching.ranked(connection, criteria, sight.visible, page, AS_STORED)
        if finding.gate.released([row for row, _ in step], sight):
            return True
        if len(step) < AT_ONCE:
            return False
        page = Page(step[-1][1], AT_ONCE)


def _shared_card(gate: Gate, own: str, types: Sequence[str]) -> Answer:
    """What is shared, by type, and where all of it is read."""
    everything = f"{gate.installation.base_url}/fhir/Patient/{own}/$everything"
    link = {"label": "Read what is shared", "url": everything, "type": "absolute"}
    return _card(gate, SOMETHING, detail=f"Of type: {', '.join(types)}.", links=[link])


def _card(gate: Gate, summary: str, **more: object) -> Answer:
    """INVARIANT: says nothing of who asked, nor of what was asked."""
    source = {"label": "One Story", "url": gate.installation.base_url}
    card = {"summary": summary, "indicator": "info", "source": source} | more
    return Answer(200, encode({"cards": [card]}), dict(JSON))
