"""From a query string to a search plan, or a refusal: only what is understood is looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.actions.asking.controls import IGNORED, NAMES, ONCE, Controls, conflicts, read_control
from gateway.actions.asking.parts import Clause, Part, Plan
from gateway.actions.asking.people import PATIENT, People, is_number
from gateway.actions.asking.reading import HAS, Reading, Sees, unknown
from gateway.actions.asking.values import Values
from gateway.actions.cursor import place_of
from gateway.actions.installation import Installation
from gateway.actions.judging import organization_id
from gateway.auth.requester import Requester
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.references import local, relative
from gateway.fhir.search_parameters import parameters
from gateway.fhir.search_values import plain, split
from gateway.fhir.types import PERSONAL
from gateway.storage.conditions import Condition
from gateway.storage.connection import Connection
from gateway.storage.searching import Criteria, Page, Place, leads, stored_place

Query = Sequence[tuple[str, str]]
PERSON = ("patient", "subject")
NAMES_SOMEONE = (
    "must name a person: add patient, patient.identifier, _id, identifier, owner, or a reference"
    " to something about them"
)
# What tells one Patient from others: enough to look among one's own.
OF_PATIENTS = frozenset(
    {
        *("identifier", "name", "family", "given", "phonetic", "email", "phone"),
        *("telecom", "address", "address-postalcode", "link"),
    }
)
MOST = 200  # parameters of one query
TOO_MANY = Problem(Kind.PARAMETER, f"may have {MOST} parameters at most")
NOT_IN_CONDITIONS = "cannot be asked in a condition; use identifier, a code, a date or a reference"


@dataclass(slots=True)
class _Draft:
    persons: list[set[int]] = field(default_factory=list)
    ids: set[str] | None = None
    parts: list[Part] = field(default_factory=list)
    controls: Controls = field(default_factory=Controls)
    names_someone: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return tuple(part.condition for part in self.parts if part.condition is not None)

    @property
    def certain(self) -> tuple[Condition, ...]:
        """The conditions that say all of their parameter."""
        sure = (part.condition for part in self.parts if part.clause is None)
        return tuple(condition for condition in sure if condition is not None)

    @property
    def clauses(self) -> tuple[Clause, ...]:
        return tuple(part.clause for part in self.parts if part.clause is not None)

    @property
    def people(self) -> tuple[int, ...] | None:
        return tuple(sorted(set.intersection(*self.persons))) if self.persons else None


class Asking:
    """Reads one query of one requester in one snapshot.

    `sees` says which references the requester may see; without it only what its own organisation
    wrote can be asked for.
    """

    def __init__(
        self,
        installation: Installation,
        connection: Connection,
        requester: Requester,
        now: datetime,
        sees: Sees | None = None,
    ) -> None:
        self._installation = installation
        self._connection = connection
        self._base = f"{installation.base_url}/fhir"
        self._people = People(installation, connection, requester)
        values = Values(installation.base_url, now)
        resources = installation.resources
        self._reading = Reading(values, self._people, resources, requester, sees)
        self._own = Reading(values, self._people, resources, requester, None)
        self._me = organization_id(requester)

    def plan(self, type_: str, query: Query, *, lenient: bool = False) -> Plan | Refused:
        """The plan for a search of a type; every problem of the query at once otherwise."""
        if len(query) > MOST:
            return Refused((replace(TOO_MANY, expression=type_),))
        draft = _Draft()
        problems = repeated(query)
        for name, value in query:
            problem = self._read(draft, type_, name, value)
            if problem is None:
                if name not in (*IGNORED, "_cursor"):
                    draft.asked.append((name, value))
            elif not (lenient and problem.kind is Kind.UNSUPPORTED):
                problems.append(problem)
        problems += conflicts(draft.controls)
        if not problems and not _names_someone(type_, draft):
            problems.append(Problem(Kind.PARAMETER, NAMES_SOMEONE, type_))
        return Refused(tuple(problems)) if problems else self._planned(type_, draft)

    def own(self, type_: str, query: Query) -> Criteria | Refused:
        """What a conditional form asks for: only ever what this organisation wrote."""
        if len(query) > MOST:
            return Refused((replace(TOO_MANY, expression=type_),))
        draft = _Draft()
        problems: list[Problem] = []
        for name, value in query:
            problem = self._condition(draft, type_, name, value)
            problems += [problem] if problem else []
        if any(part.clause is not None for part in draft.parts):
            problems.append(Problem(Kind.UNSUPPORTED, NOT_IN_CONDITIONS, type_))
        if problems:
            return Refused(tuple(problems))
        return Criteria(type_, draft.people, conditions=draft.conditions, author=self._me)

    def _planned(self, type_: str, draft: _Draft) -> Plan | Refused:
        controls, limits = draft.controls, self._installation.limits
        count = limits.page if controls.count is None else min(controls.count, limits.longest_page)
        about = self._about(type_, draft)
        after = self._after(type_, controls, about)
        if after is None and controls.cursor:
            return Refused((Problem(Kind.PARAMETER, "must be the one of a page link", "_cursor"),))
        people = draft.people
        criteria = Criteria(
            type_,
            people,
            None if draft.ids is None else tuple(sorted(draft.ids)),
            draft.conditions,
            self._me if type_ == "Patient" else None,
        )
        return Plan(
            None if people is not None and not people else criteria,
            replace(criteria, conditions=draft.certain),
            draft.clauses,
            controls.order,
            Page(after, count),
            tuple(draft.asked),
            about,
            controls.cursor,
            tuple(controls.inclusions),
            controls.shown,
            counted=controls.summary == "count" or controls.count == 0,
            total=controls.total,
        )

    def _about(self, type_: str, draft: _Draft) -> str:
        """What a cursor is about: who asks, for what, in which order; not how many to a page."""
        order = ",".join(value for name, value in draft.asked if name == "_sort")
        return f"{self._me}\0{type_}\0{order}"

    def _after(self, type_: str, controls: Controls, about: str) -> Place | None:
        if not controls.cursor:
            return None
        place = place_of(self._installation.keys, about, controls.cursor)
        if place is None or len(place) != len(controls.order) + 1:
            return None
        return place if controls.order else stored_place(self._connection, type_, str(place[0]))

    def _read(self, draft: _Draft, type_: str, name: str, value: str) -> Problem | None:
        if name in IGNORED:
            return None
        if name in NAMES:
            return read_control(draft.controls, type_, name, value)
        if name == "_id":
            return _read_ids(draft, value)
        return self._condition(draft, type_, name, value)

    def _condition(self, draft: _Draft, type_: str, name: str, value: str) -> Problem | None:
        head, _, chained = name.partition(".")
        base, _, modifier = head.partition(":")
        if _is_person(type_, base) and modifier in ("", "Patient"):
            people = self._persons(chained, modifier, value)
            if isinstance(people, Problem):
                return people
            if people is not None:
                draft.persons.append(people)
                return None
        part = self._reading.part(type_, name, value)
        if isinstance(part, Problem):
            return replace(part, expression=name[:64])  # the whole name, whichever step is wrong
        draft.parts.append(part)
        named = not chained and modifier in ("", "exact") and not name.startswith(HAS)
        draft.names_someone |= named and self._is_telling(type_, base, value)
        return None

    def _persons(self, chained: str, modifier: str, value: str) -> set[int] | Problem | None:
        """Everyone whom a reference to a Patient names; None where it may name something else."""
        if not chained:
            return self._named(modifier, value)
        if chained == "identifier" and all(is_number(each) for each in _plainly(value)):
            return set[int]().union(*(self._people.by_number(each) for each in _plainly(value)))
        part = self._own.part("Patient", chained, value)
        if isinstance(part, Problem) or part.condition is None or part.clause is not None:
            return part if isinstance(part, Problem) and part.kind is not Kind.UNSUPPORTED else None
        mine = Criteria("Patient", conditions=(part.condition,), author=self._me)
        return self._people.found(mine) if leads(mine) else None

    def _named(self, modifier: str, value: str) -> set[int] | None:
        """The persons whom each alternative names, where each can only name a Patient."""
        named = [relative(each, self._base) for each in _plainly(value)]
        others = [one for one in named if "/" in one and not one.startswith(PATIENT)]
        if "" in named or (others and not modifier):
            return None
        return self._people.meant({one.removeprefix(PATIENT) for one in named} - set(others))

    def _is_telling(self, type_: str, base: str, value: str) -> bool:
        """Whether a parameter leads to few rows: an identifier, an owner, a record named."""
        if type_ == "Patient":
            return base in OF_PATIENTS
        if base == "identifier" or (type_ == "Task" and base == "owner"):
            return True
        if parameters(type_)[base].kind != "reference":
            return False
        keys = [local(relative(each, self._base)) for each in _plainly(value)]
        return all(key is not None and key[0] in PERSONAL for key in keys)


def repeated(query: Query) -> list[Problem]:
    """Controls that were given more than once: nobody could say which of them counts."""
    names = [name for name, _ in query if name in ONCE]
    return [
        Problem(Kind.PARAMETER, "must be given once", name)
        for name in sorted({name for name in names if names.count(name) > 1})
    ]


def _is_person(type_: str, base: str) -> bool:
    """Whether the parameter is the person whom the whole is about. A Provenance is about what it
    names, of which a Patient may be one."""
    return base in PERSON and type_ != "Provenance" and base in parameters(type_)


def _names_someone(type_: str, draft: _Draft) -> bool:
    if type_ not in PERSONAL or draft.persons or draft.ids is not None:
        return True
    return draft.names_someone


def _read_ids(draft: _Draft, value: str) -> Problem | None:
    wanted = set(_plainly(value))
    if "" in wanted:
        return Problem(Kind.PARAMETER, "must be one id or more, with commas", "_id")
    draft.ids = wanted if draft.ids is None else draft.ids & wanted
    return None


def _plainly(value: str) -> list[str]:
    return [plain(each) for each in split(value, ",")]


__all__ = ["Asking", "Plan", "Query", "repeated", "unknown"]
