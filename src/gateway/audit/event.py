"""A row of the log as a FHIR R4 AuditEvent: who, what, when, why. Nothing clinical is in it."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

from gateway.audit.entry import Entry, canonical
from gateway.audit.merkle import leaf_hash
from gateway.audit.note import Signer
from gateway.audit.receipt import receipt

BASE = "https://onestory.example/fhir"
RECEIPT = f"{BASE}/StructureDefinition/audit-receipt"

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_READING = {"read", "vread", "history", "history-instance", "history-type", "history-system"}
_FINDING = {"search", "search-type", "search-system", "capabilities"}
_WRITING = {"create", "update", "patch", "delete", "transaction", "batch", "operation"}
_INTERACTIONS = _READING | _FINDING | _WRITING
_OUTCOMES = {"permitted": "0", "refused": "4", "failed": "8"}

_NOT_KEPT = "The consents that were held against this are missing or altered: check the log."

Json = dict[str, Any]


def audit_event(entry: Entry) -> Json:
    """The AuditEvent for the person and for officers: the consents held against it included; the
    entry as it is `shown`."""
    consents = [_entity(reference, "4", "Domain Resource") for reference in entry.consents]
    return _event(entry, [*consents, *_missing(entry)])


def for_service(entry: Entry, signer: Signer) -> Json:
    """The AuditEvent for the service that made the request, of what it was permitted.

    Without the consents, which are not the service's to read; with a signed receipt of the leaf
    hash, which shows neither a position nor the size of the log.
    """
    if entry.outcome != "permitted":
        raise ValueError("a service reads about its permitted requests only")
    extension = {"url": RECEIPT, "valueString": receipt(signer, leaf_hash(canonical(entry)))}
    return _event(entry, []) | {"extension": [extension]}


def _event(entry: Entry, consents: list[Json]) -> Json:
    entities = [
        *(_entity(each, "4", "Domain Resource") for each in _other_entities(entry)),
        *(_entity(each, "1", "Patient") for each in entry.patients),
        *consents,
        *_query(entry),
        *_response(entry),
    ]
    return {
        "resourceType": "AuditEvent",
        "id": entry.id,
        "type": _coding(f"{_TERMINOLOGY}/audit-event-type", "rest", "RESTful Operation"),
        "subtype": [_subtype(entry.interaction)],
        "action": entry.action,
        "recorded": entry.at,
        "outcome": _OUTCOMES[entry.outcome],
        "purposeOfEvent": [_purpose(entry) | ({"text": entry.reason} if entry.reason else {})],
        "agent": _agents(entry),
        "source": {
            "observer": {"display": "One Story gateway"},
            "type": [_coding(f"{_TERMINOLOGY}/security-source-type", "4", "Application Server")],
        },
    } | ({"entity": entities} if entities else {})


def _other_entities(entry: Entry) -> list[str]:
    """What was asked for or released, apart from the person, who is listed as such."""
    return [each for each in entry.entities if each not in entry.patients]


def _agents(entry: Entry) -> list[Json]:
    """The one who asked first, with the purpose; then the client and its organisation."""
    client: Json = {
        "type": {"coding": [_coding(_DCM, "110153", "Source Role ID")]},
        "who": {"identifier": {"system": f"{BASE}/client", "value": entry.client}},
        "altId": entry.client,
        "role": [{"text": entry.role}],
        "requestor": entry.practitioner is None,
    }
    organization: Json = {
        "who": {"reference": entry.organization, "type": "Organization"},
        "requestor": False,
    }
    agents = [*_practitioner(entry), client, organization]
    agents[0]["purposeOfUse"] = [_purpose(entry)]
    if entry.policy is not None:
        agents[0]["policy"] = [f"{BASE}/policy/{quote(entry.policy)}"]
    return agents


def _practitioner(entry: Entry) -> list[Json]:
    if entry.practitioner is None:
        return []
    system, _, value = entry.practitioner.rpartition("|")
    identifier = {"system": system, "value": value} if system else {"value": value}
    named = {"name": entry.practitioner_name} if entry.practitioner_name else {}
    return [{"who": {"type": "Practitioner", "identifier": identifier}, "requestor": True} | named]


def _entity(reference: str, role: str, display: str) -> Json:
    kind = reference.partition("/")[0]
    return {
        "what": {"reference": reference, "type": kind},
        "type": {"system": "http://hl7.org/fhir/resource-types", "code": kind},
        "role": _coding(f"{_TERMINOLOGY}/object-role", role, display),
    }


def _query(entry: Entry) -> list[Json]:
    if entry.query is None:
        return []
    return [
        {
            "type": _coding(f"{_TERMINOLOGY}/audit-entity-type", "2", "System Object"),
            "role": _coding(f"{_TERMINOLOGY}/object-role", "24", "Query"),
            "query": base64.b64encode(entry.query.encode()).decode(),
        }
    ]


def _missing(entry: Entry) -> list[Json]:
    """What is said in place of consents of which only the digest is left."""
    if not entry.consent_set:
        return []
    kind = _coding(f"{_TERMINOLOGY}/audit-entity-type", "2", "System Object")
    return [{"type": kind, "name": "consents", "description": _NOT_KEPT}]


def _response(entry: Entry) -> list[Json]:
    """What left: its status and the digest of its bytes, never the bytes."""
    details = {"http-status": str(entry.status) if entry.status else "", "sha-256": entry.digest}
    listed = [{"type": name, "valueString": value} for name, value in details.items() if value]
    if not listed:
        return []
    kind = _coding(f"{_TERMINOLOGY}/audit-entity-type", "2", "System Object")
    return [{"type": kind, "name": "response", "detail": listed}]


def _subtype(interaction: str) -> Json:
    if interaction in _INTERACTIONS:
        return {"system": "http://hl7.org/fhir/restful-interaction", "code": interaction}
    return {"system": f"{BASE}/CodeSystem/interaction", "code": interaction}


def _purpose(entry: Entry) -> Json:
    return {"coding": [{"system": f"{_TERMINOLOGY}/v3-ActReason", "code": entry.purpose}]}


def _coding(system: str, code: str, display: str) -> Json:
    return {"system": system, "code": code, "display": display}
