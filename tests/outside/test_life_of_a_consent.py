"""The life of a consent over HTTP: given, paused, replaced as one act, spoken, confirmed, given by
somebody else; and what the commands record of who may."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from answers import assert_outcome, is_refused
from houses import House, Situation
from made_up import Person, alcohol_score, consent, entry, mood_score, now, topic
from smart_client import ACT_REASON, Json, Registration, SmartClient, if_match, register

ADA = ("https://portal.example/user", "ada")


class Delegate(SmartClient):
    """Somebody who decides for the person, signed in at the person's portal."""

    def __init__(self, house: House, who: Registration, patient: str) -> None:
        super().__init__(house.server, who, patient)

    def claims(self, **changed: Any) -> Json:
        purpose = [ACT_REASON + "PWATRNY"]
        b2b = {"version": "1", "purpose_of_use": purpose, "subject_id": "|".join(ADA)}
        extensions = {"hl7-b2b": b2b, "onestory": {"patient": self.patient}}
        return super().claims(extensions=extensions) | changed

    def says(self, kind: str, organization: str) -> Json:
        performer = {"identifier": {"system": ADA[0], "value": ADA[1]}}
        said = consent(str(self.patient), kind, organization) | {"performer": [performer]}
        return {name: value for name, value in said.items() if name != "verification"}


def _portal_for_delegates(house: House) -> Registration:
    if "delegates" not in house.registrations:
        more = {"role": "portal", "purpose": "PWATRNY"}
        house.registrations["delegates"] = register(house.server, "My Story", "PO1", **more)
    return house.registrations["delegates"]


def _delegate(situation: Situation) -> Delegate:
    made = Delegate(situation.house, _portal_for_delegates(situation.house), situation.me)
    situation.house.clients.append(made)  # closed with the others
    return made


def _recorded(house: House, command: str, act: str, *words: str) -> Any:
    named = ("--database", house.server.database, "--by", "P. Officer")
    return json.loads(house.server.command(command, act, *words, *named).stdout)


def _deputy(situation: Situation, basis: str = "deputy") -> str:
    words = ("--patient", situation.me, "--subject", "|".join(ADA), "--name", "Ada Example")
    more = ("--basis", basis, "--evidence", "order seen")
    return str(_recorded(situation.house, "delegate", "add", *words, *more)["id"])


def _judged(situation: Situation, kind: str, about: str) -> str:
    words = ("--patient", situation.me, "--kind", kind, "--about", about, "--evidence", "judged")
    return str(_recorded(situation.house, "judgement", "add", *words)["id"])


@pytest.fixture
def score(situation: Situation) -> str:
    """An alcohol score that the trust wrote and the drug service may ask for."""
    return situation.writes(alcohol_score(situation.at_trust))


def _drugs(situation: Situation) -> str:
    return situation.drugs.who.organization


# --- status ----------------------------------------------------------------------------------


def test_proposed_then_active_then_inactive(situation: Situation, score: str) -> None:
    said = consent(situation.me, "permit", _drugs(situation))
    proposed = situation.says(said | {"status": "proposed"})
    assert is_refused(situation.drugs, score)
    active = situation.portal.put(proposed | {"status": "active"}, **if_match(proposed))
    assert active.status_code == 200, active.text
    assert situation.drugs.read(score)
    assert situation.takes_back(active.json()).status_code == 200
    assert is_refused(situation.drugs, score)
    history = situation.portal.get(f"Consent/{proposed['id']}/_history").json()["entry"]
    assert [each["resource"]["status"] for each in history] == ["inactive", "active", "proposed"]


def test_a_move_that_is_not_allowed_says_what_is(situation: Situation, score: str) -> None:
    said = situation.says(consent(situation.me, "permit", _drugs(situation)))
    outcome = assert_outcome(situation.portal.put(said | {"status": "proposed"}), 422)
    (issue,) = outcome["issue"]
    assert issue["expression"] == ["Consent.status"]
    assert "inactive" in issue["diagnostics"]
    assert situation.drugs.read(score)
    assert situation.takes_back(said).status_code == 200


def test_what_was_entered_in_error_stays_so(situation: Situation, score: str) -> None:
    said = situation.says(consent(situation.me, "permit", _drugs(situation)))
    wrong = situation.portal.put(said | {"status": "entered-in-error"})
    assert wrong.status_code == 200
    assert_outcome(situation.portal.put(wrong.json() | {"status": "active"}), 422)
    assert is_refused(situation.drugs, score)


