"""Resources as rows: the sealed content, and beside it what consents and searches ask about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

from consent import said
from consent.facts import Facts
from consent.label_rules import rules
from consent.labelling import Labels
from consent.predicate import Condition
from gateway.fhir.indexing import Indexed
from gateway.fhir.references import needs
from gateway.fhir.types import DIRECTORY
from gateway.keys import Keys
from gateway.storage.connection import Connection
from gateway.storage.content import Content, content_of, pack, unpack
from gateway.storage.labelling import UNKNOWN, Labelling
from gateway.storage.predicate_sql import Sql, compiled, placeholders
from gateway.storage.sealing import DataKey, DataKeys, SealError, hmac_bytes, hmac_hex
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
        return -self.labelled_by if self.labels.pending else self.labelled_by


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
    pending: bool
    updated: int
    content: bytes | None  # None: a deletion has none
    key: bytes  # the identity's data key, wrapped
    labelled: int = UNKNOWN  # by which rules
    said: str = ""  # what each of them said

    @property
    def reference(self) -> str:
        return f"{self.type}/{self.id}"


WROTE = "wrote"  # a fact of one version: who else put which part of it there
PLAIN = frozenset({"class", "reference"})
# Kinds of few values that say nothing of one person: their digests are kept ready.
OFTEN_THE_SAME = frozenset({"code", "source"}).union(
    f"token-{name}"
    for name in (
        *("author:identifier", "category", "code", "intent", "performer:identifier"),
        *("priority", "questionnaire", "status"),
    )
)
COLUMNS = (
    "r.rid, r.type, r.id, r.version, r.author, r.author_role, r.identity, r.topics, r.level,"
    " r.pending, r.updated,"
    " (SELECT c.sealed FROM content c WHERE c.identity = coalesce(r.identity, 0)"
    " AND c.rid = r.rid AND c.version = r.version),"
    " (SELECT i.key FROM identity i WHERE i.id = r.identity), r.labelled, r.said"
)


class Resources:
    """Writes and opens rows with the keys of this installation."""

    def __init__(self, keys: Keys, data_keys: DataKeys, labelling: Labelling | None = None) -> None:
        """`labelling` are the rules in force; those of the product, where it is new, are given."""
        self.labelling = labelling or Labelling(rules(), 1)
        self._keys = keys
        self._data_keys = data_keys
        self._again = lru_cache(1 << 13)(partial(hmac_hex, keys.index))
        # What is about nobody may still be somebody's words: only the directory is kept open.
        self._nobodys = DataKey(hmac_bytes(keys.wrapping, "content-of-nobody", ""))

    @property
    def mark(self) -> str:
        """What tells these keys from any others, and tells nothing else."""
        return hmac_hex(self._keys.index, "installation", self._keys.signer.verifier.text())

    def add(self, connection: Connection, new: NewVersion) -> Row:
        """Store the first version of a resource."""
        return self.add_many(connection, [new])[0]

    def add_many(self, connection: Connection, new: Sequence[NewVersion]) -> list[Row]:
        """Store the first versions of resources, in few statements; their rows, in order."""
        rows = [
            Row(
                rid=rid,
                type=each.type,
                id=each.id,
                version=each.version,
                author=each.author,
                author_role=each.author_role,
                identity=_sealed_for(each),
                topics=each.labels.topics,
                level=each.labels.level,
                pending=each.labels.pending,
                updated=each.updated,
                content=sealed,
                key=key,
                labelled=each.labelled,
                said=said.written(each.labels.said),
            )
            for rid, each, (sealed, key) in zip(
                _numbered(connection, new), new, self._sealed(connection, new), strict=True
            )
        ]
        self._add_beside(
            connection, [(row.rid, each, row.content) for row, each in zip(rows, new, strict=True)]
        )
        return rows

    def replace(self, connection: Connection, rid: int, new: NewVersion) -> None:
        """Store a further version; the one before is kept as it was."""
        ((sealed, _),) = self._sealed(connection, [new])
        _keep(connection, rid)
        connection.execute(
            "UPDATE resource SET version = ?, identity = ?, several = ?, topics = ?, level = ?,"
            " pending = ?, ceiling = ?, labelled = ?, said = ?, dated_from = ?, dated_to = ?,"
            " updated = ?, deleted = 0"
            " WHERE rid = ?",
            (new.version, *_judged(new), rid),
        )
        for table in ("concern", "delivery", "token_index", "date_index"):
            connection.execute(f"DELETE FROM {table} WHERE rid = ?", (rid,))
        connection.execute("DELETE FROM fact WHERE rid = ? AND kind <> ?", (rid, WROTE))
        self._add_beside(connection, [(rid, new, sealed)])

    def delete(self, connection: Connection, rid: int, updated: int) -> None:
        """A version without content: no search finds it, and whom it concerned stays known."""
        _keep(connection, rid)
        connection.execute(
            "UPDATE resource SET version = version + 1, deleted = 1, updated = ? WHERE rid = ?",
            (updated, rid),
        )
        for table in ("token_index", "date_index"):
            connection.execute(f"DELETE FROM {table} WHERE rid = ?", (rid,))

    def opened(self, row: Row) -> Content:
        """The content of a row, unsealed."""
        if row.content is None:
            raise SealError("the content of this version is not where it was put")
        if row.identity is None and row.type in DIRECTORY:
            return unpack(row.content)
        key = self._nobodys
        if row.identity is not None:
            key = self._data_keys.of(row.identity, row.key)
        return unpack(key.open(row.content, _context(row.type, row.id, row.version)))

    def lay_out(self, connection: Connection, row: Row, content: Content) -> None:
        """Put the content of a version in place of how it was laid out: what others receive of it
        follows from the rest, by rules that may have changed."""
        packed = pack(content)
        if row.identity is not None:
            key = self._data_keys.of(row.identity, row.key)
            packed = key.seal(packed, _context(row.type, row.id, row.version))
        elif row.type not in DIRECTORY:
            packed = self._nobodys.seal(packed, _context(row.type, row.id, row.version))
        connection.execute(
            "UPDATE content SET sealed = ? WHERE identity = ? AND rid = ? AND version = ?",
            (packed, row.identity or 0, row.rid, row.version),
        )

    def digest(self, kind: str, value: str) -> str:
        """How a fact or a search token is kept: only classes and local references are plain."""
        if kind in PLAIN or (kind == "source" and "|" not in value):
            return value
        if kind in OFTEN_THE_SAME:
            return self._again(kind, value)
        return hmac_hex(self._keys.index, kind, value)

    def _sealed(
        self, connection: Connection, new: Sequence[NewVersion]
    ) -> Iterator[tuple[bytes, bytes]]:
        """The content of each as it is kept, and the wrapped key of the identity that seals it."""
        identities = {identity for each in new if (identity := _sealed_for(each)) is not None}
        wrapped = dict(
            connection.execute(
                f"SELECT id, key FROM identity WHERE id IN ({placeholders(len(identities))})",
                tuple(identities),
            )
        )
        for each in new:
            packed = pack(content_of(each.resource))
            context = _context(each.type, each.id, each.version)
            identity = _sealed_for(each)
            if identity is not None:
                key = self._data_keys.of(identity, wrapped[identity])
                yield key.seal(packed, context), wrapped[identity]
            elif each.type in DIRECTORY:
                yield packed, b""
            else:
                yield self._nobodys.seal(packed, context), b""

    def _add_beside(
        self, connection: Connection, added: Sequence[tuple[int, NewVersion, bytes | None]]
    ) -> None:
        connection.executemany(
            "INSERT INTO content(identity, rid, version, sealed) VALUES (?,?,?,?)",
            [(_sealed_for(new) or 0, rid, new.version, sealed) for rid, new, sealed in added],
        )
        connection.executemany(
            "INSERT INTO concern(identity, type, element, updated, several, rid)"
            " VALUES (?,?,?,?,?,?)",
            [
                (identity, new.type, element, new.updated, int(new.several), rid)
                for rid, new, _ in added
                for identity, element in new.concerns
            ],
        )
        connection.executemany(
            "INSERT INTO fact(rid, kind, value) VALUES (?,?,?)",
            [(rid, *fact) for rid, new, _ in added for fact in self._facts(new)],
        )
        connection.executemany(
            "INSERT INTO delivery(organization, rid) VALUES (?,?)",
            [(one, rid) for rid, new, _ in added for one in new.delivered_to],
        )
        connection.executemany(
            "INSERT INTO token_index(name, value, type, author, rid) VALUES (?,?,?,?,?)",
            [
                (name, value, new.type, new.author, rid)
                for rid, new, _ in added
                for name, value in self.tokens(new.indexed)
            ],
        )
        connection.executemany(
            "INSERT INTO date_index(rid, name, low, high) VALUES (?,?,?,?)",
            [(rid, *date) for rid, new, _ in added for date in new.indexed.dates],
        )

    def sql(self, condition: Condition) -> Sql:
        """True of the rows whose facts the condition holds of, under the rules in force."""
        return compiled(condition, self.digest, self.labelling.number)

    def tokens(self, indexed: Indexed) -> list[tuple[str, str]]:
        """What is searched by equality, as it is kept: digests, and references as they are."""
        digested = [(name, self.digest(f"token-{name}", value)) for name, value in indexed.tokens]
        return digested + list(indexed.references)

    def _facts(self, new: NewVersion) -> list[tuple[str, str]]:
        facts = new.facts
        kinds = (
            ("class", facts.classes),
            ("code", facts.codes),
            ("text", facts.texts),
            ("source", facts.sources),
            ("reference", facts.references),
        )
        kept = [
            (kind, self.digest(kind, value)) for kind, values in kinds for value in sorted(values)
        ]
        return [*kept, ("needs", "")] if _needs_what_it_names(new) else kept


def _numbered(connection: Connection, new: Sequence[NewVersion]) -> list[int]:
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


def _sealed_for(new: NewVersion) -> int | None:
    """The identity whose key seals it; None where it concerns nobody."""
    return new.concerns[0][0] if new.concerns else None


def _columns(new: NewVersion) -> tuple[Any, ...]:
    return (new.type, new.id, new.version, new.author, new.author_role, *_judged(new))


def _judged(new: NewVersion) -> tuple[Any, ...]:
    dates = new.facts.dates
    return (
        _sealed_for(new),
        int(new.several),
        new.labels.topics,
        new.labels.level,
        int(new.labels.pending),
        int(new.labels.ceiling),
        new.labelled,
        said.written(new.labels.said),
        None if dates is None else microseconds(dates[0]),
        None if dates is None else microseconds(dates[1]),
        new.updated,
    )


def _keep(connection: Connection, rid: int) -> None:
    """The current version becomes a former one; its content stays where it is."""
    connection.execute(
        "INSERT INTO former(rid, version, identity, topics, level, pending, ceiling, labelled,"
        " said, updated, deleted) SELECT rid, version, identity, topics, level, pending, ceiling,"
        " labelled, said, updated, deleted FROM resource WHERE rid = ?",
        (rid,),
    )


def _needs_what_it_names(new: NewVersion) -> bool:
    """Whether it cannot be released to someone who may see none of what it refers to."""
    named = frozenset(one for one in new.facts.references if not one.startswith("Patient/"))
    return bool(named) and needs(new.resource, named)


def _context(type_: str, id_: str, version: int) -> bytes:
    return f"{type_}/{id_}/{version}".encode()
