"""What is kept from a person's own reading is theirs to read once a named clinician clears it: that
version, for that person, until it is taken back or anything moves."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest
from callers import MOOD, Caller, House, body_of, consent, patient, places, score
from clinicians import (
    NEVER,
    OF_OTHERS,
    OURS,
    TAKEN_BACK,
    WHO,
    WHY,
    Case,
    asks,
    clears,
    clinician,
    for_whom,
    takes_back,
    told_of,
)
from confirmed import Street, nameless
from deputies import ADA, Office, acting
from glass import breaks
from plans import CODES, activity, codes, plan

from consent.policy import read_policy
from fhir_profiles import load
from gateway.actions.answer import Answer
from gateway.actions.kept_answers import KeptAnswers
from gateway.actions.kept_weighings import KeptWeighings
from gateway.storage.delegates import Basis

ETHUD = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "ETHUD"}]


@pytest.fixture
def case(house: House) -> Case:
    return Case(house)


def met(case: Case) -> set[bool]:
    return set(case.doors().values())


# --- the person --------------------------------------------------------------------------------


def test_it_is_the_persons_to_read_at_every_door_once_it_is_cleared(case: Case) -> None:
    assert met(case) == {False}
    clears(case.trust, case.kept)
    assert met(case) == {True}, case.doors()
    takes_back(case.trust, case.kept)
    assert met(case) == {False}
    clears(case.trust, case.kept)
    assert met(case) == {True}


def test_it_reads_like_anything_else_of_theirs(case: Case) -> None:
    clears(case.trust, case.kept)
    plain = case.trust.writes(score(case.subject))
    cleared, other = case.me.read(case.kept), case.me.read(plain)
    assert cleared["subject"] == other["subject"] == {"reference": case.me.me}
    assert cleared.keys() == other.keys()
    assert cleared["meta"]["lastUpdated"] == case.stored["meta"]["lastUpdated"]


def patched(case: Case) -> None:
    change = {"op": "replace", "path": "/effectiveDateTime", "value": "2026-04-01"}
    assert case.trust.patch(case.kept, change).status == 200


def put(case: Case) -> None:
    case.changes(effectiveDateTime="2026-04-01")


def deleted(case: Case) -> None:
    assert case.trust.delete(case.kept).status == 204


def labelled(case: Case) -> None:
    """As a relabelling does it, which is no version."""
    case.house.change("UPDATE resource SET level = level + 1 WHERE id = ?", case.stored["id"])


def labelled_and_back(case: Case) -> None:
    labelled(case)
    case.house.change("UPDATE resource SET level = level - 1 WHERE id = ?", case.stored["id"])


def doubted(case: Case) -> None:
    case.house.change("UPDATE resource SET pending = 1 WHERE id = ?", case.stored["id"])


def about_another(case: Case) -> None:
    """The author finds that it had the wrong person."""
    case.trust.put(case.trust.read(case.subject) | {"birthDate": "1950-01-01"})


MOVES = [patched, put, deleted, labelled, labelled_and_back, doubted, about_another]


@pytest.mark.parametrize("moves", MOVES)
def test_whatever_becomes_of_it_is_kept_again(case: Case, moves: Callable[[Case], None]) -> None:
    clears(case.trust, case.kept)
    assert met(case) == {True}
    moves(case)
    assert met(case) == {False}, case.doors()


def test_a_write_that_changes_nothing_leaves_it_cleared(case: Case) -> None:
    clears(case.trust, case.kept)
    case.changes()
    assert met(case) == {True}


def test_a_history_begins_with_what_is_cleared(case: Case) -> None:
    case.changes(effectiveDateTime="2026-04-01")
    case.changes(effectiveDateTime="2026-04-02")
    clears(case.trust, case.kept)
    for address in (f"{case.kept}/_history", "Observation/_history"):
        [told] = case.me.history(address)
        assert told["resource"]["effectiveDateTime"] == "2026-04-02"
        assert told["request"]["method"] == "POST"
    assert len(case.trust.history(f"{case.kept}/_history")) == 3
    for before in case.trust.history(f"{case.kept}/_history"):
        version = before["resource"]["meta"]["versionId"]
        assert case.me.look(f"{case.kept}/_history/{version}").status == 404


def test_a_version_that_was_theirs_to_read_stays_in_its_history(case: Case) -> None:
    plain = case.trust.created(score(case.subject))
    reference = f"Observation/{plain['id']}"
    kept = plain | {"meta": OF_OTHERS, "effectiveDateTime": "2026-04-01"}
    assert case.trust.put(kept).status == 200
    assert case.me.look(f"{reference}/_history").status == 404
    clears(case.trust, reference)
    told = [
        each["resource"]["effectiveDateTime"] for each in case.me.history(f"{reference}/_history")
    ]
    assert told == ["2026-04-01", "2026-05-01"]


def test_what_names_it_names_it_to_the_person_while_it_is_cleared(case: Case) -> None:
    named = [{"reference": case.kept}]
    whole = case.trust.writes(score(case.subject, MOOD) | {"derivedFrom": named})
    before = case.me.look(whole)
    assert "derivedFrom" not in body_of(before)
    clears(case.trust, case.kept)
    assert case.me.read(whole)["derivedFrom"] == named
    takes_back(case.trust, case.kept)
    after = case.me.look(whole)
    assert (before.body, before.headers) == (after.body, after.headers)


def test_what_carries_its_labels_is_cleared_by_itself(case: Case) -> None:
    """A request that names it is under the ceiling too; and falls with labels that move."""
    asked = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": score(case.subject)["code"],
        "subject": {"reference": case.subject},
        "supportingInfo": [{"reference": case.kept}],
    }
    request = case.trust.writes(asked)
    clears(case.trust, case.kept)
    assert case.me.get(request).status == 404
    clears(case.trust, request)
    assert case.me.read(request)["supportingInfo"] == [{"reference": case.kept}]
    raised = {"security": [*OF_OTHERS["security"], {"system": OURS, "code": "marac"}]}
    case.changes(meta=raised)
    assert case.me.get(request).status == 404
    clears(case.trust, request)
    assert "supportingInfo" not in case.me.read(request)


def test_no_kept_answer_outlives_what_was_cleared(case: Case) -> None:
    fresh = copy.copy(case.me.gateway)
    forgetting = {"kept_answers": KeptAnswers(), "kept_weighings": KeptWeighings()}
    fresh.installation = replace(fresh.installation, **forgetting)
    anew = Caller(replace(case.house, gateway=fresh), case.me.who)
    for step in (clears, takes_back, clears, lambda *_: put(case)):
        for address in (case.kept, f"Observation?patient={case.me.me}") * 2:
            kept, now = case.me.look(address), anew.look(address)
            assert (kept.status, kept.body) == (now.status, now.body)
        step(case.trust, case.kept)
    assert case.me.finds("Observation", patient=case.me.me) == []


def test_it_goes_along_with_who_is_confirmed_to_be_one_person(house: House) -> None:
    street = Street(house)
    trust = street.trust
    kept = trust.writes(score(street.at_trust, meta=OF_OTHERS))
    clears(trust, kept)
    assert street.me.get(kept).status == 404
    record = street.officer.confirms(street.me.me, street.at_trust)
    assert street.me.get(kept).status == 200
    street.officer.parts(record)
    assert street.me.get(kept).status == 404


def test_what_is_about_two_who_are_confirmed_to_be_one_is_cleared_anew(house: House) -> None:
    street = Street(house)
    trust = street.trust
    other = trust.writes(nameless())
    about = trust.writes(score(street.at_trust, meta=OF_OTHERS, performer=[{"reference": other}]))
    clears(trust, about, for_whom(street.at_trust))
    street.officer.confirms(street.me.me, street.at_trust)
    assert street.me.get(about).status == 200
    street.officer.confirms(street.at_trust, other)
    assert street.me.get(about).status == 404
    clears(trust, about)
    assert street.me.get(about).status == 200


# --- everybody else ----------------------------------------------------------------------------


def test_nobody_else_sees_anything_of_it(case: Case) -> None:
    house, drugs = case.house, case.house.drugs
    theirs = drugs.writes(patient())
    case.me.created(consent(case.me.me, "permit", house.organizations["DA1"]))
    plain = case.trust.writes(score(case.subject) | {"derivedFrom": [{"reference": case.kept}]})
    asked = (plain, case.kept, f"Observation?patient={theirs}", "Observation/_history")

    def seen() -> list[tuple[int, bytes]]:
        answers = [(who.look(each)) for who in (drugs, case.trust) for each in asked]
        return [(each.status, each.body) for each in answers]

    before = seen()
    clears(case.trust, case.kept)
    assert seen() == before
    takes_back(case.trust, case.kept)
    assert seen() == before


@pytest.mark.parametrize("who", ["drugs", "housing", "officer", "me", "delegate"])
def test_to_whoever_did_not_write_it_it_is_as_what_never_was(
    case: Case, office: Office, who: str
) -> None:
    """A service that may read it too; the person and their delegate, who read it once cleared."""
    office.names(case.me.me, ADA, Basis.DEPUTY)
    plain = case.trust.writes(score(case.subject))
    case.house.drugs.writes(patient())
    case.me.created(consent(case.me.me, "permit", case.house.organizations["DA1"]))
    clears(case.trust, case.kept)
    callers = {"me": case.me, "delegate": acting(case.me)}
    asker = clinician(callers.get(who) or getattr(case.house, who))
    never = asks(asker, f"Observation/{NEVER}")
    for reference in (case.kept, plain):
        answer = asks(asker, reference, TAKEN_BACK)
        assert (answer.status, answer.body) == (404, never.body)
    assert case.me.get(case.kept).status == 200


@pytest.mark.parametrize(
    ("why", "scopes", "status"),
    [
        ("no practitioner", "system/*.cruds", 403),
        ("reads only", "system/*.rs", 403),
        ("another type", "system/Task.cruds", 403),
        ("all that it takes", "system/Observation.u", 200),
    ],
)
def test_who_may_clear(case: Case, why: str, scopes: str, status: int) -> None:
    practitioner = None if why == "no practitioner" else WHO
    who = replace(case.trust.who, scopes=frozenset({scopes}), practitioner=practitioner)
    answer = asks(Caller(case.house, who), case.kept)
    assert answer.status == status, answer.body
    assert case.me.get(case.kept).status == (200 if status == 200 else 404)


def test_an_emergency_clears_nothing(case: Case) -> None:
    assert asks(breaks(case.house, "RX1", case.subject), case.kept).status == 403
    assert case.me.get(case.kept).status == 404


# --- what is asked -----------------------------------------------------------------------------


def test_what_is_not_kept_needs_no_clearing(case: Case) -> None:
    plain = case.trust.writes(score(case.subject))
    given = case.me.created(consent(case.me.me, "permit", case.house.organizations["DA1"]))
    agreed = f"Consent/{given['id']}"
    held = (plain, case.subject, agreed, case.trust.who.organization, f"Provenance/{NEVER}")
    for reference in (*held, f"AuditEvent/{NEVER}", f"PractitionerRole/{NEVER}"):
        answer = asks(clinician(case.trust), reference)
        assert answer.status == 422, (reference, answer.body)
        assert b"nothing to clear" in answer.body
    assert asks(clinician(case.trust), f"Nonsense/{NEVER}").status == 404


def test_what_anothers_record_lends_its_author_is_not_told(case: Case) -> None:
    """Labels that follow from what the author may not see keep it from the person all the same."""
    plain = case.trust.writes(score(case.subject))
    before = asks(clinician(case.trust), plain)
    id_ = plain.partition("/")[2]
    case.house.change("UPDATE resource SET ceiling = 1 WHERE id = ?", id_)
    assert case.me.get(plain).status == 404
    after = asks(clinician(case.trust), plain)
    assert (before.status, before.body) == (after.status, after.body)
    assert before.status == 422


@pytest.mark.parametrize(
    ("why", "more", "place"),
    [
        (None, [], "Parameters.parameter"),
        ("short", [], "Parameters.parameter[0].value"),
        (WHY, [{"name": "cleared", "valueString": "no"}], "Parameters.parameter[1].value"),
        (WHY, [{"name": "patient", "valueString": "me"}], "Parameters.parameter[1].value"),
        (WHY, [{"name": "reason", "valueString": WHY}], "Parameters.parameter[1]"),
        (WHY, [{"name": "until", "valueDate": "2027-01-01"}], "Parameters.parameter[1].name"),
    ],
)
def test_what_is_asked_wrongly_names_its_place(
    case: Case, why: str | None, more: list[dict[str, str]], place: str
) -> None:
    answer = asks(clinician(case.trust), case.kept, *more, why=why)
    assert (answer.status, places(answer)) == (400, [place])
    assert case.me.get(case.kept).status == 404


def test_the_version_that_is_named_must_stand(case: Case) -> None:
    old = f'W/"{case.stored["meta"]["versionId"]}"'
    case.changes(effectiveDateTime="2026-04-01")
    who = clinician(case.trust)
    assert asks(who, case.kept, if_match=old).status == 412
    assert case.me.get(case.kept).status == 404
    version = case.trust.read(case.kept)["meta"]["versionId"]
    answer = asks(who, case.kept, if_match=f'W/"{version}"')
    assert answer.status == 200
    told = {each["name"]: each for each in body_of(answer)["parameter"]}
    assert told["cleared"]["valueBoolean"] is True
    assert told["version"]["valueId"] == version
    assert told["patient"]["valueReference"] == {"reference": case.subject}


def test_what_is_asked_twice_is_answered_alike(case: Case) -> None:
    who = clinician(case.trust)
    first, again = asks(who, case.kept), asks(who, case.kept)
    assert (first.status, first.body) == (again.status, again.body)
    assert case.me.get(case.kept).status == 200
    assert case.house.rows("clearing") == 1
    assert asks(who, case.kept, TAKEN_BACK).body == asks(who, case.kept, TAKEN_BACK).body
    assert case.me.get(case.kept).status == 404


# --- several people ----------------------------------------------------------------------------


class Both:
    """Something in a trust's record about two people, who both read theirs through a portal."""

    def __init__(self, house: House) -> None:
        self.house, self.trust = house, house.trust
        self.one, self.other = house.person(), house.person(1)
        self.ones, self.others = (house.trust.writes(patient(number)) for number in (0, 1))
        named = score(self.ones, performer=[{"reference": self.others}])
        self.about = house.trust.writes(named)

    def read_by(self) -> tuple[bool, bool]:
        return (self.one.get(self.about).status == 200, self.other.get(self.about).status == 200)


