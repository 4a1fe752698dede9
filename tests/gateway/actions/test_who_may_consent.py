"""Who may consent: the person, from sixteen on or as judged; and who may decide for them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest
from callers import NHS, NUMBERS, House, Json, body_of, consent, entry, patient, places, score
from deputies import ADA, BEN, DRUGS, HOUSING, Office, acting, said_by

from gateway.actions.answer import Answer
from gateway.actions.deputising import NewDelegate, NewJudgement
from gateway.auth.requester import Role
from gateway.storage.delegates import Basis
from gateway.storage.judgements import Kind

CHILD = {"birthDate": "2012-05-04"}  # fourteen tomorrow, by the clock of these tests
ALCOHOL = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "ETHUD"}]


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


@pytest.fixture
def hidden(house: House) -> str:
    """An alcohol score that the trust wrote; the drug service knows the person too."""
    return _known(house, {})


def _known(house: House, more: Json) -> str:
    house.drugs.writes(patient() | more)
    return house.trust.writes(score(house.trust.writes(patient() | more)))


def _refused(answer: Answer, *words: str) -> None:
    assert (answer.status, places(answer)) == (422, ["Consent.patient"]), answer.body
    assert all(word in answer.body.decode() for word in words)


# --- age -------------------------------------------------------------------------------------


def test_under_sixteen_a_yes_needs_a_gillick_judgement(house: House, office: Office) -> None:
    hidden, me = _known(house, CHILD), house.registers(patient(**CHILD))
    said = consent(me.me, "permit", house.organizations[DRUGS])
    _refused(me.post(said), "Gillick", "under sixteen")
    assert house.rows("spoken") == 0
    office.judges(me.me, Kind.GILLICK, DRUGS)
    assert me.post(said).status == 201
    assert house.drugs.get(hidden).status == 200


def test_under_sixteen_a_no_counts_as_it_is(house: House, office: Office) -> None:
    hidden, me = _known(house, CHILD), house.registers(patient(**CHILD))
    office.judges(me.me, Kind.GILLICK, DRUGS)
    me.created(consent(me.me, "permit", house.organizations[DRUGS]))
    assert house.drugs.get(hidden).status == 200
    me.created(consent(me.me, "deny", house.organizations[HOUSING]))
    me.created(consent(me.me, "deny", house.organizations[DRUGS]))
    assert house.drugs.get(hidden).status == 404


@pytest.mark.parametrize("born", ["2010-05-03", "1950-01-01", "2008-05-04"])
def test_from_the_sixteenth_birthday_on_they_decide_themselves(house: House, born: str) -> None:
    me = house.registers(patient(birthDate=born))
    assert me.post(consent(me.me, "permit", house.organizations[DRUGS])).status == 201


@pytest.mark.parametrize("born", ["2010-05-04", "2010-05", "2010", "2026-01-01"])
def test_who_may_be_younger_is(house: House, born: str) -> None:
    me = house.registers(patient(birthDate=born))
    _refused(me.post(consent(me.me, "permit", house.organizations[DRUGS])), "Gillick")


def test_a_birthday_begins_at_midnight_in_london(house: House) -> None:
    me = house.registers(patient(birthDate="2010-06-02"))
    said = consent(me.me, "permit", house.organizations[DRUGS])
    house.now = datetime(2026, 6, 1, 22, 59, 57, tzinfo=UTC)
    _refused(me.post(said))
    house.now = datetime(2026, 6, 1, 22, 59, 59, tzinfo=UTC)
    assert me.post(said).status == 201


def test_a_gillick_judgement_is_about_the_service_it_names(house: House, office: Office) -> None:
    me = house.registers(patient(**CHILD))
    office.judges(me.me, Kind.GILLICK, HOUSING)
    _refused(me.post(consent(me.me, "permit", house.organizations[DRUGS])))
    _refused(me.post(consent(me.me, "permit", purpose=[_purpose("TREAT")])))
    assert me.post(consent(me.me, "permit", house.organizations[HOUSING])).status == 201
    office.judges(me.me, Kind.GILLICK, "everything")
    assert me.post(consent(me.me, "permit", purpose=[_purpose("TREAT")])).status == 201


def test_a_yes_inside_a_no_is_a_yes(house: House, office: Office) -> None:
    me = house.registers(patient(**CHILD))
    inner = {"type": "permit", "securityLabel": ALCOHOL}
    said = consent(me.me, "deny", house.organizations[DRUGS], provision=[inner])
    _refused(me.post(said), "Gillick")
    office.judges(me.me, Kind.GILLICK, DRUGS)
    assert me.post(said).status == 201


def test_an_opt_in_is_a_yes_to_everyone(house: House, office: Office) -> None:
    me = house.registers(patient(**CHILD))
    optin = {"coding": [{"system": ALCOHOL[0]["system"], "code": "OPTIN"}]}
    said = consent(me.me, "deny", house.organizations[DRUGS]) | {"policyRule": optin}
    office.judges(me.me, Kind.GILLICK, DRUGS)
    _refused(me.post(said), "Gillick")


def test_a_judgement_ends(house: House, office: Office) -> None:
    me = house.registers(patient(**CHILD))
    said = consent(me.me, "permit", house.organizations[DRUGS])
    ended = office.judges(me.me, Kind.GILLICK, DRUGS)
    office.ends_judgement(ended)
    _refused(me.post(said))
    office.judges(me.me, Kind.GILLICK, DRUGS, days=1)
    house.wait(days=2)
    _refused(me.post(said))


def test_what_was_said_with_a_judgement_stands_when_it_ends(house: House, office: Office) -> None:
    hidden, me = _known(house, CHILD), house.registers(patient(**CHILD))
    judged = office.judges(me.me, Kind.GILLICK, DRUGS)
    me.created(consent(me.me, "permit", house.organizations[DRUGS]))
    office.ends_judgement(judged)
    assert house.drugs.get(hidden).status == 200


def test_a_yes_that_is_only_proposed_waits_for_the_judgement(house: House, office: Office) -> None:
    me = house.registers(patient(**CHILD))
    said = consent(me.me, "permit", house.organizations[DRUGS]) | {"status": "proposed"}
    stored = me.created(said)
    _refused(me.put(stored | {"status": "active"}), "Gillick")
    office.judges(me.me, Kind.GILLICK, DRUGS)
    assert me.put(stored | {"status": "active"}).status == 200


def test_a_service_records_no_yes_of_a_child_who_was_not_judged(
    house: House, office: Office
) -> None:
    mine = house.drugs.writes(patient(**CHILD))
    said = consent(mine, "permit", house.organizations[DRUGS])
    _refused(house.drugs.post(said), "Gillick")
    assert house.drugs.post(consent(mine, "deny", house.organizations[DRUGS])).status == 201
    office.judges(mine, Kind.GILLICK, DRUGS)
    assert house.drugs.post(said).status == 201


def test_a_service_is_told_nothing_that_was_recorded_elsewhere(
    house: House, office: Office, hidden: str
) -> None:
    """A lack of capacity recorded with another's Patient is not told, and counts."""
    known = house.drugs.finds("Patient", identifier=f"{NHS}|{NUMBERS[0]}")[0]
    me = house.person()
    office.judges(me.me, Kind.LACKS_CAPACITY, DRUGS)
    assert house.drugs.post(consent(known, "permit", house.organizations[DRUGS])).status == 201
    assert house.drugs.get(hidden).status == 404
    office.judges(known, Kind.LACKS_CAPACITY, DRUGS)
    _refused(house.drugs.post(consent(known, "permit", house.organizations[DRUGS])), "capacity")


