"""Writes by which a service might widen what it may see, or take back what the person said."""

from __future__ import annotations

from callers import MOOD, House, body_of, concept, consent, patient, places, referral, score

from gateway.auth.requester import Role

TREATMENT = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT"}]
LOWEST = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "U"}


# --- consents -------------------------------------------------------------------------------


def test_a_service_does_not_change_what_the_person_wrote_through_its_own_portal(
    house: House,
) -> None:
    me = house.person(ods="DA1")
    said = me.created(consent(me.me, "deny", house.organizations["DA1"]))
    hidden = house.trust.writes(score(house.trust.writes(patient())))
    reworded = said | {"provision": consent(me.me, "permit")["provision"]}
    for changed in (reworded, said | {"status": "inactive"}):
        assert house.drugs.put(changed).status == 403
    assert house.drugs.get(hidden).status == 404
    assert me.put(said | {"status": "inactive"}).status == 200


def test_a_service_does_not_make_active_again_what_was_taken_back(house: House) -> None:
    me = house.person()
    hidden = house.trust.writes(score(house.trust.writes(patient())))
    mine = house.drugs.writes(patient())
    recorded = house.drugs.created(consent(mine, "permit", house.organizations["DA1"]))
    assert house.drugs.get(hidden).status == 200
    seen = me.read(f"Consent/{recorded['id']}")
    assert me.put(seen | {"status": "inactive"}).status == 200
    assert house.drugs.get(hidden).status == 404
    for status in ("active", "proposed", "draft"):
        assert house.drugs.put(recorded | {"status": status}).status == 422
    assert house.drugs.get(hidden).status == 404
    error = recorded | {"status": "entered-in-error"}
    assert house.drugs.put(error).status == 200


def test_a_person_takes_a_recorded_consent_back_and_does_not_reword_it(house: House) -> None:
    """Also where portal and service are of one organisation."""
    me = house.person(ods="DA1")
    recorded = house.drugs.created(consent(me.me, "permit", house.organizations["DA1"]))
    reworded = recorded | {"provision": consent(me.me, "deny")["provision"]}
    assert me.put(reworded).status == 422
    assert me.put(recorded | {"status": "inactive"}).status == 200


def test_a_recorded_permit_is_the_services_own_and_ends_after_thirty_days(house: House) -> None:
    hidden = house.trust.writes(score(house.trust.writes(patient())))
    mine, theirs = house.drugs.writes(patient()), house.housing.writes(patient())
    house.drugs.created(consent(mine, "permit", purpose=TREATMENT))
    assert house.drugs.get(hidden).status == 200
    assert house.housing.get(hidden).status == 404
    assert house.housing.read(theirs)
    house.wait(days=31)
    assert house.drugs.get(hidden).status == 404


def test_rewording_a_recorded_permit_does_not_lengthen_it(house: House) -> None:
    hidden = house.trust.writes(score(house.trust.writes(patient())))
    mine = house.drugs.writes(patient())
    recorded = house.drugs.created(consent(mine, "permit", purpose=TREATMENT))
    house.wait(days=29)
    assert house.drugs.put(recorded).status == 200
    house.wait(days=2)
    assert house.drugs.get(hidden).status == 404


# --- referrals ------------------------------------------------------------------------------


def test_a_referral_is_about_one_person(house: House) -> None:
    one, other = (house.trust.writes(patient(number)) for number in (0, 1))
    sender, receiver = house.organizations["RX1"], house.organizations["HO1"]
    asked, task, word = referral(one, sender, receiver)
    task["resource"]["for"] = {"reference": other}
    answer = house.trust.transact(asked, task, word)
    assert answer.status == 422
    assert places(answer) == ["Bundle.entry[1].resource.for"]
    asked, task, word = referral(one, sender, receiver)
    task["resource"]["input"] = [{"type": {"text": "with"}, "valueReference": {"reference": other}}]
    assert house.trust.transact(asked, task, word).status == 422
    assert house.housing.finds("Task", owner=receiver) == []
    assert house.rows("identity") == 2


def test_a_referral_of_someone_without_a_number_arrives(house: House) -> None:
    one = house.trust.writes({"resourceType": "Patient", "name": [{"family": "Example"}]})
    listed = house.trust.writes(score(one))
    sender, receiver = house.organizations["RX1"], house.organizations["HO1"]
    asked, task, _ = house.trust.sent(*referral(one, sender, receiver, listed))
    assert house.housing.finds("Task", owner=receiver) == [task]
    seen = house.housing.read(asked)
    theirs = seen["subject"]["reference"]
    assert theirs != one
    assert house.housing.read(theirs)["name"] == [{"family": "Example"}]
    assert house.housing.read(listed)["subject"]["reference"] == theirs
    assert house.drugs.get(listed).status == 404


def test_a_second_referral_of_someone_without_a_number_makes_no_second_patient(
    house: House,
) -> None:
    one = house.trust.writes({"resourceType": "Patient"})
    sender, receiver = house.organizations["RX1"], house.organizations["HO1"]
    for _ in range(2):
        house.trust.sent(*referral(one, sender, receiver))
    assert house.rows("identity") == 2


