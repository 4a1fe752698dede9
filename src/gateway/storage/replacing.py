"""A definition of ours in new words, in place of the old: no former version of it is kept."""

from __future__ import annotations

from dataclasses import replace

from gateway.storage.connection import Connection
from gateway.storage.content import content_of
from gateway.storage.resources import NewVersion, Resources, Row
from gateway.storage.rows import sealed_for


def replace_definition(
    connection: Connection, resources: Resources, row: Row, new: NewVersion
) -> None:
    """Store it where it says anything else than the row does.

    INVARIANT: what it said before is gone with it, as a licence that has ended allows no copy to be
    given out. Numbers of versions go on: no ETag ever means two contents.
    """
    if resources.opened(row) == content_of(new.resource):
        return
    resources.replace(connection, row.rid, replace(new, version=row.version + 1))
    connection.execute("DELETE FROM former WHERE rid = ?", (row.rid,))
    connection.execute(
        "DELETE FROM content WHERE identity = ? AND rid = ? AND version <= ?",
        (sealed_for(new) or 0, row.rid, row.version),
    )
