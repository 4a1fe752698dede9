"""Labels come from what was asked, never from what was answered."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fhir_profiles
from consent import topics
from consent.labelling import NORMAL, Labels, depends_on, label
from consent.topics import LEVELS, mask_of
from mappings import referral, screening
from mappings.instruments import instrument
from mappings.verdict import Mapped

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
OURS = "https://onestory.example/fhir"
RULES = fhir_profiles.load("labels/rules.json")
DRUGS_AND_ALCOHOL = "417096006"


def concept(code: str, system: str = SNOMED, **more: Any) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}], **more}


def observation(code: str, system: str = LOINC, **more: Any) -> dict[str, Any]:
    return coded(concept(code, system), **more)


def coded(code: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": code,
        "subject": {"reference": "Patient/1"},
        **more,
    }


def response(instrument_id: str, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": f"{OURS}/Questionnaire/{instrument_id}|1",
        "subject": {"reference": "Patient/1"},
        "item": list(items),
        **more,
    }


def request(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": concept(DRUGS_AND_ALCOHOL),
        "subject": {"reference": "Patient/1"},
        **more,
    }


def task(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": concept("fulfill", "http://hl7.org/fhir/CodeSystem/task-code"),
        "for": {"reference": "Patient/1"},
        **more,
    }


def of(resource: dict[str, Any], **named: Labels) -> Labels:
    return label(resource, {key.replace("_", "/"): value for key, value in named.items()})


def codes(labels: Labels) -> set[str]:
    return {coding["code"] for coding in topics.codings(labels.topics)}


INSTRUMENTS = {
    "audit-c": ("ETHUD", "R"),
    "audit": ("ETHUD", "R"),
    "sadq": ("ETHUD", "R"),
    "assist-lite-uk": ("ETHUD OPIOIDUD drugs smoking", "R"),
    "phq-9": ("MH self-harm", "R"),
    "gad-7": ("MH", "R"),
    "core-10": ("MH self-harm", "R"),
    "dialog": ("MH", "R"),
    "reqol-10": ("MH", "R"),
    "honos-wa": ("MH", "R"),
    "dast-10": ("drugs", "R"),
    "ldq": ("drugs", "R"),
    "top": ("drugs ETHUD OPIOIDUD", "R"),
    "ftnd": ("smoking", "N"),
    "pc-ptsd-5": ("trauma", "R"),
    "itq": ("trauma", "R"),
    "c-ssrs-screener": ("self-harm", "R"),
}


def test_every_instrument_has_a_rule_and_every_rule_is_tested() -> None:
    assert {row["id"] for row in RULES["instruments"]} == set(INSTRUMENTS)


@pytest.mark.parametrize("instrument_id", INSTRUMENTS)
def test_a_response_is_labelled_by_its_instrument(instrument_id: str) -> None:
    expected, level = INSTRUMENTS[instrument_id]
    labels = of(response(instrument_id))
    assert codes(labels) == set(expected.split())
    assert LEVELS[labels.level] == level
    assert not labels.pending
    assert labels.rules == (f"{RULES['version']}#{instrument_id}",)


@pytest.mark.parametrize(
    ("code", "system", "expected", "level"),
    [
        ("75626-2", LOINC, "ETHUD", "R"),
        ("75624-7", LOINC, "ETHUD", "R"),
        ("763256006", SNOMED, "ETHUD", "R"),
        ("44261-6", LOINC, "MH self-harm", "R"),
        ("44260-8", LOINC, "self-harm", "R"),
        ("44250-9", LOINC, "MH", "R"),
        ("506701000000100", SNOMED, "MH self-harm", "R"),
        ("assist-lite-uk.tobacco", f"{OURS}/CodeSystem/score", "smoking", "N"),
        ("assist-lite-uk.cannabis", f"{OURS}/CodeSystem/score", "drugs", "R"),
        ("assist-lite-uk.other", f"{OURS}/CodeSystem/score", "drugs", "R"),
        ("assist-lite-uk.opioids", f"{OURS}/CodeSystem/score", "OPIOIDUD", "R"),
        ("assist-lite-uk.alcohol", f"{OURS}/CodeSystem/score", "ETHUD", "R"),
        ("ldq.total", f"{OURS}/CodeSystem/score", "drugs", "R"),
        ("75544000", SNOMED, "OPIOIDUD", "R"),
        ("85005007", SNOMED, "drugs", "R"),
        ("1254812006", SNOMED, "SUD", "R"),
        ("32911000", SNOMED, "social", "N"),
        ("766561000000109", SNOMED, "SDV", "R"),
        ("979661000000102", SNOMED, "ETHUD drugs", "R"),
        ("8480-6", LOINC, "physical", "N"),
    ],
)
def test_a_code_is_labelled_by_what_it_is_about(
    code: str, system: str, expected: str, level: str
) -> None:
    labels = of(observation(code, system))
    assert codes(labels) == set(expected.split())
    assert LEVELS[labels.level] == level
    assert not labels.pending


def test_a_condition_is_labelled_like_an_observation() -> None:
    condition = {"resourceType": "Condition", "code": concept("75544000")}
    assert codes(of(condition)) == {"OPIOIDUD"}


@pytest.mark.parametrize("value", [0, 12])
def test_a_zero_score_carries_the_labels_of_a_high_one(value: int) -> None:
    scored = observation("75626-2", valueQuantity={"value": value, "unit": "score"})
    assert of(scored) == of(observation("75626-2"))


KINDS = ["Observation", "Condition", "ServiceRequest", "Task", "QuestionnaireResponse", "CarePlan"]
WORDS = """
code coding text meta security tag extension url system note subject reference display
item linkId answer valueString valueCoding component contained resourceType identifier
questionnaire supportingInfo focus input modifierExtension status category _status x
"""
NAMES = st.sampled_from(WORDS.split())
ANSWERS = st.one_of(
    st.booleans().map(lambda value: {"valueBoolean": value}),
    st.integers(0, 100).map(lambda value: {"valueInteger": value}),
    st.text("abc", min_size=1).map(lambda code: {"valueCoding": {"system": "s", "code": code}}),
    st.just({"valueDate": "2026-05-03"}),
)


@given(st.data())
def test_changing_an_answer_never_changes_a_label(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(INSTRUMENTS)))
    prefix = next(row["items"][0] for row in RULES["instruments"] if row["id"] == kind)
    links = [f"{prefix}{number}" for number in range(4)]
    one = response(kind, *(_item(link, data.draw(ANSWERS)) for link in links))
    other = response(kind, *(_item(link, data.draw(ANSWERS)) for link in links[:2]))
    assert of(one) == of(other)


@given(
    st.sampled_from([code for row in RULES["codes"] for code in row["codes"]]),
    st.sampled_from(
        [
            {},
            {"valueQuantity": {"value": 3}},
            {"valueBoolean": False},
            {"valueCodeableConcept": concept("75544000")},
            {"interpretation": [concept("low", f"{OURS}/CodeSystem/band")]},
            {"dataAbsentReason": concept("asked-declined", "x")},
        ]
    ),
)
def test_a_value_never_changes_the_label_of_an_observation(
    code: str, value: dict[str, Any]
) -> None:
    system = next(row["system"] for row in RULES["codes"] if code in row["codes"])
    assert of(observation(code, system, **value)) == of(observation(code, system))


def _item(link_id: str, answer: dict[str, Any]) -> dict[str, Any]:
    return {"linkId": link_id, "text": "our own words", "answer": [answer]}


def test_the_substance_named_in_assist_lite_is_an_answer_like_any_other() -> None:
    named = response("assist-lite-uk", _item("al-other-2", {"valueString": "x"}))
    assert of(named) == of(response("assist-lite-uk"))


def test_an_answer_in_words_elsewhere_stays_pending() -> None:
    assert of(response("assist-lite-uk", _item("al-tobacco-1", {"valueString": "x"}))).pending


def test_an_item_that_the_instrument_does_not_ask_stays_pending() -> None:
    asked = {"linkId": "group", "item": [_item("phq9-1", {"valueInteger": 1})]}
    added = {"linkId": "group", "item": [_item("hiv-1", {"valueBoolean": True})]}
    assert not of(response("phq-9", asked)).pending
    assert of(response("phq-9", added)).pending


def test_a_stated_total_is_part_of_what_was_asked() -> None:
    stated = _item("total_tobacco", {"valueInteger": 2})
    assert of(response("assist-lite-uk", stated)) == of(response("assist-lite-uk"))
    assert of(response("audit-c", _item("total", {"valueInteger": 5}))) == of(response("audit-c"))
    assert of(response("audit-c", _item("totally-new", {"valueInteger": 5}))).pending


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "CarePlan", "category": [concept("718347000")]},
        {"resourceType": "QuestionnaireResponse", "questionnaire": "https://x.example/Q/phq-9"},
        {"resourceType": "QuestionnaireResponse", "status": "completed"},
        {"resourceType": "QuestionnaireResponse", "item": [{"linkId": "a", "answer": ["x"]}]},
        observation("99999-9"),
        observation("75626-2", "http://elsewhere.example"),
        {"resourceType": "Observation", "status": "final"},
        {"resourceType": "Observation", "status": "final", "code": {"text": "drinks"}},
        {"resourceType": "Condition", "code": concept("1")},
        {"resourceType": "DocumentReference", "type": concept("736253002")},
        {"resourceType": "Appointment", "status": "booked"},
        {"resourceType": "Unheard", "code": concept("75544000")},
        observation("75626-2", valueString="six a day"),
        observation("75626-2", valueCodeableConcept={"text": "six a day"}),
        observation("75626-2", note=[{"text": "x"}]),
        observation("75626-2", invented="x"),
        observation("75626-2", extension=[{"url": "https://x.example", "valueBoolean": True}]),
        observation("75626-2", modifierExtension=[{"url": f"{OURS}/StructureDefinition/x"}]),
        observation("75626-2", bodySite=concept("1")),
        observation("75626-2", component=[{"code": concept("99999-9", LOINC)}]),
        observation("75626-2", performer=[{"display": "my heroin worker"}]),
        observation("75626-2", contained=[{"resourceType": "Condition", "code": concept("1")}]),
        observation("75626-2", _status={"extension": [{"url": "https://x.example"}]}),
        coded(concept("75626-2", LOINC, extension=[{"url": "https://x"}])),
        observation("75626-2", valueAttachment={"data": "eA=="}),
        observation("75626-2", meta={"extension": [{"url": "https://x.example"}]}),
        observation("75626-2", meta={"security": ["x"], "extension": ["x"]}, note=["x"]),
        request(supportingInfo=["x"], note=[{"text": "x"}]),
        request(note=[{"text": "x"}]),
        request(patientInstruction="x"),
        request(reasonCode=[{"text": "x"}]),
        task(description="x"),
        task(input=[{"type": concept("fulfill", "x"), "valueString": "x"}]),
        {"resourceType": "ServiceRequest", "status": "active", "intent": "order"},
    ],
)
def test_what_no_rule_can_judge_stays_pending(resource: dict[str, Any]) -> None:
    assert of(resource).pending


@pytest.mark.parametrize(
    "resource",
    [
        observation("75626-2", text={"status": "generated", "div": "<div>x</div>"}),
        observation("75626-2", identifier=[{"system": "s", "value": "v"}]),
        observation("75626-2", category=[concept("survey", RULES["neutral_systems"][0])]),
        observation("75626-2", performer=[{"reference": "Organization/1", "display": "Riverside"}]),
        coded(concept("75626-2", LOINC, text="total")),
        coded({"coding": [{"code": "x"}, {"code": "75626-2", "system": LOINC}]}),
        observation("75626-2", _status={"id": "a"}),
        observation(
            "75626-2",
            extension=[
                {
                    "url": f"{OURS}/StructureDefinition/recording-organization",
                    "valueReference": {"identifier": {"system": "s", "value": "v"}},
                }
            ],
        ),
        request(performer=[{"reference": "Organization/1"}], priority="urgent"),
        task(owner={"reference": "Organization/1"}),
    ],
)  # fmt: skip
def test_what_is_coded_throughout_is_judged(resource: dict[str, Any]) -> None:
    assert not of(resource).pending


@pytest.mark.parametrize("kind", ["Patient", "Consent", "Provenance", "AuditEvent", "Organization"])
def test_types_without_clinical_content_have_no_topic(kind: str) -> None:
    assert of({"resourceType": kind, "name": "x", "invented": "y"}) == Labels()


def test_a_contained_resource_lends_its_labels() -> None:
    inside = {"resourceType": "Condition", "id": "c", "code": concept("75544000")}
    outside = request(contained=[inside], reasonReference=[{"reference": "#c"}])
    assert codes(of(outside)) == {"ETHUD", "drugs", "OPIOIDUD"}
    assert not of(outside).pending


SUPPORT = {"supportingInfo": [{"reference": "QuestionnaireResponse/q/_history/2"}]}


def test_a_referral_carries_the_labels_of_all_that_it_names() -> None:
    sent = request(**SUPPORT, reasonReference=[{"reference": "Condition/c"}])
    assert depends_on(sent) == ("Condition/c", "QuestionnaireResponse/q")
    labels = of(
        sent,
        QuestionnaireResponse_q=Labels(mask_of("MH"), 4),
        Condition_c=Labels(mask_of("SDV"), 5, ceiling=True),
    )
    assert codes(labels) == {"ETHUD", "drugs", "MH", "SDV"}
    assert LEVELS[labels.level] == "V"
    assert labels.ceiling
    assert not labels.pending


def test_a_task_carries_the_labels_of_its_focus_and_its_input() -> None:
    sent = task(
        focus={"reference": "ServiceRequest/s"},
        input=[
            {
                "type": concept("fulfill", "http://hl7.org/fhir/CodeSystem/task-code"),
                "valueReference": {"reference": "Observation/o"},
            }
        ],
    )
    assert depends_on(sent) == ("Observation/o", "ServiceRequest/s")
    labels = of(sent, ServiceRequest_s=Labels(1, 3), Observation_o=Labels(2, 4))
    assert (labels.topics, labels.level, labels.pending) == (3, 4, False)


def test_a_service_lends_its_labels_where_they_are_known() -> None:
    sent = request(performer=[{"reference": "HealthcareService/h"}])
    assert depends_on(sent) == ("HealthcareService/h",)
    assert "OPIOIDUD" in codes(of(sent, HealthcareService_h=Labels(mask_of("OPIOIDUD"), 4)))
    assert not of(sent).pending


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "Observation/unknown"},
        {"reference": "https://elsewhere.example/fhir/Observation/1"},
        {"reference": "urn:uuid:9f1b1e5e-0000-4000-8000-000000000000"},
        {"identifier": {"system": "s", "value": "v"}},
        {"type": "Observation", "identifier": {"system": "s", "value": "v"}},
    ],
)
def test_a_referral_that_names_what_nobody_can_judge_stays_pending(
    reference: dict[str, Any],
) -> None:
    assert of(request(supportingInfo=[reference])).pending


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "Patient/1"},
        {"reference": "Consent/1"},
        {"reference": "https://elsewhere.example/fhir/Organization/1"},
        {"type": "Organization", "identifier": {"system": "s", "value": "v"}},
    ],
)
def test_a_referral_may_name_what_has_no_clinical_content(reference: dict[str, Any]) -> None:
    sent = request(supportingInfo=[reference])
    assert depends_on(sent) == ()
    assert not of(sent).pending


def test_what_is_not_yet_labelled_leaves_the_referral_pending() -> None:
    assert of(request(**SUPPORT), QuestionnaireResponse_q=Labels(pending=True)).pending


def test_an_alert_task_is_about_what_it_alerts_to() -> None:
    alert = task(code=concept("self-harm-item", f"{OURS}/CodeSystem/alert"))
    labels = of(alert)
    assert (codes(labels), LEVELS[labels.level], labels.pending) == ({"self-harm"}, "R", False)


def security(*codings: tuple[str, str]) -> dict[str, Any]:
    return {"meta": {"security": [{"system": system, "code": code} for system, code in codings]}}


def test_the_author_raises_labels() -> None:
    raised = of(
        observation("72166-2", **security((topics.ACT_CODE, "MH"), (topics.CONFIDENTIALITY, "R")))
    )
    assert codes(raised) == {"smoking", "MH"}
    assert LEVELS[raised.level] == "R"


@given(st.lists(st.sampled_from([*LEVELS, "X"])), st.lists(st.sampled_from(["MH", "NOAUTH", "?"])))
def test_the_author_never_lowers_labels(levels: list[str], named: list[str]) -> None:
    plain = observation("75626-2")
    codings = [(topics.CONFIDENTIALITY, level) for level in levels]
    codings += [(topics.ACT_CODE, code) for code in named]
    before, after = of(plain), of({**copy.deepcopy(plain), **security(*codings)})
    assert after.topics & before.topics == before.topics
    assert after.level >= before.level
    assert after.pending >= before.pending


def test_a_label_of_the_author_that_does_not_exist_leaves_it_pending() -> None:
    assert of(observation("75626-2", **security((topics.TOPIC_SYSTEM, "alcool")))).pending
    assert of(observation("75626-2", **security((topics.CONFIDENTIALITY, "X")))).pending
    assert not of(observation("75626-2", **security((topics.ACT_CODE, "NORDSCLCD")))).pending


@pytest.mark.parametrize(
    "codings",
    [
        [(topics.TOPIC_SYSTEM, "third-party")],
        [(topics.TOPIC_SYSTEM, "marac")],
        [(topics.TOPIC_SYSTEM, "not-for-person")],
        [(topics.ACT_CODE, "PSYTHPN")],
        [(topics.ACT_CODE, "SDV"), (topics.CONFIDENTIALITY, "V")],
    ],
)
def test_the_author_puts_a_record_under_the_ceiling(codings: list[tuple[str, str]]) -> None:
    assert of(observation("75626-2", **security(*codings))).ceiling
    assert not of(observation("75626-2")).ceiling


def test_a_patient_is_raised_by_its_author_too() -> None:
    patient = {"resourceType": "Patient", **security((topics.CONFIDENTIALITY, "V"))}
    assert of(patient).level > NORMAL


PERSON = {
    "nhs_number": "9990000018",
    "birth_date": "1980-02-29",
    "organization_ods": "X1X1X",
    "practitioner_id": "",
}


def test_what_the_screening_map_writes_is_judged() -> None:
    tool = instrument("assist-lite")
    assert tool is not None
    row = PERSON | {"recorded_at": "2026-05-03T10:00:00", "version": "mh", "al-tobacco-1": "y"}
    row |= {"al-tobacco-2": "n", "al-tobacco-3": "n", "al-opioids-1": "n"}
    row |= {"auditc-1": "0", "auditc-2": "0", "auditc-3": "0"}
    mapped = screening.to_fhir(row, tool)
    assert isinstance(mapped, Mapped), mapped
    written = [dict(entry.resource) for entry in mapped.entries]
    assert len(written) > 3
    assert [of(resource).pending for resource in written] == [False] * len(written)
    found = {frozenset(codes(of(resource))) for resource in written}
    assert found == {
        frozenset(),
        frozenset({"ETHUD", "OPIOIDUD", "drugs", "smoking"}),
        frozenset({"smoking"}),
        frozenset({"OPIOIDUD"}),
        frozenset({"ETHUD"}),
    }


REFERRAL = PERSON | {
    "authored_at": "2026-05-03T10:00:00Z",
    "to_organization_ods": "Y2Y2Y",
    "code": DRUGS_AND_ALCOHOL,
    "priority": "routine",
    "agreed": "y",
}


def mapped_request(**more: str) -> dict[str, Any]:
    mapped = referral.to_fhir(REFERRAL | more)
    assert isinstance(mapped, Mapped), mapped
    kind = "ServiceRequest"
    return next(dict(e.resource) for e in mapped.entries if e.resource["resourceType"] == kind)


def test_a_plain_referral_with_codes_alone_is_judged() -> None:
    assert codes(of(mapped_request())) == {"ETHUD", "drugs"}
    assert not of(mapped_request()).pending


def test_a_plain_referral_with_a_note_is_not() -> None:
    assert of(mapped_request(note="x")).pending


def test_every_referral_code_that_we_offer_has_a_rule() -> None:
    offered = {row["code"] for row in fhir_profiles.load("tables/referral_codes.json")["codes"]}
    assert [code for code in offered if of(request(code=concept(code))).pending] == []


OPIOIDS = concept("75544000")  # opioid dependence
UNKNOWN = concept("1", "urn:x")
PATIENT = {"reference": "Patient/1"}
NAMED = {"Condition_1": Labels(mask_of("MH"), LEVELS.index("R"))}
REASON = {"reasonReference": [{"reference": "Condition/1"}]}


def of_type(kind: str, **more: Any) -> dict[str, Any]:
    shape = fhir_profiles.load(f"structure/{kind}.json")[kind]
    subject = {"subject": PATIENT} if "subject" in shape else {}
    return {"resourceType": kind, **subject, **more}


@pytest.mark.parametrize(
    ("resource", "known"),
    [
        (of_type("Condition", code=OPIOIDS), "OPIOIDUD"),
        (of_type("Procedure", code=concept("225323000")), "smoking"),
        (of_type("Flag", code=concept("401206008")), "self-harm"),
        (of_type("Goal", description=concept("712542001")), "drugs"),
        (of_type("Encounter", reasonCode=[OPIOIDS]), "OPIOIDUD"),
        (of_type("Appointment", reasonCode=[OPIOIDS]), "OPIOIDUD"),
        (of_type("Communication", topic=OPIOIDS), "OPIOIDUD"),
        (of_type("CareTeam", reasonCode=[OPIOIDS]), "OPIOIDUD"),
    ],
    ids=lambda value: value if isinstance(value, str) else value["resourceType"],
)
def test_every_clinical_type_is_labelled_by_its_codes(resource: dict[str, Any], known: str) -> None:
    assert of(resource).topics == mask_of(known)
    assert not of(resource).pending
    for name, value in resource.items():
        if isinstance(value, dict | list) and name != "subject":
            unknown = resource | {name: UNKNOWN if isinstance(value, dict) else [UNKNOWN]}
            assert of(unknown).pending


@pytest.mark.parametrize("kind", ["MedicationRequest", "MedicationStatement"])
def test_a_medicine_is_physical_by_type_and_more_by_its_code(kind: str) -> None:
    assert of(of_type(kind)) == of(of_type(kind, medicationReference={"reference": "Medication/1"}))
    assert of(of_type(kind)).topics == mask_of("physical")
    assert of(of_type(kind)).level == NORMAL
    for_opioids = of(of_type(kind, medicationCodeableConcept=OPIOIDS))
    assert for_opioids.topics == mask_of("physical", "OPIOIDUD")
    assert for_opioids.level == LEVELS.index("R")
    assert of(of_type(kind, medicationCodeableConcept=UNKNOWN)).pending


def test_an_allergy_is_physical_by_type_and_pending_where_its_code_is_unknown() -> None:
    allergy = {"resourceType": "AllergyIntolerance", "patient": PATIENT}
    assert of(allergy).topics == mask_of("physical")
    assert not of(allergy).pending
    assert of(allergy | {"code": UNKNOWN}).pending


@pytest.mark.parametrize(
    "resource",
    [
        of_type("Encounter", **REASON),
        of_type("Appointment", **REASON),
        of_type("Communication", **REASON),
        of_type("Goal", addresses=REASON["reasonReference"]),
    ],
    ids=lambda value: str(value["resourceType"]),
)
def test_a_contact_carries_the_labels_of_its_reasons(resource: dict[str, Any]) -> None:
    labels = of(resource, **NAMED)
    assert (labels.topics, labels.level) == (mask_of("MH"), LEVELS.index("R"))
    assert not labels.pending
    assert of(resource).pending


@pytest.mark.parametrize(
    "kind", ["Encounter", "Appointment", "Communication", "CareTeam", "Goal", "Group", "Flag"]
)
def test_what_says_nothing_of_its_topic_stays_pending(kind: str) -> None:
    assert of(of_type(kind)).pending


@pytest.mark.parametrize("kind", ["Bundle", "MessageHeader", "List", "DocumentReference"])
def test_what_holds_others_is_never_judged(kind: str) -> None:
    assert of(of_type(kind, code=OPIOIDS)).pending


def test_no_code_has_two_rules() -> None:
    ruled = [(row["system"], code) for row in RULES["codes"] for code in row["codes"]]
    assert len(set(ruled)) == len(ruled)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, JSON, max_size=6), st.sampled_from(KINDS))
def test_a_label_is_given_whatever_stands_in_the_resource(
    content: dict[str, Any], kind: str
) -> None:
    labels = of(content | {"resourceType": kind})
    assert labels.level >= NORMAL


@given(st.dictionaries(NAMES, JSON, max_size=6), st.sampled_from(KINDS))
def test_content_without_any_known_code_is_never_judged(content: dict[str, Any], kind: str) -> None:
    assert of(content | {"resourceType": kind}).pending


@pytest.mark.parametrize("kind", ["Patient", "RelatedPerson", "Person"])
def test_who_is_contained_is_not_judged(kind: str) -> None:
    """Nobody can find the consents of someone who has no record of their own."""
    contained = [{"resourceType": kind, "id": "p"}]
    score = {"code": {"coding": [{"system": "http://loinc.org", "code": "75626-2"}]}}
    assert not label({"resourceType": "Observation"} | score, {}).pending
    assert label({"resourceType": "Observation", "contained": contained} | score, {}).pending


def test_words_of_a_contained_organization_are_not_judged() -> None:
    score = {"code": {"coding": [{"system": "http://loinc.org", "code": "75626-2"}]}}
    said = {"resourceType": "Organization", "id": "o", "name": "A clinic for something"}
    assert label({"resourceType": "Observation", "contained": [said]} | score, {}).pending
    bare = {"resourceType": "Organization", "id": "o", "active": True}
    assert not label({"resourceType": "Observation", "contained": [bare]} | score, {}).pending
