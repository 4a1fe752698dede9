"""Which organisation received what under the person's consents: each pair once, with the log's row.

Who has to be told that a consent has ended is found by this, whatever the length of the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from consent import codes
from gateway.audit.entry import Entry, Recorded
from gateway.storage.connection import Connection

MOST = 100_000  # references in the releases that are remembered to have been noted
_ADD = "INSERT INTO received (entity, organization) VALUES (?, ?) ON CONFLICT DO NOTHING"

_Release = tuple[str, tuple[str, ...]]


class Received:
    """Notes what entries say was received. What is asked for again and again is noted once."""

    def __init__(self) -> None:
        self._noted: set[_Release] = set()
        self._held = 0  # references in them

    def note(self, connection: Connection, recorded: Iterable[Recorded]) -> Callable[[], None]:
        """Within the open transaction; call what comes back once it is committed.

        INVARIANT: nothing is taken as noted that may yet be rolled back.
        """
        releases = {
            (each.entry.organization, each.entry.entities)
            for each in recorded
            if is_received(each.entry)
        } - self._noted
        if releases:
            connection.executemany(_ADD, _pairs(releases))
        return lambda: self._remember(releases)

    def _remember(self, releases: set[_Release]) -> None:
        held = sum(1 + len(entities) for _, entities in releases)
        if self._held + held > MOST:
            self._noted, self._held = set(), 0
        if held <= MOST:
            self._noted |= releases
            self._held += held


def is_received(entry: Entry) -> bool:
    """Whether a service was shown something that consents were held against. What it was shown in
    an emergency, or by a disclosure, was not under a consent."""
    return (
        entry.role == "service"
        and entry.outcome == "permitted"
        and entry.is_under_consents
        and entry.purpose not in codes.emergency()
    )


def _pairs(releases: Iterable[_Release]) -> list[tuple[str, str]]:
    """In one order, so that no two servers wait for each other."""
    return sorted(
        {
            (entity.partition("/_history/")[0], organization.removeprefix("Organization/"))
            for organization, entities in releases
            for entity in entities
        }
    )
