"""Who may write which type: operators, officers, services and people, each for themselves."""

from __future__ import annotations

from typing import Any

import pytest
from callers import Caller, House, body_of, consent, patient, places, score

from gateway.auth.requester import Role

ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
Json = dict[str, Any]

ENDPOINT = {
    "resourceType": "Endpoint",
    "status": "active",
    "connectionType": {
        "system": "http://terminology.hl7.org/CodeSystem/endpoint-connection-type",
        "code": "hl7-fhir-rest",
    },
    "payloadType": [{"text": "any"}],
    "address": "https://endpoint.example",
}
BELONGING: dict[str, tuple[str, Json]] = {
    "Endpoint": ("managingOrganization", ENDPOINT),
    "HealthcareService": ("providedBy", {"resourceType": "HealthcareService"}),
    "Location": ("managingOrganization", {"resourceType": "Location"}),
    "PractitionerRole": ("organization", {"resourceType": "PractitionerRole"}),
}


def made(house: House, type_: str, ods: str) -> Json:
    element, rest = BELONGING[type_]
    return rest | {element: {"reference": house.organizations[ods]}}


@pytest.mark.parametrize("type_", BELONGING)
def test_a_service_writes_directory_entries_of_its_own(house: House, type_: str) -> None:
    stored = house.trust.writes(made(house, type_, "RX1"))
    assert house.housing.read(stored)["resourceType"] == type_
    element, rest = BELONGING[type_]
    by_code: Json = {element: {"identifier": {"system": ODS, "value": "RX1"}}}
    assert house.trust.post(rest | by_code).status == 201


@pytest.mark.parametrize("type_", BELONGING)
def test_no_service_writes_directory_entries_of_another(house: House, type_: str) -> None:
    answer = house.trust.post(made(house, type_, "DA1"))
    assert answer.status == 403
    element, rest = BELONGING[type_]
    assert places(answer) == [f"{type_}.{element}"]
    by_code: Json = {element: {"identifier": {"system": ODS, "value": "DA1"}}}
    assert house.trust.post(rest | by_code).status == 403
    by_words: Json = {element: {"display": "Trust"}}
    assert house.trust.post(rest | by_words).status == 403


def test_a_role_is_a_role_somewhere(house: House) -> None:
    assert house.trust.post({"resourceType": "PractitionerRole"}).status == 422
    assert house.trust.post({"resourceType": "Location"}).status == 201


@pytest.mark.parametrize("type_", [*BELONGING, "Practitioner"])
def test_a_directory_entry_names_nobody(house: House, type_: str) -> None:
    me = house.trust.writes(patient())
    entry = made(house, type_, "RX1") if type_ in BELONGING else {"resourceType": type_}
    named = {"extension": [{"url": "https://x.example", "valueReference": {"reference": me}}]}
    answer = house.trust.post(entry | named)
    assert answer.status == 422
    assert house.trust.post(entry).status == 201


def held_inside(type_: str) -> Json:
    inside: Json = {"resourceType": type_, "id": "p"}
    return inside | ({"code": {"text": "x"}, "status": "final"} if type_ == "Observation" else {})


@pytest.mark.parametrize("type_", ["Patient", "Observation"])
def test_a_directory_entry_holds_nothing_about_anybody(house: House, type_: str) -> None:
    link = {"extension": [{"url": "https://x.example", "valueReference": {"reference": "#p"}}]}
    entry = {"resourceType": "Practitioner", "contained": [held_inside(type_)]} | link
    answer = house.trust.post(entry)
    assert answer.status == 422
    assert places(answer) == ["Practitioner.contained[0]"]
    inside = {"resourceType": "Organization", "id": "p", "name": "x"}
    assert house.trust.post(entry | {"contained": [inside]}).status == 201


def test_an_organization_is_the_operators(house: House) -> None:
    assert house.trust.post({"resourceType": "Organization", "name": "x"}).status == 403
    assert house.officer.post({"resourceType": "Organization", "name": "x"}).status == 403


def test_definitions_are_the_officers(house: House) -> None:
    asked = {"resourceType": "Questionnaire", "status": "active"}
    assert house.trust.post(asked).status == 403
    stored = house.officer.writes(asked)
    assert house.housing.get(stored).status == 200
    assert house.officer.post({"resourceType": "Practitioner"}).status == 403


def test_a_person_writes_consents_and_nothing_else(house: House) -> None:
    me = house.person()
    assert me.post(consent(me.me, "deny", house.organizations["DA1"])).status == 201
    for resource in (
        score(me.me),
        {"resourceType": "List", "status": "current", "mode": "working"},
        {"resourceType": "Practitioner"},
        patient(1),
    ):
        assert me.post(resource).status == 403


