import pytest
from fhir.resources.R4B import get_fhir_model_class

from mappings.instruments import all_instruments, instrument
from mappings.screening import from_fhir, to_fhir
from mappings.verdict import Mapped, Unmappable

ASSIST, AUDIT_C = instrument("assist-lite"), instrument("audit-c")
HEAD = {
    "nhs_number": "9990000018",
    "birth_date": "1980-02-03",
    "recorded_at": "2026-03-01T10:30:00+00:00",
    "organization_ods": "RX4",
    "practitioner_id": "555253642100",
}
DRINKS = {"auditc-1": "3", "auditc-2": "2", "auditc-3": "2"}
AUDIT_ROW = HEAD | DRINKS
ASSIST_ROW = HEAD | {
    "version": "mh",
    "al-tobacco-1": "y",
    "al-tobacco-2": "n",
    "al-tobacco-3": "y",
    "al-cannabis-1": "n",
    "al-other-1": "y",
    "al-other-2": "khat",
    **DRINKS,
}


def resources(record, held, kind):
    mapped = to_fhir(record, held)
    assert isinstance(mapped, Mapped), mapped
    return [one.resource for one in mapped.entries if one.resource["resourceType"] == kind]


def faults(record, held):
    found = to_fhir(record, held)
    assert isinstance(found, Unmappable)
    return {fault.where: fault.reason for fault in found.faults}


def scores(record, held=ASSIST):
    return {
        one["code"]["coding"][0]["code"]: one["valueQuantity"]["value"]
        for one in resources(record, held, "Observation")
    }


@pytest.mark.parametrize(
    ("record", "held"), [(AUDIT_ROW, AUDIT_C), (ASSIST_ROW, ASSIST)], ids=["audit-c", "assist-lite"]
)
def test_everything_produced_is_valid_r4(record, held):
    for entry in to_fhir(record, held).entries:
        kind = entry.resource["resourceType"]
        get_fhir_model_class(kind).model_validate(entry.resource)


def test_an_audit_c_row_becomes_a_response_and_its_total():
    (response,) = resources(AUDIT_ROW, AUDIT_C, "QuestionnaireResponse")
    assert response["questionnaire"] == "https://onestory.example/fhir/Questionnaire/audit-c|1.0.0"
    assert response["status"] == "completed"
    assert response["authored"] == HEAD["recorded_at"]
    assert response["author"]["identifier"]["value"] == "555253642100"
    (total,) = resources(AUDIT_ROW, AUDIT_C, "Observation")
    assert total["status"] == "final"
    assert total["category"][0]["coding"][0]["code"] == "survey"
    assert {one["code"] for one in total["code"]["coding"]} == {"75626-2", "763256006"}
    assert total["valueQuantity"]["value"] == 7
    assert total["valueQuantity"]["code"] == "{score}"
    assert total["interpretation"][0]["coding"] == [
        {"system": "https://onestory.example/fhir/CodeSystem/band", "code": "increasing"}
    ]
    assert [one["identifier"]["value"] for one in total["performer"]] == ["555253642100", "RX4"]
    assert "meta" not in total


def test_every_section_that_can_be_scored_is():
    assert scores(ASSIST_ROW) == {
        "assist-lite-uk.tobacco": 2,
        "assist-lite-uk.cannabis": 0,
        "75626-2": 7,
    }


def test_only_what_an_unconfirmed_table_scored_says_so():
    tagged = {
        one["code"]["coding"][0]["code"]: one.get("meta", {}).get("tag")
        for one in resources(ASSIST_ROW, ASSIST, "Observation")
    }
    unconfirmed = [
        {
            "system": "https://onestory.example/fhir/CodeSystem/provisional",
            "code": "unconfirmed-table",
        }
    ]
    assert tagged["assist-lite-uk.tobacco"] == unconfirmed
    assert tagged["75626-2"] is None


def test_the_recording_organisation_is_always_named():
    for kind in ("QuestionnaireResponse", "Observation"):
        for resource in resources(ASSIST_ROW, ASSIST, kind):
            (named, *_) = resource["extension"]
            assert named["url"].endswith("/StructureDefinition/recording-organization")
            assert named["valueReference"]["identifier"] == {
                "system": "https://fhir.nhs.uk/Id/ods-organization-code",
                "value": "RX4",
            }


