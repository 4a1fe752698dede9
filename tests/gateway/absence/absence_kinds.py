"""Every kind of request that a client can make, each made at random of what it may have heard of.

A kind takes a chance and what is known, and gives a request. What was withheld is asked for like
what is shown, for an id may be heard of elsewhere.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from absence_server import Came, Json, Sent, made_id
from absence_story import (
    ACT_CODE,
    ALCOHOL,
    FHIR_JSON,
    MOOD,
    NHS,
    NUMBERS,
    TOLD,
    Known,
    consent,
    escaped,
    patient,
    told,
)

PARAMETERS = Path(__file__).parents[3] / "fhir_profiles" / "search" / "parameters.json"
PERSONAL = (
    *TOLD,
    "Task",
    "Provenance",
    "Consent",
    "Composition",
    "DocumentReference",
    "Bundle",
    "Group",
    "Patient",
)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
PATCH = (("Content-Type", "application/json-patch+json"),)
CODES = (
    f"http://loinc.org|{ALCOHOL}",
    f"http://loinc.org|{MOOD}",
    ALCOHOL,
    MOOD,
    "final",
    "active",
    "completed",
    "urn:s|1",
    "urn:s|3",
    "2",
)


@dataclass
class Client:
    """What one client knows before a request, from outside and from earlier answers."""

    known: Known
    rng: random.Random
    etags: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    def learn(self, came: Came) -> None:
        """Versions, ids and page links that an answer brought."""
        if not came.body or not came.body.startswith(b"{"):
            return
        told_of = came.json
        self._learn_one(told_of)
        for entry in told_of.get("entry", []):
            self._learn_one(entry.get("resource", {}))
        for link in told_of.get("link", []):
            if link["relation"] in ("next", "first"):
                self.links.append(link["url"])
        del self.links[:-6]

    def _learn_one(self, resource: Json) -> None:
        if "id" in resource and "versionId" in resource.get("meta", {}):
            reference = f"{resource['resourceType']}/{resource['id']}"
            self.etags[reference] = resource["meta"]["versionId"]
        elif resource.get("resourceType") == "AuditEvent":
            self.events.append(resource["id"])

    # --- what is asked about -----------------------------------------------------------------

    @property
    def any(self) -> str:
        return self.rng.choice((self.shown, self.withheld, self.mine, self.shown, self.withheld))

    @property
    def shown(self) -> str:
        return self.rng.choice(self.known.shown or [self.withheld])

    @property
    def withheld(self) -> str:
        return self.rng.choice([*self.known.withheld * 3, self.never])

    @property
    def never(self) -> str:
        return f"Observation/{made_id('never', self.rng.randrange(2))}"

    @property
    def mine(self) -> str:
        return self.rng.choice([*self.known.mine, *self.written] or [self.withheld])

    @property
    def patient(self) -> str:
        often = self.known.patients * 4
        return self.rng.choice([*often, *self.known.others])

    @property
    def type(self) -> str:
        named = [each.partition("/")[0] for each in (*self.known.shown, *self.known.withheld)]
        return self.rng.choice([*named, *PERSONAL])

    @property
    def organization(self) -> str:
        return self.rng.choice(list(self.known.organizations.values()))

    def version(self, reference: str) -> str:
        return self.etags.get(reference) or made_id("version").replace("-", "")[:16]

    def resource(self) -> Json:
        type_ = self.rng.choice(list(TOLD))
        code = self.rng.choice((ALCOHOL, MOOD))
        ours = self.known.ours
        subject = self.known.patients[0] if self.rng.random() < 0.8 else self.patient
        return told(type_, subject, ours, code)

    def value(self, type_: str, name: str, row: Json) -> str:
        """Something to ask of a parameter."""
        rng = self.rng
        match row["type"]:
            case "token":
                return rng.choice(CODES)
            case "date":
                prefix = rng.choice(("", "ge", "lt", "gt", "le", "ne", "sa", "eb", "ap"))
                return prefix + rng.choice(("2026", "2026-03", "2026-04-15", "2020", "2027"))
            case "string":
                return rng.choice(("exa", "rob", "example", "zzz"))
            case "reference":
                return rng.choice((self.any, self.patient, self.organization, self.any))
            case "quantity" | "number":
                prefix = rng.choice(("", "gt", "lt", "ge", "le", "ne"))
                return f"{prefix}{rng.randint(0, 12)}"
            case "uri":
                return "https://onestory.example/fhir/Questionnaire/phq-9"
        return f"{rng.choice(CODES[:2])}${rng.choice(('gt3', 'lt9', '2026'))}"

    def parameter(self, type_: str, kinds: tuple[str, ...] = ()) -> tuple[str, str]:
        rows = table()["types"].get(type_, {})
        names = [name for name in sorted(rows) if not kinds or rows[name]["type"] in kinds]
        if not names:
            return "_id", self.any.partition("/")[2]
        name = self.rng.choice(names)
        return name, escaped(self.value(type_, name, rows[name]))

    def about(self) -> str:
        """patient=, in one of its forms."""
        number = f"patient.identifier={NHS}|{self.rng.choice(NUMBERS)}"
        return self.rng.choice((f"patient={self.patient}", f"patient={self.patient}", number))

    def references(self, type_: str) -> list[str]:
        rows = table()["types"].get(type_, {})
        return [name for name in sorted(rows) if rows[name]["type"] == "reference"]


@cache
def table() -> Json:
    return dict(json.loads(PARAMETERS.read_text()))


Kind = Callable[[Client], Sent]
KINDS: dict[str, Kind] = {}


def kind(make: Kind) -> Kind:
    KINDS[make.__name__] = make
    return make


def get(path: str, *headers: tuple[str, str]) -> Sent:
    return Sent("GET", f"/fhir/{path}", headers)


def ask(c: Client, type_: str, *asked: str) -> Sent:
    """A search, which mostly names whom it is about, as it must where the type is about people."""
    about = [c.about()] if type_ in PERSONAL and type_ != "Patient" and c.rng.random() < 0.9 else []
    return get(f"{type_}?{'&'.join([*asked, *about])}")


def send(method: str, path: str, body: Any, *headers: tuple[str, str]) -> Sent:
    return Sent(method, f"/fhir/{path}", (*FHIR_JSON, *headers), json.dumps(body).encode())


def bundle(kind_: str, *entries: Json) -> Sent:
    return send("POST", "", {"resourceType": "Bundle", "type": kind_, "entry": list(entries)})


def asked_in(sent: Sent) -> Json:
    return {"request": {"method": "GET", "url": sent.path.removeprefix("/fhir/")}}


# --- reading ----------------------------------------------------------------------------------


@kind
def read_anything(c: Client) -> Sent:
    return get(c.any)


@kind
def read_what_is_withheld(c: Client) -> Sent:
    return get(c.withheld)


@kind
def read_a_patient(c: Client) -> Sent:
    return get(c.patient)


@kind
def head(c: Client) -> Sent:
    return Sent("HEAD", f"/fhir/{c.any}")


@kind
def read_if_changed(c: Client) -> Sent:
    reference = c.rng.choice([c.any, *c.etags])
    return get(reference, ("If-None-Match", f'W/"{c.version(reference)}"'))


@kind
def read_if_changed_since(c: Client) -> Sent:
    when = c.rng.choice(("Sun, 03 May 2026 09:30:00 GMT", "Mon, 04 May 2026 09:00:00 GMT"))
    return get(c.any, ("If-Modified-Since", when))


@kind
def read_a_part(c: Client) -> Sent:
    return get(f"{c.any}?{c.rng.choice(('_summary=true', '_elements=status', '_summary=text'))}")


@kind
def read_packed(c: Client) -> Sent:
    return get(c.any, ("Accept-Encoding", "gzip"))


@kind
def read_a_version(c: Client) -> Sent:
    reference = c.rng.choice([c.any, *c.etags])
    return get(f"{reference}/_history/{c.rng.choice((c.version(reference), '1'))}")


@kind
def history_of_one(c: Client) -> Sent:
    asked = c.rng.choice(("", "?_count=1", "?_since=2026-05-03T09:20:00Z", "?_at=2026-05-03"))
    return get(f"{c.any}/_history{asked}")


@kind
def history_of_a_type(c: Client) -> Sent:
    asked = c.rng.choice(("", "?_count=2", "?_since=2026-05-03T09:25:00Z", "?_at=2026-05-03"))
    return get(f"{c.type}/_history{asked}")


@kind
def follow_a_link(c: Client) -> Sent:
    if not c.links:
        return get(f"Observation?{c.about()}&_count=1")
    return Sent("GET", c.rng.choice(c.links).removeprefix("http://gateway.test"))


# --- searching --------------------------------------------------------------------------------


@kind
def search_a_person(c: Client) -> Sent:
    return get(f"{c.type}?{c.about()}")


@kind
def search_all(c: Client) -> Sent:
    return get(c.type)


def _by(*kinds: str) -> Kind:
    def make(c: Client) -> Sent:
        type_ = c.type
        name, value = c.parameter(type_, kinds)
        return ask(c, type_, f"{name}={value}")

    return make


KINDS |= {f"search_by_{each}": _by(each) for each in ("token", "date", "string", "reference")}
KINDS |= {f"search_by_{each}": _by(each) for each in ("quantity", "uri", "composite", "number")}


@kind
def search_by_ids(c: Client) -> Sent:
    of_type = c.any.partition("/")[0]
    ids = [each.partition("/")[2] for each in (c.any, c.any, c.any)]
    return get(f"{of_type}?_id={','.join(ids)}")


@kind
def search_by_meta(c: Client) -> Sent:
    asked = (
        f"_security={ACT_CODE}|MH",
        f"_security={ACT_CODE}|ETHUD",
        "_security=R",
        "_tag=pending",
        "_lastUpdated=ge2026-05-03T09:25:00Z",
        "_lastUpdated=lt2026-05-03T09:25:00Z",
        "_profile=https://x.example/p",
        "_source=https://x.example/s",
    )
    return ask(c, c.type, c.rng.choice(asked))


@kind
def search_with_a_modifier(c: Client) -> Sent:
    type_ = c.type
    name, value = c.parameter(type_)
    how = c.rng.choice((":missing=true", ":missing=false", f":not={value}", f":text={value}"))
    return ask(c, type_, f"{name}{how}")


@kind
def search_by_a_chain(c: Client) -> Sent:
    asked = (
        f"Observation?derived-from:QuestionnaireResponse.{_pair(c, 'QuestionnaireResponse')}",
        f"Observation?derived-from:Observation.code={c.rng.choice(CODES[:4])}",
        f"Observation?has-member.code={c.rng.choice(CODES[:4])}",
        f"CarePlan?condition.code={c.rng.choice(CODES[:4])}",
        f"CarePlan?goal.{_pair(c, 'Goal')}",
        f"Procedure?reason-reference:Condition.{_pair(c, 'Condition')}",
        f"Task?focus:ServiceRequest.code={c.rng.choice(CODES[:4])}",
        f"Task?focus:ServiceRequest.requester.name={c.rng.choice(('trust', 'drugs'))}",
        "Observation?subject:Patient.birthdate=1987-04-12",
        f"{c.type}?patient.name=example",
    )
    type_, _, query = c.rng.choice(asked).partition("?")
    return ask(c, type_, query)


def _pair(c: Client, type_: str) -> str:
    return "=".join(c.parameter(type_, ("token", "date")))


@kind
def search_by_has(c: Client) -> Sent:
    asked = (
        f"Patient?_has:Observation:patient:code={c.rng.choice(CODES[:4])}",
        f"Patient?_has:Condition:patient:code={c.rng.choice(CODES[:4])}",
        f"Observation?_has:Observation:derived-from:code={c.rng.choice(CODES[:4])}",
        f"Condition?_has:CarePlan:condition:{_pair(c, 'CarePlan')}",
        f"QuestionnaireResponse?_has:Observation:derived-from:{_pair(c, 'Observation')}",
        "ServiceRequest?_has:Task:focus:status=requested",
        "Patient?_has:Provenance:target:_id=" + c.any.partition("/")[2],
        f"Organization?_has:Task:owner:{_pair(c, 'Task')}",
    )
    type_, _, query = c.rng.choice(asked).partition("?")
    return ask(c, type_, query)


@kind
def include(c: Client) -> Sent:
    type_ = c.type
    names = c.references(type_)
    name = f"{type_}:{c.rng.choice(names)}" if names and c.rng.random() < 0.7 else "*"
    return ask(c, type_, f"_include={name}")


@kind
def include_again(c: Client) -> Sent:
    type_ = c.type
    again = c.rng.choice(("*", "Observation:derived-from", "Procedure:reason-reference"))
    return ask(c, type_, "_include=*", f"_include:iterate={again}")


@kind
def revinclude(c: Client) -> Sent:
    brought = c.rng.choice(
        (
            "*",
            "Provenance:target",
            "Observation:derived-from",
            "CarePlan:condition",
            "Task:focus",
            "Observation:patient",
        )
    )
    type_ = c.rng.choice((c.type, "Patient", "Organization"))
    return ask(c, type_, f"_revinclude={brought}")


@kind
def revinclude_again(c: Client) -> Sent:
    return ask(c, c.type, "_revinclude=*", "_revinclude:iterate=Observation:derived-from")


@kind
def search_sorted(c: Client) -> Sent:
    type_ = c.type
    name, _ = c.parameter(type_, ("date", "token", "string", "quantity"))
    by = c.rng.choice((name, f"-{name}", "_lastUpdated", "-_lastUpdated", "_id"))
    return ask(c, type_, f"_sort={by}", f"_count={c.rng.choice((1, 2, 50))}")


@kind
def search_summed_up(c: Client) -> Sent:
    how = c.rng.choice(("count", "true", "data", "text", "false"))
    return ask(c, c.type, f"_summary={how}")


@kind
def search_for_elements(c: Client) -> Sent:
    return ask(c, c.type, "_elements=status,code,subject,patient")


@kind
def search_counted(c: Client) -> Sent:
    total = c.rng.choice(("accurate", "estimate", "none"))
    return ask(c, c.type, f"_total={total}", f"_count={c.rng.choice((0, 1, 2))}")


@kind
def search_by_post(c: Client) -> Sent:
    type_ = c.type
    name, value = c.parameter(type_)
    body = f"{name}={value}&{c.about()}".encode()
    return Sent("POST", f"/fhir/{type_}/_search", FORM, body)


@kind
def search_leniently(c: Client) -> Sent:
    sent = ask(c, c.type, "nonsense=1", "_count=3")
    return sent._replace(headers=(("Prefer", "handling=lenient"),))


@kind
def search_the_directory(c: Client) -> Sent:
    return get(c.rng.choice(("Organization?name=trust", "Questionnaire?_count=2", "Practitioner")))


# --- bundles ----------------------------------------------------------------------------------

LOOKS = (
    "read_anything",
    "read_what_is_withheld",
    "history_of_one",
    "search_a_person",
    "search_by_token",
    "search_by_has",
    "include",
    "search_counted",
)


@kind
def batch_of_looks(c: Client) -> Sent:
    looks = [KINDS[c.rng.choice(LOOKS)](c) for _ in range(c.rng.randint(1, 5))]
    return bundle("batch", *map(asked_in, looks))


@kind
def transaction_of_looks(c: Client) -> Sent:
    looks = [KINDS[c.rng.choice(LOOKS)](c) for _ in range(c.rng.randint(1, 3))]
    return bundle("transaction", *map(asked_in, looks))


@kind
def transaction_of_writes(c: Client) -> Sent:
    resource = c.resource()
    if resource["resourceType"] == "Observation":
        resource["derivedFrom"] = [{"reference": c.any}]
    post = {"method": "POST", "url": resource["resourceType"]}
    look = asked_in(KINDS[c.rng.choice(LOOKS)](c))
    return bundle("transaction", {"resource": resource, "request": post}, look)


@kind
def batch_of_writes(c: Client) -> Sent:
    resource = c.resource()
    post = {"method": "POST", "url": resource["resourceType"]}
    gone = {"request": {"method": "DELETE", "url": c.any}}
    return bundle("batch", {"resource": resource, "request": post}, gone)


# --- writing ----------------------------------------------------------------------------------


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


def _body_for(c: Client, reference: str) -> Json:
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
    return send("PUT", reference, _body_for(c, reference), *headers)


@kind
def update_what_is_withheld(c: Client) -> Sent:
    reference = c.withheld
    return send("PUT", reference, _body_for(c, reference))


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


# --- operations, and what is wrong ------------------------------------------------------------


@kind
def validate(c: Client) -> Sent:
    resource = c.resource() | {"partOf": [{"reference": c.any}]}
    return send("POST", f"{resource['resourceType']}/$validate", resource)


@kind
def validate_one(c: Client) -> Sent:
    reference = c.any
    return send("POST", f"{reference}/$validate", _body_for(c, reference))


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
