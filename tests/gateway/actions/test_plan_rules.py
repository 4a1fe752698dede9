"""A plan that says it is a shared care plan is held against the rules of one when it is written."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from callers import House, body_of, patient
from plans import SNOMED, permits, plan

import fhir_profiles
from gateway.actions.answer import Answer
from gateway.actions.preferring import Return
from mappings.care_plan_rules import rules

Json = dict[str, Any]
VALID = [one for one in fhir_profiles.names("examples/valid") if "/care-plan-" in one]
EXPECTED = fhir_profiles.load("care_plan/invalid_examples.json")["examples"]
PROFILE = "https://onestory.example/fhir/StructureDefinition/shared-care-plan"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"


def entries(name: str) -> list[Json]:
    """An example as the trust would send it: the organisation that recorded it is the trust."""
    bundle = json.loads(json.dumps(fhir_profiles.load(name)))
    _as_sent_by(bundle, "RX1")
    return list(bundle["entry"])


def _as_sent_by(node: Any, ods: str) -> None:
    for value in node.values() if isinstance(node, dict) else node:
        if isinstance(value, dict) and value.get("system") == ODS:
            value["value"] = ods
        elif isinstance(value, dict | list):
            _as_sent_by(value, ods)


def said(answer: Answer) -> set[str]:
    return {issue["diagnostics"] for issue in body_of(answer)["issue"]}


@pytest.mark.parametrize("name", VALID)
def test_a_good_plan_is_stored_with_all_that_belongs_to_it(house: House, name: str) -> None:
    answer = house.trust.transact(*entries(name))
    assert answer.status == 200, answer.body


@pytest.mark.parametrize(
    "name", [one for one, told in EXPECTED.items() if told["severity"] == "error"]
)
def test_a_plan_that_lacks_something_is_refused_in_words_and_nothing_is_stored(
    house: House, name: str
) -> None:
    before = house.rows("resource")
    answer = house.trust.transact(*entries(f"examples/invalid/{name}"))
    assert answer.status == 422
    assert house.rows("resource") == before
    wanted = EXPECTED[name]
    found = {(each["expression"][0], each["diagnostics"]) for each in body_of(answer)["issue"]}
    assert (wanted["expression"], wanted["words"]) in found


@pytest.fixture
def sent(house: House) -> Json:
    """A good plan of the trust's, as it stands there."""
    stored = house.trust.sent(*entries("examples/valid/care-plan-whole.json"))
    first = next(each for each in stored if each.startswith("CarePlan/"))
    return house.trust.read(first)


def test_a_change_that_takes_away_what_is_needed_is_refused_and_a_draft_may_lack_it(
    house: House, sent: Json
) -> None:
    assert house.trust.put(sent).status == 200
    without = {name: value for name, value in sent.items() if name != "goal"}
    answer = house.trust.put(without)
    assert answer.status == 422
    assert rules()["no-goal"].words in said(answer)
    assert house.trust.put(without | {"status": "draft"}).status == 200


def test_a_patch_is_judged_like_an_update(house: House, sent: Json) -> None:
    gone = {"op": "remove", "path": "/goal"}
    answer = house.trust.patch(f"CarePlan/{sent['id']}", gone)
    assert answer.status == 422
    assert body_of(answer)["issue"][0]["expression"] == ["CarePlan.goal"]
    noted = {"op": "add", "path": "/note", "value": [{"text": "We meet on Fridays"}]}
    assert house.trust.patch(f"CarePlan/{sent['id']}", noted).status == 200


def test_a_plan_that_does_not_say_it_is_one_is_held_against_nothing(house: House) -> None:
    at_trust = house.trust.writes(patient())
    lone = plan(at_trust)
    assert house.trust.post(lone).status == 201
    answer = house.trust.post(lone | {"meta": {"profile": [PROFILE]}})
    assert answer.status == 422


