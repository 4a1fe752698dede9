"""GET /fhir/metadata: what is really served, made from the same tables that serve it."""

from __future__ import annotations

from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fhir_profiles import load
from gateway.actions.answer import Answer
from gateway.actions.asking.reading import may_name
from gateway.actions.asking.values import MODIFIERS
from gateway.fhir.encoding import encode
from gateway.fhir.operations import defined_for, defined_for_all, standard_for
from gateway.fhir.search_parameters import DATA, Parameter, parameters
from gateway.fhir.types import INTERACTIONS
from gateway.routes.door import gateway_of, response

OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
VALIDATE = "http://hl7.org/fhir/OperationDefinition/Resource-validate"
SECURITY_SERVICE = "http://terminology.hl7.org/CodeSystem/restful-security-service"
WORDS = {
    "c": ("create",),
    "d": ("delete",),
    "h": ("history-instance", "history-type"),
    "p": ("patch",),
    "r": ("read",),
    "s": ("search-type",),
    "u": ("update",),
    "v": ("vread",),
}
# Of the log's own search (actions/audit_events.py): R4's parameters that it knows, and one more.
AUDIT_PARAMETERS = ("_id", "agent", "date", "entity", "outcome", "patient", "purpose")
PURPOSE = "The purpose of use that the token was given for"
SEARCHED = frozenset(type_ for type_, done in INTERACTIONS.items() if "s" in done) - {"AuditEvent"}


def capability_statement(base_url: str) -> dict[str, Any]:
    """The CapabilityStatement of this server."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-21",
        "kind": "instance",
        "software": {"name": "One Story"},
        "implementation": {"description": "One Story", "url": f"{base_url}/fhir"},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "patchFormat": ["application/json-patch+json"],
        "rest": [
            {
                "mode": "server",
                "security": _security(base_url),
                "resource": [_resource(type_) for type_ in sorted(INTERACTIONS)],
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
                "operation": [_operation(one) for one in defined_for_all()],
            }
        ],
    }


def _security(base_url: str) -> dict[str, Any]:
    """SMART; older clients look for the token's address here, newer ones at smart-configuration."""
    token = {"url": "token", "valueUri": f"{base_url}/oauth/token"}
    return {
        "extension": [{"url": OAUTH_URIS, "extension": [token]}],
        "service": [{"coding": [{"system": SECURITY_SERVICE, "code": "SMART-on-FHIR"}]}],
    }


def _resource(type_: str) -> dict[str, Any]:
    done = INTERACTIONS[type_]
    described: dict[str, Any] = {
        "type": type_,
        "interaction": [{"code": code} for letter in done for code in WORDS[letter]],
        "operation": _operations(type_),
        "versioning": "versioned",
        "readHistory": "v" in done,
        "updateCreate": False,
        "conditionalCreate": "c" in done,
        "conditionalRead": "full-support" if type_ in SEARCHED else "not-supported",
        "conditionalUpdate": "u" in done,
        "conditionalDelete": "single" if "d" in done else "not-supported",
    }
    if "s" in done:
        described |= _included(type_)
        described["searchParam"] = _parameters(type_)
    return described


def _operations(type_: str) -> list[dict[str, str]]:
    own = [_operation(one) for one in defined_for(type_)]
    given = [{"name": one.name, "definition": one.definition} for one in standard_for(type_)]
    return [{"name": "validate", "definition": VALIDATE}, *given, *own]


def _operation(defined: dict[str, Any]) -> dict[str, str]:
    return {"name": defined["code"], "definition": defined["url"]}


def _included(type_: str) -> dict[str, list[str]]:
    """What may come along with matches of a type, both ways."""
    found = {
        "searchInclude": [
            f"{type_}:{parameter.name}"
            for parameter in _references(type_)
            if not parameter.targets or parameter.targets & SEARCHED
        ],
        "searchRevInclude": [
            f"{source}:{parameter.name}"
            for source in sorted(SEARCHED)
            for parameter in _references(source)
            if may_name(parameter, type_)
        ],
    }
    return {name: listed for name, listed in found.items() if listed and type_ in SEARCHED}


def _references(type_: str) -> list[Parameter]:
    return [each for each in parameters(type_).values() if each.kind == "reference"]


def _parameters(type_: str) -> list[dict[str, str]]:
    """The parameters that are served, with HL7's names and words for them."""
    table = load(DATA)
    rows = table["common"]["Resource"] | table["types"][type_]
    served = AUDIT_PARAMETERS if type_ == "AuditEvent" else rows
    return [
        {
            "name": name,
            "definition": rows[name]["definition"],
            "type": rows[name]["type"],
            "documentation": rows[name]["documentation"],
        }
        if name in rows
        else {"name": name, "type": "token", "documentation": PURPOSE}
        for name in sorted(served)
        if name not in rows or rows[name]["type"] in MODIFIERS
    ]


@cache
def _statement(base_url: str) -> bytes:
    return encode(capability_statement(base_url))


async def metadata(request: Request) -> Response:
    return response(Answer(200, _statement(gateway_of(request).base_url)))


routes = [Route("/fhir/metadata", metadata, methods=["GET"])]
