"""Nothing that our sources know of the national data sets is left out without a reason.

Needs ../shared/reference; without it nothing is compared.
"""

import json
import re
from functools import cache
from pathlib import Path

import pytest

import fhir_profiles
from mappings.instruments import all_instruments
from mappings.national_tables import columns, tables

REFERENCE = Path(__file__).parents[3] / "shared" / "reference"
HERE = (REFERENCE / "mhsds_ndtms_fields.json").is_file()
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "national-data-sets.md"

pytestmark = pytest.mark.skipif(not HERE, reason="../shared/reference is not here")

# Where the source shortens two names to one, and public code has the second in full.
IN_FULL = {"CarePlanCreatTime": "CarePlanCreationTime"}


@cache
def source(name):
    return json.loads((REFERENCE / f"{name}.json").read_text("utf-8"))


def rows(name):
    return source("mhsds_ndtms_fields")[name] if HERE else []


def held(name):
    return fhir_profiles.load(f"national/{name}.json")


def fields(name):
    """(table, field) for every field, by its national table."""
    return [
        (field.get("national_table", table["table"]), field)
        for table in held(name)["tables"]
        for field in table["fields"]
    ]


def named(text):
    """The names in a source's cell: "A, B / C", "XDate/Time", "XBy/Date/Time", "X + others"."""
    names = []
    for part in re.split(r", ?| / ", text.partition(" +")[0]):
        first, *others = part.split("/")
        names.append(first)
        if others:
            stem = re.sub("(Date|Time|By)$", "", first)
            names += [stem + other for other in others]
    return [IN_FULL.get(name, name) for name in names]


def numbers(text):
    """MHS201/202 as MHS201 and MHS202."""
    first, *others = re.findall(r"\d{3}", text)
    return [f"MHS{one}" for one in (first, *others)]


@pytest.mark.parametrize("row", rows("mhsds"), ids=lambda row: f"{row['table']} {row['field']}")
def test_every_mhsds_row_is_mapped_or_said_not_to_be(row):
    ours = {table[:6] for table, _ in fields("mhsds")}
    told = " ".join(one["table"] for one in held("mhsds")["not_mapped"])
    for number in numbers(row["table"]):
        if number in ours:
            assert set(named(row["field"])) <= set(columns("mhsds"))
        else:
            assert number in told


@pytest.mark.parametrize("row", rows("ndtms"), ids=lambda row: row["field"])
def test_every_ndtms_row_is_mapped(row):
    assert set(named(row["field"])) <= set(columns("ndtms"))


def test_the_tables_that_the_product_promises_are_mapped():
    ours = {table for table, _ in fields("mhsds")}
    assert {
        "MHS606CodedScoreAssessmentRefer",
        "MHS607CodedScoreAssessmentAct",
        "MHS101Referral",
        "MHS102ServiceTypeReferredTo",
        "MHS105OnwardReferral",
        "MHS008CarePlanType",
        "MHS009CarePlanAgreement",
        "MHS006MHCareCoord",
    } <= ours
    assert "MHS608AnonSelfAssess" not in ours


def test_no_name_is_surer_than_its_source():
    sure = ("low", "medium", "high")
    said = {
        (numbers(row["table"])[0], name): row["confidence"]
        for row in rows("mhsds")
        for name in named(row["field"])
    }
    found_since = {"OtherReasonReferMH"}  # unconfirmed there; read in public code since
    for table, field in fields("mhsds"):
        known = said.get((table[:6], field["name"]))
        if known is not None and field["name"] not in found_since:
            assert sure.index(field["confidence"]) <= sure.index(known), field["name"]
    assert {field["confidence"] for _, field in fields("ndtms")} == {"medium"}


def coded(name, column):
    return {
        code
        for table in tables(name)
        for one in table.fields
        if one.name == column
        for code in one.codes
    }


