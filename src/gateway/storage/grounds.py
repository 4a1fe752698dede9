"""On what ground something was recorded about a person, and by whom: sealed with their data key."""

from __future__ import annotations

import msgspec

from gateway.storage.connection import Connection
from gateway.storage.sealing import DataKey, DataKeys


class Ground(msgspec.Struct, frozen=True):
    """`by` recorded it; `evidence` is what they saw; `who` it is about, where it is somebody
    besides the person: their identifier and how they are called."""

    by: str
    evidence: str
    who: str = ""
    called: str = ""


def sealed(
    connection: Connection, data_keys: DataKeys, identity: int, record: str, ground: Ground
) -> bytes:
    """The ground of a record of this id, as it is kept."""
    key = _key(connection, data_keys, identity)
    return key.seal(msgspec.json.encode(ground), record.encode())


def opened(
    connection: Connection, data_keys: DataKeys, identity: int, record: str, content: bytes
) -> Ground:
    key = _key(connection, data_keys, identity)
    return msgspec.json.decode(key.open(content, record.encode()), type=Ground)


def _key(connection: Connection, data_keys: DataKeys, identity: int) -> DataKey:
    row = connection.execute("SELECT key FROM identity WHERE id = ?", (identity,)).fetchone()
    return data_keys.of(identity, bytes(row[0]))
