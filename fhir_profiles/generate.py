"""Writes structure/*.json: what each R4 type may hold, from HL7's published definitions.

Run it by hand when the set of types changes:

    python -m fhir_profiles.generate DEFINITIONS

DEFINITIONS is a folder with HL7's FHIR R4 (4.0.1) `profiles-types.xml`, `profiles-resources.xml`,
`valuesets.xml` and `v3-codesystems.xml`: the specification's "XML definitions" download (CC0), as
also found unchanged in the Maven package `ca.uhn.hapi.fhir:hapi-fhir-validation-resources-r4`.
R4 itself is the source, because the R4B models of fhir.resources shorten the longer code lists
("registered | preliminary | final | amended +").

Each written file maps a type, or a backbone element by its path, to its elements:

    {"Observation": {"status": {"type": "code", "min": 1, "codes": "observation-status"}, ...

`many` marks a list, `choice` names the group of a value[x], `targets` a Reference's types,
`codes` a required binding in codes.json (there: the system and its codes). "*" in `targets` is
not written: no `targets` means any type.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, parse

FHIR = "{http://hl7.org/fhir}"
FOLDER = Path(__file__).parent / "structure"
SOURCES = ("profiles-types.xml", "profiles-resources.xml")
CODE_SOURCES = ("valuesets.xml", "v3-codesystems.xml")
LISTS = {"concept", "element", "extension", "include", "profile", "targetProfile", "type"}
DEFINITION = "http://hl7.org/fhir/StructureDefinition/"


def as_json(node: Element) -> Any:
    """FHIR's XML as its JSON, as far as definitions need it: every primitive is a string."""
    if (value := node.get("value")) is not None:
        return value
    found: dict[str, Any] = dict(node.attrib)
    for child in node:
        name = child.tag.rpartition("}")[2]
        if name in LISTS and (name != "type" or len(child)):  # a definition's own type is one code
            found.setdefault(name, []).append(as_json(child))
        else:
            found[name] = as_json(child)
    return found


def resources_in(path: Path) -> list[dict[str, Any]]:
    found = parse(path).getroot().findall(f"{FHIR}entry/{FHIR}resource/*")  # noqa: S314 - HL7's own
    return [as_json(node) | {"resourceType": node.tag.removeprefix(FHIR)} for node in found]


def wanted(definition: dict[str, Any]) -> bool:
    """A concrete resource or datatype; of the constrained datatypes only SimpleQuantity."""
    return (
        definition["resourceType"] == "StructureDefinition"
        and definition["kind"] in ("resource", "complex-type")
        and (definition.get("derivation") != "constraint" or definition["id"] == "SimpleQuantity")
        and definition["id"] not in ("Resource", "DomainResource")
    )


def type_name(element: dict[str, Any], kind: dict[str, Any]) -> str:
    """The name by which a checker knows the type: a primitive's, a datatype's, a backbone's."""
    code: str = kind["code"]
    if code in ("BackboneElement", "Element") and element["path"].count("."):
        return str(element["path"])
    if code.startswith("http://hl7.org/fhirpath/"):
        if element["path"].split(".")[-1] == "id":
            return "id" if element["base"]["path"] == "Resource.id" else "element-id"
        return str(kind["extension"][0]["valueUrl"])
    if any(profile.endswith("/SimpleQuantity") for profile in kind.get("profile", ())):
        return "SimpleQuantity"
    return code


def targets_of(kind: dict[str, Any]) -> list[str]:
    names = sorted(url.removeprefix(DEFINITION) for url in kind.get("targetProfile", ()))
    return [] if "Resource" in names else names


def bound_to(element: dict[str, Any]) -> str:
    """The id of the value set that is required here, or nothing."""
    binding = element.get("binding", {})
    if binding.get("strength") != "required":
        return ""
    return str(binding["valueSet"]).split("|")[0].rsplit("/", 1)[-1]


