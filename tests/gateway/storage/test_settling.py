"""Who is one person is what number and date make of each, and what was confirmed and stands;
whatever happened before, and in whatever order."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from gateway.keys import Keys
from gateway.storage import identities, same_person
from gateway.storage.circle import circle, numbers_differ
from gateway.storage.connection import Connection
from gateway.storage.same_person import Confirmation
from gateway.storage.sealing import DataKeys
from gateway.storage.settling import settle

NUMBERS = (None, None, "9990000018", "9990000026")
DATES = (None, "1987-04-12", "1950-01-01")
Data = tuple[str | None, str | None]


@dataclass
class Town:
    """Patients of several organisations, and who was confirmed to be whom."""

    connection: Connection
    keys: Keys
    data_keys: DataKeys
    known: dict[str, Data] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    now: datetime = datetime(2026, 5, 3, tzinfo=UTC)

    def later(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def registers(self, data: Data) -> None:
        name = f"p{len(self.known)}"
        made = identities.register(self.connection, self.keys, self.data_keys, name, "a", *data)
        self.known[name], self.ids[name] = data, made.identity.id

    def corrects(self, name: str, data: Data) -> None:
        before, self.known[name] = self.known[name], data
        done = identities.correct(self.connection, self.keys, name, before, data)
        around = circle(self.connection, [done.identity])
        for each in around.contradicted(done.identity):
            same_person.end(self.connection, each.id, self.now)
        settle(self.connection, [done.identity], self.later(), done.moved)

    def confirms(self, one: str, other: str) -> None:
        both = [self.ids[one], self.ids[other]]
        around = circle(self.connection, both)
        numbers = [around.numbers(around.reached([each])) for each in both]
        if numbers_differ(*numbers):
            return
        id_ = f"c{self.later().isoformat()}"
        new = Confirmation(id_, *both, their_word=False, since=self.now, until=None, sealed=b"")
        same_person.add(self.connection, new)
        settle(self.connection, [both[0]], self.now)

    def parts(self, record: Confirmation) -> None:
        same_person.end(self.connection, record.id, self.later())
        settle(self.connection, record.both, self.now)

    def standing(self) -> list[Confirmation]:
        return [each for each in same_person.everything(self.connection) if each.until is None]

    def held(self) -> dict[int, tuple[bytes, bytes, bytes | None, int]]:
        rows = self.connection.execute("SELECT id, own, person, number, stamp FROM identity")
        return {row[0]: (bytes(row[1]), bytes(row[2]), row[3], row[4]) for row in rows}


def partition(groups: dict[int, bytes]) -> set[frozenset[int]]:
    return {frozenset(i for i, g in groups.items() if g == one) for one in groups.values()}


def expected(town: Town) -> set[frozenset[int]]:
    """By names for each, the lowest of those who are joined, until nothing moves."""
    held = town.held()
    joins = [(one, other) for one in held for other in held if held[one][0] == held[other][0]]
    joins += [(each.one, each.other) for each in town.standing()]
    lowest = {one: one for one in held}
    for _ in held:
        for one, other in joins:
            lowest[one] = lowest[other] = min(lowest[one], lowest[other])
    return {frozenset(i for i in lowest if lowest[i] == one) for one in lowest.values()}


@pytest.mark.parametrize("seed", range(6))
def test_persons_are_what_stands_makes_of_them(
    connection: Connection, keys: Keys, data_keys: DataKeys, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - made-up people
    town = Town(connection, keys, data_keys)
    for _ in range(4):
        town.registers((chance.choice(NUMBERS), chance.choice(DATES)))
    for _ in range(40):
        before = town.held()
        match chance.choice(["registers", "corrects", "confirms", "confirms", "parts"]):
            case "registers" if len(town.known) < 9:
                town.registers((chance.choice(NUMBERS), chance.choice(DATES)))
            case "corrects":
                data = chance.choice(NUMBERS), chance.choice(DATES)
                town.corrects(chance.choice(list(town.known)), data)
            case "confirms":
                town.confirms(*chance.sample(list(town.known), 2))
            case "parts" if town.standing():
                town.parts(chance.choice(town.standing()))
        after = town.held()
        groups = partition({one: row[1] for one, row in after.items()})
        assert groups == expected(town)
        for group in groups:
            assert after[min(group)][0] == after[min(group)][1]
        for group in groups - partition({one: row[1] for one, row in before.items()}):
            assert all(after[i][3] > before[i][3] for i in group & before.keys())
        for record in town.standing():
            around = circle(connection, [record.one])
            assert around.contradicted(record.one) == []
