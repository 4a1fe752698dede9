"""An answer is kept only while it is the answer that would be given anyway."""

from __future__ import annotations

import copy
import os
import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from callers import (
    MOOD,
    TERMINOLOGY,
    Caller,
    House,
    body_of,
    consent,
    patient,
    referral,
    score,
)
from confirmed import Register, nameless

from gateway.actions.kept_answers import BESIDE, KeptAnswers
from gateway.actions.kept_weighings import KeptWeighings

FULL = os.environ.get("ONESTORY_FULL") == "1"
WALKS = range(40 if FULL else 2)
STEPS = 60 if FULL else 12


def forgetful(caller: Caller) -> Caller:
    """The same requester at a gateway on the same database that has kept nothing."""
    fresh = copy.copy(caller.gateway)
    fresh.installation = replace(
        fresh.installation, kept_answers=KeptAnswers(), kept_weighings=KeptWeighings()
    )
    return Caller(replace(caller.house, gateway=fresh), caller.who)


def is_kept(caller: Caller, address: str) -> bool:
    """Whether the very same bytes come back, and not others that are equal."""
    first, again = caller.look(address), caller.look(address)
    return first.body is again.body


class Home:
    """A trust's record about a person, whom a drug service knows too and may read about."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.person = house.person()
        self.trust, self.drugs = house.trust, house.drugs
        self.subject = self.trust.writes(patient())
        self.theirs = self.drugs.writes(patient())
        self.mood = self.trust.created(score(self.subject, MOOD))
        self.reference = f"Observation/{self.mood['id']}"
        self.page = f"Observation?patient={self.theirs}"
        self.given = self.person.created(
            consent(self.person.me, "permit", house.organizations["DA1"])
        )

    def seen(self) -> tuple[int, int]:
        """The status of the read, and how many the page shows."""
        page = body_of(self.drugs.look(self.page))
        return self.drugs.get(self.reference).status, len(page.get("entry", []))


@pytest.fixture
def home(house: House) -> Home:
    return Home(house)


def test_what_is_asked_again_is_found_again(home: Home) -> None:
    assert home.seen() == (200, 1)
    assert is_kept(home.drugs, home.reference)
    assert is_kept(home.drugs, home.page)


def test_what_was_refused_is_not_kept(home: Home) -> None:
    home.house.change("UPDATE organization SET agreement_to = agreement_from")
    assert home.drugs.get(home.reference).status == 404
    assert not is_kept(home.drugs, home.reference)


def test_what_is_kept_for_one_service_is_not_another_s(home: Home) -> None:
    home.house.housing.writes(patient())
    assert home.seen() == (200, 1)
    assert home.house.housing.get(home.reference).status == 404


def test_another_purpose_asks_anew(home: Home) -> None:
    assert home.seen() == (200, 1)
    assert home.drugs.for_purpose("HRESCH").get(home.reference).status == 404


def test_each_request_leaves_its_row(home: Home) -> None:
    home.seen()
    before = home.house.rows("audit")
    home.seen()
    rows = home.house.entries()[before:]
    assert len(rows) == 2
    assert {row["digest"] for row in rows} == {
        row["digest"] for row in home.house.entries()[before - 2 : before]
    }
    assert len({row["id"] for row in rows}) == 2


def test_a_search_that_follows_references_is_not_kept(home: Home) -> None:
    assert not is_kept(home.drugs, f"{home.page}&_include=Observation:subject")
    assert not is_kept(home.drugs, f"{home.page}&_revinclude=Provenance:target")
    assert not is_kept(home.drugs, f"{home.page}&performer:Organization.name=Trust")
    assert not is_kept(home.drugs, "Observation?code=44261-6")


def taken_back(home: Home) -> None:
    assert home.person.put(home.given | {"status": "inactive"}).status == 200


def denied(home: Home) -> None:
    home.person.created(consent(home.person.me, "deny", home.house.organizations["DA1"]))


def deleted(home: Home) -> None:
    assert home.trust.delete(home.reference).status == 204


def without_agreement(home: Home) -> None:
    home.house.change("UPDATE organization SET agreement_to = agreement_from")


@pytest.mark.parametrize("change", [taken_back, denied, deleted, without_agreement])
def test_what_ends_a_sight_ends_what_was_kept(home: Home, change: Callable[[Home], None]) -> None:
    assert home.seen() == (200, 1)
    change(home)
    status, shown = home.seen()
    assert status in (404, 410)
    assert shown == 0


def test_the_end_of_a_period_ends_what_was_kept(house: House) -> None:
    home = Home(house)
    until = {"period": {"end": (house.now.replace(hour=12)).isoformat()}}
    for_now = consent(home.person.me, "permit", house.organizations["DA1"], **until)
    home.person.created(for_now)
    assert home.person.put(home.given | {"status": "inactive"}).status == 200
    assert home.seen() == (200, 1)
    house.wait(hours=3)
    assert home.seen() == (404, 0)


def test_what_is_written_later_is_on_the_page(home: Home) -> None:
    assert home.seen() == (200, 1)
    home.trust.created(score(home.subject, MOOD))
    assert home.seen() == (200, 2)


def test_a_new_version_is_read(home: Home) -> None:
    assert home.seen() == (200, 1)
    home.trust.put(home.mood | {"effectiveDateTime": "2026-05-02"})
    assert home.drugs.read(home.reference)["effectiveDateTime"] == "2026-05-02"


def test_somebody_joined_later_is_on_the_page(home: Home) -> None:
    assert home.seen() == (200, 1)
    third = home.house.housing.writes(patient())
    home.house.housing.created(score(third, MOOD))
    assert home.seen() == (200, 2)


def test_somebody_parted_later_is_off_the_page(home: Home) -> None:
    assert home.seen() == (200, 1)
    wrong = home.trust.read(home.subject)
    assert home.trust.put(wrong | {"birthDate": "1950-01-01"}).status == 200
    assert home.seen() == (404, 0)


class Linked:
    """Somebody else, whom a service calls the same as the person of a home."""

    def __init__(self, home: Home) -> None:
        self.home, self.housing = home, home.house.housing
        self.drugs = home.house.organizations["DA1"]
        link = [{"other": {"reference": self.housing.writes(patient())}, "type": "seealso"}]
        self.other = self.housing.writes(patient(1, link=link))


def test_what_somebody_linked_denied_before_counts_once_they_are_known(home: Home) -> None:
    linked = Linked(home)
    unborn = {name: value for name, value in patient(1).items() if name != "birthDate"}
    nobody = home.trust.writes(unborn)
    home.trust.created(consent(nobody, "deny", linked.drugs))
    assert home.seen() == (200, 1)
    born = home.trust.read(nobody) | {"birthDate": "1987-04-12"}
    assert home.trust.put(born).status == 200
    assert home.seen() == (404, 0)
    assert home.trust.put(born | {"birthDate": "1950-01-01"}).status == 200
    assert home.seen() == (200, 1)


def test_what_somebody_linked_denied_counts_no_more_once_the_link_is_deleted(home: Home) -> None:
    linked = Linked(home)
    mental_health = {"system": f"{TERMINOLOGY}v3-ActCode", "code": "MH"}
    other = home.house.person(1)
    other.created(consent(other.me, "deny", linked.drugs, securityLabel=[mental_health]))
    home.trust.created(score(home.subject))
    assert home.seen() == (404, 1)
    assert linked.housing.delete(linked.other).status == 204
    assert home.seen() == (200, 2)


def test_those_not_asked_for_longest_make_room(home: Home) -> None:
    home.seen()
    most = 20 * (len(home.drugs.get(home.reference).body) + BESIDE)
    small = KeptAnswers(most=most)
    installation = replace(home.house.gateway.installation, kept_answers=small)
    home.house.gateway.installation = installation
    others = [home.trust.writes(score(home.subject, MOOD)) for _ in range(25)]
    assert is_kept(home.drugs, home.reference)
    for other in others:
        assert is_kept(home.drugs, other)
    assert home.drugs.get(others[-1]).body is home.drugs.get(others[-1]).body
    assert most / 2 < small.bytes <= most


def test_a_long_question_is_not_kept(home: Home) -> None:
    assert is_kept(home.drugs, f"{home.page}&code={'9' * 900}")
    assert not is_kept(home.drugs, f"{home.page}&code={'9' * 1000}")
    assert not is_kept(home.drugs, home.page + "&code=9" * 10)


def test_what_consents_came_to_is_kept_once_however_often_it_moves(house: House) -> None:
    home = Home(house)
    kept = house.gateway.installation.kept_weighings
    home.seen()
    before = len(kept)
    for _ in range(5):
        home.trust.writes(score(home.subject, MOOD))
        home.seen()
    assert len(kept) == before > 0


def test_none_is_kept_where_the_operator_wants_none(home: Home) -> None:
    none = replace(home.house.gateway.installation, kept_answers=KeptAnswers(most=0))
    home.house.gateway.installation = none
    assert not is_kept(home.drugs, home.reference)


def walk(house: House, seed: int) -> None:
    """Random steps by everybody; after each, everybody is answered as by one who keeps nothing."""
    chance = random.Random(seed)  # noqa: S311 - a walk, not a secret
    home = Home(house)
    housing, third = house.housing, house.housing.writes(patient())
    apart, officer = home.trust.writes(nameless()), Register(house)
    written = [home.reference]
    consents = [home.given]

    def score_written() -> None:
        trusts = (home.trust, home.subject), (home.trust, apart)
        who, subject = chance.choice([*trusts, (housing, third)])
        written.append(who.writes(score(subject, chance.choice([MOOD, "75626-2"]))))

    def score_changed() -> None:
        current = home.trust.get(home.reference)
        if current.status == 200:
            home.trust.put(body_of(current) | {"effectiveDateTime": f"2026-04-{seed % 20 + 10}"})

    def score_deleted() -> None:
        home.trust.delete(chance.choice(written))

    def chosen() -> None:
        kind, who = chance.choice(["permit", "deny"]), chance.choice(["DA1", "HO1"])
        given = consent(home.person.me, kind, house.organizations[who])
        if chance.random() < 0.3:
            end = house.now.replace(microsecond=0)
            given["provision"]["period"] = {"end": end.replace(minute=59).isoformat()}
        consents.append(home.person.created(given))

    def taken_back() -> None:
        home.person.put(chance.choice(consents) | {"status": "inactive"})

    def referred() -> None:
        receiver = house.organizations["DA1"]
        sender = house.organizations["RX1"]
        home.trust.transact(*referral(home.subject, sender, receiver, home.reference))

    def moved() -> None:
        house.wait(minutes=chance.randint(1, 50))

    def corrected() -> None:
        born = chance.choice(["1987-04-12", "1987-04-13"])
        home.drugs.put(home.drugs.read(home.theirs) | {"birthDate": born})

    def agreements() -> None:
        ended = chance.choice(["NULL", "agreement_from"])
        house.change(f"UPDATE organization SET agreement_to = {ended} WHERE ods = 'HO1'")

    def confirmed() -> None:
        known = (home.person.me, home.subject, home.theirs, third, apart)
        officer.asked(*chance.sample(known, 2))

    def parted() -> None:
        standing = [each["id"] for each in officer.listed() if each["until"] is None]
        if standing:
            officer.parts(chance.choice(standing))

    steps = (score_written, score_changed, score_deleted, chosen, chosen, taken_back, taken_back)
    steps += (referred, moved, corrected, agreements, confirmed, confirmed, parted)
    for _ in range(STEPS):
        chance.choice(steps)()
        asked = [(home.person, f"Observation?patient={home.person.me}")]
        for who, subject in (
            (home.drugs, home.theirs),
            (housing, third),
            (home.trust, home.subject),
            (home.trust, apart),
        ):
            asked += [(who, f"Observation?patient={subject}"), (who, f"Task?subject={subject}")]
            asked += [(who, each) for each in written[-4:]]
        for who, address in asked * 2:
            kept = who.look(address)
            house.wait(seconds=-1)  # at the same moment: a period may end in the next
            anew = forgetful(who).look(address)
            assert (kept.status, kept.headers, kept.body) == (anew.status, anew.headers, anew.body)
            mine, other = (
                {k: v for k, v in row.items() if k not in ("id", "at", "salt")}
                for row in house.entries()[-2:]
            )
            assert mine == other


@pytest.mark.parametrize("seed", WALKS)
def test_whatever_happens_a_kept_answer_is_the_answer(house: House, seed: int) -> None:
    walk(house, random.SystemRandom().randrange(1_000_000) if FULL else seed)
