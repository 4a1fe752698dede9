"""What a story is told from: what its sections take of a person's record, and what that names.

Each type is looked up as a search for it would, through the same gate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from consent import elements
from gateway.actions.asking.parts import Part
from gateway.actions.finding import Finding, Seen
from gateway.actions.story_left_out import LeftOut
from gateway.storage import searching
from gateway.storage.searching import AS_STORED, Criteria, Page, Place
from mappings.story_table import beside, types, wanted

AT_ONCE = 100  # rows of a type that are looked at in one step


@dataclass(frozen=True, slots=True)
class Held:
    """`drawn` are what sections take; `beside` what these name, each only as it may be seen."""

    drawn: tuple[Seen, ...]
    beside: tuple[Seen, ...]

    def told(self, references: Iterable[str]) -> Iterator[Seen]:
        """These, each once, and then what of `beside` they name."""
        every = {one.reference: one for one in (*self.beside, *self.drawn)}
        told = [every[one] for one in dict.fromkeys(references)]
        yield from told
        named = frozenset(name for one in told for name in named_by(one))
        seen = {one.reference for one in told}
        yield from (
            one for one in self.beside if one.reference in named and one.reference not in seen
        )


def held(finding: Finding, patient: str) -> Held:
    """All that the story of one Patient of the requester's ("Patient/<id>") may be told from."""
    left_out = LeftOut(finding.gate, patient)
    identities = tuple(sorted(finding.people.meant([patient.removeprefix("Patient/")])))
    may = finding.gate.requester.may
    found = [
        seen
        for type_ in types()
        if may("r", type_)
        for seen in _of_type(finding, Criteria(type_, identities, anywhere=True))
        if wanted(seen.tree)
    ]
    drawn = tuple(left_out.rest(found))
    known = {one.reference for one in drawn}
    named = frozenset(name for one in drawn for name in named_by(one)) - known
    along = [
        seen
        for type_ in sorted({one.partition("/")[0] for one in named} & beside())
        if may("r", type_)
        for seen in finding.named(type_, named, Part())
    ]
    along.sort(key=lambda one: one.reference)
    return Held(drawn, tuple(left_out.rest(along)))


def named_by(seen: Seen) -> Iterator[str]:
    """What is held here and it names ("Type/id")."""
    for _, each in elements.references(seen.tree):
        name = elements.literal(each.get("reference"))
        if name is not None:
            yield name


def _of_type(finding: Finding, criteria: Criteria) -> Iterator[Seen]:
    """Everything of one type about the person that may be seen, as it was stored."""
    sight, after = finding.sight(criteria), _START
    while True:
        finding.gate.in_time()
        page, connection = Page(after, AT_ONCE), finding.gate.connection
        step = searching.ranked(connection, criteria, sight.visible, page, AS_STORED)
        yield from finding.of_rows(criteria, [row for row, _ in step], sight)
        if len(step) < AT_ONCE:
            return
        after = step[-1][1]


_START: Place | None = None
