"""One plan of several topics, two services with different permits, and the person, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from answers import assert_outcome, face, made_up
from houses import Situation
from made_up import care_plan, consent, topic
from smart_client import Json, SmartClient

SNOMED = "http://snomed.info/sct"
ALCOHOL, HOUSING = "763256006", "32911000"
WORDS = "Meet at the usual place"


def activity(code: str, status: str = "scheduled", **more: Any) -> Json:
    concept = {"coding": [{"system": SNOMED, "code": code}]}
    return {"detail": {"code": concept, "status": status} | more}


def done(plan: Json) -> list[tuple[str, str]]:
    return [
        (each["detail"]["code"]["coding"][0]["code"], each["detail"]["status"])
        for each in plan.get("activity", ())
    ]


class Together:
    """The trust's plan; drugs may see and correct its alcohol, housing its housing."""

    def __init__(self, situation: Situation, *, in_team: bool = True) -> None:
        self.person, house = situation, situation.house
        self.trust, self.drugs, self.housing = situation.trust, situation.drugs, house.housing
        house.known_at(self.housing, situation.person)
        for service, code in ((self.drugs, "ETHUD"), (self.housing, "social")):
            recipient = service.who.organization
            situation.says(consent(situation.me, "permit", recipient, securityLabel=topic(code)))
        members = (self.drugs, self.housing) if in_team else ()
        team = {
            "resourceType": "CareTeam",
            "status": "active",
            "subject": {"reference": situation.at_trust},
        }
        named = [{"member": {"reference": each.who.organization}} for each in members]
        team |= {"participant": named} if named else {}
        self.plan = situation.writes(
            care_plan(
                situation.at_trust,
                careTeam=[{"reference": situation.writes(team)}],
                activity=[
                    activity(HOUSING),
                    activity(ALCOHOL),
                    activity(HOUSING, description=WORDS),
                ],
                note=[{"text": WORDS}],
            )
        )


@pytest.fixture
def together(situation: Situation) -> Together:
    return Together(situation)


def sends(client: SmartClient, plan: Json) -> Any:
    return client.put(plan, If_Match=f'W/"{plan["meta"]["versionId"]}"')


def test_each_sees_its_own_part_and_the_person_sees_all(together: Together) -> None:
    assert done(together.drugs.read(together.plan)) == [(ALCOHOL, "scheduled")]
    assert done(together.housing.read(together.plan)) == [(HOUSING, "scheduled")]
    assert len(together.person.portal.read(together.plan)["activity"]) == 3
    for service in (together.drugs, together.housing):
        text = service.get(together.plan).text
        assert WORDS not in text
        assert "title" not in json.loads(text)
    assert HOUSING not in together.drugs.get(together.plan).text


def test_each_writes_its_part_and_keeps_the_others(together: Together) -> None:
    for service, code in ((together.drugs, ALCOHOL), (together.housing, HOUSING)):
        mine = service.read(together.plan)
        mine["activity"][0]["detail"]["status"] = "completed"
        mine["activity"].append(activity(code, "not-started"))
        answer = sends(service, mine)
        assert answer.status_code == 200, answer.text
        assert done(answer.json()) == done(mine)
    whole = together.trust.read(together.plan)
    assert sorted(done(whole)) == sorted(
        [
            (ALCOHOL, "completed"),
            (ALCOHOL, "not-started"),
            (HOUSING, "completed"),
            (HOUSING, "not-started"),
            (HOUSING, "scheduled"),
        ]
    )
    assert whole["note"] == [{"text": WORDS}]
    assert done(together.person.portal.read(together.plan)) == done(whole)
    whole["activity"] = whole["activity"][::-1]
    assert sends(together.trust, whole).status_code == 200
    assert sorted(done(together.drugs.read(together.plan))) == [
        (ALCOHOL, "completed"),
        (ALCOHOL, "not-started"),
    ]


def test_a_plan_sent_back_as_it_was_read_is_the_same_plan(together: Together) -> None:
    before = together.trust.get(together.plan).content
    for service in (together.drugs, together.housing):
        assert sends(service, service.read(together.plan)).status_code == 200
    assert together.trust.get(together.plan).content == before


def test_what_others_change_unseen_moves_no_version_and_is_no_conflict(
    together: Together,
) -> None:
    mine, etag = (
        together.drugs.read(together.plan),
        together.drugs.get(together.plan).headers["ETag"],
    )
    theirs = together.housing.read(together.plan)
    theirs["activity"][0]["detail"]["status"] = "completed"
    assert sends(together.housing, theirs).status_code == 200
    assert together.drugs.get(together.plan).headers["ETag"] == etag
    mine["activity"][0]["detail"]["status"] = "on-hold"
    assert sends(together.drugs, mine).status_code == 200
    assert_outcome(sends(together.drugs, mine), 409, 412)
    assert (HOUSING, "completed") in done(together.trust.read(together.plan))
    assert (ALCOHOL, "on-hold") in done(together.trust.read(together.plan))
    history = together.drugs.get(f"{together.plan}/_history").json()
    assert len(history["entry"]) == 2


def test_a_patch_has_the_paths_of_what_is_seen(together: Together) -> None:
    headers = {"Content-Type": "application/json-patch+json"}

    def patch(*operations: Json) -> Any:
        return together.drugs.request(
            "PATCH", together.plan, content=json.dumps(operations), headers=headers
        )

    is_mine = {"op": "test", "path": "/activity/0/detail/code/coding/0/code", "value": ALCOHOL}
    is_theirs = is_mine | {"value": HOUSING}
    over = {"op": "replace", "path": "/activity/0/detail/status", "value": "completed"}
    assert_outcome(patch(is_theirs, over), 409)
    assert_outcome(patch({"op": "remove", "path": "/activity/1"}), 422)
    assert patch(is_mine, over).status_code == 200
    assert done(together.trust.read(together.plan)) == [
        (HOUSING, "scheduled"),
        (ALCOHOL, "completed"),
        (HOUSING, "scheduled"),
    ]


def test_seen_by_many_is_changed_by_the_team_alone(situation: Situation) -> None:
    plan = Together(situation, in_team=False)
    mine = plan.drugs.read(plan.plan)
    mine["activity"][0]["detail"]["status"] = "completed"
    assert_outcome(sends(plan.drugs, mine), 403)
    assert done(plan.trust.read(plan.plan))[1] == (ALCOHOL, "scheduled")


def test_nothing_is_found_or_counted_by_what_is_not_seen(together: Together) -> None:
    patient = together.person.at_drugs
    found = together.drugs.search("CarePlan", patient=patient)
    assert [f"CarePlan/{each['id']}" for each in found] == [together.plan]
    for code, count in ((ALCOHOL, 1), (HOUSING, 0)):
        asked = {"patient": patient, "activity-code": code, "_summary": "count"}
        assert together.drugs.get("CarePlan", **asked).json()["total"] == count


def test_after_a_yes_is_taken_back_it_is_as_if_it_never_was(
    situation: Situation, meet: Callable[..., Situation]
) -> None:
    plan = Together(situation)
    denied = consent(situation.me, "deny", plan.drugs.who.organization)
    assert plan.drugs.get(plan.plan).status_code == 200
    situation.says(denied)
    nothing = made_up("CarePlan")
    assert face(plan.drugs.get(plan.plan)) == face(plan.drugs.get(nothing))
    mine = care_plan(situation.at_drugs) | {"id": plan.plan.partition("/")[2]}
    other = mine | {"id": nothing.partition("/")[2]}
    assert face(plan.drugs.put(mine)) == face(plan.drugs.put(other))
    assert plan.housing.get(plan.plan).status_code == 200
