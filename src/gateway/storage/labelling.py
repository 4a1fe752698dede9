"""Which labelling rules are in force, and by which of them each row was labelled.

Every set of rules that a database meets has a number there. A row carries the number of the set
that its labels come from, or its negative where that set could not judge all of it. What other
rules labelled is not yet labelled; how far these could judge stands beside it (`Labels.doubt`).
"""

from __future__ import annotations

from dataclasses import dataclass

from consent.label_rules import Rules
from gateway.storage.connection import Connection

UNKNOWN = 0  # by no rules that are known here: never labelled


@dataclass(frozen=True, slots=True)
class Labelling:
    """A set of rules, and its number in this database."""

    rules: Rules
    number: int

    def knows(self, labelled: int) -> bool:
        """Whether these rules have spoken about a row, whatever they could say."""
        return labelled in (self.number, -self.number)


def in_force(connection: Connection, rules: Rules) -> Labelling:
    """The rules with their number; in the caller's transaction they get one where they are new."""
    connection.execute(
        "INSERT INTO label_rules(digest, version) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (rules.digest, rules.version),
    )
    row = connection.execute(
        "SELECT number FROM label_rules WHERE digest = ?", (rules.digest,)
    ).fetchone()
    return Labelling(rules, int(row[0]))
