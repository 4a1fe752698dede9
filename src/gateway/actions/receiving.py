"""A body comes in: strict JSON, then structure, then rules; everything wrong is said at once."""

from __future__ import annotations

from typing import Any

from gateway.actions.installation import Installation
from gateway.fhir import strict_json, validation
from gateway.fhir.encoding import encode
from gateway.fhir.narrative import clean
from gateway.fhir.parameters import Named, listed
from gateway.fhir.problem import Kind, Refused, refuse
from gateway.fhir.references import relative, rewritten, walk

BATCH = ("Bundle", "batch")


def received(installation: Installation, body: bytes, type_: str) -> dict[str, Any] | Refused:
    """The resource of the expected type that the body is; or why it is none."""
    tree = parsed(installation, body)
    return tree if isinstance(tree, Refused) else _checked(installation, tree, body, type_)


def received_bundle(installation: Installation, body: bytes) -> dict[str, Any] | Refused:
    """The Bundle that the body is. Of a batch only the JSON is judged: each entry stands alone."""
    tree = parsed(installation, body)
    if isinstance(tree, Refused) or (tree.get("resourceType"), tree.get("type")) == BATCH:
        return tree
    return _checked(installation, tree, body, "Bundle")


def _checked(
    installation: Installation, tree: dict[str, Any], body: bytes, type_: str
) -> dict[str, Any] | Refused:
    problems = validation.problems(tree, in_transaction=type_ == "Bundle")
    if validation.has_errors(problems):
        return Refused(tuple(problems))
    if tree["resourceType"] != type_:
        return refuse(Kind.STRUCTURE, f"must be {type_}, as the address says", "resourceType")
    return _made_safe(installation, tree, encode(tree) if b"\\" in body else body)


def parameters(installation: Installation, body: bytes) -> list[Named] | Refused:
    """The parameters of the Parameters that the body is; or why it is none."""
    tree = parsed(installation, body)
    if isinstance(tree, Refused):
        return tree
    if tree.get("resourceType") != "Parameters":
        return refuse(Kind.STRUCTURE, "must be Parameters", "resourceType")
    return list(listed(tree, "parameter", "Parameters"))


def parsed(installation: Installation, body: bytes) -> dict[str, Any] | Refused:
    """The JSON object that the body is, within the limits; or why it is none."""
    limits = installation.limits
    tree = strict_json.parse(body, strict_json.Limits(limits.body, limits.depth, limits.entries))
    return Refused(tree) if isinstance(tree, tuple) else tree


def _made_safe(installation: Installation, tree: dict[str, Any], text: bytes) -> dict[str, Any]:
    """The resource with its references as they are kept and its narrative clean.

    `text` writes it without needless escapes: what does not occur there need not be looked for.
    """
    base = f"{installation.base_url}/fhir"
    if base.encode() in text or b"/_history/" in text:
        tree = rewritten(tree, _held_here(base, tree))
    if b'"div"' in text:
        clean(tree)
    return tree


def _held_here(base: str, tree: dict[str, Any]) -> dict[str, str]:
    """References by an address here, and to versions of Patients, and what they become: what
    looks as if it led elsewhere would pass by every rule about what is held here."""
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
