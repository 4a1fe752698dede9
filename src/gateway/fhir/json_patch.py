"""JSON Patch (RFC 6902) on a resource: numbers stay exact, and nothing grows without bound.

Pure: the resource is not changed in place.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from jsonpatch import (
    InvalidJsonPatch,
    JsonPatch,
    JsonPatchException,
    JsonPatchTestFailed,
)
from jsonpointer import JsonPointer, JsonPointerException

from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem, Refused, refuse

OPERATIONS = ("add", "remove", "replace", "move", "copy", "test")
MOST = 1_000  # operations in one patch

_FORM = "must be an operation of RFC 6902, with op, path, and from or value where it needs them"
_CONFLICT = "the value there is another one; read the resource again"
_NOWHERE = "cannot be done: the path leads nowhere in this resource as you see it"


def patched(resource: dict[str, Any], patch: Sequence[Any], limit: int) -> Any | Refused:
    """The resource with every operation done, or the first that cannot be (its place in the patch).

    A failing test is a conflict; `limit` is how many bytes may be copied or moved within it in all.
    """
    if len(patch) > MOST:
        return refuse(Kind.TOO_LARGE, f"may have {MOST} operations at most", "patch")
    changed: Any = copy.deepcopy(resource)
    for index, operation in enumerate(patch):
        kind = _fault(operation)
        if kind is None and operation["op"] in ("copy", "move"):  # either copies
            limit -= _size(changed, operation)
            kind = Kind.TOO_LARGE if limit < 0 else None
        if kind is None:
            try:
                changed = JsonPatch([operation]).apply(changed, in_place=True)
                continue
            except JsonPatchTestFailed:
                kind = Kind.CONFLICT
            except InvalidJsonPatch:
                kind = Kind.VALUE
            except (JsonPatchException, JsonPointerException, TypeError):
                kind = Kind.RULE
            except RecursionError:  # within itself, again and again
                kind = Kind.TOO_LARGE
        return Refused((_problem(kind, index),))
    return changed


def _fault(operation: Any) -> Kind | None:
    """What is wrong with the form of an operation."""
    if not isinstance(operation, dict) or operation.get("op") not in OPERATIONS:
        return Kind.VALUE
    pointers = [operation.get("path"), operation.get("from", "")]
    return None if all(isinstance(each, str) for each in pointers) else Kind.VALUE


def _size(resource: Any, operation: dict[str, Any]) -> int:
    """How many bytes are copied or moved; what cannot be copied is refused when it is tried."""
    try:
        return len(encode(JsonPointer(operation.get("from", "")).resolve(resource)))
    except (JsonPointerException, TypeError):
        return 0


def _problem(kind: Kind, index: int) -> Problem:
    texts = {
        Kind.VALUE: _FORM,
        Kind.CONFLICT: _CONFLICT,
        Kind.TOO_LARGE: "copies and moves more than one patch may",
    }
    return Problem(kind, texts.get(kind, _NOWHERE), f"patch[{index}]")
