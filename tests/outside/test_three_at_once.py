"""Three organisations change one care plan at once: every change that was acknowledged is in the
history, once and as it was meant; every other was refused with what its sender needs."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Barrier
from typing import Any

import httpx
import pytest
from answers import assert_outcome
from houses import House, Situation
from live_server import LiveServer
from made_up import care_plan, consent, topic
from postgres_server import Databases
from smart_client import Json, SmartClient, if_match

SNOMED = "http://snomed.info/sct"
ALCOHOL, HOUSING, MOOD = "763256006", "32911000", "445455005"
BESIDE = "https://onestory.example/fhir/StructureDefinition/changed-by-both"
ROUNDS = 40 if os.environ.get("ONESTORY_FULL") else 2
CHANGES = 4  # of each organisation in a round
TRIES = 40
PATCH = {"Content-Type": "application/json-patch+json"}


def moment(number: int, year: int = 2026) -> str:
    return f"{year}-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z"


def activity(code: str, number: int) -> Json:
    """What is to be done, called by the moment at which it begins."""
    concept = {"coding": [{"system": SNOMED, "code": code}]}
    period = {"start": moment(number)}
    return {"detail": {"code": concept, "status": "scheduled", "scheduledPeriod": period}}


def starts(plan: Json) -> list[str]:
    return [each["detail"]["scheduledPeriod"]["start"] for each in plan.get("activity", ())]


@pytest.fixture(scope="module")
def doors(shared_house: House, engine: Databases | None) -> Iterator[list[LiveServer]]:
    """The servers: one on a file; on PostgreSQL two on the same database."""
    servers = [shared_house.server]
    if engine is not None:
        other = shared_house.server.beside().start("--base-url", shared_house.server.base)
        servers.append(other)
    yield servers
    for server in servers[1:]:
        server.stop()


class Trio:
    """The trust's plan, with two services in its team that see all of it but what is about mood."""

    def __init__(self, situation: Situation, doors: list[LiveServer]) -> None:
        self.situation, house = situation, situation.house
        house.known_at(house.housing, situation.person)
        for service in (house.drugs, house.housing):
            named = topic("ETHUD", "social")
            recipient = service.who.organization
            situation.says(consent(situation.me, "permit", recipient, securityLabel=named))
        team = {
            "resourceType": "CareTeam",
            "status": "active",
            "subject": {"reference": situation.at_trust},
            "participant": [
                {"member": {"reference": each.who.organization}}
                for each in (house.drugs, house.housing)
            ],
        }
        self.plan = situation.writes(
            care_plan(
                situation.at_trust,
                careTeam=[{"reference": situation.writes(team)}],
                activity=[activity(ALCOHOL, 1), activity(MOOD, 2), activity(HOUSING, 3)],
            )
        )
        self.writers = [
            _through(house, name, doors[place % len(doors)])
            for place, name in enumerate(("trust", "drugs", "housing"))
        ]

    def history(self) -> list[Json]:
        """Every version as the author sees it, the oldest first."""
        pages = self.situation.trust.pages(f"{self.plan}/_history")
        return [each["resource"] for page in pages for each in page["entry"]][::-1]


@pytest.fixture
def trio(situation: Situation, doors: list[LiveServer]) -> Trio:
    return Trio(situation, doors)


def _through(house: House, name: str, door: LiveServer) -> SmartClient:
    """A client of this server, with a token of the one that all are reached under."""
    client = house.client(name)
    client.fhir = f"{door.base}/fhir"
    assert client.token
    return client


# What somebody wants to change: a kind, what it is about, what it becomes.
Change = tuple[str, str, str]


def changed(plan: Json, change: Change) -> Json | None:
    """The plan with the change; None where there is no such thing any more."""
    kind, about, becomes = change
    match kind:
        case "note":
            return plan | {"note": [*plan.get("note", ()), {"text": about}]}
        case "goal":
            named = {"identifier": {"system": "https://goals.example", "value": about}}
            return plan | {"goal": [named, *plan.get("goal", ())]}
        case "add":
            new = activity(becomes, 0)
            new["detail"]["scheduledPeriod"]["start"] = about
            return plan | {"activity": [*plan["activity"], new]}
    if about not in starts(plan):
        return None
    at = starts(plan).index(about)
    if kind == "remove":
        return plan | {"activity": plan["activity"][:at] + plan["activity"][at + 1 :]}
    plan["activity"][at]["detail"]["scheduledPeriod"]["end"] = becomes
    return plan


