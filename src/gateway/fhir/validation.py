"""All that is wrong with a resource, by R4, our rules and our profiles: the one way in for all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.fhir import conformity, profiles, rules, structure
from gateway.fhir.problem import Kind, Problem
from gateway.fhir.profile_rules import definitions, profile

Json = dict[str, Any]


def problems(
    tree: Json, *, in_transaction: bool = False, against: str | None = None
) -> list[Problem]:
    """Every problem of a parsed body, gravest first; none where it may be taken.

    `in_transaction` allows references that only a transaction resolves. Profiles are asked once
    the structure is sound: those of ours that a resource says it follows, and the one of this
    address.
    """
    found: list[Problem] = []
    if not conformity.holds(tree):
        unsound = structure.check(tree)
        found = unsound + rules.check(tree, in_transaction=in_transaction)
        if unsound:
            return found
    for resource, path in _resources(tree):
        for each in profiles.stated(resource):
            found += profiles.problems(resource, each, path)
    return found + (_against(tree, against) if against is not None else [])


def has_errors(found: list[Problem]) -> bool:
    """Whether any of the problems is more than a warning."""
    return any(problem.severity in ("error", "fatal") for problem in found)


def _resources(tree: Json) -> Iterator[tuple[Json, str]]:
    """The resource, and those in a Bundle's entries, each with its path."""
    yield tree, tree["resourceType"]
    if tree["resourceType"] == "Bundle":
        for index, entry in enumerate(tree.get("entry", ())):
            if "resource" in entry:
                yield entry["resource"], f"Bundle.entry[{index}].resource"


def _against(tree: Json, canonical: str) -> list[Problem]:
    """What the resource breaks of a profile that it need not name itself."""
    wanted = profile(canonical)
    if wanted is None:
        return [Problem(Kind.UNKNOWN_PROFILE, f"must be one of {_known()}", "profile")]
    return [] if wanted in profiles.stated(tree) else profiles.problems(tree, wanted)


def _known() -> str:
    """The addresses of our profiles of resources."""
    return ", ".join(
        sorted(url for url, each in definitions().items() if each["kind"] == "resource")
    )
