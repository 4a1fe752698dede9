"""What comes along with matches: _include and _revinclude, each through the gate like a match."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.actions.asking.controls import by_reference
from gateway.actions.asking.parts import Inclusion, Part
from gateway.actions.asking.reading import may_name
from gateway.actions.finding import Finding, Seen, names_of
from gateway.fhir.matching import literals
from gateway.fhir.search_parameters import Parameter
from gateway.fhir.types import INTERACTIONS

DEEPEST = 8  # rounds of :iterate
_ANY = Part()


def included(
    finding: Finding, inclusions: Sequence[Inclusion], matches: list[Seen], most: int
) -> tuple[list[Seen], bool]:
    """What comes along, each once and none that matches; and whether there was more than `most`."""
    have = {each.reference for each in matches}
    along: list[Seen] = []
    fresh, asked = matches, list(inclusions)
    for _ in range(DEEPEST):
        new: list[Seen] = []
        for inclusion in asked:
            for each in _brought(finding, inclusion, fresh):
                if each.reference not in have:
                    have.add(each.reference)
                    new.append(each)
        along += sorted(new, key=lambda each: each.reference)
        asked = [each for each in inclusions if each.again]
        if not new or not asked or len(along) > most:
            break
        fresh = new
    return along[:most], len(along) > most


def _brought(finding: Finding, inclusion: Inclusion, seen: list[Seen]) -> Iterable[Seen]:
    if inclusion.reverse:
        return _naming(finding, inclusion, seen)
    return _named(finding, inclusion, seen)


def _named(finding: Finding, inclusion: Inclusion, seen: list[Seen]) -> Iterable[Seen]:
    """What the parameter names."""
    for source in sorted({each.type for each in seen}):
        if inclusion.source not in ("", source):
            continue
        here = [each for each in seen if each.type == source]
        for parameter in _parameters(inclusion, source):
            names = frozenset(name for each in here for name in literals(parameter, each.tree))
            for type_ in _types(finding, inclusion, names, parameter):
                yield from finding.named(type_, names, _ANY)


def _types(
    finding: Finding, inclusion: Inclusion, names: frozenset[str], parameter: Parameter
) -> list[str]:
    """The types named, as far as the token's scopes go."""
    named = {name.partition("/")[0] for name in names if ":" not in name}
    if any(":" in name for name in names):
        named |= parameter.targets
    if inclusion.target:
        named &= {inclusion.target}
    return sorted(each for each in named if _served(finding, each))


def _naming(finding: Finding, inclusion: Inclusion, seen: list[Seen]) -> Iterable[Seen]:
    """What names one of these by the parameter."""
    for type_ in sorted({each.type for each in seen}):
        if inclusion.target not in ("", type_):
            continue
        names = frozenset(name for each in seen if each.type == type_ for name in names_of(each))
        sources = {inclusion.source} if inclusion.source else finding.types_naming(names)
        for source in sorted(each for each in sources if _served(finding, each)):
            for parameter in _parameters(inclusion, source):
                if may_name(parameter, type_):
                    yield from finding.naming(source, parameter, names, _ANY)


def _parameters(inclusion: Inclusion, source: str) -> list[Parameter]:
    return by_reference(source) if inclusion.parameter is None else [inclusion.parameter]


def _served(finding: Finding, type_: str) -> bool:
    """AuditEvents are read by a door of their own."""
    readable = "r" in INTERACTIONS.get(type_, "") and type_ != "AuditEvent"
    return readable and finding.gate.requester.may("r", type_)
