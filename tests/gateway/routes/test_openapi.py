"""The OpenAPI document says what is served: no operation more, and none less."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from starlette.routing import Match, Route

from gateway.app import fhir_routes
from gateway.routes.metadata import capability_statement
from gateway.routes.openapi import openapi_document

STATEMENT = capability_statement("http://127.0.0.1:8080")
DOCUMENT = openapi_document(STATEMENT)
RESOURCES: dict[str, Any] = {each["type"]: each for each in STATEMENT["rest"][0]["resource"]}
OPERATIONS = [(method, path) for path, methods in DOCUMENT["paths"].items() for method in methods]


def _routes() -> list[Route]:
    return [route for route in fhir_routes() if isinstance(route, Route)]


def _served(method: str, path: str) -> bool:
    scope = {"type": "http", "method": method.upper(), "path": path, "root_path": ""}
    return any(route.matches(scope)[0] is Match.FULL for route in _routes())


def _example(path: str) -> str:
    return path.replace("{id}", "an-id").replace("{vid}", "1")


@pytest.mark.parametrize("type_", RESOURCES)
def test_each_interaction_of_a_type_is_described(type_: str) -> None:
    listed = {each["code"] for each in RESOURCES[type_]["interaction"]}
    named = {
        operation["operationId"].partition("-")[2]
        for methods in DOCUMENT["paths"].values()
        for operation in methods.values()
        if operation.get("tags") == [type_]
    }
    operations = tuple(each["name"] for each in RESOURCES[type_]["operation"])
    asked = {name for name in named if name.endswith(operations)}
    assert {name.removeprefix("of-") for name in asked} == set(operations)
    beside = {"search-post"} | asked | {name for name in named if name.startswith("conditional-")}
    assert named - beside == listed


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_each_operation_has_a_route(method: str, path: str) -> None:
    assert _served(method, _example(path))


def _like(path: str) -> str:
    """A route's path as a pattern of described ones, which name the types."""
    return re.sub(r"\\\{\w+(:\w+)?\\\}", "[^/]+", re.escape(path.rstrip("/")))


@pytest.mark.parametrize(
    "route",
    [each for each in _routes() if each.path != "/openapi.json"],
    ids=lambda each: each.path,
)
def test_each_route_is_described(route: Route) -> None:
    described = {
        method.upper() for method, path in OPERATIONS if re.fullmatch(_like(route.path), path)
    }
    assert described >= (route.methods or set()) - {"HEAD"}


def test_each_search_parameter_is_described() -> None:
    for type_, resource in RESOURCES.items():
        if "searchParam" not in resource:
            continue
        given = DOCUMENT["paths"][f"/fhir/{type_}"]["get"]["parameters"]
        names = {each.get("name") or each["$ref"].rpartition("/")[2] for each in given}
        assert {each["name"] for each in resource["searchParam"]} <= names


def test_each_reference_has_its_target() -> None:
    found = set(re.findall(r'"#/components/(\w+)/([\w-]+)"', json.dumps(DOCUMENT)))
    assert found
    assert all(name in DOCUMENT["components"][kind] for kind, name in found)
