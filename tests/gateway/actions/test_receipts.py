"""The receipt for a choice: who gets it, what it says, and that it holds."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from callers import Caller, House, concept, consent, entry, patient, referral, score
from deputies import ADA, Office, acting, said_by

from gateway.actions.answer import Answer
from gateway.audit.checking_receipt import Faulty, Sound, check
from gateway.audit.consent_receipt import MEDIA, Receipt, opened
from gateway.audit.note import Verifier
from gateway.storage.delegates import Basis

ALCOHOL = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "ETHUD"}]


def asked(caller: Caller, reference: str) -> Answer:
    id_ = reference.removeprefix("Consent/")
    return asyncio.run(caller.gateway.receipt(caller.who, id_))


def sealed(caller: Caller, reference: str) -> Answer:
    """The answer once the log's entry has its place: on PostgreSQL a moment later."""
    for _ in range(200):
        answer = asked(caller, reference)
        if answer.status != 202:
            return answer
        time.sleep(0.02)
    raise AssertionError("the entry was never sealed")


def receipt_of(caller: Caller, reference: str) -> Receipt:
    answer = sealed(caller, reference)
    assert answer.status == 200, answer.body
    return opened(answer.body.decode(), caller.gateway.keys.signer.verifier)


def verdict(house: House, answer: Answer) -> Sound | Faulty:
    return check(answer.body.decode(), house.gateway.keys.signer.verifier)


def taken_back(caller: Caller, reference: str) -> None:
    answer = caller.put(caller.read(reference) | {"status": "inactive"})
    assert answer.status == 200, answer.body


def says_yes(caller: Caller, service: str, **criteria: Any) -> str:
    return caller.writes(
        consent(caller.me, "permit", service, **({"securityLabel": ALCOHOL} | criteria))
    )


