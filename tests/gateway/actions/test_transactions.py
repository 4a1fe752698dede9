"""All of a transaction or nothing, whatever stands in it and in whatever order."""

from __future__ import annotations

import itertools
from dataclasses import replace

import msgspec
from callers import MOOD, House, body_of, consent, entry, patient, places, referral, score

from gateway.actions.installation import Limits

ONE = "urn:uuid:00000000-0000-4000-8000-000000000001"


def test_a_refused_transaction_leaves_nothing_but_its_row(house: House) -> None:
    mine = house.trust.writes(patient())
    tables = ("resource", "identity", "concern", "fact", "token_index", "delivery", "attested")
    before = [house.rows(table) for table in tables]
    rows = house.rows("audit")
    good = referral(mine, house.organizations["RX1"], house.organizations["HO1"])
    bad = entry(score("Patient/00000000-0000-4000-8000-000000000001"))
    for position in range(4):
        entries = [*good]
        entries.insert(position, bad)
        answer = house.trust.transact(entry(patient(1)), *entries)
        assert answer.status == 422
        assert places(answer) == [f"Bundle.entry[{position + 1}].resource.subject.reference"]
    assert [house.rows(table) for table in tables] == before
    assert house.rows("audit") == rows + 4


def test_the_order_of_entries_changes_nothing(house: House) -> None:
    for number, order in enumerate(itertools.permutations(range(3))):
        known = patient(identifier=[{"system": "urn:x", "value": str(number)}])
        entries = [entry(known, ONE), entry(score(ONE)), entry(score(ONE))]
        stored = house.trust.sent(*(entries[place] for place in order))
        kinds = [entries[place]["resource"]["resourceType"] for place in order]
        assert [each.partition("/")[0] for each in stored] == kinds
        mine = stored[order.index(0)]
        assert len(house.trust.finds("Observation", patient=mine)) == 2


def test_a_conditional_patient_is_found_and_what_refers_to_it_follows(house: House) -> None:
    mine = house.trust.writes(patient())
    number = patient()["identifier"][0]
    condition = f"identifier={number['system']}|{number['value']}&birthdate=1987-04-12"
    entries = [entry(score(ONE)), entry(patient(), ONE, ifNoneExist=condition)]
    stored, found = house.trust.sent(*entries)
    assert found == mine
    assert house.trust.read(stored)["subject"]["reference"] == mine


def test_a_consent_is_taken_back_within_a_transaction(house: House) -> None:
    me = house.person()
    said = me.created(consent(me.me, "deny", house.organizations["DA1"]))
    taken = entry(said | {"status": "inactive"}, method="PUT", url=f"Consent/{said['id']}")
    taken["request"]["ifMatch"] = 'W/"0000000000000000"'
    assert me.transact(taken).status == 412
    taken["request"]["ifMatch"] = f'W/"{said["meta"]["versionId"]}"'
    assert me.transact(taken).status == 200
    assert me.read(f"Consent/{said['id']}")["status"] == "inactive"


def test_what_is_not_done_in_time_is_not_done(house: House) -> None:
    mine = house.trust.writes(patient())
    before = house.rows("resource")
    hasty = replace(house.gateway.installation, limits=Limits(seconds=0.0))
    house.gateway.installation = hasty
    answer = house.trust.transact(entry(score(mine)), entry(score(mine)))
    assert answer.status == 503
    assert body_of(answer)["issue"][0]["code"] == "timeout"
    assert house.rows("resource") == before
    last = house.entries()[-1]
    assert (last["status"], last["outcome"]) == (503, "failed")


def test_a_transaction_of_nobodys_is_refused_whole(house: House) -> None:
    """A token without a person registers one, and does nothing else beside."""
    portal = house.registers(patient())
    fresh = house.caller("PO1", portal.who.role)
    answer = fresh.transact(entry(patient(1), ONE), entry(consent(ONE, "deny")))
    assert answer.status == 403
    assert house.rows("identity") == 1
    assert msgspec.json.decode(answer.body)["resourceType"] == "OperationOutcome"


