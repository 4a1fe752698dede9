"""Asking for a preview, and reading what it says."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from callers import Caller, Json, body_of

from gateway.actions.answer import Answer


def asked(
    caller: Caller,
    *consents: Json,
    replaces: tuple[str, ...] = (),
    recipients: tuple[str, ...] = (),
    **more: Any,
) -> Answer:
    parameters = [{"name": "consent", "resource": each} for each in consents]
    parameters += [reference_to("replaces", each) for each in replaces]
    parameters += [reference_to("recipient", each) for each in recipients]
    parameters += [{"name": "purpose", "valueCode": code} for code in more.values()]
    body = msgspec.json.encode({"resourceType": "Parameters", "parameter": parameters})
    return asyncio.run(caller.gateway.preview(caller.who, body))


def reference_to(name: str, reference: str) -> Json:
    return {"name": name, "valueReference": {"reference": reference}}


def previewed(answer: Answer) -> dict[str, Json]:
    """What each recipient sees, by its reference: lists of references."""
    assert answer.status == 200, answer.body
    looks = [each for each in body_of(answer)["parameter"] if each["name"] == "recipient"]
    return {_one(look, "organization"): _lists(look) for look in looks}


def _one(look: Json, name: str) -> str:
    [found] = [part for part in look["part"] if part["name"] == name]
    return str(found["valueReference"]["reference"])


def _lists(look: Json) -> Json:
    return {
        name: [p["valueReference"]["reference"] for p in look["part"] if p["name"] == name]
        for name in ("visible", "gained", "lost")
    } | {p["name"]: p["valueInteger"] for p in look["part"] if "valueInteger" in p}
