"""The consent that the gateway writes on a practitioner's word that the person agreed.

It covers exactly what the referral lists and the sender wrote, for treatment, until 30 days after
the Task ends. The person sees it and can take it back like any other.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gateway.actions.judging import Author
from gateway.actions.releasing import whole
from gateway.actions.writing import Writing
from gateway.fhir.references import local, walk
from gateway.storage import searching
from gateway.storage.resources import Row
from gateway.storage.times import microseconds

ATTESTATION = "https://onestory.example/fhir/CodeSystem/attestation"
PERSON_AGREED = "person-agreed"
AFTER_THE_END = timedelta(days=30)
LISTED_IN = ("supportingInfo", "reasonReference", "basedOn", "input")
ROLE = "attested"

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"


def attests(provenance: dict[str, Any]) -> frozenset[str]:
    """What a Provenance says the person agreed to; empty where it says nothing of the kind."""
    codings = provenance.get("activity", {}).get("coding", [])
    wanted = {"system": ATTESTATION, "code": PERSON_AGREED}
    if not any(wanted.items() <= coding.items() for coding in codings):
        return frozenset()
    return frozenset(target.get("reference", "") for target in provenance.get("target", []))


def record(
    writing: Writing,
    owner: str,
    task: Row,
    task_body: dict[str, Any],
    request_body: dict[str, Any],
) -> None:
    """Write the consent for what the referral lists, and tie it to the Task."""
    listed = _listed(writing, task_body, request_body)
    consent = _consent(writing, owner, task_body["for"]["reference"], listed)
    stored = writing.add(consent, Author(writing.organization, ROLE))
    assert isinstance(stored, Row)  # noqa: S101 - its Patient is the sender's, checked with the Task
    writing.connection.execute(
        "INSERT INTO attested(consent, task) VALUES (?,?)", (stored.id, task.id)
    )


def ended(writing: Writing, task: str) -> None:
    """The Task is over: what was agreed for it ends 30 days from now."""
    consents = writing.connection.execute(
        "SELECT consent FROM attested WHERE task = ? AND ended IS NULL", (task,)
    ).fetchall()
    for (id_,) in consents:
        row = searching.current(writing.connection, "Consent", id_)
        assert row is not None  # noqa: S101 - consents are never deleted
        body = whole(row, writing.installation.resources.opened(row))
        end = (writing.now + AFTER_THE_END).isoformat(timespec="seconds")
        body["provision"] = body["provision"] | {"period": {"end": end}}
        writing.change(row, body)
        writing.connection.execute(
            "UPDATE attested SET ended = ? WHERE consent = ?", (microseconds(writing.now), id_)
        )


def called_back(writing: Writing, task: str) -> None:
    """The Task is deleted: what was agreed for it ends now."""
    consents = writing.connection.execute("SELECT consent FROM attested WHERE task = ?", (task,))
    for (id_,) in consents.fetchall():
        row = searching.current(writing.connection, "Consent", id_)
        assert row is not None  # noqa: S101 - consents are never deleted
        body = whole(row, writing.installation.resources.opened(row))
        if body["status"] == "active":
            writing.change(row, body | {"status": "inactive"})


def _listed(writing: Writing, task: dict[str, Any], request: dict[str, Any]) -> tuple[str, ...]:
    """The referral itself and what it lists, so far as the sender wrote it."""
    named = [f"Task/{task['id']}", f"ServiceRequest/{request['id']}"]
    for body in (task, request):
        lists = {name: body[name] for name in LISTED_IN if name in body}
        named += [reference.get("reference", "") for _, reference in walk(lists)]
    return tuple(dict.fromkeys(each for each in named if _sent(writing, each)))


def _sent(writing: Writing, reference: str) -> bool:
    key = local(reference)
    row = None if key is None else searching.current(writing.connection, *key)
    return row is not None and row.author == writing.organization


def _consent(writing: Writing, owner: str, patient: str, listed: tuple[str, ...]) -> dict[str, Any]:
    return {
        "resourceType": "Consent",
        "id": writing.installation.new_id(),
        "status": "active",
        "scope": _concept(_TERMINOLOGY + "consentscope", "patient-privacy"),
        "category": [_concept("http://loinc.org", "59284-0")],
        "patient": {"reference": patient},
        "dateTime": writing.now.isoformat(timespec="seconds"),
        "organization": [{"reference": writing.requester.organization}],
        "policyRule": _concept(_TERMINOLOGY + "v3-ActCode", "OPTOUT"),
        "provision": {
            "type": "permit",
            "actor": [
                {
                    "role": _concept(_TERMINOLOGY + "v3-ParticipationType", "IRCP"),
                    "reference": {"reference": f"Organization/{owner}"},
                }
            ],
            "purpose": [{"system": _TERMINOLOGY + "v3-ActReason", "code": "TREAT"}],
            "data": [{"meaning": "instance", "reference": {"reference": each}} for each in listed],
        },
    }


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}
