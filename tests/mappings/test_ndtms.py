"""What NDTMS may hold, what it refuses, and its gate: nothing without the person's agreement."""

import pytest

from mappings import ndtms
from mappings.bundles import batches, standalone, transaction
from mappings.ndtms_consent import said
from mappings.reversing import Surroundings, own, resources
from mappings.verdict import Flattened, Mapped, Unmappable

WHO = {"AGNCY": "N0853", "CLIENTID": "C-12", "CONSENT": "Y"}
EPISODE = WHO | {"TABLE": "episode", "EPISODID": "E1", "REFLD": "2015-01-05"}
CLIENT = WHO | {
    "TABLE": "client",
    "FINITIAL": "J",
    "SINITIAL": "S",
    "DOB": "1980-02-03",
    "SEX": "2",
}
DRUGS = WHO | {"TABLE": "drugs", "EPISODID": "E1", "DRUG1": "1011", "INJSTAT": "P"}
TOP = WHO | {"TABLE": "top", "EPISODID": "E1", "TOPDATE": "2015-02-05", "ALCUSE": "3"}
NO = WHO | {"CONSENT": "N"}


def made(record):
    mapped = ndtms.to_fhir(record)
    assert isinstance(mapped, Mapped), mapped
    return mapped.entries[-1].resource


def bundle(*records):
    (entries,) = batches(map(ndtms.to_fhir, records), 100)
    return transaction(entries)


def back(*documents):
    """The rows, as the command reads them: what is said of NDTMS anywhere counts everywhere."""
    around = Surroundings()
    for document in documents:
        for _, resource in resources(document):
            if resource["resourceType"] == "Consent":
                around.hear(resource)
    found = (
        ndtms.from_fhir(resource, addresses, own(document, around))
        for document in documents
        for addresses, resource in resources(document)
    )
    return [row for row in found if row is not None]


def with_consent(document, change):
    """The same Bundle with its Consent changed, or without it."""
    entries = []
    for entry in document["entry"]:
        if entry["resource"]["resourceType"] == "Consent":
            if change is None:
                continue
            entry = entry | {"resource": change(entry["resource"])}
        entries.append(entry)
    return document | {"entry": entries}


def test_agreement_is_a_consent_that_permits_ndtms():
    _, consent, _ = ndtms.to_fhir(EPISODE).entries
    assert consent.resource["provision"]["type"] == "permit"
    assert said(consent.resource) == ({"N0853/C-12"}, True)


def test_a_refusal_is_a_consent_that_denies_it_and_nothing_else():
    patient, consent = ndtms.to_fhir(NO | {"DRUG1": "1011", "DOB": "1980-02-03"}).entries
    assert consent.resource["provision"]["type"] == "deny"
    assert set(patient.resource) == {"resourceType", "identifier"}


def test_with_agreement_the_row_leaves():
    assert back(bundle(EPISODE)) == [Flattened(EPISODE)]


def test_without_agreement_only_the_keys_leave():
    assert back(bundle(NO)) == [Flattened(NO)]


@pytest.mark.parametrize(
    "change",
    [
        None,
        lambda consent: consent | {"status": "inactive"},
        lambda consent: consent | {"scope": {"coding": [{"code": "research"}]}},
        lambda consent: consent | {"provision": {"type": "permit"}},
        lambda consent: consent | {"provision": consent["provision"] | {"type": "deny"}},
        lambda consent: (
            consent | {"provision": consent["provision"] | {"period": {"end": "2015-01-01"}}}
        ),
        lambda consent: (
            consent | {"provision": consent["provision"] | {"provision": [consent["provision"]]}}
        ),
        lambda consent: consent | {"modifierExtension": [{"url": "x", "valueBoolean": True}]},
        lambda consent: consent | {"implicitRules": "https://example.org/rules"},
        lambda consent: consent | {"identifier": []},
        lambda consent: (
            consent
            | {
                "provision": {
                    "type": "permit",
                    "actor": [
                        consent["provision"]["actor"][0] | {"role": {"coding": [{"code": "CST"}]}}
                    ],
                }
            }
        ),
    ],
    ids=[
        "nothing was said",
        "it was taken back",
        "it is about research",
        "it names nobody",
        "it denies",
        "it ended",
        "it has exceptions",
        "it is modified",
        "it has rules of its own",
        "it says not whose it is",
        "it names ndtms as a source",
    ],
)
def test_doubt_is_no_agreement(change):
    assert back(with_consent(bundle(EPISODE, DRUGS, CLIENT), change)) == [Flattened(NO)]