def test_a_gillick_judgement_recorded_elsewhere_is_not_told_to_a_service(
    house: House, office: Office
) -> None:
    mine, me = house.drugs.writes(patient(**CHILD)), house.registers(patient(**CHILD))
    office.judges(me.me, Kind.GILLICK, "everything")
    _refused(house.drugs.post(consent(mine, "permit", house.organizations[DRUGS])), "Gillick")
    assert me.post(consent(me.me, "permit", house.organizations[DRUGS])).status == 201


def test_what_was_recorded_ends_where_a_patient_becomes_another_person(
    house: House, office: Office
) -> None:
    me, other = house.person(), house.person(1)
    mine = house.trust.created(patient())
    office.names(f"Patient/{mine['id']}", ADA, Basis.DEPUTY)
    assert acting(me).post(said_by(acting(me), "permit")).status == 201
    corrected = mine | {"identifier": patient(1)["identifier"]}
    assert house.trust.put(corrected).status == 200
    for one in (me, other):
        _refused(acting(one).post(said_by(acting(one), "permit")), "no record")


# --- capacity --------------------------------------------------------------------------------


def test_a_yes_does_not_count_where_capacity_for_it_is_lacking(
    house: House, office: Office
) -> None:
    me = house.person()
    office.judges(me.me, Kind.LACKS_CAPACITY, DRUGS)
    _refused(me.post(consent(me.me, "permit", house.organizations[DRUGS])), "capacity")
    assert me.post(consent(me.me, "permit", house.organizations[HOUSING])).status == 201
    assert me.post(consent(me.me, "deny", house.organizations[DRUGS])).status == 201


