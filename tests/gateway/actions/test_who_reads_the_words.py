"""The words beside the codes: their author and the person read them, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from callers import Caller, House, consent, patient, score

Json = dict[str, Any]
TEXT = {
    "status": "additional",
    "div": '<div xmlns="http://www.w3.org/1999/xhtml">seven in all</div>',
}
CODED = {
    "coding": [{"system": "http://loinc.org", "code": "75626-2", "display": "how it went"}],
    "text": "as he put it",
}


@pytest.fixture
def told(house: House) -> tuple[Caller, str]:
    """The person, and a score with words; another service has their permit."""
    me = house.person()
    me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    house.drugs.writes(patient())
    written = score(house.trust.writes(patient()), text=TEXT) | {"code": CODED}
    return me, house.trust.writes(written)


def _words(resource: Json) -> list[str | None]:
    code = resource["code"]
    return [resource.get("text", {}).get("div"), code.get("text"), code["coding"][0].get("display")]


def test_the_author_and_the_person_read_what_was_written(
    house: House, told: tuple[Caller, str]
) -> None:
    me, stored = told
    for caller in (house.trust, me):
        for seen in (caller.read(stored), _found(caller, stored)):
            assert _words(seen) == [TEXT["div"], "as he put it", "how it went"]


def test_another_service_reads_the_codes_alone(house: House, told: tuple[Caller, str]) -> None:
    _, stored = told
    for seen in (house.drugs.read(stored), _found(house.drugs, stored)):
        assert seen["code"]["coding"][0]["code"] == "75626-2"
        assert {TEXT["div"], "as he put it", "how it went"}.isdisjoint(_words(seen))


def _found(caller: Caller, reference: str) -> Json:
    type_, _, id_ = reference.partition("/")
    (entry,) = caller.history(f"{reference}/_history")
    assert caller.finds(type_, ("_id", id_)) == [reference]
    return dict(entry["resource"])
