"""Answers and scores on the way in: a score is computed, never believed, however it comes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.actions.releasing import whole
from gateway.actions.writing import Writing
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.storage import searching
from gateway.storage.conditions import HasToken
from gateway.storage.predicate_sql import ALWAYS
from gateway.storage.searching import ALL, Criteria, Page
from mappings.checking import check_response, check_scores

Json = dict[str, Any]
SCORING = ("QuestionnaireResponse", "Observation")
OUTDATED = "a score was made of the answers before, and must be sent again"


def wrong(writing: Writing, resource: Json) -> Refused | None:
    """What a response says against our own Questionnaire, or a score against the response that it
    is made from; None where nothing is wrong, or the type is neither."""
    match resource["resourceType"]:
        case "QuestionnaireResponse":
            found = check_response(resource)
        case "Observation" if "derivedFrom" in resource:
            found = [each for one in _sources(writing, resource) for each in _held(one, resource)]
        case _:
            return None
    return Refused(tuple(Problem(Kind.RULE, why, where) for where, why in found)) if found else None


def _held(response: Json, score: Json) -> list[tuple[str, str]]:
    return check_scores(response, {"Observation": score})


def _sources(writing: Writing, score: Json) -> list[Json]:
    """The responses that the writer's organisation stored before this request, and the score says
    it is made from; those of this request were held against it with all the others."""
    named = (str(one.get("reference", "")) for one in score["derivedFrom"])
    asked = {one for one in named if one.startswith("QuestionnaireResponse/")} - writing.scored
    rows = [writing.sees(one) for one in sorted(asked)]
    resources = writing.installation.resources
    return [
        whole(row, resources.opened(row))
        for row in rows
        if row is not None and row.author == writing.organization
    ]


def outdated(writing: Writing, response: Json) -> Iterator[Problem]:
    """The scores of its author's own that were made of the answers before, and are no longer what
    these make: said beside the answer, so that they are sent again."""
    criteria = Criteria(
        "Observation",
        conditions=(HasToken("derived-from", (f"QuestionnaireResponse/{response['id']}",)),),
        author=writing.organization,
    )
    resources = writing.installation.resources
    for row in searching.rows(writing.connection, criteria, ALWAYS, Page(None, ALL)):
        if row.reference in writing.scored:
            continue  # sent along, and held against these answers
        if check_scores(response, {"Observation": whole(row, resources.opened(row))}):
            yield Problem(
                Kind.NOTED, f"{OUTDATED}: {row.reference}", "QuestionnaireResponse.item", "warning"
            )
