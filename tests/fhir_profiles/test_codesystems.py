"""Our code systems hold exactly the codes that our data uses."""

from __future__ import annotations

from typing import Any

import pytest

import fhir_profiles

BASE = "https://onestory.example/fhir/CodeSystem"
OURS = ("topic", "band", "score", "alert", "attestation", "labelling", "provisional")


def held(name: str) -> dict[str, Any]:
    found: dict[str, Any] = fhir_profiles.load(f"codesystems/{name}.json")
    return found


def codes(name: str) -> set[str]:
    return {concept["code"] for concept in held(name)["concept"]}


@pytest.mark.parametrize("name", OURS)
def test_a_code_system_says_who_it_is_and_counts_its_codes(name: str) -> None:
    system = held(name)
    assert system["resourceType"] == "CodeSystem"
    assert (system["id"], system["url"]) == (name, f"{BASE}/{name}")
    assert (system["status"], system["content"]) == ("active", "complete")
    assert system["count"] == len(system["concept"]) == len(codes(name))


def test_topics_of_ours_are_those_of_the_topic_table() -> None:
    rows = fhir_profiles.load("labels/topics.json")["topics"]
    assert codes("topic") == {row["code"] for row in rows if row["system"] == f"{BASE}/topic"}


@pytest.mark.parametrize("name", ["score", "alert"])
def test_every_code_that_a_rule_names_exists(name: str) -> None:
    rules = fhir_profiles.load("labels/rules.json")["codes"]
    named = {code for row in rules if row["system"] == f"{BASE}/{name}" for code in row["codes"]}
    assert named
    assert named <= codes(name)


def test_every_score_belongs_to_an_instrument() -> None:
    known = {row["id"] for row in fhir_profiles.load("labels/rules.json")["instruments"]}
    assert {code.partition(".")[0] for code in codes("score")} <= known


def test_the_codes_that_the_contract_names_exist() -> None:
    assert "person-agreed" in codes("attestation")
    assert "pending" in codes("labelling")
    assert "unconfirmed-table" in codes("provisional")
    assert "self-harm-item" in codes("alert")
