"""What is hidden in a part of one resource hides nothing of another that names it."""

from __future__ import annotations

from typing import Any

import pytest
from callers import Caller, House, body_of, composition, patient

ALCOHOL = {"coding": [{"system": "http://loinc.org", "code": "75626-2"}]}


@pytest.fixture
def theirs(house: House) -> str:
    return house.trust.writes(patient())


@pytest.fixture
def me(house: House) -> Caller:
    return house.person()


def flag(subject: str, *labels: str) -> dict[str, Any]:
    topic = "https://onestory.example/fhir/CodeSystem/topic"
    meta = {"meta": {"security": [{"system": topic, "code": each} for each in labels]}}
    flag = {
        "resourceType": "Flag",
        "status": "active",
        "code": ALCOHOL,
        "subject": {"reference": subject},
    }
    return flag | (meta if labels else {})


def section(*named: str) -> dict[str, Any]:
    return {"code": ALCOHOL, "entry": [{"reference": each} for each in named]}


def test_a_section_that_names_what_is_seen_in_part_is_seen(
    house: House, theirs: str, me: Caller
) -> None:
    kept = house.trust.writes(flag(theirs, "third-party"))
    shown = house.trust.writes(flag(theirs))
    ours = house.organizations["RX1"]
    inner = house.trust.writes(composition(house, theirs, section(shown, ours), section(kept)))
    outer = house.trust.writes(composition(house, theirs, section(inner, ours)))
    plain = house.trust.writes(composition(house, theirs, section(shown, ours)))
    other = house.trust.writes(composition(house, theirs, section(plain, ours)))
    read = [me.read(each) for each in (outer, other)]
    assert read[0]["section"][0]["entry"][0]["reference"] == inner
    assert read[1]["section"][0]["entry"][0]["reference"] == plain
    assert read[0]["meta"]["security"] == read[1]["meta"]["security"]
    assert kept.encode() not in me.get(inner).body


def test_a_section_that_names_only_what_is_kept_names_nothing(
    house: House, theirs: str, me: Caller
) -> None:
    kept = house.trust.writes(flag(theirs, "third-party"))
    outer = house.trust.writes(composition(house, theirs, section(kept)))
    answer = me.get(outer)
    assert kept.encode() not in answer.body
    assert kept in str(body_of(house.trust.get(outer)))


def test_what_is_seen_whole_is_labelled_as_its_author_sees_it(
    house: House, theirs: str, me: Caller
) -> None:
    shown = house.trust.writes(flag(theirs))
    stored = house.trust.writes(composition(house, theirs, section(shown)))
    seen, whole = me.read(stored)["meta"], house.trust.read(stored)["meta"]
    assert (seen["security"], seen.get("tag")) == (whole["security"], whole.get("tag"))
    assert "tag" not in seen


def test_what_is_hidden_two_steps_away_hides_nothing_either(
    house: House, theirs: str, me: Caller
) -> None:
    kept = house.trust.writes(flag(theirs, "third-party"))
    ours = house.organizations["RX1"]
    inner = house.trust.writes(composition(house, theirs, section(ours), section(kept)))
    middle = house.trust.writes(composition(house, theirs, section(inner, ours)))
    outer = house.trust.writes(composition(house, theirs, section(middle, ours)))
    assert me.read(outer)["section"][0]["entry"][0]["reference"] == middle
    assert me.read(middle)["section"][0]["entry"][0]["reference"] == inner
    assert kept.encode() not in me.get(inner).body
