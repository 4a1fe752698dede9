"""SMART v2 system scopes: which are well formed, and which a registration covers."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Every type that a registration may name; what is served today is in /metadata.
_TYPES = """
    Patient RelatedPerson Practitioner PractitionerRole Organization HealthcareService Location
    Endpoint CareTeam Group List Consent Questionnaire QuestionnaireResponse Observation Condition
    Procedure Encounter Appointment AllergyIntolerance MedicationRequest MedicationStatement
    CarePlan Goal ServiceRequest Task Communication Flag DocumentReference Composition Bundle
    MessageHeader Provenance AuditEvent Subscription
"""
TYPES = frozenset(_TYPES.split())

_SCOPE = re.compile(r"system/(\*|[A-Za-z]{1,64})\.(?=[cruds])(c?r?u?d?s?)")


def parts(scope: str) -> tuple[str, str] | None:
    """Type (or *) and letters of `system/<type>.<letters>`, letters in the order cruds; or None."""
    match = _SCOPE.fullmatch(scope)
    if match is None or match[1] not in TYPES | {"*"}:
        return None
    return match[1], match[2]


def covers(registered: Iterable[str], asked: str) -> bool:
    """Whether the registered scopes together allow all that is asked; `*` only by a `*`."""
    wanted = parts(asked)
    if wanted is None:
        return False
    name, letters = wanted
    held = [found for found in map(parts, registered) if found is not None]
    return all(any(has in ("*", name) and letter in may for has, may in held) for letter in letters)
