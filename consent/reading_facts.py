"""The facts of a resource: what a consent can speak of, read out of its JSON.

How a consent's criteria find them: a class is "system|code", where a type is
"http://hl7.org/fhir/resource-types|Observation", a profile stands under "urn:ietf:rfc:3986" and
under "http://hl7.org/fhir/StructureDefinition" with its canonical (as written, and without its
version), a media type under "urn:ietf:bcp:13", and a document type or plan category under its own
system. Codes and logical references are "system|code" and "system|value". Which elements are read
is data: `labels/code_elements.json`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import fhir_profiles
from consent import topics
from consent.dates import interval_of, spanned
from consent.elements import at, identified, literal, references, security_labels
from consent.facts import Facts
from consent.label_rules import rules
from consent.labelling import Labels
from consent.recipients import recipients_of

RESOURCE_TYPES = "http://hl7.org/fhir/resource-types"
CANONICAL = "urn:ietf:rfc:3986"
PROFILES = "http://hl7.org/fhir/StructureDefinition"
MEDIA_TYPES = "urn:ietf:bcp:13"
LABELLING = "https://onestory.example/fhir/CodeSystem/labelling"
SOMEONE = "Patient/#"  # whoever a Patient within another resource is: no id of ours
NOBODY: frozenset[str] = frozenset()
RECORDING = "https://onestory.example/fhir/StructureDefinition/recording-organization"


def facts_of(
    resource: Mapping[str, Any],
    labels: Labels,
    sources: frozenset[str] = frozenset(),
    references_in: Iterable[str] | None = None,
) -> Facts:
    """Everything that a consent may ask of the resource; `sources` adds the author's references.

    `references_in` are all literal references in it, as they stand there, where they are known.
    """
    kind = str(resource.get("resourceType", ""))
    said = _literals(resource) if references_in is None else references_in
    named = frozenset(filter(None, map(literal, said)))
    codes, texts = _codes(resource, kind)
    return Facts(
        reference=f"{kind}/{resource.get('id', '')}",
        type=kind,
        classes=frozenset(_classes(resource, kind)),
        codes=codes,
        texts=texts,
        topics=labels.topics,
        level=labels.level,
        unjudged=labels.unjudged,
        pending=labels.pending,
        ceiling=labels.ceiling,
        sources=sources | frozenset(_sources(resource, kind)),
        recipients=recipients_of(resource),
        dates=spanned(interval_of(value) for value in _listed(resource, "dates", kind)),
        references=named,
        persons=frozenset(one for one in named if one.startswith("Patient/")) | _itself(resource),
    )


def labels_in(resource: Mapping[str, Any]) -> Labels:
    """The labels that a resource carries: meta.security, and that of what a Bundle holds, and
    "unjudged" and "pending" in meta.tag, as they are.

    Without any: no topic, N. Of several levels the highest counts.
    """
    mask, levels = 0, []
    for coding in security_labels(resource):
        system, code = _system_and_code(coding)
        mask |= topics.bit(system, code)
        rank = topics.level_of(code) if system == topics.CONFIDENTIALITY else None
        levels += [rank] if rank is not None else []
    level = max(levels, default=topics.LEVELS.index("N"))
    marks = {
        code
        for system, code in map(_system_and_code, at(resource, "meta.tag"))
        if system == LABELLING
    }
    return Labels(
        mask,
        level,
        unjudged="unjudged" in marks,
        ceiling=topics.under_ceiling(mask, level),
        pending="pending" in marks,
    )


def _classes(resource: Mapping[str, Any], kind: str) -> Iterator[str]:
    yield f"{RESOURCE_TYPES}|{kind}"
    for canonical in at(resource, "meta.profile"):
        for name in {str(canonical), str(canonical).partition("|")[0]}:
            yield f"{CANONICAL}|{name}"
            yield f"{PROFILES}|{name}"
    for value in _listed(resource, "classes", kind):
        yield from map(_key, _codings(value))
    for media in _listed(resource, "media", kind):
        yield f"{MEDIA_TYPES}|{media}"


def _codes(resource: Mapping[str, Any], kind: str) -> tuple[frozenset[str], frozenset[str]]:
    codes: set[str] = set()
    texts: set[str] = set()
    instrument = rules().instrument(resource)
    codes.update(instrument.panel if instrument else ())
    for value in _listed(resource, "codes", kind):
        coded = {_key(coding) for coding in _codings(value)}
        codes |= coded
        if not coded and isinstance(value, dict) and isinstance(value.get("text"), str):
            texts.add(" ".join(value["text"].casefold().split()))
    return frozenset(codes), frozenset(texts)


def _sources(resource: Mapping[str, Any], kind: str) -> Iterator[str]:
    for reference in _listed(resource, "sources", kind):
        yield from _named_by(reference)
    for extension in at(resource, "extension"):
        if isinstance(extension, dict) and extension.get("url") == RECORDING:
            yield from _named_by(extension.get("valueReference"))


def _named_by(reference: Any) -> Iterator[str]:
    if isinstance(reference, dict):
        yield from filter(None, (literal(reference.get("reference")), identified(reference)))


def _literals(resource: Mapping[str, Any]) -> Iterator[str]:
    return (each["reference"] for _, each in references(resource) if "reference" in each)


def _itself(resource: Mapping[str, Any]) -> frozenset[str]:
    """A Patient concerns the person it is about; one that another resource holds is anybody."""
    if resource.get("resourceType") == "Patient" and "id" in resource:
        return frozenset({f"Patient/{resource['id']}"})
    holds = resource.get("resourceType") == "Bundle" or "contained" in resource
    return frozenset({SOMEONE}) if holds and _holds_a_person(list(resource.values())) else NOBODY


def _holds_a_person(node: Any) -> bool:
    if isinstance(node, list):
        return any(_holds_a_person(each) for each in node)
    if not isinstance(node, dict):
        return False
    return node.get("resourceType") in ("Patient", "Person") or _holds_a_person(list(node.values()))


def _listed(resource: Mapping[str, Any], what: str, kind: str) -> list[Any]:
    return [value for path in _paths(what, kind) for value in at(resource, path)]


@cache
def _paths(what: str, kind: str) -> tuple[str, ...]:
    return tuple(fhir_profiles.load("labels/code_elements.json")[what].get(kind, ()))


def _codings(value: Any) -> Iterator[Mapping[str, Any]]:
    """The codings of a CodeableConcept, or the one that a Coding is."""
    if isinstance(value, dict):
        inner = value.get("coding", [value])
        listed = inner if isinstance(inner, list) else ()
        yield from (one for one in listed if isinstance(one, dict) and "code" in one)


def _key(coding: Mapping[str, Any]) -> str:
    return "|".join(_system_and_code(coding))


def _system_and_code(coding: Any) -> tuple[str, str]:
    if not isinstance(coding, dict):
        return "", ""
    return str(coding.get("system", "")), str(coding.get("code", ""))
