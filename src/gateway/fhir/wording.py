"""What the sender put in words beside codes, taken out before another organisation reads it.

Words can name what labels keep back. Codes stay; for a code that we know the display is ours.
"""

from __future__ import annotations

from typing import Any

from fhir_profiles import load


def regenerated(resource: dict[str, Any]) -> dict[str, Any]:
    """A copy without the sender's displays, texts beside codings, item texts and narrative."""
    bare = {name: value for name, value in resource.items() if name != "text"}
    if "contained" in bare:
        bare["contained"] = [_bare(each) for each in bare["contained"]]
    copy = {name: _value(name, value) for name, value in bare.items()}
    return {name: value for name, value in copy.items() if value is not None}


def shared_meta(meta: dict[str, Any]) -> dict[str, Any]:
    """The meta that others receive: profiles, and the codes of tags and labels without words."""
    codings = {
        name: [_code(each) for each in meta[name] if "code" in each]
        for name in ("security", "tag")
        if name in meta
    }
    profiles = {"profile": meta["profile"]} if "profile" in meta else {}
    return profiles | {name: listed for name, listed in codings.items() if listed}


def _code(coding: dict[str, Any]) -> dict[str, Any]:
    return {name: coding[name] for name in ("system", "version", "code") if name in coding}


def _bare(contained: dict[str, Any]) -> dict[str, Any]:
    """A contained resource without narrative, meta and name of its own, which nobody judges."""
    unjudged = ("text", "meta", "name")
    return {name: value for name, value in contained.items() if name not in unjudged}


def _value(name: str, value: Any) -> Any:
    """The value without words; None where nothing else was in it."""
    if isinstance(value, list):
        listed = [_value(name, each) for each in value]
        kept = [
            new for new, old in zip(listed, value, strict=True) if new is not None or old is None
        ]
        return kept if kept or not value else None
    if not isinstance(value, dict):
        return value
    dropped = _words(name, value)
    left = {key: _value(key, each) for key, each in value.items() if key not in dropped}
    left = {key: each for key, each in left.items() if each is not None or value[key] is None}
    known = _display(value) if "display" in value else None
    left |= {"display": known} if known else {}
    return left if left or not value else None


def _words(name: str, value: dict[str, Any]) -> frozenset[str]:
    """The names of the elements of this object that are words beside a code or a reference."""
    words = {"display", "_display"}
    if "coding" in value or (name == "item" and "linkId" in value):
        words |= {"text", "_text"}
    return frozenset(words)


def _display(coding: dict[str, Any]) -> str | None:
    known = load("displays.json")["systems"].get(coding.get("system"), {})
    code = coding.get("code")
    found: str | None = known.get(code) if isinstance(code, str) else None
    return found