def described(element: dict[str, Any], kind: dict[str, Any], choice: str) -> dict[str, Any]:
    """One element of one type, with only what differs from the common case."""
    found: dict[str, Any] = {"type": type_name(element, kind)}
    if element["min"] != "0":
        found["min"] = int(element["min"])
    if element["max"] not in ("0", "1"):
        found["many"] = True
    if choice:
        found["choice"] = choice
    if targets := targets_of(kind):
        found["targets"] = targets
    if (name := bound_to(element)) and kind["code"] in ("code", "Coding", "CodeableConcept"):
        found["codes"] = name
    return found


def elements_of(element: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The JSON names that one ElementDefinition stands for: several where it is a value[x]."""
    name = element["path"].rsplit(".", 1)[-1]
    if "contentReference" in element:
        kind = {"code": element["contentReference"].removeprefix("#")}
        return {name: described(element, kind, "")}
    if not name.endswith("[x]"):
        return {name: described(element, element["type"][0], "")}
    group = name.removesuffix("[x]")
    return {
        group + kind["code"][0].upper() + kind["code"][1:]: described(element, kind, group)
        for kind in element["type"]
    }


def shapes_of(definition: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The type and its backbone elements by path."""
    shapes: dict[str, dict[str, Any]] = {}
    for element in definition["snapshot"]["element"]:
        path = element["path"]
        if "." not in path:
            path = definition["id"]
            shapes[path] = {}
        elif element["max"] != "0":
            owner = definition["id"] if path.count(".") == 1 else path.rsplit(".", 1)[0]
            shapes.setdefault(owner, {}).update(elements_of(element))
    return shapes


def concepts_in(concepts: list[dict[str, Any]]) -> list[str]:
    """Every code of a code system, children with their parents."""
    return [
        code
        for concept in concepts
        for code in (concept["code"], *concepts_in(concept.get("concept", [])))
    ]


def codes_of(value_set: dict[str, Any], systems: dict[str, Any]) -> dict[str, list[str]]:
    """The codes of a value set by system, or nothing where it cannot be listed in full."""
    found: dict[str, list[str]] = {}
    if "exclude" in value_set["compose"]:
        return found
    for part in value_set["compose"]["include"]:
        system = systems.get(part.get("system"), {"concept": []})
        listed = concepts_in(part.get("concept") or system.get("concept", []))
        if "filter" in part or "valueSet" in part or not listed:
            return {}
        found[part["system"]] = sorted({*found.get(part["system"], []), *listed})
    return found


def bindings(definitions: Path) -> dict[str, dict[str, list[str]]]:
    """Every value set that can be listed in full, by its id."""
    terms = [item for name in CODE_SOURCES for item in resources_in(definitions / name)]
    systems = {item["url"]: item for item in terms if item["resourceType"] == "CodeSystem"}
    sets = [item for item in terms if item["resourceType"] == "ValueSet"]
    listed = {item["id"]: codes_of(item, systems) for item in sets if "compose" in item}
    return {name: codes for name, codes in listed.items() if codes}


def write(file: Path, content: dict[str, Any]) -> None:
    """One line for each entry: compact, and a change shows where it is."""
    lines = [
        f"{json.dumps(key)}: {json.dumps(content[key], separators=(',', ':'))}"
        for key in sorted(content)
    ]
    file.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def main(definitions: Path, folder: Path = FOLDER) -> None:
    """Reads the definitions and writes one file for each type, the datatypes and the codes."""
    known = bindings(definitions)
    needed: set[str] = set()
    datatypes: dict[str, Any] = {}
    for name in SOURCES:
        for definition in filter(wanted, resources_in(definitions / name)):
            shapes = shapes_of(definition)
            for element in (each for shape in shapes.values() for each in shape.values()):
                if "codes" in element and element["codes"] not in known:
                    sys.stderr.write(f"{definition['id']}: {element.pop('codes')} is open\n")
                elif "codes" in element:
                    needed.add(element["codes"])
            if definition["kind"] == "resource":
                write(folder / f"{definition['id']}.json", shapes)
            else:
                datatypes |= shapes
    write(folder / "datatypes.json", datatypes)
    write(folder / "codes.json", {name: known[name] for name in needed})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
