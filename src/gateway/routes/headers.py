"""Headers of a request, read once: several layers ask for one each."""

from __future__ import annotations

from starlette.types import Scope

_READ = "onestory.headers"


def header(scope: Scope, name: bytes) -> str | None:
    """The header's value, the first where it came twice; `name` in lower case."""
    found = scope.get(_READ)
    if found is None:
        found = scope[_READ] = dict(reversed(scope["headers"]))
    value = found.get(name)
    return None if value is None else value.decode("latin-1")
