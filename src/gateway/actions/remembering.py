"""Versions on request: the one that stands, any other, those of a resource, those of a type."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from gateway.actions import looking, past
from gateway.actions.answer import Answer, of_one, refused
from gateway.actions.found import Found
from gateway.actions.gate import Gate
from gateway.actions.history_query import Cursor, Wanted, text_of
from gateway.actions.looking import ABSENT
from gateway.actions.past import Event
from gateway.actions.sighting import Sight
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem
from gateway.storage import versions
from gateway.storage.times import instant

GONE = Problem(Kind.GONE, "There was such a resource here; it has been deleted.")
AT_ONCE = 200  # versions of a type that are looked at in one step
_STATUS = {"POST": "201 Created", "PUT": "200 OK", "DELETE": "204 No Content"}


def current(gate: Gate, type_: str, id_: str) -> Found:
    """The version that stands; 410 where it was deleted and the requester could see it."""
    found = looking.read(gate, type_, id_)
    if found.answer.status == 404 and gone(gate, type_, id_):
        return replace(found, answer=refused(GONE))
    return found


def gone(gate: Gate, type_: str, id_: str) -> bool:
    """Whether it was deleted, as the requester's view of its history has it: of what they never
    saw, no end is told either."""
    _, found = _of_one(gate, type_, id_)
    return bool(found) and found[0].seen is None


def version(gate: Gate, type_: str, id_: str, wanted: str) -> Found:
    """One version of the requester's view: 410 where that says it was deleted, else 404."""
    sight, found = _of_one(gate, type_, id_)
    asked = (f"{type_}/{id_}",)
    event = next((each for each in found if each.version == wanted), None)
    if event is None:
        answer = refused(ABSENT)
    else:
        answer = refused(GONE) if event.seen is None else of_one(event.seen, 200)
    return Found(answer, asked, sight.consents, sight.persons)


def of_instance(gate: Gate, type_: str, id_: str, wanted: Wanted) -> Found:
    """The versions of one resource, newest first; 404 where the requester sees none."""
    sight, found = _of_one(gate, type_, id_)
    asked = (f"{type_}/{id_}",)
    if not found:
        return Found(refused(ABSENT), asked, sight.consents, sight.persons)
    matching = _matching(found, wanted)
    page = _following(matching, wanted.after)
    answer = _history(gate, f"{type_}/{id_}", wanted, page, total=len(matching))
    return Found(answer, asked, sight.consents, sight.persons)


def of_type(gate: Gate, type_: str, wanted: Wanted) -> Found:
    """The versions of every resource of a type that the requester may see, newest first."""
    told = _Told(gate, type_, wanted)
    page = _following(told.events(), wanted.after)
    answer = _history(gate, type_, wanted, page)
    entities = dict.fromkeys(event.reference for event in page[: wanted.count])
    consents = dict.fromkeys(each for sight in told.sights for each in sight.consents)
    persons = frozenset[bytes]().union(*(sight.persons for sight in told.sights))
    return Found(answer, tuple(entities), tuple(consents), persons)


def _of_one(gate: Gate, type_: str, id_: str) -> tuple[Sight, list[Event]]:
    sight, standing = past.last(gate, type_, [id_])
    return sight, past.events(gate, sight, standing[0]) if standing else []


@dataclass(slots=True)
class _Told:
    """The history of a type, read step by step until a page is full.

    What passes is decided for the persons of each step alone: nobody's whole register is read.
    """

    gate: Gate
    type: str
    wanted: Wanted
    sights: list[Sight] = field(default_factory=list)
    _known: dict[str, dict[int, Event]] = field(default_factory=dict)

    def events(self) -> list[Event]:
        """At least one more than the page shows, where there are so many."""
        after = self.wanted.after
        until = None if after is None else (after.updated, after.id)
        among = self.gate.former.candidates(self.type)
        told: dict[tuple[str, int], Event] = {}
        while True:
            step = versions.moments(self.gate.connection, among, until, AT_ONCE)
            self._learn(moment.id for moment in step)
            for moment in step:
                event = self._known[moment.id].get(moment.version)
                if event is not None:
                    told[moment.id, moment.version] = event
            found = list(told.values())
            reached = (step[-1].updated, step[-1].id) if step else until
            if len(step) < AT_ONCE or reached == until or self._is_enough(found, step[-1].updated):
                return found
            until = reached

    def _is_enough(self, found: list[Event], reached: int) -> bool:
        since = self.wanted.since
        is_past = since is not None and reached < since
        return is_past or len(_following(found, self.wanted.after)) > self.wanted.count

    def _learn(self, ids: Iterable[str]) -> None:
        """The requester's view of the history of resources that a step is the first to name."""
        new = [id_ for id_ in dict.fromkeys(ids) if id_ not in self._known]
        if not new:
            return
        self.gate.in_time()
        self._known |= {id_: {} for id_ in new}
        sight, standing = past.last(self.gate, self.type, new)
        self.sights.append(sight)
        for each in standing:
            found = _matching(past.events(self.gate, sight, each), self.wanted)
            self._known[each.row.id] = {event.stored: event for event in found}


def _matching(found: list[Event], wanted: Wanted) -> list[Event]:
    """Those of a resource's versions, newest first, that were stored or stood when it is asked."""
    ends = [None, *(event.updated for event in found)]
    return [
        event
        for event, end in zip(found, ends, strict=False)
        if (wanted.since is None or event.updated >= wanted.since)
        and (
            wanted.at is None
            or (event.updated <= wanted.at[1] and (end is None or end > wanted.at[0]))
        )
    ]


def _following(found: list[Event], after: Cursor | None) -> list[Event]:
    """What comes after the last version that a page showed."""
    if after is None:
        return found
    place = (after.updated, after.id)
    shown = [each.version for each in found if _place(each) == place]
    left = shown[shown.index(after.version) + 1 :] if after.version in shown else []
    return [e for e in found if _place(e) < place or (_place(e) == place and e.version in left)]


def _place(event: Event) -> tuple[int, str]:
    return event.updated, event.reference.partition("/")[2]


def _history(
    gate: Gate, path: str, wanted: Wanted, found: list[Event], total: int | None = None
) -> Answer:
    base = f"{gate.installation.base_url}/fhir"
    url = f"{base}/{path}/_history"
    page = found[: wanted.count]
    links = [{"relation": "self", "url": _link(url, wanted.asked)}]
    if page and len(found) > len(page):
        cursor = Cursor(page[-1].updated, page[-1].reference.partition("/")[2], page[-1].version)
        following = _link(url, (*wanted.asked, ("_cursor", text_of(cursor))))
        links.append({"relation": "next", "url": following})
    bundle = {"resourceType": "Bundle", "type": "history"}
    counted = {} if total is None else {"total": total}
    head = encode(bundle | counted | {"link": links})
    entries = b",".join(_entry(base, event) for event in page)
    return Answer(200, head[:-1] + (b',"entry":[' + entries + b"]}" if page else b"}"))


def _entry(base: str, event: Event) -> bytes:
    named = event.reference.partition("/")[0] if event.method == "POST" else event.reference
    parts = {
        "fullUrl": f"{base}/{event.reference}",
        "request": {"method": event.method, "url": named},
        "response": {
            "status": _STATUS[event.method],
            "etag": f'W/"{event.version}"',
            "lastModified": instant(event.updated),
        },
    }
    head = encode(parts)
    return head if event.seen is None else head[:-1] + b',"resource":' + event.seen.body + b"}"


def _link(url: str, asked: Iterable[tuple[str, str]]) -> str:
    query = urlencode(list(asked), safe=",|/:$")
    return f"{url}?{query}" if query else url
