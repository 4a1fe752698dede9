import json
import re
from pathlib import Path

import pytest

import fhir_profiles
from mappings.instrument import Rule
from mappings.instruments import all_instruments, instrument, of_questionnaire

REFERENCE = Path(__file__).parents[3] / "shared/reference"
INSTRUMENTS, CODES = REFERENCE / "instruments.json", REFERENCE / "codes.json"
ALL = (
    "assist-lite-uk",
    "audit",
    "audit-c",
    "c-ssrs-screener",
    "core-10",
    "dast-10",
    "dialog",
    "ftnd",
    "gad-7",
    "honos-wa",
    "itq",
    "ldq",
    "pc-ptsd-5",
    "phq-9",
    "reqol-10",
    "sadq",
    "top",
)
SUMS = [
    score
    for held in (*all_instruments(), instrument("assist-lite-original"))
    for score in held.scores
    if score.bands
]


def test_seventeen_instruments_are_offered():
    assert {held.id for held in all_instruments()} == set(ALL)


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


@pytest.mark.parametrize("score", SUMS, ids=lambda one: f"{one.id} {one.column}")
def test_bands_cover_every_whole_score_without_gap_or_overlap(score):
    held = next(one for one in ALL_HELD if score in one.scores)
    points = [held.by_link_id[one].points.values() for one in score.items]
    ends = [sum(map(end, points)) for end in (min, max)]
    if score.rule is Rule.MEAN:
        ends = [end // len(points) for end in ends]
    covered = [value for band in score.bands for value in range(band.low, band.high + 1)]
    assert covered == list(range(ends[0], ends[1] + 1))


ALL_HELD = (*all_instruments(), instrument("assist-lite-original"))
PUBLISHED = {"audit", "audit-c", "phq-9", "gad-7", "dast-10", "assist-lite-original.alcohol"}


def test_what_has_no_checked_source_is_unconfirmed():
    tables = fhir_profiles.load("tables/score_bands.json")["tables"]
    assert {name for name, table in tables.items() if table["status"] == "published"} == PUBLISHED
    for name, table in tables.items():
        assert table["status"] in ("unconfirmed", "published", "confirmed"), name
        assert table["source"], name


def test_every_table_scores_something_and_every_trigger_has_its_item():
    used = {
        row["table"]
        for path in fhir_profiles.names("instruments")
        for data in [fhir_profiles.load(path)]
        for row in [*data["scores"], data.get("item_scores", {"table": None})]
    }
    assert used - {None} == set(fhir_profiles.load("tables/score_bands.json")["tables"])
    for trigger in fhir_profiles.load("tables/alerts.json")["triggers"]:
        held = instrument(trigger["instrument"])
        named = re.findall(r'"item": "([^"]+)"', json.dumps(trigger))
        assert named
        assert set(named) <= set(held.by_link_id)


@pytest.mark.parametrize("held", ALL_HELD, ids=lambda held: held.id)
def test_every_condition_and_score_names_items_that_are_there(held):
    for section in held.sections:
        assert section.gate is None or section.gate == section.items[0]
        assert all(set(skip.items) < set(section.items) for skip in section.skips)
    for score in held.scores:
        assert set(score.items) <= set(held.by_link_id)
        named = re.findall(r"item='([^']+)'", repr(score.outcomes))
        assert set(named) <= set(score.items)


def test_columns_are_the_link_ids_of_the_reference():
    if not INSTRUMENTS.exists():
        pytest.skip("the reference instruments are not beside this checkout")
    for row in json.loads(INSTRUMENTS.read_text())["instruments"]:
        held = instrument(row["id"])
        lent = [item for kind in row.get("embeds", ()) for item in instrument(kind).by_link_id]
        wanted = {item["linkId"] for item in row["items"]} | set(lent)
        assert set(held.by_link_id) == wanted
        for item in row["items"]:
            answers = item.get("answers")
            if isinstance(answers, list) and item.get("scored", True):
                points = [one["ord"] for one in answers]
                assert sorted(held.by_link_id[item["linkId"]].points) == sorted(points)


def test_reversed_items_are_those_of_their_instruments():
    reverse = {item.link_id for held in ALL_HELD for item in held.items if item.reverse}
    assert reverse == {"core10-2", "core10-3", "dast-3"}
    assert instrument("core-10").by_link_id["core10-2"].points == {0: 4, 1: 3, 2: 2, 3: 1, 4: 0}


def test_the_last_items_of_audit_take_only_nought_two_and_four():
    for link_id in ("audit-9", "audit-10"):
        assert set(instrument("audit").by_link_id[link_id].readings) == {"0", "2", "4"}


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
    for score in held.scores:
        yield from (*score.codes, *score.accepted)
