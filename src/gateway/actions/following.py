"""Labels follow what is named: who carries the labels of a resource carries those that it has now.

INVARIANT: what becomes more sensitive takes along, in the same transaction, all that carries its
labels, whoever wrote it. What an author is told of its own stays as it was when it wrote: the rest
may come from what it may not see.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from consent import said
from consent.labelling import Labels
from gateway.actions.judging_again import Again, Waits
from gateway.storage import carrying, relabelling
from gateway.storage.connection import Connection
from gateway.storage.resources import Resources, Row

MOST = 500  # labelled anew in one write


def follow(connection: Connection, resources: Resources, named: str) -> dict[str, int]:
    """Label anew what names a resource ("Type/id") whose labels have moved, and what names that in
    turn: which of them carry other labels now, with their numbers.

    Where that is too much for one write, all that leads to the resource is given its labels besides
    those that it has: more than it may carry, never less.
    """
    again = Again(connection, resources, {}, last=True)
    moved, waiting, left = dict[str, int](), deque([named]), MOST
    while waiting:
        for row in carrying.naming(connection, waiting.popleft()):
            if left == 0:
                return moved | carrying.give_all(connection, named, resources.labelling)
            left -= 1
            if _relabelled(connection, resources, again, row):
                moved[row.reference] = row.rid
                waiting.append(row.reference)
    return moved


def _relabelled(connection: Connection, resources: Resources, again: Again, row: Row) -> bool:
    """Whether it carries other labels now. What waits for the labeller goes on waiting."""
    labelling = resources.labelling
    found = again.of(row)
    if isinstance(found, Waits) or not labelling.knows(row.labelled):
        return False
    if _same(row, found.labels):
        return False
    told = replace(found.labels, said=said.read(row.said))
    relabelling.label_standing(connection, row, told, labelling.number)
    return True


def _same(row: Row, labels: Labels) -> bool:
    """The ceiling follows from topics and level."""
    return (row.topics, row.level, row.doubt) == (
        labels.topics,
        labels.level,
        labels.doubt,
    )
