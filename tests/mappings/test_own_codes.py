"""Every code of ours that an instrument uses is in the code system that defines it."""

import pytest
from fhir.resources.R4B.codesystem import CodeSystem

import fhir_profiles
from mappings.instruments import all_instruments
from mappings.systems import ALERT, ANSWER, BAND, BASE, PROVISIONAL, SCORE

FIELD = f"{BASE}/CodeSystem/top-field"
NAMES = ("alert", "answer", "band", "top-field", "provisional", "score")


def defined(system):
    held = fhir_profiles.load(f"codesystems/{system.rpartition('/')[2]}.json")
    assert held["url"] == system
    return {concept["code"] for concept in held["concept"]}


def used():
    """(system, code) of ours, wherever an instrument names one."""
    yield PROVISIONAL, "unconfirmed-table"
    for held in all_instruments():
        for item in held.items:
            yield from ((one["system"], one["code"]) for one in item.codes)
            yield from ((one.system, one.code) for one in item.choices)
        for score in held.scores:
            yield from ((BAND, band.code) for band in score.bands)
            yield from ((BAND, one.code) for one in score.outcomes if one.code)
            if not score.codes:
                yield SCORE, score.id
        yield from ((ALERT, alert.id) for alert in held.alerts)


@pytest.mark.parametrize("name", NAMES)
def test_a_code_system_of_ours_is_valid_and_counts_its_codes(name):
    held = fhir_profiles.load(f"codesystems/{name}.json")
    CodeSystem.model_validate(held)
    assert held["count"] == len(held["concept"]) == len({one["code"] for one in held["concept"]})


@pytest.mark.parametrize("name", NAMES)
def test_every_code_that_is_used_is_defined(name):
    system = f"{BASE}/CodeSystem/{name}"
    codes = {code for where, code in used() if where == system}
    assert codes
    assert codes <= defined(system)


def test_answers_are_defined_exactly():
    assert {code for system, code in used() if system == ANSWER} == defined(ANSWER)


def test_no_other_code_system_of_ours_is_used():
    systems = {system for system, _ in used() if system.startswith(BASE)}
    assert systems == {f"{BASE}/CodeSystem/{name}" for name in NAMES}
    assert FIELD in systems
