"""The scores and alerts of a response, as `onestory map` makes them, for who may read it."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from callers import Caller, House, body_of, consent, patient, places
from hypothesis import given
from hypothesis import strategies as st

from gateway.actions.answer import Answer
from mappings.bundles import standalone
from mappings.extracting import extracted
from mappings.instruments import all_instruments, instrument
from mappings.screening import to_fhir
from mappings.verdict import Mapped

Json = dict[str, Any]
HEAD = {
    "nhs_number": "9990000018",
    "birth_date": "1980-02-03",
    "recorded_at": "2026-03-01T10:30:00",
    "organization_ods": "RX1",
}


def mapped(kind: str, **answers: str) -> list[Json]:
    """The resources that a row becomes, the Patient first."""
    asked = instrument(kind)
    assert asked is not None
    made = to_fhir(HEAD | answers, asked)
    assert isinstance(made, Mapped), made
    return [dict(each) for each in standalone(made.entries)]


def low_mood(subject: str, item_9: int = 0) -> Json:
    answers = {f"phq9-{n}": "1" for n in range(1, 9)} | {"phq9-9": str(item_9)}
    response = mapped("phq-9", **answers)[1]
    del response["id"]
    return response | {"subject": {"reference": subject}}


def extract(caller: Caller, response: Json) -> Answer:
    return asyncio.run(caller.gateway.extract(caller.who, msgspec.json.encode(response)))


def extract_from(caller: Caller, reference: str) -> Answer:
    id_ = reference.partition("/")[2]
    return asyncio.run(caller.gateway.extract_from(caller.who, id_))


def kinds(answer: Answer) -> list[str]:
    entries = body_of(answer).get("entry", [])
    return [each["resource"]["resourceType"] for each in entries]


def test_a_stored_response_gives_what_the_map_made_of_it(house: House) -> None:
    mine = house.trust.writes(patient())
    stored = house.trust.writes(low_mood(mine, item_9=1))
    answer = extract_from(house.trust, stored)
    assert answer.status == 200
    assert kinds(answer) == ["Observation", "Task"]
    [score, alert] = [each["resource"] for each in body_of(answer)["entry"]]
    assert score["valueQuantity"]["value"] == 9
    assert score["derivedFrom"] == [{"reference": stored}]
    assert score["subject"] == {"reference": mine} == alert["for"]
    assert alert["focus"] == {"reference": stored}


def test_what_comes_back_is_sent_as_it_is_and_stored_once(house: House) -> None:
    mine = house.trust.writes(patient())
    stored = house.trust.writes(low_mood(mine, item_9=2))
    entries = body_of(extract_from(house.trust, stored))["entry"]
    for _ in range(2):
        sent = house.trust.transact(*entries)
        assert sent.status == 200, sent.body
    assert len(house.trust.finds("Observation", patient=mine)) == 1
    assert len(house.trust.finds("Task", patient=mine)) == 1  # raised with the response already


def test_one_that_is_sent_along_comes_first_so_that_the_scores_can_name_it(house: House) -> None:
    mine = house.trust.writes(patient())
    before = house.rows("resource")
    answer = extract(house.trust, low_mood(mine))
    assert kinds(answer) == ["QuestionnaireResponse", "Observation"]
    in_parameters = {"name": "questionnaire-response", "resource": low_mood(mine)}
    sent = {"resourceType": "Parameters", "parameter": [in_parameters]}
    assert extract(house.trust, sent).body == answer.body
    assert house.rows("resource") == before
    assert house.trust.transact(*body_of(answer)["entry"]).status == 200


def test_who_may_not_read_a_response_extracts_nothing_from_it(house: House) -> None:
    mine = house.trust.writes(patient())
    house.drugs.writes(patient())
    stored = house.trust.writes(low_mood(mine, item_9=1))
    withheld = extract_from(house.drugs, stored)
    never = extract_from(house.drugs, "QuestionnaireResponse/00000000-0000-4000-8000-000000000000")
    assert (withheld.status, withheld.body) == (404, never.body)


def test_another_service_extracts_the_score_about_its_own_patient_and_no_alert(
    house: House,
) -> None:
    person = house.person()
    mine, theirs = house.trust.writes(patient()), house.drugs.writes(patient())
    stored = house.trust.writes(low_mood(mine, item_9=1))
    person.created(consent(person.me, "permit", house.organizations["DA1"]))
    answer = extract_from(house.drugs, stored)
    assert kinds(answer) == ["Observation"]
    assert body_of(answer)["entry"][0]["resource"]["subject"] == {"reference": theirs}
    row = house.entries()[-1]
    assert stored in row["entities"]
    assert row["outcome"] == "permitted"


def test_what_is_wrong_is_named_and_nothing_else_is_in_parameters(house: House) -> None:
    response = low_mood("Patient/somebody")
    stated = {"linkId": "total", "answer": [{"valueInteger": 27}]}
    assert places(extract(house.trust, response | {"item": [*response["item"], stated]})) == [
        "QuestionnaireResponse.item[9].answer[0].value"
    ]
    unfinished = {"status": "in-progress", "authored": "2026"}
    assert places(extract(house.trust, response | unfinished)) == [
        "QuestionnaireResponse.status",
        "QuestionnaireResponse.authored",
    ]
    assert places(extract(house.trust, response | {"questionnaire": "http://example.org/q"})) == [
        "QuestionnaireResponse.questionnaire"
    ]
    two = {"resourceType": "Parameters", "parameter": [{"name": "other"}]}
    assert extract(house.trust, two).status == 400


@given(st.data())
def test_every_instrument_gives_the_scores_and_alerts_that_the_map_makes(
    data: st.DataObject,
) -> None:
    asked = data.draw(st.sampled_from([one for one in all_instruments() if one.scores]))
    answers = {
        item.link_id: data.draw(st.sampled_from(sorted(item.words.values())))
        for item in asked.items
        if item.words
    }
    variant = {asked.variants.column: "mh"} if asked.variants else {}
    made = to_fhir(HEAD | variant | answers, asked)
    if not isinstance(made, Mapped):
        return  # a section whose first item says no and a later one yes
    _, response, *others = standalone(made.entries)
    found = extracted(response, "RX1")
    assert isinstance(found, tuple)
    wanted = [{name: value for name, value in each.items() if name != "id"} for each in others]
    assert [dict(each.resource) for each in found] == wanted
    assert [each.if_none_exist for each in found] == [
        each.if_none_exist for each in made.entries[2:]
    ]
