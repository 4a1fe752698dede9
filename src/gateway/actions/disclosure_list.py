"""What may be listed in a disclosure without consent: things held about one person, and no other.

What the ceiling keeps from the recipient is on no list. The gate asks all this again when the list
is fetched; here it is said beforehand, to the officer who makes the list.
"""

from __future__ import annotations

from consent.compiling import ceiling_for
from consent.predicate import negated
from gateway.actions.sighting import AUTHORS_ONLY
from gateway.actions.writing import Writing
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.references import local
from gateway.fhir.types import PERSONAL
from gateway.storage import identities, searching
from gateway.storage.directory import identifiers_of
from gateway.storage.predicate_sql import Sql, sql_and
from gateway.storage.resources import Row

MOST = 100
HOW_MANY = f"name 1 to {MOST} things, each once, as Type/id"
NOT_HELD = "must be something about one person that is held here and that the ceiling does not keep"
SEVERAL = "all must be about the same person"
UNKNOWN_THERE = "must know the person: it has to create a Patient for them first"
_ABOUT_ONE = Sql("(r.several = 0 AND r.identity IS NOT NULL)")


def listed_rows(
    writing: Writing, references: tuple[str, ...], recipient: str
) -> list[Row] | Refused:
    """The rows of a list for a recipient (a bare organisation id), or everything that is wrong."""
    if not 0 < len(set(references)) == len(references) <= MOST:
        return Refused((Problem(Kind.REQUIRED, HOW_MANY, "references"),))
    listable = sql_and(_ABOUT_ONE, _not_kept_from(writing, recipient))
    found = [_row(writing, each, listable) for each in references]
    problems = tuple(
        Problem(Kind.VALUE, NOT_HELD, f"references[{index}]")
        for index, row in enumerate(found)
        if row is None
    )
    rows = [row for row in found if row is not None]
    return Refused(problems) if problems else _about_one(writing, rows, recipient)


def _not_kept_from(writing: Writing, recipient: str) -> Sql:
    """What the ceiling does not keep from an organisation."""
    installation = writing.installation
    names = identifiers_of(writing.connection, recipient) | {f"Organization/{recipient}"}
    return installation.resources.sql(negated(ceiling_for(installation.policy, names)))


def _row(writing: Writing, reference: str, listable: Sql) -> Row | None:
    key = local(reference)
    if key is None or key[0] not in PERSONAL - {*AUTHORS_ONLY, "AuditEvent"}:
        return None
    return searching.current(writing.connection, *key, listable)


def _about_one(writing: Writing, rows: list[Row], recipient: str) -> list[Row] | Refused:
    held_by = {row.identity for row in rows if row.identity is not None}
    persons = identities.persons_of(writing.connection, held_by)
    if len(persons) != 1:
        return Refused((Problem(Kind.VALUE, SEVERAL, "references"),))
    known = identities.of_persons(writing.connection, persons)
    if all(one.organization != recipient for one in known):
        return Refused((Problem(Kind.VALUE, UNKNOWN_THERE, "recipient"),))
    writing.entities += [row.reference for row in rows]
    return rows
