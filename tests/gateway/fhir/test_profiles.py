"""Our profiles: what follows them passes, and each way to break them is named at its place."""

from __future__ import annotations

import os
from copy import deepcopy
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest

import fhir_profiles
from gateway.fhir import profile_rules, profiles, structure, validation
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, status_of
from gateway.fhir.profile_rules import BASE, Rule
from gateway.fhir.strict_json import Limits, parse
from mappings import instruments, referral, screening
from mappings.verdict import Mapped

HERE = Path(__file__).parent
MUTATIONS = run_path(str(HERE / "mutations.py"))
NUMBER = 20_000 if os.environ.get("ONESTORY_FULL") == "1" else 600

PERSON = {"nhs_number": "9990000018", "birth_date": "1980-05-17"}
SENDER = {"organization_ods": "RXX01", "practitioner_id": "123456789012"}
ANSWERS = {f"phq9-{n}": "1" for n in range(1, 9)} | {"phq9-9": "0", "phq9-10": "0"}
SCREENED = PERSON | SENDER | ANSWERS | {"recorded_at": "2026-01-02T10:00:00Z"}
REFERRED = (
    PERSON
    | SENDER
    | {"authored_at": "2026-01-02T10:00:00Z", "to_organization_ods": "RYY01", "agreed": "y"}
    | {"code": "201521000000104", "priority": "urgent", "reason": "a need", "note": "none"}
    | {"while_waiting": "call us"}
)


def made() -> dict[str, dict[str, Any]]:
    """One resource for each profile, as our own maps make it."""
    found: dict[str, dict[str, Any]] = {}
    phq_9 = instruments.instrument("phq-9")
    assert phq_9 is not None
    for mapped in (screening.to_fhir(SCREENED, phq_9), referral.to_fhir(REFERRED)):
        assert isinstance(mapped, Mapped)
        for entry in mapped.entries:
            found.setdefault(entry.resource["resourceType"], dict(entry.resource))
    found["CarePlan"] = next(
        entry["resource"]
        for entry in fhir_profiles.load("examples/valid/care-plan-whole.json")["entry"]
        if entry["resource"]["resourceType"] == "CarePlan"
    )
    found["Bundle"] = fhir_profiles.load("examples/valid/story-whole.json")
    found["Composition"] = found["Bundle"]["entry"][0]["resource"]
    return {name: parsed(found[type_]) for name, type_ in TYPES.items()}


def parsed(resource: dict[str, Any]) -> dict[str, Any]:
    tree = parse(encode(resource), Limits())
    assert isinstance(tree, dict)
    return tree


TYPES = {
    "screening-response": "QuestionnaireResponse",
    "score-observation": "Observation",
    "referral-request": "ServiceRequest",
    "referral-task": "Task",
    "shared-care-plan": "CarePlan",
    "story": "Composition",
    "story-document": "Bundle",
}
MADE = made()


def found_in(resource: dict[str, Any], name: str) -> list[Any]:
    return validation.problems(resource, against=BASE + name)


def test_every_definition_of_ours_can_be_read_and_its_slices_told_apart() -> None:
    for url in profile_rules.definitions():
        definition = profile_rules.profile(url)
        assert definition is not None
        for root in definition.roots:
            told_apart(root)


def told_apart(rule: Rule) -> None:
    kinds = rule.discriminators or (("value", "url"),)
    for each in rule.slices.values():
        profiles.is_in_slice(each, kinds, {})  # raises where a slice does not say what it is
        assert each.extensions or each.pattern is not None or each.elements
    for below in (*rule.elements.values(), *rule.slices.values()):
        told_apart(below)


def test_every_profile_of_a_resource_is_tried_here() -> None:
    of_resources = {u for u, d in profile_rules.definitions().items() if d["kind"] == "resource"}
    assert of_resources == {BASE + name for name in TYPES}


@pytest.mark.parametrize("name", TYPES)
def test_what_our_maps_make_follows_our_profiles(name: str) -> None:
    assert found_in(MADE[name], name) == []
    assert found_in(MADE[name], f"{name}|1.0.0") == []


