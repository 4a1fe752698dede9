"""What a service records of a person's spoken word, and what the person says of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from callers import Caller, House, Json, body_of, consent, entry, patient, places, referral, score

DRUGS, HOUSING = "DA1", "HO1"


@pytest.fixture
def hidden(house: House) -> str:
    """An alcohol score that the trust wrote; the drug service knows the person too."""
    return house.trust.writes(score(house.trust.writes(patient())))


def _recorded(house: House, kind: str, about: str = DRUGS, **more: object) -> Json:
    mine = house.drugs.ask("Patient", identifier="https://fhir.nhs.uk/Id/nhs-number|9990000018")
    entries = body_of(mine).get("entry", [])
    known = entries[0]["resource"]["id"] if entries else None
    reference = f"Patient/{known}" if known else house.drugs.writes(patient())
    said = consent(reference, kind, house.organizations[about]) | more
    return house.drugs.created(
        said | {"performer": [{"reference": house.organizations["DA1"]}]} | more
    )


def _seen(me: Caller, recorded: Json) -> Json:
    return me.read(f"Consent/{recorded['id']}")


def _confirmed(me: Caller, recorded: Json) -> Json:
    said = {"verified": True, "verifiedWith": {"reference": me.me}}
    return _seen(me, recorded) | {"verification": [said]}


def _queued(house: House) -> list[str]:
    return [about for (about,) in house.held("SELECT about FROM queue WHERE kind='spoken-consent'")]


# --- what counts, and for how long -----------------------------------------------------------


def test_a_recorded_denial_counts_at_once_and_does_not_end(house: House, hidden: str) -> None:
    me = house.person()
    me.created(consent(me.me, "permit", house.organizations[DRUGS]))
    house.drugs.writes(patient())
    assert house.drugs.get(hidden).status == 200
    _recorded(house, "deny")
    assert house.drugs.get(hidden).status == 404
    house.wait(days=31)
    assert house.drugs.get(hidden).status == 404


@pytest.mark.parametrize(
    "named",
    [{"reference": "https://elsewhere.example/Patient/1"}, {"identifier": {"value": "1"}}],
)
def test_what_is_recorded_of_nobody_here_is_refused(house: House, named: Json) -> None:
    mine = house.drugs.writes(patient())
    said = consent(mine, "deny", house.organizations[DRUGS]) | {"patient": named}
    refused = house.drugs.post(said)
    assert refused.status == 422
    assert places(refused) == ["Consent.patient"]
    assert house.drugs.post(said | {"patient": {"reference": mine}}).status == 201


def test_a_recorded_permit_counts_to_the_last_moment_of_thirty_days(
    house: House, hidden: str
) -> None:
    _recorded(house, "permit")
    start = house.now
    house.now = start + timedelta(days=30, seconds=-1)
    assert house.drugs.get(hidden).status == 200
    assert house.drugs.get(hidden).status == 404  # the clock has moved a second


def test_a_recorded_permit_for_another_service_counts_for_nobody(house: House, hidden: str) -> None:
    house.housing.writes(patient())
    _recorded(house, "permit", HOUSING)
    assert house.housing.get(hidden).status == 404
    assert house.drugs.get(hidden).status == 404


def test_a_recorded_permit_does_not_contradict_what_the_person_wrote(
    house: House, hidden: str
) -> None:
    me = house.person()
    mine = me.created(consent(me.me, "deny", house.organizations[DRUGS]))
    answer = _recorded(house, "permit")
    assert answer["status"] == "active"  # and nothing tells the service that it is in vain
    assert house.drugs.get(hidden).status == 404
    assert me.put(mine | {"status": "inactive"}).status == 200
    assert house.drugs.get(hidden).status == 200


def test_thirty_days_begin_when_it_first_counts_and_only_once(house: House, hidden: str) -> None:
    proposed = _recorded(house, "permit", status="proposed")
    house.wait(days=40)
    assert house.drugs.get(hidden).status == 404
    active = proposed | {"status": "active"}
    assert house.drugs.put(active).status == 200
    house.wait(days=29)
    assert house.drugs.get(hidden).status == 200
    assert house.drugs.put(active | {"dateTime": "2026-05-02"}).status == 200
    house.wait(days=2)
    assert house.drugs.get(hidden).status == 404


def test_what_a_service_says_of_verification_is_not_believed(house: House, hidden: str) -> None:
    known = house.drugs.writes(patient())
    said = {"verified": True, "verifiedWith": {"reference": known}}
    house.drugs.created(
        consent(known, "permit", house.organizations[DRUGS]) | {"verification": [said]}
    )
    house.wait(days=31)
    assert house.drugs.get(hidden).status == 404


# --- the person's answer ---------------------------------------------------------------------


def test_a_confirmed_permit_stays(house: House, hidden: str) -> None:
    me = house.person()
    recorded = _recorded(house, "permit")
    answer = me.put(_confirmed(me, recorded))
    assert answer.status == 200
    assert body_of(answer)["verification"][0]["verifiedWith"]["reference"] == me.me
    house.wait(days=31)
    assert house.drugs.get(hidden).status == 200


def test_an_unchanged_copy_confirms_nothing(house: House, hidden: str) -> None:
    me = house.person()
    recorded = _recorded(house, "permit")
    assert me.put(_seen(me, recorded)).status == 200
    house.wait(days=31)
    assert house.drugs.get(hidden).status == 404


def test_a_permit_may_be_confirmed_after_its_thirty_days(house: House, hidden: str) -> None:
    me = house.person()
    recorded = _recorded(house, "permit")
    house.wait(days=31)
    assert house.drugs.get(hidden).status == 404
    assert me.put(_confirmed(me, recorded)).status == 200
    assert house.drugs.get(hidden).status == 200


def test_confirming_other_words_than_were_written_is_refused(house: House, hidden: str) -> None:
    me = house.person()
    recorded = _recorded(house, "permit")
    other = _confirmed(me, recorded) | {"provision": consent(me.me, "deny")["provision"]}
    refused = me.put(other)
    assert (refused.status, places(refused)) == (422, ["Consent"])
    house.wait(days=31)
    assert house.drugs.get(hidden).status == 404


def test_a_confirmation_is_held_against_the_version_that_was_seen(house: House) -> None:
    me = house.person()
    recorded = _recorded(house, "permit")
    seen = _confirmed(me, recorded)
    version = f'W/"{seen["meta"]["versionId"]}"'
    assert house.drugs.put(recorded | {"dateTime": "2026-05-02"}).status == 200
    assert me.put(seen, version).status == 412


def test_what_is_confirmed_is_the_persons_to_change(house: House, hidden: str) -> None:
    me = house.person()
    recorded = _recorded(house, "permit")
    assert me.put(_confirmed(me, recorded)).status == 200
    for status in ("active", "inactive"):
        changed = recorded | {"status": status, "dateTime": "2026-05-02"}
        assert house.drugs.put(changed).status == 403
    assert house.drugs.get(hidden).status == 200
    assert me.put(_seen(me, recorded) | {"status": "inactive"}).status == 200
    assert house.drugs.get(hidden).status == 404


def test_what_is_not_confirmed_the_service_may_put_right(house: House, hidden: str) -> None:
    recorded = _recorded(house, "permit")
    assert house.drugs.put(recorded | {"status": "entered-in-error"}).status == 200
    assert house.drugs.get(hidden).status == 404


def test_a_confirmed_permit_for_another_service_is_the_persons_own(
    house: House, hidden: str
) -> None:
    me = house.person()
    house.housing.writes(patient())
    recorded = _recorded(house, "permit", HOUSING)
    assert house.housing.get(hidden).status == 404
    assert me.put(_confirmed(me, recorded)).status == 200
    assert house.housing.get(hidden).status == 200


def test_a_proposal_counts_once_the_person_agrees(house: House, hidden: str) -> None:
    me = house.person()
    proposed = _recorded(house, "permit", status="proposed")
    assert house.drugs.get(hidden).status == 404
    assert me.put(_seen(me, proposed) | {"status": "active"}).status == 200
    house.wait(days=31)
    assert house.drugs.get(hidden).status == 200


def test_a_proposal_that_the_person_rejects_never_counts(house: House, hidden: str) -> None:
    me = house.person()
    proposed = _recorded(house, "permit", status="proposed")
    assert me.put(_seen(me, proposed) | {"status": "rejected"}).status == 200
    assert house.drugs.put(proposed | {"status": "active"}).status == 422
    assert house.drugs.get(hidden).status == 404


def test_yes_to_a_recorded_permit_and_an_older_no_taken_back_are_one_act(
    house: House, hidden: str
) -> None:
    me = house.person()
    older = me.created(consent(me.me, "deny", house.organizations[DRUGS]))
    recorded = _recorded(house, "permit")
    yes = entry(_confirmed(me, recorded), method="PUT", url=f"Consent/{recorded['id']}")
    ended = entry(older | {"status": "inactive"}, method="PUT", url=f"Consent/{older['id']}")
    assert me.transact(yes, ended).status == 200
    assert house.drugs.get(hidden).status == 200


# --- told, and looked at ---------------------------------------------------------------------


def test_a_recorded_permit_is_told_to_the_person_and_goes_to_the_officers(house: House) -> None:
    recorded = _recorded(house, "permit")
    about = f"Consent/{recorded['id']}"
    assert _queued(house) == [about]
    assert house.held("SELECT kind, about FROM to_tell") == [("spoken-consent", about)]


def test_a_recorded_denial_is_told_and_needs_no_officer(house: House) -> None:
    recorded = _recorded(house, "deny")
    assert _queued(house) == []
    told = ("spoken-consent", f"Consent/{recorded['id']}")
    assert house.held("SELECT kind, about FROM to_tell") == [told]


def test_what_the_person_never_said_goes_to_the_officers(house: House, hidden: str) -> None:
    me = house.person()
    recorded = _recorded(house, "deny", HOUSING)
    assert _queued(house) == []
    assert me.put(_seen(me, recorded) | {"status": "entered-in-error"}).status == 200
    assert _queued(house) == [f"Consent/{recorded['id']}"]


def test_what_the_person_wrote_goes_to_no_officer(house: House) -> None:
    me = house.person()
    said = me.created(consent(me.me, "permit", house.organizations[DRUGS]))
    assert me.put(said | {"status": "entered-in-error"}).status == 200
    assert (_queued(house), house.rows("to_tell"), house.rows("spoken")) == ([], 0, 0)


def test_what_the_gateway_writes_for_a_referral_is_no_spoken_word(house: House) -> None:
    one = house.trust.writes(patient())
    listed = house.trust.writes(score(one))
    sender, receiver = house.organizations["RX1"], house.organizations["HO1"]
    house.trust.sent(*referral(one, sender, receiver, listed))
    assert (_queued(house), house.rows("spoken")) == ([], 0)
    house.wait(days=31)
    assert house.housing.get(listed).status == 200


def test_each_step_of_a_spoken_consent_has_its_receipt(house: House) -> None:
    me = house.person()
    recorded = _recorded(house, "permit")
    for _ in range(2):
        answer = asyncio.run(house.gateway.receipt(me.who, recorded["id"]))
        assert answer.status in (200, 202)  # 202 while the log's entry waits for its place
        assert me.put(_confirmed(me, recorded)).status == 200
