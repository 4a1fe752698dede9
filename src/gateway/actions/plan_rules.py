"""A shared care plan held against its rules when its author writes it, with what belongs to it.

A plan that names our profile of a shared care plan says that it is one: what the rules call an
error then refuses it, and the rest is said beside the answer. What belongs to it is what it refers
to and what points at it, sent with it or stored before. INVARIANT: as far as its writer sees that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.actions.releasing import tree, whole
from gateway.actions.writing import Writing
from gateway.fhir.plan_words import claims, problems
from gateway.fhir.problem import Problem, Refused
from gateway.fhir.references import local, walk
from gateway.storage import searching
from gateway.storage.conditions import among
from gateway.storage.searching import ALL, Criteria, Page
from mappings.linked import POINTING

TYPE = "CarePlan"
BELONGING = frozenset(
    {
        *("CareTeam", "Condition", "Encounter", "Goal", "Observation", "Organization", "Patient"),
        *("Practitioner", "PractitionerRole", "QuestionnaireResponse", "RelatedPerson", "Task"),
    }
)
STEPS = 3  # to the team, to who is in it, to the person in a role
NOWHERE: Mapping[str, str] = {}
Json = dict[str, Any]


def wanting(writing: Writing, places: Mapping[str, str] = NOWHERE) -> Refused | None:
    """What is wrong with the shared care plans that were written, once all is stored that was sent
    with them, and what is advised there; else what is advised is kept for the answer. `places`:
    where in a Bundle each "Type/id" stood."""
    wrong: list[Problem] = []
    advice: list[Problem] = []
    for id_ in dict.fromkeys(_own(writing)):
        for problem in said(writing, id_, places):
            (wrong if problem.severity == "error" else advice).append(problem)
    if not wrong:
        writing.notes += advice
        return None
    at = {problem.expression for problem in wrong}
    return Refused((*wrong, *(one for one in advice if one.expression in at)))


def said(writing: Writing, id_: str, places: Mapping[str, str] = NOWHERE) -> Iterator[Problem]:
    """All that the rules say of one plan, as the writer sees it, if it names our profile."""
    held = _seen(writing, TYPE, [id_])
    if any(map(claims, held.values())):
        held = _with_all(writing, held)
        at = [places.get(name, name.partition("/")[0]) for name in held]
        yield from problems(list(held.values()), at, writing.now.date())


def _own(writing: Writing) -> Iterator[str]:
    """The writer's own plans that were written, and those whose crisis part was."""
    for row in writing.plans:
        if row.author != writing.organization:
            continue
        plan = whole(row, writing.installation.resources.opened(row))
        above = [local(one.get("reference", "")) for one in plan.get("partOf", ())]
        rows = (searching.current(writing.connection, *key) for key in above if key)
        mine = [one.id for one in rows if one is not None and one.author == row.author]
        yield from mine or ([row.id] if claims(plan) else ())


def _with_all(writing: Writing, held: dict[str, Json]) -> dict[str, Json]:
    """The plan, its parts, and all that belongs to them."""
    for type_ in ("CarePlan", *sorted(POINTING.keys() - {"CarePlan"})):
        pointing = _pointing(writing, type_, [name for name in held if name.startswith(TYPE)])
        held |= _seen(writing, type_, pointing)
    for _ in range(STEPS):
        wanted: dict[str, set[str]] = {}
        for resource in held.values():
            for _, reference in walk(resource):
                key = local(reference.get("reference", ""))
                if key and key[0] in BELONGING and "/".join(key) not in held:
                    wanted.setdefault(key[0], set()).add(key[1])
        for type_, ids in sorted(wanted.items()):
            held |= _seen(writing, type_, sorted(ids))
    return held


def _pointing(writing: Writing, type_: str, plans: list[str]) -> list[str]:
    """The ids of the resources of a type that refer to one of these plans."""
    listed = among(tuple(plans))
    found = writing.connection.execute(
        "SELECT DISTINCT r.id FROM fact f JOIN resource r ON r.rid = f.rid"
        f" WHERE f.kind = 'reference' AND f.value IN {listed.text} AND r.type = ?"
        " AND r.deleted = 0",
        (*listed.values, type_),
    )
    return sorted(id_ for (id_,) in found)


def _seen(writing: Writing, type_: str, ids: Sequence[str]) -> dict[str, Json]:
    """Those of these resources that the writer sees, as they see them."""
    if not ids:
        return {}
    gate = writing.gate
    criteria = Criteria(type_, ids=tuple(ids))
    sight = gate.sight(criteria)
    rows = searching.rows(writing.connection, criteria, sight.visible, Page(None, ALL))
    return {each.reference: tree(each.body) for each in gate.released(rows, sight)}
