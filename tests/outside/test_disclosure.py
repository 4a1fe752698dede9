"""Disclosure without consent over HTTP: two officers on their pages, one fetch by the recipient."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from answers import face
from emergency import Officer
from houses import House, Situation
from made_up import consent, mood_score

PAGE = "/dpo/disclosures"
WHY = "A court ordered it on 3 May 2026"


@pytest.fixture(scope="module")
def officers(shared_house: House) -> tuple[Officer, Officer]:
    """An officer, and a Caldicott Guardian."""
    guardian = Officer(shared_house, f"G. Guardian {uuid.uuid4()}", "--caldicott")
    return Officer(shared_house, f"A. Officer {uuid.uuid4()}"), guardian


def proposed(officer: Officer, situation: Situation, *listed: str, **changed: str) -> str:
    """The number of a disclosure to the drugs service that waits to be agreed."""
    form = {
        "do": "propose",
        "recipient": situation.drugs.who.organization,
        "references": "\n".join(listed),
        "basis": "court-order",
        "reason": WHY,
        "tell": "yes",
    }
    answer = officer.sends(PAGE, **form | changed)
    assert answer.status_code == 303, answer.text
    shown = officer.page(PAGE).partition(listed[0])[0]
    return re.findall(r'Number</dt>.*?<span class="os-code">([^<]+)<', shown)[-1]


def fetch(client: Any, number: str) -> httpx.Response:
    asked = {"resourceType": "Parameters"}
    answer: httpx.Response = client.send(
        "POST",
        "Bundle/$disclosed",
        asked | {"parameter": [{"name": "disclosure", "valueId": number}]},
    )
    return answer


def test_two_people_release_a_list_and_the_recipient_has_it_once(
    situation: Situation, officers: tuple[Officer, Officer]
) -> None:
    officer, guardian = officers
    listed = [situation.writes(mood_score(situation.at_trust)) for _ in range(2)]
    situation.says(consent(situation.me, "deny", situation.drugs.who.organization))
    number = proposed(officer, situation, *listed)
    never = fetch(situation.drugs, str(uuid.uuid4()))
    assert face(fetch(situation.drugs, number)) == face(never)
    assert officer.sends(PAGE, do="agree", disclosure=number).status_code == 422
    assert guardian.sends(PAGE, do="agree", disclosure=number).status_code == 303
    for other in (situation.house.housing, situation.trust):
        assert face(fetch(other, number)) == face(fetch(other, str(uuid.uuid4())))
    answer = fetch(situation.drugs, number)
    assert answer.status_code == 200
    found = [each["resource"] for each in answer.json()["entry"]]
    assert [f"Observation/{each['id']}" for each in found] == listed
    assert {each["subject"]["reference"] for each in found} == {situation.at_drugs}
    assert face(fetch(situation.drugs, number)) == face(never)
    assert situation.drugs.get(listed[0]).status_code == 404


def test_each_step_is_in_the_log_and_the_person_sees_it(
    situation: Situation, officers: tuple[Officer, Officer]
) -> None:
    officer, guardian = officers
    listed = situation.writes(mood_score(situation.at_trust))
    number = proposed(officer, situation, listed)
    assert guardian.sends(PAGE, do="agree", disclosure=number).status_code == 303
    assert fetch(situation.drugs, number).status_code == 200
    for reader in (situation.house.officer, situation.portal):
        found = reader.search("AuditEvent", entity=listed)
        kinds = {each["subtype"][0]["code"]: each for each in found}
        assert {"disclosure-proposed", "disclosure-agreed", "disclosure"} <= kinds.keys()
        why = kinds["disclosure-proposed"]["purposeOfEvent"][0]["text"]
        assert why == f"court-order: {WHY}"


def test_where_telling_would_cause_harm_the_person_finds_nothing(
    situation: Situation, officers: tuple[Officer, Officer]
) -> None:
    officer, guardian = officers
    listed = situation.writes(mood_score(situation.at_trust))
    harm = {"tell": "no", "untold": "He has threatened the one who told us"}
    number = proposed(officer, situation, listed, **harm)
    assert guardian.sends(PAGE, do="agree", disclosure=number).status_code == 303
    assert fetch(situation.drugs, number).status_code == 200
    kinds = {each["subtype"][0]["code"] for each in situation.portal.search("AuditEvent")}
    assert not [each for each in kinds if each.startswith("disclosure")]
    assert situation.house.officer.search("AuditEvent", entity=listed)


def test_a_list_that_changed_is_not_released(
    situation: Situation, officers: tuple[Officer, Officer]
) -> None:
    officer, guardian = officers
    listed = situation.writes(mood_score(situation.at_trust))
    number = proposed(officer, situation, listed)
    assert guardian.sends(PAGE, do="agree", disclosure=number).status_code == 303
    stored = situation.trust.read(listed)
    assert situation.trust.put(stored | {"status": "amended"}).status_code == 200
    assert fetch(situation.drugs, number).status_code == 404


def test_what_was_fetched_stays_fetched_when_the_server_is_killed(
    new_house: Callable[..., House], meet: Callable[..., Situation]
) -> None:
    house = new_house()
    situation = meet(house)
    officer, guardian = Officer(house, "A. Officer"), Officer(house, "G. Guardian", "--caldicott")
    listed = situation.writes(mood_score(situation.at_trust))
    number = proposed(officer, situation, listed)
    assert guardian.sends(PAGE, do="agree", disclosure=number).status_code == 303
    assert fetch(situation.drugs, number).status_code == 200
    house.server.kill()
    house.server.start()
    assert fetch(situation.drugs, number).status_code == 404
    found = house.officer.search("AuditEvent", entity=listed)
    assert "disclosure" in {each["subtype"][0]["code"] for each in found}
    assert house.server.verify().returncode == 0
