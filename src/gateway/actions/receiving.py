"""A body comes in: strict JSON, then structure, then rules; everything wrong is said at once."""

from __future__ import annotations

from typing import Any

from gateway.actions.installation import Installation
from gateway.fhir import rules, strict_json, structure
from gateway.fhir.narrative import clean
from gateway.fhir.problem import Kind, Refused, refuse
from gateway.fhir.references import relative, rewritten, walk


def received(installation: Installation, body: bytes, type_: str) -> dict[str, Any] | Refused:
    """The resource of the expected type that the body is; or why it is none."""
    limits = installation.limits
    tree = strict_json.parse(body, strict_json.Limits(limits.body, limits.depth, limits.entries))
    if isinstance(tree, tuple):
        return Refused(tree)
    problems = structure.check(tree)
    problems += rules.check(tree, in_transaction=type_ == "Bundle")
    if problems:
        return Refused(tuple(problems))
    if tree["resourceType"] != type_:
        return refuse(Kind.STRUCTURE, f"must be {type_}, as the address says", "resourceType")
    whole: dict[str, Any] = rewritten(tree, _held_here(installation, tree))
    clean(whole)
    return whole


def _held_here(installation: Installation, tree: dict[str, Any]) -> dict[str, str]:
    """References by an address here, and to versions of Patients, and what they become: what
    looks as if it led elsewhere would pass by every rule about what is held here."""
    base = f"{installation.base_url}/fhir"
    named = {
        reference.get("reference", "")
        for resource in _resources(tree)
        for _, reference in walk(resource)
    }
    plain = {reference: relative(reference, base) for reference in named}
    return {
        reference: found
        for reference, found in plain.items()
        if found != reference and (found.startswith("Patient/") or reference.startswith(base))
    }


def _resources(tree: dict[str, Any]) -> list[dict[str, Any]]:
    if tree["resourceType"] != "Bundle":
        return [tree]
    return [entry["resource"] for entry in tree.get("entry", []) if "resource" in entry]
