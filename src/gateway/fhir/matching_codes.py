"""Whether a coded element is the code that a search asks for (R4, 3.1.1.5.7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.fhir.search_hierarchy import is_above, is_below
from gateway.fhir.search_values import Token

_CONTACTS = frozenset({"phone", "fax", "email", "pager", "url", "sms", "other"})  # no namespaces


def codings(held: Any) -> Iterator[tuple[str | None, str | None]]:
    """System (None: not stated) and code of each coding in a token's element."""
    match held:
        case bool():
            yield None, "true" if held else "false"
        case str():
            yield None, held
        case {"coding": [*listed]}:
            for each in listed:
                yield from codings(each)
        case {"code": str(code)} | {"value": str(code)}:
            system = held.get("system")
            yield None if system in _CONTACTS else system, code
        case {"system": str(system)}:
            yield system, None


def is_code(modifier: str, asked: Token, held: Any) -> bool:
    match modifier:
        case "of-type":
            return _of_type(asked, held)
        case "above" | "below":
            related = is_above if modifier == "above" else is_below
            return any(related(asked, system, code) for system, code in codings(held))
        case "identifier":
            return is_code("", asked, held.get("identifier") if isinstance(held, dict) else None)
    return any(
        (asked.system is None or asked.system == (system or ""))
        and (asked.code is None or asked.code == code)
        for system, code in codings(held)
    )


def _of_type(asked: Token, held: Any) -> bool:
    """An Identifier with the value asked for, and a type that is the coding asked for."""
    if not isinstance(held, dict) or asked.code is None:
        return False
    code, _, value = asked.code.partition("|")
    kinds = codings(held.get("type"))
    return held.get("value") == value and (asked.system or None, code) in kinds