def test_a_crisis_part_cannot_be_left_without_what_its_plan_needs(house: House, sent: Json) -> None:
    [part] = [
        each
        for each in house.trust.finds(
            "CarePlan",
            category=f"{SNOMED}|736253002",
            patient=sent["subject"]["reference"],
        )
        if house.trust.read(each).get("partOf")
    ]
    crisis = house.trust.read(part)
    assert house.trust.put(crisis).status == 200
    crisis["category"] = sent["category"]
    answer = house.trust.put(crisis)
    assert answer.status == 422
    assert rules()["no-crisis-plan"].words in said(answer)


def uncoordinated() -> list[Json]:
    """The good plan without its coordinator; its first need is a severe one."""
    sent_ = entries("examples/valid/care-plan-whole.json")
    for each in sent_:
        if each["resource"]["resourceType"] == "CareTeam":
            each["resource"]["participant"] = each["resource"]["participant"][1:]
    return sent_


def test_who_should_lead_is_said_beside_that_nobody_does(house: House) -> None:
    answer = house.trust.transact(*uncoordinated())
    assert answer.status == 422
    issues = body_of(answer)["issue"]
    told = {issue["diagnostics"]: issue["severity"] for issue in issues}
    assert told == {
        rules()["no-coordinator"].words: "error",
        rules()["severe-lead"].words: "warning",
    }


def test_who_should_lead_is_advised_of_a_draft_which_is_stored(house: House) -> None:
    drafted = uncoordinated()
    drafted[1]["resource"]["status"] = "draft"
    assert house.trust.transact(*drafted).status == 200
    [stored] = [
        each
        for each in house.trust.finds("CarePlan", identifier=_name(drafted[1]["resource"]))
        if "partOf" not in house.trust.read(each)
    ]
    body = house.trust.read(stored) | {"title": "Ours"}
    changing = house.trust.gateway.update(
        house.trust.who,
        "CarePlan",
        body["id"],
        json.dumps(body).encode(),
        None,
        Return.OUTCOME,
    )
    assert rules()["severe-lead"].words in said(asyncio.run(changing))


def _name(resource: Json) -> str:
    [identifier] = resource["identifier"]
    return f"{identifier['system']}|{identifier['value']}"


class Together:
    """The trust's shared plan, with the drug service in its team and permitted to correct it."""

    def __init__(self, house: House, sent: Json) -> None:
        self.house, self.plan = house, f"CarePlan/{sent['id']}"
        trust, at_trust = house.trust, sent["subject"]["reference"]
        known = trust.read(at_trust)
        person = house.registers(
            {
                name: known[name]
                for name in ("resourceType", "identifier", "name", "birthDate")
                if name in known
            }
        )
        house.drugs.writes(
            {name: known[name] for name in ("resourceType", "identifier", "birthDate")}
        )
        permits(person, house.drugs.who.organization)
        team = sent["careTeam"][0]["reference"]
        member = {"member": {"reference": house.drugs.who.organization}}
        held = trust.read(team)
        held["participant"].append(member)
        assert trust.put(held).status == 200

    def raised(self) -> list[Json]:
        found = self.house.trust.finds("Task", focus=self.plan, code="plan-lacking")
        return [self.house.trust.read(each) for each in found]


def test_what_a_team_member_leaves_it_without_is_a_task_for_the_author_and_no_error(
    house: House, sent: Json
) -> None:
    both = Together(house, sent)
    seen = house.drugs.read(both.plan)
    seen["supportingInfo"] = [each for each in seen["supportingInfo"] if "identifier" in each]
    assert house.drugs.put(seen).status == 200
    raised = both.raised()
    words = [task["description"] for task in raised]
    assert rules()["no-social-care"].words in words
    assert len(words) == len(set(words))
    for task in raised:
        assert task["owner"]["reference"] == house.trust.who.organization
        assert task["id"] not in str(house.drugs.ask("AuditEvent", entity=both.plan).body)
    again = house.drugs.read(both.plan)
    again["status"] = "on-hold"
    assert house.drugs.put(again).status == 200
    assert both.raised() == raised


def test_a_change_that_leaves_it_whole_raises_nothing(house: House, sent: Json) -> None:
    both = Together(house, sent)
    seen = house.drugs.read(both.plan)
    seen["note"] = [*seen.get("note", ()), {"text": "We call first"}]
    assert house.drugs.put(seen).status == 200
    assert both.raised() == []
