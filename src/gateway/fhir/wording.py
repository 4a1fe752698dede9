"""What the sender put in words beside codes, taken out before another organisation reads it.

Words can name what labels keep back. Codes stay; for a code that we know the display is ours.
"""

from __future__ import annotations

from typing import Any

from fhir_profiles import load


def regenerated(resource: dict[str, Any]) -> dict[str, Any]:
    """A copy without the sender's displays, texts beside codings, item texts and narrative."""
    copy = {name: _value(name, value) for name, value in resource.items() if name != "text"}
    return {name: value for name, value in copy.items() if value is not None}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_value(name, each) for each in value]
    if not isinstance(value, dict):
        return value
    dropped = _words(name, value)
    kept = {key: _value(key, each) for key, each in value.items() if key not in dropped}
    known = _display(value) if "display" in dropped else None
    return kept | ({"display": known} if known else {})


def _words(name: str, value: dict[str, Any]) -> frozenset[str]:
    """The names of the elements of this object that are words beside a code or a reference."""
    words = {"display", "_display"} if {"code", "reference", "identifier"} & value.keys() else set()
    if "coding" in value or (name == "item" and "linkId" in value):
        words |= {"text", "_text"}
    return frozenset(words)


def _display(coding: dict[str, Any]) -> str | None:
    known = load("displays.json")["systems"].get(coding.get("system"), {})
    code = coding.get("code")
    found: str | None = known.get(code) if isinstance(code, str) else None
    return found