BROKEN: list[tuple[str, dict[str, Any], str, Kind]] = [
    ("screening-response", {"questionnaire": None}, "questionnaire", Kind.PROFILE_REQUIRED),
    ("screening-response", {"questionnaire": "a"}, "questionnaire", Kind.INVARIANT),
    ("screening-response", {"authored": None}, "authored", Kind.PROFILE_REQUIRED),
    ("screening-response", {"item": None}, "", Kind.INVARIANT),
    ("screening-response", {"extension": None}, "extension", Kind.PROFILE_REQUIRED),
    (
        "screening-response",
        {"subject": {"reference": "Group/1"}},
        "subject",
        Kind.PROFILE_VALUE,
    ),
    ("score-observation", {"valueQuantity": None}, "", Kind.INVARIANT),
    (
        "score-observation",
        {"valueQuantity": None, "valueString": "8"},
        "valueString",
        Kind.PROFILE,
    ),
    (
        "score-observation",
        {"valueQuantity": {"value": 8, "system": "http://unitsofmeasure.org", "code": "kg"}},
        "valueQuantity.code",
        Kind.PROFILE_VALUE,
    ),
    (
        "score-observation",
        {"valueQuantity": {"value": 8}},
        "valueQuantity.system",
        Kind.PROFILE_REQUIRED,
    ),
    ("score-observation", {"category": [{"text": "x"}]}, "category", Kind.PROFILE_REQUIRED),
    (
        "score-observation",
        {"interpretation": [{"text": "bad"}]},
        "interpretation[0]",
        Kind.PROFILE_CODE,
    ),
    (
        "score-observation",
        {"component": [{"code": {"text": "x"}}]},
        "component",
        Kind.PROFILE,
    ),
    ("score-observation", {"code": {"text": "x"}}, "code.coding", Kind.PROFILE_REQUIRED),
    ("referral-request", {"intent": "plan"}, "intent", Kind.PROFILE_VALUE),
    ("referral-request", {"reasonCode": None}, "", Kind.INVARIANT),
    ("referral-request", {"performer": None}, "performer", Kind.PROFILE_REQUIRED),
    ("referral-task", {"code": {"text": "x"}}, "code", Kind.PROFILE_VALUE),
    ("referral-task", {"status": "rejected"}, "", Kind.INVARIANT),
    ("referral-task", {"focus": {"reference": "Task/1"}}, "focus", Kind.PROFILE_VALUE),
    ("shared-care-plan", {"category": None}, "category", Kind.PROFILE_REQUIRED),
]


@pytest.mark.parametrize(("name", "change", "place", "kind"), BROKEN)
def test_what_breaks_a_profile_is_refused_at_its_place(
    name: str, change: dict[str, Any], place: str, kind: Kind
) -> None:
    resource = {n: v for n, v in (MADE[name] | change).items() if v is not None}
    where = f"{TYPES[name]}.{place}".rstrip(".")
    found = found_in(resource, name)
    assert (kind, where) in [(each.kind, each.expression) for each in found]
    assert status_of(found) == 422
    assert all("\n" not in each.diagnostics for each in found)


def test_an_extension_of_ours_is_checked_by_its_own_definition() -> None:
    broken = deepcopy(MADE["score-observation"])
    broken["extension"] = [{"url": f"{BASE}recording-organization", "valueString": "RXX01"}]
    assert [each.expression for each in found_in(broken, "score-observation")] == [
        "Observation.extension[0].valueString"
    ]
    twice = MADE["score-observation"]["extension"] * 2
    found = found_in(MADE["score-observation"] | {"extension": twice}, "score-observation")
    assert [each.expression for each in found] == ["Observation.extension"]


def test_all_problems_are_named_at_once() -> None:
    bare = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
    places = [each.expression for each in found_in(bare, "score-observation")]
    assert len(places) >= 7
    assert {"Observation.subject", "Observation.effective", "Observation.performer"} < set(places)


def test_a_resource_is_held_to_the_profile_that_it_names() -> None:
    bare = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
    claims = bare | {"meta": {"profile": [f"{BASE}score-observation"]}}
    assert validation.problems(bare) == []
    assert validation.problems(claims) == found_in(bare, "score-observation")
    assert found_in(claims, "score-observation") == validation.problems(claims)
    others = bare | {"meta": {"profile": ["https://other.example/profile"]}}
    assert validation.problems(others) == []


def test_a_resource_in_a_bundle_is_held_to_its_profile_at_its_place() -> None:
    named = {"meta": {"profile": [f"{BASE}referral-task"]}, "resourceType": "Task"}
    task = named | {"status": "requested", "intent": "order"}
    entry = {"resource": task, "request": {"method": "POST", "url": "Task"}}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    places = [each.expression for each in validation.problems(bundle)]
    assert "Bundle.entry[0].resource.owner" in places


@pytest.mark.parametrize(
    "url", ["https://other.example/p", f"{BASE}none", f"{BASE}referral-task|9"]
)
def test_a_profile_that_is_not_ours_is_said_to_be_unknown(url: str) -> None:
    (found,) = validation.problems(MADE["referral-task"], against=url)
    assert found.kind is Kind.UNKNOWN_PROFILE
    assert f"{BASE}referral-task" in found.diagnostics


def test_a_profile_of_another_type_is_said_to_be_that() -> None:
    (found,) = found_in(MADE["referral-task"], "score-observation")
    assert found.diagnostics == "must be Observation, which the profile ScoreObservation is about"


def test_no_sound_resource_makes_a_profile_fail_or_change_it() -> None:
    for resource, _, _ in MUTATIONS["picked"](NUMBER, 1):
        for name, type_ in TYPES.items():
            if resource["resourceType"] == type_ and not structure.check(resource):
                before = deepcopy(resource)
                found_in(resource, name)
                assert resource == before


def test_what_breaks_structure_is_not_asked_about_profiles() -> None:
    body = MADE["referral-task"] | {"focus": 7}
    assert [each.expression for each in found_in(body, "referral-task")] == ["Task.focus"]
