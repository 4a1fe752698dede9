"""Which resources cannot be released because they need what is withheld: a contained resource, or a
required element, that cannot stand without naming it.

Whatever needs such a one falls with it, and so on; those that need only each other stand. So what
is withheld is nowhere named, found or counted, however it came to be withheld.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from consent.parts import Place, has_parts
from gateway.actions.named_rows import by_type, named_in
from gateway.actions.releasing import whole
from gateway.fhir.parting import parted
from gateway.fhir.references import without
from gateway.storage import searching
from gateway.storage.connection import Connection
from gateway.storage.predicate_sql import ALWAYS, Sql, sql_and
from gateway.storage.resources import Resources, Row
from gateway.storage.searching import Criteria, Page

MOST = 500  # that one question leads to: beyond, what they name is taken for withheld
_NEEDS = Sql("EXISTS (SELECT 1 FROM fact f WHERE f.rid = r.rid AND f.kind = 'needs')")


@dataclass(frozen=True, slots=True)
class Needing:
    """One requester's, in one snapshot. `visible` says what may be seen of what is asked for, but
    for this; `others`, which rows another organisation wrote; `gone`, which parts of one are not
    seen, None where nothing of it is."""

    connection: Connection
    resources: Resources
    visible: Callable[[Criteria], Sql]
    others: Sql
    gone: Callable[[Row], frozenset[Place] | None]

    def fallen(self, criteria: Criteria, visible: Sql) -> tuple[int, ...]:
        """The numbers of those rows, among what is asked for and `visible`, that cannot stand."""
        rows = self._doubtful(criteria, visible)
        if not rows:
            return ()
        fallen = self._fallen(rows)
        return tuple(row.rid for row in rows if row.reference in fallen)

    def _doubtful(self, criteria: Criteria, visible: Sql) -> list[Row]:
        """Those that may need something. What they need may be a part that is kept."""
        needs = ALWAYS if has_parts(criteria.type) else _NEEDS
        asked = sql_and(visible, self.others, needs)
        return searching.rows(self.connection, criteria, asked, Page(None, -1))

    def _fallen(self, rows: Iterable[Row]) -> set[str]:
        """Of these, and of all that they lead to, those that cannot stand."""
        found, out = self._led_to(rows)
        naming: dict[str, list[str]] = {}
        for name, one in found.items():
            for each in one.named:
                naming.setdefault(each, []).append(name)
        fallen, waiting = set[str](), deque(found)
        while waiting:  # what falls takes along none but those that name it
            name = waiting.popleft()
            if name in fallen or found[name].stands_without(out):
                continue
            fallen.add(name)
            out.add(name)
            waiting += naming.get(name, ())
        return fallen

    def _led_to(self, rows: Iterable[Row]) -> tuple[dict[str, _Needy], set[str]]:
        """All that may need something, with what they may need, to any depth; and what of all that
        they name is not seen. Beyond MOST that are led to, nothing is followed, nor shown."""
        found = {row.reference: self._read(row) for row in rows}
        hidden, asked, new, most = set[str](), set[str](), found, len(found) + MOST
        while new:
            named = set[str]().union(*(one.named for one in new.values())) - asked
            if len(found) > most:
                return found, hidden | named
            asked |= named
            new = {}
            for type_, ids in by_type(named).items():
                criteria = Criteria(type_, ids=ids)
                visible = self.visible(criteria)
                seen = searching.ids(self.connection, criteria, visible)
                hidden |= {f"{type_}/{id_}" for id_ in ids} - {f"{type_}/{id_}" for id_ in seen}
                for row in self._doubtful(criteria, visible):
                    if row.reference not in found:
                        new[row.reference] = self._read(row)
            found = found | new
        return found, hidden

    def _read(self, row: Row) -> _Needy:
        resource = whole(row, self.resources.opened(row))
        gone = self.gone(row) if has_parts(row.type) else None
        left = resource if gone is None else parted(resource, gone, frozenset())
        return _Needy(resource, gone, set() if left is None else named_in(left))


@dataclass(frozen=True, slots=True)
class _Needy:
    resource: dict[str, Any]
    gone: frozenset[Place] | None
    named: set[str]

    def stands_without(self, hidden: set[str]) -> bool:
        """Asked of what it names alone, which is little."""
        out = frozenset(self.named & hidden)
        if self.gone is None:
            return without(self.resource, out) is not None
        return parted(self.resource, self.gone, out) is not None
