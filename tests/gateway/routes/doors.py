"""Every address of the running application, and how it passes the gate.

A line under GATED or PAGES is a proof: its requests are sent to two servers, of which one holds a
record that nobody but its author may see, and must bring the same bytes and leave as many rows in
the log; and about that record's id as about an id that never was (`test_every_door`). A line under
OPEN says why nothing has to pass.
"""

from __future__ import annotations

import json

from absence_messages import message
from absence_requests import FORM, PATCH, bundle, get, send
from absence_resources import ALCOHOL, FHIR_JSON, told
from absence_server import Sent, made_id
from two_worlds import MARK

SCORE = told("Observation", "{mine}", "{us}", ALCOHOL)
NOTHING_TO_CHANGE = [{"op": "add", "path": "/language", "value": "en"}]
CALCULATED = {"resourceType": "Parameters", "parameter": []}
CLEARED = CALCULATED | {
    "parameter": [{"name": "reason", "valueString": "Read through together with the family"}]
}
AUDIT_C = "https://onestory.example/fhir/Questionnaire/audit-c"


def about(*sent: Sent) -> tuple[Sent, ...]:
    return sent


def changed(method: str, path: str) -> Sent:
    return send(method, path, SCORE | {"id": "{id}"})


def populated(path: str, subject: str, **named: str) -> Sent:
    given = [{"name": name, "valueCanonical": value} for name, value in named.items()]
    about_whom = {"name": "subject", "valueReference": {"reference": subject}}
    return send("POST", path, CALCULATED | {"parameter": [about_whom, *given]})


def messaged(reason: str, request: str, listed: str) -> Sent:
    """A BaRS message about a referral of this id, which lists something."""
    return send("POST", "$process-message", message(reason, request, "{mine}", "DA1", listed))


def consulted(patient_id: str) -> Sent:
    """A call of the CDS Hooks service about someone."""
    call = {
        "hook": "patient-consent-consult",
        "hookInstance": made_id("call"),
        "context": {"patientId": patient_id},
    }
    headers = (("Content-Type", "application/json"),)
    return Sent("POST", "/cds-services/patient-consent-consult", headers, json.dumps(call).encode())


