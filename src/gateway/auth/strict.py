"""JSON and text from outside, read without guessing."""

from __future__ import annotations

import json
from typing import Any, TypeGuard


def parse_object(text: bytes | str) -> dict[str, Any] | None:
    """The JSON object, or None: no object, a name given twice, NaN or infinities, no UTF-8."""
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def is_text(value: object, most: int) -> TypeGuard[str]:
    """Whether this is a string of 1 to `most` printable characters (so no NUL, no surrogates)."""
    return isinstance(value, str) and 0 < len(value) <= most and value.isprintable()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
