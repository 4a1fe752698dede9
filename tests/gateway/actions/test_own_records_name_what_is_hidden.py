"""What a service wrote itself it reads whole, whatever has been kept from it since."""

from __future__ import annotations

import pytest
from callers import Caller, House, body_of, consent, patient, score

Named = tuple[Caller, str, str]


@pytest.fixture
def named(house: House) -> Named:
    """The drug service names a score of the trust's, and then the person takes back the choice."""
    me = house.person()
    said = me.created(consent(me.me, "permit", house.organizations["DA1"]))
    theirs = house.trust.writes(score(house.trust.writes(patient())))
    own = house.drugs.writes(patient())
    mine = house.drugs.writes(score(own, derivedFrom=[{"reference": theirs}]))
    assert house.drugs.get(theirs).status == 200
    assert me.put(said | {"status": "inactive"}).status == 200
    return me, theirs, mine


def _references(caller: Caller, reference: str) -> list[list[str]]:
    """What it names: read, in its history, and found."""
    type_, _, id_ = reference.partition("/")
    (told,) = caller.history(f"{reference}/_history")
    (found,) = body_of(caller.ask(type_, _id=id_))["entry"]
    seen = [caller.read(reference), told["resource"], found["resource"]]
    return [[each["reference"] for each in one.get("derivedFrom", [])] for one in seen]


def test_the_author_still_reads_what_it_named(house: House, named: Named) -> None:
    _, theirs, mine = named
    assert house.drugs.get(theirs).status == 404
    assert _references(house.drugs, mine) == [[theirs]] * 3


def test_others_who_may_not_see_it_read_nothing_of_it(house: House, named: Named) -> None:
    me, theirs, mine = named
    about = {"data": [{"meaning": "instance", "reference": {"reference": mine}}]}
    me.writes(consent(me.me, "permit", house.organizations["HO1"], **about))
    house.housing.writes(patient())
    assert house.housing.get(theirs).status == 404
    assert _references(house.housing, mine) == [[]] * 3