@pytest.fixture
def both(house: House) -> Both:
    return Both(house)


def test_what_concerns_several_is_cleared_for_the_one_who_is_named(both: Both) -> None:
    assert asks(clinician(both.trust), both.about).status == 422
    assert both.read_by() == (False, False)
    clears(both.trust, both.about, for_whom(both.others))
    assert both.read_by() == (False, True)
    clears(both.trust, both.about, for_whom(both.ones))
    assert both.read_by() == (True, True)
    takes_back(both.trust, both.about, for_whom(both.others))
    assert both.read_by() == (True, False)


def test_who_is_named_is_a_patient_of_the_authors_whom_it_concerns(both: Both) -> None:
    nobody = both.trust.writes(patient(2))
    theirs = both.house.drugs.writes(patient())
    told = [
        asks(clinician(both.trust), both.about, for_whom(each))
        for each in (nobody, theirs, both.one.me, f"Patient/{NEVER}")
    ]
    assert {(each.status, each.body) for each in told} == {(422, told[0].body)}
    assert both.read_by() == (False, False)


def test_whether_the_other_is_registered_shows_in_nothing(house: House) -> None:
    """The other Patient stands there as it was written, and not as the portal calls it."""
    trust, me = house.trust, house.person()
    mine, theirs = trust.writes(patient()), trust.writes(patient(1))
    about = trust.writes(score(mine, performer=[{"reference": theirs}]))
    clears(trust, about, for_whom(mine))
    before = me.look(about)
    assert body_of(before)["subject"] == {"reference": me.me}
    other = house.person(1)
    after = me.look(about)
    assert (before.body, before.headers) == (after.body, after.headers)
    assert [me.get(each).status for each in (theirs, other.me)] == [404, 404]


