"""The labels of what is stored, judged again under the rules in force.

INVARIANT: nothing becomes visible in an author's own labels that its author could not see when it
was written: what is lent by a resource of somebody else is what was lent then, where that resource
was written anew since, and nothing where it could not be seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consent import said
from consent.labelling import Labels, depends_on
from gateway.actions.lending import Lent, saw_all
from gateway.actions.releasing import as_told, stored_labels, whole
from gateway.actions.services import services_say
from gateway.storage import versions
from gateway.storage.connection import Connection
from gateway.storage.content import Content, content_of
from gateway.storage.relabelling import Standing
from gateway.storage.resources import Resources, Row


@dataclass(frozen=True, slots=True)
class Waits:
    """Something that it names waits for the labeller too, and comes first."""


@dataclass(frozen=True, slots=True)
class Found:
    """The labels of a version, and its content where others are to receive it otherwise."""

    row: Row
    labels: Labels
    content: Content | None


@dataclass(frozen=True, slots=True)
class Again:
    """`met` are labels worked out already and not stored; with `last`, nothing is waited for."""

    connection: Connection
    resources: Resources
    met: Mapping[str, Labels]
    last: bool

    def versions(self, standing: Standing) -> dict[int, Found] | Waits:
        """Each version by its number; a deletion has the labels of what it ended."""
        rows = [] if standing.deleted else [standing.row]
        former = versions.former(self.connection, standing.row.rid)
        rows += [each.row for each in former if not each.deleted]
        found: dict[int, Found] = {}
        for row in rows:
            one = self.of(row)
            if isinstance(one, Waits):
                return one
            found[row.version] = one
        if standing.deleted:
            ended = found[max(found)]
            found[standing.row.version] = Found(standing.row, ended.labels, None)
        return found

    def of(self, row: Row) -> Found | Waits:
        """A version with the labels that decide; the rules that spoke are those that its author
        is told of."""
        labelling = self.resources.labelling
        before = self.resources.opened(row)
        resource = whole(row, before)
        lent = self._lent(row, resource)
        if isinstance(lent, Waits):
            return lent
        services = services_say(self.connection, self.resources, resource, row.author)
        labels = lent.labels(resource, labelling, services)
        after = content_of(resource)
        return Found(row, labels, None if after.shared == before.shared else after)

    def _lent(self, row: Row, resource: Mapping[str, Any]) -> Lent | Waits:
        lent = Lent(self.resources.labelling.number)
        for reference in depends_on(resource, self.resources.labelling.rules):
            type_, _, id_ = reference.partition("/")
            for target in versions.standing(self.connection, type_, [id_]):
                labels = self._lends(row, target.row)
                if isinstance(labels, Waits):
                    return labels
                if target.row.author != row.author and not saw_all(row):
                    continue
                lent.deciding[reference] = labels
                told = _told(row, target.row, labels)
                if told is not None:
                    lent.told[reference] = told
        return lent

    def _lends(self, row: Row, target: Row) -> Labels | Waits:
        """What one resource lends another."""
        labelling = self.resources.labelling
        if target.reference in self.met:
            return self.met[target.reference]
        if target.rid != row.rid and not self.last and not labelling.knows(target.labelled):
            return Waits()
        return stored_labels(target, labelling)


def _told(row: Row, target: Row, lends: Labels) -> Labels | None:
    """What the author of one is told that the other lends: what was lent then, where somebody else
    has written it anew since."""
    if target.author == row.author or target.updated <= row.updated:
        return as_told(lends)
    return _lent_then(row)


def _lent_then(row: Row) -> Labels | None:
    """What was lent by all that it named when it was written."""
    lent = [one for one in said.read(row.said) if one.rule.endswith("#named")]
    if not lent:
        return None
    one = lent[0]
    return Labels(one.topics, one.level, one.unjudged, pending=one.pending)
