"""Whose look it is: which Patient a portal serves, whom an emergency serves, who a denial means."""

from __future__ import annotations

from dataclasses import replace

import pytest
from callers import Caller, House, concept, consent, patient, places, referral, score
from confirmed import Street, nameless
from glass import breaks

from gateway.auth.requester import Role

NURSE = "http://snomed.info/sct|224535009"


def test_a_portal_serves_the_patients_that_it_registered_alone(house: House) -> None:
    me, theirs = house.person(), house.trust.writes(patient())
    stored = house.trust.writes(score(theirs))
    assert me.finds("Observation", patient=me.me) == [stored]
    other = house.caller("PO1", Role.PORTAL, theirs)
    assert other.get(stored).status == 404
    assert other.get(theirs).status == 404
    assert other.finds("Observation", patient=theirs) == []


def test_a_service_that_has_no_patient_of_theirs_reads_nothing_of_a_person(house: House) -> None:
    """Whatever that person says."""
    me, stored = house.person(), house.trust.writes(score(house.trust.writes(patient())))
    me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    assert house.drugs.get(stored).status == 404
    assert house.drugs.finds("Observation", _id=stored.partition("/")[2]) == []
    house.drugs.writes(patient())
    assert house.drugs.get(stored).status == 200


def test_an_emergency_reads_every_version_about_the_one_whom_it_serves(house: House) -> None:
    """Whom nobody else knows."""
    theirs = house.drugs.writes(patient())
    stored = house.drugs.created(score(theirs))
    assert house.drugs.put(stored | {"status": "amended"}).status == 200
    doctor = breaks(house, "DA1", theirs)
    told = doctor.history(f"Observation/{stored['id']}/_history")
    assert [each["resource"]["status"] for each in told] == ["amended", "final"]


@pytest.mark.parametrize("held", [True, False])
def test_a_search_in_an_emergency_is_logged_with_whom_it_serves(house: House, held: bool) -> None:
    house.trust.writes(patient())
    theirs = house.drugs.writes(patient())
    if held:
        house.drugs.writes(score(theirs))
    doctor = breaks(house, "DA1", theirs)
    before = house.rows("audit_person")
    assert len(doctor.finds("Observation", patient=theirs)) == int(held)
    assert house.rows("audit_person") == before + 1


def test_a_search_in_an_emergency_finds_what_ones_own_service_wrote_of_them_alone(
    house: House,
) -> None:
    trust, drugs = house.organizations["RX1"], house.organizations["DA1"]
    first, other = (house.drugs.writes(patient(number)) for number in range(2))
    sent = [house.drugs.sent(*referral(each, drugs, trust))[1] for each in (first, other)]
    assert breaks(house, "DA1", first).finds("Task", owner=trust) == sent[:1]


def test_a_denial_for_a_staff_role_means_whoever_states_none(house: House) -> None:
    me, theirs = house.person(), house.trust.writes(patient())
    house.drugs.writes(patient())
    drugs = house.organizations["DA1"]
    stored = house.trust.writes(score(theirs))
    me.writes(consent(me.me, "permit", drugs))
    system, _, code = NURSE.partition("|")
    role = house.drugs.writes(
        {
            "resourceType": "PractitionerRole",
            "organization": {"reference": drugs},
            "code": [{"coding": [{"system": system, "code": code}]}],
        }
    )
    actor = {"role": concept("v3-ParticipationType", "IRCP"), "reference": {"reference": role}}
    me.writes(consent(me.me, "deny", actor=[actor]))
    stating = {
        stated: Caller(house, replace(house.drugs.who, practitioner_role=stated))
        for stated in (None, NURSE, "http://snomed.info/sct|106289002")
    }
    assert [each.get(stored).status for each in stating.values()] == [404, 404, 200]


def test_only_a_patient_that_is_not_ones_own_is_named_as_a_problem(house: House) -> None:
    mine, foreign = house.trust.writes(patient()), house.drugs.writes(patient())
    sent = score(
        mine,
        performer=[{"reference": house.organizations["RX1"]}, {"reference": foreign}],
        encounter={"identifier": {"value": "7"}},
    )
    answer = house.trust.post(sent)
    assert answer.status == 422
    assert places(answer) == ["Observation.performer[1].reference"]


def test_a_record_may_come_to_be_named_where_it_lends_its_labels(house: House) -> None:
    """What was named before and is not held is no more known for being named once more."""
    mine, organization = house.drugs.writes(patient()), house.organizations["DA1"]
    never = {"reference": "Encounter/00000000-0000-4000-8000-000000000001"}
    asked = referral(mine, organization, organization, house.drugs.writes(score(mine)))
    stored = house.drugs.created(asked[0]["resource"] | {"encounter": never})
    before = stored["meta"]
    stored["supportingInfo"] = [*stored["supportingInfo"], never]
    assert house.drugs.put(stored).status == 200
    after = house.drugs.read(f"ServiceRequest/{stored['id']}")["meta"]
    assert after["security"] == before["security"]


def test_a_provenance_of_what_concerns_nobody_is_refused(house: House) -> None:
    theirs = house.trust.writes(patient())
    group = house.trust.writes({"resourceType": "Group", "type": "person", "actual": False})
    sender = house.organizations["RX1"]
    about = {
        "resourceType": "Provenance",
        "target": [{"reference": group}],
        "recorded": "2026-05-03T10:00:00Z",
        "agent": [{"who": {"reference": sender}}],
        "entity": [{"role": "source", "what": {"reference": theirs}}],
    }
    answer = house.trust.post(about)
    assert (answer.status, places(answer)) == (422, ["Provenance.target"])
    target = [{"reference": group}, {"reference": house.trust.writes(score(theirs))}]
    assert house.trust.post(about | {"target": target}).status == 201


def test_an_update_that_comes_to_name_what_is_hidden_says_no_more_than_of_what_never_was(
    house: House,
) -> None:
    """Though the author's other records name it, and it is named by others too."""
    me, theirs = house.person(), house.trust.writes(patient())
    mine = house.drugs.writes(patient())
    hidden = house.trust.writes(score(theirs))
    trust, drugs = house.organizations["RX1"], house.organizations["DA1"]
    house.trust.writes(referral(theirs, trust, trust, hidden)[0]["resource"])
    asked = referral(mine, drugs, drugs, house.drugs.writes(score(mine)))[0]["resource"]
    told = []
    for named in (hidden, "Observation/00000000-0000-4000-8000-000000000001"):
        stored = house.drugs.created(asked)
        stored["supportingInfo"] = [*stored["supportingInfo"], {"reference": named}]
        assert house.drugs.put(stored).status == 200
        told.append(house.drugs.read(f"ServiceRequest/{stored['id']}")["meta"])
    one, other = ({name: each[name] for name in ("security", "tag", "extension")} for each in told)
    assert one == other
    assert me.get(hidden).status == 200


def test_a_service_with_two_patients_of_one_person_reads_each_as_it_wrote_it(house: House) -> None:
    street = Street(house)
    also = house.trust.writes(nameless(gender="other"))
    theirs = house.trust.writes(score(also))
    street.officer.confirms(street.at_trust, also)
    for stored, subject in ((street.alcohol, street.at_trust), (theirs, also)):
        assert house.trust.read(stored)["subject"] == {"reference": subject}
    assert set(house.trust.finds("Observation", patient=also)) == {
        street.alcohol,
        street.mood,
        theirs,
    }
