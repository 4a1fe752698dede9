"""Emergency access over HTTP: who gets a token, what it shows, and what it leaves behind."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from answers import is_refused
from emergency import DOCTOR, NURSE, SDS, WHY, Emergency, Officer, breaker
from houses import House, Situation
from made_up import ACT_REASON as PURPOSES
from made_up import Person, consent, mood_score
from smart_client import ACT_REASON, Registration


@pytest.fixture(scope="module")
def emergencies(shared_house: House) -> Registration:
    return breaker(shared_house)


@pytest.fixture
def looks(house: House, emergencies: Registration) -> Callable[..., Emergency]:
    return lambda patient, *more: Emergency(house, emergencies, patient, *more)


def events(client: Any, **query: str) -> list[Any]:
    return list(client.search("AuditEvent", **query))


def test_an_emergency_shows_the_record_of_one_person_and_not_without_a_token(
    situation: Situation, looks: Callable[..., Emergency], meet: Callable[..., Situation]
) -> None:
    other = meet()
    theirs, another = (
        situation.writes(mood_score(situation.at_trust)),
        other.writes(mood_score(other.at_trust)),
    )
    assert situation.drugs.get(theirs).status_code == 404
    doctor = looks(situation.at_drugs)
    assert doctor.get(theirs).status_code == 200
    found = doctor.search("Observation", patient=situation.at_drugs)
    assert [f"Observation/{each['id']}" for each in found] == [theirs]
    for hidden in (another, other.at_drugs):
        assert is_refused(doctor, hidden)
    assert doctor.search("Observation", patient=other.at_drugs) == []
    assert situation.drugs.get(theirs).status_code == 404


def test_the_grant_is_in_the_log_with_its_reason_before_anything_is_read(
    situation: Situation, looks: Callable[..., Emergency]
) -> None:
    assert looks(situation.at_drugs).ask_token().status_code == 200
    officer = situation.house.officer
    [grant] = events(officer, patient=situation.at_drugs, purpose="BTG")
    assert grant["subtype"][0]["code"] == "emergency"
    assert grant["purposeOfEvent"][0]["text"] == WHY
    assert grant["agent"][0]["who"]["identifier"]["value"] == DOCTOR.removeprefix(SDS)
    assert [one["id"] for one in events(situation.portal, purpose="BTG")] == [grant["id"]]


def test_a_token_lasts_no_longer_than_others_and_says_whom_it_serves(
    situation: Situation, looks: Callable[..., Emergency]
) -> None:
    doctor = looks(situation.at_drugs)
    answer = doctor.ask_token()
    assert 0 < answer.json()["expires_in"] <= 300


WRONG = {
    "no practitioner": {"subject_id": None},
    "no person": {"patient": None},
    "no reason": {"reason": None},
    "a reason of nine characters": {"reason": "emergency"},
    "a reason of blanks": {"reason": " " * 20},
    "two people": {"patient": ["Patient/a", "Patient/b"]},
    "something else": {"more": "x"},
}


@pytest.mark.parametrize("changed", WRONG.values(), ids=WRONG.keys())
def test_each_part_is_required(
    situation: Situation, looks: Callable[..., Emergency], changed: dict[str, Any]
) -> None:
    b2b: dict[str, Any] = {
        "version": "1",
        "purpose_of_use": [ACT_REASON + "BTG"],
        "subject_id": DOCTOR,
    }
    onestory: dict[str, Any] = {"patient": situation.at_drugs, "reason": "x" * 10}
    doctor = looks(situation.at_drugs)
    right = {"hl7-b2b": b2b, "onestory": onestory}
    assert doctor.ask_token(extensions=right).status_code == 200
    for name, value in changed.items():
        held = b2b if name in b2b else onestory
        held[name] = value
        if value is None:
            del held[name]
    refused = doctor.ask_token(extensions=right)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


def test_a_purpose_that_the_client_does_not_have_is_refused(situation: Situation) -> None:
    doctor = Emergency(situation.house, situation.drugs.who, situation.at_drugs)
    assert doctor.ask_token().status_code == 400


def test_other_services_patients_are_refused_like_made_up_ones(
    situation: Situation, looks: Callable[..., Emergency]
) -> None:
    answers = [
        looks(patient).ask_token()
        for patient in (situation.at_trust, situation.me, f"Patient/{uuid.uuid4()}")
    ]
    assert {(each.status_code, each.text) for each in answers} == {(400, answers[0].text)}
    assert looks(situation.at_drugs).ask_token().status_code == 200


def no_to_emergencies(patient: str) -> dict[str, Any]:
    purposes = [{"system": PURPOSES, "code": code} for code in ("BTG", "ETREAT")]
    return consent(patient, "deny", purpose=purposes)


def test_a_person_who_says_no_cannot_be_told_from_one_who_has_nothing(
    situation: Situation, looks: Callable[..., Emergency]
) -> None:
    theirs = situation.writes(mood_score(situation.at_trust))
    doctor = looks(situation.at_drugs)
    assert doctor.get(theirs).status_code == 200
    said = situation.says(no_to_emergencies(situation.me))
    assert is_refused(doctor, theirs)
    assert looks(situation.at_drugs, NURSE).ask_token().status_code == 200
    assert situation.takes_back(said).status_code == 200
    assert doctor.get(theirs).status_code == 200


def test_what_is_most_protected_stays_hidden(
    situation: Situation, looks: Callable[..., Emergency]
) -> None:
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "V"}
    kept = situation.writes(mood_score(situation.at_trust) | {"meta": {"security": [label]}})
    shown = situation.writes(mood_score(situation.at_trust))
    doctor = looks(situation.at_drugs)
    assert doctor.get(shown).status_code == 200
    assert is_refused(doctor, kept)


def test_an_emergency_writes_nothing(situation: Situation, looks: Callable[..., Emergency]) -> None:
    doctor = looks(situation.at_drugs)
    refused = doctor.post(mood_score(situation.at_drugs))
    assert refused.status_code == 403
    assert "token for TREAT" in refused.json()["issue"][0]["diagnostics"]
    assert situation.drugs.post(mood_score(situation.at_drugs)).status_code == 201


def test_an_officer_ends_it_at_once_and_for_that_practitioner_alone(
    house: House, situation: Situation, looks: Callable[..., Emergency]
) -> None:
    theirs = situation.writes(mood_score(situation.at_trust))
    doctor = looks(situation.at_drugs)
    assert doctor.get(theirs).status_code == 200
    officer = Officer(house, f"Officer {uuid.uuid4()}")
    waiting = house.server.command(
        "queue", "list", "--database", house.server.database, "--by", _name(officer, house)
    )
    mine = [
        each for each in json.loads(waiting.stdout) if each.get("patient") == situation.at_drugs
    ]
    assert [(each["kind"], each["practitioner"]) for each in mine] == [("emergency", DOCTOR)]
    assert officer.sends("/dpo/queue", do="end", emergency=mine[0]["about"]).status_code == 303
    assert doctor.get(theirs).status_code == 401
    assert looks(situation.at_drugs, DOCTOR, "Still unconscious").ask_token().status_code == 400
    nurse = looks(situation.at_drugs, NURSE)
    assert nurse.get(theirs).status_code == 200


def _name(officer: Officer, house: House) -> str:
    listed = house.server.command("officer", "list", "--database", house.server.database)
    return str(json.loads(listed.stdout)[-1]["name"])


def test_the_looker_does_not_clear_it_and_an_officer_does(
    house: House, situation: Situation, looks: Callable[..., Emergency]
) -> None:
    sds = uuid.uuid4().hex
    assert looks(situation.at_drugs, f"{SDS}{sds}").ask_token().status_code == 200
    looker = Officer(house, f"Looker {sds}", "--sds-user", sds)
    same = Officer(house, f"Colleague {sds}", "--organization", "DA1")
    other = Officer(house, f"Other {sds}", "--organization", "RX1")
    listed = house.server.command(
        "queue", "list", "--database", house.server.database, "--by", f"Other {sds}"
    )
    [item] = [e for e in json.loads(listed.stdout) if e.get("practitioner") == f"{SDS}{sds}"]
    form = {"do": "clear", "item": str(item["item"]), "note": "Spoke to the ward about it"}
    for nobody in (looker, same):
        assert nobody.sends("/dpo/queue", **form).status_code == 422
    assert other.sends("/dpo/queue", **form).status_code == 303
    assert other.sends("/dpo/queue", **form).status_code == 422


def test_what_was_granted_survives_a_kill_with_its_row(new_house: Callable[..., House]) -> None:
    house = new_house()
    person = Person()
    patient = house.known_at(house.drugs, person)
    doctor = Emergency(house, breaker(house), patient)
    assert doctor.ask_token().status_code == 200
    house.server.kill()
    house.server.start()
    [grant] = events(house.officer, patient=patient, purpose="BTG")
    assert grant["purposeOfEvent"][0]["text"] == WHY
    assert house.server.rows("emergency") == house.server.rows("to_tell") == 1
    assert house.server.verify().returncode == 0


def test_each_token_is_a_row_and_all_are_one_emergency(
    house: House, situation: Situation, looks: Callable[..., Emergency]
) -> None:
    before = house.server.rows("emergency")
    for reason in (WHY, "She is still not awake"):
        assert looks(situation.at_drugs, DOCTOR, reason).ask_token().status_code == 200
        time.sleep(0.01)
    assert house.server.rows("emergency") == before + 1
    grants = events(house.officer, patient=situation.at_drugs, purpose="BTG")
    assert len([each for each in grants if each["subtype"][0]["code"] == "emergency"]) == 2
