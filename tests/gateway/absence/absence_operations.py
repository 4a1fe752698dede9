"""Operations, the log, and what is asked wrongly."""

from __future__ import annotations

import json

from absence_client import Client, Kinds, kind_of
from absence_requests import PATCH, get, send
from absence_resources import FHIR_JSON, NHS, NUMBERS
from absence_server import Sent, made_id
from absence_writing import body_for

KINDS: Kinds = {}
kind = kind_of(KINDS)


@kind
def validate(c: Client) -> Sent:
    resource = c.resource() | {"partOf": [{"reference": c.any}]}
    return send("POST", f"{resource['resourceType']}/$validate", resource)


@kind
def validate_one(c: Client) -> Sent:
    reference = c.any
    return send("POST", f"{reference}/$validate", body_for(c, reference))


@kind
def everything(c: Client) -> Sent:
    asked = (
        "",
        "?_count=2",
        "?_count=1",
        "?start=2026-02-01&end=2026-04-01",
        "?_since=2026-05-03T09:25:00Z",
        "?_type=Observation,Organization",
        "?_type=Nonsense",
    )
    return get(f"{c.patient}/$everything{c.rng.choice(asked)}")


@kind
def everything_by_post(c: Client) -> Sent:
    parameters = [{"name": "_count", "valueInteger": 3}, {"name": "start", "valueDate": "2026-03"}]
    body = {"resourceType": "Parameters", "parameter": c.rng.sample(parameters, c.rng.randrange(3))}
    return send("POST", f"{c.patient}/$everything", body)


@kind
def clear(c: Client) -> Sent:
    why = {"name": "reason", "valueString": "Read through together"}
    given = [why, {"name": "cleared", "valueBoolean": c.rng.random() < 0.5}]
    body = {"resourceType": "Parameters", "parameter": given[: c.rng.randrange(3)]}
    return send("POST", f"{c.any}/$clear", body)


@kind
def story(c: Client) -> Sent:
    return get(f"{c.patient}/$story")


@kind
def story_to_read(c: Client) -> Sent:
    return get(f"{c.patient}/$story", ("Accept", "text/html"))


@kind
def document(c: Client) -> Sent:
    known = (*c.known.shown, *c.known.withheld, *c.known.mine)
    named = [each for each in known if each.startswith("Composition/")]
    reference = c.rng.choice([*named, f"Composition/{made_id('never')}"])
    return get(f"{reference}/$document{c.rng.choice(('', '?persist=false', '?persist=true'))}")


@kind
def extract(c: Client) -> Sent:
    known = (*c.known.shown, *c.known.withheld, *c.known.mine)
    named = [each for each in known if each.startswith("QuestionnaireResponse/")]
    reference = c.rng.choice([*named, f"QuestionnaireResponse/{made_id('never')}"])
    return get(f"{reference}/$extract")


@kind
def populate(c: Client) -> Sent:
    asked = c.rng.choice(("audit-c", "audit", "assist-lite-uk", "phq-9", made_id("never")))
    named = {"name": "subject", "valueReference": {"reference": c.patient}}
    body = {"resourceType": "Parameters", "parameter": [named]}
    if c.rng.random() < 0.5:
        return send("POST", f"Questionnaire/{asked}/$populate", body)
    canonical = f"https://onestory.example/fhir/Questionnaire/{asked}"
    body["parameter"] = [named, {"name": "canonical", "valueCanonical": canonical}]
    return send("POST", "Questionnaire/$populate", body)


@kind
def cds_services(c: Client) -> Sent:
    number = {"system": NHS, "value": c.rng.choice(NUMBERS)}
    context = {"patientId": c.rng.choice((c.patient.partition("/")[2], number, "never"))}
    call = {"hook": "patient-consent-consult", "hookInstance": made_id("call"), "context": context}
    body = json.dumps(call).encode()
    headers = (("Content-Type", "application/json"),)
    return Sent("POST", "/cds-services/patient-consent-consult", headers, body)


@kind
def own_log(c: Client) -> Sent:
    asked = ("", "?_count=1", f"?entity={c.any}", f"?patient={c.patient}", "?_summary=count")
    return get(f"AuditEvent{c.rng.choice(asked)}")


@kind
def one_log_entry(c: Client) -> Sent:
    return get(f"AuditEvent/{c.rng.choice(c.events or [made_id('event')])}")


@kind
def bad_question(c: Client) -> Sent:
    asked = (
        f"{c.type}?_count=x",
        f"{c.type}?nonsense=1",
        f"{c.type}?_sort=nonsense",
        f"{c.type}?_include=nonsense",
        f"{c.type}?_has:x",
        f"{c.any}/$nonsense",
        f"{c.any}/",
        f"{c.any}?_format=xml",
        f"Nonsense/{c.any}",
        f"{c.type}?date=never&{c.about()}",
        f"{c.type}?_cursor=AAAA",
        f"{c.any}/_history/x?_count=1",
    )
    return get(c.rng.choice(asked))


@kind
def bad_body(c: Client) -> Sent:
    body = c.rng.choice((b"{", b"[]", b'{"resourceType":"Observation"}', b'{"a":1,"a":2}'))
    method, path = c.rng.choice((("POST", "Observation"), ("PUT", c.any), ("PATCH", c.any)))
    return Sent(method, f"/fhir/{path}", PATCH if method == "PATCH" else FHIR_JSON, body)


@kind
def wrong_method(c: Client) -> Sent:
    return Sent(c.rng.choice(("PUT", "OPTIONS", "TRACE", "PATCH")), f"/fhir/{c.any}/_history")
