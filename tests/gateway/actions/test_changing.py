"""Authors change what they wrote; nobody else does, and no label is ever lowered."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from callers import (
    MOOD,
    NHS,
    NUMBERS,
    House,
    body_of,
    consent,
    patient,
    places,
    referral,
    score,
)

Json = dict[str, Any]
DRUGS = {"system": "https://onestory.example/fhir/CodeSystem/topic", "code": "drugs"}
LEVELS = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"


def _plan(subject: str, **more: Any) -> Json:
    return {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "subject": {"reference": subject},
    } | more


def _known_everywhere(house: House) -> tuple[str, str]:
    """A person who lets drugs see everything: their Patient at the trust, and at drugs."""
    me = house.person()
    me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    return house.trust.writes(patient()), house.drugs.writes(patient())


def test_the_author_changes_it_and_nobody_else(house: House) -> None:
    mine, _ = _known_everywhere(house)
    stored = house.trust.created(score(mine))
    changed = stored | {"status": "amended"}
    assert house.drugs.read(f"Observation/{stored['id']}")["status"] == "final"
    assert house.drugs.put(changed).status == 403
    assert house.housing.put(changed).status == 404
    assert house.officer.put(changed).status == 404
    version = f'W/"{stored["meta"]["versionId"]}"'
    assert house.trust.put(changed, 'W/"0000000000000000"').status == 412
    assert house.trust.put(changed, f'W/"x", {version}').status == 200
    assert house.trust.put(changed, version).status == 412
    assert house.drugs.read(f"Observation/{stored['id']}")["status"] == "amended"


def test_what_is_not_allowed_when_created_is_not_allowed_later(house: House) -> None:
    mine, theirs = _known_everywhere(house)
    stored = house.trust.created(score(mine))
    answer = house.trust.put(stored | {"subject": {"reference": theirs}})
    assert answer.status == 422
    assert places(answer) == ["Observation.subject.reference"]
    missing = stored | {"id": "00000000-0000-4000-8000-000000000001"}
    assert house.trust.put(missing).status == 404
    wrong_id = house.trust.put_bytes(f"Observation/{missing['id']}", _bytes(stored))
    assert (wrong_id.status, places(wrong_id)) == (400, ["Observation.id"])


def test_what_changes_nothing_makes_no_version(house: House) -> None:
    mine, _ = _known_everywhere(house)
    for resource in (score(mine), _plan(mine), {"resourceType": "Practitioner"}):
        house.trust.created(resource)
    stored = house.trust.created(score(mine, meta={"security": [DRUGS]}))
    for sent in (stored, house.trust.read(f"Observation/{stored['id']}")):
        again = body_of(house.trust.put(sent))
        assert again == stored
    assert house.rows("former") == 0


def test_an_author_raises_labels_and_nobody_lowers_them(house: House) -> None:
    mine, _ = _known_everywhere(house)
    stored = house.trust.created(score(mine))
    level = {"system": LEVELS, "code": "V"}
    raised = body_of(house.trust.put(stored | {"meta": {"security": [DRUGS, level]}}))
    assert {"ETHUD", "drugs", "V"} <= _labels(raised)
    for meta in ({"source": "urn:x"}, {"security": [{"system": LEVELS, "code": "N"}]}):
        kept = body_of(house.trust.put(raised | {"meta": meta}))
        assert _labels(kept) == _labels(raised)
    patched = house.trust.patch(
        f"Observation/{stored['id']}", {"op": "remove", "path": "/meta/security"}
    )
    assert _labels(body_of(patched)) == _labels(raised)


def test_labels_follow_the_content_that_the_author_corrects(house: House) -> None:
    mine, _ = _known_everywhere(house)
    stored = house.trust.created(score(mine))
    corrected = score(mine, MOOD) | {"id": stored["id"], "meta": stored["meta"]}
    assert "ETHUD" not in _labels(body_of(house.trust.put(corrected)))


def test_a_person_changes_their_consents_and_nothing_else(house: House) -> None:
    me = house.person()
    own = me.read(me.me)
    assert me.put(own | {"gender": "female"}).status == 403
    mine = house.trust.writes(patient())
    about_me = house.trust.created(score(mine))
    assert me.get(f"Observation/{about_me['id']}").status == 200
    assert me.put(about_me | {"status": "amended"}).status == 403


def test_a_corrected_number_joins_the_person_from_then_on(house: House) -> None:
    me = house.person()
    me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    wrong = house.trust.created(patient(1))
    stored = house.trust.writes(score(f"Patient/{wrong['id']}"))
    house.drugs.writes(patient())
    assert house.drugs.get(stored).status == 404
    right = wrong | {"identifier": [{"system": NHS, "value": NUMBERS[0]}]}
    answer = house.trust.put(right)
    assert answer.status == 200, answer.body
    assert house.drugs.get(stored).status == 200
    assert me.get(stored).status == 200
    assert house.trust.put(wrong).status == 200
    assert house.drugs.get(stored).status == 404


def test_a_missing_number_joins_once_it_is_known(house: House) -> None:
    unknown = house.trust.created({"resourceType": "Patient", "birthDate": "1987-04-12"})
    stored = house.trust.writes(score(f"Patient/{unknown['id']}"))
    me = house.person()
    assert me.get(stored).status == 404
    known = patient() | {"id": unknown["id"]}
    assert house.trust.put(known).status == 200
    assert me.get(stored).status == 200


def test_two_patients_of_one_organisation_never_become_one(house: House) -> None:
    house.trust.writes(patient())
    other = house.trust.created(patient(1))
    answer = house.trust.put(patient() | {"id": other["id"]})
    assert (answer.status, places(answer)) == (409, ["Patient.identifier"])
    assert house.trust.read(f"Patient/{other['id']}") == other


def test_a_patient_made_by_a_referral_stays_who_it_is(house: House) -> None:
    """Its join is the gateway's: new data of its own is a doubt, and loses no referral."""
    unknown = house.trust.writes({"resourceType": "Patient", "name": [{"family": "Example"}]})
    sender, receiver = house.organizations["RX1"], house.organizations["DA1"]
    _, task, *_ = house.trust.sent(*referral(unknown, sender, receiver))
    assert house.drugs.get(task).status == 200
    (copy,) = house.drugs.finds("Patient", family="Example")
    known = patient() | {"id": copy.partition("/")[2]}
    assert house.drugs.put(known).status == 200
    assert house.drugs.get(task).status == 200
    assert house.rows("queue") == 1


