import copy

import pytest

from mappings.checking import check_response, check_scores
from mappings.instruments import instrument
from mappings.screening import to_fhir

ROW = {
    "nhs_number": "9990000018",
    "birth_date": "1980-02-03",
    "recorded_at": "2026-03-01",
    "organization_ods": "RX4",
    "version": "mh",
    "al-tobacco-1": "y",
    "al-tobacco-2": "n",
    "al-tobacco-3": "y",
    "auditc-1": "3",
    "auditc-2": "2",
    "auditc-3": "2",
    "al-other-1": "y",
    "al-other-2": "khat",
    "total_tobacco": "2",
}
MAPPED = to_fhir(ROW, instrument("assist-lite")).entries
RESPONSE = MAPPED[1].resource
TOBACCO, ALCOHOL = (entry.resource for entry in MAPPED[2:])
LINK_IDS = [item["linkId"] for item in RESPONSE["item"]]


def changed(link_id, answer):
    """The response with another answer to one item, added at the end where it had none."""
    response = copy.deepcopy(RESPONSE)
    item = {"linkId": link_id, "answer": [answer]}
    if link_id in LINK_IDS:
        response["item"][LINK_IDS.index(link_id)] = item
    else:
        response["item"].append(item)
    return response


def place(link_id):
    return f"QuestionnaireResponse.item[{LINK_IDS.index(link_id)}]"


END = f"QuestionnaireResponse.item[{len(LINK_IDS)}]"
NEVER = {"system": "http://loinc.org", "code": "LA6270-8"}


def test_what_our_own_map_makes_is_right():
    assert check_response(RESPONSE) == []


