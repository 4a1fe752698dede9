"""Whoever received something under a consent is told when it ends, and answers."""

from __future__ import annotations

import pytest
from callers import House, consent, entry, referral
from ended import Story, topic


@pytest.fixture
def story(house: House) -> Story:
    return Story(house)


def test_who_received_something_is_told_when_the_consent_is_taken_back(story: Story) -> None:
    given = story.says("permit")
    story.house.drugs.read(story.alcohol)
    assert story.told() == []
    story.takes_back(given)
    [notice] = story.told()
    assert notice["status"] == "requested"
    assert notice["for"] == {"reference": story.at_drugs}
    assert notice["owner"] == {"reference": story.house.organizations["DA1"]}
    assert notice["restriction"]["period"]["end"].startswith("2026-05-10")
    said = repr(notice)
    for each in (story.alcohol, given["id"], story.at_trust, story.house.organizations["RX1"]):
        assert each not in said


def test_who_looked_at_nothing_is_not_told(story: Story) -> None:
    story.takes_back(story.says("permit"))
    assert story.told() == []


def test_who_had_no_sight_of_it_is_not_told(story: Story) -> None:
    given = story.says("permit", securityLabel=topic("ETHUD"))
    assert story.house.drugs.get(story.mood).status == 404
    story.house.drugs.finds("Observation", patient=story.at_drugs, code="44261-6")
    story.takes_back(given)
    assert story.told() == []


def test_only_the_service_that_loses_something_is_told(story: Story) -> None:
    alcohol = story.says("permit", securityLabel=topic("ETHUD"))
    story.says("permit", "HO1")
    story.house.drugs.read(story.alcohol)
    story.house.housing.read(story.alcohol)
    story.takes_back(alcohol)
    assert len(story.told()) == 1
    assert story.told(story.house.housing) == []


def test_who_may_still_have_what_it_received_is_not_told(story: Story) -> None:
    narrow, _ = story.says("permit", securityLabel=topic("ETHUD")), story.says("permit")
    story.house.drugs.read(story.alcohol)
    story.takes_back(narrow)
    assert story.told() == []


def test_what_it_received_under_another_consent_is_not_what_ended(story: Story) -> None:
    story.says("permit", securityLabel=topic("ETHUD"))
    mood = story.says("permit", securityLabel=topic("MH"))
    story.house.drugs.read(story.alcohol)
    story.takes_back(mood)
    assert story.told() == []


@pytest.mark.parametrize("to", ["inactive", "entered-in-error"])
def test_whatever_it_ends_as(story: Story, to: str) -> None:
    given = story.says("permit")
    story.house.drugs.finds("Observation", patient=story.at_drugs)
    story.takes_back(given, to)
    assert len(story.told()) == 1


def test_a_denial_that_cuts_a_service_off_is_told(story: Story) -> None:
    story.says("permit")
    story.house.drugs.read(story.alcohol)
    story.says("deny", securityLabel=topic("MH"))
    assert story.told() == []
    story.says("deny")
    [notice] = story.told()
    assert notice["status"] == "requested"


def test_a_narrower_choice_in_place_of_a_wider_is_told_once(story: Story) -> None:
    wide = story.says("permit")
    story.house.drugs.finds("Observation", patient=story.at_drugs)
    narrow = consent(
        story.person.me,
        "permit",
        story.house.organizations["DA1"],
        securityLabel=topic("ETHUD"),
    )
    ended = story.person.read(f"Consent/{wide['id']}") | {"status": "inactive"}
    story.person.sent(entry(narrow), entry(ended, method="PUT", url=f"Consent/{wide['id']}"))
    assert len(story.told()) == 1
    assert story.house.drugs.get(story.alcohol).status == 200


def test_a_choice_that_is_put_in_other_words_is_not_told(story: Story) -> None:
    first = story.says("permit")
    story.house.drugs.finds("Observation", patient=story.at_drugs)
    again = consent(story.person.me, "permit", story.house.organizations["DA1"])
    ended = story.person.read(f"Consent/{first['id']}") | {"status": "inactive"}
    story.person.sent(entry(again), entry(ended, method="PUT", url=f"Consent/{first['id']}"))
    assert story.told() == []


