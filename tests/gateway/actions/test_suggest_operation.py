"""Whoever asks what may be offered is told, and nothing is stored, read or named."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from callers import Caller, House, body_of, places

Json = dict[str, Any]


def drinking(*answers: int) -> Json:
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": "https://onestory.example/fhir/Questionnaire/audit-c",
        "status": "completed",
        "subject": {"reference": "Patient/somebody"},
        "item": [
            {"linkId": f"auditc-{n}", "answer": [{"valueInteger": answer}]}
            for n, answer in enumerate(answers, 1)
        ],
    }


def suggest(caller: Caller, response: Json) -> Any:
    return asyncio.run(caller.gateway.suggest(caller.who, msgspec.json.encode(response)))


def test_a_band_suggests_and_nothing_is_stored(house: House) -> None:
    before = house.rows("resource")
    answer = suggest(house.trust, drinking(3, 3, 2))
    assert answer.status == 200
    found = body_of(answer)["parameter"]
    parts = [{each["name"]: each for each in one["part"]} for one in found]
    assert [one["offer"]["valueCoding"]["code"] for one in parts] == [
        "brief-intervention",
        "extended-intervention",
    ]
    assert parts[0]["score"]["valueCoding"]["code"] == "75626-2"
    assert parts[0]["band"]["valueCoding"]["code"] == "higher"
    assert parts[0]["proposal"]["resource"]["status"] == "preparation"
    assert house.rows("resource") == before


def test_a_low_score_suggests_nothing(house: House) -> None:
    answer = suggest(house.trust, drinking(0, 0, 0))
    assert (answer.status, body_of(answer)) == (200, {"resourceType": "Parameters"})


def test_what_is_wrong_is_named_and_the_log_names_nobody(house: House) -> None:
    answer = suggest(house.trust, drinking(9, 0, 0))
    assert answer.status == 422
    assert places(answer) == ["QuestionnaireResponse.item[0].answer[0]"]
    assert suggest(house.trust, {"resourceType": "Patient"}).status == 400
    for row in house.entries()[-2:]:
        assert row["query"] == "QuestionnaireResponse/$suggest"
        assert "entities" not in row
