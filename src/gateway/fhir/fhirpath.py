"""FHIRPath invariants, by the library fhirpathpy, which is loaded when the first one is asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any


def is_true(expression: str, base: str, value: Any, resource: dict[str, Any]) -> bool:
    """Whether an expression of ours is true of a value; `base` is its path, such as Task.owner.

    Nothing, which FHIRPath makes of what it cannot decide, is not true.
    """
    from fhirpathpy.engine.nodes import ResourceNode

    context = {"resource": resource, "rootResource": resource}
    node_at: Callable[[Any, str], Any] = ResourceNode.create_node
    node = node_at(value, base) if "." in base else value
    return _compiled(expression)(node, context) == [True]


@cache
def _compiled(expression: str) -> Callable[[Any, dict[str, Any]], list[Any]]:
    import fhirpathpy  # a quarter of a second, which most runs never need
    from fhirpathpy.models import models

    compiled: Callable[[Any, dict[str, Any]], list[Any]]
    compiled = fhirpathpy.compile(expression, models["r4"])
    return compiled
