"""What a client claims changes nothing, and each look is recorded without its content.

Faults found in other systems, each asked of this one over HTTP. Ids are the catalogue's.
"""

# ruff: noqa: N802 - a test carries its case's id as the catalogue writes it

from __future__ import annotations

import json

from answers import face, is_refused, made_up
from houses import Situation
from made_up import NHS, alcohol_score, consent, mood_score


def test_R39_client_controlled_enforcement(situation: Situation) -> None:
    hidden = situation.writes(alcohol_score(situation.at_trust))
    situation.denies()
    never = situation.drugs.get(hidden)
    claims = {
        "X-Consent": "disabled",
        "X-Bypass-Consent": "true",
        "X-Redaction": "off",
        "X-Audit": "off",
        "X-Organization": situation.trust.who.organization,
        "X-Organization-Id": situation.trust.who.ods,
        "X-Forwarded-User": situation.trust.who.client_id,
        "Purpose-Of-Use": "BTG",
    }
    officer = situation.house.officer

    def count() -> int:
        asked = officer.get("AuditEvent", entity=hidden, _summary="count")
        return int(asked.json()["total"])

    before = count()
    for name, value in claims.items():
        assert face(situation.drugs.get(hidden, headers={name: value})) == face(never)
    assert count() == before + len(claims)
    own = consent(situation.at_drugs, "permit", situation.drugs.who.organization)
    answer = situation.drugs.post(own)
    assert answer.status_code in (201, 403, 422)
    assert is_refused(situation.drugs, hidden)


def test_R40_audit_phi(situation: Situation) -> None:
    situation.permits("ETHUD")
    shown = situation.writes(alcohol_score(situation.at_trust, 4))
    words = "drank at the harbour with Jo"
    hidden = situation.writes(mood_score(situation.at_trust, note=[{"text": words}]))
    situation.drugs.read(shown)
    assert is_refused(situation.drugs, hidden)
    situation.drugs.get("Patient", identifier=f"{NHS}|{situation.person.number}")
    logged = ""
    for reference in (shown, hidden, situation.at_drugs):
        logged += json.dumps(situation.house.officer.search("AuditEvent", entity=reference))
    assert "AuditEvent" in logged
    for content in (words, "75626-2", "44261-6", "valueQuantity", situation.person.number):
        assert content not in logged


def test_R41_audit_no_consent(situation: Situation) -> None:
    hidden = situation.writes(alcohol_score(situation.at_trust))
    never = made_up("Observation", 41)
    officer, drugs = situation.house.officer, situation.drugs

    def count(reference: str) -> int:
        asked = officer.get("AuditEvent", entity=reference, _summary="count")
        return int(asked.json()["total"])

    for reference in (hidden, never):
        before = count(reference)
        assert is_refused(drugs, reference)  # asks once for it, once for another made-up id
        assert count(reference) == before + 1
