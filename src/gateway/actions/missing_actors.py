"""Whom a consent names that nobody here could tell: said when it is written."""

from __future__ import annotations

from collections.abc import Callable

from consent.directory import GROUPINGS
from consent.rules import Actor, ConsentRules
from gateway.actions.directory import aliases_of, every_rule, organization_named
from gateway.fhir.references import local
from gateway.fhir.types import DIRECTORY
from gateway.storage import searching
from gateway.storage.connection import Connection
from gateway.storage.directory import ODS
from gateway.storage.resources import Resources, Row

Sees = Callable[[str], Row | None]


def missing_actors(
    connection: Connection, resources: Resources, rules: ConsentRules, sees: Sees
) -> tuple[str, ...]:
    """The FHIRPaths of provisions that name a party whom the directory here does not hold. Who is
    named so that nobody can be looked for at all is none of them (`consent.unresolved`)."""
    missing = []
    for rule in every_rule(rules):
        actors = (*rule.criteria.recipients, *rule.criteria.sources)
        if not all(_may_be_named(connection, resources, actor, sees) for actor in actors):
            missing.append(f"{rule.path}.actor")
    return tuple(missing)


def _may_be_named(connection: Connection, resources: Resources, actor: Actor, sees: Sees) -> bool:
    """INVARIANT: only the directory is looked up, and what the writer may see: never whether anyone
    knows a person."""
    if actor.type in ("Patient", "RelatedPerson"):
        return True
    if actor.reference is not None and actor.type in GROUPINGS:
        return _is_team(connection, actor.reference, sees)
    if actor.reference is not None:
        return bool(aliases_of(connection, resources, {actor.reference}))
    if actor.identifier is None:
        return True
    return _is_identified(connection, resources, actor, actor.identifier)


def _is_team(connection: Connection, reference: str, sees: Sees) -> bool:
    """A team about a person is named by who may see it; a Group about nobody by everyone."""
    if sees(reference) is not None:
        return True
    row = searching.current(connection, *(local(reference) or ("", "")))
    return row is not None and row.type == "Group" and row.identity is None


def _is_identified(
    connection: Connection, resources: Resources, actor: Actor, identifier: str
) -> bool:
    system, _, value = identifier.rpartition("|")
    if system == ODS:
        named = {"identifier": {"system": system, "value": value}}
        return organization_named(connection, named) is not None
    if actor.type not in DIRECTORY:
        return False
    row = connection.execute(
        "SELECT 1 FROM token_index WHERE name = 'identifier' AND value = ? AND type = ?",
        (resources.digest("token-identifier", identifier), actor.type),
    ).fetchone()
    return row is not None