def test_the_one_it_is_not_cleared_for_meets_no_trace(both: Both) -> None:
    address = f"Observation?patient={both.other.me}"
    before = [both.other.look(each).body for each in (both.about, address, "AuditEvent")]
    clears(both.trust, both.about, for_whom(both.ones))
    both.one.read(both.about)
    both.one.finds("Observation", patient=both.one.me)
    assert [both.other.look(each).body for each in (both.about, address)] == before[:2]
    assert body_of(both.other.ask("AuditEvent", entity=both.about))["total"] == 0
    assert told_of(both.other, both.about, both.trust) == []


def test_what_one_reads_is_told_to_the_other_without_who_they_are(both: Both) -> None:
    for patient_ in (both.ones, both.others):
        clears(both.trust, both.about, for_whom(patient_))
    both.one.read(both.about)
    told = str(body_of(both.other.ask("AuditEvent", entity=both.about)))
    assert both.about in told
    assert not {each for each in (both.one.me, both.ones) if each in told}


# --- delegates ---------------------------------------------------------------------------------


def test_a_delegate_reads_it_with_the_person_but_for_what_is_denied(
    case: Case, office: Office
) -> None:
    office.names(case.me.me, ADA, Basis.DEPUTY)
    ada = acting(case.me)
    assert ada.get(case.kept).status == 404
    clears(case.trust, case.kept)
    assert ada.get(case.kept).status == 200
    assert ada.finds("Observation", patient=case.me.me) == [case.kept]
    denial = case.me.created(consent(case.me.me, "deny", securityLabel=ETHUD))
    assert ada.get(case.kept).status == 404
    assert case.me.get(case.kept).status == 200
    case.me.put(denial | {"status": "inactive"})
    assert ada.get(case.kept).status == 200
    takes_back(case.trust, case.kept)
    assert ada.get(case.kept).status == 404
    assert ada.look(f"{case.kept}/_history").status == 404


