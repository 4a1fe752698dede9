"""What looks alike to the gate and is not: whose notice, whose version, whose agreement."""

from __future__ import annotations

from typing import Any

import pytest
from callers import House, composition, consent, patient, referral, score
from ended import Story
from glass import breaks
from plans import CODES, TOPICS, Shared, activity, codes, concept, plan

Json = dict[str, Any]
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
TYPES = "http://hl7.org/fhir/resource-types"


@pytest.fixture
def shared(house: House) -> Shared:
    return Shared(house)


def _denies_type(shared: Shared, type_: str) -> None:
    kind = {"class": [{"system": TYPES, "code": type_}]}
    drugs = shared.house.drugs.who.organization
    shared.person.created(consent(shared.person.me, "deny", drugs, **kind))


def test_a_person_reads_every_version_of_what_a_service_was_told(house: House) -> None:
    story = Story(house)
    notice = story.notice()
    assert story.move(notice, "completed").status == 200
    story.says("permit", "HO1")
    address = f"Task/{notice['id']}/_history"
    told = [each["resource"]["status"] for each in story.person.history(address)]
    assert told == ["completed", "requested"]
    assert house.housing.look(address).status == 404


def test_a_referral_that_comes_to_be_about_another_is_not_delivered_as_theirs(
    house: House,
) -> None:
    first, other = (house.trust.writes(patient(number)) for number in range(2))
    for number in range(2):
        house.drugs.writes(patient(number))
    sender, receiver = house.organizations["RX1"], house.organizations["DA1"]
    request, *_ = house.trust.sent(*referral(first, sender, receiver))
    assert house.drugs.get(request).status == 200
    asked = house.trust.read(request)
    assert house.trust.put(asked | {"subject": {"reference": other}}).status == 200
    assert house.drugs.get(request).status == 404


@pytest.mark.parametrize(("about", "status"), [("request", 200), ("score", 404)])
def test_a_task_reaches_its_owner_where_it_asks_for_a_request(
    house: House, about: str, status: int
) -> None:
    theirs = house.trust.writes(patient())
    house.drugs.writes(patient())
    sender, receiver = house.organizations["RX1"], house.organizations["DA1"]
    if about == "request":
        _, task, _ = house.trust.sent(*referral(theirs, sender, receiver))
    else:
        follow = referral(theirs, sender, receiver)[1]["resource"]
        named = {"reference": house.trust.writes(score(theirs))}
        task = house.trust.writes(follow | {"focus": named})
    assert house.drugs.get(task).status == status


def test_a_contained_resource_about_nobody_is_about_whom_its_holder_is(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs)
    inside = {
        "resourceType": "Medication",
        "id": "inside",
        "code": concept(CODES["mood"]),
    }
    stored = house.trust.writes(
        plan(
            shared.at_trust,
            activity("mood", productReference={"reference": "#inside"}),
            category=[concept(CODES["mood"])],
            contained=[inside],
        )
    )
    assert len(house.drugs.read(stored)["contained"]) == 1
    _denies_type(shared, "Medication")
    seen = house.drugs.read(stored)
    assert "contained" not in seen
    assert "productReference" not in seen["activity"][0]["detail"]


def _topics(resource: Json) -> set[str]:
    return {each["code"] for each in resource["meta"]["security"]} & {"ETHUD", "social"}


def test_what_names_a_plan_is_labelled_by_what_is_seen_of_it(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs)
    both = (activity("alcohol"), activity("housing"))
    named = house.trust.writes(plan(shared.at_trust, *both))
    sender = house.organizations["RX1"]
    asked = house.trust.writes(referral(shared.at_trust, sender, sender, named)[0]["resource"])
    assert _topics(house.drugs.read(asked)) == {"ETHUD", "social"}
    housing = consent(
        shared.person.me, "deny", house.organizations["DA1"], securityLabel=[TOPICS["housing"]]
    )
    shared.person.created(housing)
    assert codes(house.drugs.read(named)) == [CODES["alcohol"]]


