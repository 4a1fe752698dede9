"""The officer's page: what the log holds, and whether it is whole."""

from __future__ import annotations

import html
import re

import pytest

from gateway.storage.database import connect

AUDIT_C = {"recorded_at": "2026-05-02T09:00", "auditc-1": "3", "auditc-2": "2", "auditc-3": "1"}


def words(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def entries(page):
    """The rows of the table, each as its words."""
    body = page.text.partition('<tbody class="nhsuk-table__body">')[2].partition("</tbody>")[0]
    rows = [html.unescape(re.sub(r"<[^>]+>", " ", row)) for row in body.split("</tr>")[:-1]]
    return [" ".join(row.split()) for row in rows]


@pytest.fixture
def busy(world):
    """Two services have written or asked, and one was shown nothing."""
    world.send("DAS01", "audit-c", **AUDIT_C)
    world.know("HSG01")
    world.wait(seconds=1)
    world.seen_by("HSG01", "Observation")
    return world


def test_the_newest_entry_stands_first(busy, officer):
    rows = entries(officer.get("/dpo"))
    assert "search Organization" not in rows[0]
    assert rows[0].count("Riverside Housing") == 1
    assert "search Observation?" in rows[0]
    assert "TREAT" in rows[0]
    assert rows[0].endswith("done")


def test_an_entry_names_the_consent_versions_that_were_read(busy, officer):
    consent = busy.give(type="permit", actor=[busy.recipient("HSG01")])
    busy.wait(seconds=1)
    busy.seen_by("HSG01", "Observation")
    assert f"{consent}/_history/1" in entries(officer.get("/dpo"))[0]


def test_the_log_is_told_to_be_whole_with_its_size_and_root(busy, officer):
    told = words(officer.get("/dpo"))
    assert "The log is whole." in told
    assert re.search(r"Entries \d+ Root [A-Za-z0-9+/]{43}= Checked 3 May 2026", told)


def test_an_entry_that_was_altered_is_told_with_its_place_and_kind(busy, officer):
    officer.get("/dpo")
    connection = connect(busy.url)
    connection.execute(
        "UPDATE audit SET entry = replace(entry, 'TREAT', 'HRESCH') WHERE position = 1"
    )
    connection.close()
    told = words(officer.get("/dpo"))
    assert "The log is not whole." in told
    assert "Kind altered Position 1" in told


SEARCHES = [
    ("an organisation", {"organization": "HSG01"}, "Riverside Housing", "Clearwater"),
    ("a purpose", {"purpose": "PATRQT"}, "PATRQT", "TREAT"),
    ("an outcome", {"outcome": "0"}, "done", "refused"),
]


@pytest.mark.parametrize(
    ("asked", "has", "lacks"), [row[1:] for row in SEARCHES], ids=[row[0] for row in SEARCHES]
)
def test_a_search_shows_what_fits_and_nothing_else(busy, officer, asked, has, lacks):
    asked = {name: busy.organizations.get(value, value) for name, value in asked.items()}
    rows = entries(officer.post("/dpo", **asked))
    assert rows
    assert all(has in row and lacks not in row for row in rows)


def test_a_search_by_person_shows_all_about_them_whoever_asked(busy, officer):
    rows = entries(officer.post("/dpo", patient=busy.patient))
    assert any("Clearwater" in row for row in rows)
    assert any("Riverside" in row for row in rows)
    nobody = "Patient/6d1a6a52-0000-4000-8000-000000000000"
    assert "No entry fits this search." in words(officer.post("/dpo", patient=nobody))


def test_a_search_by_resource_shows_who_had_it(busy, officer):
    (score,) = busy.seen_by("DAS01", "Observation")
    rows = entries(officer.post("/dpo", entity=f"Observation/{score['id']}"))
    assert rows
    assert all("Clearwater" in row for row in rows)


def test_a_search_by_days_includes_the_last_day(busy, officer):
    assert entries(officer.post("/dpo", start="2026-05-03", end="2026-05-03"))
    assert not entries(officer.post("/dpo", start="2026-05-04"))
    assert not entries(officer.post("/dpo", end="2026-05-02"))


WRONG = [
    ("start", "3 May", "Enter a day like 2031-03-27"),
    ("end", "2026-02-30", "Enter a day like 2031-03-27"),
    ("patient", "Jo Bloggs", "Enter a person’s reference"),
    ("entity", "something", "Enter a type and an id"),
    ("organization", "Organization/x", "Choose one from the list"),
    ("outcome", "9", "Choose one from the list"),
    ("purpose", "FUN", "Choose one from the list"),
]


@pytest.mark.parametrize(("field", "value", "message"), WRONG, ids=[row[0] for row in WRONG])
def test_what_is_wrong_in_a_search_is_named_and_nothing_is_looked_up(
    busy, officer, field, value, message
):
    shown = officer.post("/dpo", **{field: value})
    assert shown.status_code == 422
    assert message in words(shown)
    assert f'href="#{field}"' in shown.text
    assert not entries(shown)


def test_the_next_entries_follow_those_shown(busy, officer):
    for _ in range(60):
        busy.seen_by("HSG01", "Task")
    first = officer.get("/dpo")
    cursor = html.unescape(re.search(r'name="cursor" value="([^"]+)"', first.text)[1])
    second = officer.post("/dpo", cursor=cursor)
    assert len(entries(first)) == 50
    assert entries(second)
    assert "Next entries" not in words(second)


def test_no_address_names_whom_was_searched_for(busy, officer):
    assert 'method="post" action="/dpo' in officer.get("/dpo").text
    assert 'method="get"' not in officer.page.text


def test_the_officer_sees_no_clinical_content(busy, officer):
    told = words(officer.post("/dpo", patient=busy.patient))
    assert "AUDIT-C" not in told
    assert "9990000018" not in told


def test_a_search_by_nhs_number_shows_what_the_reference_shows(busy, officer):
    by_reference = entries(officer.post("/dpo", patient=busy.patient))
    assert by_reference
    by_number = entries(officer.post("/dpo", number="999 000 0018"))
    assert by_number[-len(by_reference) :] == by_reference
    assert officer.page.status_code == 200


def test_a_number_stands_in_no_address_and_in_no_row_of_the_log(busy, officer):
    for _ in range(60):
        busy.seen_by("HSG01", "Task")
    page = officer.post("/dpo", number="9990000018")
    addresses = re.findall(r'(?:href|action|src)="([^"]*)"', page.text)
    assert addresses
    assert not [one for one in addresses if "9990000018" in one]
    cursor = html.unescape(re.search(r'name="cursor" value="([^"]+)"', page.text)[1])
    assert entries(officer.post("/dpo", cursor=cursor, number="9990000018"))
    connection = connect(busy.url)
    logged = [str(row) for row in connection.execute("SELECT CAST(entry AS TEXT) FROM audit")]
    connection.close()
    assert not [row for row in logged if "9990000018" in row]
    assert sum("AuditEvent?patient.identifier" in row for row in logged) == 2


@pytest.mark.parametrize("number", ["9990000019", "999 000 00", "Jo Bloggs"])
def test_a_number_that_cannot_be_is_named_kindly_and_looked_up_nowhere(busy, officer, number):
    shown = officer.post("/dpo", number=number)
    assert shown.status_code == 422
    assert "Check this number. An NHS number has ten digits" in words(shown)
    assert 'href="#number"' in shown.text
    assert not entries(shown)


def test_a_number_that_nobody_has_is_answered_plainly(busy, officer):
    shown = officer.post("/dpo", number="9990000050")
    assert shown.status_code == 200
    assert "Nobody here has this NHS number." in words(shown)
    assert not entries(shown)
