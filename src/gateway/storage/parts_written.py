"""Which organisation other than the author wrote which part of which version of a resource.

Kept among the facts of the resource, beside what consents ask about, and never taken away with
them: versions that were, are shown as they were.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from consent.parts import Place
from gateway.storage.connection import Connection
from gateway.storage.resources import WROTE


def written_by(
    connection: Connection, rid: int, version: int, organization: str
) -> frozenset[Place]:
    """The parts of one version that this organisation put there."""
    return frozenset(
        place for place, one in writers(connection, rid, version).items() if one == organization
    )


def writers(connection: Connection, rid: int, version: int) -> dict[Place, str]:
    """Who, other than the author, put which part of one version there."""
    found = connection.execute(
        "SELECT value FROM fact WHERE rid = ? AND kind = ? AND value LIKE ?",
        (rid, WROTE, f"{version} %"),
    )
    return {
        tuple(json.loads(place)): organization
        for _, organization, place in (value.split(" ", 2) for (value,) in found)
    }


def note(connection: Connection, rid: int, version: int, wrote: Mapping[Place, str]) -> None:
    """Keep who put which part of this version there."""
    connection.executemany(
        "INSERT INTO fact(rid, kind, value) VALUES (?,?,?)",
        [(rid, WROTE, f"{version} {one} {_text(place)}") for place, one in wrote.items()],
    )


def _text(place: Place) -> str:
    return json.dumps(place, separators=(",", ":"))
