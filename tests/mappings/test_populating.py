"""What is filled in was told: the newest, in time, and never what an alert rests on."""

from datetime import UTC, datetime, timedelta

import pytest
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse
from hypothesis import given
from hypothesis import strategies as st

import fhir_profiles
from mappings import recall, responses
from mappings.checking import check_response
from mappings.instruments import all_instruments, instrument
from mappings.populating import PRE_FILLED, PRE_FILLED_FROM, populated, response
from mappings.screening_resources import answered

NOW = datetime(2026, 5, 3, 10, tzinfo=UTC)
AUDIT, AUDIT_C, ASSIST = (instrument(one) for one in ("audit", "audit-c", "assist-lite-uk"))
PHQ = instrument("phq-9")
NO, YES = 0, 1


def held(id_, asked, answers, authored="2026-05-01T09:00:00Z", **more):
    return {
        "resourceType": "QuestionnaireResponse",
        "id": id_,
        "questionnaire": asked.canonical,
        "status": "completed",
        "subject": {"reference": "Patient/1"},
        "authored": authored,
        "item": answered(asked, answers),
    } | more


def known(asked, *given_responses, now=NOW):
    return {one.link_id: one.value for one in populated(asked, given_responses, now)}


def drank(id_, *answers, **more):
    return held(id_, AUDIT_C, {f"auditc-{n}": one for n, one in enumerate(answers, 1)}, **more)


def test_the_same_item_of_the_same_instrument_is_filled_in():
    assert known(AUDIT_C, drank("a", 3, 2, 1)) == {"auditc-1": 3, "auditc-2": 2, "auditc-3": 1}


def test_audit_c_is_known_within_audit_and_assist_lite_and_from_them():
    told = drank("a", 3, 2, 1)
    assert known(AUDIT, told) == {"audit-1": 3, "audit-2": 2, "audit-3": 1}
    assert known(ASSIST, told) == {"auditc-1": 3, "auditc-2": 2, "auditc-3": 1}
    whole = held("b", AUDIT, {f"audit-{n}": 2 for n in range(1, 11)})
    assert known(AUDIT_C, whole) == {"auditc-1": 2, "auditc-2": 2, "auditc-3": 2}
    assert known(PHQ, whole) == {}


def test_the_newest_answer_to_each_item_wins_in_whatever_order_they_come():
    before = drank("a", 3, 2, 1, authored="2026-02-01")
    after = held("b", AUDIT_C, {"auditc-1": 4}, authored="2026-04-01")
    wanted = {"auditc-1": 4, "auditc-2": 2, "auditc-3": 1}
    assert known(AUDIT_C, before, after) == known(AUDIT_C, after, before) == wanted


def test_two_at_one_moment_that_disagree_are_asked_again_and_two_that_agree_are_not():
    assert known(AUDIT_C, drank("a", 3, 2, 1), drank("b", 3, 2, 4)) == {
        "auditc-1": 3,
        "auditc-2": 2,
    }
    [one] = {told.response for told in populated(AUDIT_C, [drank("b", 3), drank("a", 3)], NOW)}
    assert one == "QuestionnaireResponse/a"


@pytest.mark.parametrize(
    ("kind", "told", "counts"),
    [
        (PHQ, "2026-04-19", True),
        (PHQ, "2026-04-18T23:00:00Z", True),  # midnight in London
        (PHQ, "2026-04-18T22:59:59Z", False),
        (AUDIT_C, "2025-05-03", True),
        (AUDIT_C, "2025-05-02", False),
        (instrument("dialog"), "2026-05-03", True),
        (instrument("dialog"), "2026-05-02", False),
        (PHQ, "2026-05-03T09:59:59Z", True),
        (PHQ, "2026-05-03T10:00:01Z", False),
        (PHQ, "2026-05-04", False),
        (PHQ, "2026", False),
        (PHQ, "", False),
        (PHQ, "0001-01-01T00:00:00+14:00", False),
    ],
)
def test_an_answer_counts_within_the_period_that_is_asked_about(kind, told, counts):
    first = kind.items[0]
    answer = held("a", kind, {first.link_id: min(first.words)}, authored=told)
    assert bool(known(kind, answer)) == counts


@pytest.mark.parametrize("status", ["in-progress", "stopped", "entered-in-error", "amended"])
def test_only_what_is_finished_counts(status):
    assert bool(known(AUDIT_C, drank("a", 1, status=status))) == (status == "amended")


def test_another_questionnaire_says_nothing():
    assert known(AUDIT_C, drank("a", 1) | {"questionnaire": "http://example.org/q"}) == {}


def test_what_an_alert_rests_on_is_asked_anew_and_the_rest_is_filled_in():
    low = held("a", PHQ, {f"phq9-{n}": 1 for n in range(1, 10)})
    assert list(known(PHQ, low)) == [f"phq9-{n}" for n in range(1, 9)]
    core = instrument("core-10")
    asked = held("b", core, {f"core10-{n}": 1 for n in range(1, 11)})
    assert "core10-6" not in known(core, asked)  # though its alert is not raised yet
    screener = instrument("c-ssrs-screener")
    today = held("c", screener, {"cssrs-1": 0}, authored="2026-05-03")
    assert known(screener, today) == {}


