"""The sets of consents beside the log: each is written with the first row that names it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from gateway.audit.consent_set import ConsentSet, found_by, versions_of
from gateway.audit.entry import Entry, Recorded
from gateway.storage.conditions import among
from gateway.storage.connection import Connection
from gateway.storage.predicate_sql import Sql

MOST = 10_000  # sets that are remembered to have been written
_SET = "INSERT INTO audit_set (digest, members) VALUES (?, ?) ON CONFLICT DO NOTHING"
_MEMBER = "INSERT INTO audit_set_member (entity, digest) VALUES (?, ?) ON CONFLICT DO NOTHING"
_LISTED = "SELECT digest, members FROM audit_set WHERE digest IN (SELECT value FROM json_each(?))"

_NAMING = (
    "a.number IN (SELECT number FROM audit_entity WHERE entity IN {listed} UNION ALL"
    " SELECT e.number FROM audit_set_member m JOIN audit_entity e ON e.entity = m.digest"
    " WHERE m.entity IN {listed})"
)


class Sets:
    """Writes the sets that rows name. One that stands is not written again."""

    def __init__(self) -> None:
        self._standing: set[str] = set()

    def write(self, connection: Connection, recorded: Iterable[Recorded]) -> Callable[[], None]:
        """Within the open transaction; call what comes back once it is committed.

        INVARIANT: a set is durable with the first row that names it; none is taken to stand that
        may yet be rolled back.
        """
        named = {each.consents for each in recorded if each.consents is not None}
        new = [each for each in named if each.digest not in self._standing]
        if new:
            _insert(connection, sorted(new))  # in one order: no two servers wait for each other
        return lambda: self._remember(new)

    def _remember(self, new: Iterable[ConsentSet]) -> None:
        if len(self._standing) > MOST:
            self._standing.clear()
        self._standing.update(each.digest for each in new)


def _insert(connection: Connection, new: Iterable[ConsentSet]) -> None:
    connection.executemany(_SET, [(each.digest, each.members) for each in new])
    connection.executemany(
        _MEMBER, [(consent, each.digest) for each in new for consent in _consents(each)]
    )


def _consents(named: ConsentSet) -> tuple[str, ...]:
    return found_by(versions_of(named.digest, named.members) or ())


def naming(entities: tuple[str, ...]) -> Sql:
    """True of the rows (`audit AS a`) that name one of these, or a set that it is in."""
    listed = among(entities)
    return Sql(_NAMING.format(listed=listed.text), (*listed.values, *listed.values))


def shown(connection: Connection, entries: Iterable[Entry]) -> list[Entry]:
    """The entries as people read them: with the versions in place of the set's digest, which is
    left where the set is not there as it was. They are not what was hashed."""
    read = list(entries)
    digests = sorted({each.consent_set for each in read if each.consent_set})
    found = kept(connection, digests) if digests else ()
    held = {digest: versions_of(digest, members) for digest, members in found}
    return [_shown(each, held.get(each.consent_set)) for each in read]


def _shown(entry: Entry, versions: tuple[str, ...] | None) -> Entry:
    if versions is None:
        return entry
    return msgspec.structs.replace(entry, consents=versions, consent_set="")


def kept(connection: Connection, digests: Sequence[str]) -> Iterable[tuple[str, Any]]:
    """The sets of these digests with their members as they are kept, whatever that is."""
    listed = msgspec.json.encode(digests).decode()
    return connection.execute(_LISTED, (listed,)).fetchall()


def members_of(connection: Connection, digest: str) -> object:
    """The members of a set as they are kept, whatever that is; None where it is not."""
    row = connection.execute("SELECT members FROM audit_set WHERE digest = ?", (digest,)).fetchone()
    return None if row is None else row[0]


def is_in(connection: Connection, consent: str, digest: str) -> bool:
    """Whether a set is found by one of its consents."""
    found = connection.execute(
        "SELECT 1 FROM audit_set_member WHERE entity = ? AND digest = ?", (consent, digest)
    )
    return found.fetchone() is not None