def patch_of(plan: Json, change: Change) -> list[Json] | None:
    """The same as a patch that needs no version: it names what it is about."""
    kind, about, becomes = change
    if kind == "add":
        new = (changed(plan, change) or {})["activity"][-1]
        return [{"op": "add", "path": "/activity/-", "value": new}]
    if kind not in ("remove", "end") or about not in starts(plan):
        return None
    path = f"/activity/{starts(plan).index(about)}"
    held = {"op": "test", "path": f"{path}/detail/scheduledPeriod/start", "value": about}
    if kind == "remove":
        return [held, {"op": "remove", "path": path}]
    return [held, {"op": "add", "path": f"{path}/detail/scheduledPeriod/end", "value": becomes}]


@dataclass
class Writer:
    """One organisation at work: what was acknowledged, and what it was told otherwise."""

    client: SmartClient
    plan: str
    chance: random.Random
    number: int
    done: list[Change] = field(default_factory=list)
    refused: list[httpx.Response] = field(default_factory=list)

    def works(self) -> None:
        for turn in range(CHANGES):
            self._does(self._wants(turn))

    def _wants(self, turn: int) -> Change:
        serial = 10_000 * self.number + 100 * turn + 100
        kind = self.chance.choice(("add", "add", "end", "end", "remove", "note", "goal"))
        if kind == "add":
            return kind, moment(serial), self.chance.choice((ALCOHOL, HOUSING))
        if kind in ("note", "goal"):
            return kind, f"{self.number}-{turn}", ""
        known = starts(self.client.read(self.plan))
        lasting = (moment(1), moment(3))
        there = [each for each in known if kind == "end" or each not in (*lasting, moment(2))]
        if not there:
            return "end", lasting[0], moment(serial, 2027)
        return kind, self.chance.choice(there), moment(serial, 2027) if kind == "end" else ""

    def _does(self, change: Change) -> None:
        for _ in range(TRIES):
            read = self.client.get(self.plan)
            how = self.chance.choice((self._put, self._patch, self._bare_patch))
            answer = how(read, change)
            if answer is None:  # somebody took away what it is about
                return
            if answer.status_code == 200:
                self.done.append(change)
                return
            self.refused.append(answer)
        raise AssertionError(f"{TRIES} tries were not enough")

    def _put(self, read: httpx.Response, change: Change) -> httpx.Response | None:
        wanted = changed(read.json(), change)
        return None if wanted is None else self.client.put(wanted, **if_match(read))

    def _patch(self, read: httpx.Response, change: Change) -> httpx.Response | None:
        wanted = patch_of(read.json(), change)
        if wanted is None:
            return self._put(read, change)
        return self._sends(wanted, PATCH | {"If-Match": read.headers["ETag"]})

    def _bare_patch(self, read: httpx.Response, change: Change) -> httpx.Response | None:
        wanted = patch_of(read.json(), change)
        return self._put(read, change) if wanted is None else self._sends(wanted, PATCH)

    def _sends(self, wanted: list[Json], headers: dict[str, str]) -> httpx.Response:
        return self.client.request("PATCH", self.plan, content=json.dumps(wanted), headers=headers)


def held(plan: Json) -> tuple[Json, dict[str, Any], Counter[str], Counter[str]]:
    """A version in parts: all else, what is to be done by its beginning, notes, goals."""
    doing = {each["detail"]["scheduledPeriod"]["start"]: each for each in plan["activity"]}
    assert len(doing) == len(plan["activity"])
    notes = Counter(each["text"] for each in plan.get("note", ()))
    goals = Counter(each["identifier"]["value"] for each in plan.get("goal", ()))
    parts = ("activity", "note", "goal", "meta")
    return {name: plan[name] for name in plan if name not in parts}, doing, notes, goals


def endless(activity: Json) -> Json:
    """What is to be done, but until when."""
    period = {"start": activity["detail"]["scheduledPeriod"]["start"]}
    return activity | {"detail": activity["detail"] | {"scheduledPeriod": period}}


