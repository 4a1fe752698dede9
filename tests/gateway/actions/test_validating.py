"""$validate: what a sending would be told, with nothing stored, and a row in the log."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from runpy import run_path
from typing import Any

import msgspec
import pytest
from callers import Caller, House, body_of, patient, places, score

from gateway.actions.answer import Answer
from gateway.actions.validating import Asked
from gateway.fhir.encoding import encode
from gateway.fhir.types import INTERACTIONS, PERSONAL

FHIR = Path(__file__).parents[1] / "fhir"
BROKEN = run_path(str(FHIR / "malformed_by_rule.py"))
MALFORMED = run_path(str(FHIR / "malformed.py"))
PROFILE = "https://onestory.example/fhir/StructureDefinition/score-observation"
TABLES = ("resource", "content", "former", "identity")
NOBODY = "Patient/00000000-0000-4000-8000-000000000000"


def asks(caller: Caller, body: Any, type_: str, **asked: Any) -> Answer:
    sent = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return asyncio.run(caller.gateway.validate(caller.who, Asked(type_, **asked), sent))


def severities(answer: Answer) -> list[str]:
    return [issue["severity"] for issue in body_of(answer)["issue"]]


def parameters(resource: Any = None, **named: str) -> dict[str, Any]:
    listed = [{"name": "resource", "resource": resource}] if resource is not None else []
    listed += [{"name": name, "valueCode": value} for name, value in named.items()]
    return {"resourceType": "Parameters", "parameter": listed}


def test_what_is_right_is_said_to_be_without_fault_and_is_not_stored(house: House) -> None:
    before = [house.rows(table) for table in TABLES]
    answer = asks(house.trust, score(NOBODY), "Observation")
    assert (answer.status, severities(answer)) == (200, ["information"])
    assert [house.rows(table) for table in TABLES] == before


def test_what_is_wrong_is_said_all_at_once_as_for_a_create(house: House) -> None:
    wrong = score(NOBODY, status="finished", mood="low", issued="never")
    answer = asks(house.trust, wrong, "Observation")
    assert answer.status == 200
    assert set(severities(answer)) == {"error"}
    refused = house.trust.post(wrong)
    assert refused.status == 400
    assert body_of(answer)["issue"] == body_of(refused)["issue"]


def test_each_question_about_a_person_leaves_one_row_and_the_others_none(house: House) -> None:
    before = len(house.entries())
    asks(house.trust, score(NOBODY), "Observation")
    asks(house.trust, b"{", "Observation")
    rows = house.entries()[before:]
    assert [row["interaction"] for row in rows] == ["operation"] * 2
    assert [row["query"] for row in rows] == ["Observation/$validate"] * 2
    assert [row["outcome"] for row in rows] == ["permitted"] * 2
    asks(house.trust, {"resourceType": "Location"}, "Location")
    assert len(house.entries()) == before + 2


def test_a_token_that_reaches_no_such_type_is_refused(house: House) -> None:
    narrow = replace(house.trust.who, scopes=frozenset({"system/Observation.r"}))
    assert asks(Caller(house, narrow), score(NOBODY), "Observation").status == 200
    answer = asks(Caller(house, narrow), patient(), "Patient")
    assert answer.status == 403
    assert house.entries()[-1]["outcome"] == "refused"


def test_it_does_not_tell_what_is_held(house: House) -> None:
    """The answer is the same for what exists, what is another's, and what was never there."""
    mine = house.trust.writes(patient())
    theirs = house.drugs.writes(patient(1))
    answers = {asks(house.trust, score(each), "Observation").body for each in (mine, theirs)}
    answers.add(asks(house.trust, score(NOBODY), "Observation").body)
    held = house.trust.writes(score(mine))
    type_, _, id_ = held.partition("/")
    for named in (id_, NOBODY.partition("/")[2]):
        whole = score(mine) | {"id": named}
        answers.add(asks(house.trust, whole, type_, id=named, mode="update").body)
        answers.add(asks(house.trust, b"", type_, id=named, mode="delete").body)
    assert len(answers) == 1


def test_a_profile_is_asked_about_in_the_address_or_in_parameters(house: House) -> None:
    bare = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
    assert severities(asks(house.trust, bare, "Observation")) == ["information"]
    by_address = asks(house.trust, bare, "Observation", profile=PROFILE)
    assert "Observation.subject" in places(by_address)
    by_parameters = parameters(bare, profile=PROFILE, mode="profile")
    assert asks(house.trust, by_parameters, "Observation").body == by_address.body
    claims = bare | {"meta": {"profile": [PROFILE]}}
    assert asks(house.trust, claims, "Observation").body == by_address.body
    assert house.trust.post(claims).status == 422
    unknown = asks(house.trust, bare, "Observation", profile="https://other.example/p")
    assert (severities(unknown), places(unknown)) == (["error"], ["profile"])


@pytest.mark.parametrize(
    ("body", "asked", "place"),
    [
        (parameters(), {}, "resource"),
        (parameters(score(NOBODY), mode="try"), {}, "mode"),
        (parameters(score(NOBODY), mode="profile"), {}, "profile"),
        (parameters(score(NOBODY), other="x"), {}, "Parameters.parameter[1]"),
        (parameters("text"), {}, "resource"),
        ({"resourceType": "Parameters", "parameter": [7]}, {}, "Parameters.parameter[0]"),
        (b"", {}, "Resource"),
        (score(NOBODY), {"mode": "x"}, "mode"),
        (score(NOBODY), {"id": "a"}, "Observation.id"),
        (score(NOBODY, id="b"), {"id": "a", "mode": "update"}, "Observation.id"),
        ({"resourceType": "Location"}, {}, "resourceType"),
    ],
)
def test_a_question_that_makes_no_sense_is_answered_with_what_would(
    house: House, body: Any, asked: dict[str, Any], place: str
) -> None:
    answer = asks(house.trust, body, "Observation", **asked)
    assert (answer.status, severities(answer), places(answer)) == (200, ["error"], [place])


@pytest.mark.parametrize("mode", ["create", "update", "delete"])
def test_each_mode_takes_what_is_right_for_it(house: House, mode: str) -> None:
    body = parameters(score(NOBODY, id="a"), mode=mode)
    assert severities(asks(house.trust, body, "Observation", id="a")) == ["information"]


def test_malformed_bodies_are_explained_at_their_place(house: House) -> None:
    for case in MALFORMED["CASES"]:
        if case.layer not in ("json", "structure", "rules") or case.method != "POST":
            continue
        type_ = case.path.rpartition("/")[2] if case.path != "/fhir" else "Bundle"
        answer = asks(house.trust, case.body, type_)
        assert answer.status == 200
        assert any(MALFORMED["names"](place, case.expression) for place in places(answer)), case.id


def test_a_resource_that_breaks_a_rule_of_its_type_is_refused_and_changes_nothing(
    house: House,
) -> None:
    """Every nineteenth of those made from the rules: some of every type."""
    cases = [case for case in BROKEN["CASES"][::19] if "c" in INTERACTIONS.get(case.kind, "")]
    assert len(cases) > 200
    assert len({case.kind for case in cases}) > 30
    before = [house.rows(table) for table in TABLES]
    rows = len(house.entries())
    for case in cases:
        sent = house.trust.gateway.create(house.trust.who, case.kind, encode(case.resource))
        answer = asyncio.run(sent)
        assert answer.status == 400, case.id
        assert any(MALFORMED["names"](place, case.expression) for place in places(answer)), case.id
    assert [house.rows(table) for table in TABLES] == before
    assert len(house.entries()) >= rows + sum(case.kind in PERSONAL for case in cases)
