"""A preview: who asks, what it says, and that it changes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from callers import MOOD, Caller, House, Json, body_of, concept, consent, patient, places, score
from looking_ahead import asked, previewed, reference_to

from gateway.actions.answer import Answer

ALCOHOL = concept("v3-ActCode", "ETHUD")["coding"]
UNKNOWN = "6f2c1f0e-8f0b-4a53-9d8c-0d0f6f1d2a11"


def held(answer: Answer) -> list[Json]:
    return [each["part"] for each in body_of(answer)["parameter"] if each["name"] == "held"]


class Known:
    """A person with an alcohol score and a mood score at the trust, known to all services."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.me = house.person()
        self.at_trust = house.trust.writes(patient(0))
        for other in (house.drugs, house.housing):
            other.writes(patient(0))
        self.alcohol = house.trust.writes(score(self.at_trust))
        self.mood = house.trust.writes(score(self.at_trust, MOOD))
        self.housing = house.organizations["HO1"]
        self.drugs = house.organizations["DA1"]

    def yes(self, service: str, **criteria: Any) -> Json:
        return consent(self.me.me, "permit", service, **({"securityLabel": ALCOHOL} | criteria))

    def no(self, service: str, **criteria: Any) -> Json:
        return consent(self.me.me, "deny", service, **criteria)


@pytest.fixture
def known(house: House) -> Known:
    return Known(house)


class TestWhatItSays:
    def test_a_yes_shows_what_would_be_gained(self, known: Known) -> None:
        seen = previewed(asked(known.me, known.yes(known.housing)))
        assert seen[known.housing] == {
            "visible": [known.alcohol],
            "gained": [known.alcohol],
            "lost": [],
            "now": 0,
            "then": 1,
        }
        assert seen[known.drugs]["visible"] == []

    def test_a_no_over_a_yes_shows_what_would_be_lost(self, known: Known) -> None:
        known.me.writes(known.yes(known.housing))
        seen = previewed(asked(known.me, known.no(known.housing)))
        assert seen[known.housing]["lost"] == [known.alcohol]
        assert seen[known.housing]["visible"] == []

    def test_a_yes_beside_a_no_changes_nothing_until_the_no_is_taken_back(
        self, known: Known
    ) -> None:
        no = known.me.writes(known.no(known.housing))
        yes = known.yes(known.housing)
        assert previewed(asked(known.me, yes))[known.housing]["gained"] == []
        both = previewed(asked(known.me, yes, replaces=(no,)))
        assert both[known.housing]["gained"] == [known.alcohol]

    def test_taking_back_can_be_previewed_alone(self, known: Known) -> None:
        yes = known.me.writes(known.yes(known.housing))
        seen = previewed(asked(known.me, replaces=(yes,)))
        assert seen[known.housing]["lost"] == [known.alcohol]

    def test_what_a_service_wrote_itself_it_always_sees(self, known: Known) -> None:
        trust = known.house.organizations["RX1"]
        seen = previewed(asked(known.me, known.no(trust)))
        assert set(seen[trust]["visible"]) == {known.alcohol, known.mood}
        assert seen[trust]["lost"] == []

    def test_each_thing_is_told_with_what_it_is_and_when(self, known: Known) -> None:
        told = {
            part["valueReference"]["reference"]: {p["name"]: p for p in parts}
            for parts in held(asked(known.me, known.yes(known.housing)))
            for part in parts
            if part["name"] == "reference"
        }
        assert set(told) == {known.alcohol, known.mood}
        alcohol = told[known.alcohol]
        assert alcohol["date"]["valueDateTime"] == "2026-05-01"
        assert alcohol["topic"]["valueCoding"]["code"] == "ETHUD"
        assert alcohol["author"]["valueReference"]["reference"] == known.house.organizations["RX1"]
        assert alcohol["title"]["valueString"]

    def test_only_those_named_are_told_about(self, known: Known) -> None:
        everyone = previewed(asked(known.me, known.yes(known.housing)))
        assert {known.housing, known.drugs} < everyone.keys()
        one = previewed(asked(known.me, known.yes(known.housing), recipients=(known.housing,)))
        assert set(one) == {known.housing}

    def test_an_organisation_without_an_agreement_is_told_of_only_where_named(
        self, known: Known
    ) -> None:
        id_ = known.housing.removeprefix("Organization/")
        known.house.change("UPDATE organization SET agreement_to = 1 WHERE id = ?", id_)
        yes = known.yes(known.housing)
        assert known.housing not in previewed(asked(known.me, yes))
        named = previewed(asked(known.me, yes, recipients=(known.housing,)))
        assert named[known.housing]["gained"] == []

    def test_it_does_not_tell_which_services_know_the_person(self, house: House) -> None:
        me = house.person()
        at_trust = house.trust.writes(patient(0))
        alcohol = house.trust.writes(score(at_trust))
        housing = house.organizations["HO1"]
        yes = consent(me.me, "permit", housing, securityLabel=ALCOHOL)
        unknown = asked(me, yes)
        assert previewed(unknown)[housing]["gained"] == [alcohol]
        at_housing = house.housing.writes(patient(0))
        assert asked(me, yes).body == unknown.body
        assert house.housing.finds("Observation", patient=at_housing) == []
        me.writes(yes)
        assert house.housing.finds("Observation", patient=at_housing) == [alcohol]

    def test_another_purpose_is_another_answer(self, known: Known) -> None:
        yes = known.yes(known.housing)
        assert previewed(asked(known.me, yes, purpose="COC"))[known.housing]["then"] == 1
        assert previewed(asked(known.me, yes, purpose="HRESCH"))[known.housing]["then"] == 0