def test_a_denial_elsewhere_in_the_file_wins():
    assert back(bundle(EPISODE), bundle(NO)) == [Flattened(NO), Flattened(NO)]
    assert back(bundle(EPISODE), bundle(NO | {"CLIENTID": "C-13"}))[0] == Flattened(EPISODE)


def test_a_denial_without_the_clients_identifier_counts_for_its_patient():
    document = bundle(EPISODE)
    consent = document["entry"][1]["resource"]
    denial = consent | {"identifier": [], "provision": consent["provision"] | {"type": "deny"}}
    document["entry"].append({"fullUrl": "urn:uuid:9", "resource": denial})
    assert back(document) == [Flattened(NO)]


def test_an_agreement_to_somebody_else_says_nothing_here():
    consent = ndtms.to_fhir(EPISODE).entries[1].resource
    actor = {"reference": {"identifier": {"system": "https://a.example", "value": "ndtms"}}}
    assert said(consent | {"provision": {"type": "permit", "actor": [actor]}}) is None


def test_resources_that_stand_alone_are_gated_too():
    around = Surroundings()
    held = list(standalone(ndtms.to_fhir(EPISODE).entries + ndtms.to_fhir(NO).entries[1:]))
    for resource in held:
        around.learn((f"{resource['resourceType']}/{resource['id']}",), resource)
    found = [ndtms.from_fhir(one, (f"Patient/{one['id']}",), around) for one in held]
    assert [row for row in found if row] == [Flattened(NO)]


def test_a_wide_row_is_read_as_every_part_that_it_fills():
    wide = CLIENT | EPISODE | DRUGS | TOP | {"TABLE": "", "PRNTSTAT": "NA", "ALCDDAYS": ""}
    assert back(bundle(wide)) == [Flattened(one) for one in (CLIENT, EPISODE, DRUGS, TOP)]
    parts = bundle(CLIENT, EPISODE, DRUGS, TOP)
    assert bundle(wide)["entry"] == parts["entry"]


def test_the_part_said_by_name_holds_no_field_of_another():
    found = ndtms.to_fhir(DRUGS | {"TOPDATE": "2015-02-05"})
    assert [fault.where for fault in found.faults] == ["TOPDATE"]


def test_only_initials_leave_of_a_name():
    document = bundle(CLIENT)
    patient = document["entry"][0]["resource"]
    named = {"name": [{"given": ["jo", "ann"], "family": "smith"}]}
    document["entry"][0]["resource"] = patient | named
    assert back(document) == [Flattened(CLIENT)]


def test_no_nhs_number_leaves():
    document = bundle(CLIENT)
    patient = document["entry"][0]["resource"]
    number = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}
    identifiers = {"identifier": [number, *patient["identifier"]]}
    document["entry"][0]["resource"] = patient | identifiers
    assert back(document) == [Flattened(CLIENT)]


def test_a_referral_source_is_said_in_the_words_of_others_too():
    request = made(EPISODE | {"RFLS": "1"})
    codings = request["extension"][0]["valueCodeableConcept"]["coding"]
    assert [coding["code"] for coding in codings] == ["1", "200771000000103", "M4"]


def test_injecting_status_is_said_in_snomed_too():
    injecting = made(DRUGS)["component"][1]["valueCodeableConcept"]["coding"]
    assert [coding["code"] for coding in injecting] == ["P", "416479009"]


