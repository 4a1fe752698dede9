"""What the directory here says of the parties and resources that consents name."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from consent.context import directory_of, identifiers, refers_to, staff_role
from consent.directory import GROUPINGS, Directory, Said, StaffRole
from consent.rules import Actor, ConsentRules, Effect, Meaning, Rule
from gateway.actions.hierarchy import beneath
from gateway.actions.joining import belonging, joined, outgoing
from gateway.actions.releasing import whole
from gateway.actions.teams import parties_of, teams_of
from gateway.actions.whole_past import past_of
from gateway.fhir.entries import IDENTIFIER
from gateway.fhir.references import local
from gateway.fhir.types import DIRECTORY
from gateway.storage import searching
from gateway.storage.conditions import AnyOf, HasToken, among
from gateway.storage.connection import Connection
from gateway.storage.directory import ODS
from gateway.storage.predicate_sql import ALWAYS
from gateway.storage.resources import Resources, Row
from gateway.storage.searching import Criteria, Page

MOVING = GROUPINGS | {"Practitioner", "PractitionerRole"}  # whose roles and members come and go


@dataclass(frozen=True, slots=True)
class Organization:
    """A registered organisation and its sharing agreement (microseconds; None: none, or open)."""

    id: str
    ods: str
    name: str
    agreement_from: int | None
    agreement_to: int | None

    @property
    def bounds(self) -> tuple[int, ...]:
        """When its sharing agreement begins and ends, where it does."""
        return tuple(each for each in (self.agreement_from, self.agreement_to) if each is not None)

    def open_at(self, moment: int) -> bool:
        """Whether a sharing agreement is current: without one it is no recipient."""
        return (
            self.agreement_from is not None
            and self.agreement_from <= moment
            and (self.agreement_to is None or moment < self.agreement_to)
        )


_COLUMNS = "id, ods, name, agreement_from, agreement_to"


def organization_named(connection: Connection, reference: dict[str, Any]) -> Organization | None:
    """The registered organisation that a Reference names, by its id or its ODS code."""
    literal = reference.get("reference", "")
    identifier = reference.get("identifier", {})
    if literal:
        where, value = "id", literal.removeprefix("Organization/")
    elif identifier.get("system") == ODS:
        where, value = "ods", identifier.get("value")
    else:
        return None
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM organization WHERE {where} = ?", (value,)
    ).fetchone()
    return None if row is None else Organization(*row)


def has_agreement(connection: Connection, organization: str, moment: int) -> bool:
    """Whether "Organization/<id>" has a sharing agreement at that moment."""
    found = organization_named(connection, {"reference": organization})
    return found is not None and found.open_at(moment)


def directory_for(
    connection: Connection,
    resources: Resources,
    consents: Iterable[ConsentRules],
    now: datetime,
) -> Directory:
    """What is needed to decide with these consents, read in this snapshot."""
    rules = [rule for each in consents for root in each.rules for rule in every_of(root)]
    named = [a for rule in rules for a in (*rule.criteria.recipients, *rule.criteria.sources)]
    teams = teams_of(connection, resources, named, now)
    actors = [*named, *parties_of(teams)]
    denied = any(rule.effect is Effect.DENY for rule in rules)
    data = [each for rule in rules for each in rule.criteria.data if each.reference]
    related = {each.reference or "" for each in data if each.meaning is Meaning.RELATED}
    near = {each: joined(connection, each) for each in related}
    aliases = aliases_of(connection, resources, {a.reference for a in actors if a.reference})
    staff = directory_of(_staff(connection, resources, actors, aliases), now)
    holders = {role.practitioner for role in staff.staff_roles.values() if role.practitioner}
    aliases |= aliases_of(connection, resources, holders - aliases.keys())
    return Directory(
        known=frozenset(aliases),
        aliases=aliases,
        workplaces=staff.workplaces,
        staff_roles=staff.staff_roles,
        outgoing={each: outgoing(connection, each) for each in related},
        joined={each: found for each, found in near.items() if found is not None},
        beyond=frozenset(each for each, found in near.items() if found is None),
        belonging={each: belonging(connection, each) for each in related},
        below=beneath(connection, actors) if denied else {},
        teams=teams,
        roles={each: _roles(connection, resources, each) for each in staff.staff_roles},
        identified={
            each: _identified(connection, resources, each)
            for each in aliases
            if each.startswith("Practitioner/")
        },
        referred={each: _referred(connection, resources, each) for each in related},
    )


def _roles(connection: Connection, resources: Resources, reference: str) -> list[StaffRole]:
    past = past_of(connection, resources, reference)
    return [replace(staff_role(said or {}), since=since) for since, said in past]


def _identified(connection: Connection, resources: Resources, reference: str) -> list[Said]:
    past = past_of(connection, resources, reference)
    return [Said(identifiers(said or {}), since) for since, said in past]


def _referred(connection: Connection, resources: Resources, reference: str) -> list[Said]:
    past = past_of(connection, resources, reference)
    return [Said(refers_to(said or {}), since) for since, said in past]


def _staff(
    connection: Connection,
    resources: Resources,
    actors: Iterable[Actor],
    aliases: Mapping[str, frozenset[str]],
) -> list[dict[str, Any]]:
    """The roles that are named, and those of the practitioners who are.

    INVARIANT: each organisation has written its own (`creating.refusal`), so nobody can give
    somebody a role elsewhere.
    """
    found: dict[int, Row] = {}
    for actor in actors:
        if actor.type == "PractitionerRole" and (key := local(actor.reference or "")):
            row = searching.current(connection, *key)
            found |= {} if row is None else {row.rid: row}
        if actor.type == "Practitioner":
            names = {actor.reference, actor.identifier, *aliases.get(actor.reference or "", ())}
            found |= _roles_of(connection, resources, sorted(filter(None, names)))
    return [whole(row, resources.opened(row)) for row in found.values()]


def _roles_of(connection: Connection, resources: Resources, names: list[str]) -> dict[int, Row]:
    by_identifier = f"practitioner{IDENTIFIER}"
    conditions = [
        HasToken("practitioner", (name,))
        if local(name)
        else HasToken(by_identifier, (resources.digest(f"token-{by_identifier}", name),))
        for name in names
    ]
    criteria = Criteria("PractitionerRole", conditions=(AnyOf(tuple(conditions)),))
    return {row.rid: row for row in searching.rows(connection, criteria, ALWAYS, Page(None, -1))}


def reaches_on(rules: ConsentRules) -> bool:
    """Whether it names what is joined to a record, which moves with every write, or somebody whose
    roles or members begin and end."""
    return any(
        any(each.meaning is Meaning.RELATED for each in rule.criteria.data)
        or any(
            actor.type in MOVING for actor in (*rule.criteria.recipients, *rule.criteria.sources)
        )
        for root in rules.rules
        for rule in every_of(root)
    )


def every_rule(rules: ConsentRules) -> list[Rule]:
    """Every provision of a consent, nested ones too."""
    return [rule for root in rules.rules for rule in every_of(root)]


def every_of(rule: Rule) -> Iterator[Rule]:
    waiting = deque([rule])
    while waiting:
        one = waiting.popleft()
        yield one
        waiting.extend(one.children)


def aliases_of(
    connection: Connection, resources: Resources, references: set[str]
) -> dict[str, frozenset[str]]:
    """Each of the references that the directory holds, with the identifiers of that party."""
    found = _registered(connection, references)
    for reference in references:
        key = local(reference)
        if key is None or key[0] not in DIRECTORY or key[0] == "Organization":
            continue
        row = searching.current(connection, *key)
        if row is not None:
            body = msgspec.json.decode(b"{" + resources.opened(row).rest + b"}")
            found[reference] = identifiers(body)
    return found


def _registered(connection: Connection, references: set[str]) -> dict[str, frozenset[str]]:
    """Those that are organisations: only registered ones count."""
    ids = [
        one.removeprefix("Organization/") for one in references if one.startswith("Organization/")
    ]
    if not ids:
        return {}
    listed = among(tuple(ids))
    rows = connection.execute(
        f"SELECT id, ods FROM organization WHERE id IN {listed.text}", listed.values
    )
    return {f"Organization/{id_}": frozenset({f"{ODS}|{ods}"}) for id_, ods in rows}
