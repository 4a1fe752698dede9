"""The data behind the national maps: every field says where its name comes from."""

import re
from pathlib import Path

import pytest

import fhir_profiles
from mappings import concept_maps
from mappings.national_fields import PARSERS
from mappings.national_places import PLACES
from mappings.national_tables import tables

OURS = "https://onestory.example/fhir"
SETS = ("mhsds", "ndtms")
SCT = "http://snomed.info/sct"


def fields(name):
    held = fhir_profiles.load(f"national/{name}.json")
    return [field for table in held["tables"] for field in table["fields"]]


@pytest.mark.parametrize("name", SETS)
def test_every_field_names_its_source_and_how_sure_it_is(name):
    held = fhir_profiles.load(f"national/{name}.json")
    for field in [*held["keys"], *fields(name)]:
        assert field["source"] in {*held["sources"], "ours"}, field["name"]
        assert field["confidence"] in ("high", "medium"), field["name"]
        assert field["means"], field["name"]


@pytest.mark.parametrize("name", SETS)
def test_every_field_holds_and_stands_somewhere_that_the_code_knows(name):
    for table in tables(name):
        for field in table.fields:
            assert field.holds in PARSERS, field.name
            assert not field.place or field.place == "dated" or field.place in PLACES, field.name
            assert bool(field.pattern) == (field.holds == "text"), field.name
            assert re.compile(field.pattern)


@pytest.mark.parametrize("name", SETS)
def test_every_code_system_and_extension_of_ours_is_defined(name):
    urls = set(re.findall(rf"{OURS}/StructureDefinition/[\w-]+", str(fields(name))))
    for url in urls:
        assert (
            fhir_profiles.load(f"structure_definitions/{url.rpartition('/')[2]}.json")["url"] == url
        )
    systems = {field.system for table in tables(name) for field in table.fields}
    for system in systems:
        if system.startswith(f"{OURS}/CodeSystem/"):
            held = fhir_profiles.load(f"codesystems/{system.rpartition('/')[2]}.json")
            assert held["url"] == system
            assert held["content"] in ("complete", "not-present")
            assert ("concept" in held) == (held["content"] == "complete")


def test_ndtms_says_how_old_its_names_are_and_what_its_gate_is():
    held = fhir_profiles.load("national/ndtms.json")
    assert "2015" in held["about"]
    assert held["gate_keys"] == ["AGNCY", "CLIENTID", "CONSENT"]
    assert "direction, not by consent" in fhir_profiles.load("national/mhsds.json")["gate"]


def test_every_field_of_a_concept_map_is_used_by_a_field():
    used = {field.map for name in SETS for table in tables(name) for field in table.fields}
    held = {
        path.rpartition("/")[2].removesuffix(".json")
        for path in fhir_profiles.names("concept_maps")
    }
    national = {name for name in held if name.startswith(SETS)}
    assert national == used - {""} | {"mhsds-superseded-assessments"}
    for name in national:
        codes = _codes(fhir_profiles.load(f"concept_maps/{name}.json")["group"][0]["source"])
        assert set(concept_maps.onward(name)) <= codes, name


def _codes(system):
    if system == SCT:
        return {
            one["code"] for one in fhir_profiles.load("national/mhsds_assessments.json")["codes"]
        }
    held = fhir_profiles.load(f"codesystems/{system.rpartition('/')[2]}.json")
    return {concept["code"] for concept in held["concept"]}


def test_every_assessment_has_a_range():
    for one in fhir_profiles.load("national/mhsds_assessments.json")["codes"]:
        assert 0 <= one["least"] < one["most"] <= 100, one["code"]


PAGE = Path(__file__).parents[2] / "docs" / "reference" / "national-data-sets.md"


@pytest.mark.parametrize("name", SETS)
def test_the_page_tells_every_field_and_limit(name):
    page = PAGE.read_text("utf-8")
    held = fhir_profiles.load(f"national/{name}.json")
    told = [field["name"] for field in [*held["keys"], *fields(name)]]
    unmapped = [f"{one['table']}: {one['why']}" for one in held["not_mapped"]]
    for words in (*told, *held["limits"], *unmapped):
        assert words in page, words
