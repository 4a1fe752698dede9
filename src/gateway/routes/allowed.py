"""Which methods an address takes, from the table of what is done with each type."""

from __future__ import annotations

from starlette.requests import Request

from gateway.fhir.types import INTERACTIONS

_OF_A_TYPE = {"c": ("POST",), "s": ("GET", "HEAD")}
_OF_ONE = {"r": ("GET", "HEAD")}
_OF_EITHER = {"u": ("PUT",), "p": ("PATCH",), "d": ("DELETE",)}


def allowed(request: Request) -> str:
    """The Allow header of a 405, in one order whatever the process."""
    done = INTERACTIONS.get(request.path_params.get("type", ""), "")
    known = _OF_EITHER | (_OF_ONE if "id" in request.path_params else _OF_A_TYPE)
    return ", ".join(sorted(method for letter in done for method in known.get(letter, ())))
