"""What an officer has to look at: one table, one way in, one way out.

An item is cleared by an officer, never by the one whose doing it is, nor by their organisation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.storage.connection import Connection


class Kind(StrEnum):
    """Why an officer has to look. What `about` then names stands beside each."""

    EMERGENCY = "emergency"  # the id of the emergency access
    IDENTITY_DISAGREEMENT = "identity-disagreement"  # Patient/<id>
    UNRESOLVABLE_ACTOR = "unresolvable-actor"  # Consent/<id>
    SPOKEN_CONSENT = "spoken-consent"  # Consent/<id>
    UNTOLD_DISCLOSURE = "untold-disclosure"  # the id of the disclosure
    UNTOLD_ENDING = "untold-ending"  # the id of the telling
    SAME_PERSON_ENDED = "same-person-ended"  # Patient/<id>


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at. Times in microseconds; `organization` (a bare id) and `practitioner`
    ("system|value") are those whose doing it is, where it is anyone's."""

    id: int
    kind: Kind
    about: str
    at: int
    organization: str | None
    practitioner: str | None
    done: int | None
    done_by: str | None
    note: str | None


_COLUMNS = "id, kind, about, at, organization, practitioner, done, done_by, note"
_ADD = """
INSERT INTO queue (kind, about, at, organization, practitioner)
SELECT ?, ?, ?, ?, ? WHERE NOT EXISTS
(SELECT 1 FROM queue WHERE kind = ? AND about = ? AND done IS NULL)
"""


def add(
    connection: Connection,
    kind: Kind,
    about: str,
    at: int,
    *,
    organization: str | None = None,
    practitioner: str | None = None,
) -> None:
    """Put it in the queue, where the same does not wait there already."""
    connection.execute(_ADD, (kind.value, about, at, organization, practitioner, kind.value, about))


def waiting(connection: Connection) -> list[Item]:
    """What nobody has dealt with, the oldest first."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM queue WHERE done IS NULL ORDER BY at, id")
    return [_item(*row) for row in rows]


def item(connection: Connection, id_: int) -> Item | None:
    row = connection.execute(f"SELECT {_COLUMNS} FROM queue WHERE id = ?", (id_,)).fetchone()
    return None if row is None else _item(*row)


def dealt_with(connection: Connection, most: int) -> list[Item]:
    """What was dealt with, the latest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM queue WHERE done IS NOT NULL ORDER BY done DESC, id DESC LIMIT ?",
        (most,),
    )
    return [_item(*row) for row in rows]


def clear(connection: Connection, id_: int, by: str, note: str, at: int) -> bool:
    """Deal with an item; False where somebody else has already."""
    done = connection.execute(
        "UPDATE queue SET done = ?, done_by = ?, note = ? WHERE id = ? AND done IS NULL",
        (at, by, note, id_),
    )
    return done.rowcount == 1


def _item(id_: int, kind: str, *rest: object) -> Item:
    return Item(id_, Kind(kind), *rest)  # type: ignore[arg-type]  # the columns as they are declared
