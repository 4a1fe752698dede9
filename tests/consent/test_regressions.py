"""Faults found in other consent systems, each a test here with its id: what the engine answers.

The cases about searching, paging, auditing and revoking are tested where those live.
"""

from __future__ import annotations

import pytest

from consent.deciding import Deny, Permit, for_everyone
from consent.directory import Directory
from consent.reading import read

ORG1 = ["Organization/org1"]
ASK = {"recipient": "Organization/org1"}
LOINC = "http://loinc.org"


def permit(*inside, **criteria):
    return {"type": "permit", "inside": list(inside)} | criteria


def deny(*inside, **criteria):
    return {"type": "deny", "inside": list(inside)} | criteria


def test_r02_each_person_is_judged_by_their_own_consents(say) -> None:
    of_a, of_b = say.consent(deny()), say.consent(permit())
    assert [say.verdict([one], ASK).strength for one in (of_a, of_a, of_b)] == [
        "denial",
        "denial",
        "permit",
    ]


def test_r05_the_roots_actor_is_read(say) -> None:
    consent = say.consent(permit(recipient=["Organization/other"]))
    assert say.verdict([consent], ASK).strength == "none"
    assert say.verdict([consent], {"recipient": "Organization/other"}).strength == "permit"


def test_r06_a_nested_provisions_type_is_read(say) -> None:
    assert say.verdict([say.consent(permit(permit(recipient=ORG1)))], ASK).strength == "permit"
    assert say.verdict([say.consent(permit(deny(recipient=ORG1)))], ASK).strength == "denial"


def test_r07_a_denial_inside_a_denial_denies(say) -> None:
    assert say.verdict([say.consent(deny(deny(recipient=ORG1)))], ASK).strength == "denial"


def test_r08_the_third_level_is_read(say) -> None:
    third = permit(recipient=ORG1, purpose=["TREAT"])
    consent = say.consent(permit(deny(third, recipient=ORG1)))
    assert say.verdict([consent], ASK).strength == "permit"
    assert say.verdict([consent], ASK | {"purpose": "COC"}).strength == "permit"
    assert say.verdict([consent], ASK | {"purpose": "HRESCH"}).strength == "denial"


def test_r09_an_undated_permit_does_not_outrank_a_dated_denial(say) -> None:
    undated = say.consent(permit())
    del undated["dateTime"]
    both = [say.consent(deny(), dateTime="2025-01-01"), undated]
    assert say.verdict(both, ASK).strength == "denial"
    assert say.verdict([undated], ASK).strength == "permit"


def test_r10_a_denial_of_someone_unresolvable_denies_everyone(say) -> None:
    directory = Directory(known=frozenset(ORG1))
    older = say.consent(permit(), dateTime="2024-01-01")
    newer = say.consent(permit(deny(recipient=["Organization/ghost"])), dateTime="2025-01-01")
    assert say.verdict([older, newer], ASK, directory=directory).strength == "denial"
    assert say.verdict([older], ASK, directory=directory).strength == "permit"


def test_r11_a_nested_period_that_is_over_does_not_match(say) -> None:
    over = deny(recipient=ORG1, period=["2019-01-01", "2020-12-31"])
    assert say.verdict([say.consent(permit(over))], ASK).strength == "permit"
    running = deny(recipient=ORG1, period=["2019-01-01", "2027-12-31"])
    assert say.verdict([say.consent(permit(running))], ASK).strength == "denial"


def test_r12_a_data_period_is_held_against_the_content(say) -> None:
    consent = say.consent(permit(deny(dataPeriod=["2022-01-01", "2022-12-31"])))
    assert say.verdict([consent], ASK).strength == "permit"
    inside = say.consent(permit(deny(dataPeriod=["2026-06-15", "2026-06-15"])))
    assert say.verdict([inside], ASK).strength == "denial"


def test_r13_named_data_is_only_that_data(say) -> None:
    consent = say.consent(permit(deny(data=[["instance", "Observation/1"]])))
    assert say.verdict([consent], ASK, {"reference": "Observation/2"}).strength == "permit"
    assert say.verdict([consent], ASK, {"reference": "Observation/1"}).strength == "denial"


def test_r14_the_action_is_read(say) -> None:
    consent = say.consent(permit(deny(action=["correct"])))
    assert say.verdict([consent], ASK).strength == "permit"
    assert say.verdict([consent], ASK | {"action": "correct"}).strength == "denial"