def test_without_a_practitioner_the_organisation_is_the_author():
    record = AUDIT_ROW | {"practitioner_id": ""}
    (response,) = resources(record, AUDIT_C, "QuestionnaireResponse")
    assert response["author"]["identifier"]["value"] == "RX4"
    (total,) = resources(record, AUDIT_C, "Observation")
    assert [one["identifier"]["value"] for one in total["performer"]] == ["RX4"]


@pytest.mark.parametrize("version", ["mh", "general"])
def test_the_response_says_which_version_was_asked(version):
    (response,) = resources(ASSIST_ROW | {"version": version}, ASSIST, "QuestionnaireResponse")
    assert {
        "url": "https://onestory.example/fhir/StructureDefinition/assist-lite-version",
        "valueCode": version,
    } in response["extension"]


def test_the_shared_answer_never_is_told_apart_by_its_item():
    record = HEAD | {"auditc-1": "0", "auditc-2": "0", "auditc-3": "0"}
    (response,) = resources(record, AUDIT_C, "QuestionnaireResponse")
    codes = [one["answer"][0]["valueCoding"]["code"] for one in response["item"]]
    assert codes == ["LA6270-8", "LA15694-5", "LA6270-8"]


def test_a_patient_is_created_only_where_there_is_none():
    patient, *_ = to_fhir(AUDIT_ROW, AUDIT_C).entries
    assert patient.if_none_exist == (
        "identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018&birthdate=1980-02-03"
    )


def test_sending_twice_stores_once():
    once, again = to_fhir(ASSIST_ROW, ASSIST), to_fhir(dict(ASSIST_ROW), ASSIST)
    assert once == again
    conditions = [entry.if_none_exist for entry in once.entries]
    assert len(set(conditions)) == len(conditions)
    digest = once.entries[1].resource["identifier"]["value"]
    assert all(digest in condition for condition in conditions[1:])


SAME = {
    "answers written the other way": {"al-tobacco-1": "1", "al-cannabis-1": "0"},
    "a number with spaces": {"nhs_number": "999 000 0018"},
    "JSON values": {"al-tobacco-1": True, "al-cannabis-1": False, "auditc-1": 3},
    "empty cells and nulls": {"al-opioids-1": "", "al-opioids-2": None, "al-opioids-3": "  "},
    "a total that agrees": {"total_alcohol": "7"},
}
OTHER = {
    "another person": {"nhs_number": "9990000026"},
    "another birth date": {"birth_date": "1980-02-04"},
    "another time": {"recorded_at": "2026-03-01T10:31:00+00:00"},
    "another organisation": {"organization_ods": "RX5"},
    "another practitioner": {"practitioner_id": "1"},
    "another version": {"version": "general"},
    "another answer": {"al-tobacco-3": "n"},
}


def identifier(record):
    (response,) = resources(record, ASSIST, "QuestionnaireResponse")
    return response["identifier"]["value"]


@pytest.mark.parametrize("case", SAME)
def test_the_same_screening_has_the_same_digest(case):
    assert identifier(ASSIST_ROW | SAME[case]) == identifier(ASSIST_ROW)


@pytest.mark.parametrize("case", OTHER)
def test_another_screening_has_another_digest(case):
    assert identifier(ASSIST_ROW | OTHER[case]) != identifier(ASSIST_ROW)


def test_a_total_that_agrees_is_kept_beside_the_answers():
    (response,) = resources(ASSIST_ROW | {"total_alcohol": "7"}, ASSIST, "QuestionnaireResponse")
    assert response["item"][-1] == {"linkId": "total_alcohol", "answer": [{"valueInteger": 7}]}


def test_a_total_that_disagrees_refuses_the_row_and_names_both():
    (reason,) = faults(AUDIT_ROW | {"total": "8"}, AUDIT_C).values()
    assert "8" in reason
    assert "7" in reason


def test_a_total_is_refused_where_the_answers_make_none():
    found = faults(ASSIST_ROW | {"auditc-3": "", "total_alcohol": 7}, ASSIST)
    assert list(found) == ["total_alcohol"]


