"""What carries the labels of what it names: found by the references that it holds, and by the rule
that says so among those that set its labels."""

from __future__ import annotations

from consent.said import CARRIED
from consent.topics import LEVELS
from gateway.storage.connection import Connection
from gateway.storage.labelling import Labelling
from gateway.storage.resources import COLUMNS, Row

_HIGHEST = len(LEVELS) - 1  # with some topics it is under the ceiling
_ABOVE = """
WITH RECURSIVE above(rid) AS (
 SELECT f.rid FROM fact f JOIN resource r ON r.rid = f.rid
 WHERE f.kind = 'reference' AND f.value = ? AND r.deleted = 0 AND r.said LIKE ?
 UNION
 SELECT f.rid FROM above a JOIN resource n ON n.rid = a.rid
 JOIN fact f ON f.kind = 'reference' AND f.value = n.type || '/' || n.id
 JOIN resource r ON r.rid = f.rid WHERE r.deleted = 0 AND r.said LIKE ?
)
UPDATE resource SET
 topics = resource.topics | n.topics,
 level = CASE WHEN resource.level < n.level THEN n.level ELSE resource.level END,
 pending = CASE WHEN n.pending > resource.pending THEN n.pending ELSE resource.pending END,
 ceiling = CASE WHEN n.ceiling <> 0 OR n.level = ? THEN 1 ELSE resource.ceiling END,
 labelled = CASE WHEN n.pending <> 0 AND resource.labelled = ? THEN -resource.labelled
  ELSE resource.labelled END
FROM resource n WHERE n.type = ? AND n.id = ? AND resource.rid IN (SELECT rid FROM above)
RETURNING resource.type, resource.id, resource.rid
"""


def naming(connection: Connection, reference: str) -> list[Row]:
    """What stands, carries labels, and refers to a resource ("Type/id")."""
    found = connection.execute(
        f"SELECT {COLUMNS} FROM resource r WHERE r.deleted = 0 AND r.said LIKE ? AND r.rid IN"
        " (SELECT f.rid FROM fact f WHERE f.kind = 'reference' AND f.value = ?) ORDER BY r.rid",
        (f"%{CARRIED}%", reference),
    )
    return [Row(*row) for row in found.fetchall()]


def give_all(connection: Connection, reference: str, labelling: Labelling) -> dict[str, int]:
    """Add the labels of a resource to those of all that refers to it and carries labels, and of all
    that so refers to that; which these are, with their numbers. The stamps of whom they concern
    rise with it."""
    type_, _, id_ = reference.partition("/")
    carried = f"%{CARRIED}%"
    moved = connection.execute(
        _ABOVE,
        (reference, carried, carried, _HIGHEST, labelling.number, type_, id_),
    )
    return {f"{kind}/{one}": rid for kind, one, rid in moved.fetchall()}
