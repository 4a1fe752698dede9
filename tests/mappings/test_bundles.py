from itertools import count

from fhir.resources.R4B.bundle import Bundle

from mappings.bundles import batches, standalone, transaction
from mappings.instruments import instrument
from mappings.screening import to_fhir

AUDIT_C = instrument("audit-c")
ROW = {
    "nhs_number": "9990000018",
    "birth_date": "1980-02-03",
    "organization_ods": "RX4",
    "auditc-1": "3",
    "auditc-2": "2",
    "auditc-3": "2",
}


def mapped(day, **change):
    return to_fhir(ROW | {"recorded_at": f"2026-03-{day:02}"} | change, AUDIT_C)


def kinds(entries):
    return [entry.resource["resourceType"] for entry in entries]


def test_each_person_has_one_patient_in_a_batch():
    (entries,) = batches([mapped(1), mapped(2), mapped(2, nhs_number="9990000026")], 100)
    assert kinds(entries).count("Patient") == 2
    assert kinds(entries).count("QuestionnaireResponse") == 3


def test_the_same_number_with_another_birth_date_is_another_person():
    (entries,) = batches([mapped(1), mapped(2, birth_date="1980-02-04")], 100)
    assert kinds(entries).count("Patient") == 2


def test_a_repeated_record_is_sent_once():
    (entries,) = batches([mapped(1), mapped(1)], 100)
    assert kinds(entries) == ["Patient", "QuestionnaireResponse", "Observation"]


def test_a_batch_holds_so_many_records_and_no_more():
    made = [mapped(day) for day in range(1, 6)]
    sizes = [kinds(one).count("QuestionnaireResponse") for one in batches(made, 2)]
    assert sizes == [2, 2, 1]


def test_records_are_taken_only_as_batches_are_asked_for():
    taken = []

    def endless():
        for number in count():
            taken.append(number)
            yield mapped(1 + number % 28)

    following = batches(endless(), 3)
    next(following)
    next(following)
    assert len(taken) == 6


def test_a_transaction_is_valid_r4_and_creates_only_what_is_not_there():
    (entries,) = batches([mapped(1)], 100)
    bundle = transaction(entries)
    Bundle.model_validate(bundle)
    for entry in bundle["entry"]:
        assert entry["fullUrl"].startswith("urn:uuid:")
        assert entry["request"]["method"] == "POST"
        assert entry["request"]["url"] == entry["resource"]["resourceType"]
        assert entry["request"]["ifNoneExist"].startswith("identifier=")
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert bundle["entry"][1]["resource"]["subject"]["reference"] == urls[0]
    assert bundle["entry"][2]["resource"]["derivedFrom"][0]["reference"] == urls[1]


def test_the_same_records_make_the_same_bytes():
    assert transaction(next(batches([mapped(1)], 9))) == transaction(next(batches([mapped(1)], 9)))


def test_resources_that_stand_alone_refer_to_each_other_by_id():
    patient, response, total = standalone(next(batches([mapped(1)], 100)))
    assert response["subject"]["reference"] == f"Patient/{patient['id']}"
    assert total["derivedFrom"][0]["reference"] == f"QuestionnaireResponse/{response['id']}"
    assert response["author"] == {
        "type": "Organization",
        "identifier": {
            "system": "https://fhir.nhs.uk/Id/ods-organization-code",
            "value": "RX4",
        },
    }
