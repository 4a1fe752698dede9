"""A JSON Patch acts on the writer's view and is judged like an update."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from callers import House, body_of, consent, patient, places, score

from gateway.actions.addressing import Address
from gateway.actions.answer import Answer

Json = dict[str, Any]
VALUE = "/valueQuantity/value"


def _patched(house: House, reference: str, body: bytes) -> Answer:
    type_, _, id_ = reference.partition("/")
    return asyncio.run(house.gateway.patch(house.trust.who, Address(type_, id_), body))


def test_the_author_patches_and_numbers_stay_exact(house: House) -> None:
    stored = house.trust.writes(score(house.trust.writes(patient())))
    body = b'[{"op":"replace","path":"/valueQuantity/value","value":7.50}]'
    assert b'"value":7.50' in _patched(house, stored, body).body
    body = b'[{"op":"replace","path":"/status","value":"amended"}]'
    answer = _patched(house, stored, body)
    assert answer.status == 200
    assert b'"value":7.50' in answer.body
    assert answer.headers["ETag"] == house.trust.get(stored).headers["ETag"]
    assert len(house.trust.history(f"{stored}/_history")) == 3


@pytest.mark.parametrize(
    ("body", "status", "place"),
    [
        pytest.param(b"", 400, None, id="nothing"),
        pytest.param(b"{}", 400, "patch", id="no array"),
        pytest.param(b'[],"patch":[]', 400, None, id="a name slipped in"),
        pytest.param(b'[],"other":1', 400, "patch", id="another name slipped in"),
        pytest.param(b"[1]", 400, "patch[0]", id="no operation"),
        pytest.param(b'[{"op":"add","op":"remove","path":"/x"}]', 400, None, id="op twice"),
        pytest.param(b'[{"op":"add","path":"/note","value":NaN}]', 400, None, id="NaN"),
        pytest.param(b'[{"op":"remove","path":"/note"}]', 422, "patch[0]", id="nothing there"),
        pytest.param(
            b'[{"op":"test","path":"/status","value":"amended"}]', 409, "patch[0]", id="test fails"
        ),
        pytest.param(
            b'[{"op":"replace","path":"","value":"x"}]', 422, "Observation.id", id="all replaced"
        ),
        pytest.param(b'[{"op":"remove","path":"/id"}]', 422, "Observation.id", id="id removed"),
        pytest.param(
            b'[{"op":"replace","path":"/id","value":"1"}]', 422, "Observation.id", id="id changed"
        ),
        pytest.param(
            b'[{"op":"replace","path":"/resourceType","value":"Patient"}]',
            400,
            None,
            id="type changed",
        ),
        pytest.param(
            b'[{"op":"replace","path":"/status","value":"spam"}]',
            400,
            "Observation.status",
            id="no such code",
        ),
        pytest.param(
            b'[{"op":"replace","path":"/subject/reference","value":"Patient/1"}]',
            422,
            "Observation.subject.reference",
            id="someone else",
        ),
    ],
)
def test_a_patch_that_comes_to_nothing_changes_nothing(
    house: House, body: bytes, status: int, place: str | None
) -> None:
    stored = house.trust.writes(score(house.trust.writes(patient())))
    before = house.trust.read(stored)
    rows = house.rows("audit")
    answer = _patched(house, stored, body)
    assert answer.status == status, answer.body
    assert place is None or places(answer) == [place]
    assert house.rows("audit") == rows + 1
    assert house.trust.read(stored) == before


def test_who_sees_it_may_not_patch_it_and_who_does_not_learns_nothing(house: House) -> None:
    me = house.person()
    me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    stored = house.trust.writes(score(house.trust.writes(patient())))
    house.drugs.writes(patient())
    change = {"op": "replace", "path": "/status", "value": "amended"}
    assert house.drugs.patch(stored, change).status == 403
    never = house.housing.patch("Observation/00000000-0000-4000-8000-000000000001", change)
    hidden = house.housing.patch(stored, {"op": "test", "path": "/status", "value": "final"})
    assert (hidden.status, hidden.body) == (never.status, never.body) == (404, never.body)
    assert house.trust.patch(stored, change, if_match='W/"x"').status == 412
    assert house.trust.patch(stored, change, if_match="*").status == 200


def test_a_person_takes_a_consent_back_by_a_patch(house: House) -> None:
    me = house.person()
    said = me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    answer = me.patch(said, {"op": "replace", "path": "/status", "value": "inactive"})
    assert body_of(answer)["status"] == "inactive"


def test_a_condition_patches_the_one_it_means(house: House) -> None:
    mine = house.trust.writes(patient())
    change = {"op": "replace", "path": "/status", "value": "amended"}
    for status in (404, 200, 412):
        assert house.trust.patch("Observation?identifier=urn:x|1", change).status == status
        house.trust.writes(score(mine, identifier=[{"system": "urn:x", "value": "1"}]))
