"""Searching, by everything that a search may be asked."""

from __future__ import annotations

from absence_client import CODES, PERSONAL, Client, Kind, Kinds, kind_of
from absence_requests import FORM, get
from absence_resources import ACT_CODE
from absence_server import Sent

KINDS: Kinds = {}
kind = kind_of(KINDS)


def ask(c: Client, type_: str, *asked: str) -> Sent:
    """A search, which mostly names whom it is about, as it must where the type is about people."""
    about = [c.about()] if type_ in PERSONAL and type_ != "Patient" and c.rng.random() < 0.9 else []
    return get(f"{type_}?{'&'.join([*asked, *about])}")


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
