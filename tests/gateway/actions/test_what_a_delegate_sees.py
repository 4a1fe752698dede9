"""What a delegate sees of a person's record: within the ceiling, and without what is kept from
them, of which there is no trace."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import msgspec
import pytest
from callers import MOOD, Caller, House, Json, body_of, concept, consent, patient, score
from deputies import ADA, BEN, DRUGS, Office, acting, said_by
from plans import activity, plan

from gateway.storage.delegates import Basis
from gateway.storage.judgements import Kind

ALCOHOL = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "ETHUD"}]
CEILING = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PSYTHPN"}]


@pytest.fixture
def written(house: House) -> tuple[str, str]:
    """A score about alcohol and one about mood, by the trust."""
    known = house.trust.writes(patient())
    return house.trust.writes(score(known)), house.trust.writes(score(known, MOOD))


def _keeps_from(me: Caller, who: Json, **criteria: object) -> None:
    """The person denies it to a delegate."""
    actor = {"role": concept("v3-ParticipationType", "IRCP"), "reference": who}
    me.created(consent(me.me, "deny", actor=[actor], **criteria))


def _named(who: str) -> Json:
    system, _, value = who.partition("|")
    return {"type": "RelatedPerson", "identifier": {"system": system, "value": value}}


def test_a_delegate_reads_what_the_person_reads(
    house: House, office: Office, written: tuple[str, str]
) -> None:
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    ada = acting(me)
    assert set(ada.finds("Observation", patient=me.me)) == set(written)
    assert ada.read(written[0])["subject"]["reference"] == me.me
    assert ada.read(me.me)["birthDate"] == "1987-04-12"


@pytest.mark.parametrize("recorded", ["nothing", "an attorney", "a lack", "ended"])
def test_who_may_not_decide_reads_nothing(
    house: House, office: Office, written: tuple[str, str], recorded: str
) -> None:
    me = house.person()
    if recorded in ("an attorney", "ended"):
        record = office.names(me.me, ADA, Basis.LPA)
    if recorded in ("a lack", "ended"):
        office.judges(me.me, Kind.LACKS_CAPACITY, DRUGS)
    ada = acting(me)
    if recorded == "ended":
        assert ada.get(written[0]).status == 200
        office.ends(record)
    assert ada.finds("Observation", patient=me.me) == []
    assert [ada.get(each).status for each in (*written, me.me)] == [404, 404, 404]
    assert ada.look(f"{written[0]}/_history").status == 404
    assert me.get(written[0]).status == 200


def test_a_topic_kept_from_a_delegate_leaves_no_trace(
    house: House, office: Office, written: tuple[str, str]
) -> None:
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    alcohol, mood = written
    ada = acting(me)
    before = ada.look(f"Observation?patient={me.me}&code=http://loinc.org|0-0")
    _keeps_from(me, _named(ADA), securityLabel=ALCOHOL)
    assert ada.finds("Observation", patient=me.me) == [mood]
    assert ada.get(alcohol).status == 404
    assert ada.look(f"{alcohol}/_history").status == 404
    assert body_of(ada.ask("Observation", patient=me.me, _summary="count"))["total"] == 1
    assert ada.finds("Consent", patient=me.me) == []
    assert body_of(ada.ask("AuditEvent"))["total"] == 0
    never = ada.look("Observation/never-was").body
    assert ada.get(alcohol).body == never
    after = ada.look(f"Observation?patient={me.me}&code=http://loinc.org|0-0")
    assert (before.status, before.body) == (after.status, after.body)
    assert me.get(alcohol).status == 200


def test_what_is_kept_from_one_delegate_is_not_kept_from_another(
    house: House, office: Office, written: tuple[str, str]
) -> None:
    me = house.person()
    for who in (ADA, BEN):
        office.names(me.me, who, Basis.DEPUTY)
    _keeps_from(me, _named(ADA), securityLabel=ALCOHOL)
    assert acting(me).finds("Observation", patient=me.me) == [written[1]]
    assert set(acting(me, BEN).finds("Observation", patient=me.me)) == set(written)


def test_a_delegate_may_be_named_by_the_related_person_that_a_service_wrote(
    house: House, office: Office, written: tuple[str, str]
) -> None:
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    system, _, value = ADA.partition("|")
    known = house.drugs.writes(patient())
    related = house.drugs.writes(
        {
            "resourceType": "RelatedPerson",
            "patient": {"reference": known},
            "identifier": [{"system": system, "value": value}],
        }
    )
    assert set(acting(me).finds("Observation", patient=me.me)) == set(written)
    _keeps_from(me, {"reference": related}, securityLabel=ALCOHOL)
    assert acting(me).finds("Observation", patient=me.me) == [written[1]]


def test_who_acts_for_nobody_sees_nothing(
    house: House, office: Office, written: tuple[str, str]
) -> None:
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    nobodys = Caller(house, replace(acting(me).who, patient="Patient/never-was"))
    assert [nobodys.get(each).status for each in (*written, me.me)] == [404, 404, 404]
    assert acting(me).get(written[0]).status == 200


def test_who_may_not_decide_sees_no_part_of_anything(house: House, office: Office) -> None:
    listed = house.trust.writes(plan(house.trust.writes(patient()), activity("alcohol")))
    me = house.person()
    assert acting(me).get(listed).status == 404
    assert acting(me).finds("CarePlan", patient=me.me) == []
    office.names(me.me, ADA, Basis.DEPUTY)
    assert acting(me).finds("CarePlan", patient=me.me) == [listed]


@pytest.mark.parametrize("whose", ["theirs", "another's"])
def test_a_denial_to_a_related_person_holds_for_whoever_that_is(
    house: House, office: Office, written: tuple[str, str], whose: str
) -> None:
    """Whomever the record relates them to, and for nobody else whom a record of them is about."""
    me = house.person()
    other = house.drugs.writes(patient(0 if whose == "theirs" else 1))
    related = {}
    for who in (ADA, BEN):
        office.names(me.me, who, Basis.DEPUTY)
        system, _, value = who.partition("|")
        identifier = [{"system": system, "value": value}]
        body = {"resourceType": "RelatedPerson", "patient": {"reference": other}}
        related[who] = house.drugs.writes(body | {"identifier": identifier})
    _keeps_from(me, {"reference": related[BEN]}, securityLabel=ALCOHOL)
    assert set(acting(me).finds("Observation", patient=me.me)) == set(written)
    assert acting(me, BEN).finds("Observation", patient=me.me) == [written[1]]
    assert house.drugs.delete(related[BEN]).status == 204
    assert set(acting(me, BEN).finds("Observation", patient=me.me)) == set(written)


def test_a_delegate_reads_every_version_of_what_they_said_and_nobody_elses(
    house: House, office: Office
) -> None:
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    office.names(me.me, BEN, Basis.DEPUTY)
    ada, ben = acting(me), acting(me, BEN)
    said = ada.created(said_by(ada, "deny", securityLabel=ALCOHOL))
    assert ada.put(said | {"status": "inactive"}).status == 200
    address = f"Consent/{said['id']}/_history"
    told = [each["resource"]["status"] for each in ada.history(address)]
    assert told == ["inactive", "active"]
    assert ben.look(address).status == 404
    assert len(me.history(address)) == 2


def test_a_denial_to_everyone_holds_for_delegates_and_not_for_the_person(
    house: House, office: Office, written: tuple[str, str]
) -> None:
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    me.created(consent(me.me, "deny", securityLabel=ALCOHOL))
    assert acting(me).finds("Observation", patient=me.me) == [written[1]]
    assert set(me.finds("Observation", patient=me.me)) == set(written)


def test_a_denial_to_a_service_keeps_nothing_from_a_delegate(
    house: House, office: Office, written: tuple[str, str]
) -> None:
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    me.created(consent(me.me, "deny", house.organizations[DRUGS]))
    assert set(acting(me).finds("Observation", patient=me.me)) == set(written)


def test_what_the_ceiling_keeps_is_kept_from_delegates_too(house: House, office: Office) -> None:
    known = house.trust.writes(patient())
    under = house.trust.writes(score(known, meta={"security": CEILING}))
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    assert [caller.get(under).status for caller in (me, acting(me), house.trust)] == [404, 404, 200]


def test_words_that_might_name_what_is_kept_do_not_reach_a_delegate(
    house: House, office: Office
) -> None:
    known = house.trust.writes(patient())
    div = '<div xmlns="http://www.w3.org/1999/xhtml">as before, she drinks</div>'
    told = house.trust.writes(score(known, MOOD, text={"status": "additional", "div": div}))
    noted = house.trust.writes(score(known, MOOD, note=[{"text": "as before, she drinks"}]))
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    assert "she drinks" in me.read(told)["text"]["div"]
    assert "text" not in acting(me).read(told)
    assert acting(me).get(noted).status == 200
    _keeps_from(me, _named(ADA), securityLabel=ALCOHOL)
    assert acting(me).get(noted).status == 404
    assert me.get(noted).status == 200


def test_a_former_version_is_seen_for_what_it_was(house: House, office: Office) -> None:
    known = house.trust.writes(patient())
    stored = house.trust.created(score(known))
    reference = f"Observation/{stored['id']}"
    later = stored | {"code": {"coding": [{"system": "http://loinc.org", "code": MOOD}]}}
    assert house.trust.put(later).status == 200
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    assert len(acting(me).history(f"{reference}/_history")) == 2
    _keeps_from(me, _named(ADA), securityLabel=ALCOHOL)
    assert len(acting(me).history(f"{reference}/_history")) == 1
    assert len(me.history(f"{reference}/_history")) == 2


def test_a_resource_in_parts_is_seen_without_the_parts_that_are_kept(
    house: House, office: Office, written: tuple[str, str]
) -> None:
    known = house.trust.read(written[0])["subject"]["reference"]
    listed = house.trust.writes(
        {
            "resourceType": "List",
            "status": "current",
            "mode": "working",
            "subject": {"reference": known},
            "entry": [{"item": {"reference": each}} for each in written],
        }
    )
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    assert len(acting(me).read(listed)["entry"]) == 2
    _keeps_from(me, _named(ADA), securityLabel=ALCOHOL)
    assert acting(me).read(listed)["entry"] == [{"item": {"reference": written[1]}}]
    assert written[0] not in acting(me).get(listed).body.decode()
    assert acting(me).finds("List", patient=me.me, item=written[0]) == []
    assert acting(me).finds("List", patient=me.me, item=written[1]) == [listed]
    assert me.finds("List", patient=me.me, item=written[0]) == [listed]
    assert len(me.read(listed)["entry"]) == 2


def test_an_entry_of_a_collection_is_kept_from_a_delegate_for_what_it_is(
    house: House, office: Office
) -> None:
    """An entry under the ceiling is for nobody; others are for all but this delegate."""
    known = house.trust.writes(patient())

    def entry(id_: str, **more: object) -> Json:
        coded = score(known, MOOD, id=id_, **more)
        return {"fullUrl": f"{house.gateway.base_url}/fhir/Observation/{id_}", "resource": coded}

    entries = [entry("a"), entry("b", meta={"security": CEILING})]
    entries.append({"resource": score(known, id="c")})
    code = {"coding": [{"system": "http://snomed.info/sct", "code": "445455005"}]}
    subject = {"reference": known}
    entries.append(
        {"resource": {"resourceType": "Condition", "id": "d", "code": code, "subject": subject}}
    )
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    stored = house.trust.writes(bundle)
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)

    def seen(caller: Caller) -> list[str]:
        return [each["resource"]["id"] for each in caller.read(stored).get("entry", ())]

    assert seen(house.trust) == ["a", "b", "c", "d"]
    assert seen(me) == seen(acting(me)) == ["a", "c", "d"]
    _keeps_from(me, _named(ADA), securityLabel=ALCOHOL)
    assert seen(acting(me)) == ["a", "d"]
    types = "http://hl7.org/fhir/resource-types"
    _keeps_from(me, _named(ADA), **{"class": [{"system": types, "code": "Observation"}]})
    assert seen(acting(me)) == ["d"]
    assert seen(me) == ["a", "c", "d"]


def test_what_a_delegate_may_see_is_asked_anew_each_time(
    house: House, office: Office, written: tuple[str, str]
) -> None:
    """Records of delegates raise no stamp: no answer to a delegate is kept."""
    me = house.person()
    office.names(me.me, ADA, Basis.LPA)
    judged = office.judges(me.me, Kind.LACKS_CAPACITY, DRUGS)
    ada = acting(me)
    for _ in range(3):
        assert ada.get(written[0]).status == 200
    office.ends_judgement(judged)
    assert ada.get(written[0]).status == 404


def test_a_delegate_is_not_told_what_others_would_see(house: House, office: Office) -> None:
    """It tells of what was kept from them."""
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    question = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "consent", "resource": consent(me.me, "permit", house.organizations[DRUGS])}
        ],
    }
    body = msgspec.json.encode(question)
    assert asyncio.run(house.gateway.preview(acting(me).who, body)).status == 403
    assert asyncio.run(house.gateway.preview(me.who, body)).status == 200


def test_a_delegate_has_a_receipt_for_what_they_said_and_for_nothing_else(
    house: House, office: Office
) -> None:
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    mine = me.created(consent(me.me, "permit", house.organizations[DRUGS]))
    theirs = acting(me).created(said_by(acting(me), "permit"))
    got = [house.gateway.receipt(acting(me).who, each["id"]) for each in (mine, theirs)]
    statuses = [asyncio.run(each).status for each in got]
    assert statuses[0] == 404
    assert statuses[1] in (200, 202)  # 202 while the log's entry waits for its place


def test_a_look_by_a_delegate_is_the_persons_to_see(
    house: House, office: Office, written: tuple[str, str]
) -> None:
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    said = acting(me).created(said_by(acting(me), "permit"))
    acting(me).read(written[0])
    events = [each["resource"] for each in body_of(me.ask("AuditEvent"))["entry"]]
    look = events[0]
    assert look["purposeOfEvent"][0]["coding"][0]["code"] == "PWATRNY"
    assert look["agent"][0]["who"]["identifier"]["value"] == "ada"
    named = [each["what"]["reference"] for each in look["entity"] if "what" in each]
    assert written[0] in named
    assert any(each.startswith(f"Consent/{said['id']}/_history/") for each in named)


def test_a_former_version_about_somebody_else_is_not_seen(house: House, office: Office) -> None:
    stored = house.trust.writes(score(house.trust.writes(patient(1))))
    changed = house.trust.read(stored) | {"subject": {"reference": house.trust.writes(patient())}}
    assert house.trust.put(changed).status == 200
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    address = f"{stored}/_history"
    assert len(house.trust.history(address)) == 2
    assert len(acting(me).history(address)) == len(me.history(address)) == 1


def test_a_delegate_reads_every_version_of_what_they_said_whatever_is_kept_from_them(
    house: House, office: Office
) -> None:
    me = house.person()
    office.names(me.me, ADA, Basis.DEPUTY)
    ada = acting(me)
    said = ada.created(said_by(ada, "deny", securityLabel=ALCOHOL))
    assert ada.put(said | {"status": "inactive"}).status == 200
    _keeps_from(me, _named(ADA))
    told = [each["resource"]["status"] for each in ada.history(f"Consent/{said['id']}/_history")]
    assert told == ["inactive", "active"]


def test_a_delegate_reads_no_words_of_others(house: House, office: Office) -> None:
    """Which may name what is kept from them; the person reads them."""
    me, known = house.person(), house.trust.writes(patient())
    office.names(me.me, ADA, Basis.DEPUTY)
    div = '<div xmlns="http://www.w3.org/1999/xhtml">In words</div>'
    told = score(known, text={"status": "generated", "div": div})
    told["code"]["coding"][0]["display"] = "Words of theirs"
    stored = house.trust.writes(told)
    for words in ("In words", "Words of theirs"):
        assert words in str(me.read(stored))
        assert words not in str(acting(me).read(stored))
