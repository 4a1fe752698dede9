"""The officer's pages of what waits, and of disclosures without consent."""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path

import pytest

from gateway.storage.database import connect
from gateway.storage.officers import Officer, add, end
from gateway.web.session import Door

sys.path.insert(0, str(Path(__file__).parent))  # the module beside this file

from breaking import WHY, breaks

NOTE = "Spoke to the ward; it was needed."
AUDIT_C = {"recorded_at": "2026-05-02T09:00", "auditc-1": "3", "auditc-2": "2", "auditc-3": "1"}
COURT = "A court ordered it on 2 May 2026."


def words(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def register(world, officer):
    connection = connect(world.url)
    assert add(connection, officer)
    connection.close()


@pytest.fixture
def broken(world):
    """An emergency look by the housing service, an hour ago."""
    patient = world.know("HSG01")
    breaks(world, "HSG01", patient)
    world.wait(minutes=20)
    return patient


def test_what_waits_says_who_why_since_when_and_what_to_do(broken, officer):
    told = words(officer.get("/dpo/queue"))
    assert "An emergency look" in told
    assert f"Riverside Housing, Dr Asha Example (555000111) Reason given {WHY}" in told
    assert "Waiting 20 minutes, since 3 May 2026 at 11:00am" in told
    assert "The first in 90 days" in told
    assert "It still lasts: 3 hours left." in told
    assert broken in told
    assert "Ask the service why the record was needed" in told


@pytest.mark.parametrize("address", ["/dpo", "/dpo/queue", "/dpo/disclosures"])
def test_the_pages_close_for_an_officer_who_has_left(world, officer, address):
    for name in ("A. Officer", "B. Officer"):
        register(world, Officer(name))
    connection = connect(world.url)
    assert end(connection, "B. Officer", 1)
    assert officer.get(address).status_code == 200
    assert end(connection, "A. Officer", 1)
    connection.close()
    away = officer.get(address)
    assert (away.status_code, away.headers["location"]) == (303, "/sign-in?ended=1")


def test_tables_that_nobody_has_confirmed_are_named(world, officer):
    told = words(officer.get("/dpo/queue"))
    assert "ASSIST-Lite, adapted for the United Kingdom: tobacco" in told
    assert "audit-c:" not in told  # published


def test_a_note_clears_it_and_stays(broken, officer):
    officer.get("/dpo/queue")
    done = officer.post("/dpo/queue", do="clear", item="1", note=NOTE)
    assert done.status_code == 303
    told = words(officer.get("/dpo/queue"))
    assert "Nothing waits to be looked at." in told
    assert f"by A. Officer {NOTE}" in told


def test_without_a_note_nothing_is_cleared_and_the_field_says_so(broken, officer):
    officer.get("/dpo/queue")
    shown = officer.post("/dpo/queue", do="clear", item="1", note="ok")
    assert shown.status_code == 422
    assert 'href="#note-1"' in shown.text
    assert ">ok</textarea>" in shown.text
    assert "An emergency look" in words(shown)


def test_the_one_who_looked_is_offered_no_way_to_clear_it(broken, world, visitor):
    sds = "https://fhir.nhs.uk/Id/sds-user-id|555000111"
    register(world, Officer("Dr Asha Example", practitioner=sds))
    looker = visitor()
    looker.sign_in(Door.DPO, "Dr Asha Example")
    shown = looker.get("/dpo/queue")
    assert "You cannot clear this" in words(shown)
    assert 'name="note"' not in shown.text
    refused = looker.post("/dpo/queue", do="clear", item="1", note=NOTE)
    assert refused.status_code == 422
    assert "someone else has to clear it" in words(refused)


def test_an_officer_ends_an_access_that_lasts(broken, world, officer):
    shown = officer.get("/dpo/queue")
    emergency = re.search(r'name="emergency" value="([^"]+)"', shown.text)[1]
    assert officer.post("/dpo/queue", do="end", emergency=emergency).status_code == 303
    told = officer.get("/dpo/queue")
    assert "An officer ended it." in words(told)
    assert "End this access now" not in words(told)
    again = officer.post("/dpo/queue", do="end", emergency=emergency)
    assert (again.status_code, "Someone has dealt with this" in words(again)) == (422, True)


def test_the_queue_leads_to_the_log_of_what_was_looked_at(broken, officer):
    shown = officer.get("/dpo/queue")
    fields = dict(re.findall(r'name="(patient|start)" value="([^"]+)"', shown.text))
    assert fields == {"patient": broken, "start": "2026-05-03"}
    assert WHY in words(officer.post("/dpo", **fields))


@pytest.mark.parametrize("item", ["", "x", "999", "9" * 30])
def test_an_item_that_is_not_there_is_said_to_be_dealt_with(world, officer, item):
    officer.get("/dpo/queue")
    answer = officer.post("/dpo/queue", do="clear", item=item, note=NOTE)
    assert (answer.status_code, "dealt with this" in words(answer)) == (422, True)


@pytest.mark.parametrize("page", ["/dpo/queue", "/dpo/disclosures"])
def test_the_pages_are_for_officers_only(world, person, visitor, page):
    assert person.send("GET", page).headers["location"] == "/sign-in"
    assert visitor().send("POST", page, {"do": "clear"}).status_code == 303


@pytest.fixture
def proposal(world):
    sent = world.send("DAS01", "audit-c", **AUDIT_C)
    world.know("HSG01")
    listed = [each for each in sent if each.startswith(("Obs", "Questionnaire"))]
    return {
        "do": "propose",
        "recipient": world.organizations["HSG01"],
        "references": "\r\n".join(listed),
        "basis": "court-order",
        "reason": COURT,
        "tell": "yes",
        "untold": "",
    }


def test_one_proposes_and_a_guardian_agrees(world, officer, visitor, proposal):
    register(world, Officer("G. Guardian", guardian=True))
    officer.get("/dpo/disclosures")
    assert officer.post("/dpo/disclosures", **proposal).status_code == 303
    told = words(officer.get("/dpo/disclosures"))
    assert "To Riverside Housing It waits for a second person to agree." in told
    assert "Agree to release this" not in told
    id_ = re.search(r'name="disclosure" value="([^"]+)"', officer.page.text)[1]
    alone = officer.post("/dpo/disclosures", do="agree", disclosure=id_)
    assert (alone.status_code, "Two people decide" in words(alone)) == (422, True)
    guardian = visitor()
    guardian.sign_in(Door.DPO, "G. Guardian")
    assert "Agree to release this" in words(guardian.get("/dpo/disclosures"))
    assert guardian.post("/dpo/disclosures", do="agree", disclosure=id_).status_code == 303
    told = words(guardian.get("/dpo/disclosures"))
    assert "It waits to be fetched. Give the recipient its number." in told
    assert "Agreed G. Guardian" in told
    assert guardian.post("/dpo/disclosures", do="withdraw", disclosure=id_).status_code == 303
    assert "It was withdrawn." in words(guardian.get("/dpo/disclosures"))


def test_the_person_can_be_told_later(world, officer, visitor, proposal):
    register(world, Officer("G. Guardian", guardian=True))
    officer.get("/dpo/disclosures")
    untold = proposal | {"tell": "no", "untold": "He threatened us before."}
    assert officer.post("/dpo/disclosures", **untold).status_code == 303
    told = words(officer.get("/dpo/disclosures"))
    assert "is not told: He threatened us before." in told
    assert "Tell the person now" not in told
    id_ = re.search(r'name="disclosure" value="([^"]+)"', officer.page.text)[1]
    guardian = visitor()
    guardian.sign_in(Door.DPO, "G. Guardian")
    guardian.get("/dpo/disclosures")
    assert guardian.post("/dpo/disclosures", do="agree", disclosure=id_).status_code == 303
    told = words(officer.get("/dpo/queue"))
    assert "A disclosure that the person was not told of" in told
    officer.get("/dpo/disclosures")
    assert officer.post("/dpo/disclosures", do="tell", disclosure=id_).status_code == 303
    told = words(officer.get("/dpo/disclosures"))
    assert "The person is told" in told
    assert "Tell the person now" not in told


WRONG = [
    ("tell", "", "tell", "Say whether the person is told"),
    ("recipient", "", "recipient", "Choose a service"),
    ("references", "Observation/x", "references", "Name things about one person"),
    ("basis", "fun", "basis", "Choose a basis"),
    ("reason", "because", "reason", "Say why, in 10"),
    ("tell", "no", "untold", "Say why telling would cause harm"),
]


@pytest.mark.parametrize(("field", "value", "where", "message"), WRONG)
def test_what_is_wrong_in_a_proposal_is_named_and_what_was_written_stays(
    officer, proposal, field, value, where, message
):
    officer.get("/dpo/disclosures")
    shown = officer.post("/dpo/disclosures", **proposal | {field: value})
    assert shown.status_code == 422
    assert f'href="#{where}"' in shown.text
    assert f'id="{where}"' in shown.text
    assert message in words(shown)
    assert "There are none." in words(shown)


def test_nothing_is_chosen_beforehand(officer):
    assert "checked" not in officer.get("/dpo/disclosures").text
