"""Writing a consent: read as the engine will read it, and asked who may give it."""

from __future__ import annotations

from typing import Any

from consent.reading import read
from consent.rules import ConsentRules, Meaning
from gateway.actions import noting, referring, spoken_word, who_decides
from gateway.actions.directory import every_rule
from gateway.actions.held import Held
from gateway.actions.missing_actors import missing_actors
from gateway.actions.releasing import whole
from gateway.actions.status_moves import ENDED, wrong_move
from gateway.actions.writing import Writing
from gateway.auth.delegated import is_delegate, subject_of
from gateway.auth.requester import Role
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.references import local
from gateway.storage import delegates
from gateway.storage.resources import Row

MOST_PROVISIONS = 500
MOST_RELATED = 20
NOBODY = Problem(Kind.RULE, "must name the person whose choices these are", "Consent.patient")


def give(writing: Writing, consent: dict[str, Any]) -> Row | Refused:
    """Store a Consent; everything that would keep it from deciding is said at once (422)."""
    problems = hindrances(writing, consent)
    if problems:
        return Refused(tuple(problems))
    stored = writing.add(consent)
    if not isinstance(stored, Refused):
        if is_delegate(writing.requester):
            subject = subject_of(writing.installation.keys, writing.requester)
            delegates.gave(writing.connection, stored.id, subject)
        _noted(writing, stored, consent)
    return stored


def hindrances(writing: Writing, consent: dict[str, Any]) -> list[Problem]:
    """Why what somebody says cannot be stored as it is: its words, and who says them."""
    problems = faults(writing, consent) + _not_their_own(writing, consent)
    if consent["status"] != "active":
        return problems
    patient = consent.get("patient", {}).get("reference", "")
    return problems + who_decides.problems(writing, patient, read(consent)[0])


def _noted(writing: Writing, row: Row, consent: dict[str, Any]) -> None:
    """What is said beside it; and what a service recorded of a person's word counts from now, and
    not for ever."""
    noting.noted(writing, row, consent)
    if writing.requester.role is Role.SERVICE:
        spoken_word.recorded(writing, row, consent, read(consent)[0])


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
    """Through a portal people speak for themselves: patient is whom the token serves, performer
    who signed in. A service names somebody here."""
    requester = writing.requester
    if requester.role is not Role.PORTAL:
        key = local(consent.get("patient", {}).get("reference", ""))
        return [] if key is not None and key[0] == "Patient" else [NOBODY]
    problems = []
    if consent.get("patient", {}).get("reference") != requester.patient:
        problems.append(Problem(Kind.FORBIDDEN, "must be the signed-in person", "Consent.patient"))
    who = requester.practitioner if is_delegate(requester) else requester.patient
    if [_named(each) for each in consent.get("performer", [])] != [who]:
        text = "must be the signed-in person, and nobody else"
        if is_delegate(requester):
            text = "must be the delegate who signed in, as subject_id names them, and nobody else"
        problems.append(Problem(Kind.RULE, text, "Consent.performer"))
    return problems


def _named(reference: dict[str, Any]) -> str:
    """What a Reference names: "Type/id", or "system|value" of an identifier alone."""
    identifier = reference.get("identifier", {})
    by_identifier = f"{identifier.get('system', '')}|{identifier.get('value', '')}"
    return str(reference.get("reference", by_identifier))


def change(writing: Writing, found: Held, consent: dict[str, Any]) -> Row | Refused:
    """A further version; what was delivered on the strength of it ends when it is taken back.

    Whoever wrote it may reword it while it has not ended. The person may take back any consent
    about them, and confirm what a service recorded: its words stay whoever wrote them.
    """
    row = found.row
    stored = whole(row, writing.installation.resources.opened(row))
    is_the_person = _is_the_person(writing)
    problems = wrong_move(stored["status"], consent["status"], is_the_person=is_the_person)
    if problems:
        return Refused(tuple(problems))
    if _wrote(writing, row):
        changed = _reworded(writing, row, stored, consent)
    elif consent["status"] in ENDED:
        changed = writing.change(row, stored | {"status": consent["status"]})
    elif is_the_person and row.author_role == Role.SERVICE.value:
        changed = spoken_word.answered(writing, found, stored, consent)
    else:
        text = "written for the person: this can be taken back (inactive), not reworded"
        return Refused((Problem(Kind.RULE, text, "Consent.status"),))
    if not isinstance(changed, Refused) and consent["status"] in ENDED:
        referring.withdrawn(writing, row.id)
        recorded = is_the_person and row.author_role == Role.SERVICE.value
        if recorded and consent["status"] == "entered-in-error":
            spoken_word.denied(writing, row)
    return changed


def _is_the_person(writing: Writing) -> bool:
    return writing.requester.role is Role.PORTAL and not is_delegate(writing.requester)


def _wrote(writing: Writing, row: Row) -> bool:
    """Whether these are the requester's own words: the person's, a delegate's, a service's."""
    if (row.author, row.author_role) != (writing.organization, writing.requester.role.value):
        return False
    if writing.requester.role is not Role.PORTAL or is_delegate(writing.requester):
        return True  # a delegate is shown no words but their own
    return not delegates.is_by_delegate(writing.connection, row.id)


def _reworded(
    writing: Writing, row: Row, stored: dict[str, Any], consent: dict[str, Any]
) -> Row | Refused:
    problems = _moved_elsewhere(stored, consent)
    if writing.requester.role is Role.SERVICE:
        problems += spoken_word.is_theirs(writing, row)
    if consent["status"] in ENDED:
        problems += _not_their_own(writing, consent)
    else:
        problems += hindrances(writing, consent)
    if problems:
        return Refused(tuple(problems))
    changed = writing.change(row, consent)
    if not isinstance(changed, Refused):
        _noted(writing, changed, consent)
    return changed


def _moved_elsewhere(stored: dict[str, Any], consent: dict[str, Any]) -> list[Problem]:
    if stored.get("patient") == consent.get("patient"):
        return []
    return [Problem(Kind.RULE, "must stay the same person", "Consent.patient")]
