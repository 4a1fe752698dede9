"""One version of a resource as a row: what of it is kept beside its content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from consent import said
from consent.facts import Facts
from consent.labelling import Labels
from gateway.fhir.indexing import Indexed
from gateway.storage.connection import Connection
from gateway.storage.labelling import UNKNOWN
from gateway.storage.predicate_sql import placeholders
from gateway.storage.times import microseconds


@dataclass(frozen=True, slots=True)
class NewVersion:
    """One version of a resource, judged and ready to be stored.

    `concerns` names each identity the resource concerns with the search element that says so
    ("patient", or "" for any other place); the first one's key seals the content. `labelled_by` is
    the number of the rules that its labels come from.
    """

    resource: dict[str, Any]
    type: str
    id: str
    version: int
    author: str
    author_role: str
    concerns: tuple[tuple[int, str], ...]
    several: bool
    labels: Labels
    facts: Facts
    indexed: Indexed
    delivered_to: frozenset[str]
    updated: int
    labelled_by: int = UNKNOWN

    @property
    def labelled(self) -> int:
        """As it is kept: negative where the rules could not judge."""
        return -self.labelled_by if self.labels.doubt else self.labelled_by


class Row(NamedTuple):
    """The current version of a resource as it is kept: a tuple, because searches make many."""

    rid: int
    type: str
    id: str
    version: int
    author: str
    author_role: str
    identity: int | None
    topics: int
    level: int
    doubt: int  # 0 none, 1 in part not judged, 2 nobody can judge it
    updated: int
    content: bytes | None  # None: a deletion has none
    key: bytes  # the identity's data key, wrapped
    labelled: int = UNKNOWN  # by which rules
    said: str = ""  # what each of them said

    @property
    def reference(self) -> str:
        return f"{self.type}/{self.id}"


WROTE = "wrote"  # a fact of one version: who else put which part of it there
COLUMNS = (
    "r.rid, r.type, r.id, r.version, r.author, r.author_role, r.identity, r.topics, r.level,"
    " r.pending, r.updated,"
    " (SELECT c.sealed FROM content c WHERE c.identity = coalesce(r.identity, 0)"
    " AND c.rid = r.rid AND c.version = r.version),"
    " (SELECT i.key FROM identity i WHERE i.id = r.identity), r.labelled, r.said"
)


def numbered(connection: Connection, new: Sequence[NewVersion]) -> list[int]:
    """The small row of each, stored; the number that each was given."""
    numbers: dict[tuple[str, str], int] = {}
    for start in range(0, len(new), MOST_AT_ONCE):
        part = new[start : start + MOST_AT_ONCE]
        found = connection.execute(
            "INSERT INTO resource(type, id, version, author, author_role, identity, several,"
            " topics, level, pending, ceiling, labelled, said, dated_from, dated_to, updated)"
            f" VALUES {','.join([_ONE] * len(part))} RETURNING type, id, rid",
            [value for each in part for value in _columns(each)],
        )
        numbers |= {(type_, id_): rid for type_, id_, rid in found}
    return [numbers[each.type, each.id] for each in new]


_ONE = f"({placeholders(16)})"
MOST_AT_ONCE = 100  # rows of one statement


def sealed_for(new: NewVersion) -> int | None:
    """The identity whose key seals it; None where it concerns nobody."""
    return new.concerns[0][0] if new.concerns else None


def _columns(new: NewVersion) -> tuple[Any, ...]:
    return (new.type, new.id, new.version, new.author, new.author_role, *judged(new))


def judged(new: NewVersion) -> tuple[Any, ...]:
    """What a further version changes of the row but its number."""
    dates = new.facts.dates
    return (
        sealed_for(new),
        int(new.several),
        new.labels.topics,
        new.labels.level,
        new.labels.doubt,
        int(new.labels.ceiling),
        new.labelled,
        said.written(new.labels.said),
        None if dates is None else microseconds(dates[0]),
        None if dates is None else microseconds(dates[1]),
        new.updated,
    )


def keep(connection: Connection, rid: int) -> None:
    """The current version becomes a former one; its content stays where it is."""
    connection.execute(
        "INSERT INTO former(rid, version, identity, topics, level, pending, ceiling, labelled,"
        " said, updated, deleted) SELECT rid, version, identity, topics, level, pending, ceiling,"
        " labelled, said, updated, deleted FROM resource WHERE rid = ?",
        (rid,),
    )
