"""Everyone who may be the same person as somebody: by what the gateway makes of them, by what was
confirmed, and by what they were held to be until now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.storage import same_person
from gateway.storage.connection import Connection
from gateway.storage.predicate_sql import placeholders
from gateway.storage.same_person import Confirmation


@dataclass(frozen=True, slots=True)
class Member:
    """An identity: `own` is what the gateway itself makes of it, `person` what is in force."""

    id: int
    own: bytes
    person: bytes
    number: bytes | None


@dataclass(frozen=True, slots=True)
class Circle:
    """Identities by their numbers, and every record that names one of them."""

    members: dict[int, Member]
    records: tuple[Confirmation, ...]

    def standing(self) -> list[Confirmation]:
        return [each for each in self.records if each.until is None]

    def alike(self, identity: int) -> frozenset[int]:
        """Those of whom the gateway itself makes the same."""
        own = self.members[identity].own
        return frozenset(each.id for each in self.members.values() if each.own == own)

    def reached(self, start: Iterable[int], but: frozenset[int] = frozenset()) -> frozenset[int]:
        """Everyone who is one person with these, by way of nobody who is left out (`but`)."""
        found: set[int] = set()
        waiting = [one for one in start if one not in but]
        while waiting:
            one = waiting.pop()
            if one in found:
                continue
            found.add(one)
            said = (each.both for each in self.standing() if one in each.both)
            waiting += self.alike(one).union(*said) - found - but
        return frozenset(found)

    def numbers(self, identities: Iterable[int]) -> frozenset[bytes]:
        """The NHS numbers that these carry."""
        found = (self.members[one].number for one in identities)
        return frozenset(number for number in found if number is not None)

    def contradicted(self, identity: int) -> list[Confirmation]:
        """The records that cannot stand: by them somebody with another number would be the same
        person as this identity."""
        group = self.alike(identity)
        mine = self.numbers(group)
        return [
            each
            for each in self.standing()
            if len(across := each.both - group) == 1
            and numbers_differ(mine, self.numbers(self.reached(across, but=group)))
        ]

    def groups(self) -> list[frozenset[int]]:
        """Who is one person, each group once."""
        found: list[frozenset[int]] = []
        for one in sorted(self.members):
            if not any(one in group for group in found):
                found.append(self.reached([one]))
        return found


def circle(connection: Connection, start: Iterable[int]) -> Circle:
    """The circle around these identities, as it stands."""
    wanted, known = set(start), set[int]()
    members: dict[int, Member] = {}
    records: list[Confirmation] = []
    while wanted != known:
        known = set(wanted)
        members = _alike(connection, known)
        records = same_person.about(connection, members)
        wanted = set(members).union(*(each.both for each in records))
    return Circle(members, tuple(records))


_COLUMNS = "s.id, coalesce(s.own, s.person), s.person, s.number"


def _alike(connection: Connection, identities: set[int]) -> dict[int, Member]:
    listed = placeholders(len(identities))
    each = tuple(sorted(identities))
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM identity s WHERE s.id IN ({listed})"
        f" UNION SELECT {_COLUMNS} FROM identity m JOIN identity s ON s.own = m.own"
        f" WHERE m.id IN ({listed})"
        f" UNION SELECT {_COLUMNS} FROM identity m JOIN identity s ON s.person = m.person"
        f" WHERE m.id IN ({listed})",
        (*each, *each, *each),
    )
    found = (
        Member(id_, bytes(own), bytes(person), None if number is None else bytes(number))
        for id_, own, person, number in rows
    )
    return {each.id: each for each in found}


def numbers_differ(one: frozenset[bytes], other: frozenset[bytes]) -> bool:
    """INVARIANT: two different NHS numbers are two persons, whoever confirms what."""
    return len(one | other) > 1 and bool(one) and bool(other)
