"""Each request leaves one row, which names what it should and nothing that it must not."""

from __future__ import annotations

from callers import House, body_of, consent, entry, patient, score

from gateway.web.events import event

NHS_NUMBER = "9990000018"
NEVER = "00000000-0000-4000-8000-000000000001"


def test_words_and_numbers_in_a_query_stay_out_of_the_log(house: House) -> None:
    mine = house.drugs.writes(patient())
    said = [("patient", NHS_NUMBER), ("status", "drinks"), (NHS_NUMBER, "1"), ("date", "drinks")]
    house.drugs.ask("Observation", ("patient", mine), *said, ("drinks.drinks", "x"))
    house.drugs.ask("Observation", ("_id", f"{NEVER},{NHS_NUMBER}"))
    house.drugs.ask(
        "Observation", ("patient.identifier", f"|{NHS_NUMBER}"), ("_count", "999000001")
    )
    house.drugs.get(f"Patient/{NHS_NUMBER}")
    house.drugs.get("Observation/drinks")
    house.drugs.put({"resourceType": "Task", "id": NHS_NUMBER, "status": "x", "intent": "order"})
    house.officer.ask("AuditEvent", ("entity", f"Patient/{NHS_NUMBER}"), ("agent", "drinks"))
    rows = house.entries()
    assert len(rows) == 8
    for row in rows[1:]:
        for word in (NHS_NUMBER, "999000001", "drinks"):
            assert word not in str(row)


def test_what_a_query_asks_for_by_id_is_in_the_log(house: House) -> None:
    mine = house.drugs.writes(patient())
    house.drugs.ask("Observation", ("patient", mine), ("date", "ge2026-05-01"), ("_count", "5"))
    house.drugs.get(f"Observation/{NEVER}")
    searched, read = house.entries()[-2:]
    assert searched["query"] == f"Observation?patient={mine}&date=ge2026-05-01&_count=5"
    assert read["query"] == f"Observation/{NEVER}"
    assert read["entities"] == [f"Observation/{NEVER}"]


def test_what_a_search_brings_along_is_in_the_log_by_name_and_once(house: House) -> None:
    mine = house.drugs.writes(patient())
    along = [("_revinclude", "Observation:subject"), ("_revinclude", "Task:patient")]
    house.drugs.ask("Patient", ("_id", mine), *along, ("_drinks", "1"))
    assert house.entries()[-1]["query"] == f"Patient?_id={mine}&_revinclude&(unknown)"


def test_an_officer_asks_for_every_purpose_but_one(house: House) -> None:
    mine = house.drugs.writes(patient())
    house.person().ask("AuditEvent")
    every = body_of(house.officer.ask("AuditEvent", ("_summary", "count")))["total"]
    asked = [("_summary", "count"), ("patient", mine)]
    treated = body_of(house.officer.ask("AuditEvent", *asked, ("purpose", "TREAT")))["total"]
    others = body_of(house.officer.ask("AuditEvent", *asked, ("purpose:not", "TREAT")))["total"]
    assert treated >= 1
    assert others >= 1
    assert every >= treated + others
    assert house.officer.ask("AuditEvent", ("agent:not", mine)).status == 400


def test_what_a_conditional_create_found_is_in_the_log(house: House) -> None:
    mine = house.drugs.writes(patient(identifier=[{"system": "urn:x", "value": "1"}]))
    assert house.drugs.post(patient(), "identifier=urn:x|1").status == 200
    assert house.drugs.transact(entry(patient(), ifNoneExist="identifier=urn:x|1")).status == 200
    assert [row["entities"] for row in house.entries()[-2:]] == [[mine], [mine]]
    assert body_of(house.officer.ask("AuditEvent", patient=mine))["total"] == 3


def test_a_refused_update_names_what_it_was_about(house: House) -> None:
    me = house.person()
    stored = me.created(consent(me.me, "deny", house.organizations["DA1"]))
    assert me.put(stored | {"status": "inactive"}, 'W/"0000000000000000"').status == 412
    assert house.entries()[-1]["entities"] == [f"Consent/{stored['id']}"]


def test_a_denied_read_and_one_of_nothing_leave_as_many_rows(house: House) -> None:
    hidden = house.trust.writes(score(house.trust.writes(patient())))
    house.drugs.writes(patient())
    before = house.rows("audit")
    house.drugs.get(hidden)
    assert house.rows("audit") == before + 1
    house.drugs.get(f"Observation/{NEVER}")
    assert house.rows("audit") == before + 2


def looking(address: str) -> dict[str, object]:
    return {"request": {"method": "GET", "url": address}}


def test_what_a_transaction_looks_at_is_in_the_log(house: House) -> None:
    """And is a look: the service finds it among its own, as it finds its reads."""
    mine = house.drugs.writes(patient())
    seen = house.drugs.writes(score(mine))
    about = [("entity", seen), ("_summary", "count")]
    before = body_of(house.drugs.ask("AuditEvent", *about))["total"]
    asked = f"Observation?patient={mine}"
    assert house.drugs.transact(looking(asked), looking(seen), looking(seen)).status == 200
    row = house.entries()[-1]
    assert row["query"] == f"{asked} {seen}"
    assert body_of(house.drugs.ask("AuditEvent", *about))["total"] == before + 1
    assert house.drugs.transact(entry(score(mine))).status == 200
    assert house.entries()[-1].get("query", "") == ""


def test_a_transaction_that_looks_is_told_to_the_person(house: House) -> None:
    me = house.person()
    house.drugs.writes(patient())
    theirs = house.trust.writes(patient())
    hidden = house.trust.writes(score(theirs))
    me.created(consent(me.me, "permit", house.organizations["DA1"]))
    assert house.drugs.transact(looking(hidden)).status == 200
    events = body_of(me.ask("AuditEvent", patient=me.me))["entry"]
    told = [event(each["resource"]) for each in events]
    [look] = [each for each in told if each.interaction == "transaction" and each.is_look]
    assert look.entities == (hidden,)
    assert look.organization == house.organizations["DA1"]
