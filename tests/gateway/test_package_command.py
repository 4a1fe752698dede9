"""The package: what other tools load, whole and valid, and nothing named that is not there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from gateway.cli.package import packed
from gateway.fhir import structure
from mappings.systems import BASE

ROOT = Path(__file__).parents[2]
CANONICAL = re.compile(rf"{re.escape(BASE)}/([A-Z][A-Za-z]+)/([A-Za-z0-9.-]*[A-Za-z0-9])")
IDENTIFIERS = ("Id",)  # systems of identifiers are named, not defined

Json = dict[str, Any]


def files(number: str = "1.2.3") -> dict[str, Json]:
    with tarfile.open(fileobj=BytesIO(packed(number)), mode="r:gz") as archive:
        members = archive.getmembers()
        return {each.name: json.load(archive.extractfile(each)) for each in members}  # type: ignore[arg-type]


FILES = files()
DEFINED = {name: each for name, each in FILES.items() if "url" in each and "example/" not in name}
EXAMPLES = {
    name: each
    for name, each in FILES.items()
    if name.startswith("package/example/") and not name.endswith(".index.json")
}


@pytest.mark.parametrize("name", [*DEFINED, *EXAMPLES])
def test_what_it_holds_is_valid_r4(name: str) -> None:
    held = FILES[name]
    assert structure.check(held, types=structure.TYPES | {held["resourceType"]}) == []
    get_fhir_model_class(held["resourceType"]).model_validate(held)


def test_every_kind_of_definition_is_in_it() -> None:
    kinds = {each["resourceType"] for each in DEFINED.values()}
    assert kinds == {
        *("StructureDefinition", "CodeSystem", "ValueSet", "ConceptMap", "OperationDefinition"),
        *("Questionnaire", "ImplementationGuide"),
    }
    asked = [each for each in DEFINED.values() if each["resourceType"] == "Questionnaire"]
    assert len(asked) == 17


def test_the_manifest_is_one_that_package_managers_read() -> None:
    manifest = FILES["package/package.json"]
    assert manifest["name"] == "example.onestory"
    assert manifest["version"] == "1.2.3"
    assert manifest["canonical"] == BASE
    assert manifest["fhirVersions"] == ["4.0.1"]
    assert manifest["dependencies"]["hl7.fhir.r4.core"] == "4.0.1"


def test_the_guide_lists_all_that_is_there() -> None:
    guide = FILES["package/ImplementationGuide-example.onestory.json"]
    listed = {each["reference"]["reference"] for each in guide["definition"]["resource"]}
    held = {f"{each['resourceType']}/{each['id']}" for each in (DEFINED | EXAMPLES).values()}
    assert listed == held - {f"ImplementationGuide/{guide['id']}"}
    assert guide["version"] == "1.2.3"


@pytest.mark.parametrize("folder", ["package", "package/example"])
def test_each_index_names_the_files_beside_it(folder: str) -> None:
    beside = {
        name.rpartition("/")[2]
        for name in FILES
        if name.rpartition("/")[0] == folder and not name.endswith(("/package.json", ".index.json"))
    }
    index = FILES[f"{folder}/.index.json"]
    assert {each["filename"] for each in index["files"]} == beside
    for each in index["files"]:
        held = FILES[f"{folder}/{each['filename']}"]
        assert (each["resourceType"], each.get("url")) == (held["resourceType"], held.get("url"))


def named_in(text: str) -> Iterator[str]:
    for kind, id_ in CANONICAL.findall(text):
        if kind not in IDENTIFIERS:
            yield f"{BASE}/{kind}/{id_}"


def test_every_definition_of_ours_that_is_named_anywhere_is_in_it() -> None:
    defined = {each["url"] for each in DEFINED.values()}
    sources = [
        path
        for folder in ("src", "mappings", "consent", "fhir_profiles")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".json", ".html") and "node_modules" not in path.parts
    ]
    programs = [path.read_text() for path in sources if "conformance" not in path.parts]
    named = {one for text in programs for one in named_in(text)}
    named |= {one for each in FILES.values() for one in named_in(json.dumps(each))}
    made = re.compile(r"\{(BASE|STRUCTURE_DEFINITION)\}/([A-Za-z]+/)?([a-z][a-z-]+)\"")
    for text in programs:
        for base, kind, id_ in made.findall(text):
            if base == "STRUCTURE_DEFINITION" or kind in ("CodeSystem/", "StructureDefinition/"):
                named.add(f"{BASE}/{kind or 'StructureDefinition/'}{id_}")
    assert named - defined == set()


def test_the_same_version_gives_the_same_bytes() -> None:
    assert packed("1.2.3") == packed("1.2.3")
    assert packed("1.2.3") != packed("1.2.4")


def test_the_command_writes_it(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("onestory")), "package", "--out"]
    done = subprocess.run([*command, str(tmp_path / "one.tgz")], check=False)
    assert done.returncode == 0
    with tarfile.open(tmp_path / "one.tgz") as archive:
        assert "package/package.json" in archive.getnames()
    nowhere = [*command, str(tmp_path / "none" / "one.tgz")]
    refused = subprocess.run(nowhere, check=False, capture_output=True, text=True)
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
