"""The entries of a transaction as steps: what each is to do, and what it refers to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from gateway.actions import creating
from gateway.actions.asking import Asking
from gateway.actions.writing import TOO_LONG, Writing
from gateway.fhir.problem import Kind, Problem, Refused, refuse
from gateway.fhir.references import local, relative, rewritten, walk
from gateway.fhir.types import INTERACTIONS
from gateway.storage import searching
from gateway.storage.resources import Row
from gateway.storage.searching import Page

# Whether a service is unknown or closed is answered with the referral, in its one constant text.
JUDGED_ELSEWHERE = frozenset({"Task.owner", "ServiceRequest.performer[0]"})


@dataclass(frozen=True, slots=True)
class Step:
    """One entry, with the id it will have. `matched` is what a conditional create found instead."""

    index: int
    method: str
    type: str
    id: str
    resource: dict[str, Any]
    full_url: str | None
    if_match: str | None
    matched: Row | None = None

    @property
    def place(self) -> str:
        return f"Bundle.entry[{self.index}]"


def planned(writing: Writing, entries: list[dict[str, Any]]) -> list[Step] | Refused:
    """Each entry as a step: its target, a new id where it creates, what it matched."""
    steps: list[Step] = []
    problems: list[Problem] = []
    conditions: set[tuple[str, str]] = set()
    for index, entry in enumerate(entries):
        if writing.is_late:
            return Refused((TOO_LONG,))
        step = _repeats(conditions, entry["request"]) or _step(writing, index, entry)
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


def _step(writing: Writing, index: int, entry: dict[str, Any]) -> Step | Refused:
    request = entry["request"]
    method, url = request["method"], request["url"]
    type_, _, id_ = url.partition("/")
    letter = {"POST": "c", "PUT": "u"}.get(method)
    if letter is None or letter not in INTERACTIONS.get(type_, ""):
        text = "must be POST of a type, or PUT of Consent or Task, that is served here"
        return refuse(Kind.UNSUPPORTED, text, "request")
    if not writing.requester.may(letter, type_):
        return refuse(Kind.FORBIDDEN, "the token's scopes do not allow this", "request")
    resource = entry.get("resource")
    if resource is None or resource["resourceType"] != type_:
        return refuse(Kind.STRUCTURE, f"must be {type_}, as request.url says", "resource")
    if (method == "POST") == bool(id_) or (method == "PUT" and resource.get("id") != id_):
        return refuse(Kind.VALUE, "must be a type for POST, Type/id for PUT", "request.url")
    matched = None
    if method == "POST":
        id_ = writing.installation.new_id()
        found = conditional(writing, type_, request.get("ifNoneExist"))
        if isinstance(found, Refused):
            return found
        matched = found
    if matched is not None:
        id_ = matched.id
    return Step(
        index,
        method,
        type_,
        id_,
        resource | {"id": id_},
        entry.get("fullUrl"),
        request.get("ifMatch"),
        matched,
    )


def conditional(writing: Writing, type_: str, condition: str | None) -> Row | Refused | None:
    """What a conditional create finds among what the requester's organisation wrote."""
    if condition is None:
        return None
    forbidden = creating.may_not_write(writing.requester, type_)
    if forbidden:
        return Refused(tuple(forbidden))
    query = parse_qsl(condition.partition("?")[2] or condition, keep_blank_values=True)
    if not query or any(name.startswith("_") for name, _ in query):
        return refuse(
            Kind.PARAMETER,
            "must be a search such as identifier=system|value",
            "request.ifNoneExist",
        )
    asking = Asking(writing.installation, writing.connection, writing.requester)
    criteria = asking.own(type_, query)
    if isinstance(criteria, Refused):
        return criteria
    rows = searching.rows(writing.connection, criteria, writing.own(criteria), Page(None, 2))
    if len(rows) > 1:
        return refuse(Kind.MULTIPLE, "matches more than one resource", "request.ifNoneExist")
    return writing.named(rows[0]) if rows else None


def linked(writing: Writing, steps: list[Step]) -> list[Step] | Refused:
    """References between the entries become references to the ids they will have."""
    base = writing.installation.base_url + "/fhir"
    targets = {relative(s.full_url, base): f"{s.type}/{s.id}" for s in steps if s.full_url}
    coming = {f"{step.type}/{step.id}" for step in steps}
    problems: list[Problem] = []
    joined = []
    for step in steps:
        resource = rewritten(step.resource, targets)
        for path, reference in walk(resource):
            if path not in JUDGED_ELSEWHERE and not _resolves(
                writing, coming, reference.get("reference")
            ):
                text = "must be in this transaction, or here already and visible to you"
                place = f"{step.place}.resource.{path.partition('.')[2]}.reference"
                problems.append(Problem(Kind.RULE, text, place))
        joined.append(replace(step, resource=resource))
    return Refused(tuple(problems)) if problems else joined


def _resolves(writing: Writing, coming: set[str], reference: str | None) -> bool:
    if reference is None or reference.startswith("#"):
        return True
    if reference in coming:
        return True
    key = local(reference)
    if key is None:
        return not reference.startswith("urn:uuid:") and "?" not in reference
    if key[0] == "Patient":
        return True  # judged with the resource, in one constant text
    return writing.sees(reference) is not None


def at_place(place: str, refused: Refused, type_: str = "") -> list[Problem]:
    """The problems of one entry, each with its place in the Bundle."""
    found = []
    for problem in refused.problems:
        inner = problem.expression.removeprefix(f"{type_}.") if type_ else problem.expression
        inner = "" if inner == type_ else inner
        expression = f"{place}.{inner}" if inner else place
        found.append(Problem(problem.kind, problem.diagnostics, expression))
    return found
