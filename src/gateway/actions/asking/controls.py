"""What a query says of its answer rather than of its matches: _count, _sort, _include and kin."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.actions.asking.parts import Inclusion, Ranked, Shown
from gateway.actions.asking.reading import may_name
from gateway.fhir.problem import Kind, Problem
from gateway.fhir.search_parameters import Parameter, parameters
from gateway.fhir.shapes import TYPES
from gateway.fhir.types import INTERACTIONS

IGNORED = ("_format", "_pretty")
NAMES = (
    *("_count", "_cursor", "_elements", "_include", "_include:iterate", "_revinclude"),
    *("_revinclude:iterate", "_sort", "_summary", "_total", "_contained", "_containedType"),
)
SUMMARIES = ("true", "text", "data", "count", "false")
SORTABLE = ("date", "token", "string", "uri", "number", "quantity")
ONCE = frozenset({"_count", "_cursor", "_sort", "_summary", "_total", "_elements", "_contained"})
MOST_SORTED = 5


@dataclass(slots=True)
class Controls:
    """What has been said so far."""

    count: int | None = None
    cursor: str = ""
    order: tuple[Ranked, ...] = ()
    inclusions: list[Inclusion] = field(default_factory=list)
    summary: str = ""
    elements: frozenset[str] = frozenset()
    total: bool = True

    @property
    def shown(self) -> Shown:
        summary = "" if self.summary in ("false", "count") else self.summary
        return Shown(summary, self.elements)


def read_control(controls: Controls, type_: str, name: str, value: str) -> Problem | None:
    """Take one control in; the problem where it is none."""
    match name:
        case "_count":
            if not (value.isascii() and value.isdigit() and len(value) < 10):
                return Problem(Kind.PARAMETER, "must be a whole number, 0 or more", name)
            controls.count = int(value)
        case "_cursor":
            controls.cursor = value
        case "_total":
            if value not in ("none", "estimate", "accurate"):
                return Problem(Kind.PARAMETER, "must be none, estimate or accurate", name)
            controls.total = value != "none"
        case "_summary":
            if value not in SUMMARIES:
                return Problem(Kind.PARAMETER, f"must be {', '.join(SUMMARIES)}", name)
            controls.summary = value
        case "_contained":
            if value != "false":
                return Problem(Kind.PARAMETER, "must be false: nothing contained is found", name)
        case "_containedType":
            if value not in ("container", "contained"):
                return Problem(Kind.PARAMETER, "must be container or contained", name)
        case "_elements":
            return _elements(controls, type_, value)
        case "_sort":
            return _sort(controls, type_, value)
        case _:
            return _include(controls, type_, name, value)
    return None


def conflicts(controls: Controls) -> list[Problem]:
    """Controls that cannot stand together."""
    found = []
    if controls.elements and controls.summary not in ("", "false"):
        found.append(Problem(Kind.PARAMETER, "must not stand beside _summary", "_elements"))
    if controls.inclusions and controls.summary == "text":
        found.append(Problem(Kind.PARAMETER, "must not be text beside _include", "_summary"))
    return found


def _elements(controls: Controls, type_: str, value: str) -> Problem | None:
    named = [each.strip().removeprefix(f"{type_}.") for each in value.split(",")]
    if not all(each.isascii() and each.replace(".", "").isalnum() for each in named):
        return Problem(Kind.PARAMETER, "must be names of elements with commas", "_elements")
    controls.elements = frozenset(each.partition(".")[0] for each in named)
    return None


def _sort(controls: Controls, type_: str, value: str) -> Problem | None:
    known = parameters(type_)
    order = []
    for each in value.split(","):
        parameter = known.get(each.removeprefix("-"))
        if parameter is None or parameter.kind not in SORTABLE:
            names = ", ".join(sorted(n for n, p in known.items() if p.kind in SORTABLE))
            text = f"must be of {names}, each with - before it to go down"
            return Problem(Kind.PARAMETER, text, "_sort")
        order.append(Ranked(parameter, each.startswith("-")))
    if len(order) > MOST_SORTED:
        return Problem(Kind.PARAMETER, f"may name {MOST_SORTED} at most", "_sort")
    controls.order = tuple(order)
    return None


def _include(controls: Controls, type_: str, name: str, value: str) -> Problem | None:
    """_include=Type:parameter[:Target], _revinclude, either with :iterate; * is everything."""
    kind, _, again = name.partition(":")
    reverse = kind == "_revinclude"
    source, _, rest = value.partition(":")
    by, _, target = rest.partition(":")
    anything = source == "*" and not rest
    parameter = None if anything or by == "*" else parameters(source).get(by)
    inclusion = Inclusion("" if anything else source, parameter, target, reverse, bool(again))
    fault = "" if anything else _fault(inclusion, type_, by)
    if fault:
        return Problem(Kind.PARAMETER, fault, name)
    controls.inclusions.append(inclusion)
    return None


def _fault(inclusion: Inclusion, type_: str, by: str) -> str:
    source, parameter, target = inclusion.source, inclusion.parameter, inclusion.target
    if source not in TYPES or "s" not in INTERACTIONS.get(source, "") or source == "AuditEvent":
        return "must be Type:parameter, or Type:parameter:Target, of types that are served"
    if by != "*" and (parameter is None or parameter.kind != "reference"):
        return f"must name a reference parameter: {source} has {', '.join(_references(source))}"
    if target and (target not in TYPES or (parameter and not may_name(parameter, target))):
        return "must end with a type that the parameter may name"
    if inclusion.again:
        return ""
    if not inclusion.reverse and source != type_:
        return f"must start with {type_}, or be _include:iterate"
    if inclusion.reverse and (
        (parameter is not None and not may_name(parameter, type_)) or target not in ("", type_)
    ):
        return f"must name a parameter that may name {type_}, or be _revinclude:iterate"
    return ""


def _references(type_: str) -> list[str]:
    return sorted(name for name, each in parameters(type_).items() if each.kind == "reference")


def by_reference(type_: str) -> list[Parameter]:
    """Every reference parameter of a type."""
    return [parameters(type_)[name] for name in _references(type_)]
