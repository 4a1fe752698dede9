"""Everything that an instrument becomes is labelled as the consent page's table says."""

import pytest

from consent import topics
from consent.labelling import label
from mappings.instruments import all_instruments, instrument
from mappings.questionnaire import questionnaire
from mappings.screening import to_fhir

HEAD = {
    "nhs_number": "9990000018",
    "birth_date": "1980-02-03",
    "recorded_at": "2026-03-01",
    "organization_ods": "RX4",
}
TABLE = {
    "audit-c": ({"ETHUD"}, "R"),
    "audit": ({"ETHUD"}, "R"),
    "sadq": ({"ETHUD"}, "R"),
    "assist-lite-uk": ({"ETHUD", "OPIOIDUD", "drugs", "smoking"}, "R"),
    "dast-10": ({"drugs"}, "R"),
    "ldq": ({"drugs"}, "R"),
    "top": ({"ETHUD", "OPIOIDUD", "drugs"}, "R"),
    "ftnd": ({"smoking"}, "N"),
    "phq-9": ({"MH", "self-harm"}, "R"),
    "gad-7": ({"MH"}, "R"),
    "core-10": ({"MH", "self-harm"}, "R"),
    "dialog": ({"MH"}, "R"),
    "reqol-10": ({"MH"}, "R"),
    "honos-wa": ({"MH"}, "R"),
    "pc-ptsd-5": ({"trauma"}, "R"),
    "itq": ({"trauma"}, "R"),
    "c-ssrs-screener": ({"self-harm"}, "R"),
}
# A score may say more narrowly what it is about than the whole response does.
NARROWER = {
    "assist-lite-uk.tobacco": ({"smoking"}, "N"),
    "assist-lite-uk.cannabis": ({"drugs"}, "R"),
    "assist-lite-uk.stimulants": ({"drugs"}, "R"),
    "assist-lite-uk.sedatives": ({"drugs"}, "R"),
    "assist-lite-uk.opioids": ({"OPIOIDUD"}, "R"),
    "audit-c": ({"ETHUD"}, "R"),
    "honos-3": ({"ETHUD", "drugs"}, "R"),
}


def resources(held, pick):
    """What a record becomes where each item has its lowest or highest scored answer."""
    record = HEAD | ({held.variants.column: "mh"} if held.variants else {})
    for item in held.items:
        record[item.link_id] = item.words[pick(item.points or item.words)] if item.words else ""
    return [entry.resource for entry in to_fhir(record, held).entries]


def names(labels):
    coded = {one["code"] for one in topics.codings(labels.topics)}
    return coded, topics.LEVELS[labels.level]


def test_the_table_names_every_instrument():
    assert set(TABLE) == {held.id for held in all_instruments()}


@pytest.mark.parametrize("kind", TABLE)
@pytest.mark.parametrize("pick", [min, max])
def test_a_response_is_labelled_by_what_was_asked(kind, pick):
    for resource in resources(instrument(kind), pick):
        if resource["resourceType"] == "QuestionnaireResponse":
            found = label(resource, {})
            assert names(found) == TABLE[kind]
            assert not found.doubt


@pytest.mark.parametrize("kind", TABLE)
@pytest.mark.parametrize("pick", [min, max])
def test_a_score_is_labelled_by_what_was_asked(kind, pick):
    held = instrument(kind)
    for resource in resources(held, pick):
        if resource["resourceType"] == "Observation":
            _, _, score_id = resource["identifier"][0]["value"].partition(".")
            found = label(resource, {})
            assert names(found) == NARROWER.get(score_id, TABLE[kind]), score_id
            assert not found.doubt, score_id


@pytest.mark.parametrize("kind", TABLE)
def test_a_questionnaire_concerns_nobody(kind):
    found = label(questionnaire(instrument(kind)), {})
    assert (found.topics, found.doubt) == (0, False)