def test_a_choice_ends_by_its_period(situation: Situation, score: str) -> None:
    past = {"start": now(-2), "end": now(-1)}
    situation.says(consent(situation.me, "permit", _drugs(situation), period=past))
    assert is_refused(situation.drugs, score)
    today = {"start": now(-2), "end": now(1)}
    situation.says(consent(situation.me, "permit", _drugs(situation), period=today))
    assert situation.drugs.read(score)


def test_taking_back_needs_the_version_that_was_seen(situation: Situation, score: str) -> None:
    said = situation.says(consent(situation.me, "permit", _drugs(situation)))
    other = situation.portal.put(said | {"status": "inactive"}, If_Match='W/"0000000000000000"')
    assert_outcome(other, 412)
    assert situation.drugs.read(score)
    assert situation.takes_back(said).status_code == 200


def test_a_changed_mind_is_one_transaction(situation: Situation, score: str) -> None:
    denied = situation.says(consent(situation.me, "deny", _drugs(situation)))
    permit = consent(situation.me, "permit", _drugs(situation))
    situation.says(permit)
    assert is_refused(situation.drugs, score)  # a newer permit does not undo an older denial
    ended = entry(denied | {"status": "inactive"}, method="PUT", url=f"Consent/{denied['id']}")
    stale = ended["request"] | {"ifMatch": 'W/"0000000000000000"'}
    refused = situation.portal.transact([entry(permit), ended | {"request": stale}])
    assert_outcome(refused, 412)
    assert is_refused(situation.drugs, score)
    ended["request"]["ifMatch"] = f'W/"{denied["meta"]["versionId"]}"'
    done = situation.portal.transact([entry(permit), ended])
    assert done.status_code == 200, done.text
    assert situation.drugs.read(score)
    assert situation.portal.read(f"Consent/{denied['id']}")["status"] == "inactive"


# --- the spoken word -------------------------------------------------------------------------


def _spoken(situation: Situation, kind: str, about: str | None = None) -> Json:
    """The drug service records what the person said."""
    said = consent(situation.at_drugs, kind, about or _drugs(situation))
    said["performer"] = [{"reference": _drugs(situation)}]
    del said["verification"]
    return situation.drugs.created(said)


def test_a_spoken_permit_counts_for_the_service_and_the_person_confirms_it(
    situation: Situation, score: str
) -> None:
    recorded = _spoken(situation, "permit")
    assert situation.drugs.read(score)
    seen = situation.portal.read(f"Consent/{recorded['id']}")
    word = {"verified": True, "verifiedWith": {"reference": situation.me}}
    yes = situation.portal.put(seen | {"verification": [word]}, **if_match(seen))
    assert yes.status_code == 200, yes.text
    assert yes.json()["verification"][-1]["verified"] is True
    taken = recorded | {"status": "inactive"}
    assert_outcome(situation.drugs.put(taken), 403)  # it is the person's now
    assert situation.drugs.read(score)
    assert situation.takes_back(yes.json()).status_code == 200
    assert is_refused(situation.drugs, score)


def test_a_person_does_not_reword_what_a_service_wrote(situation: Situation) -> None:
    recorded = _spoken(situation, "permit")
    seen = situation.portal.read(f"Consent/{recorded['id']}")
    reworded = seen | {"provision": consent(situation.me, "deny")["provision"]}
    assert_outcome(situation.portal.put(reworded), 422)
    assert situation.takes_back(seen).status_code == 200


def test_a_spoken_denial_counts_at_once_and_a_spoken_permit_not_against_the_person(
    situation: Situation, score: str
) -> None:
    mine = situation.says(consent(situation.me, "permit", _drugs(situation)))
    assert situation.drugs.read(score)
    denied = _spoken(situation, "deny")
    assert is_refused(situation.drugs, score)
    ended = situation.drugs.put(denied | {"status": "entered-in-error"})
    assert ended.status_code == 200
    assert situation.drugs.read(score)
    assert situation.takes_back(mine).status_code == 200
    situation.says(consent(situation.me, "deny", _drugs(situation)))
    _spoken(situation, "permit")  # accepted like any other, and in vain
    assert is_refused(situation.drugs, score)


def test_a_spoken_permit_for_another_service_is_nobodys_permit(
    situation: Situation, score: str
) -> None:
    housing = situation.house.housing
    situation.house.known_at(housing, situation.person)
    _spoken(situation, "permit", housing.who.organization)
    assert is_refused(housing, score)
    assert is_refused(situation.drugs, score)
    situation.says(consent(situation.me, "permit", housing.who.organization))
    assert housing.read(score)


# --- age -------------------------------------------------------------------------------------


