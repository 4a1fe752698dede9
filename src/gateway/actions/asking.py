"""From a query string to a search plan, or a refusal: only what is understood is looked up."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from fhir_profiles import load
from gateway.actions.installation import Installation
from gateway.actions.judging import organization_id
from gateway.actions.registering import NHS_NUMBER
from gateway.auth.requester import Requester
from gateway.fhir.indexing import prefixed_date
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.references import relative
from gateway.fhir.types import PERSONAL
from gateway.storage import identities
from gateway.storage.connection import Connection
from gateway.storage.searching import Criteria, Page

Query = Sequence[tuple[str, str]]
PERSON = ("patient", "subject")
NAMES_SOMEONE = "must name a person: add patient, patient.identifier, _id or owner"
PARAMETERS = "search/parameters.json"
IGNORED = ("_format", "_pretty")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for. `criteria` None: nothing can match, and nothing says why.

    `asked` are the parameters that were understood, for the self link; `counted` asks for the
    number alone.
    """

    criteria: Criteria | None
    page: Page
    asked: tuple[tuple[str, str], ...]
    counted: bool = False


@dataclass(slots=True)
class _Draft:
    persons: list[set[int]] = field(default_factory=list)
    ids: set[str] | None = None
    tokens: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    dates: list[tuple[str, str, int, int]] = field(default_factory=list)
    count: int | None = None
    after: tuple[int, str] | None = None
    counted: bool = False
    owner: bool = False
    identifier: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)


class Asking:
    """Reads one query of one requester in one snapshot."""

    def __init__(
        self, installation: Installation, connection: Connection, requester: Requester
    ) -> None:
        self._installation = installation
        self._connection = connection
        self._requester = requester

    def plan(self, type_: str, query: Query, *, lenient: bool = False) -> Plan | Refused:
        """The plan for a search of a type; every problem of the query at once otherwise."""
        draft = _Draft()
        problems = repeated(query)
        for name, value in query:
            problem = self._read(draft, type_, name, value)
            if problem is None:
                if name not in (*IGNORED, "_cursor"):
                    draft.asked.append((name, value))
            elif not (lenient and problem.kind is Kind.UNSUPPORTED):
                problems.append(problem)
        if not problems and not self._names_someone(type_, draft):
            problems.append(Problem(Kind.PARAMETER, NAMES_SOMEONE, type_))
        if problems:
            return Refused(tuple(problems))
        return self._planned(type_, draft)

    def own(self, type_: str, query: Query) -> Criteria | Refused:
        """What a conditional form asks for: only ever what this organisation wrote."""
        draft = _Draft()
        problems = [self._read(draft, type_, name, value) for name, value in query]
        found = tuple(problem for problem in problems if problem is not None)
        if found:
            return Refused(found)
        people = set.intersection(*draft.persons) if draft.persons else None
        return Criteria(
            type_,
            None if people is None else tuple(sorted(people)),
            tokens=tuple(draft.tokens),
            dates=tuple(draft.dates),
            author=organization_id(self._requester),
        )

    def _planned(self, type_: str, draft: _Draft) -> Plan:
        limits = self._installation.limits
        count = limits.page if draft.count is None else min(draft.count, limits.longest_page)
        people = set.intersection(*draft.persons) if draft.persons else None
        criteria = Criteria(
            type_,
            None if people is None else tuple(sorted(people)),
            None if draft.ids is None else tuple(sorted(draft.ids)),
            tuple(draft.tokens),
            tuple(draft.dates),
            organization_id(self._requester) if type_ == "Patient" else None,
        )
        nothing = people is not None and not people
        page = Page(draft.after, count)
        counted = draft.counted or draft.count == 0
        return Plan(None if nothing else criteria, page, tuple(draft.asked), counted)

    def _names_someone(self, type_: str, draft: _Draft) -> bool:
        if type_ not in PERSONAL or draft.persons or draft.ids is not None:
            return True
        return (type_ == "Task" and draft.owner) or (type_ == "Patient" and draft.identifier)

    def _read(self, draft: _Draft, type_: str, name: str, value: str) -> Problem | None:
        if name in IGNORED:
            return None
        if name.startswith("_"):
            return self._read_control(draft, name, value)
        base, _, chained = name.partition(".")
        known = load(PARAMETERS)["types"].get(type_, {})
        if ":" in name or base not in known:
            return _unknown(type_, name)
        if base in PERSON:
            return self._read_person(draft, name, chained, value)
        if chained:
            return _unknown(type_, name)
        match known[base]["type"]:
            case "token":
                return self._read_token(draft, base, value)
            case "date":
                return _read_date(draft, base, value)
            case "reference":
                return self._read_reference(draft, base, value)
            case "uri":
                return self._read_token(draft, base, value)
        return _unknown(type_, name)

    def _read_control(self, draft: _Draft, name: str, value: str) -> Problem | None:
        match name:
            case "_id":
                wanted = set(value.split(","))
                if "" in wanted:
                    return Problem(Kind.PARAMETER, "must be one id or more, with commas", "_id")
                draft.ids = wanted if draft.ids is None else draft.ids & wanted
            case "_count":
                if not (value.isascii() and value.isdigit() and len(value) < 10):
                    return Problem(Kind.PARAMETER, "must be a whole number, 0 or more", "_count")
                draft.count = int(value)
            case "_total":
                if value not in ("none", "estimate", "accurate"):
                    return Problem(Kind.PARAMETER, "must be none, estimate or accurate", "_total")
            case "_summary":
                if value not in ("count", "false"):
                    return Problem(Kind.PARAMETER, "must be count or false", "_summary")
                draft.counted = value == "count"
            case "_cursor":
                draft.after = cursor_of(value)
                if draft.after is None:
                    return Problem(Kind.PARAMETER, "must be a cursor of a page link", "_cursor")
            case _:
                return _unknown("", name)
        return None

    def _read_person(self, draft: _Draft, name: str, chained: str, value: str) -> Problem | None:
        if chained == "identifier":
            draft.persons.append(self._by_number(value))
            return None
        if chained:
            return _unknown("", name)
        people: set[int] = set()
        for part in value.split(","):
            literal = relative(part, self._installation.base_url + "/fhir")
            people |= self._person(literal.removeprefix("Patient/"))
        draft.persons.append(people)
        return None

    def _by_number(self, value: str) -> set[int]:
        system, _, number = value.rpartition("|")
        if system != NHS_NUMBER:
            return set()
        digest = identities.number_digest(self._installation.keys, number)
        me = organization_id(self._requester)
        mine = identities.owned_by_number(self._connection, me, digest)
        return self._joined(mine)

    def _person(self, patient: str) -> set[int]:
        """Every identity of the person whom the requester's own Patient id means; else nobody."""
        me = organization_id(self._requester)
        return self._joined(identities.owned(self._connection, me, [patient]).values())

    def _joined(self, mine: Iterable[identities.Identity]) -> set[int]:
        persons = [identity.person for identity in mine]
        return {identity.id for identity in identities.of_persons(self._connection, persons)}

    def _read_token(self, draft: _Draft, name: str, value: str) -> Problem | None:
        parts = value.split(",")
        if any(part.endswith("|") or part.startswith("|") or not part for part in parts):
            return Problem(Kind.PARAMETER, "must be a code, or system|code", name)
        draft.identifier = draft.identifier or name == "identifier"
        digest = self._installation.resources.digest
        draft.tokens.append((name, tuple(digest(f"token-{name}", part) for part in parts)))
        return None

    def _read_reference(self, draft: _Draft, name: str, value: str) -> Problem | None:
        draft.owner = draft.owner or name == "owner"
        base = self._installation.base_url + "/fhir"
        draft.tokens.append((name, tuple(relative(part, base) for part in value.split(","))))
        return None


