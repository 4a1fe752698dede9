"""Who decides for a person, on which ground; and what stands where they disagree."""

from __future__ import annotations

import pytest
from callers import House, body_of, consent, hidden_score, patient, places, score
from deputies import (
    ADA,
    BEN,
    CHILD,
    DRUGS,
    HOUSING,
    TREATMENT,
    Office,
    acting,
    needs_a_record,
    said_by,
)

from gateway.storage.delegates import Basis
from gateway.storage.judgements import Kind


def test_an_attorney_needs_a_record_and_a_lack_of_capacity(
    house: House, office: Office, hidden: str
) -> None:
    me = house.person()
    ada = acting(me)
    needs_a_record(ada.post(said_by(ada, "permit")), "no record")
    office.judges(me.me, Kind.LACKS_CAPACITY, DRUGS)
    needs_a_record(ada.post(said_by(ada, "permit")), "no record")
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
        needs_a_record(ada.post(said_by(ada, kind)), "lack of capacity")
    office.judges(me.me, Kind.LACKS_CAPACITY, HOUSING)
    needs_a_record(ada.post(said_by(ada, "permit")), "lack of capacity")
    needs_a_record(ada.post(said_by(ada, "permit", None, purpose=TREATMENT)))
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
    needs_a_record(ada.post(said_by(ada, "permit")), "no record")


def test_a_delegate_of_one_person_is_none_of_another(house: House, office: Office) -> None:
    me, other = house.person(), house.person(1)
    office.names(me.me, ADA, Basis.DEPUTY)
    needs_a_record(acting(other).post(said_by(acting(other), "permit")), "no record")
    assert acting(me).post(said_by(acting(me), "permit")).status == 201


def test_a_record_about_any_patient_of_the_person_holds_at_every_portal(
    house: House, office: Office
) -> None:
    office.names(house.trust.writes(patient()), ADA, Basis.DEPUTY)
    ada = acting(house.person())
    assert ada.post(said_by(ada, "permit")).status == 201


def test_a_parent_is_no_delegate_by_default(house: House, office: Office) -> None:
    hidden, me = hidden_score(house, **CHILD), house.registers(patient(**CHILD))
    parent = acting(me, BEN, "FAMRQT")
    needs_a_record(parent.post(said_by(parent, "permit")), "no record")
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
    needs_a_record(parent.post(said_by(parent, "permit")), "parent")
    assert parent.post(said_by(parent, "permit", HOUSING)).status == 201


def test_a_parent_decides_nothing_from_sixteen_on(house: House, office: Office) -> None:
    me = house.registers(patient(birthDate="2010-05-03"))
    office.names(me.me, BEN, Basis.PARENT)
    parent = acting(me, BEN, "FAMRQT")
    needs_a_record(parent.post(said_by(parent, "permit")), "parent")


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
