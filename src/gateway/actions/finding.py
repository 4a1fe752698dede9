"""Looking up what a plan asks for, each hop of it through the gate, in one snapshot.

The database answers what its index may say; everything else is held against what is released to
the requester, so that nothing can be found by what is withheld.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, assert_never

import msgspec

from gateway.actions.asking.parts import Chained, Clause, Part, Referred
from gateway.actions.asking.people import People
from gateway.actions.gate import Gate
from gateway.actions.named_rows import by_type
from gateway.actions.releasing import Released
from gateway.actions.sighting import Sight
from gateway.fhir.matching import Test, holds, literals
from gateway.fhir.search_parameters import Parameter, parameters
from gateway.fhir.types import HELD
from gateway.storage import searching
from gateway.storage.conditions import AnyOf, Condition, HasToken
from gateway.storage.resources import Row
from gateway.storage.searching import ALL, AS_STORED, Criteria, Page

_TREES = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(slots=True)
class Seen:
    """A resource as it is released, and its tree where something has to be read in it."""

    released: Released
    rid: int
    _tree: dict[str, Any] | None = None

    @property
    def reference(self) -> str:
        return self.released.reference

    @property
    def type(self) -> str:
        return self.released.reference.partition("/")[0]

    @property
    def tree(self) -> dict[str, Any]:
        if self._tree is None:
            self._tree = _TREES.decode(self.released.body)
        return self._tree


@dataclass(slots=True)
class Finding:
    """One request's look-ups, and what they rest on: for its row in the log."""

    gate: Gate
    people: People
    consents: dict[str, None] = field(default_factory=dict)
    persons: frozenset[bytes] = frozenset()
    _visible: dict[str, bool] = field(default_factory=dict)

    def sight(self, criteria: Criteria) -> Sight:
        sight = self.gate.sight(criteria)
        self.consents |= dict.fromkeys(sight.consents)
        self.persons |= sight.persons
        return sight

    def sees(self, references: frozenset[str]) -> frozenset[str]:
        """Those that the requester may see. Patients are never taken out, but renamed."""
        new = references - self._visible.keys()
        for type_, ids in by_type(new).items():
            if type_ not in HELD:
                self._visible |= {f"{type_}/{id_}": False for id_ in ids}
                continue
            found = ids if type_ == "Patient" else self._ids(Criteria(type_, ids=ids))
            self._visible |= {f"{type_}/{id_}": id_ in set(found) for id_ in ids}
        return frozenset(one for one in references if self._visible[one])

    def seen(self, criteria: Criteria, clauses: Iterable[Clause] = ()) -> list[Seen]:
        """Everything that is asked for and may be seen, as it is released."""
        self.gate.in_time()
        sight = self.sight(criteria)
        return self.kept(criteria.type, clauses, self.released(criteria, sight))

    def released(self, criteria: Criteria, sight: Sight) -> list[Seen]:
        page = Page(None, ALL)
        found = searching.ranked(self.gate.connection, criteria, sight.visible, page, AS_STORED)
        rows = [row for row, _ in found]
        return self.of_rows(criteria, rows, sight)

    def of_rows(self, criteria: Criteria, rows: Sequence[Row], sight: Sight) -> list[Seen]:
        """The rows as they are released. Where neither people nor ids are named, whom the
        requester's own rows concern is known by the rows alone."""
        if rows and criteria.identities is None and criteria.ids is None:
            self.persons |= searching.persons_concerned(self.gate.connection, rows)
        released = self.gate.released(rows, sight)
        if len(released) == len(rows):
            return [Seen(each, row.rid) for row, each in zip(rows, released, strict=True)]
        rids = {row.reference: row.rid for row in rows}
        return [Seen(each, rids[each.reference]) for each in released]

    def kept(self, type_: str, clauses: Iterable[Clause], seen: list[Seen]) -> list[Seen]:
        """Those of which each clause holds."""
        for clause in clauses:
            if not seen:
                return seen
            self.gate.in_time()
            match clause:
                case Test():
                    seen = [each for each in seen if holds(clause, each.tree)]
                case Chained():
                    seen = self._chained(clause, seen)
                case Referred():
                    seen = self._referred(clause, type_, seen)
                case _:
                    assert_never(clause)
        return seen

    def _chained(self, clause: Chained, seen: list[Seen]) -> list[Seen]:
        named = [frozenset(literals(clause.parameter, each.tree)) for each in seen]
        all_named = frozenset[str]().union(*named)
        good = frozenset(
            name
            for type_, part in clause.ways
            for target in self.named(type_, all_named, part)
            for name in names_of(target)
        )
        return [each for each, names in zip(seen, named, strict=True) if names & good]

    def _referred(self, clause: Referred, type_: str, seen: list[Seen]) -> list[Seen]:
        names = frozenset(name for each in seen for name in names_of(each))
        found = self.naming(clause.type, clause.parameter, names, clause.part)
        good = frozenset(name for each in found for name in literals(clause.parameter, each.tree))
        return [each for each in seen if good & set(names_of(each))]

    def named(self, type_: str, references: frozenset[str], part: Part) -> list[Seen]:
        """What of a type some references name, that may be seen and is what the part asks for."""
        start = f"{type_}/"
        ids = tuple(sorted(one[len(start) :] for one in references if one.startswith(start)))
        urls = frozenset(one.partition("|")[0] for one in references if ":" in one)
        found = self._asked(Criteria(type_, ids=ids), part) if ids else []
        if urls and "url" in parameters(type_):
            by_url = Criteria(type_, conditions=(self._url(urls),))
            found += [
                each
                for each in self._asked(by_url, part)
                if each.reference not in {one.reference for one in found}
            ]
        return found

    def naming(
        self, type_: str, parameter: Parameter, references: frozenset[str], part: Part
    ) -> list[Seen]:
        """What of a type names some references by a parameter, as what is released says."""
        meant = self.people.spoken_of(references)
        condition: Condition = HasToken(
            parameter.name, tuple(sorted(one for one in meant if ":" not in one))
        )
        urls = frozenset(one for one in meant if ":" in one)
        if urls:
            digests = self._digests(parameter.name, urls)
            condition = AnyOf((condition, HasToken(parameter.name, digests)))
        found = self._asked(Criteria(type_, conditions=(condition,)), part)
        return [each for each in found if references & set(literals(parameter, each.tree))]

    def types_naming(self, references: frozenset[str]) -> frozenset[str]:
        """The types of which anything names these, seen or not: where to look."""
        meant = self.people.spoken_of(references)
        return searching.types_referring(self.gate.connection, tuple(sorted(meant)))

    def _asked(self, criteria: Criteria, part: Part) -> list[Seen]:
        conditions = criteria.conditions + ((part.condition,) if part.condition else ())
        author = self.people.organization if criteria.type == "Patient" else None
        narrowed = Criteria(criteria.type, None, criteria.ids, conditions, author)
        return self.seen(narrowed, (part.clause,) if part.clause else ())

    def _url(self, urls: frozenset[str]) -> Condition:
        return HasToken("url", self._digests("url", urls))

    def _digests(self, name: str, values: frozenset[str]) -> tuple[str, ...]:
        digest = self.gate.installation.resources.digest
        return tuple(digest(f"token-{name}", each) for each in sorted(values))

    def _ids(self, criteria: Criteria) -> tuple[str, ...]:
        """Of those that may be released."""
        visible = self.gate.releasable(criteria, self.sight(criteria))
        return tuple(searching.ids(self.gate.connection, criteria, visible))


def names_of(seen: Seen) -> tuple[str, ...]:
    """The ways in which others may name it: by its id, and by its canonical address."""
    url = seen.tree.get("url") if "url" in parameters(seen.type) else None
    if not isinstance(url, str):
        return (seen.reference,)
    return (seen.reference, url, f"{url}|{seen.tree.get('version', '')}")