def test_a_delegate_reads_what_the_sites_own_ceiling_kept_from_them(
    case: Case, office: Office
) -> None:
    """Of topics that the site puts under the ceiling for all but the person."""
    installation = case.house.gateway.installation
    policy = read_policy(load("consent/site_policy.json") | {"ceiling": ETHUD})
    case.house.gateway.installation = replace(installation, policy=policy)
    office.names(case.me.me, ADA, Basis.DEPUTY)
    plain = case.trust.writes(score(case.subject))
    assert case.me.get(plain).status == 200
    assert acting(case.me).get(plain).status == 404
    clears(case.trust, plain)
    assert acting(case.me).get(plain).status == 200
    parts = case.trust.writes(plan(case.subject, activity("housing"), activity("alcohol")))
    assert codes(case.me.read(parts)) == [CODES["housing"], CODES["alcohol"]]
    assert codes(acting(case.me).read(parts)) == [CODES["housing"]]
    clears(case.trust, parts)
    assert codes(acting(case.me).read(parts)) == [CODES["housing"], CODES["alcohol"]]


# --- the log -----------------------------------------------------------------------------------


def named_in(entry: dict[str, object]) -> tuple[object, ...]:
    who, entities = entry.get("practitioner"), entry.get("entities", [])
    return entry["interaction"], who, entities, entry["outcome"]