def _born(years: int, days: int = 0) -> str:
    today = datetime.now(UTC).date()
    day = today.replace(year=today.year - years, day=min(today.day, 28)) + timedelta(days=days)
    return day.isoformat()


def test_under_sixteen_a_yes_waits_for_a_gillick_judgement(
    meet: Callable[..., Situation],
) -> None:
    child = meet(person=Person(birth_date=_born(14)))
    hidden = child.writes(alcohol_score(child.at_trust))
    said = consent(child.me, "permit", _drugs(child))
    outcome = assert_outcome(child.portal.post(said), 422)
    assert "Gillick" in outcome["issue"][0]["diagnostics"]
    assert outcome["issue"][0]["expression"] == ["Consent.patient"]
    child.says(consent(child.me, "deny", child.house.housing.who.organization))
    _judged(child, "gillick", child.drugs.who.ods)
    child.says(said)
    assert child.drugs.read(hidden)


def test_sixteen_year_olds_decide_themselves(meet: Callable[..., Situation]) -> None:
    person = meet(person=Person(birth_date=_born(16, -2)))
    hidden = person.writes(alcohol_score(person.at_trust))
    person.says(consent(person.me, "permit", _drugs(person)))
    assert person.drugs.read(hidden)


# --- delegates -------------------------------------------------------------------------------


def test_nobody_decides_for_a_person_without_a_record(situation: Situation, score: str) -> None:
    ada = _delegate(situation)
    assert_outcome(ada.post(ada.says("permit", _drugs(situation))), 422)
    assert is_refused(ada, score)
    assert ada.search("Observation", patient=situation.me) == []
    assert is_refused(situation.drugs, score)


def test_an_attorney_decides_what_the_person_cannot(situation: Situation, score: str) -> None:
    ada = _delegate(situation)
    _deputy(situation, "lpa-health-welfare")
    outcome = assert_outcome(ada.post(ada.says("permit", _drugs(situation))), 422)
    assert "capacity" in outcome["issue"][0]["diagnostics"]
    judged = _judged(situation, "lacks-capacity", situation.drugs.who.ods)
    said = ada.created(ada.says("permit", _drugs(situation)))
    assert situation.drugs.read(score)
    assert ada.read(score)
    _recorded(situation.house, "judgement", "end", judged)
    assert is_refused(ada, score)
    assert situation.drugs.read(score)  # what was decided stands
    seen = situation.portal.read(f"Consent/{said['id']}")
    assert situation.takes_back(seen).status_code == 200
    assert is_refused(situation.drugs, score)


def test_a_delegate_learns_nothing_of_what_is_kept_from_them(
    situation: Situation, score: str
) -> None:
    mood = situation.writes(mood_score(situation.at_trust))
    ada = _delegate(situation)
    _deputy(situation)
    assert ada.read(score)
    role = {"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}
    named = {"type": "RelatedPerson", "identifier": {"system": ADA[0], "value": ADA[1]}}
    actor = [{"role": {"coding": [role]}, "reference": named}]
    kept = situation.says(consent(situation.me, "deny", actor=actor, securityLabel=topic("ETHUD")))
    assert is_refused(ada, score)
    found = ada.search("Observation", patient=situation.me)
    assert [f"Observation/{each['id']}" for each in found] == [mood]
    assert is_refused(ada, f"Consent/{kept['id']}")
    assert ada.search("Consent", patient=situation.me) == []
    assert ada.search("AuditEvent", patient=situation.me) == []
    assert situation.portal.read(score)


def test_what_a_deputy_said_an_officer_sets_aside(situation: Situation, score: str) -> None:
    situation.says(consent(situation.me, "permit", _drugs(situation)))
    ada = _delegate(situation)
    record = _deputy(situation)
    denied = ada.created(ada.says("deny", _drugs(situation)))
    assert is_refused(situation.drugs, score)
    reason = ("--reason", "best-interests meeting")
    _recorded(situation.house, "delegate", "set-aside", denied["id"], *reason)
    assert situation.drugs.read(score)
    assert_outcome(ada.put(denied), 422)
    _recorded(situation.house, "delegate", "end", record)
    assert_outcome(ada.post(ada.says("deny", _drugs(situation))), 422)


def test_what_was_recorded_of_delegates_is_in_a_whole_log(situation: Situation) -> None:
    _deputy(situation)
    listed = _recorded(situation.house, "delegate", "list", "--patient", situation.me)
    assert [one["identifier"] for one in listed] == ["|".join(ADA)]
    events = situation.portal.search("AuditEvent", patient=situation.me)
    assert any(one["agent"][0].get("name") == "P. Officer" for one in events)