def test_a_choice_that_is_reworded_narrower_is_told(story: Story) -> None:
    said = story.says("permit")
    story.house.drugs.read(story.mood)
    said["provision"] |= {"securityLabel": topic("ETHUD")}
    assert story.person.put(said).status == 200
    assert len(story.told()) == 1


def test_what_came_with_an_attested_referral_is_told_when_it_is_taken_back(story: Story) -> None:
    trust, drugs = (story.house.organizations[each] for each in ("RX1", "DA1"))
    story.house.trust.sent(*referral(story.at_trust, trust, drugs, story.alcohol))
    story.house.drugs.read(story.alcohol)
    [given] = story.person.finds("Consent", patient=story.person.me)
    story.takes_back({"id": given.partition("/")[2]})
    [notice] = story.told()
    assert notice["code"]["coding"][0]["code"] == "consent-ended"


def test_a_spoken_consent_that_the_person_refuses_is_told(story: Story) -> None:
    spoken = consent(story.at_drugs, "permit", story.house.organizations["DA1"])
    stored = story.house.drugs.created(spoken)
    story.house.drugs.read(story.alcohol)
    story.takes_back(stored, "entered-in-error")
    assert len(story.told()) == 1


def test_a_consent_that_ends_by_its_own_period_is_not_told(story: Story) -> None:
    story.says("permit", period={"end": "2026-05-03"})
    story.house.drugs.read(story.alcohol)
    story.house.wait(days=2)
    assert story.house.drugs.get(story.alcohol).status == 404
    assert story.told() == []


def test_nobody_else_learns_of_it(story: Story) -> None:
    story.says("permit", "HO1")
    given = story.says("permit")
    for each in (story.house.drugs, story.house.housing):
        each.read(story.alcohol)
    story.takes_back(given)
    [notice] = story.told()
    reference = f"Task/{notice['id']}"
    for each in (story.house.trust, story.house.housing, story.house.officer):
        assert each.get(reference).status == 404
        assert each.look(f"{reference}/_history").status == 404
    tasks = story.house.housing.finds("Task", patient=story.at_housing)
    assert tasks == []
    assert story.person.read(reference)["owner"] == notice["owner"]


def test_it_stays_visible_whatever_the_person_denies(story: Story) -> None:
    story.says("permit")
    story.house.drugs.read(story.alcohol)
    denial = consent(story.person.me, "deny")
    story.person.created(denial)
    [notice] = story.told()
    assert story.house.drugs.get(f"Task/{notice['id']}").status == 200


def test_the_log_of_a_service_that_ends_a_consent_names_no_other_service(story: Story) -> None:
    spoken = consent(story.at_drugs, "permit", story.house.organizations["DA1"])
    stored = story.house.drugs.created(spoken)
    story.house.drugs.read(story.alcohol)
    assert story.house.drugs.put(stored | {"status": "inactive"}).status == 200
    [notice] = story.told()
    last = next(each for each in reversed(story.house.entries()) if each["action"] == "U")
    assert f"Task/{notice['id']}" not in last["entities"]


def test_the_persons_log_says_whom_it_told(story: Story) -> None:
    given = story.says("permit")
    story.house.drugs.read(story.alcohol)
    story.takes_back(given)
    last = story.house.entries()[-1]
    assert any(each.startswith("Task/") for each in last["entities"])


def test_a_service_that_has_closed_is_told_too(story: Story) -> None:
    given = story.says("permit")
    story.house.drugs.read(story.alcohol)
    story.house.change("UPDATE organization SET agreement_to = 1 WHERE ods = ?", "DA1")
    story.takes_back(given)
    assert len(story.told()) == 1


def test_a_service_without_a_patient_of_its_own_goes_to_the_officer(story: Story) -> None:
    given = story.says("permit")
    story.house.drugs.read(story.alcohol)
    assert story.house.drugs.delete(story.at_drugs).status == 204
    story.takes_back(given)
    assert story.told() == []
    [(kind, about, organization)] = story.house.held(
        "SELECT kind, about, organization FROM queue WHERE done IS NULL"
    )
    assert kind == "untold-ending"
    assert story.house.held("SELECT id, status FROM telling") == [(about, "untold")]
    assert f"Organization/{organization}" == story.house.organizations["DA1"]
