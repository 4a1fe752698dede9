"""fhirpy from PyPI, async and sync: a service's day over HTTP, with a token handed to it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from fhirpy import AsyncFHIRClient, SyncFHIRClient
from fhirpy.base.exceptions import (
    AuthorizationError,
    MultipleResourcesFound,
    OperationOutcome,
    ResourceNotFound,
)
from houses import House
from sessions import NEVER, PAGE, SCORES, located, scores, screening, somebody


def _authorized(house: House) -> dict[str, Any]:
    return {"url": house.trust.fhir, "authorization": f"Bearer {house.trust.token}"}


async def _async_session(client: AsyncFHIRClient) -> None:
    statement = await client.execute("metadata", method="get")
    assert statement["fhirVersion"] == "4.0.1"

    patient = client.resource("Patient", **somebody())
    await patient.save()
    assert patient.id
    answer = await client.execute("", data=screening(patient.reference))
    response, score = located(answer)
    await client.execute("", data=scores(patient.reference))

    kept = await client.get("Observation", score.partition("/")[2])
    assert kept["derivedFrom"][0]["reference"] == response
    first = await client.execute(f"{score}/_history/{kept['meta']['versionId']}", method="get")
    assert first == kept

    found = client.resources("Observation").search(patient=patient.reference)
    assert len(await found.limit(PAGE).fetch()) == PAGE
    assert len(await found.limit(PAGE).fetch_all()) == SCORES
    # count() sends a parameter that is another server's own: only a lenient server passes it by.
    client.extra_headers = {"Prefer": "handling=lenient"}
    assert await found.count() == SCORES
    client.extra_headers = None
    assert await found.search(date__ge="2100").first() is None
    with_patient = await found.include("Observation", "patient").limit(PAGE).fetch_raw()
    kinds = [entry["resource"]["resourceType"] for entry in with_patient["entry"]]
    assert kinds == ["Observation"] * PAGE + ["Patient"]

    changed = await client.execute(score, method="put", data=dict(kept) | {"status": "amended"})
    assert changed["meta"]["versionId"] != kept["meta"]["versionId"]
    stale = {"If-Match": f'W/"{kept["meta"]["versionId"]}"'}
    with pytest.raises(MultipleResourcesFound):  # what it calls every 412
        await client._do_request("put", score, data=dict(kept), extra_headers=stale)

    await client.delete(score)
    with pytest.raises(ResourceNotFound):
        await client.get("Observation", changed["id"])
    with pytest.raises(ResourceNotFound) as never:
        await client.get("Observation", NEVER)
    assert json.loads(str(never.value))["issue"][0]["code"] == "not-found"
    with pytest.raises(OperationOutcome) as wrong:
        await client.execute("Observation", data=dict(kept) | {"status": "odd"})
    assert wrong.value.resource["issue"][0]["expression"] == ["Observation.status"]


def test_an_async_session(house: House) -> None:
    asyncio.run(_async_session(AsyncFHIRClient(**_authorized(house))))


def test_a_sync_session(house: House) -> None:
    client = SyncFHIRClient(**_authorized(house))
    assert client.execute("metadata", method="get")["kind"] == "instance"
    patient = client.resource("Patient", **somebody())
    patient.save()
    number = f"{patient.identifier[0].system}|{patient.identifier[0].value}"
    assert client.resources("Patient").search(identifier=number).get().id == patient.id
    score = located(client.execute("", data=screening(patient.reference)))[1]
    kept = client.reference(reference=score).to_resource()
    kept.refresh()
    kept["status"] = "amended"
    kept.save()
    assert kept.status == "amended"
    history = client.execute(f"{score}/_history", method="get")
    assert [entry["resource"]["status"] for entry in history["entry"]] == ["amended", "final"]
    assert kept.is_valid()
    kept.delete()
    with pytest.raises(ResourceNotFound):
        client.reference(reference=score).to_resource()


def test_a_session_without_a_token_is_refused(house: House) -> None:
    client = SyncFHIRClient(house.trust.fhir)
    assert client.execute("metadata", method="get")["resourceType"] == "CapabilityStatement"
    with pytest.raises(AuthorizationError) as refused:
        client.resources("Observation").fetch()
    assert json.loads(str(refused.value))["issue"][0]["code"] == "login"
