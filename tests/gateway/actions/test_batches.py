"""A batch: each entry by itself. A transaction: reads, deletions and conditions too."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from callers import House, body_of, consent, entry, patient, places, score

from gateway.actions.answer import Answer
from gateway.actions.installation import Limits
from gateway.actions.preferring import Return

Json = dict[str, Any]
ONE = "urn:uuid:00000000-0000-4000-8000-000000000001"


def _asks(method: str, url: str, **more: Any) -> Json:
    return {"request": {"method": method, "url": url} | more}


def _statuses(answer: Answer) -> list[int]:
    assert answer.status == 200, answer.body
    return [int(each["response"]["status"][:3]) for each in body_of(answer)["entry"]]


def test_each_entry_of_a_batch_stands_alone(house: House) -> None:
    mine = house.trust.writes(patient())
    stored = house.trust.writes(score(mine))
    rows = house.rows("audit")
    answer = house.trust.transact(
        entry(score(mine)),
        entry(score("Patient/1")),
        {"fullUrl": ONE},
        "nothing",  # type: ignore[arg-type]
        entry(score(mine) | {"status": "spam"}),
        _asks("GET", stored),
        _asks("GET", f"Observation?patient={mine}"),
        _asks("GET", f"{stored}/_history"),
        _asks("GET", "Observation/00000000-0000-4000-8000-000000000001"),
        _asks("DELETE", "Observation?identifier=urn:x|1"),
        _asks("PATCH", stored) | {"resource": score(mine)},
        _asks("GET", "Nonsense/1"),
        _asks("POST", f"{mine}/$everything") | {"resource": score(mine)},
        kind="batch",
    )
    assert body_of(answer)["type"] == "batch-response"
    expected = [201, 422, 422, 400, 400, 200, 200, 200, 404, 204, 400, 422, 422]
    assert _statuses(answer) == expected
    entries = body_of(answer)["entry"]
    assert [each["resource"]["resourceType"] for each in entries[5:8]] == [
        "Observation",
        "Bundle",
        "Bundle",
    ]
    spam = entries[4]["response"]["outcome"]["issue"][0]
    assert spam["expression"] == ["Bundle.entry[4].resource.status"]
    assert all(
        "outcome" in each["response"] for each in entries if each["response"]["status"] > "3"
    )
    assert entries[0]["response"]["location"].startswith("Observation/")
    assert "resource" not in entries[0]
    assert house.rows("audit") == rows + len(expected)
    assert len(house.trust.finds("Observation", patient=mine)) == 2


@pytest.mark.parametrize("kind", ["batch", "transaction"])
@pytest.mark.parametrize("held", ['W/"1"', "*", "x"])
def test_a_search_has_no_version_that_a_reader_could_have(
    house: House, kind: str, held: str
) -> None:
    mine = house.trust.writes(patient())
    asked = _asks("GET", f"Observation?patient={mine}", ifNoneMatch=held)
    assert _statuses(house.trust.transact(asked, kind=kind)) == [200]


def test_each_entry_is_named_in_the_log_as_what_it_was(house: House) -> None:
    mine = house.trust.writes(patient())
    stored = house.trust.writes(score(mine))
    rows = house.rows("audit")
    house.drugs.transact(
        _asks("GET", stored),
        _asks("GET", f"Observation?patient={mine}"),
        _asks("DELETE", stored),
        entry(score(mine)),
        kind="batch",
    )
    said = house.entries()[rows:]
    assert sorted((each["interaction"], each["status"]) for each in said) == [
        ("create", 422),
        ("delete", 404),
        ("read", 404),
        ("search-type", 200),
    ]


def test_an_empty_batch_and_a_broken_one_leave_a_row(house: House) -> None:
    rows = house.rows("audit")
    assert body_of(_sent(house, {"type": "batch"})) == {
        "resourceType": "Bundle",
        "type": "batch-response",
    }
    for wrong in ({"entry": {}}, {"entry": []}, {"spam": 1}, {"total": 1}):
        assert _sent(house, {"type": "batch"} | wrong).status >= 400
    for kind in ("searchset", "history", "spam", None):
        assert _sent(house, {"type": kind}).status == 400
    assert house.rows("audit") == rows + 9


def test_what_a_batch_has_no_time_for_is_said_entry_by_entry(house: House) -> None:
    mine = house.trust.writes(patient())
    hasty = replace(house.gateway.installation, limits=Limits(seconds=0.0))
    house.gateway.installation = hasty
    answer = house.trust.transact(entry(score(mine)), _asks("GET", mine), kind="batch")
    assert _statuses(answer) == [503, 503]


def test_an_answer_brings_back_what_is_preferred(house: House) -> None:
    mine = house.trust.writes(patient())
    for kind in ("batch", "transaction"):
        bundle = {"type": kind, "entry": [entry(score(mine)), _asks("GET", mine)]}
        for prefer, written in (
            (None, None),
            (Return.MINIMAL, None),
            (Return.REPRESENTATION, "Observation"),
            (Return.OUTCOME, "OperationOutcome"),
        ):
            first, second = body_of(_sent(house, bundle, prefer))["entry"]
            shown = first.get("resource") or first["response"].get("outcome")
            assert (shown and shown["resourceType"]) == written
            assert second["resource"]["resourceType"] == "Patient"


def test_a_transaction_deletes_first_and_reads_last(house: House) -> None:
    mine = house.trust.writes(patient())
    number = [{"system": "urn:x", "value": "1"}]
    stored = house.trust.writes(score(mine, identifier=number))
    other = house.trust.created(score(mine))
    answer = house.trust.transact(
        _asks("GET", f"Observation?patient={mine}&_summary=count"),
        _asks("GET", mine, ifNoneMatch="*"),
        entry(other | {"status": "amended"}, method="PUT", url=f"Observation/{other['id']}"),
        entry(score(mine), ONE),
        entry(score(mine, hasMember=[{"reference": ONE}])),
        _asks("DELETE", stored),
        _asks("DELETE", "Observation?identifier=urn:x|2"),
    )
    assert _statuses(answer) == [200, 304, 200, 201, 201, 204, 204]
    assert body_of(answer)["entry"][0]["resource"]["total"] == 3
    assert house.trust.get(stored).status == 410


def test_a_read_that_fails_fails_the_transaction(house: House) -> None:
    mine = house.trust.writes(patient())
    rows = house.rows("resource")
    answer = house.trust.transact(
        entry(score(mine)), _asks("GET", "Observation/00000000-0000-4000-8000-000000000001")
    )
    assert (answer.status, places(answer)) == (404, ["Bundle.entry[1].resource"])
    assert house.rows("resource") == rows


def test_what_is_read_in_a_transaction_is_in_its_row(house: House) -> None:
    me = house.person()
    said = me.created(consent(me.me, "permit", house.organizations["DA1"]))
    stored = house.trust.writes(score(house.trust.writes(patient())))
    theirs = house.drugs.writes(patient())
    house.drugs.transact(entry(score(theirs)), _asks("GET", stored))
    last = house.entries()[-1]
    assert last["interaction"] == "transaction"
    assert stored in last["entities"]
    assert any(each.startswith(f"Consent/{said['id']}/") for each in last["consents"])


def test_conditional_references_mean_what_the_organisation_owns(house: House) -> None:
    house.drugs.writes(patient())
    number = f"Patient?identifier={patient()['identifier'][0]['system']}|9990000018"
    answer = house.trust.transact(entry(score(number)))
    assert answer.status == 422
    assert places(answer) == ["Bundle.entry[0].resource.subject.reference"]
    mine = house.trust.writes(patient())
    (stored,) = house.trust.sent(entry(score(number)))
    assert house.trust.read(stored)["subject"]["reference"] == mine
    for _ in range(2):
        house.trust.writes(score(mine, identifier=[{"system": "urn:x", "value": "1"}]))
    twice = score(mine, hasMember=[{"reference": "Observation?identifier=urn:x|1"}])
    assert house.trust.transact(entry(twice)).status == 412
    for unknown in ("Nonsense?a=b", "Organization?identifier=x", "AuditEvent?patient=1"):
        answer = house.trust.transact(entry(score(mine, hasMember=[{"reference": unknown}])))
        assert answer.status in (400, 422)


def test_a_condition_within_means_what_the_transaction_creates(house: House) -> None:
    number = "identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018"
    score_of = score(f"Patient?{number}")
    stored, _ = house.trust.sent(entry(score_of), entry(patient(), ifNoneExist=number))
    again, _ = house.trust.sent(entry(score_of), entry(patient(), ifNoneExist=number))
    references = {house.trust.read(each)["subject"]["reference"] for each in (stored, again)}
    assert len(references) == 1


def test_conditional_updates_create_or_change_and_touch_a_resource_once(house: House) -> None:
    mine = house.trust.writes(patient())
    number = [{"system": "urn:x", "value": "1"}]
    body = score(mine, identifier=number)
    condition = "Observation?identifier=urn:x|1"
    put = entry(body, ONE, method="PUT", url=condition)
    assert _statuses(house.trust.transact(put)) == [201]
    amended = entry(body | {"status": "amended"}, method="PUT", url=condition)
    assert _statuses(house.trust.transact(amended)) == [200]
    (stored,) = house.trust.finds("Observation", patient=mine)
    twice = house.trust.transact(amended, _asks("DELETE", stored))
    assert (twice.status, places(twice)) == (422, ["Bundle.entry[1].request.url"])
    with_id = entry(body | {"id": "1"}, method="PUT", url=condition)
    assert house.trust.transact(with_id).status == 400
    with_id["request"]["url"] = "Observation?identifier=urn:x|2"
    assert house.trust.transact(with_id).status in (400, 404)


@pytest.mark.parametrize(
    "request_",
    [
        {"method": "PATCH", "url": "Observation/1"},
        {"method": "DELETE", "url": "Observation"},
        {"method": "DELETE", "url": "Observation/1/_history/1"},
        {"method": "GET", "url": "Observation/_history/1"},
    ],
)
def test_an_entry_that_asks_for_what_is_not_done_is_named(house: House, request_: Json) -> None:
    mine = house.trust.writes(patient())
    asked: Json = {"request": request_}
    if request_["method"] == "PATCH":
        asked["resource"] = score(mine)
    answer = house.trust.transact(asked)
    assert answer.status == 400
    assert places(answer)[0].startswith("Bundle.entry[0].request")


def _sent(house: House, bundle: Json, prefer: Return | None = None) -> Answer:
    body = msgspec.json.encode({"resourceType": "Bundle"} | bundle)
    return asyncio.run(house.gateway.transact(house.trust.who, body, prefer))
