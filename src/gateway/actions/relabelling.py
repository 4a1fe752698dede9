"""Brings the labels of what is stored up to date with the rules in force.

In batches, each a transaction with its own row in the log, beside running servers: what is not yet
done waits, and no permit releases it. Safe to interrupt, and to run twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from consent.labelling import Labels
from gateway.actions.following import follow
from gateway.actions.judging_again import Again, Found, Waits
from gateway.audit.entry import Entry, Recorded
from gateway.storage import relabelling
from gateway.storage.connection import Connection, transaction
from gateway.storage.relabelling import Standing
from gateway.storage.resources import Resources, Row

Append = Callable[[Connection, list[Recorded]], Callable[[], None]]
BATCH = 100  # resources of one transaction: a server's own writes wait for no more than these


@dataclass(slots=True)
class Done:
    """What a relabelling came to, in resources."""

    waiting: int
    seen: int = 0
    changed: int = 0
    unjudged: int = 0  # in words, in part
    pending: int = 0  # no rule can label it


@dataclass(slots=True)
class Relabelling:
    """One run. `operator` is the organisation that the log names; `append` writes the log."""

    connection: Connection
    resources: Resources
    append: Append
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    operator: str
    at_once: int = BATCH
    _met: dict[str, Labels] = field(default_factory=dict)  # of a dry run, by "Type/id"

    def run(self, *, dry: bool, told: Callable[[Done], None]) -> Done:
        """All that waits; `told` hears how far it is. A dry run changes nothing.

        What names something that waits too comes in a later pass; what names only each other comes
        last, and is left to wait for nobody.
        """
        done = Done(relabelling.waiting(self.connection, self.resources.labelling))
        last = False
        while done.waiting:
            before = done.seen
            self._pass(done, dry=dry, last=last, told=told)
            if last and done.seen == before:
                break
            last = done.seen == before
        return done

    def _pass(self, done: Done, *, dry: bool, last: bool, told: Callable[[Done], None]) -> None:
        after = 0
        while batch := self._batch(after, done, dry=dry, last=last):
            after = batch[-1].row.rid
            told(done)

    def _batch(self, after: int, done: Done, *, dry: bool, last: bool) -> list[Standing]:
        if dry:
            batch, _ = self._labelled(after, done, dry=dry, last=last)
            return batch
        publish: Callable[[], None] | None = None
        with transaction(self.connection):
            batch, changed = self._labelled(after, done, dry=dry, last=last)
            if changed:
                publish = self.append(self.connection, [self._recorded(changed)])
        if publish is not None:
            publish()
        return batch

    def _labelled(
        self, after: int, done: Done, *, dry: bool, last: bool
    ) -> tuple[list[Standing], dict[str, int]]:
        """The next that wait, labelled where they can be; those that carry other labels now, and
        with them what names them."""
        labelling = self.resources.labelling
        batch = relabelling.some_waiting(self.connection, labelling, after, self.at_once)
        again = Again(self.connection, self.resources, self._met, last=last)
        changed: dict[str, int] = {}
        for each in batch:
            if each.row.reference in self._met:
                continue
            found = again.versions(each)
            if isinstance(found, Waits):
                continue
            labels = found[each.row.version].labels
            done.seen += 1
            done.unjudged += labels.unjudged
            done.pending += labels.pending
            differ = _differ(each, labels)
            done.changed += differ
            if dry:
                self._met[each.row.reference] = labels
                continue
            self._set(each.row, found)
            if differ:
                changed[each.row.reference] = each.row.rid
                changed |= follow(self.connection, self.resources, each.row.reference)
        return batch, changed

    def _set(self, row: Row, found: dict[int, Found]) -> None:
        number = self.resources.labelling.number
        for version, one in found.items():
            if version == row.version:
                relabelling.label_standing(self.connection, row, one.labels, number)
            else:
                relabelling.label_former(self.connection, row.rid, version, one.labels, number)
            if one.content is not None:
                self.resources.lay_out(self.connection, one.row, one.content)

    def _recorded(self, changed: dict[str, int]) -> Recorded:
        """The log's row for a batch: which resources carry other labels now, under which rules."""
        rules = self.resources.labelling.rules.version
        entry = Entry(
            id=self.new_id(),
            at=self.clock().isoformat(timespec="microseconds").replace("+00:00", "Z"),
            action="U",
            interaction="relabel",
            outcome="permitted",
            organization=self.operator,
            client="onestory-relabel",
            role="operator",
            purpose="HOPERAT",
            entities=tuple(changed),
            query=f"rules={rules}",
        )
        return Recorded(entry, relabelling.persons_of(self.connection, list(changed.values())))


def _differ(each: Standing, labels: Labels) -> bool:
    row = each.row
    before = (row.topics, row.level, row.doubt, each.ceiling)
    return before != (labels.topics, labels.level, labels.doubt, labels.ceiling)
