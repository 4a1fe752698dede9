"""Writes search/parameters.json: R4's own search parameters, read from HL7's definitions.

Run it by hand when the set of types changes:

    python -m fhir_profiles.generate_search DEFINITIONS

DEFINITIONS is HL7's FHIR R4 (4.0.1) `search-parameters.json`: part of the specification's "JSON
definitions" download (CC0), as also found unchanged in the Maven package
`ca.uhn.hapi.fhir:hapi-fhir-validation-resources-r4`, under `org/hl7/fhir/r4/model/sp`.

Each type maps a parameter's name to its type, HL7's canonical and words, and where it is read:

    {"Task": {"patient": {"type": "reference", "paths": ["for"], "target": "Patient", ...

`paths` are JSON names with dots: a choice stands under each name that it may have and that the
parameter can read ("effectiveDateTime"), "telecom[system=email]" keeps the items that say so, and
"entry[0]" the first. `target` keeps one type of a reference, `targets` are the types it may name,
where not any. `claim` marks a parameter that is true where a path holds anything but false.
`components` of a composite are read beneath each of its paths; `name` is the parameter that finds
the same alone.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
FILE = FOLDER / "search" / "parameters.json"
TYPES = (
    *("AllergyIntolerance", "Appointment", "AuditEvent", "Bundle", "CarePlan", "CareTeam"),
    *("Communication", "Composition", "Condition", "Consent", "DocumentReference", "Encounter"),
    *("Endpoint", "Flag", "Goal", "Group", "HealthcareService", "List", "Location"),
    *("MedicationRequest", "MedicationStatement", "MessageHeader", "Observation", "Organization"),
    *("Patient", "Practitioner", "PractitionerRole", "Procedure", "Provenance", "Questionnaire"),
    *("QuestionnaireResponse", "RelatedPerson", "ServiceRequest", "Subscription", "Task"),
)
COMMON = ("_id", "_lastUpdated", "_profile", "_security", "_source", "_tag")
# The datatypes that each kind of parameter can read, as R4's search page lists them.
READ_BY = {
    "date": {"date", "dateTime", "instant", "Period", "Timing"},
    "quantity": {"Quantity", "SimpleQuantity", "Age", "Duration", "Money", "Range", "SampledData"},
    "reference": {"Reference", "canonical", "uri", "Resource"},
    "string": {"string", "markdown", "HumanName", "Address"},
    "token": {
        *("code", "boolean", "id", "string", "uri", "Coding", "CodeableConcept", "Identifier"),
        *("ContactPoint",),
    },
    "uri": {"uri", "url", "canonical", "oid", "uuid"},
    "special": {"Location.position"},
}
_OF = re.compile(r"\((\w[\w.]*) as (\w+)\)")
_AS = re.compile(r"\.as\((\w+)\)")
_RESOLVES = re.compile(r"\.where\(resolve\(\) is (\w+)\)")
_SAYS = re.compile(r"\.where\((\w+)='(\w+)'\)")
_EXISTS = re.compile(r"([\w.]+)\.exists\(\) and \1 != false")
_SAID = re.compile(r"\* \[(\w+)\]\([^)]*\): ([^\r\n]*)")


def shapes_of(type_: str) -> dict[str, Any]:
    """What the type and the datatypes may hold, by name."""
    found: dict[str, Any] = json.loads((FOLDER / "structure" / "datatypes.json").read_text("utf-8"))
    own: dict[str, Any] = json.loads((FOLDER / "structure" / f"{type_}.json").read_text("utf-8"))
    return found | own


def resolved(shapes: dict[str, Any], owner: str, steps: list[str]) -> Iterator[tuple[str, Any]]:
    """Each JSON path that the steps may mean, with the element that it ends in."""
    step, *rest = steps
    plain = step.partition("[")[0]
    shape = shapes.get(owner, {})
    for name, element in shape.items():
        chosen = element.get("choice") == plain
        if name != plain and not chosen:
            continue
        here = step.replace(plain, name, 1)
        if not rest:
            yield here, element
            continue
        for path, last in resolved(shapes, element["type"], rest):
            yield f"{here}.{path}", last


def chosen(expression: str) -> str:
    """An expression with each choice under the name that its type gives it ("valueQuantity")."""

    def named(found: re.Match[str]) -> str:
        return f"{found[1]}{found[2][0].upper()}{found[2][1:]}"

    plain = _OF.sub(named, expression.strip())
    return _AS.sub(lambda found: f"{found[1][0].upper()}{found[1][1:]}", plain)


def read_from(type_: str, owner: str, expression: str) -> list[tuple[str, Any]]:
    """The JSON paths, beneath the owner, of one branch of an expression."""
    plain = _SAYS.sub(r"[\1=\2]", _RESOLVES.sub("", chosen(expression)))
    shapes = shapes_of(type_)
    steps = plain.removeprefix(f"{type_}.").split(".")
    found = list(resolved(shapes, owner, steps))
    if not found and not rest_is_choice(shapes, owner, steps):
        raise ValueError(f"{type_}: nothing at {expression}")
    return found


def rest_is_choice(shapes: dict[str, Any], owner: str, steps: list[str]) -> bool:
    """Whether HL7 asks for a choice that the element does not have, as some shared ones do."""
    return len(steps) == 1 and any(
        steps[0].startswith(str(element.get("choice") or "\0"))
        for element in shapes.get(owner, {}).values()
    )


def branches(definition: dict[str, Any], type_: str) -> list[str]:
    """The branches of a definition's expression that speak of the type."""
    expression = definition["expression"]
    if found := _EXISTS.fullmatch(expression):
        return [found[1]]
    parts = [part.strip() for part in expression.split(" | ")]
    return [part for part in parts if re.match(rf"\(?{type_}\b", part)]


