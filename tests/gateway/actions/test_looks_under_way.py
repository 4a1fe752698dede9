"""A look that began before a consent ended may be recorded after it: who saw something is told."""

from __future__ import annotations

import pytest
from callers import House
from ended import Story, topic
from plans import activity, plan


@pytest.fixture
def story(house: House) -> Story:
    return Story(house)


def seen_late(story: Story, reference: str) -> None:
    """The row of a look that was answered by what stood before."""
    organization = story.house.organizations["DA1"].removeprefix("Organization/")
    story.house.change("INSERT INTO received VALUES (?, ?)", reference, organization)


def test_a_look_that_was_under_way_is_told_too(story: Story) -> None:
    given = story.says("permit")
    story.takes_back(given)
    seen_late(story, story.alcohol)
    story.chase()
    assert story.told() == []  # it is still early: others may be under way
    story.house.wait(minutes=2)
    story.chase()
    assert [each["status"] for each in story.told()] == ["requested"]
    story.house.wait(minutes=2)
    story.chase()
    assert len(story.told()) == 1


def test_who_was_told_at_once_is_not_told_again(story: Story) -> None:
    story.notice()
    story.house.wait(minutes=2)
    story.chase()
    assert len(story.told()) == 1
    assert story.house.held("SELECT count(*) FROM taken WHERE settled IS NULL") == [(0,)]


def test_what_was_given_back_meanwhile_is_not_told(story: Story) -> None:
    given = story.says("permit")
    story.takes_back(given)
    seen_late(story, story.alcohol)
    story.says("permit")
    story.house.wait(minutes=2)
    story.chase()
    assert story.told() == []


def test_a_denial_is_settled_like_an_end(story: Story) -> None:
    story.says("permit")
    story.says("deny")
    seen_late(story, story.alcohol)
    story.house.wait(minutes=2)
    story.chase()
    assert len(story.told()) == 1


def test_a_permit_takes_nothing_away(story: Story) -> None:
    story.says("permit")
    assert story.house.rows("taken") == 0


def test_nobody_is_kept_from_taking_back_by_what_cannot_be_opened(story: Story) -> None:
    """The telling is tried again, until it can be done."""
    mixed = story.house.trust.writes(plan(story.at_trust, activity("alcohol"), activity("mood")))
    given = story.says("permit", securityLabel=topic("ETHUD"))
    story.house.drugs.read(mixed)
    rid = "(SELECT rid FROM resource WHERE type = 'CarePlan')"
    [(sealed,)] = story.house.held(f"SELECT sealed FROM content WHERE rid = {rid}")
    story.house.change(f"UPDATE content SET sealed = ? WHERE rid = {rid}", b"broken")
    story.takes_back(given)
    story.house.wait(minutes=2)
    story.chase()
    assert story.told() == []
    story.house.change(f"UPDATE content SET sealed = ? WHERE rid = {rid}", sealed)
    story.chase()
    assert len(story.told()) == 1
