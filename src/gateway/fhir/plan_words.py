"""What the rules say of a plan that names our profile of a shared one, in a practitioner's words.

Pure. A plan is judged among what belongs to it: alone, nothing could be said of who agreed to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from gateway.fhir.problem import Kind, Problem
from mappings.care_plan_checks import Finding, findings

PROFILE = "https://onestory.example/fhir/StructureDefinition/shared-care-plan"
Json = dict[str, Any]


def claims(resource: Json) -> bool:
    """Whether it says that it is a shared care plan, or a crisis part of one."""
    claimed = resource.get("meta", {}).get("profile", ())
    return any(each.partition("|")[0] == PROFILE for each in claimed)


def said(tree: Json) -> list[Problem]:
    """What is said of the shared care plans of a Bundle, on the days on which they were written."""
    entries = tree.get("entry", ()) if tree["resourceType"] == "Bundle" else ()
    if not any(claims(entry.get("resource", {})) for entry in entries):
        return []
    return [_problem(one, one.expression) for one in findings(tree)]


def problems(resources: Sequence[Json], at: Sequence[str], today: date) -> Iterator[Problem]:
    """The same of one plan among these; `at` is the place of each."""
    document = {"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]}
    for finding in findings(document, today):
        index, _, rest = finding.expression.removeprefix("Bundle.entry[").partition("].resource")
        yield _problem(finding, f"{at[int(index)]}{rest}")


def _problem(finding: Finding, place: str) -> Problem:
    kind = Kind.RULE if finding.severity == "error" else Kind.NOTED
    return Problem(kind, finding.words, place, finding.severity)
