"""Changing parts of what stands: a JSON Patch on the writer's view, judged like an update."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.actions.held import held
from gateway.actions.installation import Installation
from gateway.actions.meeting import met
from gateway.actions.receiving import received
from gateway.actions.releasing import Released, tree
from gateway.actions.updating import replaced
from gateway.actions.writing import Writing
from gateway.fhir import strict_json
from gateway.fhir.encoding import encode
from gateway.fhir.json_patch import patched
from gateway.fhir.problem import Kind, Refused, refuse

MOST_COPIED = 1024 * 1024  # bytes that one patch may copy or move within a resource


def operations(installation: Installation, body: bytes) -> list[Any] | Refused:
    """The operations that a body is: a JSON array, read as strictly as a resource."""
    limits = installation.limits
    wrapped = b'{"patch":' + body + b"}"
    size = strict_json.Limits(limits.body + len(wrapped) - len(body), limits.depth, limits.entries)
    read = strict_json.parse(wrapped, size)
    if isinstance(read, tuple):
        return Refused(read)
    if read.keys() != {"patch"} or not isinstance(read["patch"], list):
        return refuse(Kind.STRUCTURE, "must be a JSON Patch: an array of operations", "patch")
    return read["patch"]


def patch(
    writing: Writing, type_: str, id_: str, changes: Sequence[Any], if_match: str | None
) -> Released | Refused:
    """The new version as the writer sees it; parts that they do not see stay."""
    found = held(writing, type_, id_, if_match)
    if isinstance(found, Refused):
        return met(writing, found, if_match, lambda read: patched(read, changes, MOST_COPIED))
    changed = patched(tree(found.seen.body), changes, MOST_COPIED)
    if isinstance(changed, Refused):
        return changed
    if not isinstance(changed, dict) or changed.get("id") != id_:
        return refuse(Kind.RULE, "must stay as it is", f"{type_}.id")
    resource = received(writing.installation, encode(changed), type_)
    return resource if isinstance(resource, Refused) else replaced(writing, found, resource)
