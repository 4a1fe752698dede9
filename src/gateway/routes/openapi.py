"""GET /openapi.json: what /fhir/metadata says, as an OpenAPI 3.1 document for tools.

Made from the CapabilityStatement, so that the two cannot disagree. The schemas are modest: what
each element may hold is FHIR's to say, and $validate's.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.fhir.encoding import encode
from gateway.routes.door import gateway_of
from gateway.routes.metadata import capability_statement
from gateway.routes.openapi_operations import of_the_system, of_type, open_to_all
from gateway.routes.openapi_parameters import SHARED
from gateway.routes.openapi_schemas import schemas

Json = dict[str, Any]


def openapi_document(statement: Json) -> Json:
    """The OpenAPI document of what a CapabilityStatement lists."""
    rest = statement["rest"][0]
    paths: Json = of_the_system(rest) | open_to_all()
    for resource in rest["resource"]:
        for path, methods in of_type(resource).items():
            paths.setdefault(path, {}).update(methods)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "One Story",
            "version": statement["fhirVersion"],
            "summary": "FHIR R4 with the person's consent inside every query",
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": statement["implementation"]["url"].removesuffix("/fhir")}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "parameters": SHARED,
            "schemas": schemas(resource["type"] for resource in rest["resource"]),
        },
    }


@cache
def _document(base_url: str) -> bytes:
    return encode(openapi_document(capability_statement(base_url)))


async def openapi(request: Request) -> Response:
    return Response(_document(gateway_of(request).base_url), media_type="application/json")


routes = [Route("/openapi.json", openapi, methods=["GET"])]
