"""fhirclient from PyPI, with typed models: SMART Backend Services, then a service's day."""

from __future__ import annotations

import pytest
import requests
from fhirclient.client import FHIRClient
from fhirclient.models.bundle import Bundle
from fhirclient.models.observation import Observation
from fhirclient.models.patient import Patient
from fhirclient.server import FHIRNotFoundException, FHIRServer, FHIRUnauthorizedException
from houses import House
from sessions import NEVER, PAGE, SCORES, located, scores, screening, somebody


@pytest.fixture
def server(house: House) -> FHIRServer:
    """Finds the token's address in /metadata, and gets a token for a signed assertion."""
    trust = house.trust
    client = FHIRClient(
        settings={
            "app_id": trust.who.client_id,
            "api_base": trust.fhir,
            "scope": trust.who.scope,
            "jwt_token": trust.assertion(),
        }
    )
    client.wants_patient = False
    assert not client.prepare()  # knows where to ask by now, and has no token yet
    client.server.authorize()
    assert client.ready
    return client.server


def test_a_session(server: FHIRServer) -> None:
    assert server.capabilityStatement.fhirVersion == "4.0.1"
    patient = Patient(Patient(somebody()).create(server))
    reference = patient.relativePath()
    response, score = located(Bundle(screening(reference)).create(server))
    Bundle(scores(reference)).create(server)

    kept = Observation.read(score.partition("/")[2], server)
    assert kept.derivedFrom[0].reference == response
    version = f"{score}/_history/{kept.meta.versionId}"
    assert Observation.read_from(version, server).as_json() == kept.as_json()

    found = Observation.where({"patient": reference, "_count": str(PAGE)})
    pages = list(found.perform_iter(server))
    assert [len(page.entry) for page in pages] == [2, 2, 1]
    assert pages[0].total in (None, SCORES)
    both = Observation.where({"_id": kept.id}).include("subject").perform_resources_iter(server)
    assert [type(one).__name__ for one in both] == ["Observation", "Patient"]

    kept.status = "amended"
    changed = Observation(kept.update())
    assert changed.status == "amended"
    assert changed.meta.versionId != kept.meta.versionId

    changed.delete(server)
    with pytest.raises(requests.HTTPError, match="410"):
        Observation.read(kept.id, server)
    with pytest.raises(FHIRNotFoundException) as never:
        Observation.read(NEVER, server)
    assert never.value.response.json()["issue"][0]["code"] == "not-found"


def test_a_session_without_a_token_is_refused(house: House) -> None:
    server = FHIRServer(None, base_uri=house.trust.fhir)
    with pytest.raises(FHIRUnauthorizedException):
        Patient.read(NEVER, server)