class TestWhatItSays:
    def test_a_choice_has_a_receipt_that_holds(self, house: House) -> None:
        me = house.person()
        given = says_yes(me, house.organizations["HO1"])
        answer = sealed(me, given)
        assert answer.status == 200
        assert answer.headers["Content-Type"] == MEDIA
        found = verdict(house, answer)
        assert isinstance(found, Sound)
        assert found.pinned

    def test_it_says_in_plain_words_who_may_see_what(self, house: House) -> None:
        me = house.person()
        given = says_yes(me, house.organizations["HO1"])
        said = receipt_of(me, given).words
        assert said[0] == "You said on 1 May 2026 that Housing may see anything about alcohol."
        assert "This choice counts." in said
        assert any("take it back" in each for each in said)

    def test_a_denial_is_told_as_one(self, house: House) -> None:
        me = house.person()
        given = me.writes(consent(me.me, "deny", house.organizations["HO1"]))
        said = receipt_of(me, given).words
        assert said[0] == "You said on 1 May 2026 that Housing may not see anything about you."

    def test_it_holds_what_the_specification_asks_for(self, house: House) -> None:
        me = house.person()
        given = says_yes(me, house.organizations["HO1"], purpose=[_treatment()])
        record = receipt_of(me, given).record
        [processing] = record["pii_processing"]
        assert record["pii_principal_id"] == me.me
        assert record["consent"] == given
        assert record["consent_version"] == me.read(given)["meta"]["versionId"]
        assert processing["decision"] == "permit"
        assert [each["code"] for each in processing["purposes"]] == ["TREAT"]
        assert processing["pii_information"] == [*({**ALCOHOL[0], "words": "alcohol"},)]
        assert processing["recipients"][0]["party_name"] == "Housing"
        assert record["events"][0]["event_type"] == "given"
        assert record["legal"]["jurisdictions"]
        assert record["withdrawal"]["location"].endswith(
            f"/me/choices/{given.removeprefix('Consent/')}/take-back"
        )

    def test_it_names_the_person_by_reference_alone(self, house: House) -> None:
        me = house.person()
        answer = sealed(me, says_yes(me, house.organizations["HO1"]))
        payload = msgspec.json.encode(opened(answer.body.decode(), _key(house)))
        assert b"Example" not in payload
        assert b"9990000018" not in payload
        assert b"1987" not in payload

    def test_what_was_taken_back_has_a_receipt_that_says_so(self, house: House) -> None:
        me = house.person()
        given = says_yes(me, house.organizations["HO1"])
        before = receipt_of(me, given)
        taken_back(me, given)
        after = receipt_of(me, given)
        assert after.version != before.version
        assert after.record["status"] == "inactive"
        assert after.record["events"][0]["event_type"] == "taken back"
        assert "This choice was taken back and does not count any more." in after.words

    def test_what_was_replaced_in_one_act_names_both(self, house: House) -> None:
        me = house.person()
        old = says_yes(me, house.organizations["HO1"])
        new = consent(me.me, "deny", house.organizations["HO1"])
        ended = me.read(old) | {"status": "inactive"}
        [given, _] = me.sent(entry(new), entry(ended, method="PUT", url=old))
        assert receipt_of(me, given).record["events"][0]["in_one_act_with"] == [old]
        assert receipt_of(me, old).record["events"][0]["in_one_act_with"] == [given]

    def test_what_a_service_recorded_says_who_recorded_it(self, house: House) -> None:
        me = house.person()
        theirs = house.trust.writes(patient(0))
        recorded = consent(theirs, "permit", house.organizations["RX1"])
        given = house.trust.writes(recorded | {"performer": [{"reference": theirs}]})
        record = receipt_of(me, given).record
        assert record["events"][0]["entity_id"] == house.organizations["RX1"]
        assert "service" in record["pii_processing"][0]["collection_method"]

    def test_what_the_gateway_wrote_for_a_referral_has_one_too(self, house: House) -> None:
        me = house.person()
        theirs = house.trust.writes(patient(0))
        result = house.trust.writes(score(theirs))
        sent = referral(theirs, house.organizations["RX1"], house.organizations["DA1"], result)
        house.trust.sent(*sent)
        [given] = me.finds("Consent", patient=me.me)
        answer = sealed(me, given)
        assert isinstance(verdict(house, answer), Sound)

    def test_what_a_service_wrote_in_one_act_names_nothing_else_of_that_act(
        self, house: House
    ) -> None:
        """Which may be kept from the person, or be about others."""
        me, other = house.person(), house.person(1)
        theirs, others = (house.trust.writes(patient(number)) for number in (0, 1))
        yes = [
            consent(one, "permit", house.organizations["RX1"]) | {"performer": [{"reference": one}]}
            for one in (theirs, others)
        ]
        secret = {"system": "https://onestory.example/fhir/CodeSystem/topic", "code": "third-party"}
        kept = score(theirs, meta={"security": [secret]})
        mine, anothers, hidden = house.trust.sent(*map(entry, (*yes, kept)))
        found = receipt_of(me, mine)
        text = msgspec.json.encode(found).decode()
        assert hidden not in text
        assert anothers not in text
        sound = verdict(house, sealed(me, mine))
        assert isinstance(sound, Sound)
        assert (sound.shown, sound.pinned) == (False, False)
        assert sound.receipt.record["status"] == "active"
        assert receipt_of(other, anothers).place.leaf == found.place.leaf

    def test_an_act_of_a_service_is_not_shown_even_where_it_wrote_nothing_else(
        self, house: House
    ) -> None:
        """Else it would tell that nothing else was written."""
        me = house.person()
        theirs = house.trust.writes(patient(0))
        yes = consent(theirs, "permit", house.organizations["RX1"])
        [mine] = house.trust.sent(entry(yes | {"performer": [{"reference": theirs}]}))
        assert receipt_of(me, mine).place.entry == ""
        alone = house.trust.writes(yes | {"performer": [{"reference": theirs}]})
        assert alone in receipt_of(me, alone).place.entry

    def test_an_officer_has_the_whole_entry(self, house: House) -> None:
        theirs = house.trust.writes(patient(0))
        yes = consent(theirs, "permit", house.organizations["RX1"])
        given, result = house.trust.sent(
            entry(yes | {"performer": [{"reference": theirs}]}), entry(score(theirs))
        )
        assert result in receipt_of(house.officer, given).place.entry
        sound = verdict(house, sealed(house.officer, given))
        assert isinstance(sound, Sound)
        assert sound.pinned

    def test_what_an_officer_set_aside_has_one_too(self, house: House, office: Office) -> None:
        me = house.person()
        office.names(me.me, ADA, Basis.DEPUTY)
        given = acting(me).writes(said_by(acting(me), "permit"))
        assert office.sets_aside(given.partition("/")[2]).status == 200
        assert isinstance(verdict(house, sealed(me, given)), Sound)
        assert receipt_of(me, given).record["status"] == "inactive"

    def test_it_is_the_same_choice_each_time_and_another_receipt(self, house: House) -> None:
        me = house.person()
        given = says_yes(me, house.organizations["HO1"])
        first, second = receipt_of(me, given), receipt_of(me, given)
        assert first.id != second.id
        assert (first.consent, first.salt, first.place.entry) == (
            second.consent,
            second.salt,
            second.place.entry,
        )

    def test_many_choices_and_looks_later_the_first_still_holds(self, house: House) -> None:
        me = house.person()
        given = says_yes(me, house.organizations["HO1"])
        for _ in range(9):
            says_yes(me, house.organizations["DA1"])
            me.read(given)
        assert isinstance(verdict(house, sealed(me, given)), Sound)


