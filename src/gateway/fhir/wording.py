"""What the sender put in words beside codes, taken out before another organisation reads it.

Words can name what labels keep back. Codes stay; for a code that we know the display is ours. A
unit is put as its code; of a version and of an identifier only what has no words stays.
"""

from __future__ import annotations

import operator
import re
from typing import Any

from fhir_profiles import load
from gateway.fhir.references import ORIGIN

# The names of the elements that are words beside a code or a reference, always or in some places.
_BESIDE = frozenset({"display", "_display"})
_WORDS = _BESIDE | {"text", "_text"}
_VERSION = re.compile(
    r"[0-9][0-9A-Za-z.+-]*|http://snomed\.info/sct/[0-9]+(/version/[0-9]+)?", re.ASCII
)
_IN_WORDS = re.compile(r"[^\W\d_]\s|\s[^\W\d_]")  # a letter beside a space


def holds_words(encoded: bytes) -> bool:
    """Whether `regenerated` might change a resource, by its bytes; seldom true in vain."""
    return any(name in encoded for name in _MIGHT_CHANGE)


_MIGHT_CHANGE = (
    *(b'display":', b'text":', b'"contained":', b'"unit":', b'"version":', b'"identifier":'),
    *(b'Identifier":', b'"requisition":'),
)


def regenerated(resource: dict[str, Any]) -> dict[str, Any]:
    """A copy without the sender's displays, texts beside codings, item texts and narrative."""
    bare = {name: value for name, value in resource.items() if name != "text"}
    if "contained" in bare:
        bare["contained"] = [_bare(each) for each in bare["contained"]]
    copy = {name: _value(name, value) for name, value in bare.items()}
    return {name: value for name, value in copy.items() if value is not None}


def shared_meta(meta: dict[str, Any]) -> dict[str, Any]:
    """The meta that others receive: profiles, and the codes of tags and labels without words."""
    rules = load("labels/rules.json")
    systems, bases = rules["meta_systems"], tuple(rules["meta_profiles"])
    codings = {
        name: [
            _code(each) for each in meta[name] if "code" in each and each.get("system") in systems
        ]
        for name in ("security", "tag")
        if name in meta
    }
    shown = codings | {
        "profile": [each for each in meta.get("profile", []) if each.startswith(bases)]
    }
    return {name: listed for name, listed in shown.items() if listed}


def _code(coding: dict[str, Any]) -> dict[str, Any]:
    """The coding without words: its version too may be some."""
    return {
        name: coding[name]
        for name in ("system", "version", "code")
        if name in coding and (name != "version" or _VERSION.fullmatch(coding[name]))
    }


def _bare(contained: dict[str, Any]) -> dict[str, Any]:
    """A contained resource without narrative, meta and name of its own, which nobody judges."""
    unjudged = ("text", "meta", "name")
    return {name: value for name, value in contained.items() if name not in unjudged}


def _value(name: str, value: Any) -> Any:
    """The value without words, the same object where it held none; None where nothing else was
    in it."""
    if type(value) is list:
        return _listed(name, value)
    if type(value) is not dict:
        return value
    if name == "text" and "div" in value:
        return None  # the narrative of a section, or of an entry's resource
    left = _plain(value)
    for key in _WORDS & value.keys():
        if key in _BESIDE or "coding" in value or (name == "item" and "linkId" in value):
            left = left.copy() if left is value else left
            del left[key]
    for key, each in value.items():
        if type(each) is dict or type(each) is list:
            after = _value(key, each)
            if after is not each:
                left = left.copy() if left is value else left
                if after is None:
                    left.pop(key, None)
                elif key in left:
                    left[key] = after
    if left is value:
        return value
    known = _display(value) if "display" in value else None
    left |= {"display": known} if known else {}
    return left if left.keys() - {ORIGIN} else None


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """A Coding, a quantity or an Identifier in codes and numbers; the same object where it is."""
    gone = set[str]()
    if "version" in value and "code" in value and not _VERSION.fullmatch(str(value["version"])):
        gone.add("version")
    stated = value.get("value")
    if type(stated) is str and value.get("system") not in _CHANNELS and _IN_WORDS.search(stated):
        gone.add("value")
    left = {name: each for name, each in value.items() if name not in gone} if gone else value
    if "unit" in value and "code" in value and value["unit"] != value["code"]:
        left = left | {"unit": _display(value) or value["code"]}
    return left


_CHANNELS = ("phone", "fax", "email", "pager", "url", "sms", "other")  # of a ContactPoint


def _listed(name: str, value: list[Any]) -> Any:
    listed = [_value(name, each) for each in value]
    if all(map(operator.is_, listed, value)):
        return value
    kept = [new for new, old in zip(listed, value, strict=True) if new is not None or old is None]
    return kept or None


def _display(coding: dict[str, Any]) -> str | None:
    known = load("displays.json")["systems"].get(coding.get("system"), {})
    code = coding.get("code")
    found: str | None = known.get(code) if isinstance(code, str) else None
    return found
