"""Ways to learn, from an answer, what one may not see: each is closed."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from callers import (
    MOOD,
    NHS,
    NUMBERS,
    Caller,
    House,
    attestation,
    body_of,
    concept,
    consent,
    entry,
    patient,
    places,
    referral,
    score,
)

from gateway.auth.requester import Role


def actor(named: dict[str, Any]) -> dict[str, Any]:
    return {"role": concept("v3-ParticipationType", "IRCP"), "reference": named}


# --- whether anyone knows a person ----------------------------------------------------------


@pytest.mark.parametrize("stated", [{"type": "Patient"}, {"type": "RelatedPerson"}, {}])
def test_a_consent_that_names_a_person_by_number_says_nothing_of_who_knows_them(
    house: House, stated: dict[str, str]
) -> None:
    house.trust.writes(patient(1))
    mine = house.drugs.writes(patient())
    answers = []
    for number in (NUMBERS[1], NUMBERS[2]):
        named = stated | {"identifier": {"system": NHS, "value": number}}
        answer = house.drugs.post(consent(mine, "deny", actor=[actor(named)]))
        answers.append((answer.status, answer.body if answer.status == 422 else b""))
    assert answers[0] == answers[1]


def test_a_patient_linked_to_anothers_is_refused_like_one_linked_to_nobodys(house: House) -> None:
    theirs = house.trust.writes(patient())
    never = "Patient/00000000-0000-4000-8000-000000000001"
    answers = [
        house.drugs.post(patient(1, link=[{"other": {"reference": to}, "type": "seealso"}]))
        for to in (theirs, never)
    ]
    assert [answer.status for answer in answers] == [422, 422]
    assert answers[0].body == answers[1].body
    assert places(answers[0]) == ["Patient.link[0].other.reference"]


def test_a_patient_linked_to_ones_own_is_stored(house: House) -> None:
    mine = house.drugs.writes(patient())
    linked = patient(1, link=[{"other": {"reference": mine}, "type": "seealso"}])
    assert house.drugs.post(linked).status == 201


def test_a_provenance_that_names_anothers_patient_is_refused(house: House) -> None:
    theirs = house.trust.writes(patient())
    mine = house.drugs.writes(score(house.drugs.writes(patient())))
    assert house.drugs.post(attestation(theirs, mine)).status == 422
    assert house.drugs.post(attestation(house.organizations["DA1"], mine)).status == 201


def test_what_every_client_reads_names_no_patient(house: House) -> None:
    mine = house.drugs.writes(patient())
    extension = {"url": "http://example.org/of", "valueReference": {"reference": mine}}
    practitioner = {"resourceType": "Practitioner", "name": [{"family": "Lamb"}]}
    assert house.drugs.post(practitioner | {"extension": [extension]}).status == 422
    assert house.drugs.post(practitioner).status == 201


# --- one person's portal token --------------------------------------------------------------


def test_a_conditional_create_through_a_portal_finds_nothing_of_others(house: House) -> None:
    me, other = house.person(), house.person(1)
    other.writes(consent(other.me, "deny", house.organizations["DA1"]))
    answer = me.post(consent(me.me, "deny", house.organizations["DA1"]), "status=active")
    assert answer.status == 201
    again = me.post(consent(me.me, "deny", house.organizations["DA1"]), "status=active")
    assert again.status == 200
    assert body_of(again)["id"] == body_of(answer)["id"]


def test_a_portal_token_of_one_person_registers_nobody_else(house: House) -> None:
    me = house.person()
    house.person(1)
    number = f"identifier={NHS}|{NUMBERS[1]}"
    known, unknown = patient(1), patient(2)
    for condition in (number, None):
        answers = [me.post(asked, condition) for asked in (known, unknown)]
        assert [answer.status for answer in answers] == [403, 403]
        assert answers[0].body == answers[1].body


def test_a_portal_finds_who_registered_before(house: House) -> None:
    me = house.person(1)
    answer = house.caller("PO1", Role.PORTAL).post(
        patient(1), f"identifier={NHS}|{NUMBERS[1]}&birthdate=1987-04-12"
    )
    assert answer.status == 200
    assert f"Patient/{body_of(answer)['id']}" == me.me


def test_a_conditional_create_finds_nothing_that_one_may_not_create(house: House) -> None:
    house.trust.writes(patient())
    officer = house.caller("RX1", Role.OFFICER)
    condition = f"identifier={NHS}|{NUMBERS[0]}"
    assert officer.post(patient(), condition).status == 403
    assert officer.transact(entry(patient(), ifNoneExist=condition)).status == 403


# --- the log --------------------------------------------------------------------------------


def test_a_service_learns_nothing_from_its_own_fruitless_searches(house: House) -> None:
    """Neither whose a hidden resource is, nor who was referred where."""
    theirs, mine = house.trust.writes(patient()), house.drugs.writes(patient())
    hidden = house.trust.writes(score(theirs))
    house.trust.sent(*referral(theirs, house.organizations["RX1"], house.organizations["HO1"]))
    before = body_of(house.drugs.ask("AuditEvent", patient=mine))["total"]
    assert house.drugs.finds("Task", owner=house.organizations["HO1"]) == []
    assert house.drugs.finds("Observation", _id=hidden.partition("/")[2]) == []
    assert body_of(house.drugs.ask("AuditEvent", patient=mine))["total"] == before


def test_a_service_finds_its_permitted_reads_by_person(house: House) -> None:
    mine, other = house.drugs.writes(patient()), house.drugs.writes(patient(1))
    own = house.drugs.writes(score(mine))
    house.drugs.read(own)
    assert body_of(house.drugs.ask("AuditEvent", patient=mine))["total"] == 1
    assert body_of(house.drugs.ask("AuditEvent", patient=other))["total"] == 0


def test_a_service_finds_no_row_by_a_consent_that_it_may_not_see(house: House) -> None:
    me = house.person()
    given = me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    read = house.trust.writes(score(house.trust.writes(patient())))
    house.drugs.writes(patient())
    house.drugs.read(read)
    assert body_of(house.drugs.ask("AuditEvent", entity=given))["total"] == 0
    assert body_of(house.drugs.ask("AuditEvent", entity=read))["total"] == 1
    assert body_of(house.officer.ask("AuditEvent", entity=given))["total"] == 2


def test_a_persons_part_of_the_log_names_nothing_of_others(house: House) -> None:
    me, other = house.person(), house.person(1)
    for one in (me, other):
        one.writes(consent(one.me, "permit", house.organizations["DA1"]))
    both = [house.trust.writes(patient(number)) for number in (0, 1)]
    scores = [house.trust.writes(score(each)) for each in both]
    for number in (0, 1):
        house.drugs.writes(patient(number))
    ids = ",".join(each.partition("/")[2] for each in scores)
    assert sorted(house.drugs.finds("Observation", _id=ids)) == sorted(scores)
    house.trust.sent(*(entry(score(each)) for each in both))
    told = _references(me)
    assert scores[0] in told
    assert scores[1] not in told
    assert told.isdisjoint(_references(other) - _of_everyone(house))
    assert scores[1].partition("/")[2] not in str(_queries(me))


def test_a_persons_part_of_the_log_names_the_consents_that_were_asked(house: House) -> None:
    me = house.person()
    given = me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    read = house.trust.writes(score(house.trust.writes(patient())))
    house.drugs.writes(patient())
    house.drugs.read(read)
    assert any(each.startswith(f"{given}/_history/") for each in _references(me))


def _events(person: Caller) -> list[dict[str, Any]]:
    found = body_of(person.ask("AuditEvent", patient=person.me))
    return [each["resource"] for each in found.get("entry", [])]


def _references(person: Caller) -> set[str]:
    return {
        each["what"]["reference"]
        for event in _events(person)
        for each in event.get("entity", [])
        if "what" in each
    }


def _of_everyone(house: House) -> set[str]:
    return set(house.organizations.values())


def _queries(person: Caller) -> list[str]:
    return [
        base64.b64decode(each["query"]).decode()
        for event in _events(person)
        for each in event.get("entity", [])
        if "query" in each
    ]


# --- what a released resource names ---------------------------------------------------------


def test_a_reference_by_address_to_what_is_hidden_is_left_out_too(house: House) -> None:
    me = house.person()
    theirs = house.trust.writes(patient())
    house.drugs.writes(patient())
    alcohol = concept("v3-ActCode", "ETHUD")["coding"]
    purpose = concept("v3-ActReason", "TREAT")["coding"]
    words = {"securityLabel": alcohol, "purpose": purpose}
    me.writes(consent(me.me, "permit", house.organizations["DA1"], **words))
    hidden = house.trust.writes(score(theirs, MOOD))
    address = f"http://gateway.test/fhir/{hidden}"
    for named in (hidden, address, f"{hidden}/_history/0", f"{address}/_history/0"):
        shown = house.trust.writes(score(theirs, derivedFrom=[{"reference": named}]))
        assert "derivedFrom" not in house.drugs.read(shown)
        assert hidden in str(house.trust.read(shown))


def test_entries_that_name_each_other_by_address_are_linked(house: House) -> None:
    mine = house.trust.writes(patient())
    address = "http://gateway.test/fhir/Observation/first"
    first, second = score(mine), score(mine, derivedFrom=[{"reference": address}])
    stored = house.trust.sent(entry(second), entry(first, address))
    assert house.trust.read(stored[0])["derivedFrom"] == [{"reference": stored[1]}]


def test_a_denial_of_what_is_joined_does_not_reach_through_a_person(house: House) -> None:
    me = house.person()
    theirs = house.trust.writes(patient())
    house.drugs.writes(patient())
    purpose = concept("v3-ActReason", "TREAT")["coding"]
    me.writes(consent(me.me, "permit", house.organizations["DA1"], purpose=purpose))
    about = {"focus": [{"reference": theirs}]}
    denied, other = (house.trust.writes(score(theirs, **about)) for _ in range(2))
    beside = house.trust.writes(score(theirs, derivedFrom=[{"reference": denied}]))
    data = [{"meaning": "related", "reference": {"reference": denied}}]
    me.writes(consent(me.me, "deny", house.organizations["DA1"], data=data))
    assert [house.drugs.get(each).status for each in (denied, beside, other)] == [404, 404, 200]


def test_what_cannot_be_released_without_what_is_hidden_is_not_counted(house: House) -> None:
    me = house.person()
    theirs, mine = house.trust.writes(patient()), house.drugs.writes(patient())
    alcohol = concept("v3-ActCode", "ETHUD")["coding"]
    purpose = concept("v3-ActReason", "TREAT")["coding"]
    words = {"securityLabel": alcohol, "purpose": purpose}
    me.writes(consent(me.me, "permit", house.organizations["DA1"], **words))
    hidden = house.trust.writes(score(theirs, MOOD))
    inside = attestation(house.organizations["RX1"], hidden) | {"id": "p"}
    whole = score(theirs, contained=[inside], focus=[{"reference": "#p"}])
    withheld = [house.trust.writes(whole) for _ in range(2)]
    shown = house.trust.writes(score(theirs))
    assert [house.drugs.get(each).status for each in withheld] == [404, 404]
    for count in ("1", "2", "50"):
        answer = body_of(house.drugs.ask("Observation", patient=mine, _count=count))
        assert answer["total"] == 1
        assert [each["resource"]["id"] for each in answer["entry"]] == [shown.partition("/")[2]]
        assert [link["relation"] for link in answer["link"]] == ["self"]
    counted = body_of(house.drugs.ask("Observation", patient=mine, _summary="count"))
    assert counted["total"] == 1
    assert len(house.trust.finds("Observation", patient=theirs)) == 4


def test_what_is_about_a_group_that_is_not_held_is_neither_read_nor_counted(house: House) -> None:
    me = house.person()
    theirs = house.trust.writes(patient())
    house.drugs.writes(patient())
    purpose = concept("v3-ActReason", "TREAT")["coding"]
    me.writes(consent(me.me, "permit", house.organizations["DA1"], purpose=purpose))
    about = {"subject": {"reference": "Group/1"}, "performer": [{"reference": theirs}]}
    sender = house.organizations["RX1"]
    asked = house.trust.writes(referral(theirs, sender, sender)[0]["resource"] | about)
    assert house.drugs.get(asked).status == 404
    found = body_of(house.drugs.ask("ServiceRequest", _id=asked.partition("/")[2]))
    assert found["total"] == 0
    assert house.trust.get(asked).status == 200


@pytest.mark.parametrize(
    "said",
    [
        {"meta": {"tag": [{"system": "urn:x", "code": "1", "display": "ketamine"}]}},
        {"meta": {"tag": [{"display": "ketamine"}]}},
        {"meta": {"security": [{"system": "urn:x", "code": "1", "display": "ketamine"}]}},
        {"meta": {"extension": [{"url": "http://example.org", "valueString": "ketamine"}]}},
        {"performer": [{"display": "ketamine"}]},
        {
            "contained": [
                {
                    "resourceType": "Device",
                    "id": "d",
                    "text": {
                        "status": "generated",
                        "div": '<div xmlns="http://www.w3.org/1999/xhtml">ketamine</div>',
                    },
                }
            ],
            "device": {"reference": "#d"},
        },
        {
            "contained": [
                {"resourceType": "Practitioner", "id": "p", "name": [{"text": "ketamine"}]}
            ],
            "performer": [{"reference": "#p"}],
        },
        {
            "contained": [{"resourceType": "Patient", "id": "p", "name": [{"family": "ketamine"}]}],
            "performer": [{"reference": "#p"}],
        },
    ],
    ids=[
        "tag display",
        "tag of words alone",
        "security display",
        "meta extension",
        "performer in words",
        "contained narrative",
        "contained practitioner",
        "contained patient",
    ],
)
def test_words_that_nobody_judged_reach_nobody_else(house: House, said: dict[str, Any]) -> None:
    me = house.person()
    theirs = house.trust.writes(patient())
    house.drugs.writes(patient())
    words = {"securityLabel": concept("v3-ActCode", "ETHUD")["coding"]}
    words["purpose"] = concept("v3-ActReason", "TREAT")["coding"]
    me.writes(consent(me.me, "permit", house.organizations["DA1"], **words))
    stored = house.trust.writes(score(theirs, **said))
    assert "ketamine" in str(house.trust.read(stored))
    assert b"ketamine" not in house.drugs.get(stored).body
    assert house.drugs.get(house.trust.writes(score(theirs))).status == 200
