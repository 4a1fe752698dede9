"""Clearing a resource of several parts, for whom it concerns: the whole of that version; and what a
story then holds."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from callers import Caller, House, Json, body_of, consent, patient, score
from clinicians import OF_OTHERS, clears, for_whom, takes_back
from deputies import ADA, Office, acting
from plans import CODES, Shared, activity, codes, permitted_to_both, plan, written

from gateway.actions.story import Form
from gateway.storage.delegates import Basis

ALCOHOL, HOUSING, MOOD = CODES["alcohol"], CODES["housing"], CODES["mood"]
SURVEY = "http://terminology.hl7.org/CodeSystem/observation-category"


@pytest.fixture
def shared(house: House) -> Shared:
    return Shared(house)


def heard_of(shared: Shared) -> list[Json]:
    """What a neighbour told the trust, as an activity may rest on it."""
    told = {
        "resourceType": "Condition",
        "subject": {"reference": shared.at_trust},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "32911000"}]},
        "meta": OF_OTHERS,
    }
    return [{"reference": shared.house.trust.writes(told)}]


def of_a_neighbour(shared: Shared) -> str:
    """A plan of the trust's of which one activity rests on what a neighbour told."""
    acts = (activity("housing", reasonReference=heard_of(shared)), activity("alcohol"))
    return shared.house.trust.writes(plan(shared.at_trust, *acts))


def acts(caller: Caller, reference: str) -> list[str]:
    return codes(caller.read(reference))


def test_a_plan_with_a_part_under_the_ceiling_is_read_whole_once_it_is_cleared(
    shared: Shared,
) -> None:
    trust, me = shared.house.trust, shared.person
    kept = of_a_neighbour(shared)
    before = me.look(kept)
    assert codes(body_of(before)) == [ALCOHOL]
    clears(trust, kept)
    assert acts(me, kept) == [HOUSING, ALCOHOL]
    assert "reasonReference" in str(trust.read(kept))
    assert "reasonReference" not in str(me.read(kept))  # that is kept by itself
    assert len(me.history(f"{kept}/_history")) == 1
    assert me.finds("CarePlan", patient=me.me) == [kept]
    takes_back(trust, kept)
    after = me.look(kept)
    assert (before.body, before.headers) == (after.body, after.headers)


def test_a_further_version_of_a_plan_is_kept_in_part_again(shared: Shared) -> None:
    trust, me = shared.house.trust, shared.person
    kept = of_a_neighbour(shared)
    clears(trust, kept)
    whole = trust.read(kept)
    assert trust.put(whole | {"status": "on-hold"}).status == 200
    told = [codes(each["resource"]) for each in me.history(f"{kept}/_history")]
    assert told == [[ALCOHOL], [ALCOHOL]]
    clears(trust, kept)
    told = [codes(each["resource"]) for each in me.history(f"{kept}/_history")]
    assert told == [[HOUSING, ALCOHOL], [ALCOHOL]]


def test_a_bundle_with_an_entry_under_the_ceiling_is_read_whole_once_it_is_cleared(
    shared: Shared, office: Office
) -> None:
    """An entry is a resource itself, which is kept for what it is."""
    trust, me = shared.house.trust, shared.person
    office.names(me.me, ADA, Basis.DEPUTY)
    ada = acting(me)
    held = (score(shared.at_trust), score(shared.at_trust, meta=OF_OTHERS))
    bundle = {"resourceType": "Bundle", "type": "collection"}
    kept = trust.writes(bundle | {"entry": [{"resource": each} for each in held]})

    def seen() -> list[int]:
        return [len(who.read(kept)["entry"]) for who in (me, ada)]

    assert seen() == [1, 1]
    clears(trust, kept)
    assert seen() == [2, 2]
    takes_back(trust, kept)
    assert seen() == [1, 1]


def test_a_plan_that_is_kept_whole_is_read_whole_once_it_is_cleared(shared: Shared) -> None:
    trust, me = shared.house.trust, shared.person
    acts_ = (activity("housing"), activity("alcohol"))
    kept = trust.writes(plan(shared.at_trust, *acts_, meta=OF_OTHERS))
    assert me.get(kept).status == 404
    assert me.finds("CarePlan", patient=me.me) == []
    clears(trust, kept)
    assert acts(me, kept) == [HOUSING, ALCOHOL]
    assert me.finds("CarePlan", patient=me.me) == [kept]
    assert trust.delete(kept).status == 204
    assert me.get(kept).status == 404
    assert me.look(f"{kept}/_history").status == 404


