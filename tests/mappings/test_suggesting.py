"""What may be offered after a screening: by band, never automatic, and never a reason to say no."""

import pytest
from fhir.resources.R4B.communication import Communication
from fhir.resources.R4B.procedure import Procedure
from fhir.resources.R4B.servicerequest import ServiceRequest

import fhir_profiles
from mappings.care_plan_codes import CARE_PLAN
from mappings.instruments import all_instruments
from mappings.suggesting import TABLE, display, proposal, suggested
from mappings.systems import OFFER, QUESTIONNAIRE, SNOMED

ROWS = fhir_profiles.load(TABLE)["suggestions"]
MODELS = {
    "Communication": Communication,
    "Procedure": Procedure,
    "ServiceRequest": ServiceRequest,
}


def response(kind, answers):
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{QUESTIONNAIRE}/{kind}",
        "status": "completed",
        "subject": {"reference": "Patient/1"},
        "item": [{"linkId": one, "answer": [{"valueInteger": n}]} for one, n in answers.items()],
    }


def drinking(*answers):
    return response("audit-c", {f"auditc-{n}": answer for n, answer in enumerate(answers, 1)})


def offers(answered):
    return [one.offer for one in suggested(answered)]


BANDS = {
    "lower": ((1, 1, 0), []),
    "increasing": ((2, 2, 1), ["brief-intervention"]),
    "higher": ((3, 3, 2), ["brief-intervention", "extended-intervention"]),
    "possible dependence": ((4, 4, 3), ["supported-referral", "mutual-aid"]),
}


@pytest.mark.parametrize("band", BANDS)
def test_each_band_of_alcohol_suggests_its_own(band):
    answers, wanted = BANDS[band]
    assert offers(drinking(*answers)) == wanted


def test_where_no_score_can_be_made_nothing_is_suggested():
    assert suggested(response("audit-c", {"auditc-1": 4})) == ()


def test_a_section_suggests_by_itself_and_says_that_its_table_is_not_confirmed():
    answers = {"al-cannabis-1": 1, "al-cannabis-2": 1, "al-cannabis-3": 1}
    found = suggested(response("assist-lite-uk", answers))
    assert [one.offer for one in found] == ["information", "supported-referral", "mutual-aid"]
    assert all(one.provisional for one in found)
    assert not any(one.provisional for one in suggested(drinking(4, 4, 3)))


def test_a_response_that_is_wrong_is_told_so_and_suggests_nothing():
    (fault,) = suggested(response("audit-c", {"auditc-9": 1}))
    assert fault.where == "QuestionnaireResponse.item[0].linkId"
    (fault,) = suggested(response("nothing-of-ours", {}))
    assert fault.where == "QuestionnaireResponse.questionnaire"


def test_a_proposal_asks_for_nothing_by_itself():
    for answered in (drinking(2, 2, 1), drinking(4, 4, 3), response("phq-9", MILD)):
        for one in suggested(answered):
            made = proposal(one, answered)
            MODELS[one.type].model_validate(made)
            assert made["status"] in ("draft", "preparation")
            assert made.get("intent", "proposal") == "proposal"
            assert made["subject"] == {"reference": "Patient/1"}


MILD = {f"phq9-{n}": 1 for n in range(1, 9)} | {"phq9-9": 0}


def test_signposting_is_no_referral():
    (one,) = suggested(response("phq-9", MILD))
    assert (one.offer, one.type) == ("signposting", "Communication")


def test_every_row_names_a_score_and_bands_that_there_are():
    bands = {
        score.id: {band.code for band in score.bands} | {one.code for one in score.outcomes}
        for held in all_instruments()
        for score in held.scores
    }
    for row in ROWS:
        for score in row["scores"]:
            assert set(row["bands"]) <= bands[score], score


def test_every_code_has_its_words_and_every_offer_is_one_of_ours():
    ours = {one["code"] for one in fhir_profiles.load("codesystems/offer.json")["concept"]}
    for row in ROWS:
        assert row["offer"] in ours
        assert row["code"]["system"] in (OFFER, CARE_PLAN, SNOMED)
        assert display(row["code"]["system"], row["code"]["code"])


def test_words_blame_nobody_and_grade_no_risk():
    for row in ROWS:
        said = row["words"].lower()
        for word in ("must", "abuse", "addict", "risk", "refuse", "fail", "comply", "eligible"):
            assert word not in said, (word, said)
