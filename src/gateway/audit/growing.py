"""The tree grows by leaves: the newest checkpoint is signed and kept, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.audit.checkpoint import Checkpoint, sign
from gateway.audit.merkle import Frontier, frontier_from
from gateway.audit.note import Signer
from gateway.storage.connection import Connection


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree as the database has it: its frontier, and the note that says so."""

    frontier: Frontier
    note: str | None


def tree(connection: Connection) -> Tree:
    row = connection.execute(
        "SELECT size, frontier, note FROM checkpoint ORDER BY size DESC LIMIT 1"
    ).fetchone()
    return Tree(Frontier(), None) if row is None else Tree(frontier_from(row[0], row[1]), row[2])


def grow(connection: Connection, signer: Signer, before: Tree, leaves: Sequence[bytes]) -> str:
    """The signed note of the tree with these leaves, kept in place of the one before.

    The database keeps the newest checkpoint only: it covers every entry, and the frontier of an
    older one serves nobody.
    """
    grown = before.frontier.extended(list(leaves))
    note = sign(signer, Checkpoint(grown.size, grown.root()))
    connection.execute("DELETE FROM checkpoint")
    connection.execute(
        "INSERT INTO checkpoint (size, note, frontier) VALUES (?, ?, ?)",
        (grown.size, note, grown.to_bytes()),
    )
    return note
