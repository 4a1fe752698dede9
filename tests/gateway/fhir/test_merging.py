"""A view sent back unchanged changes nothing; a change through it touches nothing else."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from consent.parts import elements_of, keeping, part_at, places_of
from gateway.fhir.encoding import encode, number
from gateway.fhir.merging import marked, merged, same, unmarked
from gateway.fhir.parting import parted
from gateway.fhir.wording import regenerated

Json = dict[str, Any]
FULL = os.environ.get("ONESTORY_FULL") == "1"
MANY = settings(max_examples=5_000 if FULL else 50, deadline=None)
SNOMED = "http://snomed.info/sct"


def code(index: int, words: bool) -> Json:
    coding = {"system": SNOMED, "code": f"code-{index}"}
    if not words:
        return {"coding": [coding]}
    return {"coding": [coding | {"display": f"display-{index}"}], "text": f"text-{index}"}


@st.composite
def activities(draw: st.DrawFn) -> Json:
    detail: Json = {
        "code": code(draw(st.integers(0, 4)), draw(st.booleans())),
        "status": draw(st.sampled_from(("scheduled", "completed"))),
    }
    if draw(st.booleans()):
        detail["dailyAmount"] = {"value": number(draw(st.sampled_from(("1.00", "1", "1e2"))))}
    if draw(st.booleans()):
        reasons = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
        detail["reasonReference"] = [{"reference": f"Observation/{each}"} for each in reasons]
    item: Json = {"detail": detail}
    if draw(st.booleans()):
        item["outcomeReference"] = [{"reference": f"Observation/{draw(st.integers(0, 3))}"}]
    if draw(st.booleans()):
        item["id"] = f"id-{draw(st.integers(0, 5))}"
    return item


@st.composite
def care_plans(draw: st.DrawFn) -> Json:
    plan: Json = {"resourceType": "CarePlan", "id": "1", "status": "active", "intent": "plan"}
    acts = draw(st.lists(activities(), max_size=5))
    notes = draw(st.lists(st.text("abc", min_size=1, max_size=3), max_size=3))
    goals = draw(st.lists(st.integers(0, 3), max_size=3, unique=True))
    plan |= {"activity": acts} if acts else {}
    plan |= {"note": [{"text": each} for each in notes]} if notes else {}
    plan |= {"goal": [{"reference": f"Goal/{each}"} for each in goals]} if goals else {}
    return plan | ({"title": "title"} if draw(st.booleans()) else {})


@st.composite
def views(draw: st.DrawFn) -> tuple[Json, frozenset[Any], frozenset[str], bool]:
    """A plan, which of its parts and references are hidden, and whether words are shown."""
    plan = draw(care_plans())
    places = places_of(plan)
    gone = draw(st.sets(st.sampled_from(places))) if places else set()
    known = [f"Observation/{n}" for n in range(4)] + [f"Goal/{n}" for n in range(4)]
    hidden = draw(st.sets(st.sampled_from(known)))
    return plan, frozenset(gone), frozenset(hidden), draw(st.booleans())


def seen(plan: Json, gone: frozenset[Any], hidden: frozenset[str], words: bool) -> Json:
    shown = parted(marked(plan), gone, hidden)
    assert shown is not None
    return shown if words else regenerated(shown)


@MANY
@given(views())
def test_what_was_seen_sent_back_is_what_was_stored(view: Any) -> None:
    plan = view[0]
    shown = seen(*view)
    assert encode(unmarked(merged(plan, shown, unmarked(shown), "CarePlan"))) == encode(plan)


@MANY
@given(views(), st.data())
def test_nobody_changes_a_part_that_they_do_not_see(view: Any, data: st.DataObject) -> None:
    plan, gone, hidden, words = view
    shown = seen(plan, gone, hidden, words)
    sent = unmarked(shown)
    for name in ("activity", "note", "goal"):
        kept = [each for each in sent.pop(name, []) if data.draw(st.booleans())]
        if name == "activity":
            for each in kept:
                if "detail" in each and data.draw(st.booleans()):
                    each["detail"] = each["detail"] | {"status": "on-hold"}
            kept += data.draw(st.lists(activities(), max_size=2))
        sent |= {name: kept} if kept else {}
    after = unmarked(merged(plan, shown, sent, "CarePlan"))
    for name in ("activity", "note", "goal"):
        unseen = [encode(part_at(plan, place)) for place in sorted(gone) if place[0] == name]
        now = [encode(each) for each in after.get(name, ())]
        assert all(now.count(each) >= unseen.count(each) for each in unseen)
        assert is_within(unseen, now)
    assert ("title" in after) == ("title" in plan and (("title",) in gone or "title" in sent))


@MANY
@given(views(), st.lists(activities(), max_size=3))
def test_the_writer_sees_afterwards_what_they_sent(view: Any, added: list[Json]) -> None:
    """References to what they may not see, and words that are not shown to them, apart."""
    plan, gone, _, _ = view
    shown = seen(plan, gone, frozenset(), True)
    sent = unmarked(shown)
    sent |= {"activity": [*sent.get("activity", ()), *added]} if added else {}
    after = merged(plan, shown, sent, "CarePlan")
    stood = {place: part_at(plan, place) for place in gone}
    left = keeping(after, [p for p in places_of(after) if not stands_for(after, p, stood)])
    assert same(left, sent)


@MANY
@given(care_plans(), care_plans())
def test_who_sees_everything_replaces_everything(before: Json, after: Json) -> None:
    assert same(merged(before, marked(before), after, "CarePlan"), after)


@MANY
@given(views(), st.sets(st.integers(0, 20)))
def test_no_string_of_a_hidden_part_is_in_a_view(view: Any, drawn: set[int]) -> None:
    plan = planted(view[0])
    gone, hidden = view[1], view[2]
    shown = encode(seen(plan, gone, hidden, words=True))
    for place in gone:
        assert f"SECRET-{'-'.join(map(str, place))}-".encode() not in shown
    assert b"[]" not in shown
    assert b"{}" not in shown


@MANY
@given(views())
def test_a_view_is_the_same_bytes_each_time(view: Any) -> None:
    assert encode(seen(*view)) == encode(seen(*view))


def planted(plan: Json) -> Json:
    """The plan with a string of its own in each part."""
    copy = unmarked(marked(plan))
    for place in places_of(copy):
        secret = f"SECRET-{'-'.join(map(str, place))}-"
        if len(place) == 1:
            copy[str(place[0])] = secret
        elif "reference" not in copy[place[0]][place[1]]:
            copy[place[0]][place[1]]["extension"] = [{"url": "u", "valueString": secret}]
    return copy


def is_within(some: list[bytes], many: list[bytes]) -> bool:
    """Whether they stand there in their order."""
    rest = iter(many)
    return all(any(each == other for other in rest) for each in some)


def stands_for(after: Json, place: Any, stood: dict[Any, Any]) -> bool:
    """Whether a part of the outcome is one of those that were not seen."""
    if len(place) == 1:
        return place in stood
    item = part_at(after, place)
    return item.get("\0origin") is not None and (place[0], item["\0origin"]) in stood


def test_every_part_of_a_plan_is_known() -> None:
    assert {"activity", "note", "goal", "title", "contained"} <= elements_of("CarePlan")


def test_words_go_with_the_code_that_they_are_beside() -> None:
    stored = {"code": code(1, words=True)}
    shown = {"code": code(1, words=False)}
    other = {"code": code(2, words=False)}
    assert unmarked(merged(stored, shown, shown)) == stored
    assert unmarked(merged(stored, shown, other)) == other
    assert unmarked(merged(stored, shown, shown | {"status": "x"})) == stored | {"status": "x"}


def test_an_item_that_is_unseen_in_part_stays_where_it_would_be_written_over() -> None:
    stored = {"activity": [{"reference": {"reference": "Task/1"}, "outcomeReference": []}]}
    stored["activity"][0]["outcomeReference"] = [{"reference": "Observation/1"}]
    shown = {"activity": [{"outcomeReference": [{"reference": "Observation/1"}]}]}
    wanted = {"detail": {"status": "scheduled"}}
    sent = {"activity": [shown["activity"][0] | wanted]}
    after = unmarked(merged(stored, shown, sent, "CarePlan"))
    assert after["activity"] == [{"reference": {"reference": "Task/1"}}, sent["activity"][0]]


def test_an_item_that_is_taken_away_leaves_what_was_not_seen_of_it() -> None:
    stored = {"activity": [{"reference": {"reference": "Task/1"}, "id": "a"}]}
    shown: Json = {"activity": [{"id": "a"}]}
    assert unmarked(merged(stored, shown, {}, "CarePlan"))["activity"] == [
        {"reference": {"reference": "Task/1"}}
    ]


def test_numbers_keep_their_digits_and_a_digit_is_a_change() -> None:
    one, more = {"value": number("1.0")}, {"value": number("1.00")}
    assert encode(merged(one, one, more)) == b'{"value":1.00}'
    assert not same({"value": True}, {"value": 1})
