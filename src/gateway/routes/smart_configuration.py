"""GET /fhir/.well-known/smart-configuration (SMART App Launch 2.2, section 7): what is served."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.auth.key_set import ALGORITHMS

PATH = "/fhir/.well-known/smart-configuration"


async def smart_configuration(request: Request) -> Response:
    """Where and how tokens are had. Nothing that is not served is named."""
    base_url: str = request.app.state.gateway.base_url
    methods, algorithms = ["private_key_jwt"], list(ALGORITHMS)
    body = {
        "token_endpoint": f"{base_url}/oauth/token",
        "revocation_endpoint": f"{base_url}/oauth/revoke",
        "introspection_endpoint": f"{base_url}/oauth/introspect",
        "grant_types_supported": ["client_credentials"],
        "scopes_supported": ["system/*.cruds"],
        "capabilities": ["client-confidential-asymmetric", "permission-v2"],
        # Required of every server by section 7, also of one without an authorization endpoint.
        "code_challenge_methods_supported": ["S256"],
    }
    for endpoint in ("token", "revocation", "introspection"):
        body[f"{endpoint}_endpoint_auth_methods_supported"] = methods
        body[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] = algorithms
    return JSONResponse(body)


routes = [Route(PATH, smart_configuration, methods=["GET"])]
