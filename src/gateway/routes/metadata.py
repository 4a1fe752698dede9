"""GET /fhir/metadata: what is really served, made from the same tables that serve it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fhir_profiles import load
from gateway.actions.answer import Answer
from gateway.fhir.encoding import encode
from gateway.fhir.types import INTERACTIONS
from gateway.routes.door import gateway_of, response

OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
SECURITY_SERVICE = "http://terminology.hl7.org/CodeSystem/restful-security-service"
WORDS = {"c": "create", "r": "read", "s": "search-type", "u": "update"}
AUDIT_PARAMETERS = {
    "agent": "reference",
    "date": "date",
    "entity": "reference",
    "outcome": "token",
    "patient": "reference",
    "purpose": "token",
}


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
        "rest": [
            {
                "mode": "server",
                "security": _security(base_url),
                "resource": [_resource(type_) for type_ in sorted(INTERACTIONS)],
                "interaction": [{"code": "transaction"}],
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
        "interaction": [{"code": WORDS[letter]} for letter in done],
        "versioning": "versioned",
        "conditionalCreate": "c" in done,
    }
    if "s" in done:
        described["searchParam"] = [
            {"name": name, "type": kind} for name, kind in sorted(_parameters(type_).items())
        ]
    return described


def _parameters(type_: str) -> dict[str, str]:
    if type_ == "AuditEvent":
        return {"_id": "token"} | AUDIT_PARAMETERS
    known = load("search/parameters.json")["types"].get(type_, {})
    return {"_id": "token"} | {name: each["type"] for name, each in known.items()}


async def metadata(request: Request) -> Response:
    statement = capability_statement(gateway_of(request).base_url)
    return response(Answer(200, encode(statement)))


routes = [Route("/fhir/metadata", metadata, methods=["GET"])]