def test_r15_all_criteria_of_a_denial_have_to_match(say) -> None:
    consent = say.consent(permit(deny(**{"class": ["DocumentReference"], "topic": ["SUD"]})))
    about = {"topics": ["SUD"]}
    assert say.verdict([consent], ASK, about).strength == "permit"
    document = about | {"classes": {"http://hl7.org/fhir/resource-types|DocumentReference"}}
    assert say.verdict([consent], ASK, document).strength == "denial"


@pytest.mark.parametrize("case", ["r16", "r17"])
def test_r16_r17_codes_are_an_array_and_need_no_label(say, case) -> None:
    named = [f"{LOINC}|1-1", f"{LOINC}|2-2"] if case == "r16" else [f"{LOINC}|1-1"]
    consent = say.consent(permit(deny(code=named)))
    assert say.verdict([consent], ASK, {"codes": {f"{LOINC}|1-1"}}).strength == "denial"
    assert say.verdict([consent], ASK, {"codes": {f"{LOINC}|9-9"}}).strength == "permit"


def test_r33_a_resource_about_several_needs_the_permit_of_each(say) -> None:
    of_a = say.verdict([say.consent(permit())], ASK)
    of_b = say.verdict([], ASK)
    assert isinstance(for_everyone([of_a, of_b]), Deny)
    assert isinstance(for_everyone([of_a, of_a]), Permit)
    assert isinstance(for_everyone([]), Deny)


def test_r34_an_end_given_as_a_day_includes_the_afternoon(say) -> None:
    at = say.now.replace(month=6, day=30, hour=15)
    consent = say.consent(permit(period=["2026-01-01", "2026-06-30"]))
    assert say.verdict([consent], ASK, now=at).strength == "permit"
    assert say.verdict([consent], ASK, now=at.replace(month=7, day=1)).strength == "none"


def test_r35_a_permit_has_to_name_every_topic(say) -> None:
    both = {"topics": ["SUD", "PSY"]}
    assert say.verdict([say.consent(permit(topic=["SUD"]))], ASK, both).strength == "none"
    named = say.consent(permit(topic=["SUD", "PSY"]))
    assert say.verdict([named], ASK, both).strength == "permit"


def test_r36_a_denied_level_is_denied_upwards(say) -> None:
    both = [say.consent(permit()), say.consent(deny(level=["R"]))]
    assert say.verdict(both, ASK, {"level": "N"}).strength == "permit"
    assert say.verdict(both, ASK, {"level": "V"}).strength == "denial"


def test_r37_of_two_consents_of_one_moment_the_denial_wins(say) -> None:
    both = [say.consent(permit()), say.consent(deny())]
    assert say.verdict(both, ASK).strength == "denial"
    assert say.verdict(both[::-1], ASK).strength == "denial"


def test_r38_a_newer_permit_does_not_undo_an_older_denial(say) -> None:
    older = say.consent(deny(topic=["SUD"]), dateTime="2024-01-01")
    newer = say.consent(permit(recipient=ORG1), dateTime="2026-01-01")
    assert say.verdict([older, newer], ASK, {"topics": ["ETHUD"]}).strength == "denial"
    assert say.verdict([older, newer], ASK).strength == "permit"


def test_r43_a_linked_identity_denies_and_does_not_permit(say) -> None:
    linked = say.source(say.consent(deny()), carries_permits=False)
    assert say.verdict([say.consent(permit()), linked], ASK).strength == "denial"
    linked = say.source(say.consent(permit()), carries_permits=False)
    assert say.verdict([linked], ASK).strength == "none"


def test_r45_an_unstated_purpose_matches_no_permit(say) -> None:
    consent = say.consent(permit(purpose=["TREAT"]))
    assert say.verdict([consent], ASK | {"purpose": None}).strength == "none"
    assert say.verdict([consent], ASK).strength == "permit"
    denial = say.consent(deny(purpose=["TREAT"]))
    assert say.verdict([denial], ASK | {"purpose": None}).strength == "denial"


def test_r46_research_covers_a_clinical_trial(say) -> None:
    trial = ASK | {"purpose": "CLINTRCH"}
    assert say.verdict([say.consent(permit(purpose=["HRESCH"]))], trial).strength == "permit"
    assert say.verdict([say.consent(deny(purpose=["HRESCH"]))], trial).strength == "denial"


def test_r47_a_consent_without_a_patient_is_refused(say) -> None:
    consent = say.consent(permit())
    del consent["patient"]
    assert [fault.expression for fault in read(consent)[1]] == ["Consent.patient"]
    assert say.verdict([consent], ASK).strength == "none"


