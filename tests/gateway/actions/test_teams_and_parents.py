"""CareTeams, Groups, organisations below others and linked Patients, on a real gateway.

No service widens what a person permitted by what it writes afterwards, nor escapes a denial.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import pytest
from callers import MOOD, Caller, House, body_of, consent, patient, places, score

from gateway.storage.connection import transaction
from gateway.storage.database import connect
from gateway.storage.directory import place_below

Json = dict[str, Any]
SDS = "https://fhir.nhs.uk/Id/sds-user-id"
NURSE = {"system": SDS, "value": "555000111222"}
ROLES = "urn:example:staff-role"
OPIOID = {"system": "http://snomed.info/sct", "code": "75544000"}  # a code that has a rule


@dataclass
class Case:
    """Someone with a score at the trust, and the services that would like to see it."""

    house: House
    me: Caller
    theirs: str
    score: str

    def team(self, *members: str, by: str = "RX1", **more: Any) -> Json:
        """A CareTeam that the trust writes of its patient."""
        named = [{"member": {"reference": each}} for each in members]
        resource: Json = {"resourceType": "CareTeam", "subject": {"reference": self.theirs}}
        resource |= {"participant": named} if named else {}
        return self.house.caller(by).created(resource | {"status": "active"} | more)

    def says(self, kind: str, party: str, **criteria: Any) -> str:
        return self.me.writes(consent(self.me.me, kind, party, **criteria))

    def sees(self, ods: str, **who: Any) -> bool:
        caller = self.house.caller(ods)
        return Caller(self.house, replace(caller.who, **who)).get(self.score).status == 200

    def organization(self, ods: str) -> str:
        return self.house.organizations[ods]


def reference(resource: Json) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


@pytest.fixture
def case(house: House) -> Case:
    me = house.person()
    theirs = house.trust.writes(patient())
    house.drugs.writes(patient())
    house.housing.writes(patient())
    return Case(house, me, theirs, house.trust.writes(score(theirs)))


def test_a_permit_to_a_care_team_reaches_its_members(case: Case) -> None:
    team = case.team(case.organization("DA1"))
    assert not case.sees("DA1")
    case.says("permit", reference(team))
    assert case.sees("DA1")
    assert not case.sees("HO1")


def test_a_denial_to_a_care_team_keeps_its_members_out(case: Case) -> None:
    case.says("permit", case.organization("DA1"))
    case.says("permit", case.organization("HO1"))
    case.says("deny", reference(case.team(case.organization("DA1"))))
    assert not case.sees("DA1")
    assert case.sees("HO1")


def test_who_joins_a_team_after_the_person_spoke_is_not_permitted(case: Case) -> None:
    team = case.team(case.organization("DA1"))
    said = case.says("permit", reference(team))
    team["participant"].append({"member": {"reference": case.organization("HO1")}})
    assert case.house.trust.put(team).status == 200
    assert case.sees("DA1")
    assert not case.sees("HO1")
    words = case.me.read(said) | {"dateTime": "2026-05-03"}  # said again, of the team as it is
    assert case.me.put(words).status == 200
    assert case.sees("HO1")


def test_who_leaves_a_team_is_permitted_no_longer_and_denied_still(case: Case) -> None:
    team = case.team(case.organization("DA1"), case.organization("HO1"))
    case.says("permit", reference(team))
    assert case.sees("DA1")
    team["participant"] = team["participant"][1:]
    assert case.house.trust.put(team).status == 200
    assert not case.sees("DA1")
    assert case.sees("HO1")
    other = case.team(case.organization("HO1"))
    case.says("deny", reference(other))
    other["participant"] = [{"member": {"reference": case.organization("DA1")}}]
    assert case.house.trust.put(other).status == 200
    assert not case.sees("HO1")


@pytest.mark.parametrize(
    "more",
    [
        {"status": "inactive"},
        {"period": {"end": "2026-01-01"}},
        {"participant": [{"role": [{"text": "nobody in particular"}]}]},
    ],
    ids=["inactive", "over", "empty"],
)
def test_a_team_that_does_not_stand_permits_nobody(case: Case, more: Json) -> None:
    case.says("permit", reference(case.team(case.organization("DA1"), **more)))
    assert not case.sees("DA1")


def test_a_denial_to_a_team_without_content_keeps_everyone_out(case: Case) -> None:
    case.says("permit", case.organization("DA1"))
    assert case.sees("DA1")
    case.says("deny", reference(case.team()))
    assert not case.sees("DA1")
    assert case.house.trust.get(case.score).status == 200


def test_a_member_who_acts_for_a_service_is_permitted_only_there(case: Case) -> None:
    nurse = {
        "member": {"type": "Practitioner", "identifier": NURSE},
        "onBehalfOf": {"reference": case.organization("DA1")},
    }
    case.says("permit", reference(case.team(participant=[nurse])))
    who = f"{SDS}|{NURSE['value']}"
    assert case.sees("DA1", practitioner=who)
    assert not case.sees("HO1", practitioner=who)
    assert not case.sees("DA1")


def test_a_group_of_staff_permits_the_role_that_is_stated(case: Case) -> None:
    nurses = case.house.trust.created(
        {
            "resourceType": "Group",
            "type": "practitioner",
            "actual": False,
            "characteristic": [
                {
                    "code": {"text": "role"},
                    "valueCodeableConcept": {"coding": [{"system": ROLES, "code": "nurse"}]},
                    "exclude": False,
                }
            ],
        }
    )
    case.says("permit", reference(nurses))
    assert case.sees("DA1", practitioner_role="nurse")
    assert not case.sees("DA1", practitioner_role="clerk")
    assert not case.sees("DA1")


def test_a_denial_to_a_group_of_staff_reaches_an_unstated_role(case: Case) -> None:
    value = {"coding": [{"system": ROLES, "code": "nurse"}]}
    role = {"code": {"text": "role"}, "valueCodeableConcept": value, "exclude": False}
    nurses = case.house.trust.created(
        {
            "resourceType": "Group",
            "type": "practitioner",
            "actual": False,
            "characteristic": [role],
        }
    )
    case.says("permit", case.organization("DA1"))
    case.says("deny", reference(nurses))
    assert case.sees("DA1", practitioner_role="clerk")
    assert not case.sees("DA1", practitioner_role="nurse")
    assert not case.sees("DA1")


def test_a_team_that_the_writer_cannot_see_is_not_in_the_directory(case: Case) -> None:
    someone = case.house.trust.writes(patient(1))
    elsewhere = case.team(case.organization("DA1"), subject={"reference": someone})
    for party in (reference(elsewhere), "CareTeam/nowhere", "Group/nowhere"):
        answer = case.me.post(consent(case.me.me, "permit", party))
        assert answer.status == 422
        assert places(answer) == ["Consent.provision.actor"]


def below(case: Case, child: str, above: str) -> bool:
    ids = [case.organization(ods).removeprefix("Organization/") for ods in (child, above)]
    resources = case.house.gateway.installation.resources
    with closing(connect(case.house.url)) as connection, transaction(connection):
        return place_below(connection, resources, *ids, case.house.clock())


def test_a_denial_reaches_what_is_below_and_a_permit_does_not(case: Case) -> None:
    case.says("permit", case.organization("RX1"))
    case.says("permit", case.organization("DA1"))
    assert case.sees("DA1")
    assert below(case, "HO1", "PO1")
    assert below(case, "DA1", "HO1")
    case.says("permit", case.organization("PO1"))
    assert not case.sees("HO1")
    case.says("deny", case.organization("PO1"))
    assert not case.sees("DA1")


def test_nobody_is_below_themselves(case: Case) -> None:
    assert below(case, "DA1", "HO1")
    assert not below(case, "HO1", "DA1")
    assert not below(case, "HO1", "HO1")
    assert case.house.drugs.read(case.organization("DA1"))["partOf"] == {
        "reference": case.organization("HO1")
    }


def test_a_denial_of_what_was_written_reaches_what_those_below_wrote(case: Case) -> None:
    role = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"}]}
    role["coding"][0]["code"] = "AUT"
    case.says("permit", case.organization("DA1"))
    denial = {"role": role, "reference": {"reference": case.organization("HO1")}}
    case.me.writes(consent(case.me.me, "deny", actor=[denial]))
    assert case.sees("DA1")
    assert below(case, "RX1", "HO1")
    assert not case.sees("DA1")


def test_a_linked_patient_brings_denials_and_no_permit(case: Case) -> None:
    other = case.house.person(1)
    theirs = case.house.trust.created(patient(1))
    other.writes(consent(other.me, "permit", case.organization("HO1")))
    case.says("permit", case.organization("DA1"))
    assert case.sees("DA1")
    link = {"other": {"reference": case.theirs}, "type": "seealso"}
    assert case.house.trust.put(theirs | {"link": [link]}).status == 200
    assert case.sees("DA1")
    assert not case.sees("HO1")  # a link carries no permit
    denial = other.created(consent(other.me, "deny", case.organization("DA1")))
    assert not case.sees("DA1")
    assert other.put(denial | {"status": "inactive"}).status == 200
    assert case.sees("DA1")


def test_a_link_counts_from_the_moment_it_is_written_and_until_it_is_gone(case: Case) -> None:
    other = case.house.person(1)
    theirs = case.house.trust.created(patient(1))
    other.writes(consent(other.me, "deny", case.organization("DA1")))
    case.says("permit", case.organization("DA1"))
    assert case.sees("DA1")
    link = {"other": {"reference": reference(theirs)}, "type": "seealso"}
    mine = case.house.trust.read(case.theirs)
    linked = body_of(case.house.trust.put(mine | {"link": [link]}))
    assert not case.sees("DA1")
    del linked["link"]
    assert case.house.trust.put(linked).status == 200
    assert case.sees("DA1")


def test_a_practitioner_entry_that_names_another_widens_nothing(case: Case) -> None:
    entry = case.house.housing.created({"resourceType": "Practitioner", "identifier": [NURSE]})
    case.says("permit", reference(entry))
    other = {"system": SDS, "value": "555000999888"}
    nurse, someone = f"{SDS}|{NURSE['value']}", f"{SDS}|{other['value']}"
    assert case.sees("DA1", practitioner=nurse)
    assert case.house.housing.put(entry | {"identifier": [NURSE, other]}).status == 200
    assert case.sees("DA1", practitioner=nurse)
    assert not case.sees("DA1", practitioner=someone)


def test_a_practitioner_entry_that_loses_its_name_escapes_no_denial(case: Case) -> None:
    entry = case.house.drugs.created({"resourceType": "Practitioner", "identifier": [NURSE]})
    case.says("permit", case.organization("DA1"))
    case.says("deny", reference(entry))
    who = f"{SDS}|{NURSE['value']}"
    assert not case.sees("DA1", practitioner=who)
    other = {"system": SDS, "value": "555000999888"}
    assert case.house.drugs.put(entry | {"identifier": [other]}).status == 200
    assert not case.sees("DA1", practitioner=who)
    assert not case.sees("DA1", practitioner=f"{SDS}|{other['value']}")
    assert case.sees("DA1", practitioner=f"{SDS}|555000777666")


def test_a_role_that_is_rewritten_widens_nothing_and_escapes_nothing(case: Case) -> None:
    role = {
        "resourceType": "PractitionerRole",
        "organization": {"reference": case.organization("DA1")},
        "code": [{"coding": [{"system": ROLES, "code": "nurse"}]}],
    }
    permitted, denied = case.house.drugs.created(role), case.house.drugs.created(role)
    said = case.me.created(consent(case.me.me, "permit", reference(permitted)))
    assert case.sees("DA1", practitioner_role="nurse")
    clerks = [{"coding": [{"system": ROLES, "code": code} for code in ("nurse", "clerk")]}]
    assert case.house.drugs.put(permitted | {"code": clerks}).status == 200
    assert case.sees("DA1", practitioner_role="nurse")
    assert not case.sees("DA1", practitioner_role="clerk")
    assert case.me.put(said | {"status": "inactive"}).status == 200
    case.says("permit", case.organization("DA1"))
    case.says("deny", reference(denied))
    clerk = [{"coding": [{"system": ROLES, "code": "clerk"}]}]
    assert case.house.drugs.put(denied | {"code": clerk}).status == 200
    assert not case.sees("DA1", practitioner_role="nurse")
    assert not case.sees("DA1", practitioner_role="clerk")
    assert case.sees("DA1", practitioner_role="doctor")


def test_what_a_named_record_refers_to_afterwards_is_not_permitted(case: Case) -> None:
    later = case.house.trust.writes(score(case.theirs))
    named = case.house.trust.created(
        score(case.theirs, MOOD, derivedFrom=[{"reference": case.score}])
    )
    data = [{"meaning": "related", "reference": {"reference": reference(named)}}]
    case.says("permit", case.organization("DA1"), data=data)
    drugs = case.house.drugs
    assert [drugs.get(each).status for each in (case.score, later)] == [200, 404]
    more = [{"reference": case.score}, {"reference": later}]
    assert case.house.trust.put(named | {"derivedFrom": more}).status == 200
    assert [drugs.get(each).status for each in (case.score, later)] == [200, 404]


def test_a_denial_of_what_is_related_reaches_medicines_too(case: Case) -> None:
    """R4 gives MedicationStatement no search parameter for what it was derived from."""
    medicine: Json = {
        "resourceType": "MedicationStatement",
        "status": "active",
        "subject": {"reference": case.theirs},
        "medicationCodeableConcept": {"coding": [OPIOID]},
    }
    taken = case.house.trust.writes(medicine | {"derivedFrom": [{"reference": case.score}]})
    other = case.house.trust.writes(medicine)
    case.says("permit", case.organization("DA1"))
    drugs = case.house.drugs
    data = [{"meaning": "related", "reference": {"reference": case.score}}]
    every = (case.score, taken, other)
    assert [drugs.get(each).status for each in every] == [200, 200, 200]
    case.says("deny", case.organization("DA1"), data=data)
    assert [drugs.get(each).status for each in every] == [404, 404, 200]
