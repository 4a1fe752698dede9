from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir.encoding import encode
from gateway.fhir.wording import holds_words, regenerated, shared_meta

LOINC = "http://loinc.org"


def test_the_senders_display_of_a_known_code_becomes_ours() -> None:
    coding = {"system": LOINC, "code": "75626-2", "display": "uses ketamine at weekends"}
    shared = regenerated({"resourceType": "Observation", "code": {"coding": [coding]}})
    assert shared["code"]["coding"] == [
        {"system": LOINC, "code": "75626-2", "display": "Total score [AUDIT-C]"}
    ]


def test_the_display_of_an_unknown_code_is_left_out() -> None:
    coding = {"system": "urn:x", "code": "1", "display": "secret"}
    assert regenerated({"code": {"coding": [coding]}}) == {
        "code": {"coding": [{"system": "urn:x", "code": "1"}]}
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            {"text": {"status": "generated", "div": "<div>x</div>"}, "status": "final"},
            {"status": "final"},
        ),
        (
            {"code": {"coding": [{"code": "1"}], "text": "beside"}},
            {"code": {"coding": [{"code": "1"}]}},
        ),
        ({"code": {"text": "alone"}}, {"code": {"text": "alone"}}),
        (
            {"subject": {"reference": "Patient/1", "display": "A name"}},
            {"subject": {"reference": "Patient/1"}},
        ),
        (
            {"item": [{"linkId": "a", "text": "asked", "answer": [{"valueInteger": 1}]}]},
            {"item": [{"linkId": "a", "answer": [{"valueInteger": 1}]}]},
        ),
        ({"requester": {"display": "A name"}, "status": "final"}, {"status": "final"}),
        (
            {"performer": [{"display": "A"}, {"reference": "Device/1"}]},
            {"performer": [{"reference": "Device/1"}]},
        ),
        (
            {"contained": [{"resourceType": "Device", "text": {"div": "x"}, "meta": {"tag": []}}]},
            {"contained": [{"resourceType": "Device"}]},
        ),
        ({"_given": [None, {"id": "a"}]}, {"_given": [None, {"id": "a"}]}),
    ],
    ids=[
        "narrative",
        "text beside a coding",
        "text alone",
        "reference display",
        "item text",
        "display alone",
        "display alone in a list",
        "contained narrative and meta",
        "places of extensions",
    ],
)
def test_words_beside_codes_are_left_out_and_nothing_else(before: dict, after: dict) -> None:
    assert regenerated(before) == after


def test_what_was_given_is_not_changed() -> None:
    given = {"code": {"coding": [{"code": "1", "display": "x"}]}}
    regenerated(given)
    assert given == {"code": {"coding": [{"code": "1", "display": "x"}]}}


def test_others_receive_of_meta_only_profiles_and_codes() -> None:
    word = {"url": "http://example.org", "valueString": "secret"}
    meta = {
        "source": "http://example.org/secret",
        "profile": ["http://clinic.example/hiv", PROFILE],
        "extension": [word],
        "tag": [
            {"system": "urn:clinic", "code": "hiv-cohort"},
            {"system": TAGS, "code": "unconfirmed-table", "display": "secret", "version": "a word"},
            {"display": "secret"},
        ],
        "security": [{"display": "secret"}, {"system": "urn:clinic", "code": "hiv"}],
    }
    assert shared_meta(meta) == {
        "profile": [PROFILE],
        "tag": [{"system": TAGS, "code": "unconfirmed-table"}],
    }
    assert shared_meta({"tag": [{"system": "urn:clinic", "code": "hiv-cohort"}]}) == {}


PROFILE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation"
TAGS = "https://onestory.example/fhir/CodeSystem/provisional"
UCUM = "http://unitsofmeasure.org"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            {"value": 3, "unit": "HIV copies", "system": UCUM, "code": "/mL"},
            {"value": 3, "unit": "/mL", "system": UCUM, "code": "/mL"},
        ),
        ({"value": 80, "unit": "kg"}, {"value": 80, "unit": "kg"}),
        ({"code": "1", "version": "at the clinic"}, {"code": "1"}),
        ({"code": "1", "version": "2.82"}, {"code": "1", "version": "2.82"}),
        ({"system": "urn:x", "value": "clinic for HIV"}, {"system": "urn:x"}),
        ({"system": "urn:x", "value": "A-123 4"}, {"system": "urn:x", "value": "A-123 4"}),
        ({"system": "phone", "value": "1 ext 2"}, {"system": "phone", "value": "1 ext 2"}),
    ],
)
def test_units_versions_and_identifiers_keep_what_is_no_words(before: dict, after: dict) -> None:
    assert regenerated({"part": before}) == {"part": after}


WORDS = st.dictionaries(
    st.sampled_from(["display", "text", "_text", "code", "coding", "linkId", "value", "item"]),
    st.recursive(
        st.sampled_from(["x", "display", '"text":']),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["display", "coding", "code", "item"]), inner)
        ),
        max_leaves=8,
    ),
)


@given(WORDS)
def test_what_holds_no_words_by_its_bytes_stays_as_it_is(resource: dict[str, Any]) -> None:
    before = copy.deepcopy(resource)
    shared = regenerated(resource)
    assert resource == before
    assert holds_words(encode(resource)) or shared == resource
