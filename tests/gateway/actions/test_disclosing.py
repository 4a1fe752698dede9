"""Disclosure without consent: two people, a named list, a named recipient, once."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace

import pytest
from callers import Caller, House, body_of, consent, patient, places, score
from glass import breaks, officer
from plans import CODES, activity, codes, plan

from gateway.actions.answer import Answer
from gateway.actions.disclosing import Disclosed, Proposal
from gateway.auth.requester import Requester
from gateway.storage.database import connect
from gateway.storage.officers import Officer, add

WHY = "A court ordered it on 3 May 2026."
NOBODY = "6d1a6a52-0000-4000-8000-000000000000"


@dataclass
class Case:
    """A person whom trust and housing know; the trust's two scores; an officer and a guardian."""

    house: House
    me: Caller
    at_trust: str
    at_housing: str
    first: str
    second: str

    @property
    def officer(self) -> Requester:
        return officer(self.house)

    @property
    def guardian(self) -> Requester:
        return officer(self.house, "G. Guardian")

    @property
    def proposal(self) -> Proposal:
        recipient = self.house.organizations["HO1"]
        return Proposal(recipient, (self.first, self.second), "court-order", WHY)

    def proposes(self, asked: Proposal | None = None, who: Requester | None = None) -> Answer:
        asked = asked or self.proposal
        return asyncio.run(self.house.gateway.propose_disclosure(who or self.officer, asked))

    def latest(self) -> Disclosed:
        found = asyncio.run(self.house.gateway.disclosures(self.officer))
        assert isinstance(found, tuple)
        return found[0]

    def agrees(self, id_: str, who: Requester | None = None) -> Answer:
        return asyncio.run(self.house.gateway.agree_disclosure(who or self.guardian, id_))

    def withdraws(self, id_: str, who: Requester | None = None) -> Answer:
        return asyncio.run(self.house.gateway.withdraw_disclosure(who or self.officer, id_))

    def released(self, asked: Proposal | None = None) -> str:
        """The id of a disclosure that both have decided."""
        assert self.proposes(asked).status == 201
        id_ = self.latest().disclosure.id
        assert self.agrees(id_).status == 204
        return id_

    def fetches(self, id_: str, who: Caller | None = None) -> Answer:
        asker = (who or self.house.housing).who
        body = {"resourceType": "Parameters", "parameter": [{"name": "disclosure", "valueId": id_}]}
        return asyncio.run(self.house.gateway.disclosed(asker, json.dumps(body).encode()))


@pytest.fixture
def case(house: House) -> Case:
    connection = connect(house.url)
    assert add(connection, Officer("G. Guardian", guardian=True))
    connection.close()
    me = house.person()
    at_trust, at_housing = house.trust.writes(patient()), house.housing.writes(patient())
    first, second = (house.trust.writes(score(at_trust)) for _ in range(2))
    return Case(house, me, at_trust, at_housing, first, second)


def absent(case: Case, answer: Answer) -> bool:
    never = case.fetches(NOBODY)
    return (answer.status, answer.body) == (404, never.body)