def test_consent_given_with_capacity_stands_when_it_is_lost(
    house: House, office: Office, hidden: str
) -> None:
    me = house.person()
    said = me.created(consent(me.me, "permit", house.organizations[DRUGS]))
    office.judges(me.me, Kind.LACKS_CAPACITY, "everything")
    assert house.drugs.get(hidden).status == 200
    assert me.put(said | {"status": "inactive"}).status == 200
    assert house.drugs.get(hidden).status == 404


# --- delegates -------------------------------------------------------------------------------


def test_an_attorney_needs_a_record_and_a_lack_of_capacity(
    house: House, office: Office, hidden: str
) -> None:
    me = house.person()
    ada = acting(me)
    _refused(ada.post(said_by(ada, "permit")), "no record")
    office.judges(me.me, Kind.LACKS_CAPACITY, DRUGS)
    _refused(ada.post(said_by(ada, "permit")), "no record")
    office.names(me.me, ADA, Basis.LPA)
    assert ada.post(said_by(ada, "permit")).status == 201
    assert house.drugs.get(hidden).status == 200


def test_an_attorney_decides_nothing_while_the_person_can(
    house: House, office: Office, hidden: str
) -> None:
    me = house.person()
    office.names(me.me, ADA, Basis.LPA)
    ada = acting(me)
    for kind in ("permit", "deny"):
        _refused(ada.post(said_by(ada, kind)), "lack of capacity")
    office.judges(me.me, Kind.LACKS_CAPACITY, HOUSING)
    _refused(ada.post(said_by(ada, "permit")), "lack of capacity")
    _refused(ada.post(said_by(ada, "permit", None, purpose=[_purpose("TREAT")])))
    assert ada.post(said_by(ada, "permit", HOUSING)).status == 201
    assert house.drugs.get(hidden).status == 404


def test_a_deputy_decides_by_order_alone(house: House, office: Office, hidden: str) -> None:
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    ada = acting(me)
    assert ada.post(said_by(ada, "permit")).status == 201
    assert house.drugs.get(hidden).status == 200


@pytest.mark.parametrize("ended", ["ended", "run out"])
def test_whose_record_has_ended_decides_no_more(house: House, office: Office, ended: str) -> None:
    me = house.person()
    record = office.names(me.me, ADA, Basis.DEPUTY, days=10)
    ada = acting(me)
    assert ada.post(said_by(ada, "permit")).status == 201
    if ended == "ended":
        office.ends(record)
    house.wait(days=11 if ended == "run out" else 0)
    _refused(ada.post(said_by(ada, "permit")), "no record")


def test_a_delegate_of_one_person_is_none_of_another(house: House, office: Office) -> None:
    me, other = house.person(), house.person(1)
    office.names(me.me, ADA, Basis.DEPUTY)
    _refused(acting(other).post(said_by(acting(other), "permit")), "no record")
    assert acting(me).post(said_by(acting(me), "permit")).status == 201


def test_a_record_about_any_patient_of_the_person_holds_at_every_portal(
    house: House, office: Office
) -> None:
    office.names(house.trust.writes(patient()), ADA, Basis.DEPUTY)
    ada = acting(house.person())
    assert ada.post(said_by(ada, "permit")).status == 201


