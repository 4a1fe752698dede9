"""The entries of a transaction as steps: what each is to do, and what it refers to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from gateway.actions import conditions, served
from gateway.actions.addressing import NO_PATCH, UNSUITABLE, Address, addressed
from gateway.actions.looking import ABSENT
from gateway.actions.writing import TOO_LONG, Writing
from gateway.fhir.problem import Kind, Problem, Refused, refuse
from gateway.fhir.types import HELD
from gateway.storage.resources import Row

ANOTHER_ID = "must be the id of what is found, or absent"


@dataclass(frozen=True, slots=True)
class Step:
    """One entry, with the id it will have. `matched` is what its condition found; `id` is empty
    where nothing is meant."""

    index: int
    method: str
    address: Address
    id: str
    resource: dict[str, Any]
    full_url: str | None
    request: dict[str, Any]
    matched: Row | None = None

    @property
    def type(self) -> str:
        return self.address.type

    @property
    def place(self) -> str:
        return f"Bundle.entry[{self.index}]"


def planned(writing: Writing, entries: list[dict[str, Any]]) -> list[Step] | Refused:
    """Each entry as a step: its target, a new id where it creates, what it matched."""
    steps: list[Step] = []
    problems: list[Problem] = []
    met: set[tuple[str, str]] = set()
    unmet = conditions.unmet(writing, _conditions_in(entries))
    for index, entry in enumerate(entries):
        if writing.is_late:
            return Refused((TOO_LONG,))
        step = _repeats(met, entry["request"]) or _step(writing, index, entry, unmet)
        if not isinstance(step, Refused):
            step = _touched(met, step) or step
        if isinstance(step, Refused):
            problems += at_place(f"Bundle.entry[{index}]", step)
        else:
            steps.append(step)
    return Refused(tuple(problems)) if problems else steps


def _repeats(conditions: set[tuple[str, str]], request: dict[str, Any]) -> Refused | None:
    """A condition that an entry before has too: which of the two is stored could not be said."""
    asked = (request["url"], request.get("ifNoneExist", ""))
    if asked in conditions:
        text = "must not be the condition of another entry; send the resource once"
        return refuse(Kind.RULE, text, "request.ifNoneExist")
    conditions |= {asked} if asked[1] else set()
    return None


def _touched(met: set[tuple[str, str]], step: Step) -> Refused | None:
    """A resource that an entry before changes too, found by a condition perhaps."""
    target = (step.type, step.id)
    if step.method not in ("PUT", "DELETE") or not step.id:
        return None
    if target in met:
        return refuse(Kind.RULE, "a transaction may touch a resource once", "request.url")
    met.add(target)
    return None


def _conditions_in(entries: list[dict[str, Any]]) -> Iterator[conditions.Asked]:
    for request in (entry["request"] for entry in entries):
        if request["method"] == "POST" and "ifNoneExist" in request and request["url"] in HELD:
            yield request["url"], request["ifNoneExist"]


def _step(
    writing: Writing, index: int, entry: dict[str, Any], unmet: frozenset[conditions.Asked]
) -> Step | Refused:
    request = entry["request"]
    method, url = request["method"], request["url"]
    address = addressed(url, f"{writing.installation.base_url}/fhir")
    if method == "PATCH":
        return refuse(Kind.UNSUPPORTED, NO_PATCH, "request.method")
    if address is None or not address.suits(method):
        return refuse(Kind.UNSUPPORTED, UNSUITABLE, "request.url")
    asked = _INTERACTIONS.get(method) or served.reading(address)
    problem = served.refusal(writing.requester, asked, address.type)
    if problem is not None:
        return Refused((replace(problem, expression="request"),))
    resource = entry.get("resource", {})
    if method in ("POST", "PUT") and resource.get("resourceType") != address.type:
        return refuse(Kind.STRUCTURE, f"must be {address.type}, as request.url says", "resource")
    step = Step(index, method, address, address.id or "", resource, entry.get("fullUrl"), request)
    return step if method in ("GET", "HEAD") else _aimed(writing, step, unmet)


_INTERACTIONS = {"POST": served.CREATE, "PUT": served.UPDATE, "DELETE": served.DELETE}


def _aimed(writing: Writing, step: Step, unmet: frozenset[conditions.Asked]) -> Step | Refused:
    """The step with the id of what it creates, or of what its condition means."""
    match step.method:
        case "POST" if (step.type, step.request.get("ifNoneExist")) in unmet:
            found = None
        case "POST":
            found = conditional(writing, step.type, step.request.get("ifNoneExist"))
        case _ if step.address.query:
            found = conditions.matched(writing, step.type, step.address.query, "request.url")
        case _:
            found = None
            if step.method == "PUT" and step.resource.get("id") != step.id:
                return refuse(Kind.VALUE, "must be the id in request.url", "resource.id")
    if isinstance(found, Refused):
        return found
    return _identified(writing, step, found)


def _identified(writing: Writing, step: Step, found: Row | None) -> Step | Refused:
    id_, sent = step.id, step.resource.get("id")
    if step.method == "PUT" and step.address.query:
        if found is None and sent is not None:
            return Refused((ABSENT,))  # ids are given here: no update creates under the client's
        if found is not None and sent not in (None, found.id):
            return refuse(Kind.VALUE, ANOTHER_ID, "resource.id")
    if found is not None:
        id_ = found.id
    elif not id_ and step.method != "DELETE":
        id_ = writing.installation.new_id()
    resource = step.resource | {"id": id_} if step.resource else step.resource
    return replace(step, id=id_, resource=resource, matched=found)


def conditional(writing: Writing, type_: str, condition: str | None) -> Row | Refused | None:
    """What a conditional create finds among what the requester's organisation wrote."""
    if condition is None:
        return None
    query = conditions.query_of(condition)
    found = conditions.matched(writing, type_, query, "request.ifNoneExist")
    return writing.named(found) if isinstance(found, Row) else found


def at_place(place: str, refused: Refused, type_: str = "") -> list[Problem]:
    """The problems of one entry, each with its place in the Bundle."""
    found = []
    for problem in refused.problems:
        inner = problem.expression.removeprefix(f"{type_}.") if type_ else problem.expression
        inner = "" if inner == type_ else inner
        expression = f"{place}.{inner}" if inner else place
        found.append(Problem(problem.kind, problem.diagnostics, expression))
    return found
