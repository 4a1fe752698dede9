"""What of a message is here already: by an address of this server, or as its sender's own."""

from __future__ import annotations

from urllib.parse import quote

from gateway.actions import conditions
from gateway.actions.writing import TOO_LONG, Writing
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.references import local, relative
from gateway.storage.resources import Row
from mappings import bars
from mappings.bars import Entered, Message, word
from mappings.bars_sending import Known

_MEANS_SOMETHING = str.maketrans({each: f"\\{each}" for each in "\\,|$"})


def request(writing: Writing, message: Message) -> Row | None:
    """The ServiceRequest of a message, where its sender wrote it."""
    named = _here(writing, message.request)
    by_id = None if named is None else writing.sees(named)
    by_id = by_id or writing.sees(f"ServiceRequest/{message.request.key}")
    if by_id is not None and by_id.author == writing.organization:
        return by_id
    found = own(writing, message.request)
    return found if isinstance(found, Row) else None


def seen_request(writing: Writing, message: Message) -> Row | None:
    """The ServiceRequest that somebody else sent, where it is seen: by its id here."""
    named = _here(writing, message.request) or f"ServiceRequest/{message.request.key}"
    return writing.sees(named)


def entries(writing: Writing, message: Message) -> dict[int, Known] | Refused:
    """What goes with the request, as far as it is here, by the number of its entry."""
    known: dict[int, Known] = {}
    problems: list[Problem] = []
    if message.patient is not None and (named := _here(writing, message.patient)):
        known[message.patient.place] = Known(named, own=True)
    new = _unmet(writing, message)
    for one in message.others:
        if writing.is_late:
            return Refused((TOO_LONG,))
        found = None if one.place in new else _known(writing, one)
        if isinstance(found, Refused):
            problems += found.problems
        elif found is not None:
            known[one.place] = found
    return Refused(tuple(problems)) if problems else known


def _unmet(writing: Writing, message: Message) -> set[int]:
    """Those that are certainly not here yet, found in few statements."""
    asked: dict[int, conditions.Asked] = {}
    for one in message.others:
        identity = bars.identity(one)
        if identity is not None and _here(writing, one) is None:
            asked[one.place] = (one.type, "identifier=" + quote("|".join(identity)))
    unmet = conditions.unmet(writing, asked.values())
    return {place for place, each in asked.items() if each in unmet}


def _known(writing: Writing, one: Entered) -> Known | Refused | None:
    named = _here(writing, one)
    if named is None:
        found = own(writing, one)
        return Known(found.reference, own=True) if isinstance(found, Row) else found
    row = writing.sees(named)
    if row is None:
        return Refused((Problem(Kind.RULE, word("unheld"), one.at),))
    return Known(named, own=row.author == writing.organization)


def own(writing: Writing, one: Entered) -> Row | Refused | None:
    """What the sender has stored already under the identifier of an entry."""
    identity = bars.identity(one)
    if identity is None:
        return None
    found = identified(writing, one.type, *identity)
    if isinstance(found, Refused):
        return Refused(tuple(Problem(p.kind, p.diagnostics, one.at) for p in found.problems))
    return found


def identified(writing: Writing, type_: str, system: str, value: str) -> Row | Refused | None:
    """The one resource of the sender's with an identifier."""
    system, value = (each.translate(_MEANS_SOMETHING) for each in (system, value))
    return conditions.matched(writing, type_, [("identifier", f"{system}|{value}")], "")


def _here(writing: Writing, one: Entered) -> str | None:
    """ "Type/id" of an entry whose address is of this server."""
    base = f"{writing.installation.base_url}/fhir"
    named = relative(one.address, base) if one.address.startswith(f"{base}/") else ""
    key = local(named)
    return named if key is not None and key[0] == one.type else None
