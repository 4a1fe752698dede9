"""Who may decide what a Consent says: asked when it is written."""

from __future__ import annotations

from consent.rules import ConsentRules
from gateway.actions.deciders import Recorded
from gateway.actions.writing import Writing
from gateway.auth.delegated import is_delegate, subject_of
from gateway.fhir.problem import Kind, Problem


def problems(writing: Writing, patient: str, rules: ConsentRules) -> list[Problem]:
    """What has to be recorded before what was read of a Consent about "Patient/<id>" counts."""
    installation, connection = writing.installation, writing.connection
    recorded = Recorded.about(installation, connection, patient, writing.now)
    if recorded is None:
        return []  # refused as any other reference to nobody
    if is_delegate(writing.requester):
        missing = recorded.hinders_delegate(subject_of(installation.keys, writing.requester), rules)
    else:
        missing = recorded.hinders_the_person(rules)
    return [Problem(Kind.RULE, missing, "Consent.patient")] if missing else []
