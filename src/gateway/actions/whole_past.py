"""Every version of what a consent names, the oldest first: what it says must not move after it.

docs/decisions/0018: whoever writes a team, a staff entry or a record widens nobody's permit by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from gateway.actions.releasing import whole
from gateway.fhir.references import local
from gateway.storage import versions
from gateway.storage.connection import Connection
from gateway.storage.resources import Resources
from gateway.storage.times import moment_of

MOST_VERSIONS = 200

Past = list[tuple[datetime, dict[str, Any] | None]]


def past_of(connection: Connection, resources: Resources, reference: str) -> Past:
    """When each version was stored and what it said, None for a deletion; nothing of what is not
    held, is deleted, or has been changed so often that nobody could follow."""
    type_, id_ = local(reference) or ("", "")
    standing = versions.standing(connection, type_, [id_])
    if not standing or standing[0].deleted:
        return []
    earlier = versions.former(connection, standing[0].row.rid)
    every = [standing[0], *islice(earlier, MOST_VERSIONS)]
    return list(_said(resources, reversed(every))) if len(every) <= MOST_VERSIONS else []


def _said(
    resources: Resources, every: Iterator[versions.Version]
) -> Iterator[tuple[datetime, dict[str, Any] | None]]:
    for each in every:
        row = each.row
        yield (
            moment_of(row.updated),
            None if each.deleted else whole(row, resources.opened(row)),
        )