def test_what_names_ones_own_plan_is_labelled_by_the_whole_of_it(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs)
    shared.permit(house.trust)
    goal = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": concept(CODES["housing"]),
        "subject": {"reference": shared.at_trust},
    }
    kept = house.trust.writes(goal)
    own = house.drugs.writes(plan(shared.at_drugs, activity("alcohol"), goal=[{"reference": kept}]))
    sender = house.organizations["RX1"]
    asked = house.trust.writes(referral(shared.at_trust, sender, sender, own)[0]["resource"])
    before = _topics(house.drugs.read(asked))
    assert before == {"ETHUD", "social"}
    data = [{"meaning": "instance", "reference": {"reference": kept}}]
    shared.person.created(consent(shared.person.me, "deny", house.organizations["DA1"], data=data))
    assert house.drugs.get(kept).status == 404
    assert _topics(house.drugs.read(own)) == before
    assert _topics(house.drugs.read(asked)) == before


def test_what_names_ones_own_request_is_labelled_by_the_whole_of_it(shared: Shared) -> None:
    house, sender, mine = shared.house, shared.house.organizations["RX1"], shared.at_drugs
    shared.permit(house.drugs)
    kept = house.trust.writes(score(shared.at_trust))
    drugs = house.organizations["DA1"]
    own = house.drugs.writes(referral(mine, drugs, drugs, kept)[0]["resource"])
    shared.permit(house.trust)
    asked = house.trust.writes(referral(shared.at_trust, sender, sender, own)[0]["resource"])
    before = house.drugs.read(asked)["meta"]["security"]
    assert _topics(house.drugs.read(asked)) == {"ETHUD"}
    data = [{"meaning": "instance", "reference": {"reference": kept}}]
    shared.person.created(consent(shared.person.me, "deny", drugs, data=data))
    assert house.drugs.get(kept).status == 404
    assert house.drugs.read(asked)["meta"]["security"] == before


def test_a_part_that_is_somebody_is_shown_to_nobody_else(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs)
    relative = {"resourceType": "Patient", "id": "relative"}
    stored = house.trust.writes(
        plan(
            shared.at_trust,
            activity("alcohol"),
            contained=[relative],
            supportingInfo=[{"reference": "#relative"}],
        )
    )
    seen = house.drugs.read(stored)
    assert codes(seen) == [CODES["alcohol"]]
    assert "relative" not in str(seen)


def test_a_part_that_names_what_is_not_held_is_shown_to_nobody_else(shared: Shared) -> None:
    house = shared.house
    shared.permit(house.drugs)
    never = {"reference": "Observation/00000000-0000-4000-8000-000000000001"}
    body = plan(shared.at_trust, activity("alcohol"), supportingInfo=[never])
    stored = house.trust.writes(body)
    seen = house.drugs.read(stored)
    assert codes(seen) == [CODES["alcohol"]]
    assert "supportingInfo" not in seen
    assert house.trust.read(stored)["supportingInfo"] == [never]


def test_in_an_emergency_an_author_reads_their_own_as_it_stands(house: House) -> None:
    """Also where a version that was about another person lies between it and one like it."""
    first, other = (house.drugs.writes(patient(number)) for number in range(2))
    stored = house.drugs.writes(score(first))
    for subject in (other, first):
        changed = house.drugs.read(stored) | {"subject": {"reference": subject}}
        assert house.drugs.put(changed).status == 200
    doctor = breaks(house, "DA1", first)
    assert doctor.read(stored)["meta"] == house.drugs.read(stored)["meta"]


def test_a_task_is_found_by_the_owner_whom_its_ods_code_alone_names(house: House) -> None:
    theirs = house.trust.writes(patient())
    sender, receiver = house.organizations["RX1"], house.organizations["DA1"]
    body = referral(theirs, sender, receiver)[1]["resource"]
    body |= {"focus": {"reference": house.trust.writes(score(theirs))}}
    named, unknown = (
        house.trust.writes(body | {"owner": {"identifier": {"system": ODS, "value": ods}}})
        for ods in ("DA1", "XX9")
    )
    assert house.trust.finds("Task", owner=receiver) == [named]
    assert sorted(house.trust.finds("Task", patient=theirs)) == sorted([named, unknown])


def test_who_was_sent_a_referral_reads_it_while_their_agreement_lasts(house: House) -> None:
    theirs = house.trust.writes(patient())
    sender, receiver = house.organizations["RX1"], house.organizations["DA1"]
    request, task, _ = house.trust.sent(*referral(theirs, sender, receiver))
    assert house.drugs.get(request).status == 200
    assert house.drugs.finds("Task", owner=receiver) == [task]
    house.change("UPDATE organization SET agreement_to = agreement_from WHERE ods = 'DA1'")
    assert house.drugs.get(request).status == 404
    assert house.drugs.finds("Task", owner=receiver) == []


