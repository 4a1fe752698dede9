"""Writing a consent: read as the engine will read it, before it is stored."""

from __future__ import annotations

from typing import Any

from consent.reading import read
from consent.rules import ConsentRules, Meaning
from gateway.actions import referring
from gateway.actions.directory import every_rule
from gateway.actions.missing_actors import missing_actors
from gateway.actions.releasing import whole
from gateway.actions.writing import Writing
from gateway.auth.requester import Role
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.storage.resources import Row

MOST_PROVISIONS = 500
MOST_RELATED = 20
TAKEN_BACK = ("inactive", "entered-in-error")


def give(writing: Writing, consent: dict[str, Any]) -> Row | Refused:
    """Store a Consent; everything that would keep it from deciding is said at once (422)."""
    problems = faults(writing, consent) + _not_their_own(writing, consent)
    return Refused(tuple(problems)) if problems else writing.add(consent)


def faults(writing: Writing, consent: dict[str, Any]) -> list[Problem]:
    """What the engine, or the directory, could not make sense of."""
    rules, found = read(consent)
    if problem := _too_much(rules):
        return [problem]
    problems = [
        Problem(Kind.RULE, fault.diagnostics, fault.expression)
        for fault in found
        if fault.severity == "error"
    ]
    resources = writing.installation.resources
    return problems + [
        Problem(Kind.RULE, "must name someone in the directory here", path)
        for path in missing_actors(writing.connection, resources, rules, writing.sees)
    ]


def _too_much(rules: ConsentRules) -> Problem | None:
    """What would keep everyone waiting who asks for anything of this person's: each decision reads
    all of it, and looks up anew what is joined to a record that it names."""
    every = every_rule(rules)
    if len(every) > MOST_PROVISIONS:
        text = f"may have {MOST_PROVISIONS} provisions at most, nested ones too"
        return Problem(Kind.RULE, text, "Consent.provision")
    related = [d for rule in every for d in rule.criteria.data if d.meaning is Meaning.RELATED]
    if len(related) > MOST_RELATED:
        text = f"may name {MOST_RELATED} records at most with all that is related to them"
        return Problem(Kind.RULE, text, "Consent.provision.data")
    return None


def _not_their_own(writing: Writing, consent: dict[str, Any]) -> list[Problem]:
    """Through a portal a person speaks for themselves: patient and performer are who signed in."""
    requester = writing.requester
    if requester.role is not Role.PORTAL:
        return []
    problems = []
    if consent.get("patient", {}).get("reference") != requester.patient:
        problems.append(Problem(Kind.FORBIDDEN, "must be the signed-in person", "Consent.patient"))
    performers = [each.get("reference") for each in consent.get("performer", [])]
    if performers != [requester.patient]:
        text = "must be the signed-in person, and nobody else"
        problems.append(Problem(Kind.RULE, text, "Consent.performer"))
    return problems


def change(writing: Writing, row: Row, consent: dict[str, Any]) -> Row | Refused:
    """A further version; what was delivered on the strength of it ends when it is taken back.

    A person may take back any consent about them; its words stay whoever wrote them.
    """
    stored = whole(row, writing.installation.resources.opened(row))
    if row.author == writing.organization and row.author_role == writing.requester.role.value:
        problems = _moved_elsewhere(stored, consent) + _not_their_own(writing, consent)
        problems += _revived(writing, stored, consent)
        if consent.get("status") not in TAKEN_BACK:
            problems += faults(writing, consent)
        if problems:
            return Refused(tuple(problems))
        changed = writing.change(row, consent)
    elif consent.get("status") in TAKEN_BACK:
        changed = writing.change(row, stored | {"status": consent["status"]})
    else:
        text = "written for the person: this can be taken back (inactive), not reworded"
        return Refused((Problem(Kind.RULE, text, "Consent.status"),))
    if not isinstance(changed, Refused) and consent["status"] in TAKEN_BACK:
        referring.withdrawn(writing, row.id)
    return changed


def _revived(writing: Writing, stored: dict[str, Any], consent: dict[str, Any]) -> list[Problem]:
    """What was taken back, perhaps by the person, no service makes count again."""
    over = stored["status"] in TAKEN_BACK and consent.get("status") not in TAKEN_BACK
    if not over or writing.requester.role is Role.PORTAL:
        return []
    return [Problem(Kind.RULE, "was taken back and stays so; write a new one", "Consent.status")]


def _moved_elsewhere(stored: dict[str, Any], consent: dict[str, Any]) -> list[Problem]:
    if stored.get("patient") == consent.get("patient"):
        return []
    return [Problem(Kind.RULE, "must stay the same person", "Consent.patient")]