# FHIR addresses and CDS Hooks: asked by a service, by the person through a portal, by an officer.
GATED: dict[str, tuple[Sent, ...]] = {
    "GET /fhir/{type}": about(
        get("Observation?patient={mine}"),
        get("Observation?_id={id}"),
        get("Observation?_has:Provenance:target:_id=x&_id={id}"),
        get("Condition?patient={mine}&_revinclude=*"),
    ),
    "POST /fhir/{type}/_search": about(
        Sent("POST", "/fhir/Observation/_search", FORM, b"patient={mine}"),
        Sent("POST", "/fhir/Observation/_search", FORM, b"_id={id}"),
    ),
    "GET /fhir/{type}/{id}": about(get("Observation/{id}"), get("Patient/{id}")),
    "GET /fhir/{type}/_history": about(get("Observation/_history")),
    "GET /fhir/{type}/{id}/_history": about(get("Observation/{id}/_history")),
    "GET /fhir/{type}/{id}/_history/{version}": about(get("Observation/{id}/_history/1")),
    "POST /fhir/{type}": about(
        send("POST", "Observation", SCORE | {"derivedFrom": [{"reference": "Observation/{id}"}]}),
        send("POST", "Observation", SCORE, ("If-None-Exist", f"identifier=urn:s|{MARK}")),
    ),
    "PUT /fhir/{type}/{id}": about(changed("PUT", "Observation/{id}")),
    "PUT /fhir/{type}": about(send("PUT", f"Observation?identifier=urn:s|{MARK}", SCORE)),
    "PATCH /fhir/{type}/{id}": about(
        Sent("PATCH", "/fhir/Observation/{id}", PATCH, json.dumps(NOTHING_TO_CHANGE).encode())
    ),
    "PATCH /fhir/{type}": about(
        Sent(
            "PATCH",
            f"/fhir/Observation?identifier=urn:s|{MARK}",
            PATCH,
            json.dumps(NOTHING_TO_CHANGE).encode(),
        )
    ),
    "DELETE /fhir/{type}/{id}": about(Sent("DELETE", "/fhir/Observation/{id}")),
    "DELETE /fhir/{type}": about(Sent("DELETE", f"/fhir/Observation?identifier=urn:s|{MARK}")),
    "POST /fhir": about(
        bundle("batch", {"request": {"method": "GET", "url": "Observation/{id}"}}),
        bundle("transaction", {"request": {"method": "GET", "url": "Observation/{id}"}}),
    ),
    "POST /fhir/": about(
        Sent(
            "POST",
            "/fhir/",
            FHIR_JSON,
            bundle("batch", {"request": {"method": "GET", "url": "Observation/{id}"}}).body,
        )
    ),
    "POST /fhir/{type}/$validate": about(
        send("POST", "Observation/$validate", SCORE | {"partOf": [{"reference": "Procedure/{id}"}]})
    ),
    "POST /fhir/{type}/{id}/$validate": about(changed("POST", "Observation/{id}/$validate")),
    "GET /fhir/Patient/{id}/$everything": about(
        get("{mine}/$everything"),
        get("{mine}/$everything?_count=1"),
        get("Patient/{id}/$everything"),
    ),
    "POST /fhir/Patient/{id}/$everything": about(
        Sent("POST", "/fhir/{mine}/$everything"), Sent("POST", "/fhir/Patient/{id}/$everything")
    ),
    "GET /fhir/Patient/{id}/$story": about(
        get("{mine}/$story"),
        get("{mine}/$story?_format=html"),
        get("Patient/{id}/$story"),
    ),
    "POST /fhir/Patient/{id}/$story": about(
        Sent("POST", "/fhir/{mine}/$story"), Sent("POST", "/fhir/Patient/{id}/$story")
    ),
    "GET /fhir/Composition/{id}/$document": about(get("Composition/{id}/$document")),
    "POST /fhir/Composition/{id}/$document": about(
        Sent("POST", "/fhir/Composition/{id}/$document")
    ),
    "GET /fhir/ServiceRequest/{id}/$message": about(get("ServiceRequest/{id}/$message")),
    "POST /fhir/ServiceRequest/{id}/$message": about(
        Sent("POST", "/fhir/ServiceRequest/{id}/$message")
    ),
    "POST /fhir/$process-message": about(
        messaged("new", "a-referral", "Observation/{id}"),
        messaged("update", "{id}", "Observation/{shown}"),
        messaged("delete", "{id}", "Observation/{shown}"),
    ),
    "POST /cds-services/patient-consent-consult": about(
        consulted("{mine}"), consulted("Patient/{id}"), consulted("{id}")
    ),
    "POST /fhir/{type}/{id}/$clear": about(
        send("POST", "Observation/{id}/$clear", CLEARED),
        send("POST", "Observation/{id}/$clear", CALCULATED),
    ),
    "POST /fhir/Bundle/$disclosed": about(send("POST", "Bundle/$disclosed", CALCULATED)),
    "POST /fhir/Consent/$preview": about(send("POST", "Consent/$preview", CALCULATED)),
    "POST /fhir/QuestionnaireResponse/$suggest": about(
        send("POST", "QuestionnaireResponse/$suggest", CALCULATED)
    ),
    "POST /fhir/QuestionnaireResponse/$extract": about(
        send("POST", "QuestionnaireResponse/$extract", CALCULATED)
    ),
    "GET /fhir/QuestionnaireResponse/{id}/$extract": about(
        get("QuestionnaireResponse/{id}/$extract")
    ),
    "POST /fhir/QuestionnaireResponse/{id}/$extract": about(
        Sent("POST", "/fhir/QuestionnaireResponse/{id}/$extract")
    ),
    "POST /fhir/Questionnaire/$populate": about(
        populated("Questionnaire/$populate", "{mine}", canonical=AUDIT_C),
        populated("Questionnaire/$populate", "Patient/{id}", canonical=AUDIT_C),
    ),
    "POST /fhir/Questionnaire/{id}/$populate": about(
        populated("Questionnaire/audit-c/$populate", "{mine}"),
        populated("Questionnaire/{id}/$populate", "{mine}"),
    ),
    "POST /fhir/Consent/$decide": about(send("POST", "Consent/$decide", CALCULATED)),
    "GET /fhir/Consent/{id}/$receipt": about(get("Consent/{id}/$receipt")),
}
# The person's pages, asked by someone signed in.
PAGES: dict[str, tuple[Sent, ...]] = {
    "GET /me": about(Sent("GET", "/me")),
    "GET /me/held/{type}/{id}": about(Sent("GET", "/me/held/Observation/{id}")),
    "GET /me/story": about(Sent("GET", "/me/story")),
    "GET /me/looks": about(Sent("GET", "/me/looks")),
    "GET /me/emergencies": about(Sent("GET", "/me/emergencies")),
    "POST /me/emergencies": about(Sent("POST", "/me/emergencies", FORM, b"form_token=form")),
    "GET /me/choices/new": about(Sent("GET", "/me/choices/new")),
    "POST /me/choices/new": about(Sent("POST", "/me/choices/new", FORM, b"form_token=form")),
    "GET /me/choices/{id}/change": about(Sent("GET", "/me/choices/{consent}/change")),
    "POST /me/choices/{id}/change": about(
        Sent("POST", "/me/choices/{consent}/change", FORM, b"form_token=form")
    ),
    "GET /me/choices/{id}/saved": about(Sent("GET", "/me/choices/{consent}/saved")),
    "GET /me/choices/{id}/receipt": about(Sent("GET", "/me/choices/{id}/receipt")),
    "GET /me/choices/{id}/receipt.jws": about(Sent("GET", "/me/choices/{id}/receipt.jws")),
    "GET /me/choices/{id}/told": about(Sent("GET", "/me/choices/{id}/told")),
    "POST /me/choices/{id}/told": about(
        Sent("POST", "/me/choices/{id}/told", FORM, b"form_token=form")
    ),
    "GET /me/choices/{id}/take-back": about(Sent("GET", "/me/choices/{consent}/take-back")),
    "POST /me/choices/{id}/take-back": about(
        Sent("POST", "/me/choices/{id}/take-back", FORM, b"form_token=form")
    ),
}

