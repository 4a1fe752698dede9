import pytest
from fhir.resources.R4B.questionnaire import Questionnaire
from fhir.resources.R4B.structuredefinition import StructureDefinition

import fhir_profiles
from mappings.instruments import all_instruments, instrument
from mappings.questionnaire import questionnaire


@pytest.mark.parametrize("held", all_instruments(), ids=lambda held: held.id)
def test_questionnaire_is_valid_and_asks_every_item_once(held):
    made = questionnaire(held)
    Questionnaire.model_validate(made)
    assert made["url"] == f"https://onestory.example/fhir/Questionnaire/{held.id}"
    link_ids = [item["linkId"] for item in made["item"]]
    assert link_ids == [*held.by_link_id, *held.totals]
    assert len(set(link_ids)) == len(link_ids)


def test_later_items_are_asked_where_the_first_says_yes():
    items = {item["linkId"]: item for item in questionnaire(instrument("assist-lite"))["item"]}
    assert items["al-tobacco-2"]["enableWhen"] == [
        {"question": "al-tobacco-1", "operator": "=", "answerBoolean": True}
    ]
    assert "enableWhen" not in items["al-tobacco-1"]
    assert "enableWhen" not in items["auditc-2"]


def test_answers_carry_their_ordinals():
    first = questionnaire(instrument("audit-c"))["item"][0]
    ordinals = [
        option["valueCoding"]["extension"][0]["valueDecimal"] for option in first["answerOption"]
    ]
    assert ordinals == [0, 1, 2, 3, 4]


def test_an_answer_that_does_not_count_carries_no_ordinal():
    declined = questionnaire(instrument("dialog"))["item"][0]["answerOption"][-1]["valueCoding"]
    assert declined["display"] == "declined or does not apply"
    assert "extension" not in declined


def test_days_have_their_ends():
    days = questionnaire(instrument("top"))["item"][0]
    assert (days["linkId"], days["type"]) == ("top-alc", "integer")
    assert [one["valueInteger"] for one in days["extension"]] == [0, 28]


def test_licensed_wording_takes_the_place_of_our_labels():
    held = instrument("phq-9")
    items = questionnaire(held, {"phq9-1": "words of the licence holder"})["item"]
    assert [item["text"] for item in items[:2]] == ["words of the licence holder", "feelings: mood"]


def test_wording_for_an_item_that_is_not_there_is_an_error():
    with pytest.raises(ValueError, match="phq9-99"):
        questionnaire(instrument("phq-9"), {"phq9-99": "words"})


@pytest.mark.parametrize("name", ["recording-organization", "assist-lite-version"])
def test_our_extensions_are_valid_definitions(name):
    made = fhir_profiles.load(f"structure_definitions/{name}.json")
    StructureDefinition.model_validate(made)
    assert made["url"] == f"https://onestory.example/fhir/StructureDefinition/{name}"
