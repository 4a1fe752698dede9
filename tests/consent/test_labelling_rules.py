"""Each labelling rule has its codes from a source, and says nothing of any others."""

from __future__ import annotations

from typing import Any

import pytest
from to_label import LOINC, RULES, SNOMED, codes, concept, observation, of

import fhir_profiles
from consent import topics
from consent.label_rules import rules
from consent.topics import LEVELS

SETS = fhir_profiles.load("labels/reference_sets.json")
SCORE = "https://onestory.example/fhir/CodeSystem/score"
ROWS = [(row, row["system"]) for row in RULES["codes"]]
CODED = [(system, code, row) for row, system in ROWS for code in row["codes"]]
OWN = {
    fhir_profiles.load(path)["url"]: fhir_profiles.load(path)
    for path in fhir_profiles.names("codesystems")
}


def test_every_code_in_the_rules_has_a_source() -> None:
    """National codes stand in sources.json with where they were seen, ours in our CodeSystems."""
    seen = {(row["system"], row["code"]) for row in fhir_profiles.load("sources.json")["codes"]}
    members = [(SETS["system"], code) for row in SETS["sets"] for code in row["codes"]]
    named = [(system, code) for system, code, _ in CODED] + members
    missing = [key for key in named if key[0] in (SNOMED, LOINC) and key not in seen]
    assert missing == []


def test_every_code_of_ours_in_the_rules_is_one_of_ours() -> None:
    named = [(system, code) for system, code, _ in CODED if system not in (SNOMED, LOINC)]
    named += [
        (RULES["services"]["system"], c) for r in RULES["services"]["rules"] for c in r["codes"]
    ]
    held = {
        (url, each["code"]) for url, system in OWN.items() for each in system.get("concept", [])
    }
    assert [key for key in named if key not in held and key[0] != SCORE] == []
    sections = {
        f"{path.rpartition('/')[2].removesuffix('.json')}.{section['id']}"
        for path in fhir_profiles.names("instruments")
        for section in fhir_profiles.load(path)["sections"]
    }
    assert [code for system, code in named if system == SCORE and code not in sections] == []


def test_every_source_is_named() -> None:
    assert all(row["name"] in SETS["sources"] for row in SETS["sets"] if row["codes"])
    assert SETS["sources"]["ids"]


@pytest.mark.parametrize(("row", "system"), ROWS, ids=[row["rule"] for row, _ in ROWS])
def test_each_rule_labels_its_codes_and_not_the_like_elsewhere(
    row: dict[str, Any], system: str
) -> None:
    for code in row["codes"]:
        found = of(observation(code, system))
        assert codes(found) == set(row["topics"])
        assert LEVELS[max(found.level, 3)] == row["level"]
        assert found.rules == (f"{RULES['version']}#{row['rule']}",)
        assert found.pending == row.get("kept", False)
        assert not found.unjudged
        assert of(observation(code, f"{system}/other")).pending
        assert of(observation(f"{code}0", system)).rules != found.rules


@pytest.mark.parametrize("row", RULES["systems"], ids=lambda row: row["rule"])
def test_a_code_without_a_rule_of_its_own_is_labelled_by_its_system(row: dict[str, Any]) -> None:
    for system in row["systems"]:
        assert system in OWN
        found = of(observation("no-code-of-its-own", system))
        assert codes(found) == set(row["topics"])
        assert of(observation("no-code-of-its-own", f"{system}x")).doubt


@pytest.mark.parametrize("row", SETS["sets"], ids=lambda row: row["rule"])
def test_a_member_of_a_reference_set_has_its_own_rule_or_the_sets(row: dict[str, Any]) -> None:
    ruled = {code for system, code, _ in CODED if system == SNOMED}
    for code in row["codes"]:
        found = of(observation(code, SNOMED))
        assert not found.doubt
        assert (found.rules == (f"{RULES['version']}#{row['rule']}",)) == (code not in ruled)


# Answers, and who somebody is: neither says what something is about.
SAYS_NOTHING = {"answer", "mhsds-gender", "ndtms-sex"}
OF_OUR_MAPS = ("care-", "need", "ndtms-", "mhsds-", "top-", "score", "alert", "answer")


def test_every_code_that_our_maps_write_has_a_rule() -> None:
    without = {
        url.rpartition("/")[2]
        for url, system in OWN.items()
        for each in system.get("concept", [{"code": "any"}])
        if rules().coded(url, each["code"]) is None and url not in rules().neutral_systems
    }
    assert {name for name in without if name.startswith(OF_OUR_MAPS)} == SAYS_NOTHING


def test_no_code_has_two_rules() -> None:
    ruled = [(system, code) for system, code, _ in CODED]
    assert len(set(ruled)) == len(ruled)


def test_no_two_rules_share_a_name() -> None:
    """A rule of the kinds of service stands twice: for the directory, and for a role in a team."""
    services = {row["rule"]: row for row in RULES["services"]["rules"]}
    coded = [row["rule"] for row in RULES["codes"]]
    others = [row["rule"] for name in ("systems", "types") for row in RULES[name]]
    others += [row["id"] for row in RULES["instruments"] if row["id"] not in coded]
    names = [*coded, *others, *(row["rule"] for row in SETS["sets"])]
    assert len(set(names)) == len(names)
    for row in RULES["codes"]:
        same = services.get(row["rule"], row)
        assert (same["topics"], same["level"], same["codes"]) == (
            row["topics"],
            row["level"],
            row["codes"],
        )


def test_every_topic_of_the_page_is_set_by_some_rule_or_by_a_site() -> None:
    """No source names a code for sexual health: a site brings its own."""
    said = {topic for row in RULES["codes"] for topic in row["topics"]}
    left = [each.key for each in topics.page_topics() if not each.mask & topics.mask_of(*said)]
    assert left == ["sexual-health"] or left == []


@pytest.mark.parametrize("system", [topics.ACT_CODE, topics.TOPIC_SYSTEM])
def test_a_topic_written_as_a_code_is_that_topic(system: str) -> None:
    for code in topics.all_codes():
        mask = topics.bit(system, code)
        flag = {"resourceType": "Flag", "code": concept(code, system)}
        assert of(flag).topics == mask
        assert of(flag).pending == (mask == 0)


def test_our_own_words_for_a_code_say_that_code() -> None:
    plan = {"resourceType": "CarePlan", "title": "Mental health  crisis PLAN"}
    assert codes(of(plan)) == {"MH"}
    assert not of(plan).doubt
    assert of(plan | {"title": "Mental health crisis plan after hospital"}).doubt


def test_the_digest_moves_with_what_the_rules_say() -> None:
    assert rules().digest == rules().digest
    assert len(rules().digest) == 64
