"""The operations of the OpenAPI document: one for each interaction, with every status."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.fhir.operations import defined_for, standard_for
from gateway.routes.openapi_parameters import fields, in_query, shared
from gateway.routes.openapi_schemas import reference_to

Json = dict[str, Any]
FHIR = "application/fhir+json"
FORM = "application/x-www-form-urlencoded"
JSON_PATCH = "application/json-patch+json"
JOSE = "application/jose"
HTML = "text/html"

ASKED = ("400", "401", "403", "404", "406", "410", "429", "503")
SENT = (*ASKED, "409", "412", "413", "415", "422")

# Interaction: what follows /fhir/[type], the method, and the parameters that are shared by all.
_OF_A_TYPE: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "read": ("/{id}", "get", ("id",)),
    "vread": ("/{id}/_history/{vid}", "get", ("id", "vid")),
    "history-instance": ("/{id}/_history", "get", ("id", "_count")),
    "history-type": ("/_history", "get", ("_count",)),
    "search-type": ("", "get", ("handling",)),
    "create": ("", "post", ("If-None-Exist", "Prefer")),
    "update": ("/{id}", "put", ("id", "If-Match", "Prefer")),
    "patch": ("/{id}", "patch", ("id", "If-Match", "Prefer")),
    "delete": ("/{id}", "delete", ("id", "If-Match")),
}
_TEXT: Json = {"type": "string", "minLength": 1}
_BUNDLES = ("history-instance", "history-type", "search-type")


def of_type(resource: Json) -> Json:
    """The paths of one entry of a CapabilityStatement's rest.resource."""
    type_, known = resource["type"], resource.get("searchParam", [])
    paths: Json = {}
    for interaction in (each["code"] for each in resource["interaction"]):
        after, method, names = _OF_A_TYPE[interaction]
        described = _interaction(type_, interaction, names)
        if interaction == "search-type":
            described["parameters"] += in_query(known)
            paths[f"/fhir/{type_}/_search"] = {"post": _posted_search(type_, known)}
        paths.setdefault(f"/fhir/{type_}{after}", {})[method] = described
        if _conditional(resource, interaction):
            by_query = _interaction(type_, interaction, names[2:]) | {
                "operationId": f"{type_}-conditional-{interaction}"
            }
            by_query["parameters"] += in_query(known)
            paths.setdefault(f"/fhir/{type_}", {})[method] = by_query
    paths |= _standard(type_)
    own = {each["code"]: each for each in defined_for(type_)}
    given = {each.name for each in standard_for(type_)}
    for name in (each["name"] for each in resource.get("operation", [])):
        if name in given:
            continue
        at = own.get(name, {"type": True, "instance": True})
        if name in own and not _takes_something(at):
            paths[f"/fhir/{type_}/{{id}}/${name}"] = _given(type_, at)
            continue
        if at["type"]:
            paths[f"/fhir/{type_}/${name}"] = {"post": _asked(type_, name, own.get(name))}
        if at["instance"]:
            paths[f"/fhir/{type_}/{{id}}/${name}"] = _asked_of_one(type_, name, own.get(name))
    return paths


def _standard(type_: str) -> Json:
    """R4's operations on one resource, which bring a Bundle."""
    paths: Json = {}
    for each in standard_for(type_):
        asked = [{"name": name, "in": "query", "schema": _TEXT} for name in each.parameters]
        at = paths.setdefault(f"/fhir/{type_}/{{id}}/${each.name}", {})
        for method in each.methods:
            of = type_ if method == "post" else f"{type_}-of"
            named = {"operationId": f"{of}-{each.name}", "tags": [type_]}
            described = _operation({"200": _answer("Bundle")}, (*ASKED, "413", "415"))
            at[method] = named | described | {"parameters": [*shared("id"), *asked]}
    return paths


def _asked(of: str, name: str, own: Json | None, *names: str) -> Json:
    """An operation: one of our own takes Parameters and answers them, or what it returns;
    $validate is asked about a resource, which is its body, and says what it found."""
    type_ = of.removesuffix("-of")
    taken, found = ("Parameters", _returned(own)) if own else (type_, "OperationOutcome")
    described = _operation({"200": _answer(found)}, (*ASKED, "413", "415", "422"))
    named = {"operationId": f"{of}-{name}", "tags": [type_], "parameters": shared(*names)}
    return described | named | {"requestBody": _body(FHIR, reference_to(taken))}


def _asked_of_one(type_: str, name: str, own: Json | None) -> Json:
    """The same of the resource that the address names; where nothing else is taken, by GET too."""
    asked = _asked(f"{type_}-of", name, own, "id")
    taken = (each["type"] for each in (own or {}).get("parameter", ()) if each["use"] == "in")
    if own is None or any(each != type_ for each in taken):
        return {"post": asked}
    bare = {key: value for key, value in asked.items() if key != "requestBody"}
    return {"get": bare, "post": bare | {"operationId": f"{type_}ByPost-of-{name}"}}


def _returned(definition: Json) -> str:
    """The one resource that is returned, or Parameters."""
    out = (each["type"] for each in definition["parameter"] if each["name"] == "return")
    return str(next(out, "Parameters"))


def _takes_something(definition: Json) -> bool:
    return any(each["use"] == "in" for each in definition["parameter"])


