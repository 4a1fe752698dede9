"""R4's invariants and our own rules on a resource that structure alone does not settle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from gateway.fhir.bundle_rules import bundle_problems
from gateway.fhir.finding import Enough, Found
from gateway.fhir.invariant import Json, pairs
from gateway.fhir.invariants import INVARIANTS
from gateway.fhir.literal_reference import is_conditional
from gateway.fhir.problem import Kind, Problem
from gateway.fhir.shapes import Place, objects, root_of
from mappings import nhs_number
from mappings.systems import NHS_NUMBER

Rule = Callable[[Json, Place], Iterator[Problem]]

_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"


def check(resource: object, path: str = "", *, in_transaction: bool = False) -> list[Problem]:
    """Every invariant and rule that the resource breaks, up to MOST; malformed parts are skipped.

    `path` is where it stands, as for `structure.check`. `in_transaction` allows references that
    only a transaction resolves.
    """
    found = Found()
    with suppress(Enough):
        _check(resource, Place(None, path or root_of(resource)), in_transaction, found)
    return found


def _check(resource: object, place: Place, in_transaction: bool, found: Found) -> None:
    kind = root_of(resource)
    if not isinstance(resource, dict) or kind == "Resource":
        return
    contained = _contained_ids(resource)
    resolves = in_transaction or resource.get("type") in ("transaction", "batch")
    for inner, value, at in objects(resource, kind, place):
        if inner == "Resource":
            _check(value, at, kind == "Bundle" and resolves, found)
            continue
        found.extend(_broken(inner, value, at))
        if inner == "Reference":
            found.extend(_reference(value, at, contained, in_transaction))
        elif rule := OWN_RULES.get(inner):
            found.extend(rule(value, at))
    if "contained" in resource:
        found.extend(_contained(resource, place))


def _broken(kind: str, value: Json, place: Place) -> Iterator[Problem]:
    """The invariants of this type that do not hold."""
    for invariant in INVARIANTS.get(kind, ()):
        if not invariant.holds(value):
            where = place.at(invariant.element) if invariant.element else place
            words = f"{invariant.key}: {invariant.words}"
            yield Problem(Kind.INVARIANT, words, str(where))


def _dicts(value: object) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _contained_ids(resource: Json) -> frozenset[str]:
    return frozenset(str(each["id"]) for each in _dicts(resource.get("contained")) if "id" in each)


def _reference(
    value: Json, place: Place, contained: frozenset[str], in_transaction: bool
) -> Iterator[Problem]:
    """ref-1, and a search in place of a reference only where something resolves it."""
    literal = value.get("reference")
    if not isinstance(literal, str):
        return
    if literal.startswith("#") and literal != "#" and literal[1:] not in contained:
        words = "ref-1: #id must be the id of a contained resource"
        yield Problem(Kind.INVARIANT, words, str(place.at("reference")))
    if is_conditional(literal) and not in_transaction:
        words = "a search in place of a reference is for transactions only"
        yield Problem(Kind.RULE, words, str(place.at("reference")))


def _contained(resource: Json, place: Place) -> Iterator[Problem]:
    """dom-2 to dom-5: contained resources are flat, referred to, unversioned and unlabelled."""
    named = set(_fragments(resource))
    listed = resource["contained"]
    for index, inner in enumerate(listed if isinstance(listed, list) else ()):
        if not isinstance(inner, dict):
            continue
        at = Place(place, "contained", index)
        meta = inner["meta"] if isinstance(inner.get("meta"), dict) else {}
        if "contained" in inner:
            words = "dom-2: a contained resource contains no other"
            yield Problem(Kind.INVARIANT, words, str(at.at("contained")))
        if f"#{inner.get('id')}" not in named and "#" not in set(_fragments(inner)):
            words = "dom-3: a contained resource is referred to as #id from its container"
            yield Problem(Kind.INVARIANT, words, str(at))
        if "versionId" in meta or "lastUpdated" in meta:
            words = "dom-4: a contained resource has no version of its own"
            yield Problem(Kind.INVARIANT, words, str(at.at("meta")))
        if "security" in meta:
            words = "dom-5: a contained resource has no security label of its own"
            yield Problem(Kind.INVARIANT, words, str(at.at("meta").at("security")))


def _fragments(value: Any) -> Iterator[str]:
    """Every string anywhere below that begins with #."""
    if isinstance(value, str):
        if value.startswith("#"):
            yield value
    elif isinstance(value, (dict, list)):
        for child in value.values() if isinstance(value, dict) else value:
            yield from _fragments(child)


def _identifier(value: Json, place: Place) -> Iterator[Problem]:
    """An NHS number is ten digits with a right check digit; the number is never repeated."""
    if value.get("system") != NHS_NUMBER or "value" not in value:
        return
    stated = value["value"]
    if not isinstance(stated, str) or nhs_number.parse(stated) != stated:
        yield Problem(Kind.RULE, nhs_number.RIGHT, str(place.at("value")))


def _link_ids(items: object, place: Place) -> Iterator[tuple[str, Place]]:
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            at = Place(place, "item", index)
            if isinstance(item.get("linkId"), str):
                yield item["linkId"], at
            yield from _link_ids(item.get("item"), at)


def _questionnaire(value: Json, place: Place) -> Iterator[Problem]:
    """que-2: a linkId stands once in a Questionnaire."""
    seen: set[str] = set()
    for link_id, at in _link_ids(value.get("item"), place):
        if link_id in seen:
            words = "que-2: a linkId must be unique in its Questionnaire"
            yield Problem(Kind.INVARIANT, words, str(at.at("linkId")))
        seen.add(link_id)


def _consent(value: Json, place: Place) -> Iterator[Problem]:
    """A privacy consent names its patient (R4's ppc-2, written against the real code system)."""
    if (_SCOPE, "patient-privacy") in pairs(value.get("scope")) and "patient" not in value:
        words = "a consent with scope patient-privacy needs its patient"
        yield Problem(Kind.RULE, words, str(place.at("patient")))


OWN_RULES: dict[str, Rule] = {
    "Bundle": bundle_problems,
    "Consent": _consent,
    "Identifier": _identifier,
    "Questionnaire": _questionnaire,
}
