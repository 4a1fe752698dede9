"""The past of a resource as one requester may have it: the history of their view.

A version appears only where what they see moved; a former version only where both its own labels
and today's allow it, and always under today's consents. So the history is the one that a server
would tell which never held the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from consent.facts import Facts
from consent.parts import has_parts
from consent.reading_facts import facts_of
from gateway.actions.known import names_of
from gateway.actions.releasing import Released, stored_labels, whole
from gateway.storage import versions
from gateway.storage.resources import Row
from gateway.storage.sealing import version_id
from gateway.storage.times import instant
from gateway.storage.versions import Version

if TYPE_CHECKING:  # the gate asks this page, which asks the gate
    from gateway.actions.gate import Gate
    from gateway.actions.sighting import Sight


@dataclass(frozen=True, slots=True)
class Event:
    """A version in somebody's view; `seen` None: it says that the resource was deleted."""

    reference: str
    version: str
    updated: int
    stored: int
    method: str
    seen: Released | None


def last(gate: Gate, type_: str, ids: list[str]) -> tuple[Sight, list[Version]]:
    """The last version of each resource, deletions too, where the requester may see it."""
    concerned = versions.concerned_by(gate.connection, type_, ids)
    sight = gate.sight_of(type_, concerned)
    return sight, versions.standing(gate.connection, type_, ids, sight.visible)


def events(gate: Gate, sight: Sight, standing: Version) -> list[Event]:
    """The history of the requester's view, newest first; what stands has passed `sight`."""
    told: list[Event] = []
    before: bytes | None = None
    stored = [standing, *versions.former(gate.connection, standing.row.rid)]
    for each in reversed(stored):
        if each.deleted:
            if told:
                told.append(_deletion(gate, each.row))
            continue
        seen = _seen(gate, sight, each, is_current=each is standing)
        if seen is None or timeless(seen) == before:
            continue
        before = timeless(seen)
        method = "PUT" if told else "POST"
        row = each.row
        told.append(Event(row.reference, seen.version, row.updated, row.version, method, seen))
    return told[::-1]


def _seen(gate: Gate, sight: Sight, version: Version, *, is_current: bool) -> Released | None:
    if not is_current and not may_see(gate, version):
        return None
    return gate.released_version(version.row, sight)


def may_see(gate: Gate, version: Version) -> bool:
    """Whether a former version may be seen for what it was: with its own labels and facts."""
    row = version.row
    if has_parts(row.type):  # decided part by part, when it is seen
        return True

    def facts() -> Facts:
        resource = whole(row, gate.installation.resources.opened(row))
        labels = stored_labels(row, gate.installation.resources.labelling)
        labels = replace(labels, ceiling=version.ceiling)
        return facts_of(resource, labels, names_of(gate.connection, row.author))

    return gate.former.allows(row, facts)


def unmoved_since(gate: Gate, sight: Sight, row: Row, seen: Released) -> Released:
    """The same bytes under the version and instant at which the requester's view last moved."""
    shown = timeless(seen)
    since = row
    for each in versions.former(gate.connection, row.rid):  # what stands was never deleted
        earlier = gate.released_version(each.row, sight)
        if earlier is None or not may_see(gate, each):
            continue
        if timeless(earlier) != shown:
            break
        since = each.row
    return seen if since is row else gate.released_version(since, sight) or seen


def timeless(seen: Released) -> bytes:
    """All that is shown but the version and its instant."""
    head = f'"versionId":"{seen.version}","lastUpdated":"{instant(seen.updated)}"'.encode()
    return seen.body.replace(head, b"", 1)


def _deletion(gate: Gate, row: Row) -> Event:
    key = gate.installation.keys.version
    version = version_id(key, row.reference, row.updated, (), b"deleted")
    return Event(row.reference, version, row.updated, row.version, "DELETE", None)