class TestWhoMayAsk:
    def test_the_person_and_an_officer(self, known: Known) -> None:
        yes = known.yes(known.housing)
        mine, theirs = asked(known.me, yes), asked(known.house.officer, yes)
        assert (mine.status, theirs.status) == (200, 200)
        assert mine.body == theirs.body

    def test_no_service(self, known: Known) -> None:
        theirs = consent(known.at_trust, "permit", known.housing)
        answer = asked(known.house.trust, theirs)
        assert answer.status == 403
        unknown = consent(f"Patient/{UNKNOWN}", "permit", known.housing)
        assert asked(known.house.trust, unknown).body == answer.body

    def test_a_person_about_themselves_alone(self, known: Known) -> None:
        other = known.house.person(1)
        answer = asked(other, known.yes(known.housing))
        assert answer.status == 403
        assert places(answer)[0] == "Parameters.parameter[0].resource.patient"
        mine = known.me.writes(known.yes(known.housing))
        assert asked(other, replaces=(mine,)).status == 422
        nobodys = asked(other, replaces=(f"Consent/{UNKNOWN}",))
        assert asked(other, replaces=(mine,)).body == nobodys.body

    def test_an_officer_about_one_person_at_once(self, known: Known) -> None:
        other = known.house.person(1)
        yes = known.yes(known.housing)
        another = consent(other.me, "permit", known.housing)
        assert asked(known.house.officer, yes, another).status == 422
        assert asked(known.house.officer, yes, yes).status == 200

    def test_a_token_is_told_of_no_type_that_it_may_not_read(self, known: Known) -> None:
        narrow = Caller(
            known.house, replace(known.me.who, scopes=frozenset({"system/Consent.crus"}))
        )
        assert held(asked(narrow, known.yes(known.housing))) == []
        none = Caller(known.house, replace(known.me.who, scopes=frozenset({"system/Task.rs"})))
        assert asked(none, known.yes(known.housing)).status == 403

    def test_the_person_is_told_of_nothing_that_is_kept_from_them(self, known: Known) -> None:
        before = held(asked(known.me, known.yes(known.housing)))
        known.house.change("UPDATE resource SET ceiling = 1 WHERE id = ?", _id(known.mood))
        told = asked(known.me, known.yes(known.housing))
        assert len(held(told)) == len(before) - 1
        assert known.mood not in told.body.decode()
        assert known.mood not in asked(known.house.officer, known.yes(known.housing)).body.decode()

    def test_what_names_the_person_elsewhere_than_as_its_subject_is_told(
        self, known: Known
    ) -> None:
        members = {"resourceType": "Group", "type": "person", "actual": True}
        member = {"entity": {"reference": known.at_trust}}
        group = known.house.trust.writes(members | {"member": [member]})
        told = asked(known.me, known.yes(known.housing))
        assert group in told.body.decode()
        other = {"entity": {"reference": known.house.trust.writes(patient(1))}}
        two = known.house.trust.writes(members | {"member": [member, other]})
        assert two not in asked(known.me, known.yes(known.housing)).body.decode()

    def test_what_is_about_others_too_is_not_told(self, known: Known) -> None:
        other = known.house.trust.writes(patient(1))
        shared = known.house.trust.writes(score(known.at_trust, performer=[{"reference": other}]))
        assert shared not in asked(known.me, known.yes(known.housing)).body.decode()