def row_of(definition: dict[str, Any], type_: str, named: dict[str, str]) -> dict[str, Any]:
    """One parameter of one type."""
    kind = definition["type"]
    row: dict[str, Any] = {"type": kind, "definition": definition["url"]}
    row["documentation"] = words_of(definition, type_)
    if kind == "composite":
        owners = [
            part.removeprefix(type_).removeprefix(".") for part in branches(definition, type_)
        ]
        row["paths"] = owners
        row["components"] = components_of(definition, type_, owners, named)
        return row
    is_claim = _EXISTS.fullmatch(definition["expression"]) is not None
    found = [
        (path, element)
        for part in branches(definition, type_)
        for path, element in read_from(type_, type_, part)
        if is_claim or element["type"] in READ_BY[kind]
    ]
    row["paths"] = list(dict.fromkeys(path for path, _ in found))
    if is_claim:
        row["claim"] = True
    if kind == "reference":
        row |= aims(definition, type_, [element for _, element in found])
    return row


def aims(definition: dict[str, Any], type_: str, elements: list[dict[str, Any]]) -> dict[str, Any]:
    """What a reference may name: one type where the definition resolves it, else the element's."""
    kept = {name for part in branches(definition, type_) for name in _RESOLVES.findall(part)}
    if kept:
        (target,) = kept
        return {"target": target, "targets": [target]}
    targets = set(definition.get("target", ()))
    allowed = {each for element in elements for each in element.get("targets", ())}
    if allowed and all(element.get("targets") for element in elements):
        targets = targets & allowed or allowed
    elif all(element["type"] == "Reference" for element in elements):
        return {}
    return {"targets": sorted(targets)}


def components_of(
    definition: dict[str, Any], type_: str, owners: list[str], named: dict[str, str]
) -> list[dict[str, Any]]:
    """The parts of a composite. What HL7 names the parts of DocumentReference.relationship the
    wrong way round is told by the element that each reads."""
    steps = owners[-1].split(".")
    (held,) = resolved(shapes_of(type_), type_, steps) if owners[-1] else [("", {})]
    place = held[1].get("type", type_)
    parts = []
    for component in definition["component"]:
        read = [
            each
            for part in component["expression"].split(" | ")
            for each in read_from(type_, place, part)
        ]
        said = KINDS[component["definition"]]
        kind = next(
            kind
            for kind in (said, "token", "reference")
            if any(element["type"] in READ_BY[kind] for _, element in read)
        )
        paths = list(
            dict.fromkeys(path for path, element in read if element["type"] in READ_BY[kind])
        )
        alone = sorted(found_alone(named, owners, paths), key=lambda name: len(named[name]))
        parts.append({"type": kind, "paths": paths} | ({"name": alone[0]} if alone else {}))
    return parts


def found_alone(named: dict[str, str], owners: list[str], paths: list[str]) -> list[str]:
    """The parameters that read at least what a component reads, beneath each of its owners."""
    whole = {f"{owner}.{path}".lstrip(".") for owner in owners for path in paths}
    return [name for name, read in named.items() if whole <= set(read.split("|"))]


def words_of(definition: dict[str, Any], type_: str) -> str:
    """HL7's own words for the parameter; those for this type where several types share it."""
    said = dict(_SAID.findall(definition["description"]))
    text = said.get(type_, "" if said else definition["description"])
    return " ".join(text.split())


KINDS: dict[str, str] = {}


def main(definitions: Path, file: Path = FILE) -> None:
    """Reads the definitions and writes the table."""
    found = [entry["resource"] for entry in json.loads(definitions.read_text("utf-8"))["entry"]]
    KINDS.update({each["url"]: each["type"] for each in found})
    common = {
        each["code"]: {
            "type": each["type"],
            "definition": each["url"],
            "documentation": words_of(each, "Resource"),
            "paths": [each["expression"].removeprefix("Resource.")],
        }
        for each in found
        if each["code"] in COMMON
    }
    types: dict[str, Any] = {}
    for type_ in TYPES:
        mine = [each for each in found if type_ in each["base"]]
        mine.sort(key=lambda each: (each["type"] == "composite", each["code"]))
        rows: dict[str, Any] = {}
        for each in mine:
            named = {name: "|".join(row["paths"]) for name, row in rows.items()}
            rows[each["code"]] = row_of(each, type_, named)
        types[type_] = dict(sorted(rows.items()))
    write(file, common, types)


def write(file: Path, common: dict[str, Any], types: dict[str, Any]) -> None:
    """One line for each parameter."""
    groups = {"common": {"Resource": common}, "types": types}
    lines = ['{\n"note": ' + json.dumps(NOTE)]
    for group, held in groups.items():
        listed = [
            f"{json.dumps(type_)}: {{\n"
            + ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
            + "\n}"
            for type_, rows in held.items()
        ]
        lines.append(f"{json.dumps(group)}: {{\n" + ",\n".join(listed) + "\n}")
    file.write_text(",\n".join(lines) + "\n}\n", encoding="utf-8")


NOTE = (
    "R4's own search parameters by type, written by fhir_profiles/generate_search.py from HL7's"
    " FHIR R4 4.0.1 search-parameters.json (CC0)."
)

if __name__ == "__main__":
    main(Path(sys.argv[1]))