def test_a_person_is_shown_the_labels_of_the_words_that_they_read(house: House) -> None:
    me, theirs = house.person(), house.trust.writes(patient())
    plain = composition(house, theirs)
    del plain["section"]
    for title in (plain["title"], "Words that nobody has judged"):
        stored = house.trust.writes(plain | {"title": title})
        seen, whole = me.read(stored), house.trust.read(stored)
        assert seen["title"] == title
        assert (seen["meta"]["security"], seen["meta"].get("tag")) == (
            whole["meta"]["security"],
            whole["meta"].get("tag"),
        )


def test_what_a_resource_carried_it_carries_on_where_its_author_sees_that_no_more(
    shared: Shared,
) -> None:
    house = shared.house
    shared.permit(house.drugs)
    named = house.trust.writes(plan(shared.at_trust, activity("housing")))
    organization = house.organizations["DA1"]
    asked = referral(shared.at_drugs, organization, organization, named)[0]["resource"]
    stored = house.drugs.created(asked)
    assert _topics(stored) == {"ETHUD", "social"}
    data = [{"meaning": "instance", "reference": {"reference": named}}]
    shared.person.created(consent(shared.person.me, "deny", organization, data=data))
    assert house.drugs.get(named).status == 404
    assert house.drugs.put(stored | {"priority": "urgent"}).status == 200
    again = house.drugs.read(f"ServiceRequest/{stored['id']}")
    assert again["meta"]["security"] == stored["meta"]["security"]
    assert again["meta"].get("tag") == stored["meta"].get("tag")


def test_a_version_about_somebody_who_is_not_known_here_never_was(house: House) -> None:
    at_trust = []
    for number in range(2):
        me = house.person(number)
        me.writes(consent(me.me, "permit", house.organizations["DA1"]))
        at_trust.append(house.trust.writes(patient(number)))
    house.drugs.writes(patient())
    known, unknown = at_trust
    stored = house.trust.writes(score(unknown))
    address = f"{stored}/_history"
    assert house.drugs.look(address).status == 404
    changed = house.trust.read(stored) | {"subject": {"reference": known}}
    assert house.trust.put(changed).status == 200
    assert len(house.trust.history(address)) == 2
    assert len(house.drugs.history(address)) == 1
    house.drugs.writes(patient(1))
    assert len(house.drugs.history(address)) == 2


def test_in_an_emergency_nothing_is_read_of_when_a_record_was_about_nobody(house: House) -> None:
    first = house.drugs.writes(patient())
    empty = {"resourceType": "Group", "type": "person", "actual": True}
    stored = house.drugs.created(empty)
    member = [{"entity": {"reference": first}}]
    assert house.drugs.put(stored | {"member": member}).status == 200
    doctor, address = breaks(house, "DA1", first), f"Group/{stored['id']}/_history"
    assert len(house.drugs.history(address)) == 2
    assert [each["resource"].get("member") for each in doctor.history(address)] == [member]


def test_a_search_is_logged_with_those_alone_about_whom_it_could_find_anything(
    house: House,
) -> None:
    known, _ = house.person(), house.person(1)
    sender, receiver = house.organizations["RX1"], house.organizations["HO1"]
    for number in range(2):
        house.trust.sent(*referral(house.trust.writes(patient(number)), sender, receiver))
    house.drugs.writes(patient())
    known.writes(consent(known.me, "permit", house.organizations["DA1"]))
    before = house.rows("audit_person")
    assert len(house.drugs.finds("Task", owner=receiver)) == 1
    assert house.rows("audit_person") == before + 1


def test_what_names_a_document_is_labelled_without_the_words_of_its_title(house: House) -> None:
    me, theirs = house.person(), house.trust.writes(patient())
    titled = composition(house, theirs) | {"title": "Words that nobody has judged"}
    del titled["section"]
    document, sender = house.trust.writes(titled), house.organizations["RX1"]
    asked = house.trust.writes(referral(theirs, sender, sender, document)[0]["resource"])
    tags = [me.read(each)["meta"].get("tag", []) for each in (document, asked)]
    assert [[each["code"] for each in tag] for tag in tags] == [["unjudged"], []]
