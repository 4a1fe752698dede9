"""Writing, changing and deleting what one may see and what one may not."""

from __future__ import annotations

import json

from absence_client import Client, Kinds, kind_of
from absence_requests import PATCH, send
from absence_resources import ALCOHOL, NHS, NUMBERS, TOLD, consent, patient, told
from absence_server import Json, Sent

KINDS: Kinds = {}
kind = kind_of(KINDS)


@kind
def create(c: Client) -> Sent:
    resource = c.resource()
    wanted = c.rng.choice(("return=representation", "return=minimal", "return=OperationOutcome"))
    return send("POST", resource["resourceType"], resource, ("Prefer", wanted))


@kind
def create_with_links(c: Client) -> Sent:
    resource = told("Observation", c.known.patients[0], c.known.ours, ALCOHOL)
    named = [each for each in (*c.known.shown, *c.known.withheld) if each.startswith("Observation")]
    linked = [{"reference": each} for each in (*c.rng.sample(named, min(len(named), 2)), c.never)]
    return send("POST", "Observation", resource | {"derivedFrom": linked})


@kind
def create_where_none(c: Client) -> Sent:
    resource = c.resource()
    type_ = resource["resourceType"]
    name, value = c.parameter(type_, ("token",))
    return send("POST", type_, resource, ("If-None-Exist", f"{name}={value}"))


@kind
def register(c: Client) -> Sent:
    asked = patient(c.rng.randrange(3))
    condition = ("If-None-Exist", f"identifier={NHS}|{NUMBERS[2]}")
    return send("POST", "Patient", asked, *([condition] if c.rng.random() < 0.5 else []))


@kind
def consent_is_written(c: Client) -> Sent:
    """What the person said, as a service records it: a denial counts at once. One about a topic
    and the service itself would tell it which topics a referral names that it may not see: the
    person's own word stands above that, so it is not asked here."""
    subject, to = c.known.patients[0], c.organization
    topics = () if to == c.known.ours else ("MH",)
    return send("POST", "Consent", consent(subject, "deny", to, topics))


def body_for(c: Client, reference: str) -> Json:
    type_, _, id_ = reference.partition("/")
    subject, ours = c.known.patients[0], c.known.ours
    known = type_ if type_ in TOLD else "Observation"
    made = told(known, subject, ours, ALCOHOL, language="en") | {"resourceType": type_}
    return made | {"id": id_}


@kind
def update(c: Client) -> Sent:
    reference = c.rng.choice([c.any, *c.known.mine])
    match = ("If-Match", f'W/"{c.version(reference)}"')
    headers = [match] if c.rng.random() < 0.6 else []
    return send("PUT", reference, body_for(c, reference), *headers)


@kind
def update_what_is_withheld(c: Client) -> Sent:
    reference = c.withheld
    return send("PUT", reference, body_for(c, reference))


@kind
def update_where(c: Client) -> Sent:
    type_ = c.rng.choice(list(TOLD))
    name, value = c.parameter(type_, ("token",))
    body = told(type_, c.known.patients[0], c.known.ours, ALCOHOL)
    return send("PUT", f"{type_}?{name}={value}", body)


@kind
def patch(c: Client) -> Sent:
    change = [{"op": "add", "path": "/language", "value": "en"}]
    return Sent("PATCH", f"/fhir/{c.any}", PATCH, json.dumps(change).encode())


@kind
def patch_where(c: Client) -> Sent:
    type_ = c.type
    name, value = c.parameter(type_, ("token",))
    change = [{"op": "test", "path": "/status", "value": "final"}]
    return Sent("PATCH", f"/fhir/{type_}?{name}={value}", PATCH, json.dumps(change).encode())


@kind
def delete(c: Client) -> Sent:
    return Sent("DELETE", f"/fhir/{c.rng.choice((c.withheld, c.shown, c.mine))}")


@kind
def delete_where(c: Client) -> Sent:
    type_ = c.type
    name, value = c.parameter(type_, ("token", "date"))
    return Sent("DELETE", f"/fhir/{type_}?{name}={value}")


@kind
def move_a_task(c: Client) -> Sent:
    tasks = [each for each in (*c.known.shown, *c.known.withheld) if each.startswith("Task/")]
    change = [{"op": "replace", "path": "/status", "value": "accepted"}]
    target = c.rng.choice(tasks or [c.withheld])
    return Sent("PATCH", f"/fhir/{target}", PATCH, json.dumps(change).encode())