WRONG = {
    "an unknown linkId": (changed("x", {"valueInteger": 1}), f"{END}.linkId"),
    "a string for a boolean": (
        changed("al-tobacco-1", {"valueString": "yes"}),
        f"{place('al-tobacco-1')}.answer[0]",
    ),
    "a code of another item": (
        changed("auditc-2", {"valueCoding": NEVER}),
        f"{place('auditc-2')}.answer[0]",
    ),
    "an ordinal that the code has not": (
        changed(
            "auditc-1",
            {
                "valueCoding": NEVER
                | {
                    "extension": [
                        {
                            "url": "http://hl7.org/fhir/StructureDefinition/ordinalValue",
                            "valueDecimal": 3,
                        }
                    ]
                }
            },
        ),
        f"{place('auditc-1')}.answer[0]",
    ),
    "a bare ordinal out of range": (
        changed("auditc-1", {"valueInteger": 5}),
        f"{place('auditc-1')}.answer[0]",
    ),
    "a number for text": (
        changed("al-other-2", {"valueInteger": 5}),
        f"{place('al-other-2')}.answer[0]",
    ),
    "no text for text": (
        changed("al-other-2", {"valueBoolean": True}),
        f"{place('al-other-2')}.answer[0]",
    ),
    "a total that is no integer": (
        changed("total_tobacco", {"valueString": "2"}),
        f"{place('total_tobacco')}.answer[0]",
    ),
    "a total that disagrees": (
        changed("total_tobacco", {"valueInteger": 3}),
        f"{place('total_tobacco')}.answer[0].value",
    ),
    "a total that cannot be made": (
        changed("total_cannabis", {"valueInteger": 3}),
        f"{END}.answer[0].value",
    ),
    "a named substance after a first no": (
        changed("al-other-1", {"valueBoolean": False}),
        f"{place('al-other-2')}.answer[0]",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_response(case):
    response, where = WRONG[case]
    assert [found for found, _ in check_response(response)] == [where]


def test_an_item_answered_twice_is_wrong():
    response = copy.deepcopy(RESPONSE)
    response["item"].append(response["item"][0])
    assert check_response(response)[0][0] == f"{END}.linkId"


def test_two_answers_to_one_item_are_wrong():
    response = copy.deepcopy(RESPONSE)
    response["item"][0]["answer"] *= 2
    assert check_response(response)[0][0] == "QuestionnaireResponse.item[0].answer"


@pytest.mark.parametrize("nest", ["item", "answer"])
def test_nested_items_are_wrong(nest):
    response = copy.deepcopy(RESPONSE)
    inner = [{"linkId": "al-opioids-1", "answer": [{"valueBoolean": False}]}]
    first = response["item"][0]
    (first if nest == "item" else first["answer"][0])["item"] = inner
    assert len(check_response(response)) == 1


def test_bare_ordinals_are_taken():
    response = changed("auditc-1", {"valueInteger": 4})
    assert check_response(response) == []
    assert check_response(changed("al-tobacco-2", {"valueInteger": 0})) == []


@pytest.mark.parametrize(
    "canonical",
    [
        "https://elsewhere.example/Questionnaire/q",
        "https://onestory.example/fhir/Questionnaire/phq-2",
        "https://onestory.example/fhir/Questionnaire/audit-c|9.9.9",
        None,
    ],
)
def test_a_questionnaire_that_we_do_not_hold_is_not_judged(canonical):
    response = changed("x", {"valueInteger": 1}) | {"questionnaire": canonical}
    if canonical is None:
        del response["questionnaire"]
    assert check_response(response) == []
    assert check_scores(response, {"Observation": TOBACCO}) == []


def test_scores_of_our_own_map_are_borne_out():
    assert check_scores(RESPONSE, {"one": TOBACCO, "two": ALCOHOL}) == []


def valued(observation, value):
    return observation | {"valueQuantity": observation["valueQuantity"] | {"value": value}}


def test_a_score_that_disagrees_is_named_with_both_numbers():
    ((where, reason),) = check_scores(RESPONSE, {"Bundle.entry[3].resource": valued(ALCOHOL, 12)})
    assert where == "Bundle.entry[3].resource.valueQuantity.value"
    assert "12" in reason
    assert "7" in reason


def test_a_score_that_the_answers_do_not_make_is_refused():
    response = copy.deepcopy(RESPONSE)
    del response["item"][LINK_IDS.index("auditc-3")]
    ((where, reason),) = check_scores(response, {"o": ALCOHOL})
    assert where == "o.valueQuantity.value"
    assert "no score" in reason


def test_equal_numbers_agree_however_written():
    assert check_scores(RESPONSE, {"o": valued(ALCOHOL, 7.0)}) == []


def test_a_band_that_disagrees_is_refused():
    band = {"coding": [{"system": "https://onestory.example/fhir/CodeSystem/band", "code": "low"}]}
    ((where, _),) = check_scores(RESPONSE, {"o": ALCOHOL | {"interpretation": [band]}})
    assert where == "o.interpretation"


def test_an_observation_of_something_else_is_not_judged():
    other = valued(ALCOHOL, 99) | {
        "code": {"coding": [{"system": "http://loinc.org", "code": "1"}]}
    }
    assert check_scores(RESPONSE, {"o": other}) == []
    assert check_scores(RESPONSE, {"o": {"resourceType": "Observation"}}) == []


HEAD = {name: ROW[name] for name in ("nhs_number", "birth_date", "recorded_at", "organization_ods")}


def mapped(kind, answers):
    """(response, its Observations by the code that each has first)"""
    _, response, *others = [
        entry.resource for entry in to_fhir(HEAD | answers, instrument(kind)).entries
    ]
    scores = [one for one in others if one["resourceType"] == "Observation"]
    return response, {one["code"]["coding"][0]["code"]: one for one in scores}


def with_item(response, link_id, answer):
    kept = [item for item in response["item"] if item["linkId"] != link_id]
    return response | {"item": [*kept, {"linkId": link_id, "answer": [answer]}]}


TOP, _ = mapped("top", {"top-alc": "28", "top-share": "n"})
LIFE = {f"dialog-{n}": str(n if n < 8 else 7) for n in range(1, 9)}
DIALOG, DIALOG_SCORES = mapped("dialog", LIFE)
DECLINED = {"system": "https://onestory.example/fhir/CodeSystem/answer", "code": "dialog-8.8"}
ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
TAKEN = {
    "days": with_item(TOP, "top-alc", {"valueInteger": 0}),
    "a mean with all its decimals": with_item(DIALOG, "total", {"valueDecimal": 4.375}),
    "a mean as services round it": with_item(DIALOG, "total", {"valueDecimal": 4.4}),
    "a mean to a whole number": with_item(DIALOG, "total", {"valueInteger": 4}),
    "declined, which has no ordinal": with_item(DIALOG, "dialog-8", {"valueCoding": DECLINED}),
}
NOT_TAKEN = {
    "more days than there are": with_item(TOP, "top-alc", {"valueInteger": 29}),
    "days as text": with_item(TOP, "top-alc", {"valueString": "28"}),
    "another mean": with_item(DIALOG, "total", {"valueDecimal": 4.5}),
    "a mean as text": with_item(DIALOG, "total", {"valueString": "4.4"}),
    "declined with an ordinal": with_item(
        DIALOG,
        "dialog-8",
        {"valueCoding": DECLINED | {"extension": [{"url": ORDINAL, "valueDecimal": 8}]}},
    ),
}


@pytest.mark.parametrize("case", TAKEN)
def test_taken(case):
    assert check_response(TAKEN[case]) == []


@pytest.mark.parametrize("case", NOT_TAKEN)
def test_not_taken(case):
    assert len(check_response(NOT_TAKEN[case])) == 1


def test_a_mean_is_borne_out_however_it_is_rounded():
    score = DIALOG_SCORES["dialog.total"]
    assert check_scores(DIALOG, {"o": score}) == []
    assert check_scores(DIALOG, {"o": valued(score, 4.38)}) == []
    assert len(check_scores(DIALOG, {"o": valued(score, 4.5)})) == 1


def test_an_older_code_is_read_and_held_against_the_answers():
    response, scores = mapped("phq-9", {f"phq9-{n}": "1" for n in range(1, 10)})
    older = {"coding": [{"system": "http://snomed.info/sct", "code": "506701000000100"}]}
    assert check_scores(response, {"o": scores["44261-6"] | {"code": older}}) == []
    assert len(check_scores(response, {"o": valued(scores["44261-6"], 8) | {"code": older}})) == 1


def test_an_outcome_is_held_against_the_answers():
    response, scores = mapped("itq", {f"itq-{n}": "2" for n in range(1, 19)})
    outcome = scores["itq.outcome"]
    assert "valueQuantity" not in outcome
    assert check_scores(response, {"o": outcome}) == []
    other = copy.deepcopy(outcome["valueCodeableConcept"])
    other["coding"][0]["code"] = "ptsd-criteria"
    found = check_scores(response, {"o": outcome | {"valueCodeableConcept": other}})
    assert [where for where, _ in found] == ["o.valueCodeableConcept"]
    assert len(check_scores(response, {"o": outcome | {"valueQuantity": {"value": 1}}})) == 1


def test_a_band_is_refused_where_the_answers_make_no_score():
    response, scores = mapped("gad-7", {f"gad7-{n}": "1" for n in range(1, 8)})
    del response["item"][0]
    banded = {name: part for name, part in scores["70274-6"].items() if name != "valueQuantity"}
    assert [where for where, _ in check_scores(response, {"o": banded})] == ["o.interpretation"]
