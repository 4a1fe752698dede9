"""What a Task's owner adds to it stays, and what they do not see of it stays too."""

from __future__ import annotations

from typing import Any

from callers import House, Json, body_of, patient, places, referral, score


def sent(house: House, **more: Any) -> tuple[str, Json]:
    mine = house.trust.writes(patient())
    seen = house.trust.writes(score(mine))
    receiver = house.drugs.who.organization
    [_, task, *_] = house.trust.sent(
        *referral(mine, house.trust.who.organization, receiver, seen, **more)
    )
    return task, {"type": {"text": "seen"}, "valueString": "first"}


def test_an_owner_adds_outputs_and_takes_none_away(house: House) -> None:
    task, first = sent(house)
    body = house.drugs.read(task) | {"status": "accepted", "output": [first]}
    assert house.drugs.put(body).status == 200
    second = first | {"valueString": "second"}
    body = house.drugs.read(task) | {"status": "in-progress", "output": [first, second]}
    assert house.drugs.put(body).status == 200
    for fewer in ([second], [first | {"valueString": "altered"}, second], None):
        body = house.drugs.read(task) | {"status": "completed"}
        body |= {"output": fewer}
        if fewer is None:
            del body["output"]
        answer = house.drugs.put(body)
        assert (answer.status, {*places(answer)}) == (422, {"Task.output"})
    assert house.drugs.read(task)["output"] == [first, second]


def test_an_output_that_the_owner_does_not_see_stays(house: House) -> None:
    unseen = house.trust.writes(score(house.trust.writes(patient(2))))
    with_unseen = {"type": {"text": "unseen"}, "valueReference": {"reference": unseen}}
    task, first = sent(house, output=[with_unseen])
    seen = house.drugs.read(task)
    assert "output" not in seen
    answer = house.drugs.put(seen | {"status": "accepted", "output": [first]})
    assert answer.status == 200
    assert body_of(answer)["output"] == [first]
    assert house.trust.read(task)["output"] == [with_unseen, first]
