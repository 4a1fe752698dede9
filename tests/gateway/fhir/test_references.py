"""References are made relative, rewritten, and taken out without a trace."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir.encoding import encode
from gateway.fhir.references import (
    literals,
    local,
    needs,
    relative,
    rewritten,
    walk,
    without,
)

BASE = "https://gateway.example/fhir"


def test_walking_names_the_place_of_each_reference() -> None:
    task = {
        "resourceType": "Task",
        "for": {"reference": "Patient/1"},
        "input": [{"valueReference": {"reference": "Observation/2"}}],
    }
    assert [path for path, _ in walk(task)] == ["Task.for", "Task.input[0].valueReference"]


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (f"{BASE}/Patient/1", "Patient/1"),
        (f"{BASE}/Patient/1/_history/2", "Patient/1"),
        ("Patient/1/_history/2", "Patient/1"),
        ("Patient/1", "Patient/1"),
        ("https://elsewhere.example/fhir/Patient/1", "https://elsewhere.example/fhir/Patient/1"),
        (f"{BASE}y/Patient/1", f"{BASE}y/Patient/1"),
        (f"{BASE}/Patient", f"{BASE}/Patient"),
        (f"{BASE}/Patient/1/2", f"{BASE}/Patient/1/2"),
        ("#inside", "#inside"),
        ("urn:uuid:1", "urn:uuid:1"),
    ],
)
def test_local_references_become_relative_and_unversioned(reference: str, expected: str) -> None:
    assert relative(reference, BASE) == expected
    assert relative(reference, f"{BASE}/") == expected


def test_local_is_type_and_id() -> None:
    assert local("Patient/1/_history/3") == ("Patient", "1")
    assert local("urn:uuid:1") is None
    assert local(f"{BASE}/Patient/1") is None


def test_rewriting_reaches_into_a_bundle_and_leaves_the_original() -> None:
    bundle = {
        "resourceType": "Bundle",
        "entry": [
            {"fullUrl": "urn:uuid:1", "resource": {"subject": {"reference": "urn:uuid:1"}}},
            {"resource": {"subject": {"reference": "Patient?identifier=x"}, "note": "urn:uuid:1"}},
        ],
    }
    before = copy.deepcopy(bundle)
    after = rewritten(bundle, {"urn:uuid:1": "Patient/1", "Patient?identifier=x": "Patient/2"})
    assert bundle == before
    assert after["entry"] == [
        {"fullUrl": "urn:uuid:1", "resource": {"subject": {"reference": "Patient/1"}}},
        {"resource": {"subject": {"reference": "Patient/2"}, "note": "urn:uuid:1"}},
    ]


HIDDEN = frozenset({"Observation/hidden", "Patient/hidden"})
TO_HIDDEN = {"reference": "Observation/hidden", "display": "x"}
TO_SHOWN = {"reference": "Observation/shown"}


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ({"basedOn": [TO_HIDDEN]}, {}),
        ({"basedOn": [TO_HIDDEN, TO_SHOWN]}, {"basedOn": [TO_SHOWN]}),
        ({"focus": TO_HIDDEN, "status": "x"}, {"status": "x"}),
        ({"focus": {"reference": "Observation/hidden/_history/4"}}, {}),
        ({"input": [{"type": {"text": "t"}, "valueReference": TO_HIDDEN}]}, {}),
        (
            {"input": [{"type": {}, "valueReference": TO_HIDDEN}, {"valueReference": TO_SHOWN}]},
            {"input": [{"valueReference": TO_SHOWN}]},
        ),
        ({"note": [{"authorReference": TO_HIDDEN, "text": "t"}]}, {"note": [{"text": "t"}]}),
        ({"restriction": {"recipient": [TO_HIDDEN]}}, {}),
        ({"restriction": {"id": "r", "recipient": [TO_HIDDEN]}}, {}),
        ({"extension": [{"url": "u", "valueReference": TO_HIDDEN}]}, {}),
        (
            {"extension": [{"url": "u", "extension": [{"url": "v", "valueReference": TO_HIDDEN}]}]},
            {},
        ),
        ({"_status": {"extension": [{"url": "u", "valueReference": TO_HIDDEN}]}}, {}),
        ({"identifier": [{"assigner": TO_HIDDEN, "value": "v"}]}, {"identifier": [{"value": "v"}]}),
    ],
)
def test_a_hidden_reference_leaves_nothing_behind(
    resource: dict[str, Any], expected: dict[str, Any]
) -> None:
    task = {"resourceType": "Task", **resource}
    before = copy.deepcopy(task)
    assert without(task, HIDDEN) == {"resourceType": "Task", **expected}
    assert task == before


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "CarePlan", "subject": {"reference": "Patient/hidden"}},
        {"resourceType": "Provenance", "target": [TO_HIDDEN]},
        {"resourceType": "Provenance", "agent": [{"who": TO_HIDDEN}], "target": [TO_SHOWN]},
        {
            "resourceType": "Task",
            "contained": [{"resourceType": "CarePlan", "subject": TO_HIDDEN}],
        },
    ],
)
def test_where_the_reference_is_required_the_whole_goes(resource: dict[str, Any]) -> None:
    assert without(resource, HIDDEN) is None
    assert without(resource, frozenset()) == resource


def test_required_lists_keep_what_may_be_seen() -> None:
    both = {"resourceType": "Provenance", "target": [TO_HIDDEN, TO_SHOWN]}
    assert without(both, HIDDEN) == {"resourceType": "Provenance", "target": [TO_SHOWN]}


def test_contained_resources_lose_what_is_optional() -> None:
    inside = {"resourceType": "Observation", "status": "final", "hasMember": [TO_HIDDEN]}
    task = {"resourceType": "Task", "contained": [inside]}
    kept = {"resourceType": "Observation", "status": "final"}
    assert without(task, HIDDEN) == {"resourceType": "Task", "contained": [kept]}


def test_a_list_beside_primitives_keeps_its_places() -> None:
    extended = {"extension": [{"url": "u", "valueReference": TO_HIDDEN}]}
    patient = {
        "resourceType": "Patient",
        "name": [{"given": ["a", "b"], "_given": [extended, {"id": "i"}]}],
    }
    kept = without(patient, HIDDEN)
    assert kept is not None
    assert kept["name"] == [{"given": ["a", "b"], "_given": [None, {"id": "i"}]}]


def test_an_unknown_type_is_read_like_any_other() -> None:
    assert without({"resourceType": "Unheard", "x": [TO_HIDDEN]}, HIDDEN) == {
        "resourceType": "Unheard"
    }


REFERENCES = st.sampled_from(
    [TO_HIDDEN, TO_SHOWN, {"reference": "Patient/hidden"}, {"display": "d"}]
)
TREES = st.fixed_dictionaries(
    {"resourceType": st.sampled_from(["Task", "Observation", "ServiceRequest"])},
    optional={
        "basedOn": st.lists(REFERENCES, min_size=1, max_size=3),
        "focus": REFERENCES,
        "requester": REFERENCES,
        "input": st.lists(
            st.fixed_dictionaries({"type": st.just({"text": "t"}), "valueReference": REFERENCES}),
            min_size=1,
            max_size=3,
        ),
        "note": st.lists(
            st.fixed_dictionaries({"text": st.just("t")}, optional={"authorReference": REFERENCES}),
            min_size=1,
        ),
    },
)


@given(TREES)
def test_no_trace_of_the_hidden_remains_and_nothing_is_left_empty(tree: dict[str, Any]) -> None:
    kept = without(tree, HIDDEN)
    assert kept is not None
    assert "hidden" not in str(kept)
    assert "[]" not in str(kept)
    assert "{}" not in str(kept)
    assert without(kept, HIDDEN) == kept


@given(TREES)
def test_what_hides_nothing_changes_nothing(tree: dict[str, Any]) -> None:
    assert without(tree, frozenset({"Observation/elsewhere"})) == tree


NAMES = st.sampled_from(
    ["reference", "identifier", 'a"reference', "subject", "contained", "status", "code", "input"]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.sampled_from(["Patient/1", 'é\\"{', "b,", "#a", "Task/2"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)
RESOURCES = st.builds(
    lambda kind, rest: {**rest, "resourceType": kind},
    st.sampled_from(["Task", "Provenance", "Consent", "Observation"]),
    st.dictionaries(NAMES.filter(lambda name: name != "reference"), ANYTHING, max_size=5),
)


@given(RESOURCES)
def test_the_bytes_name_the_same_literals_as_the_tree(resource: dict[str, Any]) -> None:
    walked = (reference.get("reference") for _, reference in walk(resource))
    assert set(literals(encode(resource))) == {each for each in walked if isinstance(each, str)}


@given(RESOURCES)
def test_what_would_go_whole_is_what_needs_the_hidden(resource: dict[str, Any]) -> None:
    hidden = frozenset({"Patient/1"})
    assert needs(resource, hidden) == (without(resource, hidden) is None)


@given(RESOURCES)
def test_rewriting_copies_only_what_changes(resource: dict[str, Any]) -> None:
    before = copy.deepcopy(resource)
    there = rewritten(resource, {"Patient/1": "Patient/9"})
    assert resource == before
    assert rewritten(there, {"Patient/9": "Patient/1"}) == before
    assert (there is resource) == ("Patient/1" not in literals(encode(resource)))