def test_a_parent_is_no_delegate_by_default(house: House, office: Office) -> None:
    hidden, me = _known(house, CHILD), house.registers(patient(**CHILD))
    parent = acting(me, BEN, "FAMRQT")
    _refused(parent.post(said_by(parent, "permit")), "no record")
    office.names(me.me, BEN, Basis.PARENT)
    assert parent.post(said_by(parent, "permit")).status == 201
    assert house.drugs.get(hidden).status == 200


def test_a_parent_decides_nothing_that_the_child_was_judged_to_decide(
    house: House, office: Office
) -> None:
    me = house.registers(patient(**CHILD))
    office.names(me.me, BEN, Basis.PARENT)
    parent = acting(me, BEN, "FAMRQT")
    office.judges(me.me, Kind.GILLICK, DRUGS)
    _refused(parent.post(said_by(parent, "permit")), "parent")
    assert parent.post(said_by(parent, "permit", HOUSING)).status == 201


def test_a_parent_decides_nothing_from_sixteen_on(house: House, office: Office) -> None:
    me = house.registers(patient(birthDate="2010-05-03"))
    office.names(me.me, BEN, Basis.PARENT)
    parent = acting(me, BEN, "FAMRQT")
    _refused(parent.post(said_by(parent, "permit")), "parent")


def test_a_delegate_gives_a_consent_in_their_own_name(house: House, office: Office) -> None:
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    ada = acting(me)
    for performer in ([{"reference": me.me}], said_by(acting(me, BEN), "permit")["performer"]):
        refused = ada.post(said_by(ada, "permit") | {"performer": performer})
        assert (refused.status, places(refused)) == (422, ["Consent.performer"])
    assert me.post(said_by(ada, "permit")).status == 422
    assert ada.post(said_by(ada, "permit")).status == 201


def test_a_child_and_a_person_without_a_name_for_it_change_nothing_of_others(
    house: House, office: Office
) -> None:
    """A delegate registers nobody, writes no record, and looks at no log."""
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    ada = acting(me)
    assert ada.post(patient(1)).status == 403
    assert ada.post(score(me.me)).status == 403
    stored = me.read(me.me)
    assert ada.put(stored | {"birthDate": "1990-01-01"}).status == 403
    assert body_of(ada.ask("AuditEvent"))["total"] == 0
    assert body_of(me.ask("AuditEvent"))["total"] > 0


# --- delegates, the person, and each other ---------------------------------------------------


def test_a_delegate_neither_reads_nor_ends_what_the_person_said(
    house: House, office: Office, hidden: str
) -> None:
    me = house.person()
    mine = me.created(consent(me.me, "permit", house.organizations[DRUGS]))
    office.names(me.me, ADA, Basis.DEPUTY)
    ada = acting(me)
    assert ada.get(f"Consent/{mine['id']}").status == 404
    assert ada.put(mine | {"status": "inactive"}).status == 404
    assert ada.finds("Consent", patient=me.me) == []
    assert house.drugs.get(hidden).status == 200


def test_a_delegate_reads_rewords_and_takes_back_what_they_said(
    house: House, office: Office, hidden: str
) -> None:
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    ada = acting(me)
    said = ada.created(said_by(ada, "permit"))
    assert ada.finds("Consent", patient=me.me) == [f"Consent/{said['id']}"]
    reworded = said | {"provision": said_by(ada, "permit", HOUSING)["provision"]}
    assert ada.put(reworded).status == 200
    assert house.drugs.get(hidden).status == 404
    assert ada.put(reworded | {"status": "inactive"}).status == 200
    assert ada.put(said).status == 422  # what was taken back is said anew


def test_the_person_takes_back_what_a_delegate_said_and_does_not_reword_it(
    house: House, office: Office, hidden: str
) -> None:
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    said = acting(me).created(said_by(acting(me), "permit"))
    seen = me.read(f"Consent/{said['id']}")
    reworded = seen | {"provision": consent(me.me, "deny")["provision"]}
    assert me.put(reworded).status == 422
    assert house.drugs.get(hidden).status == 200
    assert me.put(seen | {"status": "inactive"}).status == 200
    assert house.drugs.get(hidden).status == 404


