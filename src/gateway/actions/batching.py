"""What is wrong with a batch itself, and with each of its entries, before any is carried out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.actions.addressing import NO_PATCH, UNSUITABLE, Address, addressed
from gateway.fhir import validation
from gateway.fhir.problem import Kind, Problem, Refused, refuse

_ALONE = {"resourceType": "Bundle", "type": "batch"}


def entries(bundle: dict[str, Any]) -> list[Any] | Refused:
    """The entries of a batch, unread; or what is wrong with the Bundle around them."""
    around = {name: value for name, value in bundle.items() if name != "entry"}
    problems = validation.problems(around, in_transaction=True)
    listed = bundle.get("entry", [])
    if not isinstance(listed, list) or ("entry" in bundle and not listed):
        wrong = Problem(Kind.STRUCTURE, "must be an array with an entry or more", "Bundle.entry")
        problems = [*problems, wrong]
    return Refused(tuple(problems)) if problems else listed


def addressee(index: int, entry: Any, base: str) -> Address | Refused:
    """Where an entry is sent; or everything that is wrong with it, its resource included."""
    problems = validation.problems(_ALONE | {"entry": [entry]}, in_transaction=True)
    if problems:
        first, own = "Bundle.entry[0]", f"Bundle.entry[{index}]"
        return Refused(
            tuple(replace(p, expression=p.expression.replace(first, own, 1)) for p in problems)
        )
    request = entry["request"]
    place = f"Bundle.entry[{index}].request"
    if request["method"] == "PATCH":
        return refuse(Kind.UNSUPPORTED, NO_PATCH, f"{place}.method")
    address = addressed(request["url"], base)
    if address is None or not address.suits(request["method"]):
        return refuse(Kind.UNSUPPORTED, UNSUITABLE, f"{place}.url")
    return address
