"""What is below an organisation: whatever says, step by step, that it is part of it.

Organizations are written by the operator's commands alone, so no service moves itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from consent.rules import Actor
from gateway.storage.conditions import among
from gateway.storage.connection import Connection
from gateway.storage.directory import ODS

Names = frozenset[str]


def beneath(connection: Connection, actors: Iterable[Actor]) -> dict[str, Names]:
    """Every name of everything below each named organisation, under the name it is called by."""
    called = {
        name
        for actor in actors
        if actor.type == "Organization"
        for name in (actor.reference, actor.identifier)
        if name
    }
    start = _references(connection, called)
    children = _children(connection, frozenset(start.values()))
    return {
        name: found
        for name, reference in start.items()
        if (found := _all_below(reference, children))
    }


def _references(connection: Connection, called: set[str]) -> dict[str, str]:
    """From each name to the "Organization/<id>" that it means here."""
    codes = tuple(name.partition("|")[2] for name in called if name.startswith(f"{ODS}|"))
    found = {name: name for name in called if name.startswith("Organization/")}
    if codes:
        listed = among(codes)
        rows = connection.execute(
            f"SELECT ods, id FROM organization WHERE ods IN {listed.text}", listed.values
        )
        found |= {f"{ODS}|{ods}": f"Organization/{id_}" for ods, id_ in rows}
    return found


def _children(connection: Connection, start: Names) -> dict[str, dict[str, str]]:
    """For each organisation from here down, those directly below it, with their ODS codes."""
    found: dict[str, dict[str, str]] = {}
    level = start
    while level:
        found |= {each: {} for each in level}
        listed = among(tuple(sorted(level)))
        rows = connection.execute(
            "SELECT t.value, o.id, o.ods FROM token_index t JOIN resource r ON r.rid = t.rid"
            " JOIN organization o ON o.id = r.id WHERE t.name = 'partof'"
            f" AND t.type = 'Organization' AND t.value IN {listed.text}",
            listed.values,
        )
        for above, id_, ods in rows:
            found[above][f"Organization/{id_}"] = ods
        level = frozenset(one for each in level for one in found[each]) - found.keys()
    return found


def _all_below(start: str, children: Mapping[str, Mapping[str, str]]) -> Names:
    seen: set[str] = set()
    names: set[str] = set()
    waiting = [start]
    while waiting:
        for reference, ods in children.get(waiting.pop(), {}).items():
            if reference not in seen:
                seen.add(reference)
                names |= {reference, f"{ODS}|{ods}"}
                waiting.append(reference)
    return frozenset(names)
