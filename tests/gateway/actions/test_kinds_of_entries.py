"""Every kind of entry that the log knows is FHIR's, or stands in our own code system."""

from __future__ import annotations

from fhir_profiles import load
from gateway.actions.recording import ACTIONS
from gateway.audit.event import _INTERACTIONS


def test_what_is_no_interaction_of_fhirs_is_a_code_of_ours() -> None:
    system = load("codesystems/interaction.json")
    ours = {concept["code"] for concept in system["concept"]}
    assert ours == ACTIONS.keys() - _INTERACTIONS
    assert system["count"] == len(ours)


def test_each_basis_of_a_disclosure_is_a_code_of_ours_with_words_for_the_person() -> None:
    system = load("codesystems/disclosure-basis.json")
    codes = {concept["code"] for concept in system["concept"]}
    assert codes == load("consent/disclosure.json")["words"].keys()
    assert system["count"] == len(codes)
