"""Whole requests: of every interaction, with odd headers, patches and Bundles."""

from __future__ import annotations

import gzip
import json
import uuid
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from asking import Asker, Parameters
from mutating import ODD, TEXTS, VALID, Known, mutated, valid

FHIR_JSON = "application/fhir+json"
UNKNOWN = "00000000-0000-4000-8000-000000000001"
TYPES = sorted({each["resourceType"] for each in VALID} | {"Medication", "Nonsense"})


@dataclass
class Made:
    """One request, as its bytes leave."""

    method: str
    path: str
    headers: dict[str, str | bytes] = field(default_factory=dict)
    body: bytes | None = None


MEDIA = (
    *(FHIR_JSON, "application/json", "application/fhir+xml", "text/plain", "", "x", "a/b; c=\xff"),
    *("application/fhir+json; charset=utf-16", "application/x-www-form-urlencoded", "*/*"),
    *("application/json-patch+json", "multipart/form-data; boundary=x", "application/fhir+json;"),
)
HEADERS: dict[str, tuple[str, ...]] = {
    "If-Match": ('W/"1"', 'W/"x"', "1", '"1"', "*", "", 'W/"1", W/"2"', "W/", "\xff", 'W/"' * 999),
    "If-None-Match": ('W/"1"', "*", "", "x", '"', "\xff"),
    "If-Modified-Since": ("Sat, 01 Jan 2000 00:00:00 GMT", "x", "", "99999", "2026-01-01"),
    "If-Unmodified-Since": ("Sat, 01 Jan 2000 00:00:00 GMT", "x"),
    "Prefer": (
        *("return=minimal", "return=representation", "return=OperationOutcome", "return=x", ""),
        *(
            "handling=lenient",
            "handling=strict",
            "respond-async",
            "handling=lenient,return=minimal",
        ),
        *("return", "=", ";;", "\xff", "return=minimal; x=y"),
    ),
    "Accept": (*MEDIA, "application/fhir+json;q=0", "text/html,*/*;q=0.1", ",", "a/b;q=x"),
    "Accept-Encoding": ("gzip", "br", "identity;q=0", "*;q=0", "gzip;q=2", "", "x"),
    "Content-Type": MEDIA,
    "Content-Encoding": ("gzip", "deflate", "br", "identity", "x", "gzip, gzip", ""),
    "X-HTTP-Method-Override": ("DELETE",),
    "Authorization": ("Bearer", "Bearer x.y.z", "Basic eDp5", "Bearer \xff", "", "DPoP x"),
    "Range": ("bytes=0-1", "bytes=-", "x"),
    "DPoP": ("x",),
    "Origin": ("null", "https://elsewhere.example"),
    "X-Request-Id": ("x" * 2000, "a\tb"),
}


LIKELY: tuple[dict[str, Any], ...] = (
    {"op": "add", "path": "/language", "value": "en"},
    {"op": "replace", "path": "/language", "value": "cy"},
    {"op": "remove", "path": "/language"},
    {"op": "add", "path": "/extension", "value": [{"url": "https://x.example", "valueCode": "a"}]},
    {
        "op": "add",
        "path": "/extension/-",
        "value": {"url": "https://x.example", "valueDecimal": 1.0},
    },
    {"op": "copy", "from": "/extension", "path": "/modifierExtension"},
    {"op": "move", "from": "/extension/0", "path": "/extension/1"},
    {"op": "replace", "path": "/status", "value": "completed"},
    {"op": "replace", "path": "/status", "value": "amended"},
    {"op": "add", "path": "/meta/security", "value": [{"code": "R"}]},
    {"op": "copy", "from": "", "path": "/contained"},
    {"op": "test", "path": "/resourceType", "value": "Observation"},
)


