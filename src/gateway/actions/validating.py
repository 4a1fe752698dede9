"""$validate: what would be said of a resource if it were sent, without sending it.

Nothing is stored and nothing stored is looked at: the answer never tells what is held here.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from gateway.actions.answer import Answer
from gateway.actions.bundling import Bundles
from gateway.actions.found import Found
from gateway.actions.receiving import parsed
from gateway.actions.recording import recorded
from gateway.actions.served import SCOPE
from gateway.actions.serving import LARGE
from gateway.auth.requester import Requester
from gateway.fhir import validation
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.types import PERSONAL
from gateway.fhir.verdict import of_tree, outcome

MODES = ("create", "update", "delete", "profile")
_VALUES = ("valueCode", "valueString", "valueUri", "valueCanonical", "valueUrl")


@dataclass(frozen=True, slots=True)
class Asked:
    """What $validate is asked: of which type and id, for what, and by which profile besides."""

    type: str
    id: str | None = None
    mode: str | None = None
    profile: str | None = None


class Validating(Bundles):
    """The operation $validate, of a type and of an instance."""

    async def validate(self, requester: Requester, asked: Asked, body: bytes) -> Answer:
        """200 with an OperationOutcome, whatever the resource is like."""
        request = self._request(requester, "operation", f"{asked.type}/$validate")
        if not any(requester.may(letter, asked.type) for letter in "cruds"):
            return await self._refuse(request, Problem(Kind.FORBIDDEN, SCOPE, asked.type))
        found = (
            await asyncio.to_thread(self._problems, asked, body)
            if len(body) > LARGE
            else self._problems(asked, body)
        )
        answer = Answer(200, encode(outcome(found)))
        if asked.type not in PERSONAL:
            return answer
        return await self._recorded(answer, recorded(request, Found(answer)))

    def _problems(self, asked: Asked, body: bytes) -> list[Problem]:
        if not body and asked.mode == "delete":
            return _problems_of(asked, None)
        tree = parsed(self.installation, body)
        if isinstance(tree, Refused):
            return list(tree.problems)
        if tree.get("resourceType") != "Parameters":
            return _problems_of(asked, tree)
        named = _named(tree)
        if isinstance(named, Refused):
            return list(named.problems)
        resource = named.pop("resource", None)
        mode, profile = named.get("mode", asked.mode), named.get("profile", asked.profile)
        return _problems_of(Asked(asked.type, asked.id, mode, profile), resource)


def _named(tree: dict[str, Any]) -> dict[str, Any] | Refused:
    """The parameters by name; or which is none of this operation's."""
    listed = tree.get("parameter")
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for index, each in enumerate(listed if isinstance(listed, list) else ()):
        name = each.get("name") if isinstance(each, dict) else None
        value = _value(each, name) if name in ("resource", "mode", "profile") else None
        if value is None or name in found:
            words = "must be resource, mode (a code) or profile (an address), each once"
            problems.append(Problem(Kind.PARAMETER, words, f"Parameters.parameter[{index}]"))
        else:
            found[str(name)] = value
    return Refused(tuple(problems)) if problems else found


def _value(parameter: dict[str, Any], name: str) -> Any:
    if name == "resource":
        return parameter.get("resource")
    stated = next((parameter[key] for key in _VALUES if key in parameter), None)
    return stated if isinstance(stated, str) else None


def _problems_of(asked: Asked, resource: Any) -> list[Problem]:
    """What is wrong with the question, or else with the resource."""
    if asked.mode is not None and asked.mode not in MODES:
        return [Problem(Kind.PARAMETER, f"must be one of {', '.join(MODES)}", "mode")]
    if asked.mode == "profile" and asked.profile is None:
        return [Problem(Kind.PARAMETER, "is required with mode profile", "profile")]
    if asked.mode == "delete" and resource is None:
        return []  # whether something may be deleted is said to who deletes it
    if not isinstance(resource, dict):
        return [Problem(Kind.REQUIRED, "a resource is required", "resource")]
    found = of_tree(resource, asked.profile)
    return found + ([] if validation.has_errors(found) else _misplaced(asked, resource))


def _misplaced(asked: Asked, resource: dict[str, Any]) -> list[Problem]:
    """Whether the resource is of the type and id that the address names."""
    if resource["resourceType"] != asked.type:
        words = f"must be {asked.type}, as the address says"
        return [Problem(Kind.STRUCTURE, words, "resourceType")]
    if asked.id is not None and asked.mode != "create" and resource.get("id") != asked.id:
        words = "must be the id that the address names"
        return [Problem(Kind.VALUE, words, f"{asked.type}.id")]
    return []