@pytest.mark.parametrize("many", [0, 1, 2])
def test_a_condition_updates_one_creates_where_there_is_none(house: House, many: int) -> None:
    mine, _ = _known_everywhere(house)
    number = [{"system": "urn:x", "value": "1"}]
    for _ in range(many):
        house.trust.writes(score(mine, identifier=number))
    answer = house.trust.put_where(
        "Observation?identifier=urn:x|1", score(mine, identifier=number, status="amended")
    )
    assert answer.status == (201, 200, 412)[many]
    found = house.trust.finds("Observation", patient=mine, status="amended")
    assert len(found) == (1, 1, 0)[many]


def test_a_condition_finds_nothing_of_others_and_gives_no_id_away(house: House) -> None:
    mine, theirs = _known_everywhere(house)
    number = [{"system": "urn:x", "value": "1"}]
    stored = house.trust.created(score(mine, identifier=number))
    condition = "Observation?identifier=urn:x|1"
    own = house.drugs.put_where(condition, score(theirs, identifier=number))
    assert own.status == 201
    assert "Location" in own.headers
    with_id = score(theirs, identifier=number) | {"id": stored["id"]}
    assert house.drugs.put_where(condition, with_id).status == 400
    assert house.drugs.put_where("Observation?identifier=urn:x|2", with_id).status == 404
    assert house.drugs.put_where("Observation", with_id).status == 400
    assert house.drugs.put_where("Observation?_id=1", with_id).status == 400
    assert house.drugs.patch(condition, {"op": "remove", "path": "/identifier"}).status == 200
    assert house.drugs.delete(condition).status == 204
    assert house.trust.read(f"Observation/{stored['id']}") == stored


def test_each_change_leaves_one_row_whatever_comes_of_it(house: House) -> None:
    mine, _ = _known_everywhere(house)
    stored = house.trust.created(score(mine))
    reference = f"Observation/{stored['id']}"
    rows = house.rows("audit")
    house.trust.put(stored | {"status": "amended"})
    house.drugs.put(stored)
    house.housing.patch(reference, {"op": "remove", "path": "/status"})
    house.trust.delete(reference, 'W/"x"')
    house.trust.delete(reference)
    house.trust.put_where("Observation?identifier=urn:x|9993104272", score(mine))
    said = house.entries()[rows:]
    assert [(each["interaction"], each["status"]) for each in said] == [
        ("update", 200),
        ("update", 403),
        ("patch", 404),
        ("delete", 412),
        ("delete", 204),
        ("update", 201),
    ]
    assert all(each["entities"] == [reference] for each in said[:5])
    assert "9993104272" not in str(said[5])


def test_a_request_that_was_sent_is_corrected_and_still_reaches_its_owner(house: House) -> None:
    mine = house.trust.writes(patient())
    sender, receiver = house.organizations["RX1"], house.organizations["DA1"]
    request, task, _ = house.trust.sent(*referral(mine, sender, receiver))
    changed = house.trust.read(request) | {"priority": "urgent"}
    assert house.trust.put(changed).status == 200
    assert house.drugs.read(request)["priority"] == "urgent"
    assert house.drugs.put(house.drugs.read(request) | {"priority": "routine"}).status == 403
    seen = house.drugs.read(task)
    assert house.drugs.patch(task, {"op": "replace", "path": "/status", "value": "accepted"})
    assert house.trust.read(task)["status"] == "accepted"
    moved = house.drugs.read(task)
    assert moved["meta"]["versionId"] != seen["meta"]["versionId"]
    statuses = [e["resource"]["status"] for e in house.drugs.history(f"{task}/_history")]
    assert statuses == ["accepted", "requested"]


def _labels(resource: Json) -> set[str]:
    return {coding["code"] for coding in resource["meta"]["security"]}


def _bytes(resource: Json) -> bytes:
    return msgspec.json.encode(resource)
