"""What a resource holds is judged where it stands; who takes part in it says what it is for."""

from __future__ import annotations

from typing import Any

from to_label import LOINC, codes, concept, observation, of, of_type, request

from consent.labelling import Labels, depends_on, label, service_says, services_named
from consent.reading_facts import labels_in
from consent.said import Said
from consent.topics import LEVELS, mask_of

Json = dict[str, Any]
CARE_TEAM = "https://onestory.example/fhir/CodeSystem/care-team"
OURS = "https://onestory.example/fhir/StructureDefinition/"
RESTRICTED = LEVELS.index("R")
DRUGS = (Said("1#drug-and-alcohol-services", mask_of("SUD"), RESTRICTED),)
UNKNOWN = {"url": "https://x.example", "valueBoolean": True}


def bundle(*resources: Json) -> Json:
    entries = [
        {"fullUrl": f"urn:uuid:{place}", "resource": each} for place, each in enumerate(resources)
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def test_a_bundle_has_the_labels_of_all_its_entries() -> None:
    held = bundle(observation("75626-2"), observation("72166-2"))
    assert codes(of(held)) == {"ETHUD", "smoking"}
    assert not of(held).doubt
    assert of(bundle(observation("75626-2"), observation("99999-9"))).doubt
    assert of(bundle(observation("75626-2"), {"resourceType": "Patient"})).doubt


def test_a_bundle_has_the_labels_that_authors_gave_what_it_holds() -> None:
    topic = "https://onestory.example/fhir/CodeSystem/topic"
    meta = {"security": [{"system": topic, "code": "third-party"}]}
    kept = observation("75626-2") | {"meta": meta}
    assert of(bundle(bundle(kept))).ceiling
    assert labels_in(bundle(kept)).ceiling
    assert not of(bundle(observation("75626-2"))).ceiling
    assert not labels_in(bundle(observation("75626-2"))).ceiling


def test_what_an_entry_names_within_the_bundle_is_judged_where_it_stands() -> None:
    inside = request(supportingInfo=[{"reference": "urn:uuid:1"}])
    assert not of(bundle(inside, observation("75626-2"))).doubt
    by_type = request(supportingInfo=[{"reference": "Observation/o"}])
    named = observation("75626-2", id="o")
    assert depends_on(bundle(by_type, named)) == ()
    assert not of(bundle(by_type, named)).doubt


def test_what_an_entry_names_outside_lends_it_its_labels() -> None:
    outside = bundle(request(supportingInfo=[{"reference": "Observation/o"}]))
    assert depends_on(outside) == ("Observation/o",)
    assert of(outside).doubt
    lent = Labels(mask_of("MH"), RESTRICTED)
    assert "MH" in codes(label(outside, {"Observation/o": lent}))
    assert not label(outside, {"Observation/o": lent}).doubt


def test_an_entry_without_a_resource_says_nothing() -> None:
    assert of({"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": "x"}]}).doubt
    assert depends_on({"resourceType": "Bundle", "entry": ["x", {"resource": "y"}]}) == ()


def test_who_takes_part_is_listed_for_those_who_know_them() -> None:
    performer = {"reference": "Organization/d"}
    assert services_named(request(performer=[performer])) == (performer,)
    assert services_named(observation("75626-2", performer=[performer])) == ()


def test_a_kind_of_service_is_read_from_its_entry() -> None:
    coded = of_type("HealthcareService", type=[concept("drug-alcohol", CARE_TEAM)])
    assert [(one.topics, one.level) for one in service_says(coded)] == [
        (mask_of("SUD"), RESTRICTED)
    ]
    assert service_says(of_type("HealthcareService", type=[concept("unheard", CARE_TEAM)])) == ()
    assert service_says(of_type("HealthcareService", type=[{"coding": ["x"], "text": "y"}])) == ()


def test_a_contact_with_a_service_is_about_what_it_is_for() -> None:
    met = of_type("Encounter", status="finished")
    found = label(met, {}, services=DRUGS)
    assert (codes(found), found.level, found.doubt) == ({"SUD"}, RESTRICTED, False)
    assert of(met).doubt


def test_the_umbrella_goes_where_something_more_specific_is_known_and_the_level_stays() -> None:
    sent = request(code=concept("75626-2", LOINC))
    assert codes(label(sent, {}, services=DRUGS)) == {"ETHUD"}
    smoking = request(code=concept("72166-2", LOINC))
    assert codes(label(smoking, {}, services=DRUGS)) == {"smoking", "SUD"}
    assert label(smoking, {}, services=DRUGS).level == RESTRICTED


def test_of_what_kind_a_number_is_may_say_something() -> None:
    known = concept("MR", "http://terminology.hl7.org/CodeSystem/v2-0203")
    numbered = observation("75626-2", identifier=[{"type": known, "value": "1"}])
    assert not of(numbered).doubt
    for kind in ({"text": "HIV clinic"}, concept("hiv", "urn:x")):
        assert of(observation("75626-2", identifier=[{"type": kind, "value": "1"}])).doubt
    assert of(observation("75626-2", identifier=[{"value": "1", "extension": [UNKNOWN]}])).doubt


def test_a_unit_in_words_is_not_judged() -> None:
    for unit in ("score", "kg"):
        assert not of(observation("75626-2", valueQuantity={"value": 1, "unit": unit})).doubt
    assert of(observation("75626-2", valueQuantity={"value": 1, "unit": "at the clinic"})).doubt
    put = {"value": 1, "unit": "at the clinic", "system": "http://unitsofmeasure.org", "code": "1"}
    assert not of(observation("75626-2", valueQuantity=put)).doubt


def test_who_somebody_is_to_the_person_is_labelled_but_for_what_is_added() -> None:
    near = of_type(
        "RelatedPerson", patient={"reference": "Patient/1"}, name=[{"family": "Example"}]
    )
    assert (codes(of(near)), of(near).doubt) == (set(), False)
    assert of(near | {"name": [{"family": "Example", "extension": [UNKNOWN]}]}).doubt
    assert of(near | {"name": [{"_family": {"extension": [UNKNOWN]}, "given": ["A"]}]}).doubt
    assert of(near | {"relationship": [{"text": "in words"}]}).doubt


def test_what_our_own_extensions_say_is_judged_and_what_we_said_of_labels_is_not() -> None:
    words = {"url": f"{OURS}ours", "valueString": "in words"}
    assert of(observation("75626-2", extension=[words])).doubt
    said = {"url": f"{OURS}label-rule", "extension": [{"url": "rule", "valueString": "1#a"}]}
    assert not of(observation("75626-2", meta={"extension": [said]})).doubt


def test_a_coding_with_an_unknown_extension_is_not_judged() -> None:
    coded = {"coding": [{"system": LOINC, "code": "75626-2", "extension": [UNKNOWN]}]}
    assert of({"resourceType": "Observation", "code": coded}).doubt


def test_bytes_are_never_judged() -> None:
    assert of({"resourceType": "Binary", "contentType": "text/plain"}).rules == (
        of({"resourceType": "Binary"}).rules
    )
    assert of({"resourceType": "Binary"}).doubt
