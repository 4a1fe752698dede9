"""Requests as a client sends them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from absence_resources import FHIR_JSON
from absence_server import Json, Sent

FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
PATCH = (("Content-Type", "application/json-patch+json"),)


def get(path: str, *headers: tuple[str, str]) -> Sent:
    return Sent("GET", f"/fhir/{path}", headers)


def send(method: str, path: str, body: Any, *headers: tuple[str, str]) -> Sent:
    return Sent(method, f"/fhir/{path}", (*FHIR_JSON, *headers), json.dumps(body).encode())


def bundle(kind_: str, *entries: Json) -> Sent:
    return send("POST", "", {"resourceType": "Bundle", "type": kind_, "entry": list(entries)})


def asked_in(sent: Sent) -> Json:
    return {"request": {"method": "GET", "url": sent.path.removeprefix("/fhir/")}}


def escaped(value: str) -> str:
    return quote(value, safe=",|/:$-")
