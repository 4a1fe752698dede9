"""Odd questions about the past and about the log: nothing breaks."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from callers import House, patient, score


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


HISTORIES = [
    *("_since=0001-01-01T00:00:00%2B14:00", "_since=9999-12-31T23:59:59-14:00", "_at=0000"),
    *("_at=9999", "_at=0001", "_since=", "_count=0", "_count=999999999", "_at=2026-05-03T10:00"),
    *(f"_cursor={cursor(each)}" for each in ("1|\0|\0", "-1|x|y", "999999999999999999|x|y")),
    *(f"_cursor={cursor(each)}" for each in ("1_0|x|y", " 1 |x|y", "||", "1|x")),
    "_cursor=%C3%A9",
]
LOGS = [
    *("entity=Observation/%00", "_id=%00", "_id=", "agent=%00", "patient=%00", "purpose=%00"),
    *("date=ge0001-01-01", "date=9999", "date=sa9999-12-31T23:59:59-14:00", "date=ne2026"),
    *("entity=" + ",".join(["Observation/a"] * 3_000), "outcome=x", "_cursor=AAAA", "_count=0"),
    *(f"{each}=" + ",".join(["Observation/a"] * 70_000) for each in ("_id", "agent", "entity")),
    *(f"{each}=" + ",".join(["%00", *["a"] * 200]) for each in ("_id", "agent")),
    *("purpose=a|b|c", "agent=" + quote("Organization/x,Organization/y"), "date=ap2026"),
]


@pytest.mark.parametrize("asker", ["service", "portal", "officer"])
def test_no_question_about_the_past_breaks_anything(house: House, asker: str) -> None:
    mine = house.drugs.writes(patient())
    held = house.drugs.writes(score(mine))
    who = {"service": house.drugs, "portal": house.person(), "officer": house.officer}[asker]
    for query in HISTORIES:
        for address in ("Observation", held):
            answer = who.look(f"{address}/_history?{query}")
            assert answer.status in (200, 400, 404), (address, query[:40])
    for query in LOGS:
        assert who.look(f"AuditEvent?{query}").status in (200, 400), query[:40]


def test_a_service_finds_its_permitted_reads_of_the_past(house: House) -> None:
    mine = house.drugs.writes(patient())
    held = house.drugs.writes(score(mine))
    version = house.drugs.read(held)["meta"]["versionId"]
    for address in (f"{held}/_history", f"{held}/_history/{version}", "Observation/_history"):
        assert house.drugs.look(address).status == 200
    assert len(house.drugs.finds("AuditEvent", entity=held)) == 4
    assert house.trust.finds("AuditEvent", entity=held) == []
