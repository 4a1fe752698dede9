"""Judges what a resource asks or is about, element by element, by R4's own element types.

Every CodeableConcept and Coding must be known to a rule, or come from a system that says nothing
of the topic. Answers are passed over, unless they are free text. Everything that R4 calls a
string, markdown or bytes is free text, unless the rules list it as harmless, or it is our own words
for a code that has a rule. What is in words may be about anything; what is coded and unknown nobody
can judge.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import fhir_profiles
from consent.instrument_rules import Instrument
from consent.judgement import Judgement, by_rule, pending, unjudged
from consent.label_rules import Rules

_PEOPLE = frozenset({"Patient", "Person", "RelatedPerson"})
_TEXT = frozenset({"string", "markdown", "base64Binary", "xhtml"})
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)  # of a group of items: words have spaces


def judgements(resource: Mapping[str, Any], table: Rules) -> list[Judgement]:
    """What the rules say of the resource's own content, contained resources included."""
    kind = str(resource.get("resourceType"))
    if kind in table.without_content:
        return []
    if kind in table.never_judged or kind not in _types():
        return [pending(table, "type-not-judged")]
    judge = _Judge(table, kind, table.instrument(resource))
    if kind in table.types:
        judge.found.append(by_rule(table.types[kind]))
    if judge.instrument is not None:
        judge.found.append(by_rule(judge.instrument.rule))
    judge.element(kind, resource)
    return judge.found


@dataclass(frozen=True, slots=True)
class _Place:
    """An element of R4 as the rules see it: where it is, its type, and how it is judged.

    `speaks`: its bare values are judged too, not only what they hold.
    """

    where: str
    kind: str
    judge: Callable[[_Judge, _Place, Any], None]
    speaks: bool = False


@dataclass(frozen=True, slots=True)
class _Judge:
    """Walks one resource of a kind; `found` grows."""

    table: Rules
    kind: str
    instrument: Instrument | None
    found: list[Judgement] = field(default_factory=list)

    def element(self, owner: str, node: Mapping[str, Any]) -> None:
        places = _places(self.table, self.kind, owner)
        for name, value in node.items():
            place = places[name] if name in places else _other(owner, name)
            if place is None:
                continue
            for item in value if type(value) is list else (value,):
                if type(item) is dict or place.speaks:
                    place.judge(self, place, item)

    def nothing_known(self, _: _Place, __: Any) -> None:
        self._unknown("element-unknown")

    def opaque(self, _: _Place, item: Any) -> None:
        if item is not None:
            self._in_words()

    def words(self, _: _Place, item: Any) -> None:
        """Our own words for a code say that code; of any others nobody knows what they say."""
        ours = self.table.said(item) if type(item) is str else None
        if ours is not None:
            self.found.append(by_rule(ours))
        elif item is not None:
            self._in_words()

    def parts(self, place: _Place, item: Mapping[str, Any]) -> None:
        self.element(place.kind, item)

    def reference(self, place: _Place, item: Mapping[str, Any]) -> None:
        if item.keys() <= _WORDS_ALONE:
            self._in_words()
        else:
            self.element(place.kind, item)

    def quantity(self, place: _Place, item: Mapping[str, Any]) -> None:
        """A unit is words where no code stands beside it, unless it is one of those we know."""
        unit = item.get("unit")
        if unit is not None and "code" not in item and unit not in self.table.units:
            self._in_words()
        self.element(place.kind, item)

    def item(self, place: _Place, item: Mapping[str, Any]) -> None:
        """An answer in words that the instrument's rule covers is an answer like any other."""
        asked, covered, link_id = False, False, str(item.get("linkId", ""))
        if self.instrument is not None:
            asked = self.instrument.asks(link_id)
            covered = link_id in self.instrument.texts
        if not asked and ("answer" in item or not _NAME.fullmatch(link_id)):
            self._unknown("item-unknown")
        if covered and "answer" in item:
            item = {**item, "answer": [_wordless(each) for each in _listed(item["answer"])]}
        self.element(place.kind, item)

    def contained(self, _: _Place, resource: Mapping[str, Any]) -> None:
        """Also one that alone has no content, such as a practitioner, may bring words along; and
        a person contained is one whose consents nobody can find."""
        kind = str(resource.get("resourceType"))
        if kind in _PEOPLE or kind not in _types():
            self._unknown("type-not-judged")
        elif kind not in self.table.without_content:
            self.found.extend(judgements(resource, self.table))
        else:
            _Judge(self.table, kind, None, self.found).element(kind, resource)

    def coding(self, place: _Place, item: Mapping[str, Any]) -> None:
        self._codings(place, [item], {})

    def concept(self, place: _Place, item: Mapping[str, Any]) -> None:
        self._codings(place, _listed(item.get("coding", ())), item)

    def _codings(self, place: _Place, codings: Sequence[Any], concept: Mapping[str, Any]) -> None:
        """A concept is judged where any of its codings is known: the others translate it."""
        coded = [one for one in codings if type(one) is dict and "code" in one]
        if not coded:
            self._in_words()
            return
        if "extension" in concept:
            self.extensions(place, concept)
        for one in coded:
            if "extension" in one:
                self.extensions(place, one)
        if place.where in self.table.answers:
            return
        known = [
            rule
            for one in coded
            if (rule := self.table.coded(str(one.get("system", "")), str(one["code"])))
        ]
        self.found.extend(map(by_rule, known))
        if not known and not any(one.get("system") in self.table.neutral_systems for one in coded):
            self._unknown("code-unknown")

    def identifier(self, place: _Place, item: Mapping[str, Any]) -> None:
        """A number says nothing; of what kind it is may."""
        self.extensions(place, item)
        if type(item.get("type")) is dict:
            self.concept(
                _Place(f"{place.where}.type", "CodeableConcept", _Judge.concept), item["type"]
            )

    def within(self, place: _Place, item: Mapping[str, Any]) -> None:
        """Only extensions, wherever they are."""
        for name, value in item.items():
            for each in _listed(value):
                if type(each) is dict and name == "extension":
                    self.extension(place, each)
                elif type(each) is dict:
                    self.within(place, each)

    def extensions(self, place: _Place, item: Mapping[str, Any]) -> None:
        """What is judged by its extensions alone."""
        for extension in _listed(item.get("extension", ())):
            if type(extension) is dict:
                self.extension(place, extension)

    def extension(self, _: _Place, extension: Mapping[str, Any]) -> None:
        """Ours and listed ones are read like elements; of others nobody knows what they say."""
        url = str(extension.get("url", ""))
        if url == self.table.label_rule:
            return  # what we said ourselves, come back from a read
        if url in self.table.harmless_extensions or url.startswith(self.table.own_extensions):
            self.element("Extension", extension)
        else:
            self._unknown("extension-unknown")

    def _in_words(self) -> None:
        self.found.append(unjudged(self.table, "free-text"))

    def _unknown(self, name: str) -> None:
        self.found.append(pending(self.table, name))