def _given(type_: str, definition: Json) -> Json:
    """An operation on a resource that takes nothing: it gives a document, which is a page too, or
    bytes that are no resource."""
    if _returned(definition) == "Bundle":
        page = {HTML: {"schema": {"type": "string"}}} if "outputProfile" in definition else {}
        bundle = _answer("Bundle")
        good = {"200": bundle | {"content": bundle["content"] | page}}
        either = _operation(good, (*ASKED, "413", "415", "422"))
        return {
            "get": _named_of(f"{type_}-of", type_, definition) | either,
            "post": _named_of(type_, type_, definition) | either,
        }
    jose = {"description": "a JWS", "content": {JOSE: {"schema": {"type": "string"}}}}
    described = _operation({"200": jose, "202": _answer("OperationOutcome")}, ASKED)
    return {"get": _named_of(f"{type_}-of", type_, definition) | described}


def _named_of(of: str, type_: str, definition: Json) -> Json:
    named = {"operationId": f"{of}-{definition['code']}", "tags": [type_]}
    return named | {"parameters": shared("id")}


def _conditional(resource: Json, interaction: str) -> bool:
    """Whether this is also done to what a search finds."""
    if interaction == "delete":
        return bool(resource.get("conditionalDelete", "not-supported") != "not-supported")
    return interaction in ("update", "patch") and bool(resource.get("conditionalUpdate"))


def _interaction(type_: str, interaction: str, names: Iterable[str]) -> Json:
    found = "Bundle" if interaction in _BUNDLES else type_
    good = {"200": _answer(found)}
    if interaction in ("create", "update"):
        described = _operation({"200": _written(type_), "201": _written(type_)}, SENT)
        described["requestBody"] = _body(FHIR, reference_to(type_))
    elif interaction == "patch":
        described = _operation({"200": _written(type_)}, SENT)
        described["requestBody"] = _body(JSON_PATCH, reference_to("JsonPatch"))
    elif interaction == "delete":
        good = {"200": _answer("OperationOutcome"), "204": {"description": "deleted"}}
        described = _operation(good, SENT)
    else:
        described = _operation(good, ASKED)
    named = {"operationId": f"{type_}-{interaction}", "tags": [type_]}
    return named | described | {"parameters": shared(*names)}


def _posted_search(type_: str, known: list[Json]) -> Json:
    schema = {"type": "object", "properties": fields(known)}
    described = _operation({"200": _answer("Bundle")}, (*ASKED, "413", "415"))
    named = {"operationId": f"{type_}-search-post", "tags": [type_]}
    body = {"requestBody": _body(FORM, schema)}
    return named | described | body | {"parameters": shared("handling")}


def of_the_system(rest: Json) -> Json:
    """The paths that are of no type: the statement itself, and Bundles."""
    statement = _operation({"200": _answer("CapabilityStatement")}, ("406", "503"))
    paths: Json = {"/fhir/metadata": {"get": statement | {"security": []}}}
    if {"batch", "transaction"} & {each["code"] for each in rest.get("interaction", [])}:
        described = _operation({"200": _answer("Bundle")}, SENT)
        paths["/fhir"] = {"post": described | {"requestBody": _body(FHIR, reference_to("Bundle"))}}
    for each in rest.get("operation", []):
        described = _operation({"200": _answer("Bundle")}, SENT)
        described |= {"requestBody": _body(FHIR, reference_to("Bundle"))}
        paths[f"/fhir/${each['name']}"] = {"post": described}
    consulted = _operation({"200": _plain("CDS Hooks cards")}, (*ASKED, "413", "415", "422"))
    call = {"required": ["hook", "hookInstance", "context"], "type": "object"}
    asked = consulted | {"requestBody": _body("application/json", call)}
    return paths | {"/cds-services/patient-consent-consult": {"post": asked}}


def open_to_all() -> Json:
    """What asks for no token of ours: how to get one, and what a supervisor asks."""
    client = ("client_assertion", "client_assertion_type")
    text = {"description": "as text", "content": {"text/plain": {"schema": {"type": "string"}}}}
    ready = {"200": _plain("ready"), "503": _plain("not ready")}
    return {
        "/fhir/.well-known/smart-configuration": _open("get", {"200": _plain("SMART")}),
        "/oauth/token": _open("post", _OAUTH, "grant_type", "scope", *client),
        "/oauth/revoke": _open("post", _OAUTH, "token", "token_type_hint", *client),
        "/oauth/introspect": _open("post", _OAUTH, "token", "token_type_hint", *client),
        "/cds-services": _open("get", {"200": _plain("CDS Hooks services")}),
        "/health/live": _open("get", {"200": _plain("live")}),
        "/health/ready": _open("get", ready),
        "/metrics": _open("get", {"200": text}),
    }


def _open(method: str, answers: Json, *names: str) -> Json:
    described: Json = {"responses": answers, "security": []}
    if names:
        schema = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
        described["requestBody"] = _body(FORM, schema)
    return {method: described}


def _operation(good: Json, refusals: Iterable[str]) -> Json:
    return {"responses": good | {status: _answer("OperationOutcome") for status in refusals}}


def _answer(type_: str) -> Json:
    return {"description": type_, "content": {FHIR: {"schema": reference_to(type_)}}}


def _written(type_: str) -> Json:
    """The resource, or the outcome that Prefer asks for."""
    either = {"anyOf": [reference_to(type_), reference_to("OperationOutcome")]}
    return {"description": type_, "content": {FHIR: {"schema": either}}}


def _plain(words: str) -> Json:
    return {"description": words, "content": {"application/json": {"schema": {"type": "object"}}}}


def _body(media: str, schema: Json) -> Json:
    return {"required": True, "content": {media: {"schema": schema}}}


_OAUTH: Json = {
    status: _plain(words)
    for status, words in (
        ("200", "as asked"),
        ("400", "OAuth error"),
        ("401", "OAuth error"),
        ("503", "nothing can be recorded now"),
    )
}
