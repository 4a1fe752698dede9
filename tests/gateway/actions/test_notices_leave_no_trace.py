"""What one service is told changes no byte for another, whatever the person lets that one see."""

from __future__ import annotations

import pytest
from callers import Caller, House, body_of, consent
from ended import Story
from looking_ahead import asked

ASKED = (
    "Task?patient={patient}",
    "Task?patient={patient}&_summary=count",
    "Task?owner={housing}",
    "Task?code=https://onestory.example/fhir/CodeSystem/notice|&patient={patient}",
    "Task?patient={patient}&_include=*&_revinclude=*",
    "Patient?_id={id}&_revinclude=*",
    "Patient?_id={id}&_has:Task:patient:status=requested",
    "Task/_history",
    "AuditEvent?patient={patient}",
    "AuditEvent?entity={ended}",
)


@pytest.fixture
def story(house: House) -> Story:
    return Story(house)


def seen(who: Caller, patient: str, story: Story, ended: str) -> list[tuple[int, bytes]]:
    """All that a service may ask which could tell of another's notice; its own looks apart."""
    filled = {"housing": story.house.organizations["HO1"], "ended": ended}
    filled |= {"patient": patient, "id": patient.partition("/")[2]}
    found = []
    for address in ASKED:
        answer = who.look(address.format(**filled))
        found.append((answer.status, b"" if "AuditEvent" in address else answer.body))
    return found


def test_a_notice_is_absent_for_everybody_else(story: Story) -> None:
    story.says("permit")
    given = story.says("permit", "HO1")
    story.house.housing.read(story.alcohol)
    ended = f"Consent/{given['id']}"
    others = ((story.house.drugs, story.at_drugs), (story.house.trust, story.at_trust))
    before = [seen(*each, story, ended) for each in others]
    story.takes_back(given)
    assert len(story.told(story.house.housing)) == 1
    assert [seen(*each, story, ended) for each in others] == before


def test_nothing_about_it_stands_in_others_logs(story: Story) -> None:
    story.says("permit")
    given = story.says("permit", "HO1")
    story.house.housing.read(story.alcohol)
    story.takes_back(given)
    [notice] = story.told(story.house.housing)
    for who in (story.house.drugs, story.house.trust):
        log = who.look("AuditEvent?_count=500").body.decode()
        assert notice["id"] not in log
    found = story.house.officer.look(f"AuditEvent?entity=Task/{notice['id']}")
    assert body_of(found)["total"] >= 1


def test_a_preview_is_silent_about_it(story: Story) -> None:
    notice = story.notice()
    proposed = consent(story.person.me, "permit", story.house.organizations["DA1"])
    answer = asked(story.person, proposed)
    assert answer.status == 200
    assert story.alcohol in answer.body.decode()
    assert notice["id"] not in answer.body.decode()