def test_one_condition_stands_once_in_a_transaction(house: House) -> None:
    mine = house.trust.writes(patient())
    number = {"system": "urn:x", "value": "1"}
    twice = [
        entry(score(mine, identifier=[number]), ifNoneExist="identifier=urn:x|1") for _ in range(2)
    ]
    answer = house.trust.transact(*twice)
    assert answer.status == 422
    assert places(answer) == ["Bundle.entry[1].request.ifNoneExist"]
    assert house.trust.finds("Observation", patient=mine) == []
    assert house.trust.sent(twice[0]) == house.trust.sent(twice[1])


SIDE_TABLES = {
    "resource": "t.type, t.author, t.several, t.topics, t.level, t.pending, t.ceiling, t.version",
    "concern": "r.type, t.identity, t.element, t.several",
    "fact": "r.type, t.kind, t.value",
    "token_index": "r.type, t.name, t.value, t.author",
    "date_index": "r.type, t.name, t.low, t.high",
}


def beside(house: House, references: list[str]) -> dict[str, list[tuple[object, ...]]]:
    """What is kept of these resources, whatever their ids."""
    ids = ",".join(f"'{reference.partition('/')[2]}'" for reference in references)
    return {
        table: sorted(
            house.held(
                f"SELECT {columns} FROM {table} t JOIN resource r ON r.rid = t.rid"
                f" WHERE r.id IN ({ids})"
            )
        )
        for table, columns in SIDE_TABLES.items()
    }


def test_what_comes_together_is_kept_as_what_comes_alone(house: House) -> None:
    mine = house.trust.writes(patient())
    number = {"system": "urn:x", "value": "1"}
    sent = [
        score(mine),
        score(mine, MOOD, identifier=[number], note=[{"text": "free text"}]),
        referral(mine, house.organizations["RX1"], house.organizations["HO1"])[0]["resource"],
    ]
    alone = [house.trust.writes(each) for each in sent]
    together = house.trust.sent(*(entry(each) for each in sent))
    assert beside(house, together) == beside(house, alone)
    for one, other in zip(alone, together, strict=True):
        first, second = house.trust.read(one), house.trust.read(other)
        assert {**first, "id": "", "meta": ""} == {**second, "id": "", "meta": ""}
        assert first["meta"].get("security") == second["meta"].get("security")


def test_a_request_carries_the_labels_of_what_came_with_it_in_any_order(house: House) -> None:
    mine = house.trust.writes(patient())
    trust, housing = house.organizations["RX1"], house.organizations["HO1"]
    first = referral(mine, trust, housing, ONE)[0]
    second = referral(mine, trust, housing, first["fullUrl"])[0]
    mood = entry(score(mine, MOOD), ONE)
    labels = []
    for order in ((first, second, mood), (mood, first, second)):
        stored = dict(
            zip((each["fullUrl"] for each in order), house.trust.sent(*order), strict=True)
        )
        seen = [house.trust.read(stored[each["fullUrl"]]) for each in (first, second)]
        labels.append([each["meta"]["security"] for each in seen])
        assert "tag" not in seen[0]["meta"]
        assert labels[-1][0] == labels[-1][1]
    assert labels[0] == labels[1]


def test_a_condition_finds_only_what_the_same_organisation_wrote(house: House) -> None:
    number = {"system": "urn:x", "value": "1"}
    asked = "identifier=urn:x|1"
    at_drugs = house.drugs.writes(patient())
    theirs = house.drugs.writes(score(at_drugs, identifier=[number]))
    mine = house.trust.writes(patient())
    sent = entry(score(mine, identifier=[number]), ifNoneExist=asked)
    (stored,) = house.trust.sent(sent)
    assert stored != theirs
    assert house.trust.sent(sent) == [stored]
    assert house.trust.finds("Observation", patient=mine) == [stored]


def test_the_answer_names_the_version_that_a_read_shows(house: House) -> None:
    mine = house.trust.writes(patient())
    answer = body_of(house.trust.transact(entry(score(mine)), entry(score(mine, MOOD))))
    for each in (one["response"] for one in answer["entry"]):
        reference, _, version = each["location"].partition("/_history/")
        assert house.trust.read(reference)["meta"]["versionId"] == version
        assert each["etag"] == f'W/"{version}"'