class TestWhoGetsIt:
    def test_the_person_and_an_officer(self, house: House) -> None:
        me = house.person()
        given = says_yes(me, house.organizations["HO1"])
        assert sealed(me, given).status == 200
        assert sealed(house.officer, given).status == 200

    def test_no_service_not_even_the_one_it_names(self, house: House) -> None:
        me = house.person()
        given = says_yes(me, house.organizations["HO1"])
        answer = asked(house.housing, given)
        assert answer.status == 403
        never = asked(house.housing, "Consent/6f2c1f0e-8f0b-4a53-9d8c-0d0f6f1d2a11")
        assert (answer.status, answer.body) == (never.status, never.body)

    def test_no_other_person_who_cannot_tell_it_from_none(self, house: House) -> None:
        me, other = house.person(0), house.person(1)
        given = says_yes(me, house.organizations["HO1"])
        answer = asked(other, given)
        never = asked(other, "Consent/6f2c1f0e-8f0b-4a53-9d8c-0d0f6f1d2a11")
        assert answer.status == 404
        assert (answer.body, answer.headers) == (never.body, never.headers)

    def test_each_leaves_one_row(self, house: House) -> None:
        me = house.person()
        given = says_yes(me, house.organizations["HO1"])
        for who in (me, house.housing, house.officer):
            before = house.rows("audit")
            asked(who, given)
            assert house.rows("audit") == before + 1
            row = house.entries()[-1]
            assert row["query"] == f"{given}/$receipt"
        assert house.entries()[-1]["entities"] == [given]

    def test_a_token_that_may_not_read_gets_none(self, house: House) -> None:
        me = house.person()
        given = says_yes(me, house.organizations["HO1"])
        narrow = Caller(house, replace(me.who, scopes=frozenset({"system/Observation.rs"})))
        assert asked(narrow, given).status == 403
        wide = Caller(house, replace(me.who, scopes=frozenset({"system/Consent.rs"})))
        assert sealed(wide, given).status == 200


class TestTheLogIsHeldToIt:
    def test_the_log_holds_no_word_of_the_choice(self, house: House) -> None:
        me = house.person()
        says_yes(me, house.organizations["HO1"])
        entry_ = house.entries()[-1]
        [pin] = entry_["agreed"]
        assert "ETHUD" not in msgspec.json.encode(entry_).decode()
        assert pin.startswith(entry_["entities"][0] + "/_history/1#")

    def test_a_refused_choice_pins_nothing(self, house: House) -> None:
        me = house.person()
        assert me.post(consent(me.me, "permit", "Organization/unknown")).status == 422
        assert "agreed" not in house.entries()[-1]

    def test_no_receipt_is_given_where_the_log_was_changed(self, house: House) -> None:
        me = house.person()
        given = says_yes(me, house.organizations["HO1"])
        sealed(me, given)
        fresh = _without_what_was_kept(house)
        house.change("UPDATE audit SET leaf = ? WHERE number = ?", b"x" * 32, _first(house))
        answer = asked(Caller(fresh, me.who), given)
        assert answer.status == 500

    # On SQLite every entry has its place at once.
    @pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
    def test_one_that_waits_for_its_place_is_ready_in_a_moment(self, house: House) -> None:
        me = house.person()
        given = says_yes(me, house.organizations["HO1"])
        sealed(me, given)
        house.change("UPDATE audit SET position = NULL WHERE entry LIKE ?", "%")
        answer = asked(me, given)
        assert answer.status == 202
        assert answer.headers["Retry-After"] == "1"


def _treatment() -> dict[str, str]:
    return concept("v3-ActReason", "TREAT")["coding"][0]


def _key(house: House) -> Verifier:
    return house.gateway.keys.signer.verifier


def _without_what_was_kept(house: House) -> House:
    house.gateway.installation.subtrees._kept.clear()
    return house


def _first(house: House) -> int:
    [(number,)] = house.held("SELECT min(number) FROM audit")
    return int(number)
