"""Who changes a plan that somebody changed meanwhile is shown both, as far as they may see it."""

from __future__ import annotations

from typing import Any

import pytest
from callers import Caller, House, body_of, consent, patient
from plans import Shared, activity, permitted_to_both, plan, written

from gateway.actions.answer import Answer

Json = dict[str, Any]
BESIDE = "https://onestory.example/fhir/StructureDefinition/changed-by-both"
STATUS = "CarePlan.activity[0].detail.status"


@pytest.fixture
def shared(house: House) -> Shared:
    return permitted_to_both(house)


def version(read: Json) -> str:
    return f'W/"{read["meta"]["versionId"]}"'


def clashes(answer: Answer) -> dict[str, dict[str, str]]:
    """What each issue shows side by side, by its place in what was sent."""
    shown = {}
    for issue in body_of(answer)["issue"]:
        for extension in issue.get("extension", ()):
            assert extension["url"] == BESIDE
            parts = {each["url"]: each["valueString"] for each in extension["extension"]}
            shown[issue["expression"][0]] = parts
    return shown


def marks(read: Json, status: str) -> Json:
    """The same plan with another status of its first activity."""
    read["activity"][0]["detail"]["status"] = status
    return read


def met(shared: Shared, stored: str) -> tuple[Json, Answer]:
    """What the drug service read, and the answer to its change after the trust's."""
    house = shared.house
    mine, theirs = house.drugs.read(stored), house.trust.read(stored)
    assert house.trust.put(marks(theirs, "on-hold"), if_match=version(theirs)).status == 200
    read = version(mine)
    return mine, house.drugs.put(marks(mine, "completed"), if_match=read)


def test_both_values_stand_beside_what_it_was(shared: Shared) -> None:
    stored = written(shared, activity("alcohol"))
    _, answer = met(shared, stored)
    assert answer.status == 412
    assert clashes(answer) == {
        STATUS: {
            "stands-at": STATUS,
            "before": '"scheduled"',
            "now": '"on-hold"',
            "sent": '"completed"',
        }
    }
    assert shared.house.trust.read(stored)["activity"][0]["detail"]["status"] == "on-hold"


def test_the_version_that_stands_is_named_and_takes_the_change(shared: Shared) -> None:
    stored = written(shared, activity("alcohol"))
    mine, answer = met(shared, stored)
    now = shared.house.drugs.get(stored)
    assert answer.headers["ETag"] == now.headers["ETag"]
    assert shared.house.drugs.put(mine, if_match=answer.headers["ETag"]).status == 200


def test_a_patch_on_a_stale_version_is_shown_the_same(shared: Shared) -> None:
    house = shared.house
    stored = written(shared, activity("alcohol"))
    mine, put = met(shared, stored)
    over = {"op": "replace", "path": "/activity/0/detail/status", "value": "completed"}
    assert house.drugs.patch(stored, over, if_match=version(mine)).body == put.body


def test_changes_that_do_not_meet_show_nothing_but_the_version(shared: Shared) -> None:
    house = shared.house
    stored = written(shared, activity("alcohol"), period={"start": "2026-01-01"})
    mine, theirs = house.drugs.read(stored), house.trust.read(stored)
    house.trust.put(theirs | {"period": {"start": "2026-02-01"}})
    read = version(mine)
    answer = house.drugs.put(marks(mine, "completed"), if_match=read)
    assert (answer.status, clashes(answer)) == (412, {})
    assert answer.headers["ETag"] == version(house.drugs.read(stored))
    assert b"2026-02" not in answer.body


def test_a_version_that_never_was_shows_nothing(shared: Shared) -> None:
    house = shared.house
    stored = written(shared, activity("alcohol"))
    mine = house.drugs.read(stored)
    answer = house.drugs.put(marks(mine, "completed"), if_match='W/"0123456789abcdef"')
    assert (answer.status, clashes(answer)) == (412, {})


def test_nothing_is_shown_of_what_the_writer_does_not_see(shared: Shared) -> None:
    house = shared.house
    stored = written(shared)
    theirs = house.housing.read(stored)
    house.housing.put(marks(theirs, "cancelled"), if_match=version(theirs))
    whole = house.trust.read(stored)
    whole["activity"][1]["detail"]["status"] = "on-hold"
    whole["note"] = [{"text": "words of the trust"}]
    mine = house.drugs.read(stored)
    assert house.trust.put(whole, if_match=version(whole)).status == 200
    read = version(mine)
    answer = house.drugs.put(marks(mine, "completed"), if_match=read)
    assert clashes(answer)[STATUS]["now"] == '"on-hold"'
    assert b"cancelled" not in answer.body
    assert b"words of the trust" not in answer.body