def test_each_request_leaves_one_row_that_says_who_and_what(case: Case) -> None:
    before = case.house.rows("audit")
    version = case.stored["meta"]["versionId"]
    who = clinician(case.trust)
    asks(who, case.kept)
    asks(who, case.kept, TAKEN_BACK)
    asks(case.trust, case.kept)
    asks(who, case.kept, why=None)
    asks(clinician(case.house.drugs), case.kept)
    rows = case.house.entries()[before:]
    assert [named_in(each) for each in rows] == [
        ("item-cleared", WHO, [case.kept], "permitted"),
        ("item-kept-again", WHO, [case.kept], "permitted"),
        ("item-cleared", None, [], "refused"),
        ("item-cleared", WHO, [], "refused"),
        ("item-cleared", WHO, [case.kept], "refused"),
    ]
    asked = f"{case.kept}/_history/{version}/$clear?patient={case.subject}"
    assert [each["query"] for each in rows[:2]] == [asked, asked]
    assert WHY not in str(rows)


def test_the_person_reads_of_it_in_the_log_only_while_it_is_theirs_to_read(case: Case) -> None:
    clears(case.trust, case.kept)
    kinds = [each["subtype"][0]["code"] for each in told_of(case.me, case.kept, case.trust)]
    assert kinds == ["item-cleared", "create"]
    takes_back(case.trust, case.kept)
    assert told_of(case.me, case.kept, case.trust) == []
    assert case.kept not in case.me.look("AuditEvent").body.decode().replace("\\/", "/")


def test_why_is_sealed_and_for_officers(case: Case) -> None:
    clears(case.trust, case.kept)
    takes_back(case.trust, case.kept)
    clears(case.trust, case.kept)
    told = str(case.house.held("SELECT sealed, taken_back FROM clearing"))
    assert WHY not in told
    gateway = case.house.gateway
    officer = gateway.officer_requester("P. Officer")
    answer = asyncio.run(gateway.clearings_of(officer, case.me.me))
    first, last = body_of_list(answer)
    assert (first["item"], first["patient"]) == (case.kept, case.subject)
    assert first["taken_back"] == {"by": WHO, "reason": WHY}
    assert (first["by"], first["reason"], first["holds"]) == (WHO, WHY, False)
    assert (last["taken_back"], last["holds"]) == (None, True)
    assert case.house.entries()[-1]["query"] == "cleared/list"
    put(case)
    [_, last] = body_of_list(asyncio.run(gateway.clearings_of(officer, case.subject)))
    assert (last["taken_back"], last["holds"]) == (None, False)
    assert asyncio.run(gateway.clearings_of(officer, f"Patient/{NEVER}")).status == 404


def body_of_list(answer: Answer) -> list[dict[str, object]]:
    assert answer.status == 200, answer.body
    return list(msgspec.json.decode(answer.body))
