"""Working out anew who is one person, in the transaction in which that may have changed.

`identity.person` is what everything else goes by. It is `own`, what the gateway itself makes of the
oldest identity of those who are one person: by number and date, or by what was confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from gateway.storage import linked
from gateway.storage.circle import Circle, Member, circle
from gateway.storage.conditions import among
from gateway.storage.connection import Connection
from gateway.storage.times import microseconds

NOBODY: frozenset[int] = frozenset()

# What was recorded about whom a Patient means, and counts only while it means them.
_RECORDED = ("delegate", "judgement", "emergency", "clearing")


@dataclass(frozen=True, slots=True)
class _Moved:
    """An identity that means another person from now on."""

    member: Member
    person: bytes


def settle(
    connection: Connection,
    start: Iterable[int],
    now: datetime,
    corrected: frozenset[int] = NOBODY,
) -> None:
    """Everyone around these identities means whom they mean now.

    `corrected` are those whose own number or date was: what was recorded about whom they meant
    stays with that person. What was recorded of the others goes with them.
    """
    around = circle(connection, start)
    groups = around.groups()
    moved = [
        _Moved(around.members[one], around.members[min(group)].own)
        for group in groups
        for one in sorted(group)
        if around.members[one].person != around.members[min(group)].own
    ]
    for each in moved:
        connection.execute(
            "UPDATE identity SET person = ? WHERE id = ?", (each.person, each.member.id)
        )
    for each in moved:
        _parted(connection, each.member.id)
        if _is_still_known(around, each, groups, corrected):
            _take_along(connection, each)
            _share_the_log(connection, around, each, now)
    _told_to_linked(connection, moved)


def _is_still_known(
    around: Circle, moved: _Moved, groups: list[frozenset[int]], corrected: frozenset[int]
) -> bool:
    """Whether it means whom it meant, under another name: nothing of its own was corrected, or it
    keeps company with somebody of whom nothing was."""
    group = next(each for each in groups if moved.member.id in each)
    was = {each.id for each in around.members.values() if each.person == moved.member.person}
    return bool((group & was) - corrected)


def _take_along(connection: Connection, moved: _Moved) -> None:
    values = (moved.person, moved.member.id, moved.member.person)
    for table in _RECORDED:
        connection.execute(
            f"UPDATE {table} SET person = ? WHERE identity = ? AND person = ?", values
        )


def _share_the_log(connection: Connection, around: Circle, moved: _Moved, now: datetime) -> None:
    """What was recorded about them as one person while they were, each of them may read: so far as
    it names what is theirs. What was recorded before stays with whom it was about, and is found by
    everyone who is one person with them."""
    was = moved.member.person
    together = [
        each.since
        for each in around.records
        if (each.until is None or each.until >= now)
        and any(around.members[one].person == was for one in each.both)
    ]
    if not together or any(
        around.members[one].own == was for one in around.reached([moved.member.id])
    ):
        return
    connection.execute(
        "INSERT INTO audit_person(person, number) SELECT ?, p.number FROM audit_person p"
        " JOIN audit a ON a.number = p.number WHERE p.person = ? AND a.at >= ?"
        " ON CONFLICT DO NOTHING",
        (moved.person, was, microseconds(min(together))),
    )


def _parted(connection: Connection, identity: int) -> None:
    """What named one person by two identities is about two people once these are not the same."""
    parted = tuple(
        rid
        for (rid,) in connection.execute(
            "SELECT DISTINCT c.rid FROM concern c JOIN identity mine ON mine.id = c.identity"
            " JOIN concern o ON o.rid = c.rid JOIN identity other ON other.id = o.identity"
            " WHERE c.identity = ? AND c.several = 0 AND other.person != mine.person",
            (identity,),
        ).fetchall()
    )
    _set_several(connection, parted, 1)


def about_one(connection: Connection, rids: Iterable[int]) -> None:
    """These rows named one person by several identities, and nobody else."""
    _set_several(connection, rids, 0)


def _set_several(connection: Connection, rids: Iterable[int], several: int) -> None:
    for rid in rids:
        for table in ("resource", "concern"):
            connection.execute(f"UPDATE {table} SET several = ? WHERE rid = ?", (several, rid))


def perhaps_about_one(connection: Connection, identities: Iterable[int]) -> list[tuple[str, str]]:
    """The type and id of what concerns one of these and was held to be about several persons, and
    all whom it concerns are one now."""
    listed = among(tuple(identities))
    rows = connection.execute(
        "SELECT DISTINCT r.type, r.id FROM concern c JOIN resource r ON r.rid = c.rid"
        f" WHERE c.identity IN {listed.text} AND c.several = 1 AND r.deleted = 0"
        " AND 1 = (SELECT count(DISTINCT i.person) FROM concern o"
        "  JOIN identity i ON i.id = o.identity WHERE o.rid = r.rid)"
        " AND 1 < (SELECT count(DISTINCT o.identity) FROM concern o WHERE o.rid = r.rid)",
        listed.values,
    )
    return [(type_, id_) for type_, id_ in rows]


def _told_to_linked(connection: Connection, moved: Iterable[_Moved]) -> None:
    """Whoever is linked to one of the persons has to heed what the others say, or no longer."""
    persons = {each.person for each in moved} | {each.member.person for each in moved}
    if persons:
        linked.consented(connection, frozenset(persons))
