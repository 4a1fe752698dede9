"""A care plan changed by an organisation of its care team that the person permits to correct it.

It changes what it sees: what it does not see stays, in its place, and no answer tells of it. The
team is a CareTeam that the plan names, about the same person, written by the plan's own author:
nobody puts themselves into somebody else's team.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from consent.parts import Place, elements_of, places_of
from consent.teams import Member, team_of
from fhir_profiles import load
from gateway.actions.held import NOT_YOURS
from gateway.actions.judging import NOT_YOUR_PATIENT
from gateway.actions.plan_tasks import as_author, lacks, raise_new
from gateway.actions.releasing import whole
from gateway.actions.writing import Writing
from gateway.actions.writing_back import seen_in
from gateway.auth.requester import Role
from gateway.fhir.merging import marked, merged, same, unmarked
from gateway.fhir.pairing import CHANGED
from gateway.fhir.parting import without_orphans
from gateway.fhir.problem import Kind, Problem, Refused, refuse
from gateway.fhir.references import ORIGIN, local, rewritten, walk
from gateway.storage import identities, parts_written, searching
from gateway.storage.directory import ODS
from gateway.storage.resources import Row

TEAM_ALONE = "may be changed only by the organisation that wrote the plan"
NOTHING_LEFT = "would leave nothing of the plan that you may see; give what is over its status"
_HEAD = ("resourceType", "id", "meta", "text")


def correct(writing: Writing, row: Row, sent: dict[str, Any]) -> Row | Refused:
    """The plan with the difference between the writer's view and what was sent."""
    stored = whole(row, writing.installation.resources.opened(row))
    gate = writing.gate
    if writing.requester.role is not Role.SERVICE or not _in_team(writing, row, stored):
        return refuse(Kind.FORBIDDEN, NOT_YOURS, row.type)
    fixed = gate.permitting("correct").hidden(row)
    if fixed is None:
        return refuse(Kind.FORBIDDEN, NOT_YOURS, row.type)
    seen = seen_in(writing, row, stored)
    problems = [*_beyond(seen, sent), *_strangers(seen, sent)]
    if problems:
        return Refused(tuple(problems))
    kept = {name: value for name, value in stored.items() if name in _HEAD}
    body = _bodied(sent) | {name: seen[name] for name in seen if name == "contained"}
    result = kept | merged(_bodied(stored), _bodied(seen), body, row.type)
    barred = [Problem(Kind.FORBIDDEN, NOT_YOURS, path) for path in _barred(seen, result, fixed)]
    if barred:
        return Refused(tuple(barred))
    return _stored(writing, row, without_orphans(result))


def _stored(writing: Writing, row: Row, result: dict[str, Any]) -> Row | Refused:
    """The plan in its new words, and who put its parts there."""
    author = as_author(writing, row)
    lacked = lacks(author, row)
    changed = writing.change(row, rewritten(unmarked(result), _as_its_author_knows(writing, row)))
    if isinstance(changed, Refused):
        return changed
    _note(writing, row, changed, result, writing.organization)
    gate = writing.gate
    if gate.row(row.type, row.id) is None:
        return refuse(Kind.RULE, NOTHING_LEFT, row.type)
    raise_new(author, changed, lacked)
    return changed


def carry(writing: Writing, row: Row, sent: dict[str, Any], changed: Row) -> None:
    """After its author changed it: who put there what the author left as it was."""
    if parts_written.writers(writing.connection, row.rid, row.version):
        stored = whole(row, writing.installation.resources.opened(row))
        result = merged(_bodied(stored), _bodied(marked(stored)), _bodied(sent), row.type)
        _note(writing, row, changed, {"resourceType": row.type} | result, None)


def _note(
    writing: Writing, row: Row, changed: Row, result: dict[str, Any], writer: str | None
) -> None:
    if changed.version == row.version:
        return
    before = parts_written.writers(writing.connection, row.rid, row.version)
    wrote: dict[Place, str] = {}
    for place in places_of(result):
        item = result[str(place[0])] if len(place) == 1 else result[str(place[0])][place[1]]
        if not isinstance(item, dict):
            continue
        if CHANGED in item:
            one = writer
        else:
            one = before.get((place[0], item[ORIGIN])) if ORIGIN in item else None
        wrote |= {place: one} if one is not None else {}
    parts_written.note(writing.connection, row.rid, changed.version, wrote)


def _beyond(seen: dict[str, Any], sent: dict[str, Any]) -> Iterator[Problem]:
    """What is for the plan's author alone to change."""
    free = {*load("care_plan/co_authors.json")["may_change"], *_HEAD}
    for name in sorted({*seen, *sent} - free - {"contained"}):
        if not same(seen.get(name), sent.get(name)):
            yield Problem(Kind.RULE, TEAM_ALONE, f"CarePlan.{name}")
    for index, item in enumerate(sent.get("contained", ())):  # what nothing names any more may go
        if not any(same(item, each) for each in seen.get("contained", ())):
            yield Problem(Kind.RULE, TEAM_ALONE, f"CarePlan.contained[{index}]")


def _strangers(seen: dict[str, Any], sent: dict[str, Any]) -> Iterator[Problem]:
    """Patients other than the person whom the plan is about, as the writer knows them."""
    known = {each.get("reference") for _, each in walk(seen)}
    for path, reference in walk(sent):
        named = reference.get("reference", "")
        if named.startswith("Patient/") and named not in known:
            yield Problem(Kind.RULE, NOT_YOUR_PATIENT, f"{path}.reference")


def _barred(seen: dict[str, Any], result: dict[str, Any], fixed: frozenset[Place]) -> Iterator[str]:
    """The parts that the writer sees, may not correct, and changed or took away."""
    for name in sorted(elements_of("CarePlan") & seen.keys()):
        items = seen[name]
        if not isinstance(items, list):
            continue
        kept = {
            item[ORIGIN] for item in result.get(name, ()) if ORIGIN in item and CHANGED not in item
        }
        for index, item in enumerate(items):
            if item[ORIGIN] not in kept and (name, item[ORIGIN]) in fixed:
                yield f"CarePlan.{name}[{index}]"


def _in_team(writing: Writing, row: Row, stored: dict[str, Any]) -> bool:
    """Whether the writer's organisation takes part in a team of the plan now."""
    named = (local(each.get("reference", "")) for each in stored.get("careTeam", ()))
    teams = (
        searching.current(writing.connection, *key) for key in named if key and key[0] == "CareTeam"
    )
    return any(
        _takes_part(writing, team)
        for team in teams
        if team is not None and team.author == row.author and team.identity == row.identity
    )


def _takes_part(writing: Writing, team: Row) -> bool:
    read = team_of(whole(team, writing.installation.resources.opened(team)), writing.now)
    return read.stands and any(_is_writer(writing, each) for each in read.members if each.sure)


def _is_writer(writing: Writing, member: Member) -> bool:
    names = {writing.requester.organization, f"{ODS}|{writing.requester.ods}"}
    parties = (each for each in (member.party, member.behalf) if each is not None)
    return any({each.reference, each.identifier} & names for each in parties)


def _as_its_author_knows(writing: Writing, row: Row) -> dict[str, str]:
    """The writer's own Patients of the person, and the author's that stands in their place."""
    assert row.identity is not None  # noqa: S101 - a plan is about somebody
    persons = identities.persons_of(writing.connection, [row.identity])
    known = identities.of_persons(writing.connection, persons)
    theirs = next(f"Patient/{one.patient}" for one in known if one.id == row.identity)
    return {
        f"Patient/{one.patient}": theirs
        for one in known
        if one.organization == writing.organization
    }


def _bodied(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name not in _HEAD}
