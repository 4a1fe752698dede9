"""Consent/$decide: its Parameters as a question, and verdicts as Parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from consent.asking import MEMBERS, Asked, Held, consents_in, request_of, unbundled
from consent.calculating import Question
from consent.policy import Policy, PolicyError, read_policy
from consent.rules import Fault
from gateway.fhir import strict_json
from gateway.fhir.parameters import Json, Members, Named, listed, members, parts
from gateway.fhir.problem import Kind, Problem, Refused

NAMES = ("consents", "request", "resource", "context", "policy")
MOST_RESOURCES = 1000
MOST_PROVISIONS = 10_000
_ALSO = {"consent": "consents", "resources": "resource"}  # one or many: both are said
_RESOURCES: Mapping[str, Callable[[Mapping[str, Any], str], Iterator[Held | Fault]]] = {
    "consents": consents_in,
    "resource": unbundled,
    "context": unbundled,
}
_POLICY_LISTS = ("base.purposes", "agreements", "ceiling")
_CODES = dict.fromkeys(("decision", "strength", "criteria"), "valueCode")


@dataclass(slots=True)
class _Read:
    """What has been read so far, and everything that was wrong."""

    limits: strict_json.Limits
    held: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    once: dict[str, Named] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, place: str, right: str, kind: Kind = Kind.PARAMETER) -> None:
        self.problems.append(Problem(kind, right, place))


def question_of(tree: Json, limits: strict_json.Limits, now: datetime) -> Question | Refused:
    """The question that Parameters ask; or everything that is wrong with them."""
    if tree.get("resourceType") != "Parameters":
        right = "must be Parameters with consents, request, resource, context and policy"
        return Refused((Problem(Kind.STRUCTURE, right, "resourceType"),))
    read = _Read(limits)
    for parameter in listed(tree, "parameter", "Parameters"):
        _take(read, parameter)
    asked, policy = _asked(read, now), _policy(read)
    _bound(read)
    if read.problems or asked is None or policy is None:
        return Refused(tuple(read.problems))
    return Question(
        request=asked.request,
        consents=read.held.get("consents", []),
        resources=read.held.get("resource", []),
        context=read.held.get("context"),
        policy=policy,
        now=asked.at,
    )


def _take(read: _Read, parameter: Named) -> None:
    name = _ALSO.get(parameter.name, parameter.name)
    if name not in NAMES:
        read.wrong(f"{parameter.place}.name", f"must be one of {', '.join(NAMES)}")
    elif name in _RESOURCES:
        _hold(read, name, parameter)
    elif name in read.once:
        read.wrong(parameter.place, f"{name} must be given once")
    else:
        read.once[name] = parameter


def _hold(read: _Read, name: str, parameter: Named) -> None:
    resource = parameter.json.get("resource")
    place = f"{parameter.place}.resource"
    held = read.held.setdefault(name, [])
    if not isinstance(resource, dict):
        read.wrong(place, "must be a resource", Kind.REQUIRED)
        return
    for found in _RESOURCES[name](resource, place):
        if isinstance(found, Fault):
            read.wrong(found.expression, found.diagnostics, Kind.STRUCTURE)
        else:
            held.append(found.resource)


def _bound(read: _Read) -> None:
    """No more than can be judged in the time of a request, whatever it is."""
    if sum(map(len, read.held.values())) > MOST_RESOURCES:
        read.wrong("Parameters", f"must hold at most {MOST_RESOURCES} resources", Kind.TOO_LARGE)
    stated = sum(map(_provisions, read.held.get("consents", ())))
    if stated > MOST_PROVISIONS:
        right = f"must hold at most {MOST_PROVISIONS} provisions, each named record counted as ten"
        read.wrong("Parameters", right, Kind.TOO_LARGE)


def _provisions(node: Any) -> int:
    """How many provisions are beneath a Consent or provision, each record named there as ten."""
    if not isinstance(node, Mapping):
        return 0
    beneath, named = node.get("provision", []), node.get("data", [])
    inner = beneath if isinstance(beneath, list) else [beneath]
    records = 10 * len(named) if isinstance(named, list) else 0
    return len(inner) + records + sum(map(_provisions, inner))


def _asked(read: _Read, now: datetime) -> Asked | None:
    given = read.once.get("request")
    if given is None:
        right = "must hold a request: its parts are " + ", ".join(MEMBERS)
        read.wrong("Parameters.parameter", right, Kind.REQUIRED)
        return None
    stated = _members(read, given, (), ())
    found = request_of(stated.values, now) if stated is not None else ()
    if isinstance(found, Asked):
        return found
    for fault in found:
        place = stated.places.get(fault.expression, given.place) if stated else given.place
        read.wrong(place, f"{fault.expression} {fault.diagnostics}", Kind.VALUE)
    return None


def _policy(read: _Read) -> Policy | None:
    given = read.once.get("policy")
    if given is None:
        return Policy()
    stated = _members(read, given, _POLICY_LISTS, ("ceiling",))
    if stated is None:
        return None
    if stated.values.get("agreements") == ["all"]:
        stated.values["agreements"] = "all"
    try:
        return read_policy(stated.values)
    except PolicyError as error:
        named = str(error).partition(" ")[0].removeprefix("policy.")
        read.wrong(stated.places.get(named, given.place), str(error), Kind.VALUE)
        return None


def _members(
    read: _Read, given: Named, lists: tuple[str, ...], codings: tuple[str, ...]
) -> Members | None:
    """Its parts; or the JSON object in its valueString, as the command takes it."""
    text = given.json.get("valueString")
    if not isinstance(text, str):
        return members(given, lists, codings)
    found = strict_json.parse(text.encode("utf-8"), read.limits)
    if isinstance(found, dict):
        place = f"{given.place}.value"
        return Members(found, dict.fromkeys(found, place))
    read.wrong(f"{given.place}.value", found[0].diagnostics, Kind.SYNTAX)
    return None


def verdicts(told: Iterable[Mapping[str, Any]]) -> Json:
    """The Parameters of these verdicts, each as the command prints it."""
    listed_ = [{"name": "verdict", "part": parts(one, _CODES)} for one in told]
    return {"resourceType": "Parameters", "parameter": listed_}


def verdicts_in(tree: Mapping[str, Any]) -> list[Json]:
    """The verdicts that such Parameters hold, each as the command prints it."""
    lists = ("reasons", "reasons.criteria")
    found = [
        members(one, lists).values
        for one in listed(tree, "parameter", "Parameters")
        if one.name == "verdict"
    ]
    for reason in (each for one in found for each in one.get("reasons", ())):
        reason.setdefault("criteria", [])
    return [{"resource": None, "reasons": []} | one for one in found]