def test_nobody_but_a_newcomer_creates_their_own_patient(house: House) -> None:
    newcomer = house.caller("PO1", Role.PORTAL)
    answer = newcomer.post(consent("Patient/x", "deny", house.organizations["DA1"]))
    assert answer.status == 403
    assert newcomer.post(patient(2)).status == 201


GROUP = {"resourceType": "Group", "type": "practitioner", "actual": True}
LIST = {"resourceType": "List", "status": "current", "mode": "working", "title": "Ours"}
BUNDLE = {"resourceType": "Bundle", "type": "collection"}
MESSAGE = {
    "resourceType": "MessageHeader",
    "eventUri": "https://x.example/event",
    "source": {"endpoint": "https://x.example"},
}


@pytest.mark.parametrize(
    "resource", [GROUP, LIST, BUNDLE, MESSAGE], ids=lambda r: r["resourceType"]
)
def test_what_concerns_nobody_is_its_authors_alone(house: House, resource: Json) -> None:
    stored = house.trust.writes(resource)
    type_ = resource["resourceType"]
    assert house.trust.get(stored).status == 200
    id_ = stored.partition("/")[2]
    for other in (house.drugs, house.person(), house.officer):
        assert other.get(stored).status == 404
        assert _id_found(other, type_, id_) == []
    assert _id_found(house.trust, type_, id_) == [stored]


def _id_found(caller: Caller, type_: str, id_: str) -> list[str]:
    answer = caller.ask(type_, _id=id_)
    assert answer.status == 200, answer.body
    return [
        each["resource"]["id"] and f"{type_}/{id_}" for each in body_of(answer).get("entry", [])
    ]


def test_what_concerns_nobody_stays_the_authors_beside_what_concerns_someone(house: House) -> None:
    """One query over both kinds: whoever sees the one does not see the other."""
    me = house.person()
    theirs = house.trust.writes(patient())
    house.drugs.writes(patient())
    me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    about = house.trust.writes(LIST | {"subject": {"reference": theirs}})
    about_nobody = house.trust.writes(LIST)
    ids = ",".join(each.partition("/")[2] for each in (about, about_nobody))
    assert about_nobody not in house.drugs.finds("List", _id=ids)
    assert set(house.trust.finds("List", _id=ids)) == {about, about_nobody}


def test_what_concerns_nobody_is_not_kept_in_the_open(house: House) -> None:
    house.trust.writes(LIST | {"title": "quince-marker"})
    [(sealed,)] = house.held("SELECT sealed FROM content ORDER BY rid DESC LIMIT 1")
    assert b"quince" not in bytes(sealed)


def test_a_patient_within_a_document_is_not_even_the_persons(house: House) -> None:
    """Whose Patient it is cannot be told, and other organisations' Patients are never released."""
    me = house.person()
    theirs = house.trust.writes(patient())
    held = {"resource": {"resourceType": "Patient", "id": theirs.partition("/")[2]}}
    list_ = LIST | {"subject": {"reference": theirs}}
    without = house.trust.writes(BUNDLE | {"entry": [{"resource": list_}]})
    with_patient = house.trust.writes(BUNDLE | {"entry": [{"resource": list_}, held]})
    assert me.get(without).status == 200
    assert theirs.encode() not in me.get(without).body
    assert [each["resource"]["resourceType"] for each in me.read(with_patient)["entry"]] == ["List"]
    assert theirs.encode() not in me.get(with_patient).body
    assert house.trust.get(with_patient).status == 200


def test_whom_the_entries_of_a_bundle_name_must_be_known(house: House) -> None:
    foreign = house.drugs.writes(patient())
    inner = {"resource": LIST | {"subject": {"reference": foreign}}}
    answer = house.trust.post(BUNDLE | {"entry": [inner]})
    assert answer.status == 422
    assert places(answer) == ["Bundle.entry[0].resource.subject.reference"]


def test_a_provenance_is_about_everyone_whom_it_names(house: House) -> None:
    one, two = house.trust.writes(patient()), house.trust.writes(patient(1))
    me = house.person()
    target = house.trust.writes(score(one))
    about = {
        "resourceType": "Provenance",
        "target": [{"reference": target}],
        "recorded": "2026-05-03T10:00:00Z",
        "agent": [{"who": {"reference": house.organizations["RX1"]}}],
    }
    alone = house.trust.writes(about)
    both = house.trust.writes(about | {"entity": [{"role": "source", "what": {"reference": two}}]})
    assert me.get(alone).status == 200
    assert me.get(both).status == 404
