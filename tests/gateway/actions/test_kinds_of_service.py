"""What a contact says by whom it is with: labelled by the kind of the service."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest
from callers import House, consent, patient, referral, score

from consent import topics
from gateway.storage.connection import transaction
from gateway.storage.database import connect
from gateway.storage.service_kinds import give_kind

Json = dict[str, Any]
CARE_TEAM = "https://onestory.example/fhir/CodeSystem/care-team"
AMBULATORY = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}


def kind_of(house: House, ods: str, kind: str) -> int:
    """Record the kind of an organisation's service; how many resources wait for the labeller."""
    resources = house.gateway.installation.resources
    id_ = house.organizations[ods].removeprefix("Organization/")
    with closing(connect(house.url)) as connection, transaction(connection):
        return give_kind(connection, resources, id_, kind, house.clock())


def encounter(subject: str) -> Json:
    return {
        "resourceType": "Encounter",
        "status": "finished",
        "class": AMBULATORY,
        "subject": {"reference": subject},
    }


def appointment(subject: str, *actors: str) -> Json:
    taking_part = [subject, *actors]
    return {
        "resourceType": "Appointment",
        "status": "booked",
        "start": "2026-06-01T10:00:00Z",
        "end": "2026-06-01T11:00:00Z",
        "participant": [
            {"actor": {"reference": each}, "status": "accepted"} for each in taking_part
        ],
    }


def team(subject: str) -> Json:
    return {"resourceType": "CareTeam", "subject": {"reference": subject}}


def labels(resource: Json) -> set[str]:
    return {each["code"] for each in resource["meta"]["security"]}


def is_pending(resource: Json) -> bool:
    return any(each["code"] in ("pending", "unjudged") for each in resource["meta"].get("tag", []))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("drug-alcohol", {"SUD", "R"}),
        ("community-mental-health", {"MH", "R"}),
        ("housing", {"social", "N"}),
        ("primary-care", {"N"}),
        ("criminal-justice", {"R"}),
    ],
)
def test_a_contact_is_labelled_by_the_service_that_recorded_it(
    house: House, kind: str, expected: set[str]
) -> None:
    mine = house.trust.writes(patient())
    assert is_pending(house.trust.created(encounter(mine)))
    assert kind_of(house, "RX1", kind) == 1, "what was recorded before waits"
    for contact in (encounter(mine), appointment(mine), team(mine)):
        stored = house.trust.created(contact)
        assert labels(stored) == expected
        assert not is_pending(stored)


def test_what_is_measured_in_a_service_is_labelled_by_what_was_asked(house: House) -> None:
    mine = house.trust.writes(patient())
    kind_of(house, "RX1", "drug-alcohol")
    assert labels(house.trust.created(score(mine, "8480-6"))) == {"physical", "N"}
    assert labels(house.trust.created(score(mine, "72166-2"))) == {"smoking", "N"}


def test_a_referral_is_labelled_by_the_service_that_it_is_for(house: House) -> None:
    mine = house.trust.writes(patient())
    kind_of(house, "DA1", "drug-alcohol")
    trust, drugs = house.organizations["RX1"], house.organizations["DA1"]
    to_them = referral(mine, trust, drugs)
    to_them[0]["resource"]["code"] = {"coding": [{"system": CARE_TEAM, "code": "other"}]}
    request, task, _ = house.trust.sent(*to_them)
    assert labels(house.trust.read(request)) == {"SUD", "R"}
    assert labels(house.trust.read(task)) == {"SUD", "R"}
    to_others = referral(mine, trust, house.organizations["HO1"])
    to_others[0]["resource"]["code"] = {"coding": [{"system": CARE_TEAM, "code": "other"}]}
    request, task, _ = house.trust.sent(*to_others)
    assert labels(house.trust.read(request)) == {"N"}


def test_the_kind_gives_way_to_what_is_known_more_specifically(house: House) -> None:
    mine = house.trust.writes(patient())
    kind_of(house, "DA1", "drug-alcohol")
    trust, drugs = house.organizations["RX1"], house.organizations["DA1"]
    request, _, _ = house.trust.sent(*referral(mine, trust, drugs))
    assert labels(house.trust.read(request)) == {"ETHUD", "drugs", "R"}


@pytest.mark.parametrize("by", ["HealthcareService", "PractitionerRole", "ods"])
def test_a_service_is_known_by_its_own_entry_and_by_whose_it_is(house: House, by: str) -> None:
    mine = house.trust.writes(patient())
    kind_of(house, "DA1", "drug-alcohol")
    drugs = house.organizations["DA1"]
    if by == "ods":
        ods = {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "DA1"}
        with_them = encounter(mine) | {"serviceProvider": {"identifier": ods}}
    elif by == "PractitionerRole":
        role = house.drugs.writes({"resourceType": by, "organization": {"reference": drugs}})
        with_them = encounter(mine) | {"participant": [{"individual": {"reference": role}}]}
    else:
        with_them = appointment(mine, house.drugs.writes({"resourceType": by}))
    stored = house.trust.created(with_them)
    assert labels(stored) == {"SUD", "R"}
    assert not is_pending(stored)
    other = house.housing.writes({"resourceType": "HealthcareService"})
    assert is_pending(house.trust.created(appointment(mine, other)))


def test_a_service_whose_own_entry_says_its_kind_needs_no_other(house: House) -> None:
    mine = house.trust.writes(patient())
    coded = {"coding": [{"system": CARE_TEAM, "code": "drug-alcohol"}]}
    service = house.drugs.writes({"resourceType": "HealthcareService", "type": [coded]})
    assert labels(house.trust.created(appointment(mine, service))) == {"SUD", "R"}


def test_a_contact_with_a_service_is_seen_as_its_kind_is_permitted(house: House) -> None:
    me = house.person()
    about = {"system": topics.ACT_CODE, "code": "SUD"}
    me.writes(consent(me.me, "permit", house.organizations["HO1"], securityLabel=[about]))
    about_feelings = {"system": topics.ACT_CODE, "code": "MH"}
    drugs = house.organizations["DA1"]
    me.writes(consent(me.me, "permit", drugs, securityLabel=[about_feelings]))
    house.housing.writes(patient())
    house.drugs.writes(patient())
    mine = house.trust.writes(patient())
    kind_of(house, "RX1", "drug-alcohol")
    met = house.trust.writes(encounter(mine))
    assert house.housing.get(met).status == 200
    assert house.drugs.get(met).status == 404
