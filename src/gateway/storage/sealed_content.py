"""The content of versions, sealed with the key of the identity that each concerns first.

What concerns nobody may still be somebody's words: it has a key of its own, and only the directory
is kept open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.fhir.types import DIRECTORY
from gateway.keys import Keys
from gateway.storage.connection import Connection
from gateway.storage.content import Content, content_of, pack, unpack
from gateway.storage.predicate_sql import placeholders
from gateway.storage.rows import NewVersion, Row, sealed_for
from gateway.storage.sealing import DataKey, DataKeys, SealError, hmac_bytes


class Contents:
    """Seals and opens contents with the keys of this installation."""

    def __init__(self, keys: Keys, data_keys: DataKeys) -> None:
        self._data_keys = data_keys
        self._nobodys = DataKey(hmac_bytes(keys.wrapping, "content-of-nobody", ""))

    def sealed(
        self, connection: Connection, new: Sequence[NewVersion]
    ) -> Iterator[tuple[bytes, bytes]]:
        """The content of each as it is kept, and the wrapped key of the identity that seals it."""
        identities = {identity for each in new if (identity := sealed_for(each)) is not None}
        wrapped = dict(
            connection.execute(
                f"SELECT id, key FROM identity WHERE id IN ({placeholders(len(identities))})",
                tuple(identities),
            )
        )
        for each in new:
            packed = pack(content_of(each.resource))
            context = _context(each.type, each.id, each.version)
            identity = sealed_for(each)
            if identity is not None:
                key = self._data_keys.of(identity, wrapped[identity])
                yield key.seal(packed, context), wrapped[identity]
            elif each.type in DIRECTORY:
                yield packed, b""
            else:
                yield self._nobodys.seal(packed, context), b""

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


def _context(type_: str, id_: str, version: int) -> bytes:
    return f"{type_}/{id_}/{version}".encode()