def test_a_request_of_someone_else_is_not_delivered(house: House) -> None:
    """Not even one that the sender of the Task may read."""
    one = house.trust.writes(patient())
    sender, middle = house.organizations["RX1"], house.organizations["DA1"]
    asked, *_ = house.trust.sent(*referral(one, sender, middle))
    task = referral(house.drugs.finds("Patient", identifier="|".join(_number()))[0], middle, "")[1]
    task["resource"] |= {
        "focus": {"reference": asked},
        "owner": {"reference": house.organizations["HO1"]},
    }
    assert house.drugs.read(asked)
    assert house.drugs.transact(task).status == 422
    assert house.housing.get(asked).status == 404


def _number() -> tuple[str, str]:
    identifier = patient()["identifier"][0]
    return identifier["system"], identifier["value"]


def test_an_attested_consent_covers_only_what_the_sender_wrote(house: House) -> None:
    me = house.person()
    at_drugs, at_trust = house.drugs.writes(patient()), house.trust.writes(patient())
    me.writes(consent(me.me, "permit", house.organizations["RX1"]))
    theirs, mine = house.drugs.writes(score(at_drugs)), house.trust.writes(score(at_trust))
    assert house.trust.read(theirs)
    sender, receiver = house.organizations["RX1"], house.organizations["HO1"]
    house.trust.sent(*referral(at_trust, sender, receiver, theirs, mine))
    assert house.housing.get(mine).status == 200
    assert house.housing.get(theirs).status == 404


def test_what_a_referral_only_names_is_not_in_the_receivers_labels(house: House) -> None:
    """What it is about would be told by the labels that the referral took from it."""
    me = house.person()
    at_drugs, at_trust = house.drugs.writes(patient()), house.trust.writes(patient())
    me.writes(consent(me.me, "permit", house.organizations["RX1"]))
    hidden = house.drugs.writes(score(at_drugs, MOOD))
    shown = house.trust.writes(score(at_trust))
    sender, receiver = house.organizations["RX1"], house.organizations["HO1"]
    asked, task, _ = house.trust.sent(*referral(at_trust, sender, receiver, hidden, shown))
    for reference in (asked, task):
        assert hidden not in str(house.housing.read(reference))
    codes = {each["code"] for each in house.housing.read(asked)["meta"]["security"]}
    assert "ETHUD" in codes
    assert codes.isdisjoint({"MH", "self-harm"})
    whole = {each["code"] for each in house.trust.read(asked)["meta"]["security"]}
    assert {"MH", "ETHUD"} <= whole


def test_an_owner_moves_a_task_that_holds_numbers(house: House) -> None:
    one = house.trust.writes(patient())
    sender, receiver = house.organizations["RX1"], house.organizations["HO1"]
    amount = {"type": {"text": "amount"}, "valueDecimal": 1.1}
    _, task, _ = house.trust.sent(*referral(one, sender, receiver, input=[amount]))
    seen = house.housing.get(task).body.replace(b'"requested"', b'"accepted"')
    assert house.housing.put_bytes(task, seen).status == 200
    assert house.trust.read(task)["status"] == "accepted"


def test_an_owner_changes_nothing_but_the_status(house: House) -> None:
    one = house.trust.writes(patient())
    sender, receiver = house.organizations["RX1"], house.organizations["HO1"]
    _, task, _ = house.trust.sent(*referral(one, sender, receiver))
    seen = house.housing.read(task)
    for changed in (
        {"owner": {"reference": house.organizations["DA1"]}},
        {"requester": {"reference": receiver}},
        {"focus": {"reference": "ServiceRequest/00000000-0000-4000-8000-000000000001"}},
        {"code": concept("v3-ActCode", "HIV")},
        {"input": [{"type": {"text": "x"}, "valueString": "y"}]},
    ):
        assert house.housing.put(seen | changed | {"status": "accepted"}).status == 422
    lowered = seen | {"status": "accepted", "meta": {"security": [LOWEST]}}
    assert body_of(house.housing.put(lowered))["meta"]["security"] == seen["meta"]["security"]


def test_roles_of_one_organisation_are_kept_apart(house: House) -> None:
    """Its officer reads nobody's record, whatever its service wrote."""
    mine = house.drugs.writes(score(house.drugs.writes(patient())))
    assert house.drugs.get(mine).status == 200
    assert house.caller("DA1", Role.OFFICER).get(mine).status == 404


# --- conditional creates --------------------------------------------------------------------


def test_a_condition_on_a_person_finds_nothing_of_another(house: House) -> None:
    one, other = (house.trust.writes(patient(number)) for number in (0, 1))
    first = house.trust.writes(score(one))
    answer = house.trust.post(score(other), f"patient={other}&status=final")
    assert answer.status == 201
    again = house.trust.post(score(one), f"patient={one}&status=final")
    assert again.status == 200
    assert f"Observation/{body_of(again)['id']}" == first


def test_a_condition_on_a_person_of_someone_elses_finds_nothing(house: House) -> None:
    theirs = house.trust.writes(patient())
    house.trust.writes(score(theirs))
    mine = house.drugs.writes(patient())
    assert house.drugs.post(score(mine), f"patient={theirs}&status=final").status == 201


def test_a_condition_never_finds_what_another_organisation_wrote(house: House) -> None:
    number = [{"system": "urn:x", "value": "1"}]
    house.trust.writes(score(house.trust.writes(patient()), identifier=number))
    mine = house.drugs.writes(patient())
    assert house.drugs.post(score(mine, identifier=number), "identifier=urn:x|1").status == 201
    assert house.drugs.post(score(mine, identifier=number), "identifier=urn:x|1").status == 200
