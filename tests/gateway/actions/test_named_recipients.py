"""What is under the ceiling goes to its author, and to whom the author names for that item."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from callers import (
    MOOD,
    TERMINOLOGY,
    Caller,
    House,
    body_of,
    consent,
    entry,
    patient,
    places,
    referral,
    score,
)
from deputies import ADA, Office, acting
from glass import breaks, officer
from plans import CODES, Shared, activity, codes, permitted_to_both, plan, written

from consent.recipients import NAMED_RECIPIENT
from consent.topics import mask_of
from gateway.actions.disclosing import Proposal
from gateway.actions.story import Form
from gateway.storage.database import connect
from gateway.storage.delegates import Basis
from gateway.storage.officers import Officer, add

Json = dict[str, Any]
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
TOPIC = "https://onestory.example/fhir/CodeSystem/topic"
THIRD_PARTY = {"security": [{"system": TOPIC, "code": "third-party"}]}


def naming(*named: Caller | Json) -> list[Json]:
    return [
        {
            "url": NAMED_RECIPIENT,
            "valueReference": {"reference": one.who.organization}
            if isinstance(one, Caller)
            else one,
        }
        for one in named
    ]


def logical(ods: str) -> Json:
    return {"identifier": {"system": ODS, "value": ods}}


@pytest.fixture
def shared(house: House) -> Shared:
    """One person whom three services know, and who lets both others see everything."""
    known = Shared(house)
    known.permit(house.drugs)
    known.permit(house.housing)
    return known


def kept(shared: Shared, *named: Caller | Json, **more: Any) -> Json:
    """A score that holds something about somebody else, with the recipients that are named."""
    extension = {"extension": naming(*named)} if named else {}
    return score(shared.at_trust, meta=THIRD_PARTY, **extension, **more)


def has(who: Caller, reference: str, subject: str) -> bool:
    """Whether a service has it: by read, search, count, and history alike."""
    type_, _, id_ = reference.partition("/")
    status = who.get(reference).status
    found = who.finds(type_, patient=subject)
    total = body_of(who.ask(type_, patient=subject, _summary="count"))["total"]
    past = who.look(f"{reference}/_history").status
    assert {status, past} in ({200}, {404})
    assert (reference in found, total) == (status == 200, len(found))
    assert (reference in who.finds(type_, _id=id_)) is (status == 200)
    return status == 200


def test_who_is_named_has_it_and_nobody_else(shared: Shared) -> None:
    house = shared.house
    silent = house.trust.writes(kept(shared))
    named = house.trust.writes(kept(shared, house.drugs))
    for each in (silent, named):
        assert house.trust.get(each).status == 200
        assert not has(house.housing, each, shared.at_housing)
    assert not has(house.drugs, silent, shared.at_drugs)
    assert has(house.drugs, named, shared.at_drugs)


@pytest.mark.parametrize("form", [logical("DA1"), {**logical("DA1"), "type": "Organization"}])
def test_an_organisation_is_named_by_its_ods_code_too(shared: Shared, form: Json) -> None:
    house = shared.house
    named = house.trust.writes(kept(shared, form))
    assert has(house.drugs, named, shared.at_drugs)
    assert not has(house.housing, named, shared.at_housing)


def test_who_is_named_needs_a_permit_all_the_same(house: House) -> None:
    shared = Shared(house)
    named = house.trust.writes(kept(shared, house.drugs))
    assert not has(house.drugs, named, shared.at_drugs)
    shared.permit(house.drugs)
    assert has(house.drugs, named, shared.at_drugs)


def test_a_denial_denies_who_is_named(shared: Shared) -> None:
    house = shared.house
    named = house.trust.writes(kept(shared, house.drugs, house.housing))
    denied = consent(shared.person.me, "deny", house.drugs.who.organization)
    shared.person.created(denied)
    assert not has(house.drugs, named, shared.at_drugs)
    assert has(house.housing, named, shared.at_housing)


def test_who_may_see_it_is_told_nothing_of_who_else_may(shared: Shared) -> None:
    house = shared.house
    named = house.trust.writes(kept(shared, house.drugs, house.housing))
    assert "extension" in house.trust.read(named)
    assert "extension" not in house.drugs.read(named)
    before = house.drugs.get(named)
    mine = house.trust.read(named)
    house.trust.put(mine | {"extension": naming(house.drugs)})
    after = house.drugs.get(named)
    assert (before.body, before.headers["ETag"]) == (after.body, after.headers["ETag"])
    assert len(house.drugs.history(f"{named}/_history")) == 1
    assert not has(house.housing, named, shared.at_housing)


def test_the_name_is_taken_back_with_a_version_without_it(shared: Shared) -> None:
    house = shared.house
    named = house.trust.writes(kept(shared, house.drugs))
    version = house.drugs.read(named)["meta"]["versionId"]
    again = {n: v for n, v in house.trust.read(named).items() if n != "extension"}
    assert house.trust.put(again).status == 200
    assert not has(house.drugs, named, shared.at_drugs)
    assert house.drugs.look(f"{named}/_history/{version}").status == 404


def test_what_was_before_the_name_stays_unseen(shared: Shared) -> None:
    house = shared.house
    silent = house.trust.writes(kept(shared))
    first = house.trust.read(silent)
    house.trust.put(first | {"extension": naming(house.drugs), "effectiveDateTime": "2026-04-01"})
    [only] = house.drugs.history(f"{silent}/_history")
    assert only["request"]["method"] == "POST"
    assert only["resource"]["effectiveDateTime"] == "2026-04-01"
    assert house.drugs.look(f"{silent}/_history/{first['meta']['versionId']}").status == 404


def test_an_answer_that_was_kept_is_not_given_again(shared: Shared) -> None:
    house = shared.house
    silent = house.trust.writes(kept(shared))
    for _ in range(3):
        assert house.drugs.get(silent).status == 404
        assert house.drugs.finds("Observation", patient=shared.at_drugs) == []
    stored = house.trust.read(silent)
    house.trust.put(stored | {"extension": naming(house.drugs)})
    for _ in range(3):
        assert house.drugs.get(silent).status == 200
        assert house.drugs.finds("Observation", patient=shared.at_drugs) == [silent]
    house.trust.put(stored)
    assert house.drugs.get(silent).status == 404
    assert house.drugs.finds("Observation", patient=shared.at_drugs) == []


def test_it_travels_with_a_transaction_and_a_patch(shared: Shared) -> None:
    house = shared.house
    [stored] = house.trust.sent(entry(kept(shared, house.drugs)))
    assert has(house.drugs, stored, shared.at_drugs)
    taken = {"op": "remove", "path": "/extension"}
    assert house.trust.patch(stored, taken).status == 200
    assert not has(house.drugs, stored, shared.at_drugs)


def test_what_names_the_item_is_kept_from_them(shared: Shared) -> None:
    """A label that follows brings the ceiling along, and no name."""
    house = shared.house
    named = house.trust.writes(kept(shared, house.drugs))
    listed = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "417096006"}]},
        "subject": {"reference": shared.at_trust},
        "supportingInfo": [{"reference": named}],
    }
    asked = house.trust.writes(listed)
    assert not has(house.drugs, asked, shared.at_drugs)
    also = house.trust.writes(listed | {"extension": naming(house.drugs)})
    assert house.drugs.read(also)["supportingInfo"] == [{"reference": named}]


def test_who_is_named_for_a_plan_has_all_its_parts(shared: Shared) -> None:
    """One part is under the ceiling: others see the plan without it, and not that anyone is
    named."""
    house = shared.house
    notes = house.trust.writes(kept(shared, house.drugs))
    open_ = house.trust.writes(score(shared.at_trust))
    supporting = [{"reference": notes}, {"reference": open_}]
    body = plan(shared.at_trust, activity("alcohol"), supportingInfo=supporting)
    stored = house.trust.writes(body)
    others = {each.who.ods: each for each in (house.housing, house.drugs, shared.person)}
    for each in others.values():
        assert each.read(stored)["supportingInfo"] == supporting[1:]
    before = {name: each.get(stored).body for name, each in others.items()}
    mine = house.trust.read(stored)
    assert house.trust.put(mine | {"extension": naming(house.drugs)}).status == 200
    seen = house.drugs.read(stored)
    assert (seen["supportingInfo"], "extension" in seen) == (supporting, False)
    del others["DA1"]
    for name, each in others.items():
        assert each.get(stored).body == before[name]


def test_a_contained_resource_goes_with_the_whole(shared: Shared) -> None:
    house = shared.house
    goal = {
        "resourceType": "Goal",
        "id": "g",
        "lifecycleStatus": "active",
        "description": {"coding": THIRD_PARTY["security"]},
        "subject": {"reference": shared.at_trust},
    }
    named = [{"reference": "#g"}]
    body = plan(shared.at_trust, activity("alcohol"), goal=named, contained=[goal])
    stored = house.trust.writes(body | {"extension": naming(house.drugs)})
    assert house.drugs.read(stored)["goal"] == named
    assert "goal" not in house.housing.read(stored)


def test_the_person_and_their_delegate_see_no_more(shared: Shared) -> None:
    house, me = shared.house, shared.person
    portal = house.caller("PO1")
    named = house.trust.writes(kept(shared, house.drugs, portal))
    assert me.get(named).status == 404
    assert me.finds("Observation", patient=me.me) == []
    open_ = house.trust.writes(score(shared.at_trust, extension=naming(house.drugs)))
    assert "extension" not in me.read(open_)


def _problem(answer: Any) -> tuple[int, list[str]]:
    return answer.status, places(answer)


@pytest.mark.parametrize(
    "named",
    [
        {"reference": "Organization/6d1a6a52-0000-4000-8000-000000000000"},
        {"reference": "https://elsewhere.example/Organization/1"},
        {"reference": "Location/6d1a6a52-0000-4000-8000-000000000000"},
        {"reference": "#inside"},
        {"identifier": {"system": ODS, "value": "NOBODY"}},
        {"identifier": {"system": "urn:x", "value": "DA1"}},
        {**logical("DA1"), "type": "Practitioner"},
        {"display": "Riverside"},
    ],
)
def test_who_is_no_organisation_of_the_directory_is_refused(shared: Shared, named: Json) -> None:
    answer = shared.house.trust.post(kept(shared, named))
    status, where = _problem(answer)
    assert status == 422
    assert where[0].startswith("Observation.extension[0].valueReference")


def test_every_name_that_is_wrong_is_told_with_its_place(shared: Shared) -> None:
    house = shared.house
    body = kept(shared, house.drugs, logical("NO1"), house.housing, logical("NO2"))
    assert places(house.trust.post(body)) == [
        "Observation.extension[1].valueReference",
        "Observation.extension[3].valueReference",
    ]
    wrong = [{"url": NAMED_RECIPIENT, "valueString": "DA1"}]
    answer = house.trust.post(score(shared.at_trust, extension=wrong))
    assert _problem(answer) == (422, ["Observation.extension[0].valueReference"])
    right = house.trust.writes(kept(shared, house.drugs))
    changed = house.trust.read(right) | {"extension": naming(logical("NO1"))}
    assert house.trust.put(changed).status == 422
    assert has(house.drugs, right, shared.at_drugs)


def test_a_name_anywhere_but_at_the_root_is_refused(shared: Shared) -> None:
    house = shared.house
    named = naming(house.drugs)
    body = score(shared.at_trust)
    inner = body | {"code": body["code"] | {"extension": named}}
    assert _problem(house.trust.post(inner)) == (422, ["Observation.code.extension[0]"])
    goal = {
        "resourceType": "Goal",
        "id": "g",
        "lifecycleStatus": "active",
        "description": {"coding": [{"system": "http://snomed.info/sct", "code": CODES["mood"]}]},
        "subject": {"reference": shared.at_trust},
        "extension": named,
    }
    whole = plan(
        shared.at_trust,
        activity("alcohol", goal=[{"reference": "#g"}]),
        contained=[goal],
    )
    assert _problem(house.trust.post(whole)) == (422, ["CarePlan.contained[0].extension[0]"])


def test_what_never_leaves_its_author_or_is_open_to_everybody_names_nobody(
    shared: Shared,
) -> None:
    house, named = shared.house, {"extension": naming(shared.house.drugs)}
    place = {"resourceType": "Location", "name": "Door"}
    assert _problem(house.trust.post(place | named)) == (422, ["Location.extension[0]"])
    other = patient(1) | named
    assert _problem(house.trust.post(other)) == (422, ["Patient.extension[0]"])
    mine = house.trust.read(shared.at_trust)
    assert _problem(house.trust.put(mine | named)) == (422, ["Patient.extension[0]"])
    permit = consent(shared.person.me, "permit", house.drugs.who.organization)
    assert _problem(shared.person.post(permit | named)) == (422, ["Consent.extension[0]"])
    given = shared.person.created(permit)
    assert _problem(shared.person.put(given | named)) == (422, ["Consent.extension[0]"])
    assert shared.person.put(given | {"dateTime": "2026-05-02"}).status == 200
    proved = {
        "resourceType": "Provenance",
        "target": [{"reference": house.trust.writes(score(shared.at_trust))}],
        "recorded": "2026-05-03T10:00:00Z",
        "agent": [{"who": {"reference": house.trust.who.organization}}],
    }
    assert _problem(house.trust.post(proved | named)) == (422, ["Provenance.extension[0]"])


def test_nobody_but_the_author_names_takes_back_or_learns_of_a_name(house: House) -> None:
    shared = permitted_to_both(house)
    stored = written(shared, extension=naming(house.drugs))
    seen = house.drugs.read(stored)
    assert "extension" not in seen
    added = seen | {"extension": naming(house.housing)}
    assert _problem(house.drugs.put(added)) == (422, ["CarePlan.extension"])
    put = seen | {"activity": [*seen["activity"], activity("alcohol", "completed")]}
    assert house.drugs.put(put).status == 200
    mine = house.trust.read(stored)
    assert mine["extension"] == naming(house.drugs)
    assert len(codes(mine)) == 3


def test_only_who_wrote_it_names_anybody(shared: Shared) -> None:
    house = shared.house
    named = house.trust.writes(kept(shared, house.drugs))
    seen = house.drugs.read(named)
    assert house.drugs.put(seen | {"extension": naming(house.housing)}).status == 403
    assert not has(house.housing, named, shared.at_housing)


def test_in_an_emergency_who_is_named_has_it_up_to_r(shared: Shared) -> None:
    house = shared.house
    purpose = {"system": f"{TERMINOLOGY}v3-ActReason", "code": "BTG"}
    level = {"system": f"{TERMINOLOGY}v3-Confidentiality", "code": "R"}
    to = house.drugs.who.organization
    asked = consent(shared.person.me, "permit", to, purpose=[purpose], securityLabel=[level])
    shared.person.created(asked)
    named = house.trust.writes(kept(shared, house.drugs))
    other = house.trust.writes(kept(shared, house.housing))
    marac = {"security": [*THIRD_PARTY["security"], {**level, "code": "V"}]}
    very = house.trust.writes(kept(shared, house.drugs) | {"meta": marac})
    doctor = breaks(house, "DA1", shared.at_drugs)
    assert [doctor.get(each).status for each in (named, other, very)] == [200, 404, 404]
    assert doctor.finds("Observation", patient=shared.at_drugs) == [named]


def test_a_disclosure_lists_what_its_author_lets_the_recipient_have(house: House) -> None:
    """No consent is asked: the ceiling is, and who is named."""
    shared = Shared(house)
    with closing(connect(house.url)) as connection:
        assert add(connection, Officer("G. Guardian", guardian=True))
    named = house.trust.writes(kept(shared, house.housing))
    other = house.trust.writes(kept(shared, house.drugs))
    gateway, to = house.gateway, house.organizations["HO1"]

    def proposes(*listed: str) -> Any:
        asked = Proposal(to, listed, "court-order", "A court ordered it on 3 May 2026.")
        return asyncio.run(gateway.propose_disclosure(officer(house), asked))

    assert proposes(other).status == 400
    assert proposes(named).status == 201
    [listed] = asyncio.run(gateway.disclosures(officer(house)))
    id_ = listed.disclosure.id
    asyncio.run(gateway.agree_disclosure(officer(house, "G. Guardian"), id_))
    body = {"resourceType": "Parameters", "parameter": [{"name": "disclosure", "valueId": id_}]}
    fetched = asyncio.run(gateway.disclosed(house.housing.who, msgspec.json.encode(body)))
    [entry_] = body_of(fetched)["entry"]
    assert f"Observation/{entry_['resource']['id']}" == named
    assert "extension" not in entry_["resource"]


def test_a_story_names_no_recipient(shared: Shared) -> None:
    house = shared.house
    survey = {"coding": [{"system": f"{TERMINOLOGY}observation-category", "code": "survey"}]}
    house.trust.writes(score(shared.at_trust, category=[survey], extension=naming(house.drugs)))
    house.trust.writes(kept(shared, house.drugs, category=[survey]))
    for who, subject in ((house.trust, shared.at_trust), (house.drugs, shared.at_drugs)):
        asked = who.gateway.story(who.who, subject.partition("/")[2], (), Form.DOCUMENT)
        bundle = body_of(asyncio.run(asked))
        told = [one["resource"] for one in bundle["entry"]]
        [only] = [one for one in told if one["resourceType"] == "Observation"]
        assert "extension" not in only


def test_a_delegate_sees_no_more_where_their_portal_is_named(house: House, office: Office) -> None:
    """Of what site policy adds to the ceiling, and of what is under it."""
    shared, portal = Shared(house), house.caller("PO1")
    office.names(shared.person.me, ADA, Basis.DEPUTY)
    ada = acting(shared.person)
    mood = house.trust.writes(score(shared.at_trust, MOOD, extension=naming(portal)))
    named = house.trust.writes(kept(shared, portal))
    body = plan(shared.at_trust, activity("alcohol"), activity("mood"), extension=naming(portal))
    whole = house.trust.writes(body)
    assert (ada.get(mood).status, ada.get(named).status) == (200, 404)
    assert len(ada.read(whole)["activity"]) == 2
    gateway = house.gateway
    site = replace(gateway.installation.policy, ceiling_topics=mask_of("MH"))
    gateway.installation = replace(gateway.installation, policy=site)
    assert (ada.get(mood).status, ada.get(named).status) == (404, 404)
    assert len(ada.read(whole)["activity"]) == 1
    assert ada.look(f"{mood}/_history").status == 404


def test_what_a_site_adds_to_the_ceiling_goes_to_whom_its_author_names(shared: Shared) -> None:
    house = shared.house
    silent = house.trust.writes(score(shared.at_trust, MOOD))
    named = house.trust.writes(score(shared.at_trust, MOOD, extension=naming(house.drugs)))
    other = house.trust.writes(score(shared.at_trust, extension=naming(house.drugs)))
    gateway = house.gateway
    site = replace(gateway.installation.policy, ceiling_topics=mask_of("MH"))
    gateway.installation = replace(gateway.installation, policy=site)
    assert has(house.drugs, named, shared.at_drugs)
    assert not has(house.drugs, silent, shared.at_drugs)
    assert not has(house.housing, named, shared.at_housing)
    assert has(house.housing, other, shared.at_housing)


def test_everything_about_the_person_holds_it_for_whom_it_is_meant(shared: Shared) -> None:
    house = shared.house
    named = house.trust.writes(kept(shared, house.drugs))
    found = {}
    for who, subject in ((house.drugs, shared.at_drugs), (house.housing, shared.at_housing)):
        asked = who.gateway.everything(who.who, subject.partition("/")[2], ())
        told = [one["resource"] for one in body_of(asyncio.run(asked))["entry"]]
        found[who.who.ods] = named in {f"{one['resourceType']}/{one['id']}" for one in told}
    assert found == {"DA1": True, "HO1": False}


def test_a_referral_under_the_ceiling_is_delivered_to_whom_its_sender_names(house: House) -> None:
    """Its owner moves the Task, and neither learns of the names nor touches them."""
    shared = Shared(house)
    sender, receiver = house.trust.who.organization, house.drugs.who.organization

    def asked(*named: Caller) -> list[Json]:
        entries = referral(shared.at_trust, sender, receiver)
        for each in entries[:2]:
            each["resource"] |= {"meta": THIRD_PARTY}
            each["resource"] |= {"extension": naming(*named)} if named else {}
        return entries

    for others in ([], [house.housing]):
        assert _problem(house.trust.transact(*asked(*others)))[0] == 422
    request, task, _ = house.trust.sent(*asked(house.drugs, house.housing))
    seen = house.drugs.read(task)
    assert house.drugs.get(request).status == 200
    assert "extension" not in seen
    assert house.drugs.put(seen | {"status": "accepted"}).status == 200
    assert house.trust.read(task)["extension"] == naming(house.drugs, house.housing)
    again = house.drugs.read(task) | {"status": "in-progress", "extension": naming(house.drugs)}
    assert _problem(house.drugs.put(again)) == (422, ["Task.extension"])
    assert house.housing.get(task).status == 404