def test_recovery_support_is_an_activity_of_a_plan():
    record = WHO | {"TABLE": "recovery", "EPISODID": "E1", "RECMAID": "Y"}
    (activity,) = made(record)["activity"]
    assert activity["detail"]["code"]["coding"][0]["code"] == "RECMAID"
    cancelled = bundle(record)
    cancelled["entry"][2]["resource"] = made(record) | {
        "activity": [{"detail": activity["detail"] | {"status": "cancelled"}}],
        "subject": cancelled["entry"][2]["resource"]["subject"],
    }
    (found,) = back(cancelled)
    assert [fault.where for fault in found.faults] == ["RECPEER"]


def test_the_outcomes_profile_answers_our_questionnaire():
    response = made(TOP)
    assert response["questionnaire"] == "https://onestory.example/fhir/Questionnaire/top"
    assert response["item"] == [{"linkId": "top-alc", "answer": [{"valueInteger": 3}]}]


@pytest.mark.parametrize(
    ("filled", "status"),
    [
        ({}, "preparation"),
        ({"MODST": "2015-01-06"}, "in-progress"),
        ({"MODST": "2015-01-06", "MODEND": "2015-02-06", "MODEXIT": "A"}, "completed"),
    ],
)
def test_a_modality_is_a_procedure_on_its_way(filled, status):
    record = WHO | {"TABLE": "modality", "EPISODID": "E1", "MODAL": "4"} | filled
    assert made(record)["status"] == status


def test_a_patient_of_no_agency_and_resources_of_no_part_are_passed_over():
    others = [{"resourceType": "Patient", "birthDate": "1980-02-03"}, {"resourceType": "Flag"}]
    assert back({"resourceType": "Bundle", "entry": [{"resource": one} for one in others]}) == []


def test_a_part_of_nobody_is_refused():
    found = ndtms.from_fhir(made(EPISODE), (), Surroundings())
    assert [fault.where for fault in found.faults] == ["ServiceRequest.subject"]


REFUSED = {
    "agreement unsaid": (EPISODE, {"CONSENT": ""}, "CONSENT"),
    "agreement, perhaps": (EPISODE, {"CONSENT": "U"}, "CONSENT"),
    "no agency": (EPISODE, {"AGNCY": ""}, "AGNCY"),
    "no client": (EPISODE, {"CLIENTID": "a/b"}, "CLIENTID"),
    "an unknown part": (EPISODE, {"TABLE": "hepatitis"}, "TABLE"),
    "an episode that ended before it began": (EPISODE, {"DISD": "2014-12-31"}, "DISD"),
    "an unknown source": (EPISODE, {"RFLS": "7"}, "RFLS"),
    "a substance that is not listed": (DRUGS, {"DRUG2": "9999"}, "DRUG2"),
    "29 days of 28": (TOP, {"ALCUSE": "29"}, "ALCUSE"),
    "21 of 20": (TOP, {"QUALLIFE": "21"}, "QUALLIFE"),
    "a part of no episode": (TOP, {"EPISODID": ""}, "EPISODID"),
    "a person without a birth date": (CLIENT, {"DOB": ""}, "DOB"),
    "a whole name": (CLIENT, {"FINITIAL": "Jo"}, "FINITIAL"),
    "another sex": (CLIENT, {"SEX": "9"}, "SEX"),
    "a wide row that fills nothing": (
        WHO | {"DRUG1": "1011", "EPISODID": "E1"},
        {"DRUG1": "NA"},
        "TABLE",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    record, change, column = REFUSED[case]
    assert isinstance(ndtms.to_fhir(record), Mapped)
    found = ndtms.to_fhir(record | change)
    assert isinstance(found, Unmappable)
    assert [fault.where for fault in found.faults] == [column]


def test_a_fault_in_a_wide_row_is_told_once():
    wide = CLIENT | EPISODE | DRUGS | {"TABLE": "", "EPISODID": "?"}
    found = ndtms.to_fhir(wide)
    assert [fault.where for fault in found.faults] == ["EPISODID"]


def test_a_part_before_birth_is_refused():
    found = ndtms.to_fhir(CLIENT | EPISODE | {"TABLE": "", "REFLD": "1979-01-01"})
    assert [fault.where for fault in found.faults] == ["REFLD"]