class Requester:
    """Makes requests about one patient; `kept` are ids by type that earlier answers named."""

    def __init__(self, random: Random, parameters: Parameters, known: Known) -> None:
        self.random = random
        self.asker = Asker(random, parameters)
        self.known = known
        self.kept: dict[str, list[str]] = {}

    def make(self) -> Made:
        made = self.random.choice(_KINDS)(self)
        if self.random.random() < 0.3:
            for name in self.random.sample(list(HEADERS), self.random.choice((1, 1, 2))):
                made.headers[name] = self.random.choice(HEADERS[name]).encode("latin-1")
        if made.body is not None and self.random.random() < 0.05:
            self._packed(made)
        return made

    def _packed(self, made: Made) -> None:
        """Compressed: rightly, cut off, under another name, or far larger than it looks."""
        body = made.body or b""
        how = self.random.randrange(5)
        packed = (gzip.compress(body), gzip.compress(body)[:-9], zlib.compress(body), body)
        made.body = packed[how] if how < 4 else gzip.compress(b" " * 40_000_000, 9)
        made.headers["Content-Encoding"] = "gzip"

    def _type(self) -> str:
        return self.random.choice(TYPES)

    def _one(self) -> tuple[str, str]:
        """The type and id of something that is there, most often."""
        if self.kept and self.random.random() < 0.85:
            type_ = self.random.choice(list(self.kept))
            return type_, self.random.choice(self.kept[type_])
        return self._type(), self.random.choice((UNKNOWN, "x", "a" * 65, "%2e%2e", "é", "..", "1"))

    def _ids(self, type_: str) -> list[str]:
        return self.kept.get(type_, [])

    def _query(self, type_: str) -> str:
        return self.asker.query(type_, self.known.patient, self._ids(type_))

    def read(self) -> Made:
        type_, id_ = self._one()
        after = self.random.choice(("", "", "/_history", "/_history/1", "/_history/x", "/", "/x"))
        query = self.random.choice(("", "", f"?{self._query(type_)}"))
        return Made(self.random.choice(("GET", "GET", "HEAD")), f"/{type_}/{id_}{after}{query}")

    def search(self) -> Made:
        type_ = self._type()
        after = self.random.choice(("", "", "", "", "/_history", "/_search"))
        return Made("GET", f"/{type_}{after}?{self._query(type_)}")

    def posted_search(self) -> Made:
        type_ = self._type()
        headers: dict[str, str | bytes] = {"Content-Type": "application/x-www-form-urlencoded"}
        body = self._query(type_).encode()
        return Made("POST", f"/{type_}/_search?{self._query(type_)[:200]}", headers, body)

    def create(self) -> Made:
        resource = valid(self.random, self.known)
        type_ = resource["resourceType"] if self.random.random() < 0.95 else self._type()
        headers: dict[str, str | bytes] = {"Content-Type": FHIR_JSON}
        if self.random.random() < 0.1:
            headers["If-None-Exist"] = self._condition(type_)
        return Made("POST", f"/{type_}", headers, mutated(self.random, resource))

    def _condition(self, type_: str) -> bytes:
        condition = self.asker.condition(type_, self._ids(type_))
        return condition.encode("utf-8", "replace").translate(None, b"\r\n\0").strip()

    def update(self) -> Made:
        type_, id_ = self._one()
        resource = valid(self.random, self.known, type_)
        resource["id"] = id_ if self.random.random() < 0.9 else "other"
        headers: dict[str, str | bytes] = {"Content-Type": FHIR_JSON}
        return Made("PUT", self._addressed(type_, id_), headers, mutated(self.random, resource))

    def _addressed(self, type_: str, id_: str) -> str:
        """The resource's own address, or a search in its place."""
        if self.random.random() < 0.85:
            return f"/{type_}/{id_}"
        return f"/{type_}?{self._query(type_)}"

    def delete(self) -> Made:
        type_, id_ = self._one()
        return Made("DELETE", self._addressed(type_, id_))

    def patch(self) -> Made:
        type_, id_ = self._one()
        operations = [self._operation() for _ in range(self.random.choice((0, 1, 1, 2, 5, 40)))]
        body: Any = operations if self.random.random() < 0.95 else self.random.choice(ODD)
        headers: dict[str, str | bytes] = {"Content-Type": "application/json-patch+json"}
        text = json.dumps(body).encode("utf-8", "surrogatepass")
        return Made("PATCH", self._addressed(type_, id_), headers, text)

    def _operation(self) -> dict[str, Any]:
        random = self.random
        if random.random() < 0.5:
            return dict(random.choice(LIKELY))
        operation: dict[str, Any] = {
            "op": random.choice(("add", "remove", "replace", "move", "copy", "test", "x", "")),
            "path": self._pointer(),
        }
        if random.random() < 0.5:
            operation["from"] = self._pointer()
        if random.random() < 0.8:
            operation["value"] = random.choice((*ODD, *TEXTS, "amended", {"text": "x"}))
        return operation

    def _pointer(self) -> str:
        parts = ("status", "code", "text", "coding", "0", "-", "1", "99999999999", "01", "-1", "~2")
        more = ("id", "meta", "versionId", "security", "subject", "reference", "", "~0~1", "é")
        chosen = (
            self.random.choice((*parts, *more)) for _ in range(self.random.choice((0, 1, 2, 4)))
        )
        return "".join(f"/{part}" for part in chosen) or self.random.choice(("", "x", "/"))

    def bundle(self) -> Made:
        random = self.random
        entries = [self._entry() for _ in range(random.choice((0, 1, 2, 3, 8)))]
        if entries and random.random() < 0.1:
            entries.append(entries[0])
        bundle: dict[str, Any] = {
            "resourceType": "Bundle",
            "type": random.choice(("batch",) * 5 + ("transaction",) * 5 + ("message", "x")),
        }
        if entries or random.random() < 0.1:
            bundle["entry"] = entries
        headers: dict[str, str | bytes] = {"Content-Type": FHIR_JSON}
        if random.random() < 0.15:
            return Made("POST", "", headers, mutated(random, bundle))
        return Made("POST", "", headers, json.dumps(bundle).encode("utf-8", "surrogatepass"))

    def _entry(self) -> dict[str, Any]:
        random = self.random
        resource = valid(random, self.known)
        type_, id_ = self._one()
        method = random.choice(("POST",) * 8 + ("PUT", "PUT", "GET", "GET", "DELETE", "PATCH", "x"))
        url = random.choice((f"{type_}/{id_}",) * 4 + (f"{type_}?{self._query(type_)}", type_))
        if random.random() < 0.05:
            url = random.choice(TEXTS)
        request: dict[str, Any] = {"method": method, "url": url}
        if method == "POST" and random.random() < 0.9:
            request["url"] = resource["resourceType"]
        for name in ("ifMatch", "ifNoneMatch", "ifNoneExist", "ifModifiedSince"):
            if random.random() < 0.1:
                request[name] = random.choice(('W/"1"', "x", self.asker.condition(type_, [])))
        shared = "urn:uuid:" + random.choice(("0" * 8, "1" * 8)) + UNKNOWN[8:]
        own = f"urn:uuid:{uuid.UUID(int=random.getrandbits(128))}"
        full = random.choice((own, own, own, own, own, shared, "x"))
        if random.random() < 0.15:
            self._refer(
                resource, random.choice((shared, full, f"{type_}?identifier=x|y", "Task/x"))
            )
        entry: dict[str, Any] = {"fullUrl": full, "request": request}
        if method in ("POST", "PUT", "PATCH") or random.random() < 0.1:
            entry["resource"] = resource
        return entry

    def _refer(self, resource: dict[str, Any], reference: str) -> None:
        """Some reference of the resource, if it has one at its top, names this instead."""
        for value in resource.values():
            if isinstance(value, dict) and "reference" in value:
                value["reference"] = reference
                return

    def elsewhere(self) -> Made:
        """What is not FHIR's: unknown methods and places, operations that may not be there."""
        type_, id_ = self._one()
        method = self.random.choice(
            ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "MKCOL")
        )
        places = ("/metadata", "/$validate", f"/{type_}/$validate", f"/{type_}/{id_}/$everything")
        more = (
            "",
            "/",
            "/_history",
            f"/{type_}/",
            f"/{type_}/{id_}/Observation",
            "//",
            "/%00",
            "/é",
        )
        body = None if method == "GET" else mutated(self.random, valid(self.random, self.known))
        headers: dict[str, str | bytes] = {"Content-Type": FHIR_JSON}
        return Made(method, self.random.choice((*places, *more)), headers, body)


_KINDS: tuple[Callable[[Requester], Made], ...] = (
    *(Requester.create,) * 6,
    *(Requester.search,) * 6,
    *(Requester.bundle,) * 4,
    *(Requester.read, Requester.update, Requester.patch) * 3,
    *(Requester.delete, Requester.posted_search, Requester.elsewhere),
)
