"""A clinician clears for the person what is kept from their own reading, over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
from answers import assert_outcome
from emergency import DOCTOR
from houses import Situation
from made_up import alcohol_score
from smart_client import ACT_REASON, FHIR_JSON, Json, SmartClient

OURS = "https://onestory.example/fhir/CodeSystem/topic"
OF_OTHERS = {"security": [{"system": OURS, "code": "third-party"}]}
REASON = {"name": "reason", "valueString": "Read through with her sister, who agrees"}


class Clinician(SmartClient):
    """A session of one practitioner."""

    def claims(self, **changed: Any) -> Json:
        named = {"version": "1", "purpose_of_use": [ACT_REASON + "TREAT"], "subject_id": DOCTOR}
        return super().claims(extensions={"hl7-b2b": named}) | changed


def asks(client: SmartClient, reference: str, *more: Json, **headers: str) -> httpx.Response:
    body = {"resourceType": "Parameters", "parameter": [REASON, *more]}
    return client.send("POST", f"{reference}/$clear", body, **headers)


def test_what_is_kept_is_read_once_it_is_cleared_and_until_it_is_taken_back(
    situation: Situation,
) -> None:
    house, me = situation.house, situation.portal
    clinician = Clinician(house.server, situation.trust.who)
    house.clients.append(clinician)
    stored = situation.trust.created(alcohol_score(situation.at_trust, meta=OF_OTHERS))
    kept = f"Observation/{stored['id']}"
    before = me.get("Observation", patient=situation.me)
    assert me.get(kept).status_code == 404
    assert_outcome(asks(situation.trust, kept), 403)
    assert_outcome(asks(situation.drugs, kept), 403)
    assert_outcome(asks(clinician, kept, If_Match='W/"0123456789abcdef"'), 412)
    assert me.get(kept).status_code == 404
    answer = asks(clinician, kept, If_Match=f'W/"{stored["meta"]["versionId"]}"')
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, FHIR_JSON)
    assert me.read(kept)["subject"] == {"reference": situation.me}
    assert situation.trust.read(kept) == stored
    taken_back = {"name": "cleared", "valueBoolean": False}
    assert asks(clinician, kept, taken_back).status_code == 200
    assert me.get(kept).status_code == 404
    assert me.get("Observation", patient=situation.me).content == before.content
    assert_outcome(asks(clinician, "Observation/never-was"), 404)
    assert_outcome(asks(clinician, situation.at_trust), 422)