def span(text):
    """The codes in a source's list: "A-H,J-N,P", "01-08", "F1-F3", "N1/N2/N4"."""
    found = set()
    for part in re.split("[,/]", text):
        first, _, last = part.partition("-")
        if not last:
            found.add(first)
        elif first.isalpha():
            found |= {chr(one) for one in range(ord(first), ord(last) + 1)}
        else:
            stem = re.sub(r"\d+$", "", first)
            low, high = (int(re.sub(r"\D", "", end)) for end in (first, last))
            found |= {f"{stem}{one:0{len(first) - len(stem)}}" for one in range(low, high + 1)}
    return found


def listed(name, column):
    """The source's own words on a field's codes."""
    return next(row["code_list"] for row in rows(name) if column in named(row["field"]))


def test_every_code_of_a_known_list_is_taken():
    places = listed("mhsds", "SourceOfReferralMH")
    sources = {code for text in places for code in span(text)}
    assert coded("mhsds", "SourceOfReferralMH") == sources
    assert {"N1", "N2", "N4"} <= sources, "talking therapies"
    assert coded("mhsds", "NHSNumberStatus") == span(listed("mhsds", "NHSNumberStatus"))
    assert coded("mhsds", "EthnicCategory") == span(listed("mhsds", "EthnicCategory"))
    for column in ("CarePlanTypeMH", "ReferRejectReason"):
        words = listed("mhsds", column).split("; ")
        assert coded("mhsds", column) == {one.split()[0] for one in words}, column
    assert coded("mhsds", "ClinRespPriorityType") == {"1", "2", "3", "4"}
    assert coded("mhsds", "ReferClosReason") == span("01-09")


def test_every_code_of_an_old_list_is_taken():
    referred = {one.split()[0] for one in listed("ndtms", "RFLS").split(", ")}
    assert referred <= coded("ndtms", "RFLS")
    assert coded("ndtms", "INJSTAT") == set("PCNZ")
    assert coded("ndtms", "ACCMNEED") == set("123")
    assert coded("ndtms", "PRNTSTAT") == span("11-15")
    days = next(one for _, one in fields("ndtms") if one["name"] == "ALCDDAYS")
    assert (days.get("least", 0), days["most"]) == (0, 28)


def test_every_assessment_has_the_range_of_its_source():
    said = {
        row["snomed"]: (row["min"], row["max"]) for row in source("mhsds_assessment_codes")["rows"]
    }
    codes = held("mhsds_assessments")["codes"]
    ours = {one["code"]: (one["least"], one["most"]) for one in codes}
    assert len(said) >= 90
    later = set(said) - set(ours)
    superseded = fhir_profiles.load("concept_maps/mhsds-superseded-assessments.json")
    read = {one["code"] for one in superseded["group"][0]["element"]}
    assert later <= read
    assert {code: said[code] for code in ours if code in said} == {
        code: ends for code, ends in ours.items() if code in said
    }
    assert set(ours) <= set(said)


def test_what_was_not_found_is_said_on_the_page():
    said = {
        "ASSIST-Lite CodedAssToolType": "no CodedAssToolType is known for it",
        "current NDTMS MH-need data items": "current questions on mental health need are not",
        "AUDIT score field name in current CDS": "AUDIT score: its name in the current set is not",
        "MHNRC (complexity factor) data definition": "complexity factor: its definition is not",
    }
    assert set(source("mhsds_ndtms_fields")["not_found"]) == set(said)
    page = PAGE.read_text("utf-8")
    for words in said.values():
        assert words in page


def test_caseness_is_that_of_the_source():
    said = {
        one["id"]: one["caseness"]["talking_therapies_min"]
        for one in source("instruments")["instruments"]
        if "talking_therapies_min" in one.get("caseness", {})
    }
    ours = {
        one.id: score.caseness
        for one in all_instruments()
        for score in one.scores
        if score.caseness is not None
    }
    assert ours == said == {"phq-9": 10, "gad-7": 8}