def references(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    entries = [each["resource"] for each in body_of(answer)["entry"]]
    return [f"{each['resourceType']}/{each['id']}" for each in entries]


def told(case: Case) -> set[str]:
    """The kinds of entries that the person finds in their log."""
    found = case.me.finds("AuditEvent", patient=case.me.me)
    return {case.house.officer.read(each)["subtype"][0]["code"] for each in found}


def test_the_recipient_fetches_exactly_the_list_and_once(case: Case) -> None:
    case.me.created(consent(case.me.me, "deny", case.house.organizations["HO1"]))
    unlisted = case.house.trust.writes(score(case.at_trust))
    id_ = case.released()
    fetched = case.fetches(id_)
    assert references(fetched) == [case.first, case.second]
    assert case.at_housing.encode() in fetched.body  # the recipient's own name for the person
    assert case.at_trust.encode() not in fetched.body
    assert absent(case, case.fetches(id_))
    for reference in (case.first, unlisted):
        assert case.house.housing.get(reference).status == 404


def test_only_the_named_recipient_fetches_it(case: Case) -> None:
    case.house.drugs.writes(patient())
    id_ = case.released()
    for other in (case.house.drugs, case.house.trust):
        assert absent(case, case.fetches(id_, other))
    for nobody in (case.me, case.house.officer, breaks(case.house, "HO1", case.at_housing)):
        assert case.fetches(id_, nobody).status == 403
    assert references(case.fetches(id_)) == [case.first, case.second]


def test_a_scope_that_is_missing_uses_nothing_up(case: Case) -> None:
    id_ = case.released()
    housing = case.house.housing
    narrow = Caller(case.house, replace(housing.who, scopes=frozenset({"system/Task.r"})))
    assert case.fetches(id_, narrow).status == 403
    assert references(case.fetches(id_)) == [case.first, case.second]


def test_one_person_alone_releases_nothing(case: Case) -> None:
    assert case.proposes().status == 201
    id_ = case.latest().disclosure.id
    assert absent(case, case.fetches(id_))
    assert case.agrees(id_, case.officer).status == 403
    assert case.agrees(id_, officer(case.house, "B. Officer")).status == 403  # no guardian
    assert absent(case, case.fetches(id_))
    assert case.agrees(id_).status == 204
    assert case.fetches(id_).status == 200


def test_a_guardian_who_proposes_needs_somebody_else_too(case: Case) -> None:
    assert case.proposes(who=case.guardian).status == 201
    id_ = case.latest().disclosure.id
    assert case.agrees(id_).status == 403
    assert case.agrees(id_, case.officer).status == 204


def test_the_same_person_by_another_name_is_the_same_person(case: Case) -> None:
    connection = connect(case.house.url)
    assert add(connection, Officer("C. Officer", practitioner="sds|1", guardian=True))
    connection.close()
    by_token = replace(case.house.officer.who, practitioner="sds|1")
    assert case.proposes(who=by_token).status == 201
    id_ = case.latest().disclosure.id
    assert case.agrees(id_, officer(case.house, "C. Officer")).status == 403
    assert case.agrees(id_, case.officer).status == 204


def test_nobody_but_officers_proposes_agrees_withdraws_or_sees(case: Case) -> None:
    id_ = case.released()
    for who in (case.me.who, case.house.trust.who, case.house.officer.who):
        assert case.proposes(who=who).status == 403
        assert case.agrees(id_, who).status == 403
        assert case.withdraws(id_, who).status == 403
        refused = asyncio.run(case.house.gateway.disclosures(who))
        assert isinstance(refused, Answer)
        assert refused.status == 403


def test_what_changed_since_it_was_listed_is_not_released_and_neither_is_the_rest(
    case: Case,
) -> None:
    id_ = case.released()
    stored = case.house.trust.read(case.second)
    assert case.house.trust.put(stored | {"status": "amended"}).status == 200
    assert absent(case, case.fetches(id_))
    assert [each.moved for each in case.latest().listed] == [False, True]


def test_it_can_be_withdrawn_until_it_is_fetched(case: Case) -> None:
    id_ = case.released()
    assert case.withdraws(id_).status == 204
    assert absent(case, case.fetches(id_))
    assert case.agrees(id_).status == 409
    other = case.released()
    assert case.fetches(other).status == 200
    assert case.withdraws(other).status == 409


def test_it_waits_for_some_days_and_no_longer(case: Case) -> None:
    kept = case.released()
    case.house.wait(days=6, hours=23)
    assert case.fetches(kept).status == 200
    late = case.released()
    case.house.wait(days=7, hours=1)
    assert absent(case, case.fetches(late))
    assert case.proposes().status == 201
    old = case.latest().disclosure.id
    case.house.wait(days=31)
    assert case.agrees(old).status == 409


def test_the_ceiling_stays(case: Case) -> None:
    id_ = case.released()
    case.house.change("UPDATE resource SET ceiling = 1 WHERE id = ?", case.first.partition("/")[2])
    assert absent(case, case.fetches(id_))
    assert places(case.proposes()) == ["references[0]"]


@pytest.mark.parametrize("kept", [True, False])
def test_the_ceiling_stays_over_what_a_bundle_holds(case: Case, kept: bool) -> None:
    """It is released whole or not at all."""
    trust = case.house.trust
    topic = "https://onestory.example/fhir/CodeSystem/topic"
    of_others = {"meta": {"security": [{"system": topic, "code": "third-party"}]}}
    held = score(case.at_trust, **(of_others if kept else {}))
    entries = [{"resource": each} for each in (score(case.at_trust), held)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    stored = trust.writes(bundle)
    answer = case.proposes(replace(case.proposal, references=(stored,)))
    assert answer.status == (400 if kept else 201)
    assert ("third-party" in str(trust.read(stored)["meta"]["security"])) is kept


def test_what_an_organisation_without_an_agreement_would_get_nobody_gets(case: Case) -> None:
    id_ = case.released()
    housing = case.house.organizations["HO1"].partition("/")[2]
    case.house.change("UPDATE organization SET agreement_to = 1 WHERE id = ?", housing)
    assert absent(case, case.fetches(id_))
    assert places(case.proposes()) == ["recipient"]


def test_what_is_wrong_in_a_proposal_is_all_said(case: Case) -> None:
    wrong = Proposal("Organization/x", (case.first, f"Observation/{NOBODY}"), "fun", "why", "no")
    answer = case.proposes(wrong)
    assert answer.status == 400
    assert places(answer) == ["basis", "reason", "untold", "recipient", "references[1]"]
    assert case.house.rows("disclosure") == 0


def test_a_list_is_about_one_person_whom_the_recipient_knows(case: Case) -> None:
    house = case.house
    kim = house.trust.writes(patient(1))
    of_kim = house.trust.writes(score(kim))
    both = house.trust.writes(score(case.at_trust, focus=[{"reference": kim}]))
    lists = {
        (case.first, of_kim): ["references"],
        (of_kim,): ["recipient"],
        (both,): ["references[0]"],
        (case.first, case.first): ["references"],
        (): ["references"],
        (case.at_trust,): ["references[0]"],
        ("Observation",): ["references[0]"],
    }
    for listed, where in lists.items():
        assert places(case.proposes(replace(case.proposal, references=listed))) == where
    said = case.me.created(consent(case.me.me, "permit", house.organizations["HO1"]))
    named = replace(case.proposal, references=(f"Consent/{said['id']}",))
    assert places(case.proposes(named)) == ["references[0]"]


def test_a_plan_of_many_topics_is_released_whole_or_not_at_all(case: Case) -> None:
    doing = [activity("alcohol"), activity("mood")]
    plan_id = case.house.trust.writes(plan(case.at_trust, *doing))
    case.me.created(consent(case.me.me, "deny", case.house.organizations["HO1"]))
    id_ = case.released(replace(case.proposal, references=(plan_id,)))
    [released] = [each["resource"] for each in body_of(case.fetches(id_))["entry"]]
    assert codes(released) == [CODES["alcohol"], CODES["mood"]]
    assert case.house.housing.get(plan_id).status == 404


def test_what_the_recipient_may_see_of_a_plan_anyway_releases_nothing_of_what_was_withdrawn(
    case: Case,
) -> None:
    plan_id = case.house.trust.writes(plan(case.at_trust, activity("alcohol")))
    everything = consent(case.me.me, "permit", case.house.organizations["HO1"])
    case.me.created(everything)
    id_ = case.released(replace(case.proposal, references=(plan_id,)))
    assert case.house.housing.get(plan_id).status == 200
    assert case.withdraws(id_).status == 204
    assert absent(case, case.fetches(id_))


@pytest.mark.parametrize("odd", ["", "x", "a\0b", "\N{PILE OF POO}", "'; --", "x" * 10_000])
def test_odd_names_are_refused_and_written_nowhere(case: Case, odd: str) -> None:
    assert case.agrees(odd).status == 404
    assert case.withdraws(odd).status == 404
    wrong = Proposal(odd, (odd,), odd, odd, odd)
    refused = case.proposes(wrong)
    assert refused.status == 400
    assert set(places(refused)) == {"basis", "reason", "untold", "recipient", "references[0]"}
    assert "reason" not in case.house.entries()[-1]
    ended = asyncio.run(case.house.gateway.end_emergency(case.officer, odd))
    assert ended.status == 409


def test_each_step_is_in_the_log_with_basis_and_reason_and_the_person_finds_it(case: Case) -> None:
    case.fetches(case.released())
    steps = {
        each["interaction"]: each
        for each in case.house.entries()
        if each["interaction"].startswith("disclosure-") or each["interaction"] == "disclosure"
    }
    assert list(steps) == ["disclosure-proposed", "disclosure-agreed", "disclosure"]
    assert steps["disclosure-proposed"]["reason"] == f"court-order: {WHY}"
    assert {each["practitioner_name"] for each in steps.values() if "reason" in each} == {
        "A. Officer"
    }
    assert steps["disclosure"]["entities"] == [case.first, case.second]
    assert "consents" not in steps["disclosure"]
    assert set(steps) <= told(case)
    assert case.house.held("SELECT kind FROM to_tell") == [("disclosure",)]


def test_where_telling_would_cause_harm_nothing_leads_the_person_to_it(case: Case) -> None:
    secret = replace(case.proposal, untold="He has threatened the one who told us.")
    assert case.fetches(case.released(secret)).status == 200
    assert not [each for each in told(case) if each.startswith("disclosure")]
    assert case.house.officer.finds("AuditEvent", entity=case.first, purpose="HCOMPL")
    assert case.house.rows("to_tell") == 0
    assert ("untold-disclosure",) in case.house.held("SELECT kind FROM queue WHERE done IS NULL")


def test_the_recipient_reads_of_its_fetch_and_not_of_what_officers_wrote(case: Case) -> None:
    case.fetches(case.released())
    [event] = case.house.housing.finds("AuditEvent", entity=case.first)
    assert WHY.encode() not in case.house.housing.get(event).body


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"{", b'{"resourceType":"Parameters","parameter":[{"name":"x"}]}']
)
def test_a_question_without_an_id_is_refused(case: Case, body: bytes) -> None:
    asked = case.house.gateway.disclosed(case.house.housing.who, body)
    assert asyncio.run(asked).status == 400
