import json
from pathlib import Path

import pytest

import fhir_profiles
from mappings.instruments import all_instruments, instrument, of_questionnaire

CODES = Path(__file__).parents[3] / "shared/reference/codes.json"
HELD = ("assist-lite-uk", "audit-c", "assist-lite-original")


def test_two_instruments_are_offered():
    assert [held.id for held in all_instruments()] == ["assist-lite-uk", "audit-c"]


def test_an_alias_is_the_same_instrument_and_another_name_is_none():
    assert instrument("assist-lite") is instrument("assist-lite-uk")
    assert instrument("assist") is None


def test_assist_lite_embeds_the_items_and_the_score_of_audit_c():
    whole, part = instrument("assist-lite-uk"), instrument("audit-c")
    assert set(part.by_link_id) < set(whole.by_link_id)
    assert whole.totals["total_alcohol"] is not None
    assert whole.totals["total_alcohol"].id == part.totals["total"].id == "audit-c"


def test_other_substances_are_asked_and_not_scored():
    held = instrument("assist-lite-uk")
    assert "al-other-1" in held.by_link_id
    assert "total_other" not in held.totals


@pytest.mark.parametrize("name", HELD)
def test_bands_cover_every_score_without_gap_or_overlap(name):
    held = instrument(name)
    for section in held.sections:
        if section.score is None:
            continue
        highest = sum(max(held.by_link_id[one].words) for one in section.items)
        covered = [
            value for band in section.score.bands for value in range(band.low, band.high + 1)
        ]
        assert covered == list(range(highest + 1))


def test_only_the_tables_of_assist_lite_are_unconfirmed():
    tables = fhir_profiles.load("tables/score_bands.json")["tables"]
    unconfirmed = {name for name, table in tables.items() if table["status"] == "unconfirmed"}
    assert unconfirmed == {
        f"assist-lite-uk.{section}"
        for section in ("tobacco", "cannabis", "stimulants", "sedatives", "opioids")
    }
    for name, table in tables.items():
        assert table["status"] in ("unconfirmed", "published", "confirmed"), name


def test_the_canonical_names_the_instrument_with_its_version_or_without():
    held = instrument("audit-c")
    address = "https://onestory.example/fhir/Questionnaire/audit-c"
    assert of_questionnaire(address) is held
    assert of_questionnaire(f"{address}|1.0.0") is held
    assert of_questionnaire(f"{address}|0.9.0") is None
    assert of_questionnaire("https://elsewhere.example/Questionnaire/audit-c") is None
    assert of_questionnaire("audit-c") is None


def test_every_national_code_is_one_of_the_reference():
    if not CODES.exists():
        pytest.skip("the reference list of codes is not beside this checkout")
    known = {(one["system"], one["code"]) for one in json.loads(CODES.read_text())["codes"]}
    used = {("http://snomed.info/sct", one["code"]) for one in _referral_codes()}
    for held in all_instruments():
        used |= {(one["system"], one["code"]) for one in _codes(held)}
    assert not {pair for pair in used if "onestory" not in pair[0]} - known


def _referral_codes():
    return fhir_profiles.load("tables/referral_codes.json")["codes"]


def _codes(held):
    yield from held.codes
    for item in held.items:
        yield from item.codes
        yield from ({"system": one.system, "code": one.code} for one in item.choices)
    for score in held.totals.values():
        yield from score.codes
