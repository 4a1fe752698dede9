"""Patient/[id]/$everything: all that the requester may see of a person, page by page.

Each type is looked up as a search for it would, through the same gate; the pages are counted by
what is released, so that nothing of what is withheld shows in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from consent import elements
from consent.dates import interval_of
from gateway.actions import logged, remembering
from gateway.actions.answer import Answer, refused
from gateway.actions.asking.parts import Part, Plan
from gateway.actions.asking.people import People
from gateway.actions.cursor import place_of
from gateway.actions.everything_query import Query, Wanted, wanted
from gateway.actions.finding import Finding, Seen
from gateway.actions.found import Found
from gateway.actions.gate import Gate
from gateway.actions.paging import Matches
from gateway.actions.searchset import searchset
from gateway.actions.served import SCOPE
from gateway.actions.serving import Serving
from gateway.auth.requester import Requester
from gateway.fhir.dates import microseconds
from gateway.fhir.matching import held
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.search_parameters import parameters
from gateway.storage import searching
from gateway.storage.searching import AS_STORED, Criteria, Page, Place

NAME = "$everything"
AT_ONCE = 100  # rows of a type that are looked at in one step
OF_THE_RECORD = (
    "_lastUpdated",
    "recorded-date",
    "recorded",
)  # when it was written, not when it was
NO_CURSOR = Problem(Kind.PARAMETER, "must be the one of a page link", "_cursor")


class Everything(Serving):
    """The operation $everything, of one Patient."""

    async def everything(self, requester: Requester, id_: str, query: Query | Refused) -> Answer:
        """A searchset of the person's record as the requester may see it; 404 for a Patient that
        is not the requester's own."""
        asked = f"{logged.about('Patient', id_)}/{NAME}"
        request = self._request(requester, "operation", asked)
        if not requester.may("r", "Patient"):
            return await self._refuse(request, Problem(Kind.FORBIDDEN, SCOPE, "Patient"))
        what = query if isinstance(query, Refused) else wanted(query, self.limits)
        if isinstance(what, Refused):
            return await self._refuse(request, *what.problems)
        found = await self._seen(request, lambda gate: _found(gate, id_, what), long=True)
        return await self._record(request, found)


def _found(gate: Gate, id_: str, what: Wanted) -> Found:
    patient = remembering.current(gate, "Patient", id_)
    if patient.answer.status != 200:
        return patient
    finding = Finding(gate, People(gate.installation, gate.connection, gate.requester))
    plan = _plan(finding, id_, what)
    place = place_of(gate.installation.keys, plan.about, what.cursor) if what.cursor else None
    if what.cursor and place is None:
        return Found(refused(NO_CURSOR), patient.entities, patient.consents, patient.persons)
    matches = _Record(finding, id_, what).page(place)
    along = list(_along(finding, what, matches.seen))
    answer = searchset(gate.installation, f"Patient/{id_}/{NAME}", plan, matches, along)
    entities = tuple(each.reference for each in (*matches.seen, *along))
    consents = tuple(dict.fromkeys((*patient.consents, *finding.consents)))
    return Found(answer, (*patient.entities, *entities), consents, finding.persons)


def _plan(finding: Finding, id_: str, what: Wanted) -> Plan:
    """What the searchset says of the question; a cursor is sealed with who asks about whom."""
    about = f"{finding.people.organization}\0Patient/{id_}/{NAME}"
    nothing, page = Criteria("Patient"), Page(None, what.count)
    return Plan(None, nothing, (), (), page, what.asked, about, what.cursor)


@dataclass(slots=True)
class _Record:
    """The record of one person, read step by step until a page is full."""

    finding: Finding
    patient: str
    what: Wanted
    _identities: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._identities = tuple(sorted(self.finding.people.meant([self.patient])))

    def page(self, place: Place | None) -> Matches:
        """The page after the resource that a place names ("Type/id"), or the first."""
        count = self.what.count
        found: list[Seen] = []
        for seen in self._after(place):
            if len(found) == count:
                return Matches(found, None, (found[-1].reference,))
            found.append(seen)
        return Matches(found, None)

    def _after(self, place: Place | None) -> Iterator[Seen]:
        type_, _, id_ = str(place[0]).partition("/") if place else ("", "", "")
        types = self.what.types
        for each in types[types.index(type_) if type_ in types else 0 :]:
            if not self.finding.gate.requester.may("r", each):
                continue
            connection = self.finding.gate.connection
            start = searching.stored_place(connection, each, id_) if each == type_ else None
            yield from self._of_type(each, start)

    def _of_type(self, type_: str, after: Place | None) -> Iterator[Seen]:
        criteria = Criteria(type_, self._identities, anywhere=True)
        if type_ == "Patient":
            criteria = Criteria(type_, ids=(self.patient,))
        sight = self.finding.sight(criteria)
        while True:
            self.finding.gate.in_time()
            page = Page(after, AT_ONCE)
            connection = self.finding.gate.connection
            step = searching.ranked(connection, criteria, sight.visible, page, AS_STORED)
            rows = [row for row, _ in step]
            yield from filter(self._is_asked, self.finding.of_rows(criteria, rows, sight))
            if len(step) < AT_ONCE:
                return
            after = step[-1][1]

    def _is_asked(self, seen: Seen) -> bool:
        if self.what.since is not None and seen.released.updated < self.what.since:
            return False
        return not self.what.is_timed or _is_of_the_time(seen, self.what)


def _is_of_the_time(seen: Seen, what: Wanted) -> bool:
    """Whether any of the dates that it is about is within; what is about no date is always."""
    dates = [
        times
        for parameter in parameters(seen.type).values()
        if parameter.kind == "date" and parameter.name not in OF_THE_RECORD
        for value in held(parameter, seen.tree)
        if (times := interval_of(value)) is not None
    ]
    return not dates or any(
        (what.start is None or microseconds(last) >= what.start)
        and (what.end is None or microseconds(first) <= what.end)
        for first, last in dates
    )


def _along(finding: Finding, what: Wanted, seen: Sequence[Seen]) -> Iterator[Seen]:
    """The directory's entries that the page names."""
    literals = (
        elements.literal(each.get("reference"))
        for one in seen
        for _, each in elements.references(one.tree)
    )
    named = frozenset(one for one in literals if one is not None)
    for type_ in sorted({one.partition("/")[0] for one in named} & what.along):
        if finding.gate.requester.may("r", type_):
            found = finding.named(type_, named, Part())
            yield from sorted(found, key=lambda each: each.reference)