@cache
def _places(table: Rules, kind: str, owner: str) -> Mapping[str, _Place | None]:
    """How each element of a type is judged; None where it says nothing."""
    shapes: Mapping[str, Any] = fhir_profiles.load(f"structure/{kind}.json")
    shape = shapes.get(owner) or _datatypes().get(owner, {})
    places = {name: _place(table, f"{owner}.{name}", each["type"]) for name, each in shape.items()}
    return places | {"resourceType": None}


def _place(table: Rules, where: str, kind: str) -> _Place:
    if where in table.not_free_text:
        return _Place(where, kind, _Judge.within)
    if kind in table.skipped_types:
        return _Place(where, kind, _Judge.extensions)
    hides = where in table.opaque_elements or where.endswith(_NOT_UNDERSTOOD)
    if kind in table.opaque_types or hides:
        return _Place(where, kind, _Judge.opaque, speaks=True)
    if kind in _TEXT:
        return _Place(where, kind, _Judge.words, speaks=True)
    return _Place(where, kind, _BY_TYPE.get(kind, _Judge.parts))


def _other(owner: str, name: str) -> _Place | None:
    """What stands beside a primitive, and what R4 does not know."""
    where = f"{owner}.{name}"
    if name.startswith("_"):
        return _Place(where, "Element", _Judge.parts)
    return _Place(where, "", _Judge.nothing_known, speaks=True)


_NOT_UNDERSTOOD = (
    # What may change what the rest says, and definitions that nobody here knows.
    *(".modifierExtension", ".implicitRules"),
    *(".instantiatesUri", ".instantiatesCanonical"),
)
_WORDS_ALONE = frozenset({"id", "display", "type"})
_BY_TYPE = {
    "CodeableConcept": _Judge.concept,
    "Coding": _Judge.coding,
    "Extension": _Judge.extension,
    "Identifier": _Judge.identifier,
    "QuestionnaireResponse.item": _Judge.item,
    "Reference": _Judge.reference,
    "Resource": _Judge.contained,
} | dict.fromkeys(
    ("Quantity", "SimpleQuantity", "Age", "Count", "Distance", "Duration", "MoneyQuantity"),
    _Judge.quantity,
)


def _wordless(answer: Any) -> Any:
    if type(answer) is not dict:
        return answer
    return {name: value for name, value in answer.items() if name != "valueString"}


def _listed(value: Any) -> Sequence[Any]:
    return value if type(value) is list else (value,)


def _datatypes() -> Mapping[str, Any]:
    shapes: Mapping[str, Any] = fhir_profiles.load("structure/datatypes.json")
    return shapes


@cache
def _types() -> frozenset[str]:
    """The resource types whose elements we know."""
    return frozenset(
        path[len("structure/") : -len(".json")] for path in fhir_profiles.names("structure")
    )
