"""One parameter of a query, with its modifier, chain or _has, as a part of a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gateway.actions.asking.indexes import narrowed
from gateway.actions.asking.parts import Chained, Part, Referred
from gateway.actions.asking.people import People
from gateway.actions.asking.values import MODIFIERS, Values
from gateway.auth.requester import Requester
from gateway.fhir.implied_systems import without_implied
from gateway.fhir.matching import Test
from gateway.fhir.problem import Kind, Problem
from gateway.fhir.search_parameters import Parameter, parameters
from gateway.fhir.search_values import Named, Token, Value
from gateway.fhir.shapes import TYPES
from gateway.fhir.types import INTERACTIONS
from gateway.storage.resources import Resources

HAS = "_has:"
DEEPEST = 5  # hops of one parameter
# Which of some references the requester may see; None: all, for it asks of its own.
Sees = Callable[[frozenset[str]], frozenset[str]]


class Reading:
    """Reads the parameters of one requester's query."""

    def __init__(
        self,
        values: Values,
        people: People,
        resources: Resources,
        requester: Requester,
        sees: Sees | None,
    ) -> None:
        self._values = values
        self._people = people
        self._resources = resources
        self._requester = requester
        self._sees = sees

    def part(self, type_: str, name: str, value: str, hops: int = 0) -> Part | Problem:
        """The part that one parameter asks for, or what would be right."""
        if hops > DEEPEST:
            return Problem(Kind.PARAMETER, f"may have {DEEPEST} steps at most", name[:64])
        if name.startswith(HAS):
            return self._referred(type_, name, value, hops)
        head, _, rest = name.partition(".")
        base, _, modifier = head.partition(":")
        parameter = parameters(type_).get(base)
        if parameter is None or parameter.kind not in MODIFIERS:
            return unknown(type_, name)
        if rest:
            return self._chained(parameter, modifier, rest, value, hops)
        return self._tested(type_, parameter, modifier, value, name)

    def _tested(
        self, type_: str, parameter: Parameter, modifier: str, value: str, name: str
    ) -> Part | Problem:
        read = self._values.read(parameter, modifier, value, name[:64])
        if isinstance(read, Problem):
            return read
        if parameter.kind == "reference" and modifier in TYPES:
            modifier = ""
        meant = tuple(self._meant(type_, parameter, each) for each in together(read))
        test = Test(parameter, modifier, meant)
        me = self._people.organization
        condition, certain = narrowed(type_, test, self._resources, me, self._sees)
        return Part(condition, None if certain else test)

    def _meant(self, type_: str, parameter: Parameter, value: Value) -> Value:
        """The value as it is kept: each Patient of a person, a code without an implied system."""
        match value:
            case Named(literals, url):
                return Named(self._people.spoken_of(literals), url)
            case Token() if parameter.kind == "token":
                return without_implied(type_, parameter, value)
            case _:
                return value

    def _chained(
        self, parameter: Parameter, type_: str, rest: str, value: str, hops: int
    ) -> Part | Problem:
        """A step along a reference, to each type that has the rest of the chain."""
        named = f"{parameter.name}.{rest}"[:64]
        targets = parameter.targets or TYPES
        if parameter.kind != "reference" or (type_ and type_ not in targets):
            return Problem(Kind.PARAMETER, "must be a reference, and a type it may name", named)
        ways: list[tuple[str, Part]] = []
        problems: list[Problem] = []
        for target in sorted({type_} if type_ else targets):
            found = self._within(target, rest, value, hops)
            if isinstance(found, Problem):
                problems.append(found)
            else:
                ways.append((target, found))
        if ways:
            return Part(clause=Chained(parameter, tuple(ways)))
        telling = [each for each in problems if each.kind is not Kind.UNSUPPORTED]
        return (telling or problems)[0]

    def _referred(self, type_: str, name: str, value: str, hops: int) -> Part | Problem:
        """_has:Type:reference:parameter"""
        parts = name.removeprefix(HAS).split(":", 2)
        if len(parts) < 3:
            return Problem(Kind.PARAMETER, "must be _has:Type:reference:parameter", name[:64])
        source, by, rest = parts
        parameter = parameters(source).get(by)
        if parameter is None or parameter.kind != "reference" or not may_name(parameter, type_):
            text = f"must name a reference parameter of that type which may name {type_}"
            return Problem(Kind.PARAMETER, text, name[:64])
        found = self._within(source, rest, value, hops)
        if isinstance(found, Problem):
            return found
        return Part(clause=Referred(source, parameter, found))

    def _within(self, type_: str, name: str, value: str, hops: int) -> Part | Problem:
        if "s" not in INTERACTIONS.get(type_, "") or type_ == "AuditEvent":
            return Problem(Kind.UNSUPPORTED, "goes through a type that is not served", name[:64])
        if not self._requester.may("s", type_):
            text = f"the token's scopes do not allow searches of {type_}"
            return Problem(Kind.FORBIDDEN, text, name[:64])
        return self.part(type_, name, value, hops + 1)


def together(values: Iterable[Value]) -> tuple[Value, ...]:
    """The same alternatives, with all that name resources by their ids as one: whom they mean, and
    what of it may be seen, is then looked up once and not for each."""
    named: list[Named] = []
    others: list[Value] = []
    for value in values:
        if isinstance(value, Named) and not value.url:
            named.append(value)
        else:
            others.append(value)
    if not named:
        return tuple(others)
    return (*others, Named(frozenset().union(*(each.literals for each in named))))


def may_name(parameter: Parameter, type_: str) -> bool:
    return not parameter.targets or type_ in parameter.targets


def unknown(type_: str, name: str) -> Problem:
    known = ", ".join(sorted(n for n, p in parameters(type_).items() if p.kind in MODIFIERS))
    text = f"is no search parameter that is served; {type_} knows {known}"
    return Problem(Kind.UNSUPPORTED, text, name[:64])