def test_after_the_consent_is_taken_back_there_is_no_plan_to_clash_with(house: House) -> None:
    both = Shared(house)
    given = both.permit(house.drugs, "alcohol")
    stored = written(both, activity("alcohol"))
    mine = house.drugs.read(stored)
    assert both.person.put(given | {"status": "inactive"}).status == 200
    read = version(mine)
    assert house.drugs.put(marks(mine, "completed"), if_match=read).status == 404


def test_what_was_shown_is_in_the_log_as_a_read_and_what_was_not_as_a_refusal(
    shared: Shared,
) -> None:
    stored = written(shared, activity("alcohol"))
    mine, answer = met(shared, stored)
    entry = shared.house.entries()[-1]
    assert answer.status == entry["status"] == 412
    assert (entry["interaction"], entry["outcome"]) == ("read", "permitted")
    assert entry["digest"]
    assert stored in entry["entities"]
    assert entry["consents"]
    shared.house.drugs.put(mine, if_match='W/"0123456789abcdef"')
    entry = shared.house.entries()[-1]
    assert (entry["interaction"], entry["outcome"]) == ("update", "refused")


def test_the_author_is_shown_what_the_team_did(shared: Shared) -> None:
    house = shared.house
    stored = written(shared, activity("alcohol"))
    mine, theirs = house.trust.read(stored), house.drugs.read(stored)
    assert house.drugs.put(marks(theirs, "completed"), if_match=version(theirs)).status == 200
    read = version(mine)
    answer = house.trust.put(marks(mine, "stopped"), if_match=read)
    assert clashes(answer)[STATUS]["now"] == '"completed"'


def test_other_types_and_their_one_writer_get_the_plain_answer(shared: Shared) -> None:
    house: House = shared.house
    person: Caller = shared.person
    given = person.created(consent(person.me, "permit", house.housing.who.organization))
    assert person.put(given | {"status": "inactive"}, if_match=version(given)).status == 200
    answer = person.put(given | {"status": "rejected"}, if_match=version(given))
    assert (answer.status, clashes(answer), "ETag" in answer.headers) == (412, {}, False)


def test_of_a_transaction_the_places_are_named_and_no_values(house: House) -> None:
    mine = house.trust.created(plan(house.trust.writes(patient()), activity("alcohol")))
    assert house.trust.put(marks(dict(mine), "on-hold")).status == 200
    sent = marks(dict(mine), "completed")
    request = {"method": "PUT", "url": f"CarePlan/{mine['id']}", "ifMatch": version(mine)}
    answer = house.trust.transact({"resource": sent, "request": request})
    assert answer.status == 412
    assert clashes(answer) == {}


def added(read: Json, status: str) -> Json:
    read["activity"].append(activity("alcohol", status))
    return read


def test_who_sends_a_whole_plan_without_if_match_takes_away_nothing_they_never_read(
    shared: Shared,
) -> None:
    house = shared.house
    stored = written(shared)
    mine, theirs = house.trust.read(stored), house.drugs.read(stored)
    assert house.drugs.put(added(theirs, "on-hold")).status == 200
    answer = house.trust.put(mine | {"status": "on-hold"})
    assert (answer.status, answer.headers["ETag"]) == (412, version(house.trust.read(stored)))
    assert "CarePlan.meta.versionId" in body_of(answer)["issue"][0]["expression"]
    assert len(house.trust.read(stored)["activity"]) == 3
    again = house.trust.read(stored)
    assert house.trust.put(again | {"status": "on-hold"}).status == 200


def test_who_read_what_others_added_may_take_it_away(shared: Shared) -> None:
    house = shared.house
    stored = written(shared)
    assert house.drugs.put(added(house.drugs.read(stored), "on-hold")).status == 200
    whole = house.trust.read(stored)
    del whole["activity"][-1]
    assert house.trust.put(whole).status == 200
    assert len(house.trust.read(stored)["activity"]) == 2


def test_their_own_changes_since_are_no_reason_to_refuse(shared: Shared) -> None:
    house = shared.house
    stored = written(shared)
    for caller in (house.trust, house.drugs):
        old = caller.read(stored)
        assert caller.put(added(caller.read(stored), "on-hold")).status == 200
        assert caller.put(old).status == 200


def test_a_team_member_undoes_nothing_that_the_author_did_unread(shared: Shared) -> None:
    house = shared.house
    stored = written(shared)
    mine, theirs = house.drugs.read(stored), house.trust.read(stored)
    assert house.trust.put(added(theirs, "on-hold")).status == 200
    assert house.drugs.put(mine).status == 412
    del mine["meta"]
    assert house.drugs.put(mine).status == 200