def repeated(query: Query) -> list[Problem]:
    """Controls that were given more than once: nobody could say which of them counts."""
    names = [name for name, _ in query if name.startswith("_") and name != "_id"]
    return [
        Problem(Kind.PARAMETER, "must be given once", name[:64])
        for name in sorted({name for name in names if names.count(name) > 1})
    ]


def _read_date(draft: _Draft, name: str, value: str) -> Problem | None:
    read = prefixed_date(value)
    if read is None or read[0] == "ap":
        text = "must be a date such as ge2026-05-01, with prefix eq ne gt lt ge le sa or eb"
        return Problem(Kind.PARAMETER, text, name)
    draft.dates.append((name, *read))
    return None


def _unknown(type_: str, name: str) -> Problem:
    known = sorted(load(PARAMETERS)["types"].get(type_, {}))
    hint = f"; {type_} knows {', '.join(known)}, _id, _count" if known else ""
    return Problem(Kind.UNSUPPORTED, f"is no search parameter that is served{hint}", name[:64])


def cursor(updated: int, id_: str) -> str:
    """Where the next page starts: what the reader has seen of the last row, nothing else."""
    return base64.urlsafe_b64encode(f"{updated}|{id_}".encode()).decode().rstrip("=")


def cursor_of(text: str) -> tuple[int, str] | None:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        updated, _, id_ = raw.partition("|")
        return (int(updated), id_) if len(updated) < len(str(2**63)) else None
    except (ValueError, binascii.Error):
        return None