# The officer's pages show the log, which names what others did: never what a record says.
OFFICERS: dict[str, tuple[Sent, ...]] = {
    "GET /dpo": about(Sent("GET", "/dpo")),
    "POST /dpo": about(Sent("POST", "/dpo", FORM, b"form_token=form&who=DA1")),
    "GET /dpo/queue": about(Sent("GET", "/dpo/queue")),
    "POST /dpo/queue": about(Sent("POST", "/dpo/queue", FORM, b"form_token=form&item=1")),
    "GET /dpo/disclosures": about(Sent("GET", "/dpo/disclosures")),
    "POST /dpo/disclosures": about(Sent("POST", "/dpo/disclosures", FORM, b"form_token=form")),
}
OPEN = {
    "GET /fhir/metadata": "says what is served, the same to everyone",
    "GET /fhir/.well-known/smart-configuration": "says how tokens are had",
    "GET /cds-services": "lists what there is to call, the same to everyone",
    "GET /openapi.json": "says what /fhir/metadata says",
    "GET /health/live": "for the supervisor",
    "GET /health/ready": "for the supervisor",
    "GET /metrics": "counts answers, for the operator alone; no service is shown it",
    "POST /oauth/token": "asks for the client's own signed assertion, and reads no record",
    "POST /oauth/revoke": "asks for the client's own signed assertion, and reads no record",
    "POST /oauth/introspect": "asks for the client's own signed assertion, and reads no record",
    "GET /": "the start page, the same to everyone",
    "GET /sign-in": "says how to sign in",
    "POST /sign-in": "takes a proof that this server sealed",
    "GET /sign-in/{proof}": "shows one button",
    "GET /signed-out": "says good-bye",
    "GET /leave": "forgets the visit",
    "POST /leave": "forgets the visit",
    "POST /me/sign-out": "forgets the visit",
    "POST /dpo/sign-out": "forgets the visit",
    "MOUNT /static": "style sheets, scripts and pictures of the installation",
}
REGISTERED = GATED | PAGES | OFFICERS
