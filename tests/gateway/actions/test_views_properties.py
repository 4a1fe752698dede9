"""For random plans and random permits: a view has all that is permitted and no string of the rest,
and what is written through it changes nothing else."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import msgspec
from callers import Caller, House
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plans import TOPICS, Shared, activity, plan, team_of

Json = dict[str, Any]
FULL = os.environ.get("ONESTORY_FULL") == "1"
ALL = sorted(TOPICS)
SECRET = "http://snomed.info/sct/70707{}"


@dataclass(frozen=True)
class Drawn:
    """A plan's activities by topic (None: only words), who may see what, what each then does."""

    topics: tuple[str | None, ...]
    drugs: tuple[str, ...]
    housing: tuple[str, ...]
    changed: tuple[bool, ...]
    added: str


def drawn() -> st.SearchStrategy[Drawn]:
    some = st.lists(st.sampled_from(ALL), max_size=3, unique=True).map(tuple)
    return st.builds(
        Drawn,
        st.lists(st.none() | st.sampled_from(ALL), min_size=1, max_size=5).map(tuple),
        some,
        some,
        st.lists(st.booleans(), min_size=5, max_size=5).map(tuple),
        st.sampled_from(ALL),
    )


def marked(index: int, topic: str | None) -> Json:
    """An activity with a string of its own, which nobody judges."""
    if topic is None:
        return {"detail": {"status": "scheduled", "description": SECRET.format(index)}}
    secret = activity(topic)
    secret["detail"]["code"]["coding"][0]["version"] = SECRET.format(index)
    return secret


def secrets(body: bytes) -> list[int]:
    return [index for index in range(9) if SECRET.format(index).encode() in body]


def visible(case: Drawn, permitted: tuple[str, ...]) -> list[int]:
    return [index for index, topic in enumerate(case.topics) if topic in permitted]


def told(shared: Shared, service: Caller, topics: tuple[str, ...]) -> None:
    for topic in topics:
        shared.permit(service, topic)


def fresh(house: House, number: int) -> Shared:
    """Somebody new, so that no consent of another example counts."""
    someone = {
        "resourceType": "Patient",
        "name": [{"family": f"Example{number}"}],
        "birthDate": "1987-04-12",
        "identifier": [
            {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": nhs_number(number)}
        ],
    }
    shared = Shared.of(house, house.registers(someone))
    shared.at_trust = house.trust.writes(someone)
    shared.at_drugs = house.drugs.writes(someone)
    shared.at_housing = house.housing.writes(someone)
    return shared


def nhs_number(number: int) -> str:
    """A number of the test range whose check digit is right."""
    while True:
        digits = f"999{number:06d}"
        check = 11 - sum(int(d) * (10 - i) for i, d in enumerate(digits)) % 11
        if check != 10:
            return f"{digits}{check % 11}"
        number += 500_000


people = iter(range(1_000, 400_000))


@settings(
    max_examples=5_000 if FULL else 12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(drawn())
def test_views_hold_what_is_permitted_and_writes_touch_nothing_else(
    house: House, case: Drawn
) -> None:
    shared = fresh(house, next(people))
    told(shared, house.drugs, case.drugs)
    told(shared, house.housing, case.housing)
    team = house.trust.writes(team_of(shared.at_trust, house.drugs, house.housing))
    acts = [marked(index, topic) for index, topic in enumerate(case.topics)]
    stored = house.trust.writes(plan(shared.at_trust, *acts, careTeam=[{"reference": team}]))
    for service, permitted in ((house.drugs, case.drugs), (house.housing, case.housing)):
        answer = service.get(stored)
        expected = visible(case, permitted)
        assert (answer.status == 200) == bool(expected)
        if not expected:
            continue
        assert secrets(answer.body) == expected
        assert service.get(stored).body == answer.body
        before = house.trust.get(stored).body
        assert service.put_bytes(stored, answer.body).status == 200
        assert house.trust.get(stored).body == before
        _changes(house, service, stored, case, expected)
    everything = secrets(house.trust.get(stored).body)
    assert everything == list(range(len(case.topics)))
    assert secrets(shared.person.get(stored).body) == everything


def _changes(house: House, service: Caller, stored: str, case: Drawn, expected: list[int]) -> None:
    """What the service changes is changed, and no byte of any part that it does not see."""
    before = parts_of(house, stored)
    body = service.read(stored)
    for each, changes in zip(body["activity"], case.changed, strict=False):
        each["detail"]["status"] = "completed" if changes else each["detail"]["status"]
    body["activity"].append(activity(case.added, description="added"))
    assert service.put(body).status == 200
    after = parts_of(house, stored)
    unseen = {secret: part for secret, part in before.items() if secret not in expected}
    assert {secret: after[secret] for secret in unseen} == unseen
    assert after.keys() == before.keys()
    assert service.read(stored)["activity"][-1]["detail"]["description"] == "added"


def parts_of(house: House, stored: str) -> dict[int, bytes]:
    """The bytes of each activity that was there from the start, by its secret."""
    acts = [msgspec.json.encode(each) for each in house.trust.read(stored)["activity"]]
    return {secrets(each)[0]: each for each in acts if secrets(each)}
