"""What a search of the log asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from gateway.actions.asking import Query, repeated
from gateway.actions.asking.people import is_number
from gateway.actions.audit_events_told import about, named_to, of_person, whose
from gateway.actions.audit_looks import ENTRY
from gateway.actions.cursor import place_of
from gateway.actions.gate import Gate
from gateway.actions.judging import organization_id
from gateway.actions.registering import NHS_NUMBER
from gateway.audit.sets import naming
from gateway.auth.requester import Role
from gateway.fhir.indexing import prefixed_date
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.references import local, relative
from gateway.storage import identities
from gateway.storage.conditions import among
from gateway.storage.predicate_sql import ALWAYS, NEVER, Sql, sql_not, sql_or
from mappings.nhs_number import parse
from mappings.verdict import Wrong

NOBODY = "Nobody here has this NHS number."
SEVERAL = (
    "This NHS number stands with more than one birth date: these entries may be about different"
    " people."
)
OUTCOMES = {"0": "permitted", "4": "refused", "8": "failed"}
_COMPARED = {"eq": "", "gt": ">", "lt": "<", "ge": ">=", "le": "<=", "sa": ">", "eb": "<"}


@dataclass(slots=True)
class Asked:
    """`shown` is what the links repeat; `after` the place in the log from which a page goes on;
    `named` are the Patients whom a number meant; `notes` what is said beside the answer."""

    wanted: list[Sql] = field(default_factory=list)
    count: int = 50
    counted: bool = False
    after: Sql = ALWAYS
    shown: list[tuple[str, str]] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def asked_of(gate: Gate, query: Query) -> Asked | Refused:
    """What the query asks for; every problem of it at once otherwise."""
    asked = Asked(count=gate.installation.limits.page)
    problems = repeated(query)
    for name, value in query:
        problem = _read_one(gate, asked, name, value)
        if problem is not None:
            problems.append(problem)
        elif name not in ("_cursor", "_format", "_pretty"):
            asked.shown.append((name, value))
    return Refused(tuple(problems)) if problems else asked


def _read_one(gate: Gate, asked: Asked, name: str, value: str) -> Problem | None:
    base = gate.installation.base_url + "/fhir"
    match name:
        case "_format" | "_pretty":
            return None
        case "_count":
            if not (value.isascii() and value.isdigit() and len(value) < 10):
                return Problem(Kind.PARAMETER, "must be a whole number, 0 or more", name)
            asked.count = min(int(value), gate.installation.limits.longest_page)
        case "_summary":
            if value not in ("count", "false"):
                return Problem(Kind.PARAMETER, "must be count or false", name)
            asked.counted = value == "count"
        case "_total":
            if value not in ("none", "estimate", "accurate"):
                return Problem(Kind.PARAMETER, "must be none, estimate or accurate", name)
        case "_cursor":
            after = place_of(gate.installation.keys, whose(gate), value)
            if after is None or len(after) != 2:
                return Problem(Kind.PARAMETER, "must be a cursor of a page link", name)
            asked.after = Sql("(a.at, a.id) < (?, ?)", after)
        case "_id":
            asked.wanted.append(_one_of("a.id", value.split(",")))
        case "entity":
            entities = tuple(relative(each, base) for each in value.split(","))
            if any(local(each) is None for each in entities):
                return Problem(Kind.PARAMETER, "must be Type/id", name)
            is_person = gate.requester.role is Role.PORTAL
            asked.wanted.append(named_to(gate, entities) if is_person else naming(entities))
            if gate.requester.role is Role.SERVICE:
                asked.wanted.append(_released(entities))
        case "patient":
            asked.wanted.append(_about(gate, relative(value, base)))
        case "patient.identifier":
            return _read_number(gate, asked, value)
        case "agent":
            agents = [relative(each, base) for each in value.split(",")]
            asked.wanted.append(_one_of("a.organization", agents))
        case "outcome":
            if value not in OUTCOMES:
                return Problem(Kind.PARAMETER, "must be 0, 4 or 8", name)
            asked.wanted.append(Sql(f"json_extract({ENTRY}, '$.outcome') = ?", (OUTCOMES[value],)))
        case "purpose":
            asked.wanted.append(_for_purpose(value))
        case "purpose:not":
            asked.wanted.append(sql_not(_for_purpose(value)))
        case "date":
            date = prefixed_date(value)
            if date is None or date[0] not in _COMPARED:
                return Problem(Kind.PARAMETER, "must be a date such as ge2026-05-01", name)
            asked.wanted.append(_date(*date))
        case _:
            return Problem(Kind.UNSUPPORTED, "is no search parameter that is served", name[:64])
    return None


def _about(gate: Gate, patient: str) -> Sql:
    """Rows about the person whom a Patient means, as this requester may ask."""
    is_person = gate.requester.role is Role.PORTAL
    return of_person(gate, patient) if is_person else about(gate, patient)


def _read_number(gate: Gate, asked: Asked, value: str) -> Problem | None:
    """Everyone who has that NHS number: of the requester's own Patients, of all for an officer."""
    number = parse(value.removeprefix(f"{NHS_NUMBER}|"))
    if isinstance(number, Wrong) or not is_number(value):
        right = f"must be {NHS_NUMBER}| and an NHS number whose last digit fits the others"
        return Problem(Kind.PARAMETER, right, "patient.identifier")
    digest = identities.number_digest(gate.installation.keys, number)
    is_officer = gate.requester.role is Role.OFFICER
    owner = None if is_officer else organization_id(gate.requester)
    found = identities.of_number(gate.connection, digest, owner)
    each = {one.person: _about(gate, f"Patient/{one.patient}") for one in found}
    asked.wanted.append(sql_or(*each.values()) if each else NEVER)
    if is_officer:
        asked.named += [f"Patient/{one.patient}" for one in found]
        asked.notes += [
            Problem(Kind.NOTED, words, severity="information") for words in _noted(each)
        ]
    return None


def _noted(persons: Collection[bytes]) -> Iterator[str]:
    if not persons:
        yield NOBODY
    if len(persons) > 1:
        yield SEVERAL


def _released(entities: tuple[str, ...]) -> Sql:
    """Rows that name these as released, and not as a consent that was asked."""
    named = _one_of("named.value", entities)
    text = f"EXISTS (SELECT 1 FROM json_each({ENTRY}, '$.entities') named WHERE {named.text})"
    return Sql(text, named.values)


def _for_purpose(value: str) -> Sql:
    code = value.rpartition("|")[2]
    return Sql(f"coalesce(json_extract({ENTRY}, '$.purpose'), '') = ?", (code,))


def _one_of(column: str, values: Iterable[str]) -> Sql:
    listed = among(tuple(values))
    return Sql(f"{column} IN {listed.text}", listed.values)


def _date(prefix: str, low: int, high: int) -> Sql:
    match prefix:
        case "eq":
            return Sql("a.at BETWEEN ? AND ?", (low, high))
        case "ge" | "lt":
            return Sql(f"a.at {_COMPARED[prefix]} ?", (low,))
        case "eb":
            return Sql("a.at < ?", (low,))
        case _:
            return Sql(f"a.at {_COMPARED[prefix]} ?", (high,))
