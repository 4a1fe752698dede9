"""A site's own labelling rules add to those of the product, or replace them."""

from __future__ import annotations

from typing import Any

import pytest
from to_label import LOINC, SNOMED, codes, concept, item, observation, of_type, response

from consent.label_rules import Rules, rules
from consent.labelling import Labels, label, service_says
from consent.site_rule_shapes import SiteRulesError
from consent.site_rules import with_site

Json = dict[str, Any]
URL = "https://riverside.example/Questionnaire/gambling"
CARE_TEAM = "https://onestory.example/fhir/CodeSystem/care-team"
ILLSUB = "999023651000230108"


def row(**more: Any) -> Json:
    return {
        "rule": "hiv-tests",
        "topics": ["HIV"],
        "level": "R",
        "system": SNOMED,
        "codes": ["1"],
    } | more


def site(**members: Any) -> Rules:
    return with_site({"version": "riverside-1"} | members)


def of(resource: Json, table: Rules) -> Labels:
    return label(resource, {}, table)


def test_a_code_of_the_sites_own_is_labelled_and_names_the_sites_version() -> None:
    found = of(observation("1", SNOMED), site(codes=[row()]))
    assert codes(found) == {"HIV"}
    assert found.rules == ("riverside-1#hiv-tests",)
    assert not found.doubt
    assert of(observation("2", SNOMED), site(codes=[row()])).doubt
    assert of(observation("1", SNOMED), rules()).doubt


def test_a_sites_rule_stands_before_the_products() -> None:
    table = site(codes=[row(rule="totals", topics=["drugs"], system=LOINC, codes=["75626-2"])])
    assert codes(of(observation("75626-2"), table)) == {"drugs"}
    assert codes(of(observation("75624-7"), table)) == {"ETHUD"}
    assert of(observation("75624-7"), table).rules == of(observation("75624-7"), rules()).rules


def test_a_site_takes_a_rule_away() -> None:
    table = site(without=["smoking-status"])
    assert of(observation("72166-2"), table).doubt
    assert not of(observation("75626-2"), table).doubt


def test_a_site_brings_the_members_of_a_reference_set() -> None:
    table = site(reference_sets=[{"id": ILLSUB, "codes": ["123", "75544000"]}])
    assert codes(of(observation("123", SNOMED), table)) == {"OPIOIDUD", "drugs"}
    assert codes(of(observation("75544000", SNOMED), table)) == {"OPIOIDUD"}, "its own rule first"
    assert of(observation("123", SNOMED), rules()).doubt


def test_a_site_brings_an_instrument() -> None:
    tool = {"id": "gambling", "questionnaire": URL, "topics": ["MH"], "level": "R", "items": ["g1"]}
    table = site(instruments=[tool])
    answered = response("x", item("g1", {"valueInteger": 1})) | {"questionnaire": f"{URL}|2"}
    assert codes(of(answered, table)) == {"MH"}
    assert not of(answered, table).doubt
    assert of(answered | {"item": [item("g2", {"valueInteger": 1})]}, table).doubt
    assert of(answered, rules()).doubt


def test_a_site_says_what_a_system_and_a_kind_of_service_are_about() -> None:
    system = {"rule": "wards", "topics": ["PSY"], "level": "R", "systems": ["urn:wards"]}
    kind = row(rule="sexual-health", topics=["SEX"], system=CARE_TEAM, codes=["sexual-health"])
    table = site(systems=[system], services=[kind])
    assert codes(of(observation("7", "urn:wards"), table)) == {"PSY"}
    service = of_type("HealthcareService", type=[concept("sexual-health", CARE_TEAM)])
    [said] = service_says(service, table)
    assert said.rule == "riverside-1#sexual-health"
    assert service_says(service) == ()


def test_each_set_of_rules_has_a_version_and_a_digest_of_its_own() -> None:
    tables = [rules(), site(), site(codes=[row()]), site(codes=[row(level="V")])]
    assert [one.version for one in tables][:2] == [
        rules().version,
        f"{rules().version}+riverside-1",
    ]
    assert len({one.digest for one in tables[1:]}) == 3
    assert site(codes=[row()]).digest == site(codes=[row()]).digest


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ([], "the rules must be an object"),
        ({}, "version must be 1 to 40 letters"),
        ({"version": "a b"}, "version must be"),
        ({"version": "1", "code": []}, "code is unknown; use codes"),
        ({"version": "1", "codes": {}}, "codes must be an array"),
        ({"version": "1", "codes": [{}]}, "codes[0] must be an object with rule, topics"),
        ({"version": "1", "codes": [row(more=1)]}, "codes[0].more is unknown"),
        ({"version": "1", "codes": [row(topics=["ALC"])]}, "codes[0].topics[0] must be one of SPI"),
        ({"version": "1", "codes": [row(level="X")]}, "codes[0].level must be one of U"),
        ({"version": "1", "codes": [row(rule="A b")]}, "codes[0].rule must be lower-case"),
        ({"version": "1", "codes": [row(codes=[1])]}, "codes[0].codes[0] must be a string"),
        ({"version": "1", "codes": [row(codes="1")]}, "codes[0].codes must be an array"),
        ({"version": "1", "codes": [row(), row(rule="b")]}, "codes[1] must not list what another"),
        ({"version": "1", "without": ["nothing"]}, "without[0] must be a rule of the product"),
        ({"version": "1", "without": "alcohol"}, "without must be an array"),
        (
            {"version": "1", "reference_sets": [{"id": "1", "codes": []}]},
            "reference_sets[0].id must be one of 9",
        ),
    ],
)
def test_rules_in_doubt_label_nothing(wrong: Any, said: str) -> None:
    with pytest.raises(SiteRulesError) as refused:
        with_site(wrong)
    assert str(refused.value).startswith(said)


def test_the_products_rules_stay_as_they_are() -> None:
    before = rules().digest
    site(codes=[row()], without=["alcohol"], reference_sets=[{"id": ILLSUB, "codes": ["1"]}])
    assert rules().digest == before
    assert codes(of(observation("75626-2"), rules())) == {"ETHUD"}
