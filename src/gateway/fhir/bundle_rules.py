"""What makes a Bundle whole: R4's bdl invariants and the shape of a batch or transaction."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem
from gateway.fhir.shapes import Place, known

_ASKING = ("batch", "transaction", "history")
_ANSWERING = ("batch-response", "transaction-response", "history")
_FOUND = ("searchset", "history")
_WITH_BODY = ("POST", "PUT", "PATCH")
_ONCE = ("PUT", "PATCH", "DELETE")
_URL = re.compile(
    r"(?P<type>[A-Z][A-Za-z]+)(?:/(?P<id>[A-Za-z0-9\-.]{1,64}))?(?P<rest>[/?$].*)?", re.DOTALL
)

_URNS = re.compile(rb'"reference":"(urn:[^"]*)"')  # as encode writes them

Json = dict[str, Any]


def bundle_problems(bundle: Json, place: Place) -> Iterator[Problem]:
    """What is wrong with the Bundle itself, and every urn in a transaction that leads nowhere."""
    yield from frame_problems(bundle, place)
    if bundle.get("type") == "transaction":
        yield from _dangling(_entries(bundle, place))


def _entries(bundle: Json, place: Place) -> list[tuple[Place, Json]]:
    entries = bundle.get("entry")
    return [
        (Place(place, "entry", index), entry)
        for index, entry in enumerate(entries if isinstance(entries, list) else ())
        if isinstance(entry, dict)
    ]


def frame_problems(bundle: Json, place: Place) -> Iterator[Problem]:
    """Every bdl invariant that the Bundle breaks, and every request that cannot be carried out."""
    kind = bundle.get("type")
    listed = _entries(bundle, place)
    if "total" in bundle and kind not in _FOUND:
        yield _broken("bdl-1: only a searchset or history has a total", place.at("total"))
    for at, entry in listed:
        yield from _entry(str(kind), entry, at)
    if kind != "history":
        yield from _repeated(listed)
    if kind in ("document", "message"):
        yield from _first(bundle, str(kind), listed, place)
    if kind == "transaction":
        yield from _overlaps(listed)


def _broken(words: str, place: Place) -> Problem:
    return Problem(Kind.INVARIANT, words, str(place))


def _entry(kind: str, entry: Json, place: Place) -> Iterator[Problem]:
    if "search" in entry and kind != "searchset":
        yield _broken("bdl-2: only a searchset's entries have search", place.at("search"))
    if ("request" in entry) != (kind in _ASKING):
        words = "bdl-3: request is required in batch, transaction and history, and only there"
        yield _broken(words, place.at("request"))
    if ("response" in entry) != (kind in _ANSWERING):
        words = "bdl-4: response is required in answers and history, and only there"
        yield _broken(words, place.at("response"))
    if not {"resource", "request", "response"} & entry.keys():
        yield _broken("bdl-5: an entry needs a resource, a request or a response", place)
    if "/_history/" in str(entry.get("fullUrl", "")):
        yield _broken("bdl-8: fullUrl names no version", place.at("fullUrl"))
    if kind in ("batch", "transaction") and isinstance(entry.get("request"), dict):
        yield from _request(entry, entry["request"], place)


def _request(entry: Json, request: Json, place: Place) -> Iterator[Problem]:
    """Whether a batch or transaction entry asks for something that can be done."""
    method, url = request.get("method"), request.get("url")
    resource = entry.get("resource")
    if ("resource" in entry) != (method in _WITH_BODY) and isinstance(method, str):
        words = "POST, PUT and PATCH bring a resource; the other methods do not"
        yield _broken(words, place.at("resource"))
    if not isinstance(url, str):
        return
    at = place.at("request").at("url")
    found = _URL.fullmatch(url)
    if found is None or found["type"] not in known():
        yield _broken("must be relative to the FHIR base and begin with a resource type", at)
    elif method == "PUT" and found["id"] is None and not (found["rest"] or "").startswith("?"):
        yield _broken("PUT needs Type/id or Type?search", at)
    elif method == "POST" and found["id"] is not None and found["rest"] is None:
        yield _broken("POST creates at Type, without an id", at)
    elif method in ("POST", "PUT") and isinstance(resource, dict):
        yield from _agrees(found, resource, place, at)


def _agrees(found: re.Match[str], resource: Json, place: Place, at: Place) -> Iterator[Problem]:
    """The address and the resource name the same type and id."""
    if resource.get("resourceType") != found["type"] and found["rest"] is None:
        yield _broken("must name the resource's type", at)
    if found["id"] and resource.get("id") != found["id"]:
        yield _broken("must be the id in request.url", place.at("resource").at("id"))


def _repeated(listed: list[tuple[Place, Json]]) -> Iterator[Problem]:
    """bdl-7: a fullUrl stands once, or with different versions."""
    seen: set[tuple[str, str]] = set()
    for at, entry in listed:
        if not isinstance(entry.get("fullUrl"), str):
            continue
        resource = entry.get("resource")
        meta = resource.get("meta") if isinstance(resource, dict) else None
        version = str(meta.get("versionId", "")) if isinstance(meta, dict) else ""
        if (entry["fullUrl"], version) in seen:
            yield _broken("bdl-7: a fullUrl must be unique in its Bundle", at.at("fullUrl"))
        seen.add((entry["fullUrl"], version))


def _first(
    bundle: Json, kind: str, listed: list[tuple[Place, Json]], place: Place
) -> Iterator[Problem]:
    """bdl-9 to bdl-12: what a document and a message begin with."""
    wanted = {"document": "Composition", "message": "MessageHeader"}[kind]
    first = listed[0][1].get("resource") if listed else None
    if not isinstance(first, dict) or first.get("resourceType") != wanted:
        key = "bdl-11" if kind == "document" else "bdl-12"
        yield _broken(f"{key}: a {kind} begins with a {wanted}", place.at("entry"))
    if kind == "document":
        stated = bundle.get("identifier")
        if not isinstance(stated, dict) or not {"system", "value"} <= stated.keys():
            words = "bdl-9: a document has an identifier with system and value"
            yield _broken(words, place.at("identifier"))
        if "timestamp" not in bundle:
            yield _broken("bdl-10: a document has a timestamp", place.at("timestamp"))


def _overlaps(listed: list[tuple[Place, Json]]) -> Iterator[Problem]:
    """A transaction touches each resource once (R4, transaction processing rules)."""
    seen: set[str] = set()
    for at, entry in listed:
        request = entry.get("request")
        if not isinstance(request, dict) or request.get("method") not in _ONCE:
            continue
        url = str(request.get("url"))
        if url in seen:
            yield _broken("a transaction may touch a resource once", at.at("request").at("url"))
        seen.add(url)


def _dangling(listed: list[tuple[Place, Json]]) -> Iterator[Problem]:
    """A urn in a transaction's reference is some entry's fullUrl."""
    given = {entry["fullUrl"] for _, entry in listed if isinstance(entry.get("fullUrl"), str)}
    for at, entry in listed:
        for place, literal in _urns(entry.get("resource"), at.at("resource")):
            if literal not in given:
                words = "must be the fullUrl of an entry of this transaction"
                yield Problem(Kind.RULE, words, str(place))


def urns(bundle: Json) -> set[str]:
    """Every urn that an element called reference names, anywhere in a Bundle."""
    return {found.decode() for found in _URNS.findall(encode(bundle))}


def _urns(value: object, place: Place) -> Iterator[tuple[Place, str]]:
    """Every urn in an element called reference, with its place."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _urns(item, Place(place.above, place.name, index))
    elif isinstance(value, dict):
        for name, child in value.items():
            if name == "reference" and isinstance(child, str):
                if child.startswith("urn:"):
                    yield place.at(name), child
            else:
                yield from _urns(child, place.at(name))
