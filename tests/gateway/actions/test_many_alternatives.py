"""A search for many records at once is one search, however many are named."""

from __future__ import annotations

from uuid import uuid4

import pytest
from callers import Caller, House, consent, patient, score

from gateway.actions.asking.reading import together
from gateway.fhir.search_values import Named, Token
from gateway.storage.connection import Sqlite
from gateway.storage.reading import InTheLoop

MANY = 300


def test_alternatives_that_name_records_are_looked_up_as_one() -> None:
    first, second = Named(frozenset({"Observation/a"})), Named(frozenset({"Patient/b"}))
    elsewhere, code = Named(frozenset(), "https://elsewhere.example/Patient/1"), Token(None, "x")
    both = Named(frozenset({"Observation/a", "Patient/b"}))
    assert together([first, elsewhere, second]) == (elsewhere, both)
    assert together([code]) == (code,)
    assert together([Named(frozenset())]) == (Named(frozenset()),)


def nobody() -> list[str]:
    """Ids without a type, as an Observation's derived-from may name anything."""
    return [str(uuid4()) for _ in range(MANY)]


def test_each_of_many_alternatives_finds_what_it_finds_alone(house: House) -> None:
    me = house.person()
    me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    at_drugs = house.drugs.writes(patient())
    at_trust = house.trust.writes(patient())
    first, second = (house.trust.writes(score(at_trust)) for _ in range(2))
    derived = [
        house.trust.writes(score(at_trust, derivedFrom=[{"reference": each}]))
        for each in (first, second)
    ]
    named = [each.partition("/")[2] for each in (first, second)]
    asked = ",".join([*nobody(), *named])

    def found(caller: Caller, of: str, value: str) -> set[str]:
        return set(caller.finds("Observation", ("patient", of), ("derived-from", value)))

    for caller, of in ((house.trust, at_trust), (house.drugs, at_drugs)):
        assert found(caller, of, asked) == set(derived)
        assert found(caller, of, f"{first},https://elsewhere.example/Observation/1") == {derived[0]}
        assert found(caller, of, ",".join(nobody())) == set()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True, ids=[pytest.HIDDEN_PARAM])
def test_how_many_are_named_asks_the_database_no_more_often(house: House) -> None:
    mine = house.trust.writes(patient())
    told: list[str] = []
    reading = house.gateway.reading
    assert isinstance(reading, InTheLoop)
    connection = reading._connection
    assert isinstance(connection, Sqlite)
    connection.set_trace_callback(told.append)

    def statements(values: list[str]) -> int:
        told.clear()
        house.trust.finds("Observation", ("patient", mine), ("derived-from", ",".join(values)))
        return len(told)

    statements(nobody()[:2])  # what is worked out once
    few, more = statements(nobody()[:3]), statements(nobody()[:12])  # no more: those are read aside
    assert few > 0
    assert more == few