def between(before: Json, after: Json) -> list[Change]:
    """All that one version changed in the one before it."""
    (rest, did, noted, aimed), (rest_now, does, notes, goals) = held(before), held(after)
    assert rest == rest_now
    assert not (noted - notes) | (aimed - goals)
    found: list[Change] = [("note", each, "") for each in (notes - noted).elements()]
    found += [("goal", each, "") for each in (goals - aimed).elements()]
    found += [("remove", each, "") for each in did.keys() - does.keys()]
    for each in does.keys() - did.keys():
        found.append(("add", each, does[each]["detail"]["code"]["coding"][0]["code"]))
    for each in does.keys() & did.keys():
        if does[each] != did[each]:
            found.append(("end", each, does[each]["detail"]["scheduledPeriod"]["end"]))
            assert endless(does[each]) == endless(did[each])
    return found


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_each_change_that_was_acknowledged_is_in_the_history_once_and_nothing_else(
    trio: Trio, seed: int
) -> None:
    writers = [
        Writer(client, trio.plan, random.Random(10 * seed + place), place)  # noqa: S311
        for place, client in enumerate(trio.writers)
    ]
    with ThreadPoolExecutor(3) as three:
        for working in [three.submit(each.works) for each in writers]:
            working.result()
    versions = trio.history()
    steps = [between(*two) for two in pairwise(versions)]
    assert [len(step) for step in steps] == [1] * len(steps)
    done = [change for each in writers for change in each.done]
    assert Counter(change for [change] in steps) == Counter(done)
    ends = {json.dumps(becomes) for kind, _, becomes in done if kind == "end"}
    for answer in (answer for each in writers for answer in each.refused):
        outcome = assert_outcome(answer, 409, 412, 422)
        if answer.status_code == 412:
            assert answer.headers["ETag"]
        for shown in shown_in(outcome).values():
            assert not shown["stands-at"].endswith(".end") or shown["now"] in ends
    for each in writers:
        assert {note["text"] for note in each.client.read(trio.plan).get("note", ())} >= {
            about for kind, about, _ in each.done if kind == "note"
        }


def shown_in(outcome: Json) -> dict[str, dict[str, str]]:
    """What stands side by side, by the place in what was sent."""
    return {
        issue["expression"][0]: {each["url"]: each["valueString"] for each in beside["extension"]}
        for issue in outcome["issue"]
        for beside in issue.get("extension", ())
        if beside["url"] == BESIDE
    }


@pytest.mark.parametrize("way", ["PUT", "PATCH"])
def test_of_three_who_change_one_element_at_once_one_wins_and_two_see_both(
    trio: Trio, way: str
) -> None:
    meeting = Barrier(3)
    place = "CarePlan.activity[0].detail.scheduledPeriod.end"

    def at_once(number: int) -> tuple[str, httpx.Response]:
        client, mine = trio.writers[number], moment(number, 2027)
        read = client.get(trio.plan)
        meeting.wait()
        if way == "PUT":
            wanted = changed(read.json(), ("end", moment(1), mine))
            assert wanted is not None
            return mine, client.put(wanted, **if_match(read))
        wanted_patch = patch_of(read.json(), ("end", moment(1), mine))
        headers = PATCH | {"If-Match": read.headers["ETag"]}
        content = json.dumps(wanted_patch)
        return mine, client.request("PATCH", trio.plan, content=content, headers=headers)

    with ThreadPoolExecutor(3) as three:
        answers = list(three.map(at_once, range(3)))
    [won] = [mine for mine, answer in answers if answer.status_code == 200]
    for number, (mine, answer) in enumerate(answers):
        if mine == won:
            continue
        shown = shown_in(assert_outcome(answer, 412))
        both = {"now": json.dumps(won), "sent": json.dumps(mine)}
        assert shown == {place: {"stands-at": place} | both}
        again = trio.writers[number].read(trio.plan)
        assert answer.headers["ETag"] == f'W/"{again["meta"]["versionId"]}"'


def test_three_who_each_change_their_own_part_by_patch_need_not_wait_for_each_other(
    trio: Trio,
) -> None:
    """A patch without a version is done to what stands: nobody undoes what they did not name."""
    meeting = Barrier(3)

    def at_once(number: int) -> int:
        client = trio.writers[number]
        new = activity((ALCOHOL, HOUSING, ALCOHOL)[number], 2_000 + number)
        change = json.dumps([{"op": "add", "path": "/activity/-", "value": new}])
        meeting.wait()
        return client.request("PATCH", trio.plan, content=change, headers=PATCH).status_code

    with ThreadPoolExecutor(3) as three:
        assert list(three.map(at_once, range(3))) == [200, 200, 200]
    added = {moment(2_000 + number) for number in range(3)}
    assert set(starts(trio.situation.trust.read(trio.plan))) >= added
