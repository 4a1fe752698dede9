"""$validate over HTTP says what `onestory validate` says, and what a create would be told."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from answers import assert_outcome
from houses import House
from made_up import Person, alcohol_score
from smart_client import FHIR_JSON

PROFILE = "https://onestory.example/fhir/StructureDefinition/score-observation"
NOBODY = "Patient/00000000-0000-4000-8000-000000000000"


def test_what_is_right_is_answered_with_information_only(house: House) -> None:
    outcome = assert_outcome(
        house.trust.send("POST", "Observation/$validate", alcohol_score(NOBODY)), 200
    )
    assert [issue["severity"] for issue in outcome["issue"]] == ["information"]


def test_what_is_wrong_is_answered_as_a_create_and_the_command_answer_it(
    house: House, tmp_path: Path
) -> None:
    wrong = alcohol_score(NOBODY) | {"status": "finished", "mood": "low", "issued": "never"}
    outcome = assert_outcome(house.trust.send("POST", "Observation/$validate", wrong), 200)
    assert outcome == assert_outcome(house.trust.post(wrong), 400)
    assert {place for issue in outcome["issue"] for place in issue["expression"]} == {
        "Observation.status",
        "Observation.mood",
        "Observation.issued",
    }
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(wrong), "utf-8")
    ran = house.server.command("validate", str(file), check=False)
    assert ran.returncode == 1
    assert json.loads(ran.stdout) == outcome


def test_a_profile_is_named_in_the_address_or_in_parameters_or_in_the_resource(
    house: House,
) -> None:
    bare = {"resourceType": "Observation", "status": "final", "code": {"text": "a score"}}
    asked = [
        {"name": "resource", "resource": bare},
        {"name": "mode", "valueCode": "profile"},
        {"name": "profile", "valueUri": PROFILE},
    ]
    told = [
        house.trust.send("POST", f"Observation/$validate?profile={PROFILE}", bare),
        house.trust.send(
            "POST", "Observation/$validate", {"resourceType": "Parameters", "parameter": asked}
        ),
        house.trust.send("POST", "Observation/$validate", bare | {"meta": {"profile": [PROFILE]}}),
    ]
    outcomes = [assert_outcome(answer, 200) for answer in told]
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert ["Observation.subject"] in [issue["expression"] for issue in outcomes[0]["issue"]]
    refused = house.trust.post(bare | {"meta": {"profile": [PROFILE]}})
    assert assert_outcome(refused, 422) == outcomes[0]


def test_an_instance_is_asked_about_without_telling_whether_it_is_held(house: House) -> None:
    mine = house.known_at(house.trust, Person())
    held = house.trust.created(alcohol_score(mine))
    told = []
    for named in (held["id"], NOBODY.partition("/")[2]):
        whole = alcohol_score(mine) | {"id": named}
        answer = house.trust.send("POST", f"Observation/{named}/$validate?mode=update", whole)
        told.append(assert_outcome(answer, 200))
    assert told[0] == told[1]
    other = house.trust.send("POST", "Observation/other/$validate", alcohol_score(mine))
    assert assert_outcome(other, 200)["issue"][0]["expression"] == ["Observation.id"]


@pytest.mark.parametrize(
    ("path", "media", "status"),
    [
        ("Nonsense/$validate", FHIR_JSON, 404),
        ("Observation/$validate", "application/xml", 415),
    ],
)
def test_what_cannot_be_asked_is_refused(house: House, path: str, media: str, status: int) -> None:
    body = json.dumps(alcohol_score(NOBODY))
    assert_outcome(house.trust.send("POST", path, body, Content_Type=media), status)


def test_without_a_token_nothing_is_answered(house: House) -> None:
    url = f"{house.trust.fhir}/Observation/$validate"
    answer = httpx.post(url, json=alcohol_score(NOBODY), trust_env=False)
    assert_outcome(answer, 401)


def test_it_is_listed_for_every_type_that_is_served(house: House) -> None:
    statement = house.trust.read("metadata")
    for resource in statement["rest"][0]["resource"]:
        assert [each["name"] for each in resource["operation"]].count("validate") == 1
