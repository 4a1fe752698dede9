"""Of which kind an organisation's service is, as its directory entry says: contacts with it are
labelled by that."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import msgspec

from consent.label_rules import Rules
from gateway.fhir.types import DIRECTORY
from gateway.storage import searching
from gateway.storage.connection import Connection
from gateway.storage.directory import OPERATOR, definition
from gateway.storage.labelling import UNKNOWN
from gateway.storage.predicate_sql import placeholders
from gateway.storage.resources import Resources
from gateway.storage.times import microseconds

KINDS = "https://onestory.example/fhir/CodeSystem/care-team"


def kinds(rules: Rules) -> tuple[str, ...]:
    """The kinds of service that the rules know."""
    return tuple(sorted(code for system, code in rules.services if system == KINDS))


def give_kind(
    connection: Connection, resources: Resources, id_: str, kind: str, now: datetime
) -> int:
    """Record the kind of an organisation's service, in the caller's transaction. What was labelled
    by what was known of it before waits for the labeller: how many resources do."""
    row = searching.current(connection, "Organization", id_)
    assert row is not None  # noqa: S101 - registered, with its resource
    body = msgspec.json.decode(b"{" + resources.opened(row).rest + b"}")
    stated = [{"coding": [{"system": KINDS, "code": kind}]}]
    if body.get("type") == stated:
        return 0
    body |= {"resourceType": "Organization", "id": id_, "type": stated}
    new = definition(body, OPERATOR, microseconds(now))
    resources.replace(connection, row.rid, replace(new, version=row.version + 1))
    return _wait(connection, resources.labelling.rules, id_)


def _wait(connection: Connection, rules: Rules, id_: str) -> int:
    """The contacts that an organisation recorded, and those that name it or what is its own."""
    types, entries = tuple(sorted(rules.named_services)), tuple(sorted(DIRECTORY))
    waiting = connection.execute(
        f"UPDATE resource SET labelled = ? WHERE type IN ({placeholders(len(types))})"
        " AND (author = ? OR rid IN (SELECT f.rid FROM fact f WHERE f.kind = 'reference'"
        " AND f.value IN (SELECT e.type || '/' || e.id FROM resource e WHERE e.type IN"
        f" ({placeholders(len(entries))}) AND (e.id = ? OR e.author = ?))))",
        (UNKNOWN, *types, id_, *entries, id_, id_),
    )
    return waiting.rowcount
