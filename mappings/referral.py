"""A plain referral, both ways: a flat record, and ServiceRequest, Task and attestation.

    to_fhir(record) -> Mapped | Unmappable
    from_fhir(request, patient, attested) -> Flattened | Unmappable

The receiver is known by its ODS code only, so that `Task.owner` is a logical reference. With
`agreed` y a Provenance says that the sender attests that the person agreed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mappings import parties, referral_rows
from mappings.digests import digest, identifier, once
from mappings.moments import dated, flat_in
from mappings.referral_rows import COLUMNS, Referral
from mappings.systems import ATTESTATION, ODS, SDS_USER, SNOMED, TASK_CODE
from mappings.verdict import Entry, Flattened, Mapped, Unmappable

FULFIL = {"coding": [{"system": TASK_CODE, "code": "fulfill"}]}
AGREED = {"coding": [{"system": ATTESTATION, "code": "person-agreed"}]}


def to_fhir(record: Mapping[str, object]) -> Mapped | Unmappable:
    """Patient, ServiceRequest, Task and, where the person agreed, the sender's attestation."""
    referral = referral_rows.read(record)
    if isinstance(referral, Unmappable):
        return referral
    own = digest(("referral", referral_rows.canonical(referral)))
    patient = parties.patient_entry(referral.person)
    request = Entry(
        parties.urn("ServiceRequest", own),
        _service_request(referral, own, patient.full_url),
        once(own),
    )
    task = Entry(
        parties.urn("Task", own),
        _task(referral, own, patient.full_url, request.full_url),
        once(f"{own}.task"),
    )
    if not referral.agreed:
        return Mapped((patient, request, task))
    attestation = Entry(
        parties.urn("Provenance", own),
        _attestation(referral, request.full_url, task.full_url),
    )
    return Mapped((patient, request, task, attestation))


def from_fhir(
    request: Mapping[str, Any], patient: Mapping[str, Any], *, attested: bool
) -> Flattened | Unmappable:
    """The flat record that a ServiceRequest, its Patient and the attestation of it say."""
    codings = (request.get("code") or {}).get("coding", ())
    texts = (
        parties.number_of(patient),
        str(patient.get("birthDate", "")),
        flat_in(request, "authoredOn"),
        parties.recorded_by(request),
        parties.identified(request.get("requester"), SDS_USER),
        parties.identified(_first(request, "performer"), ODS),
        next((one.get("code", "") for one in codings if one.get("system") == SNOMED), ""),
        request.get("priority", ""),
        "y" if attested else "n",
        str(_first(request, "reasonCode").get("text", "")),
        str(request.get("patientInstruction", "")),
        str(_first(request, "note").get("text", "")),
    )
    referral = referral_rows.read(dict(zip(COLUMNS, texts, strict=True)))
    if isinstance(referral, Unmappable):
        return referral
    return Flattened(referral_rows.write(referral))


def attested_by(provenance: Mapping[str, Any]) -> tuple[str, ...]:
    """The references of which a Provenance attests that the person agreed, if it does so at all."""
    codings = (provenance.get("activity") or {}).get("coding", ())
    said = {(one.get("system"), one.get("code")) for one in codings}
    if (ATTESTATION, "person-agreed") not in said:
        return ()
    return tuple(str(target.get("reference", "")) for target in provenance.get("target", ()))


def _first(resource: Mapping[str, Any], element: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (resource.get(element) or ({},))[0]
    return found


def _priority(referral: Referral) -> dict[str, str]:
    return {"priority": referral.priority} if referral.priority else {}


def _service_request(referral: Referral, own: str, patient: str) -> dict[str, Any]:
    coding = {
        "system": SNOMED,
        "code": referral.code,
        "display": referral_rows.displays()[referral.code],
    }
    resource = {
        "resourceType": "ServiceRequest",
        "extension": [parties.recording_organization(referral.organization)],
        "identifier": [identifier(own)],
        "status": "active",
        "intent": "order",
        **_priority(referral),
        "code": {"coding": [coding]},
        "subject": {"reference": patient},
        **dated("authoredOn", referral.authored_at),
        "requester": parties.author(referral.practitioner, referral.organization),
        "performer": [parties.organization(referral.receiver)],
    }
    if referral.reason:
        resource["reasonCode"] = [{"text": referral.reason}]
    if referral.note:
        resource["note"] = [{"text": referral.note}]
    if referral.while_waiting:
        resource["patientInstruction"] = referral.while_waiting
    return resource


def _task(referral: Referral, own: str, patient: str, request: str) -> dict[str, Any]:
    return {
        "resourceType": "Task",
        "extension": [parties.recording_organization(referral.organization)],
        "identifier": [identifier(f"{own}.task")],
        "status": "requested",
        "intent": "order",
        **_priority(referral),
        "code": FULFIL,
        "focus": {"reference": request},
        "for": {"reference": patient},
        "authoredOn": referral.authored_at.text,
        "requester": parties.organization(referral.organization),
        "owner": parties.organization(referral.receiver),
    }


def _attestation(referral: Referral, request: str, task: str) -> dict[str, Any]:
    agent = {"who": parties.author(referral.practitioner, referral.organization)}
    if referral.practitioner:
        agent["onBehalfOf"] = parties.organization(referral.organization)
    return {
        "resourceType": "Provenance",
        "target": [{"reference": request}, {"reference": task}],
        "recorded": referral.authored_at.text,
        "activity": AGREED,
        "agent": [agent],
    }