def test_a_plan_about_two_is_read_whole_by_the_one_for_whom_it_is_cleared(house: House) -> None:
    trust, me, other = house.trust, house.person(), house.person(1)
    mine, theirs = trust.writes(patient()), trust.writes(patient(1))
    by_them = activity("housing", performer=[{"reference": theirs}])
    kept = trust.writes(plan(mine, by_them, activity("alcohol")))
    before = [who.look(kept).body for who in (me, other)]
    assert acts(me, kept) == [ALCOHOL]
    clears(trust, kept, for_whom(mine))
    assert acts(me, kept) == [HOUSING, ALCOHOL]
    assert other.look(kept).body == before[1]
    takes_back(trust, kept, for_whom(mine))
    assert me.look(kept).body == before[0]


def test_what_a_team_writes_through_its_view_is_kept_until_it_is_cleared(house: House) -> None:
    both = permitted_to_both(house)
    acts_ = (activity("housing", reasonReference=heard_of(both)), activity("alcohol"))
    kept = written(both, *acts_)
    clears(house.trust, kept)
    assert acts(both.person, kept) == [HOUSING, ALCOHOL]
    seen = house.drugs.read(kept)
    assert codes(seen) == [ALCOHOL]
    seen["activity"][0]["detail"]["status"] = "in-progress"
    assert house.drugs.put(seen).status == 200
    assert acts(both.person, kept) == [ALCOHOL]
    clears(house.trust, kept)
    assert acts(both.person, kept) == [HOUSING, ALCOHOL]


def test_a_delegate_reads_a_cleared_plan_but_for_what_is_denied(
    shared: Shared, office: Office
) -> None:
    trust, me = shared.house.trust, shared.person
    office.names(me.me, ADA, Basis.DEPUTY)
    ada, kept = acting(me), of_a_neighbour(shared)
    before = ada.look(kept)
    clears(trust, kept)
    assert acts(ada, kept) == [HOUSING, ALCOHOL]
    ethud = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "ETHUD"}
    denial = me.created(consent(me.me, "deny", securityLabel=[ethud]))
    assert acts(ada, kept) == [HOUSING]
    assert acts(me, kept) == [HOUSING, ALCOHOL]
    me.put(denial | {"status": "inactive"})
    takes_back(trust, kept)
    assert ada.look(kept).body == before.body


# --- stories -----------------------------------------------------------------------------------


def survey(subject: str, **more: Any) -> Json:
    kind = {"category": [{"coding": [{"system": SURVEY, "code": "survey"}]}]}
    return score(subject) | kind | more


def story(caller: Caller, of: str) -> str:
    id_ = of.partition("/")[2]
    answer = asyncio.run(caller.gateway.story(caller.who, id_, (), Form.DOCUMENT))
    assert answer.status == 200, answer.body
    return answer.body.decode()


def test_a_story_holds_what_is_cleared_whoever_may_see_it_reads_it(shared: Shared) -> None:
    house, trust, me = shared.house, shared.house.trust, shared.person
    kept = trust.created(survey(shared.at_trust, meta=OF_OTHERS))
    plain = trust.created(
        survey(shared.at_trust, derivedFrom=[{"reference": f"Observation/{kept['id']}"}])
    )
    shared.permit(house.drugs)

    def told() -> list[bool]:
        told_to = ((trust, shared.at_trust), (me, me.me), (house.drugs, shared.at_drugs))
        stories = [story(*each) for each in told_to]
        assert all(plain["id"] in each for each in stories)
        return [kept["id"] in each for each in stories]

    assert told() == [False, False, False]
    clears(trust, f"Observation/{kept['id']}")
    assert told() == [True, True, False]
    takes_back(trust, f"Observation/{kept['id']}")
    assert told() == [False, False, False]


def test_a_story_holds_what_is_about_two_only_where_it_is_cleared_for_this_one(
    house: House,
) -> None:
    trust = house.trust
    mine, theirs = trust.writes(patient()), trust.writes(patient(1))
    both = trust.created(survey(mine, focus=[{"reference": theirs}]))
    reference = f"Observation/{both['id']}"
    clears(trust, reference, for_whom(theirs))
    assert both["id"] not in story(trust, mine)
    clears(trust, reference, for_whom(mine))
    assert both["id"] in story(trust, mine)


def test_a_story_holds_a_cleared_plan_with_all_its_parts(shared: Shared) -> None:
    trust = shared.house.trust
    kind = [{"coding": [{"system": "http://snomed.info/sct", "code": "734163000"}]}]
    acts_ = (activity("housing"), activity("alcohol"))
    kept = trust.created(plan(shared.at_trust, *acts_, category=kind, meta=OF_OTHERS))
    assert kept["id"] not in story(trust, shared.at_trust)
    clears(trust, f"CarePlan/{kept['id']}")
    told = story(trust, shared.at_trust)
    assert kept["id"] in told
    assert all(code in told for code in (HOUSING, ALCOHOL))