def test_what_a_newer_no_has_made_needless_is_left_out():
    gate, *later = (one for one in ASSIST.sections[0].items)
    before = held("a", ASSIST, {gate: YES, later[0]: YES}, authored="2026-04-01")
    after = held("b", ASSIST, {gate: NO}, authored="2026-05-01")
    assert known(ASSIST, before, after) == {gate: NO}
    assert known(ASSIST, before) == {gate: YES, later[0]: YES}
    newer = held("c", ASSIST, {later[0]: YES}, authored="2026-05-02")
    assert known(ASSIST, after, newer) == {later[0]: YES}


def test_what_a_newer_never_lets_one_skip_is_left_out():
    before = held("a", AUDIT, {f"audit-{n}": 2 for n in range(1, 11)}, authored="2026-01-01")
    never = held("b", AUDIT, {"audit-1": 0}, authored="2026-05-01")
    assert known(AUDIT, before, never) == {"audit-1": 0, "audit-9": 2, "audit-10": 2}


def test_each_answer_says_where_it_comes_from_and_when_it_was_told():
    made = response(AUDIT, populated(AUDIT, [drank("a", 3, 2, 1)], NOW), "Patient/1")
    QuestionnaireResponse.model_validate(made)
    assert made["item"][0]["answer"][0]["extension"] == [
        {"url": PRE_FILLED, "valueDateTime": "2026-05-01T09:00:00Z"},
        {"url": PRE_FILLED_FROM, "valueReference": {"reference": "QuestionnaireResponse/a"}},
    ]
    assert "item" not in response(AUDIT, (), "Patient/1")


def test_an_answer_that_nobody_confirmed_does_not_grow_younger():
    told = populated(AUDIT_C, [drank("a", 3, 2, 1, authored="2026-01-01")], NOW)
    again = response(AUDIT_C, told, "Patient/1") | {
        "id": "b",
        "status": "completed",
        "authored": "2026-05-01",
    }
    [first, *_] = populated(AUDIT_C, [again], NOW)
    assert (first.response, first.when) == ("QuestionnaireResponse/b", "2026-01-01")
    later = NOW + timedelta(days=300)
    assert known(AUDIT_C, again, now=later) == {}
    for item in again["item"]:
        del item["answer"][0]["extension"]
    assert known(AUDIT_C, again, now=later) == {"auditc-1": 3, "auditc-2": 2, "auditc-3": 1}


ASKED = [AUDIT, AUDIT_C, ASSIST, PHQ, instrument("top"), instrument("ftnd")]


@st.composite
def some_responses(draw):
    found = []
    for number in range(draw(st.integers(0, 5))):
        asked = draw(st.sampled_from(ASKED))
        items = [one for one in asked.items if one.words]
        named = draw(st.lists(st.sampled_from(items), unique_by=lambda one: one.link_id))
        answers = {one.link_id: draw(st.sampled_from(sorted(one.words))) for one in named}
        at = NOW - timedelta(days=draw(st.integers(-1, 400)), hours=draw(st.integers(0, 3)))
        found.append(held(f"r{number}", asked, answers, at.isoformat()))
    return found


@given(st.sampled_from(ASKED), some_responses())
def test_what_is_filled_in_is_held_newest_and_in_time_and_right_for_the_form(asked, told):
    found = populated(asked, told, NOW)
    by_id = {f"QuestionnaireResponse/{one['id']}": one for one in told}
    for one in found:
        assert one.link_id not in recall.asked_anew()
        source = by_id[one.response]
        kind = instrument(source["questionnaire"].rpartition("/")[2].partition("|")[0])
        assert one.value in responses.read(source, kind).answers.values()
        assert one.when == source["authored"]
        assert 0 <= (NOW - one.at).days <= recall.days(asked.id, one.link_id)
        for other in told:
            if other["questionnaire"] == asked.canonical and other["authored"] > one.when:
                newer = responses.read(other, asked).answers
                late = datetime.fromisoformat(other["authored"]) > NOW
                assert one.link_id not in newer or late
    assert check_response(response(asked, found, "Patient/1")) == []


@given(st.sampled_from(ASKED), some_responses(), st.randoms())
def test_the_order_of_responses_never_matters(asked, told, rng):
    shuffled = sorted(told, key=lambda _: rng.random())
    assert populated(asked, told, NOW) == populated(asked, shuffled, NOW)


def test_every_instrument_has_its_window_and_every_window_its_items():
    windows = fhir_profiles.load(recall.WINDOWS)["instruments"]
    assert set(windows) == {one.id for one in all_instruments()} | {"assist-lite-original"}
    for name, window in windows.items():
        assert set(window.get("items", {})) <= set(instrument(name).by_link_id)
    raised = {"phq9-9", "core10-6", *(f"cssrs-{n}" for n in range(1, 7))}
    assert recall.asked_anew() == raised
