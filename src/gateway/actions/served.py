"""What an address asks for: its letter in the tables, its name in the log, whether it is served.

The letters of `fhir.types.INTERACTIONS` say what is done with a type; those of SMART's scopes who
may: history of a resource belongs to reading it, history of a type to searching it.
"""

from __future__ import annotations

from dataclasses import dataclass

from consent.parts import has_parts
from gateway.actions import audit_events, logged, looking, remembering
from gateway.actions.addressing import Address
from gateway.actions.answer import refused
from gateway.actions.found import Found
from gateway.actions.gate import Gate
from gateway.actions.history_query import wanted
from gateway.actions.looking import ABSENT
from gateway.actions.shortening import shortened
from gateway.auth.requester import Requester
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.types import HELD, INTERACTIONS, PERSONAL

SCOPE = "the token's scopes do not allow this"
NO_SUCH_TYPE = Problem(Kind.ABSENT, "There is no such type here; /fhir/metadata lists all.")
READS_ONLY = "emergency access is for reading; write it with a token for TREAT"
OPERATORS_ONLY = "is written by the operator only"
NOT_DONE = "is not done with this type; /fhir/metadata lists what is"


@dataclass(frozen=True, slots=True)
class Interaction:
    """`letter` in the table of types, `scope` in a token, `name` in the log."""

    letter: str
    scope: str
    name: str


CREATE = Interaction("c", "c", "create")
UPDATE = Interaction("u", "u", "update")
PATCH = Interaction("p", "u", "patch")
DELETE = Interaction("d", "d", "delete")
READ = Interaction("r", "r", "read")
VREAD = Interaction("v", "r", "vread")
HISTORY = Interaction("h", "r", "history-instance")
TYPE_HISTORY = Interaction("h", "s", "history-type")
SEARCH = Interaction("s", "s", "search-type")

_WRITES = (CREATE, UPDATE, PATCH, DELETE)


def reading(address: Address) -> Interaction:
    """Which of the reading interactions an address asks for."""
    if address.version is not None:
        return VREAD
    if address.is_history:
        return TYPE_HISTORY if address.id is None else HISTORY
    return SEARCH if address.id is None else READ


def refusal(requester: Requester, interaction: Interaction, type_: str) -> Problem | None:
    """Why it is not done at all with this type, or not for this token."""
    if type_ not in HELD:
        return NO_SUCH_TYPE
    if interaction.letter not in INTERACTIONS[type_]:
        if interaction not in _WRITES:
            return ABSENT
        if type_ in ("Organization", "AuditEvent"):
            return Problem(Kind.FORBIDDEN, OPERATORS_ONLY, type_)
        return Problem(Kind.METHOD, NOT_DONE, type_)
    if requester.in_emergency and interaction in _WRITES:
        return Problem(Kind.FORBIDDEN, READS_ONLY, type_)
    return (
        None if requester.may(interaction.scope, type_) else Problem(Kind.FORBIDDEN, SCOPE, type_)
    )


def reaches_people(address: Address) -> bool:
    """Whether what is asked can bring, or be told by, what is about people. INVARIANT: the question
    says so alone, never what is found: an empty answer leaves its row too."""
    reaching = (name.startswith("_revinclude") or "_has:" in name for name, _ in address.query)
    return address.type in PERSONAL or any(reaching)


def may_take_long(address: Address) -> bool:
    """Whether the question may lead so far that nobody else should wait for its answer: what is
    released in parts is opened, each one, before it can be said whether it is found."""
    if address.id is not None:
        return False
    names = [name for name, _ in address.query]
    leads_on = any(name.startswith(("_include", "_revinclude")) or _goes_on(name) for name in names)
    return address.is_history or has_parts(address.type) or leads_on or _says_much(address)


def may_be_kept(address: Address) -> bool:
    """Whether the answer can be told by what is written about the persons it reaches: one resource,
    or a short search of named persons' that follows nothing."""
    names = [name for name, _ in address.query]
    if address.type == "AuditEvent" or address.is_history or _says_much(address):
        return False  # the log grows by every request
    if any(":" in n or "." in n or n.startswith("_has") for n in names):
        return False
    follows = any(name.startswith(("_include", "_revinclude")) for name in names)
    return address.id is not None or (not follows and ("patient" in names or "subject" in names))


def _says_much(address: Address) -> bool:
    size = sum(len(value) for _, value in address.query)
    return len(address.query) > MANY or size > LONG


MANY = 10  # parameters of one search
LONG = 1_000  # characters of all its values


def _goes_on(name: str) -> bool:
    """Whether it is a chain, a _has or a modifier; to name a person by number is none."""
    return ":" in name or ("." in name and not name.endswith(".identifier"))


def as_logged(address: Address) -> str:
    """An address as the log may have it."""
    if address.id is None and not address.is_history:
        return logged.query(address.type, address.query)
    named = address.type if address.id is None else logged.about(address.type, address.id)
    return f"{named}/_history" if address.is_history else named


def look(gate: Gate, address: Address, *, lenient: bool = False) -> Found:
    """What is found there, as the requester may have it."""
    type_, id_ = address.type, address.id
    if address.is_history and address.version is None:
        asked = wanted(address.query, gate.installation.limits, lenient=lenient)
        if isinstance(asked, Refused):
            return Found(refused(*asked.problems))
        if id_ is None:
            return remembering.of_type(gate, type_, asked)
        return remembering.of_instance(gate, type_, id_, asked)
    if id_ is None:
        if type_ == "AuditEvent":
            return audit_events.search(gate, address.query)
        return looking.search(gate, type_, address.query, lenient=lenient)
    return shortened(_of_one(gate, address, type_, id_), address)


def _of_one(gate: Gate, address: Address, type_: str, id_: str) -> Found:
    if address.version is not None:
        return remembering.version(gate, type_, id_, address.version)
    if type_ == "AuditEvent":
        return audit_events.read(gate, id_)
    return remembering.current(gate, type_, id_)
