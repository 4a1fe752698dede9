"""All that we define, as one FHIR package that other tools load: its files, not yet packed.

A package holds each definition in a file of its own, the ImplementationGuide that lists them, an
index, and the valid examples apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from fhir_profiles import load, names
from mappings.instruments import all_instruments
from mappings.questionnaire import questionnaire
from mappings.systems import BASE

Resource = dict[str, Any]

GUIDE = "package/implementation_guide.json"
FOLDERS = ("structure_definitions", "codesystems", "value_sets", "concept_maps", "operations")
EXAMPLES = "examples/valid"
CORE = ("hl7.fhir.r4.core", "4.0.1")
_INDEXED = ("resourceType", "id", "url", "version", "kind", "type")


def definitions() -> Iterator[Resource]:
    """Every definition of ours, the Questionnaires of the instruments among them."""
    for folder in FOLDERS:
        yield from map(load, names(folder))
    yield from map(questionnaire, all_instruments())


def files(version: str) -> Iterator[tuple[str, Resource]]:
    """The package's files in their order, each with its path below `package/` and its content."""
    defined = [*definitions(), _guide(version)]
    yield "package.json", _manifest(version)
    named = [(f"{each['resourceType']}-{each['id']}.json", each) for each in defined]
    yield ".index.json", _index(named)
    yield from sorted(named, key=lambda each: each[0])
    examples = [(f"{each['id']}.json", each) for each in _examples()]
    yield "example/.index.json", _index(examples)
    yield from ((f"example/{name}", each) for name, each in examples)


def _guide(version: str) -> Resource:
    """The ImplementationGuide, with all that it is made of."""
    listed = [
        *((each, {"exampleBoolean": False}) for each in definitions()),
        *((each, {"exampleBoolean": True}) for each in _examples()),
    ]
    resources = [
        {"reference": {"reference": f"{each['resourceType']}/{each['id']}"}, **is_example}
        for each, is_example in listed
    ]
    guide: Resource = load(GUIDE)
    return guide | {"version": version, "definition": {"resource": resources}}


def _manifest(version: str) -> Resource:
    """The package's own description, in NPM's form."""
    guide = load(GUIDE)
    others = {each["packageId"]: each["version"] for each in guide["dependsOn"]}
    return {
        "name": guide["packageId"],
        "version": version,
        "type": "fhir.ig",
        "title": guide["title"],
        "description": guide["description"],
        "author": guide["publisher"],
        "license": guide["license"],
        "canonical": BASE,
        "fhirVersions": guide["fhirVersion"],
        "dependencies": {CORE[0]: CORE[1], **others},
        "directories": {"lib": "package", "example": "example"},
    }


def _index(named: list[tuple[str, Resource]]) -> Resource:
    """What a folder holds, so that tools need not open every file."""
    entries = [
        {"filename": name, **{key: each[key] for key in _INDEXED if isinstance(each.get(key), str)}}
        for name, each in sorted(named, key=lambda each: each[0])
    ]
    return {"index-version": 1, "files": entries}


def _examples() -> Iterator[Resource]:
    """The valid examples, each by the name of its file."""
    for path in names(EXAMPLES):
        example: Resource = load(path)
        yield {"resourceType": example["resourceType"], "id": PurePosixPath(path).stem} | {
            name: value for name, value in example.items() if name not in ("resourceType", "id")
        }
