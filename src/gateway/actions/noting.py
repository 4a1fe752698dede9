"""What is said beside a consent that was stored: words that change nothing, that contradict others,
or that name someone whom nobody can tell apart; the last an officer looks at too."""

from __future__ import annotations

from typing import Any

from consent.conflicts import conflicts
from consent.reading import read
from consent.request import Source
from consent.rules import ConsentRules, Fault
from consent.unresolved import unresolved_actors
from gateway.actions.directory import directory_for
from gateway.actions.weighing import consents_of
from gateway.actions.writing import Writing
from gateway.auth.delegated import is_delegate
from gateway.auth.requester import Role
from gateway.fhir.problem import Kind, Problem
from gateway.storage import identities, queue
from gateway.storage.resources import Row
from gateway.storage.times import microseconds


def noted(writing: Writing, row: Row, consent: dict[str, Any]) -> None:
    """Keep what there is to say for the answer; queue whom an officer has to ask after."""
    rules, found = read(consent)
    unresolved = _unresolved(writing, rules)
    if unresolved:
        kind, at = queue.Kind.UNRESOLVABLE_ACTOR, microseconds(writing.now)
        queue.add(writing.connection, kind, row.reference, at)
    said = [*found, *unresolved, *conflicts(rules, _others(writing, row, consent))]
    writing.notes += [Problem(Kind.NOTED, f.diagnostics, f.expression, f.severity) for f in said]


def _unresolved(writing: Writing, rules: ConsentRules) -> tuple[Fault, ...]:
    resources = writing.installation.resources
    directory = directory_for(writing.connection, resources, [rules], writing.now)
    return unresolved_actors(rules, directory)


def _others(writing: Writing, row: Row, consent: dict[str, Any]) -> list[Source]:
    """The other consents that count now.

    INVARIANT: nobody but the person is told of them.
    """
    requester = writing.requester
    if consent["status"] != "active" or requester.role is not Role.PORTAL or is_delegate(requester):
        return []
    patient = consent["patient"]["reference"].removeprefix("Patient/")
    own = identities.known_by(writing.connection, writing.organization, [patient])
    return [
        each
        for each in consents_of(writing.installation, writing.connection, own)
        if each.reference != row.reference and each.carries_permits and each.counts_at(writing.now)
    ]
