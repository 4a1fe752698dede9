"""The parameters of the OpenAPI document: parts of paths, headers, and what searches take."""

from __future__ import annotations

from typing import Any

from gateway.routes.openapi_schemas import ID

Json = dict[str, Any]

_DATE = r"^(eq|ne|gt|lt|ge|le|sa|eb|ap)?[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"
_NUMBER = r"^(eq|ne|gt|lt|ge|le|sa|eb|ap)?-?[0-9]{1,9}(\.[0-9]{1,6})?"
_TEXT: Json = {"type": "string", "minLength": 1}
_BY_KIND: dict[str, Json] = {
    "date": {"type": "string", "pattern": _DATE},
    "number": {"type": "string", "pattern": _NUMBER + "$"},
    "quantity": {"type": "string", "pattern": _NUMBER + r"(\|[^|]*\|[^|]*)?$"},
}
_ETAG: Json = {"type": "string", "pattern": r'^W/"[A-Za-z0-9\-.]{1,64}"$'}


def _shared(name: str, place: str, schema: Json, words: str) -> Json:
    required = {"required": True} if place == "path" else {}
    return {"name": name, "in": place, "description": words, "schema": schema, **required}


SHARED: dict[str, Json] = {
    "id": _shared("id", "path", ID, "The resource's id"),
    "vid": _shared("vid", "path", ID, "The version's id, as in ETag"),
    "If-Match": _shared("If-Match", "header", _ETAG, "The version that is meant"),
    "If-None-Exist": _shared("If-None-Exist", "header", _TEXT, "A search: create if none"),
    "Prefer": _shared(
        "Prefer",
        "header",
        {"enum": ["return=representation", "return=OperationOutcome"]},
        "What the answer brings; return=minimal, without a body, is taken too",
    ),
    "handling": _shared(
        "Prefer",
        "header",
        {"enum": ["handling=strict", "handling=lenient"]},
        "Whether parameters that are not known are refused or passed by",
    ),
    "_count": _shared("_count", "query", {"type": "integer", "minimum": 0}, "Matches a page"),
    "_elements": _shared("_elements", "query", _TEXT, "Only these elements"),
    "_include": _shared("_include", "query", _TEXT, "What matches refer to: [type]:[parameter]"),
    "_revinclude": _shared("_revinclude", "query", _TEXT, "What refers to the matches"),
    "_sort": _shared("_sort", "query", _TEXT, "Parameters in order, - for the last first"),
    "_summary": _shared(
        "_summary", "query", {"enum": ["true", "text", "data", "count", "false"]}, "How much of it"
    ),
    "_total": _shared(
        "_total", "query", {"enum": ["none", "estimate", "accurate"]}, "Whether all are counted"
    ),
}
RESULTS = tuple(name for name in SHARED if name.startswith("_"))


def shared(*names: str) -> list[Json]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def fields(search_parameters: list[Json]) -> Json:
    """A schema for each search parameter by name, and for those that say how to answer."""
    own = {each["name"]: _BY_KIND.get(each["type"], _TEXT) for each in search_parameters}
    return own | {name: SHARED[name]["schema"] for name in RESULTS}


def in_query(search_parameters: list[Json]) -> list[Json]:
    """Each search parameter of a type; given again, it must hold too."""
    own = [
        {
            "name": each["name"],
            "in": "query",
            "description": each["type"],
            "schema": {"type": "array", "items": _BY_KIND.get(each["type"], _TEXT)},
        }
        for each in search_parameters
        if each["name"] not in RESULTS
    ]
    return own + shared(*RESULTS)