def test_where_delegates_disagree_the_narrower_stands_until_an_officer_decides(
    house: House, office: Office, hidden: str
) -> None:
    me = house.person()
    for who in (ADA, BEN):
        office.names(me.me, who, Basis.DEPUTY)
    ada, ben = acting(me), acting(me, BEN)
    ada.created(said_by(ada, "permit"))
    denied = ben.created(said_by(ben, "deny"))
    assert ben.get(f"Consent/{denied['id']}").status == 200
    assert ada.get(f"Consent/{denied['id']}").status == 404
    assert house.drugs.get(hidden).status == 404
    assert office.sets_aside(denied["id"]).status == 200
    assert house.drugs.get(hidden).status == 200
    assert ben.put(denied).status == 422


def test_an_officer_sets_aside_nothing_that_the_person_or_a_service_wrote(
    house: House, office: Office, hidden: str
) -> None:
    me = house.person()
    mine = me.created(consent(me.me, "deny", house.organizations[DRUGS]))
    known = house.housing.writes(patient())
    recorded = house.housing.created(consent(known, "deny", house.organizations[DRUGS]))
    for each in (mine["id"], recorded["id"], "nobody"):
        assert office.sets_aside(each).status == 404
    assert house.drugs.get(hidden).status == 404


def test_each_record_and_each_look_at_one_leaves_its_row(house: House, office: Office) -> None:
    me = house.person()
    before = house.rows("audit")
    record = office.names(me.me, ADA, Basis.DEPUTY)
    answer = asyncio.run(office.gateway.delegates_of(office.who, me.me))
    assert [one["identifier"] for one in msgspec.json.decode(answer.body)] == [ADA]
    office.ends(record)
    asyncio.run(office.gateway.judgements_of(office.who, me.me))
    assert house.rows("audit") == before + 4
    told = [each["resource"] for each in body_of(me.ask("AuditEvent"))["entry"]]
    assert sum(each["agent"][0].get("name") == "P. Officer" for each in told) == 4


def test_what_is_recorded_stands_sealed(house: House, office: Office) -> None:
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    office.judges(me.me, Kind.LACKS_CAPACITY, DRUGS)
    rows = house.held("SELECT subject, sealed FROM delegate") + house.held(
        "SELECT about, sealed FROM judgement"
    )
    for plain, sealed in rows:
        assert "ada" not in plain
        assert b"Officer" not in bytes(sealed)
        assert b"seen" not in bytes(sealed)


@pytest.mark.parametrize("number", NUMBERS[:1])
def test_a_delegate_is_not_recorded_by_nhs_number(
    house: House, office: Office, number: str
) -> None:
    me = house.person()
    who = f"https://fhir.nhs.uk/Id/nhs-number|{number}"
    new = NewDelegate(me.me, who, "Somebody", Basis.DEPUTY, "seen")
    answer = asyncio.run(office.gateway.add_delegate(office.who, new))
    assert answer.status == 422
    assert number not in answer.body.decode()


def test_records_of_nobody_and_of_no_service_are_refused(house: House, office: Office) -> None:
    me = house.person()
    nobody = NewDelegate("Patient/nobody", ADA, "Somebody", Basis.DEPUTY, "seen")
    assert asyncio.run(office.gateway.add_delegate(office.who, nobody)).status == 404
    nowhere = NewJudgement(me.me, Kind.GILLICK, "NOSUCH", "judged", 1)
    assert asyncio.run(office.gateway.add_judgement(office.who, nowhere)).status == 422
    assert asyncio.run(office.gateway.end_delegate(office.who, "nobody")).status == 404


def _purpose(code: str) -> Json:
    return {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": code}


def test_the_officers_role_alone_writes_no_consent(house: House) -> None:
    me = house.person()
    officer = house.caller("OF1", Role.OFFICER)
    assert officer.post(consent(me.me, "permit", house.organizations[DRUGS])).status == 403
    assert me.transact(entry(consent(me.me, "permit", house.organizations[DRUGS]))).status == 200
