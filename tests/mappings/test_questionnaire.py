import pytest
from fhir.resources.R4B.questionnaire import Questionnaire
from fhir.resources.R4B.structuredefinition import StructureDefinition

import fhir_profiles
from mappings.instruments import all_instruments, instrument
from mappings.questionnaire import questionnaire
from mappings.wording import Wording


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


def test_licensed_wording_takes_the_place_of_our_labels_and_of_nothing_else():
    held = instrument("phq-9")
    made = questionnaire(held, Wording("By A. Owner.", "cy", {"phq9-1": "Made-up words?"}))
    assert [item["text"] for item in made["item"][:2]] == ["Made-up words?", "feelings: mood"]
    assert (made["copyright"], made["language"]) == ("By A. Owner.", "cy")
    assert "phq9-1," not in made["description"]
    assert "phq9-2, phq9-3" in made["description"]
    told = ("copyright", "language", "description", "item")
    plain = questionnaire(held)
    assert {k: v for k, v in made.items() if k not in told} == {
        k: v for k, v in plain.items() if k not in told
    }
    for one, other in zip(made["item"], plain["item"], strict=True):
        assert one | {"text": ""} == other | {"text": ""}


def test_a_questionnaire_says_whether_its_texts_are_labels_of_ours():
    held = instrument("audit-c")
    whole = Wording("By A. Owner.", "en-GB", dict.fromkeys(held.by_link_id, "Made up?"))
    assert "short labels of our own" in questionnaire(held)["description"]
    assert "short labels" not in questionnaire(held, whole)["description"]


@pytest.mark.parametrize("name", ["recording-organization", "assist-lite-version"])
def test_our_extensions_are_valid_definitions(name):
    made = fhir_profiles.load(f"structure_definitions/{name}.json")
    StructureDefinition.model_validate(made)
    assert made["url"] == f"https://onestory.example/fhir/StructureDefinition/{name}"