NOBODY = dict.fromkeys(HEAD, "")
REFUSED = {
    "no NHS number": ({"nhs_number": ""}, "nhs_number"),
    "a number with a wrong check digit": ({"nhs_number": "9990000019"}, "nhs_number"),
    "a birth date of another form": ({"birth_date": "03/02/1980"}, "birth_date"),
    "a birth date after the screening": ({"birth_date": "2026-03-02"}, "birth_date"),
    "no time": ({"recorded_at": ""}, "recorded_at"),
    "a time that does not exist": ({"recorded_at": "2026-03-29T01:30:00"}, "recorded_at"),
    "an organisation that is no ODS code": ({"organization_ods": "the trust"}, "organization_ods"),
    "a practitioner who is no user id": ({"practitioner_id": "Dr X"}, "practitioner_id"),
    "no version": ({"version": ""}, "version"),
    "an unknown version": ({"version": "us"}, "version"),
    "an answer that is neither yes nor no": ({"al-tobacco-2": "maybe"}, "al-tobacco-2"),
    "an ordinal for a yes-no item": ({"al-tobacco-2": "2"}, "al-tobacco-2"),
    "an ordinal out of range": ({"auditc-1": "5"}, "auditc-1"),
    "yes for a choice of five": ({"auditc-1": "y"}, "auditc-1"),
    "an ordinal with decimals": ({"auditc-1": "3.0"}, "auditc-1"),
    "an ordinal as a JSON decimal": ({"auditc-1": 3.0}, "auditc-1"),
    "a list": ({"auditc-1": [3]}, "auditc-1"),
    "a control character": ({"al-other-2": "kh\x00at"}, "al-other-2"),
    "a byte that is no UTF-8": ({"al-other-2": "kh\udcffat"}, "al-other-2"),
    "a later yes after a first no": ({"al-cannabis-3": "y"}, "al-cannabis-3"),
    "a name after a first no": ({"al-other-1": "n"}, "al-other-2"),
    "a total that is no number": ({"total_alcohol": "seven"}, "total_alcohol"),
    "a total of another column": ({"total_alcohol": "9990000018"}, "total_alcohol"),
    "a column that is not known": ({"weight": "80"}, "weight"),
    "a column name that may be a cell": ({"9990000018": "80"}, "?"),
    "a grand total, which ASSIST-Lite has not": ({"total": "7"}, "total"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    change, column = REFUSED[case]
    found = faults(ASSIST_ROW | change, ASSIST)
    assert list(found) == [column]
    assert "9990000018" not in str(found)


def test_a_row_without_any_answer_is_refused():
    assert list(faults(HEAD | {"version": "mh"}, ASSIST)) == ["al-tobacco-1"]


def test_everything_that_is_wrong_is_named_at_once():
    found = faults(ASSIST_ROW | NOBODY | {"auditc-1": "9"}, ASSIST)
    assert list(found) == [
        "nhs_number",
        "birth_date",
        "recorded_at",
        "organization_ods",
        "auditc-1",
    ]


PATIENT = {
    "resourceType": "Patient",
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
    "birthDate": "1980-02-03",
}
UNREADABLE = {
    "a response under way": ({"status": "in-progress"}, "QuestionnaireResponse.status"),
    "a response made in error": ({"status": "entered-in-error"}, "QuestionnaireResponse.status"),
    "a time of one month": ({"authored": "2026-03"}, "recorded_at"),
    "no recording organisation": ({"extension": []}, "organization_ods"),
    "no answers": ({"item": []}, "auditc-1"),
    "an unknown item": (
        {"item": [{"linkId": "x", "answer": [{"valueInteger": 1}]}]},
        "QuestionnaireResponse.item[0].linkId",
    ),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_response_that_no_record_can_say_is_refused(case):
    change, where = UNREADABLE[case]
    (response,) = resources(AUDIT_ROW, AUDIT_C, "QuestionnaireResponse")
    found = from_fhir(response | change, PATIENT, AUDIT_C)
    assert isinstance(found, Unmappable)
    assert [fault.where for fault in found.faults] == [where]


def test_a_patient_without_a_number_is_refused():
    (response,) = resources(AUDIT_ROW, AUDIT_C, "QuestionnaireResponse")
    found = from_fhir(response, {"resourceType": "Patient"}, AUDIT_C)
    assert [fault.where for fault in found.faults] == ["nhs_number", "birth_date"]


DIALOG = instrument("dialog")
LIFE = {f"dialog-{n}": str(n if n < 8 else 7) for n in range(1, 9)}
MEANS = {"4.375": True, "4.4": True, "4": True, "4.5": False, "4.3754": False, "four": False}


@pytest.mark.parametrize("stated", MEANS)
def test_a_stated_mean_may_be_rounded_and_no_other_number(stated):
    record = HEAD | LIFE | {"total": stated}
    if MEANS[stated]:
        (response,) = resources(record, DIALOG, "QuestionnaireResponse")
        assert response["item"][-1]["answer"] == [{"valueDecimal": float(stated)}]
    else:
        assert list(faults(record, DIALOG)) == ["total"]


ONE_OF_EACH = [held for held in all_instruments() if held.id not in ("assist-lite-uk", "audit-c")]


@pytest.mark.parametrize("held", ONE_OF_EACH, ids=lambda held: held.id)
def test_every_instrument_produces_valid_r4(held):
    highest = {item.link_id: item.words[max(item.words)] for item in held.items}
    for entry in to_fhir(HEAD | highest, held).entries:
        kind = entry.resource["resourceType"]
        get_fhir_model_class(kind).model_validate(entry.resource)


REFUSED_ELSEWHERE = {
    "AUDIT item 9 at 1": ("audit", {"audit-9": "1"}, "audit-9"),
    "AUDIT item 10 at 3": ("audit", {"audit-10": "3"}, "audit-10"),
    "DIALOG at 0": ("dialog", {"dialog-1": "0"}, "dialog-1"),
    "HoNOS at 5": ("honos-wa", {"honos-1": "5"}, "honos-1"),
    "more than 28 days": ("top", {"top-alc": "29"}, "top-alc"),
    "half a day": ("top", {"top-alc": "0.5"}, "top-alc"),
    "a total that TOP has not": ("top", {"top-alc": "1", "total": "1"}, "total"),
    "a later yes where nothing happened": (
        "pc-ptsd-5",
        {"pcptsd-0": "n", "pcptsd-3": "y"},
        "pcptsd-3",
    ),
    "a plan without thoughts": (
        "c-ssrs-screener",
        {"cssrs-2": "n", "cssrs-5": "y"},
        "cssrs-5",
    ),
}


@pytest.mark.parametrize("case", REFUSED_ELSEWHERE)
def test_refused_by_other_instruments(case):
    kind, answers, column = REFUSED_ELSEWHERE[case]
    assert list(faults(HEAD | answers, instrument(kind))) == [column]


CASENESS = "https://onestory.example/fhir/StructureDefinition/talking-therapies-caseness"


def counted(kind, answers):
    """What each score of an instrument says of NHS Talking Therapies' threshold."""
    held = instrument(kind)
    ids = [item for score in held.scores for item in score.items]
    record = HEAD | dict(zip(ids, answers, strict=False))
    return [
        [one["valueBoolean"] for one in score["extension"] if one["url"] == CASENESS]
        for score in resources(record, held, "Observation")
    ]


@pytest.mark.parametrize(
    ("kind", "answers", "said"),
    [
        ("phq-9", "333000000", [[False]]),
        ("phq-9", "333100000", [[True]]),
        ("phq-9", "333333333", [[True]]),
        ("phq-9", "000000000", [[False]]),
        ("gad-7", "3310000", [[False]]),
        ("gad-7", "3320000", [[True]]),
        ("gad-7", "333333", []),
        ("audit-c", "444", [[]]),
    ],
)
def test_a_total_says_whether_talking_therapies_counts_a_case(kind, answers, said):
    assert counted(kind, answers) == said


def test_caseness_is_no_band():
    record = HEAD | {f"gad7-{n}": "3" for n in range(1, 8)}
    (score,) = resources(record, instrument("gad-7"), "Observation")
    assert [one["code"] for each in score["interpretation"] for one in each["coding"]] == ["severe"]