class TestWhatItLeaves:
    def test_one_row_and_nothing_else(self, known: Known) -> None:
        tables = ("resource", "former", "concern", "fact", "content", "identity")
        before = {table: known.house.rows(table) for table in (*tables, "audit")}
        stored = known.house.held("SELECT version FROM resource ORDER BY rid")
        yes = known.me.writes(known.yes(known.housing))
        before = {table: known.house.rows(table) for table in (*tables, "audit")}
        stored = known.house.held("SELECT version FROM resource ORDER BY rid")
        asked(known.me, known.no(known.housing), replaces=(yes,))
        after = {table: known.house.rows(table) for table in (*tables, "audit")}
        assert after == before | {"audit": before["audit"] + 1}
        assert known.house.held("SELECT version FROM resource ORDER BY rid") == stored
        row = known.house.entries()[-1]
        assert (row["interaction"], row["query"]) == ("operation", "Consent/$preview")
        assert set(row["entities"]) == {yes, known.alcohol, known.mood}

    @pytest.mark.parametrize("which", ["service", "nonsense", "stranger"])
    def test_one_row_for_a_refusal_too(self, known: Known, which: str) -> None:
        before = known.house.rows("audit")
        match which:
            case "service":
                asked(known.house.trust, known.yes(known.housing))
            case "nonsense":
                asked(known.me)
            case _:
                asked(known.house.person(1), known.yes(known.housing))
                before += 1  # they registered
        assert known.house.rows("audit") == before + 1

    def test_reads_go_on_as_before(self, known: Known) -> None:
        assert known.house.housing.finds("Observation", _id=_id(known.alcohol)) == []
        asked(known.me, known.yes(known.housing))
        assert known.house.housing.finds("Observation", _id=_id(known.alcohol)) == []
        known.me.writes(known.yes(known.housing))
        assert known.house.housing.finds("Observation", _id=_id(known.alcohol)) != []


class TestWhatIsWrongWithTheQuestion:
    def test_what_would_be_refused_when_written_is_refused_at_its_place(self, known: Known) -> None:
        wrong = known.yes("Organization/unknown")
        answer = asked(known.me, known.yes(known.housing), wrong)
        assert answer.status == known.me.post(wrong).status == 422
        assert places(answer) == ["Parameters.parameter[1].resource.provision.actor"]

    def test_what_is_no_consent_is_named_by_its_element(self, known: Known) -> None:
        answer = asked(known.me, known.yes(known.housing) | {"status": "perhaps"})
        assert answer.status in (400, 422)
        assert places(answer) == ["Parameters.parameter[0].resource.status"]

    @pytest.mark.parametrize(
        ("parameter", "place"),
        [
            ({"name": "consent"}, "Parameters.parameter[0].resource"),
            ({"name": "other", "valueCode": "x"}, "Parameters.parameter[0]"),
            (reference_to("replaces", "Patient/x"), "Parameters.parameter[0].value"),
            (reference_to("recipient", "nobody"), "Parameters.parameter[0].value"),
            ({"name": "purpose", "valueCode": "BTG"}, "Parameters.parameter[0].value"),
            ({"name": "purpose", "valueCode": "FUN"}, "Parameters.parameter[0].value"),
        ],
    )
    def test_each_fault_names_its_place(self, known: Known, parameter: Json, place: str) -> None:
        body = {"resourceType": "Parameters", "parameter": [parameter]}
        answer = asyncio.run(known.me.gateway.preview(known.me.who, msgspec.json.encode(body)))
        assert answer.status == 400
        assert places(answer)[0] == place

    @pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"resourceType":"Consent"}', b"\xff"])
    def test_what_is_no_question_is_400(self, known: Known, body: bytes) -> None:
        assert asyncio.run(known.me.gateway.preview(known.me.who, body)).status == 400

    def test_a_question_about_nothing_is_400(self, known: Known) -> None:
        assert asked(known.me).status == 400
        assert asked(known.me, known.yes(known.housing)).status == 200

    def test_a_recipient_who_is_not_registered_is_422(self, known: Known) -> None:
        yes = known.yes(known.housing)
        assert asked(known.me, yes, recipients=(f"Organization/{UNKNOWN}",)).status == 422


def _id(reference: str) -> str:
    return reference.partition("/")[2]
