"""The rows that references name, as far as one requester may see them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from consent import elements
from gateway.storage import searching
from gateway.storage.connection import Connection
from gateway.storage.predicate_sql import Sql
from gateway.storage.resources import Row
from gateway.storage.searching import Criteria, Page


class NamedRows:
    """In one snapshot; `visible` is what the requester may be released of what is asked for."""

    def __init__(self, connection: Connection, visible: Callable[[Criteria], Sql]) -> None:
        self._connection = connection
        self._visible = visible
        self._looked_for: dict[str, Row | None] = {}

    def names(self, references: set[str]) -> set[str]:
        """Those of the references that the requester may see."""
        seen: set[str] = set()
        for type_, ids in by_type(references).items():
            criteria = Criteria(type_, ids=ids)
            found = searching.ids(self._connection, criteria, self._visible(criteria))
            seen |= {f"{type_}/{id_}" for id_ in found}
        return seen

    def shown(self, references: set[str]) -> dict[str, Row]:
        """Their rows."""
        shown: dict[str, Row] = {}
        for type_, ids in by_type(references).items():
            criteria = Criteria(type_, ids=ids)
            visible = self._visible(criteria)
            found = searching.rows(self._connection, criteria, visible, Page(None, -1))
            shown |= {row.reference: row for row in found}
        return shown

    def names_once(self, references: set[str]) -> set[str]:
        return set(self.shown_once(references))

    def shown_once(self, references: set[str]) -> dict[str, Row]:
        """The same, each looked for once."""
        new = references - self._looked_for.keys()
        found = self.shown(new) if new else {}
        self._looked_for |= {reference: found.get(reference) for reference in new}
        known = ((reference, self._looked_for[reference]) for reference in references)
        return {reference: row for reference, row in known if row is not None}


def named_in(resource: dict[str, Any]) -> set[str]:
    """What a resource refers to, but for Patients."""
    found = (elements.literal(each.get("reference")) for _, each in elements.references(resource))
    return {one for one in found if one is not None and not one.startswith("Patient/")}


def by_type(references: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The ids of references ("Type/id"), by their type."""
    found: dict[str, list[str]] = {}
    for reference in sorted(references):
        type_, _, id_ = reference.partition("/")
        found.setdefault(type_, []).append(id_)
    return {type_: tuple(ids) for type_, ids in found.items()}