def test_r48_what_is_not_understood_is_not_used_for_a_permit(say) -> None:
    consent = say.consent(permit(), implicitRules="https://rules.example/strict")
    assert say.verdict([consent], ASK).strength == "none"
    denial = say.consent(deny(), modifierExtension=[{"url": "urn:example:x"}])
    assert say.verdict([denial], ASK).strength == "denial"


def test_r50_what_the_labeller_never_saw_is_not_released(say) -> None:
    pending = {"pending": True}
    everything = [say.consent(permit()), say.consent(None, "OPTIN")]
    assert say.verdict(everything, ASK, pending).strength == "none"
    assert say.verdict(everything, ASK).strength == "permit"
    assert say.verdict([say.consent(deny(topic=["HIV"]))], ASK, pending).strength == "denial"


# Behaviour that a vendor documents, as our own cases.
def test_g01_without_any_consent_nothing_is_released(say) -> None:
    assert say.verdict([], ASK).strength == "none"


def test_g06_to_g09_confidentiality_reaches_down_for_a_permit_and_up_for_a_denial(say) -> None:
    up_to_r = [say.consent(permit(level=["R"]))]
    from_r = [say.consent(permit()), say.consent(deny(level=["R"]))]
    assert [say.verdict(up_to_r, ASK, {"level": one}).strength for one in "NRV"] == [
        "permit",
        "permit",
        "none",
    ]
    assert [say.verdict(from_r, ASK, {"level": one}).strength for one in "NRV"] == [
        "permit",
        "denial",
        "denial",
    ]


def test_g10_another_topic_is_not_permitted(say) -> None:
    consent = say.consent(permit(topic=["PSY"]))
    assert say.verdict([consent], ASK, {"topics": ["HIV"]}).strength == "none"
    assert say.verdict([consent], ASK, {"topics": ["PSY"]}).strength == "permit"


def test_g11_references_are_compared_exactly(say) -> None:
    consent = say.consent(permit(recipient=["Practitioner/123"]))
    lower = {"practitioner": {"practitioner/123"}}
    assert say.verdict([consent], ASK | lower).strength == "none"
    exact = {"practitioner": {"Practitioner/123"}}
    assert say.verdict([consent], ASK | exact).strength == "permit"


def test_g17_g18_nesting_and_two_purposes_are_read(say) -> None:
    consent = say.consent(permit(deny(topic=["HIV"]), purpose=["TREAT", "HRESCH"]))
    assert say.verdict([consent], ASK | {"purpose": "HRESCH"}).strength == "permit"
    assert say.verdict([consent], ASK, {"topics": ["HIV"]}).strength == "denial"


def test_g19_breaking_the_glass_needs_words_that_name_it(say) -> None:
    glass = ASK | {"purpose": "BTG", "practitioner": {"Practitioner/x"}}
    assert say.verdict([say.consent(permit())], glass).strength == "none"
    assert say.verdict([say.consent(permit(purpose=["BTG"]))], glass).strength == "permit"
    assert say.verdict([say.consent(deny(purpose=["BTG"]))], glass).strength == "denial"


# Resource labels against a permit's labels: any shared label does not admit.
CLEARANCE = {
    "V under R": (["R"], [], "V", [], "none"),
    "R under R": (["R"], [], "R", [], "permit"),
    "L under R": (["R"], [], "L", [], "permit"),
    "V under R and PSY": (["R"], ["PSY"], "V", ["PSY"], "none"),
    "R with PSY under R and PSY": (["R"], ["PSY"], "R", ["PSY"], "permit"),
    "R with HIV under R and PSY": (["R"], ["PSY"], "R", ["HIV"], "none"),
    "R with PSY and HIV under R and PSY": (["R"], ["PSY"], "R", ["PSY", "HIV"], "none"),
    "HIV under PSY": ([], ["PSY"], "N", ["HIV"], "none"),
    "PSY under PSY": ([], ["PSY"], "N", ["PSY"], "permit"),
    "nothing under PSY": ([], ["PSY"], "N", [], "none"),
}


@pytest.mark.parametrize("row", CLEARANCE.values(), ids=CLEARANCE.keys())
def test_every_label_of_a_resource_has_to_be_permitted(say, row) -> None:
    levels, named, level, about, strength = row
    consent = say.consent(permit(topic=named, level=levels))
    assert say.verdict([consent], ASK, {"level": level, "topics": about}).strength == strength
