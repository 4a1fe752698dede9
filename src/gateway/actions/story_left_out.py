"""What no story holds, whoever asks: what the person's own reading leaves out.

Content under the ceiling and what concerns others too is not in a story, not even in its author's,
until it is cleared for the person: a story is made to be read together with them, printed and
handed on. Whoever may see such a thing reads it where it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from consent import elements, topics
from consent.parts import Place, has_parts
from consent.recipients import NAMED_RECIPIENT, unnamed
from gateway.actions.finding import Seen
from gateway.actions.former import Former
from gateway.actions.gate import Gate
from gateway.actions.mixed import Mixed
from gateway.actions.releasing import Released, View, released, told_labels, tree, whole
from gateway.actions.services import services_say
from gateway.actions.sighting import Sighting
from gateway.auth.requester import Role
from gateway.fhir.encoding import encode
from gateway.fhir.parting import parted
from gateway.fhir.references import without
from gateway.storage import identities, searching
from gateway.storage.clearings import cleared_for
from gateway.storage.predicate_sql import ALWAYS, sql_not
from gateway.storage.resources import COLUMNS, Row
from gateway.storage.searching import Criteria

_HELD = (
    f"SELECT {COLUMNS}, r.ceiling, r.several FROM resource r WHERE r.type || '/' || r.id IN"
    " (SELECT value FROM json_each(?))"
)


class LeftOut:
    """One story about one Patient of the requester's, in one snapshot."""

    def __init__(self, gate: Gate, patient: str) -> None:
        self._gate = gate
        self._organization = gate.requester.organization.removeprefix("Organization/")
        person = replace(
            gate.requester, role=Role.PORTAL, purpose="PATRQT", practitioner=None, patient=patient
        )
        here, now = gate.installation, gate.now
        sighting = Sighting(here, gate.connection, person, now, committed=False)
        former = Former(here, gate.connection, person, now, sighting)
        self._persons = Mixed(here, gate.connection, "", former)  # nobody's own organisation
        me = identities.by_patient(gate.connection, patient.removeprefix("Patient/"))
        self._uncleared = ALWAYS if me is None else sql_not(cleared_for(me.person))

    def rest(self, seen: Iterable[Seen]) -> list[Seen]:
        """What may stand in the story of what the requester sees, as it may stand there."""
        every = list(seen)
        unsure = self._unsure(one.reference for one in every)
        kept = [one for one in every if one.reference not in unsure]
        kept += [part for one in every if one.reference in unsure for part in self._part_of(one)]
        places = {one.reference: place for place, one in enumerate(every)}
        kept.sort(key=lambda one: places[one.reference])
        return [_for_nobody(left) for one in kept for left in self._unnaming(one)]

    def _unsure(self, references: Iterable[str]) -> frozenset[str]:
        """Those of which the person's own reading may leave something out."""
        listed, left = json.dumps(sorted(set(references))), self._uncleared
        found = self._gate.connection.execute(
            f"{_HELD} AND {left.text}", (listed, *left.values)
        ).fetchall()
        rows = (
            Row(*columns)
            for *columns, ceiling, several in found
            if self._may_lack(Row(*columns), ceiling=bool(ceiling), several=bool(several))
        )
        return frozenset(row.reference for row in rows)

    def _may_lack(self, row: Row, *, ceiling: bool, several: bool) -> bool:
        """INVARIANT: it does not depend on what the requester may not see. So what has parts is
        always looked at; and a record of their own that names such is under the ceiling by what it
        told them, not by what it was given of parts that they do not see."""
        in_parts = has_parts(row.type)
        if row.type == "Patient" or not (ceiling or several or in_parts):
            return False
        if several or in_parts or row.author != self._organization:
            return True
        told = told_labels(row, self._gate.installation.resources.labelling)
        return topics.under_ceiling(told.topics, told.level)

    def _gone(self, reference: str) -> frozenset[Place] | None:
        """The parts that are left out of a resource that has parts; None where all of it is."""
        type_, _, id_ = reference.partition("/")
        if not has_parts(type_):
            return None
        row = searching.current(self._gate.connection, type_, id_)
        return None if row is None else self._persons.hidden(row)

    def _part_of(self, seen: Seen) -> Iterator[Seen]:
        gone = self._gone(seen.reference)
        if gone is None:
            return
        if not gone:
            yield seen
            return
        type_, _, id_ = seen.reference.partition("/")
        sight = self._gate.sight(Criteria(type_, ids=(id_,)))
        row = searching.current(self._gate.connection, type_, id_, sight.visible)
        view = None if row is None else self._gate.view_of(row, sight)
        if row is None or view is None:
            return
        if view.gone is not None:  # another's: nothing that they see of it may be left out
            if gone <= view.gone:
                yield seen
            return
        left = self._parted(row, replace(view, gone=gone, own=False))
        if left is not None:
            yield Seen(left, seen.rid)

    def _parted(self, row: Row, view: View) -> Released | None:
        """The author's own, without some parts; its labels are those of the rest."""
        here = self._gate.installation
        content = here.resources.opened(row)
        rest = parted(whole(row, content), view.gone or frozenset(), frozenset())
        if rest is None:
            return None
        services = services_say(self._gate.connection, here.resources, rest, row.author)
        return released(here.keys, here.resources, row, replace(view, services=services))

    def _unnaming(self, seen: Seen) -> Iterator[Seen]:
        """Without references to what is left out; nothing where one is needed."""
        named = {
            found
            for _, each in elements.references(seen.tree)
            if (found := elements.literal(each.get("reference"))) is not None
        }
        out = {one for one in self._unsure(named) if self._gone(one) is None}
        if not out:
            yield seen
            return
        left = without(tree(seen.released.body), frozenset(out))
        if left is not None:
            yield Seen(seen.released._replace(body=encode(left)), seen.rid)


def _for_nobody(seen: Seen) -> Seen:
    """Without whom its author names as recipients, who are the author's to know."""
    if NAMED_RECIPIENT.encode() not in seen.released.body:
        return seen
    body = encode(unnamed(tree(seen.released.body)))
    return Seen(seen.released._replace(body=body), seen.rid)
