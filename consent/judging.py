"""Judges what a resource asks or is about, element by element, by R4's own element types.

Every CodeableConcept and Coding must be known to a rule, or come from a system that says nothing
of the topic. Answers are passed over, unless they are free text. Everything that R4 calls a
string, markdown or bytes is free text, unless the rules list it as harmless.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import fhir_profiles
from consent.elements import at
from consent.label_rules import Instrument, Rule, Rules

_PEOPLE = frozenset({"Patient", "Person", "RelatedPerson"})
_TEXT = frozenset({"string", "markdown", "base64Binary", "xhtml"})


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one rule says. `judged` is true where the rule knew what was asked."""

    rule: str
    topics: int = 0
    level: int = 0
    pending: bool = False
    ceiling: bool = False
    judged: bool = False


def judgements(resource: Mapping[str, Any], table: Rules) -> Iterator[Judgement]:
    """What the rules say of the resource's own content, contained resources included."""
    kind = str(resource.get("resourceType"))
    if kind in table.without_content:
        return
    if kind in table.never_judged or kind not in _types():
        yield _pending(table, "type-not-judged")
        return
    instrument = table.instrument(resource)
    if instrument is not None:
        yield _by(instrument.rule)
    judge = _Judge(table, fhir_profiles.load(f"structure/{kind}.json"), instrument)
    yield from judge.element(kind, resource)


@dataclass(frozen=True, slots=True)
class _Judge:
    table: Rules
    shapes: Mapping[str, Any]
    instrument: Instrument | None

    def element(self, owner: str, node: Mapping[str, Any]) -> Iterator[Judgement]:
        shape = self.shapes.get(owner) or _datatypes().get(owner, {})
        if owner == "QuestionnaireResponse.item" and "answer" in node and not self._asks(node):
            yield _pending(self.table, "item-unknown")
        for name, value in node.items():
            if name == "resourceType":
                continue
            where = f"{owner}.{name}"
            kind = "Element" if name.startswith("_") else shape.get(name, {}).get("type")
            for item in value if isinstance(value, list) else (value,):
                if kind is None:
                    yield _pending(self.table, "element-unknown")
                elif where == "QuestionnaireResponse.item.answer":
                    yield from self._answer(node, item)
                else:
                    yield from self._value(kind, where, item)

    def _value(self, kind: str, where: str, item: Any) -> Iterator[Judgement]:
        table = self.table
        if where in table.not_free_text or item is None:
            return
        if kind in table.skipped_types:
            yield from self._extensions_of(item)
            return
        if kind in table.opaque_types or kind in _TEXT or where.endswith(".modifierExtension"):
            yield _pending(table, "free-text")
        elif not isinstance(item, dict):
            return
        elif kind == "CodeableConcept":
            yield from self._concept(where, item)
        elif kind == "Coding":
            yield from self._concept(where, {"coding": [item]})
        elif kind == "Extension":
            yield from self._extension(item)
        elif kind == "Resource":
            yield from self._contained(item)
        elif kind == "Reference" and item.keys() <= {"id", "display", "type"}:
            yield _pending(table, "free-text")
        else:
            yield from self.element(kind, item)

    def _contained(self, resource: Mapping[str, Any]) -> Iterator[Judgement]:
        """Also one that alone has no content, such as a practitioner, may bring words along; and
        a person contained is one whose consents nobody can find."""
        kind = str(resource.get("resourceType"))
        if kind not in self.table.without_content:
            yield from judgements(resource, self.table)
        elif kind in _PEOPLE or kind not in _types():
            yield _pending(self.table, "type-not-judged")
        else:
            judge = _Judge(self.table, fhir_profiles.load(f"structure/{kind}.json"), None)
            yield from judge.element(kind, resource)

    def _concept(self, where: str, concept: Mapping[str, Any]) -> Iterator[Judgement]:
        """A concept is judged where any of its codings is known: the others translate it."""
        codings = [one for one in at(concept, "coding") if isinstance(one, dict) and "code" in one]
        if not codings:
            yield _pending(self.table, "free-text")
            return
        yield from self._extensions_of(concept, *codings)
        if where in self.table.answers:
            return
        known = [
            rule
            for one in codings
            if (rule := self.table.coded(str(one.get("system", "")), str(one["code"])))
        ]
        yield from map(_by, known)
        if not known and not any(
            one.get("system") in self.table.neutral_systems for one in codings
        ):
            yield _pending(self.table, "code-unknown")

    def _extensions_of(self, *nodes: Mapping[str, Any]) -> Iterator[Judgement]:
        for node in nodes:
            for extension in at(node, "extension"):
                yield from self._value("Extension", "Element.extension", extension)

    def _extension(self, extension: Mapping[str, Any]) -> Iterator[Judgement]:
        """Ours and listed ones are read like elements; of others nobody knows what they say."""
        url = str(extension.get("url", ""))
        if url not in self.table.harmless_extensions and not url.startswith(
            self.table.own_extensions
        ):
            yield _pending(self.table, "extension-unknown")
            return
        yield from self.element("Extension", extension)

    def _answer(self, item: Mapping[str, Any], answer: Any) -> Iterator[Judgement]:
        """An answer in words that the instrument's rule covers is an answer like any other."""
        covered = self.instrument is not None and item.get("linkId") in self.instrument.texts
        if isinstance(answer, dict):
            kept = {key: value for key, value in answer.items() if key != "valueString"}
            yield from self.element(
                "QuestionnaireResponse.item.answer", kept if covered else answer
            )

    def _asks(self, item: Mapping[str, Any]) -> bool:
        return self.instrument is not None and self.instrument.asks(str(item.get("linkId", "")))


def _by(rule: Rule) -> Judgement:
    return Judgement(rule.name, rule.topics, rule.level, judged=True)


def _pending(table: Rules, name: str) -> Judgement:
    return Judgement(table.named_rule(name), pending=True)


def _datatypes() -> Mapping[str, Any]:
    shapes: Mapping[str, Any] = fhir_profiles.load("structure/datatypes.json")
    return shapes


@cache
def _types() -> frozenset[str]:
    """The resource types whose elements we know."""
    return frozenset(
        path[len("structure/") : -len(".json")] for path in fhir_profiles.names("structure")
    )
