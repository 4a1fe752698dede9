"""A service answers the notice that a consent has ended: it confirms it, or says why not."""

from __future__ import annotations

import asyncio

import pytest
from callers import House, Json, body_of, consent, places
from ended import Story, second, together, topic


@pytest.fixture
def story(house: House) -> Story:
    return Story(house)


@pytest.fixture
def notice(story: Story) -> Json:
    return story.notice()


@pytest.mark.parametrize("status", ["accepted", "completed"])
def test_the_owner_confirms_it(story: Story, notice: Json, status: str) -> None:
    assert story.move(notice, status).status == 200
    [(kept, confirmed)] = story.house.held("SELECT status, confirmed FROM telling")
    assert (kept, confirmed is not None) == (status, True)


def test_a_rejection_needs_a_reason_and_confirms_nothing(story: Story, notice: Json) -> None:
    refused = story.move(notice, "rejected")
    assert (refused.status, places(refused)) == (422, ["Task.statusReason"])
    answer = story.move(notice, "rejected", statusReason={"text": "It is in our archive."})
    assert answer.status == 200
    assert story.house.held("SELECT status, confirmed FROM telling") == [("rejected", None)]
    again = story.move(body_of(answer), "completed")
    assert again.status == 200


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error", "failed"])
def test_it_cannot_be_made_away_with(story: Story, notice: Json, status: str) -> None:
    assert story.move(notice, status, statusReason={"text": "x"}).status == 422
    assert story.house.drugs.delete(f"Task/{notice['id']}").status == 409


def test_nothing_of_it_but_its_status_moves(story: Story, notice: Json) -> None:
    changed = story.move(notice, "completed", description="Nothing to do")
    assert (changed.status, places(changed)) == (422, ["Task.description"])


def test_one_that_is_confirmed_may_be_deleted(story: Story, notice: Json) -> None:
    assert story.move(notice, "completed").status == 200
    assert story.house.drugs.delete(f"Task/{notice['id']}").status == 204
    assert story.house.rows("telling") == 1


@pytest.fixture
def twice(story: Story, notice: Json) -> Json:
    """The notice, once it has been asked again."""
    story.house.wait(days=8)
    story.chase()
    return story.house.drugs.read(f"Task/{notice['id']}")


def test_an_answer_within_its_time_is_not_asked_for_again(story: Story, notice: Json) -> None:
    story.house.wait(days=6)
    assert story.chase() == []
    assert story.house.drugs.read(f"Task/{notice['id']}") == notice


def test_what_is_not_answered_is_asked_again_more_urgently(
    story: Story, notice: Json, twice: Json
) -> None:
    assert (notice["priority"], twice["priority"]) == ("routine", "urgent")
    assert twice["input"][0]["valuePositiveInt"] == 1
    assert twice["meta"]["versionId"] != notice["meta"]["versionId"]
    assert twice["meta"]["lastUpdated"] > notice["meta"]["lastUpdated"]
    assert twice["restriction"]["period"]["end"] > notice["restriction"]["period"]["end"]
    assert "asked-again" in [each["interaction"] for each in story.house.entries()]


def test_it_is_asked_for_ever(story: Story, notice: Json) -> None:
    for times in range(1, 6):
        story.house.wait(days=8)
        [chased] = story.chase()
        assert chased.times == times
        assert story.chase() == []
    read = story.house.drugs.read(f"Task/{notice['id']}")
    assert (read["priority"], read["input"][0]["valuePositiveInt"]) == ("stat", 5)


@pytest.mark.parametrize("status", ["accepted", "completed"])
def test_what_is_confirmed_is_not_asked_again(story: Story, notice: Json, status: str) -> None:
    story.move(notice, status)
    story.house.wait(days=30)
    assert story.chase() == []


def test_what_is_only_received_is_asked_again(story: Story, notice: Json) -> None:
    story.move(notice, "received")
    story.house.wait(days=8)
    assert len(story.chase()) == 1


def test_a_reason_is_an_answer_and_stays_unconfirmed(story: Story, notice: Json) -> None:
    story.move(notice, "rejected", statusReason={"text": "It is in our archive."})
    story.house.wait(days=30)
    assert story.chase() == []
    assert story.house.held("SELECT confirmed FROM telling") == [(None,)]


def test_an_answer_after_the_chase_counts(story: Story, twice: Json) -> None:
    assert story.move(twice, "completed").status == 200
    assert story.house.held("SELECT status, times FROM telling") == [("completed", 1)]


def test_several_servers_ask_once(story: Story, notice: Json) -> None:
    story.house.wait(days=8)
    with second(story.house) as other:
        both = asyncio.run(together(story.house.gateway, other))
    assert sorted(map(len, both)) == [0, 1]
    assert story.house.held("SELECT times FROM telling") == [(1,)]


def test_one_whose_record_is_gone_holds_nobody_up(story: Story, notice: Json) -> None:
    """What cannot be asked again is left, and the rest is."""
    story.says("permit", "HO1")
    story.house.housing.read(story.alcohol)
    story.person.created(consent(story.person.me, "deny", story.house.organizations["HO1"]))
    story.house.change(
        "UPDATE content SET sealed = ? WHERE rid ="
        " (SELECT rid FROM resource WHERE type = 'Task' AND id = ?)",
        b"x",
        notice["id"],
    )
    story.house.wait(days=8)
    assert [each.organization for each in story.chase()] == [story.house.organizations["HO1"]]


def test_what_is_shared_again_is_called_off(story: Story, notice: Json) -> None:
    story.says("permit")
    again = story.house.drugs.read(f"Task/{notice['id']}")
    assert (again["status"], "statusReason" in again) == ("cancelled", True)
    story.house.wait(days=30)
    assert story.chase() == []
    assert story.house.drugs.delete(f"Task/{notice['id']}").status == 204


def test_what_is_shared_again_in_part_is_not(story: Story) -> None:
    given = story.says("permit")
    story.house.drugs.finds("Observation", patient=story.at_drugs)
    story.takes_back(given)
    story.says("permit", securityLabel=topic("MH"))
    assert [each["status"] for each in story.told()] == ["requested"]


def test_a_choice_that_was_paused_and_resumed_leaves_nothing_to_confirm(story: Story) -> None:
    given = story.says("permit")
    story.house.drugs.read(story.alcohol)
    story.takes_back(given)
    story.takes_back(given, "active")
    assert [each["status"] for each in story.told()] == ["cancelled"]
    story.takes_back(given)
    assert sorted(each["status"] for each in story.told()) == ["cancelled", "requested"]


def test_what_is_confirmed_stays_so_when_it_is_shared_again(story: Story, notice: Json) -> None:
    story.move(notice, "completed")
    story.says("permit")
    assert [each["status"] for each in story.told()] == ["completed"]
