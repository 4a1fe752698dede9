"""What counts as losing something that was received: parts, people, purposes, deleted records."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest
from callers import Caller, House, Json, consent, patient, referral, score
from deputies import ADA, Office, acting
from ended import Story, topic
from glass import DOCTOR, breaks
from plans import activity, plan

from gateway.actions import losing_parts
from gateway.actions.gate import Gate
from gateway.storage.database import connect
from gateway.storage.delegates import Basis


@pytest.fixture
def story(house: House) -> Story:
    return Story(house)


def as_doctor(story: Story) -> Caller:
    return Caller(story.house, replace(story.house.drugs.who, practitioner=DOCTOR))


def staff(story: Story) -> Json:
    system, _, value = DOCTOR.rpartition("|")
    stored = story.house.drugs.created(
        {"resourceType": "Practitioner", "identifier": [{"system": system, "value": value}]}
    )
    return {"reference": f"Practitioner/{stored['id']}"}


def named(who: Json) -> list[Json]:
    role = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"}]}
    role["coding"][0]["code"] = "IRCP"
    return [{"role": role, "reference": who}]


@pytest.fixture
def mixed(story: Story) -> str:
    """A plan of two topics."""
    return story.house.trust.writes(plan(story.at_trust, activity("alcohol"), activity("mood")))


def test_a_part_that_was_seen_is_lost_with_its_permit(story: Story, mixed: str) -> None:
    given = story.says("permit", securityLabel=topic("ETHUD"))
    assert len(story.house.drugs.read(mixed)["activity"]) == 1
    story.takes_back(given)
    assert len(story.told()) == 1


def test_a_part_that_was_never_seen_is_not(story: Story, mixed: str) -> None:
    story.says("permit", securityLabel=topic("ETHUD"))
    story.house.drugs.read(mixed)
    unused = story.says("permit", securityLabel=topic("HIV"))
    story.takes_back(unused)
    assert story.told() == []


def test_one_part_of_two_is_a_loss(story: Story, mixed: str) -> None:
    story.says("permit", securityLabel=topic("ETHUD"))
    mood = story.says("permit", securityLabel=topic("MH"))
    assert len(story.house.drugs.read(mixed)["activity"]) == 2
    story.takes_back(mood)
    assert len(story.told()) == 1


@pytest.mark.parametrize(("count", "told"), [(losing_parts.MOST + 1, True), (0, False)])
def test_where_too_much_was_seen_to_look_at_each_it_is_told(
    story: Story, count: int, told: bool
) -> None:
    who = story.house.drugs.who
    with closing(connect(story.house.url)) as connection:
        seen = Gate(story.house.gateway.installation, connection, who, story.house.now).mixed
        received = {"CarePlan": [f"plan-{number}" for number in range(count)]}
        assert losing_parts.is_less_seen(seen, seen, (), received) is told


def test_a_permit_for_one_of_its_staff_is_the_services(story: Story) -> None:
    permit = consent(story.person.me, "permit") | {}
    permit["provision"]["actor"] = named(staff(story))
    given = story.person.created(permit)
    as_doctor(story).read(story.alcohol)
    story.takes_back(given)
    assert len(story.told()) == 1


def test_a_record_that_was_deleted_was_received_all_the_same(story: Story) -> None:
    given = story.says("permit")
    gone = story.house.trust.writes(score(story.at_trust))
    story.house.drugs.read(gone)
    assert story.house.trust.delete(gone).status == 204
    story.takes_back(given)
    assert len(story.told()) == 1


def test_what_a_service_wrote_itself_is_not_lost(story: Story) -> None:
    given = story.says("permit")
    own = story.house.drugs.writes(score(story.at_drugs))
    story.house.drugs.read(own)
    story.takes_back(given)
    assert story.told() == []


def test_what_was_seen_in_an_emergency_was_under_no_consent(story: Story) -> None:
    breaks(story.house, "DA1", story.at_drugs).read(story.alcohol)
    story.takes_back(story.says("permit"))
    assert story.told() == []


def test_what_is_still_permitted_for_another_purpose_is_not_lost(story: Story) -> None:
    coordination = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "COC"}
    story.says("permit", purpose=[coordination])
    treatment = story.says("permit")
    story.house.drugs.read(story.alcohol)
    story.takes_back(treatment)
    assert story.told() == []


def test_another_persons_choice_takes_nothing_away(story: Story) -> None:
    story.says("permit")
    story.house.drugs.read(story.alcohol)
    other = story.house.person(1)
    story.house.drugs.writes(patient(1))
    answer = other.post(consent(other.me, "deny", story.house.organizations["DA1"]))
    assert answer.status == 201
    assert story.told() == []


def test_a_refused_write_tells_nobody(story: Story) -> None:
    given = story.says("permit")
    story.house.drugs.read(story.alcohol)
    ended = story.person.read(f"Consent/{given['id']}") | {"status": "inactive"}
    assert story.person.put(ended, 'W/"0123456789abcdef"').status == 412
    assert story.told() == []
    assert story.house.rows("taken") == 0


def test_what_an_officer_sets_aside_is_told(story: Story, office: Office) -> None:
    office.names(story.person.me, ADA, Basis.DEPUTY)
    ada = acting(story.person)
    recipient = story.house.organizations["DA1"]
    given = consent(story.person.me, "permit", recipient)
    given["performer"] = [
        {"identifier": dict(zip(("system", "value"), ADA.split("|"), strict=True))}
    ]
    stored = ada.created(given)
    story.house.drugs.read(story.alcohol)
    assert office.sets_aside(stored["id"]).status == 200
    assert len(story.told()) == 1


def test_a_delegate_learns_nothing_of_it(story: Story, office: Office) -> None:
    office.names(story.person.me, ADA, Basis.DEPUTY)
    notice = story.notice()
    ada = acting(story.person)
    for address in (f"Task/{notice['id']}", f"Task/{notice['id']}/_history"):
        assert ada.look(address).status == 404
    assert ada.finds("Task", patient=story.person.me) == []
    assert story.person.finds("Task", patient=story.person.me) == [f"Task/{notice['id']}"]


def referred(story: Story) -> str:
    """An agreed referral whose words nobody can label: the service reads it by delivery alone."""
    trust, drugs = (story.house.organizations[each] for each in ("RX1", "DA1"))
    request, *rest = referral(story.at_trust, trust, drugs)
    request["resource"]["patientInstruction"] = "Bring what you like to drink."
    sent, *_ = story.house.trust.sent(request, *rest)
    story.house.drugs.read(sent)
    return sent


def test_what_came_by_delivery_is_not_lost_with_another_choice(story: Story) -> None:
    unused = story.says("permit", securityLabel=topic("MH"))
    sent = referred(story)
    story.takes_back(unused)
    assert story.told() == []
    assert story.house.drugs.get(sent).status == 200


def test_a_referral_that_was_agreed_to_is_lost_with_the_agreement(story: Story) -> None:
    referred(story)
    [given] = story.person.finds("Consent", patient=story.person.me)
    story.takes_back({"id": given.partition("/")[2]})
    assert len(story.told()) == 1


def test_what_came_by_delivery_is_nothing_that_is_still_lacking(story: Story) -> None:
    referred(story)
    story.notice()
    story.says("permit")
    assert [each["status"] for each in story.told()] == ["cancelled"]
