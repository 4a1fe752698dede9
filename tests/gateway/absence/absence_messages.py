"""BaRS messages, as they may be sent and asked for."""

from __future__ import annotations

from absence_client import Client, Kinds, kind_of
from absence_requests import get, send
from absence_server import Json, Sent, made_id

KINDS: Kinds = {}
kind = kind_of(KINDS)
BARS = "https://fhir.nhs.uk/CodeSystem"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
ATTESTATION = "https://onestory.example/fhir/CodeSystem/attestation"
HEADER, REQUEST, MOVED, AGREED = (
    f"urn:uuid:{made_id(name)}" for name in ("a header", "a request", "a task", "an agreement")
)


def message(reason: str, id_: str, subject: str, receiver: str, *listed: str) -> Json:
    """A message of a service about a referral: new, changed, or called off."""
    request = {
        "resourceType": "ServiceRequest",
        "id": id_,
        "status": "active",
        "intent": "plan",
        "subject": {"reference": subject},
        "supportingInfo": [{"reference": each} for each in listed],
    }
    agreed = {
        "resourceType": "Provenance",
        "target": [{"reference": REQUEST}],
        "recorded": "2026-05-03T10:00:00Z",
        "activity": {"coding": [{"system": ATTESTATION, "code": "person-agreed"}]},
        "agent": [{"who": {"display": "the sender"}}],
    }
    header = {
        "resourceType": "MessageHeader",
        "eventCoding": {"system": f"{BARS}/message-events-bars", "code": "servicerequest-request"},
        "destination": [
            {
                "endpoint": "urn:x",
                "receiver": {
                    "type": "Organization",
                    "identifier": {"system": ODS, "value": receiver},
                },
            }
        ],
        "source": {"endpoint": "urn:y"},
        "reason": {"coding": [{"system": f"{BARS}/message-reason-bars", "code": reason}]},
        "focus": [{"reference": REQUEST}],
    }
    return _bundle(f"{reason}-{id_}", header, (REQUEST, request), (AGREED, agreed))


def answer(id_: str, task: str, subject: str, status: str) -> Json:
    """A message in which the service that was asked moves a Task."""
    header = {
        "resourceType": "MessageHeader",
        "eventCoding": {"system": f"{BARS}/message-events-bars", "code": "servicerequest-response"},
        "source": {"endpoint": "urn:y"},
        "focus": [{"reference": REQUEST}],
    }
    request = {
        "resourceType": "ServiceRequest",
        "id": id_,
        "status": "active",
        "intent": "plan",
        "subject": {"reference": subject},
    }
    moved = {
        "resourceType": "Task",
        "id": task,
        "status": status,
        "intent": "order",
        "focus": {"reference": REQUEST},
    }
    return _bundle(f"{status}-{id_}", header, (REQUEST, request), (MOVED, moved))


def _bundle(identity: str, header: Json, *entries: tuple[str, Json]) -> Json:
    placed = ((HEADER, header), *entries)
    return {
        "resourceType": "Bundle",
        "identifier": {"system": "urn:m", "value": identity},
        "type": "message",
        "timestamp": "2026-05-03T10:00:00Z",
        "entry": [{"fullUrl": url, "resource": each} for url, each in placed],
    }


def _named(c: Client, type_: str) -> str:
    """Something of a type that is known of, or that never was."""
    known = (*c.known.shown, *c.known.withheld, *c.known.mine, *c.written)
    named = [each for each in known if each.startswith(f"{type_}/")]
    return c.rng.choice([*named, f"{type_}/{made_id('never')}"])


@kind
def message_out(c: Client) -> Sent:
    return get(f"{_named(c, 'ServiceRequest')}/$message")


@kind
def message_in(c: Client) -> Sent:
    id_ = c.rng.choice((_named(c, "ServiceRequest").partition("/")[2], made_id("referral")))
    receiver = c.rng.choice(("RX1", "DA1", "HO1", "XX9"))
    reason = c.rng.choice(("new", "update", "delete"))
    return send("POST", "$process-message", message(reason, id_, c.patient, receiver, c.any))


@kind
def message_that_answers(c: Client) -> Sent:
    id_, task = (_named(c, type_).partition("/")[2] for type_ in ("ServiceRequest", "Task"))
    status = c.rng.choice(("accepted", "received", "rejected"))
    return send("POST", "$process-message", answer(id_, task, c.patient, status))
