"""Who may decide what a Consent says: asked when it is written."""

from __future__ import annotations

from consent.rules import ConsentRules
from gateway.actions.deciders import Recorded
from gateway.actions.writing import Writing
from gateway.auth.delegated import is_delegate, subject_of
from gateway.auth.requester import Role
from gateway.fhir.problem import Kind, Problem


def problems(writing: Writing, patient: str, rules: ConsentRules) -> list[Problem]:
    """What has to be recorded before what was read of a Consent about "Patient/<id>" counts.

    INVARIANT: a service is told nothing that was not recorded with its own Patient.
    """
    requester = writing.requester
    recorded = _recorded(writing, patient, there_alone=requester.role is Role.SERVICE)
    if recorded is None:
        return []  # refused as any other reference to nobody
    if is_delegate(requester):
        subject = subject_of(writing.installation.keys, requester)
        missing = recorded.hinders_delegate(subject, rules)
    else:
        missing = recorded.hinders_the_person(rules)
    return [Problem(Kind.RULE, missing, "Consent.patient")] if missing else []


def may_count(writing: Writing, patient: str, rules: ConsentRules) -> bool:
    """Whether anything that is recorded, wherever it is, keeps the person's yes from counting."""
    recorded = _recorded(writing, patient, there_alone=False)
    return recorded is not None and recorded.hinders_the_person(rules) is None


def _recorded(writing: Writing, patient: str, *, there_alone: bool) -> Recorded | None:
    installation, connection = writing.installation, writing.connection
    return Recorded.about(installation, connection, patient, writing.now, there_alone=there_alone)
