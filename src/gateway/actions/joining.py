"""What is joined to a record that a consent names, as one snapshot has it."""

from __future__ import annotations

from collections import deque

from consent import codes
from gateway.storage.connection import Connection
from gateway.storage.predicate_sql import placeholders

JOINS = ("based-on", "focus", "part-of", "derived-from", "has-member", "result")
MOST_JOINED = 10_000


def outgoing(connection: Connection, reference: str) -> frozenset[str]:
    rows = connection.execute(
        "SELECT f.value FROM resource r JOIN fact f ON f.rid = r.rid AND f.kind = 'reference'"
        " WHERE r.type = ? AND r.id = ?",
        tuple(reference.split("/", 1)),
    )
    return frozenset(row[0] for row in rows)


def joined(connection: Connection, reference: str) -> frozenset[str] | None:
    """Everything joined to a resource, both ways and onwards, never through a person or party; None
    where that is more than anybody follows."""
    barred = codes.listed("joins", "never_through")
    reached = {reference}
    waiting = deque([reference])
    while waiting:
        if len(reached) > MOST_JOINED:
            return None
        for neighbour in _neighbours(connection, waiting.popleft()):
            if neighbour not in reached and neighbour.partition("/")[0] not in barred:
                reached.add(neighbour)
                waiting.append(neighbour)
    return frozenset(reached)


def belonging(connection: Connection, episode: str) -> frozenset[str]:
    """The Encounters of an EpisodeOfCare, which itself is not held; none of anything else."""
    if not episode.startswith("EpisodeOfCare/"):
        return frozenset()
    rows = connection.execute(
        "SELECT r.type || '/' || r.id FROM token_index t JOIN resource r ON r.rid = t.rid"
        " WHERE t.name = 'episode-of-care' AND t.value = ? AND t.type = 'Encounter'",
        (episode,),
    )
    return frozenset(row[0] for row in rows)


def _neighbours(connection: Connection, reference: str) -> list[str]:
    marks = placeholders(len(JOINS))
    type_, _, id_ = reference.partition("/")
    rows = connection.execute(
        "SELECT t.value FROM resource r JOIN token_index t ON t.rid = r.rid"
        f" WHERE r.type = ? AND r.id = ? AND t.name IN ({marks})"
        " UNION SELECT r.type || '/' || r.id FROM token_index t JOIN resource r ON r.rid = t.rid"
        f" WHERE t.name IN ({marks}) AND t.value = ?",
        (type_, id_, *JOINS, *JOINS, reference),
    )
    return [row[0] for row in rows]
