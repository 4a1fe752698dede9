"""Resources as rows: the sealed content, and beside it what consents and searches ask about."""

from __future__ import annotations

from collections.abc import Sequence

from consent import said
from consent.label_rules import rules
from consent.predicate import Condition
from gateway.keys import Keys
from gateway.storage.connection import Connection
from gateway.storage.digests import Digests
from gateway.storage.labelling import Labelling
from gateway.storage.predicate_sql import Sql, compiled
from gateway.storage.rows import COLUMNS, WROTE, NewVersion, Row, judged, keep, numbered, sealed_for
from gateway.storage.sealed_content import Contents
from gateway.storage.sealing import DataKeys, hmac_hex

__all__ = ["COLUMNS", "WROTE", "NewVersion", "Resources", "Row"]  # what a store of them gives


class Resources:
    """Writes and opens rows with the keys of this installation."""

    def __init__(self, keys: Keys, data_keys: DataKeys, labelling: Labelling | None = None) -> None:
        """`labelling` are the rules in force; those of the product, where it is new, are given."""
        self.labelling = labelling or Labelling(rules(), 1)
        self._keys = keys
        self._digests = Digests(keys)
        self._contents = Contents(keys, data_keys)
        self.digest = self._digests.digest
        self.tokens = self._digests.tokens
        self.opened = self._contents.opened
        self.lay_out = self._contents.lay_out

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
                identity=sealed_for(each),
                topics=each.labels.topics,
                level=each.labels.level,
                doubt=each.labels.doubt,
                updated=each.updated,
                content=sealed,
                key=key,
                labelled=each.labelled,
                said=said.written(each.labels.said),
            )
            for rid, each, (sealed, key) in zip(
                numbered(connection, new), new, self._contents.sealed(connection, new), strict=True
            )
        ]
        self._add_beside(
            connection, [(row.rid, each, row.content) for row, each in zip(rows, new, strict=True)]
        )
        return rows

    def replace(self, connection: Connection, rid: int, new: NewVersion) -> None:
        """Store a further version; the one before is kept as it was."""
        ((sealed, _),) = self._contents.sealed(connection, [new])
        keep(connection, rid)
        connection.execute(
            "UPDATE resource SET version = ?, identity = ?, several = ?, topics = ?, level = ?,"
            " pending = ?, ceiling = ?, labelled = ?, said = ?, dated_from = ?, dated_to = ?,"
            " updated = ?, deleted = 0"
            " WHERE rid = ?",
            (new.version, *judged(new), rid),
        )
        for table in ("concern", "delivery", "token_index", "date_index"):
            connection.execute(f"DELETE FROM {table} WHERE rid = ?", (rid,))
        connection.execute("DELETE FROM fact WHERE rid = ? AND kind <> ?", (rid, WROTE))
        self._add_beside(connection, [(rid, new, sealed)])

    def delete(self, connection: Connection, rid: int, updated: int) -> None:
        """A version without content: no search finds it, and whom it concerned stays known."""
        keep(connection, rid)
        connection.execute(
            "UPDATE resource SET version = version + 1, deleted = 1, updated = ? WHERE rid = ?",
            (updated, rid),
        )
        for table in ("token_index", "date_index"):
            connection.execute(f"DELETE FROM {table} WHERE rid = ?", (rid,))

    def _add_beside(
        self, connection: Connection, added: Sequence[tuple[int, NewVersion, bytes | None]]
    ) -> None:
        connection.executemany(
            "INSERT INTO content(identity, rid, version, sealed) VALUES (?,?,?,?)",
            [(sealed_for(new) or 0, rid, new.version, sealed) for rid, new, sealed in added],
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
            [(rid, *fact) for rid, new, _ in added for fact in self._digests.facts(new)],
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
