"""What a writer is about to change: seen first, exactly as a read of theirs would have it.

Invisible: 404; deleted: 410 to who could see it; not the version that they name: 412.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.actions.gate import Gate
from gateway.actions.looking import ABSENT
from gateway.actions.releasing import Released
from gateway.actions.remembering import GONE, gone
from gateway.actions.writing import Writing
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.storage import searching
from gateway.storage.resources import Row
from gateway.storage.searching import Criteria

NOT_YOURS = "may be changed only by the organisation that wrote it"


@dataclass(frozen=True, slots=True)
class Held:
    """The row that stands, and the writer's view of it."""

    row: Row
    seen: Released


@dataclass(frozen=True, slots=True)
class Stale(Refused):
    """The writer named a version that is not the one that stands, as they see it. `shows`: the
    problems hold something of what stands."""

    standing: Released
    shows: bool = False


def held(writing: Writing, type_: str, id_: str, if_match: str | None = None) -> Held | Refused:
    """The resource as the writer sees it now; the log names it whatever comes of it."""
    writing.entities.append(f"{type_}/{id_}")
    gate = writing.gate
    sight = gate.sight(Criteria(type_, ids=(id_,)))
    writing.consents.extend(sight.consents)
    writing.persons.update(sight.persons)
    row = searching.current(writing.connection, type_, id_, sight.visible)
    seen = gate.released([row], sight) if row is not None else []
    if row is None or not seen:
        return Refused((GONE if gone(gate, type_, id_) else ABSENT,))
    if if_match is not None and not matches(if_match, seen[0].version):
        text = "is not the current version; read it again and repeat the change on that"
        return Stale((Problem(Kind.VERSION, text, "If-Match"),), seen[0])
    return Held(row, seen[0])


def seen_now(gate: Gate, row: Row) -> Released:
    """The writer's view of what was just stored."""
    sight = gate.sight(Criteria(row.type, ids=(row.id,)))
    return gate.released([row], sight)[0]


def matches(header: str, version: str) -> bool:
    """Whether an If-Match or If-None-Match header names this version: by `*` or in its list; weak
    or not says nothing about a version."""
    named = [each.strip().removeprefix("W/").strip('"') for each in header.split(",")]
    return "*" in named or version in named
