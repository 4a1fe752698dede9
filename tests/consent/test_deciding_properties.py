"""What holds for any consents, any request and any resource."""

from __future__ import annotations

import copy

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from worlds import CONSENTS, DENIALS, NOW, WORLDS, sources

from consent.compiling import compile_all, compile_consents
from consent.deciding import Permit, Strength
from consent.predicate import holds
from consent.reading import read
from consent.rules import Effect

pytestmark = pytest.mark.timeout(3_000)  # thousands of examples on a busy machine
ORDER = list(Strength)


def _is_released(verdict) -> bool:
    return isinstance(verdict, Permit)


def _permits_somewhere(rule) -> bool:
    return rule.effect is Effect.PERMIT or any(map(_permits_somewhere, rule.children))


@given(WORLDS)
def test_decide_is_the_compiled_predicate(say, world) -> None:
    given_ = world.sources(say)
    facts = say.facts(**world.facts)
    predicate = compile_consents(given_, world.asked(say), world.directory, world.policy, NOW)
    verdict = world.decided(say, given_)
    expected = Strength.NONE
    for strength, condition in (
        (Strength.CEILING, predicate.ceiling),
        (Strength.DENIAL, predicate.denial),
        (Strength.PERMIT, predicate.permit),
        (Strength.BASE_PERMIT, predicate.base),
    ):
        if holds(condition, facts):
            expected = strength
            break
    assert verdict.strength == expected
    assert _is_released(verdict) == (expected in (Strength.PERMIT, Strength.BASE_PERMIT))


@given(WORLDS, DENIALS)
def test_a_further_denial_never_releases_more(say, world, denial) -> None:
    before = world.decided(say, world.sources(say))
    after = world.decided(say, sources(say, [*world.consents, (denial, None, {}, {})]))
    assert _is_released(before) or not _is_released(after)


@given(WORLDS, CONSENTS)
def test_a_further_consent_without_a_permit_or_an_opt_in_never_releases_more(
    say, world, further
) -> None:
    silent = [
        one
        for one in sources(say, further)
        if not one.rules.opted_in and not any(map(_permits_somewhere, one.rules.rules))
    ]
    assume(silent)
    before = world.decided(say, world.sources(say))
    after = world.decided(say, [*world.sources(say), *silent])
    assert _is_released(before) or not _is_released(after)


@given(WORLDS, DENIALS, st.data())
def test_a_further_denial_inside_a_consent_never_releases_more(say, world, denial, data) -> None:
    consents = [one for one in world.consents if one[0] is not None]
    assume(consents)
    changed = copy.deepcopy(consents)
    place = data.draw(st.integers(0, len(consents) - 1))
    target = changed[place][0]
    while target["inside"] and data.draw(st.booleans()):
        target = data.draw(st.sampled_from(target["inside"]))
        target.setdefault("inside", [])
    target["inside"].append(denial)
    before = world.decided(say, sources(say, consents))
    after = world.decided(say, sources(say, changed))
    assert _is_released(before) or not _is_released(after)


@given(WORLDS, st.randoms())
def test_order_and_duplicates_never_matter(say, world, random) -> None:
    given_ = world.sources(say)
    shuffled = [*given_, *given_[:2]]
    random.shuffle(shuffled)
    assert world.decided(say, given_) == world.decided(say, shuffled)


@given(WORLDS)
def test_grouping_never_matters(say, world) -> None:
    """The verdict on all consents is the strongest of the verdicts on each."""
    given_ = world.sources(say)
    alone = [world.decided(say, [source]).strength for source in given_]
    alone.append(world.decided(say, []).strength)
    assert world.decided(say, given_).strength == min(alone, key=ORDER.index)


@given(WORLDS)
def test_every_permits_reason_names_a_counting_consent_and_a_provision_that_matches(
    say, world
) -> None:
    given_ = world.sources(say)
    verdict = world.decided(say, given_)
    if verdict.strength is not Strength.PERMIT:
        return
    compiled = compile_all(given_, world.asked(say), world.directory, world.policy, NOW)
    for reason in verdict.reasons:
        source = next(one for one in given_ if one.reference == reason.consent)
        assert source.counts_at(NOW)
        assert source.rules.may_permit
        assert source.permits(world.asked(say), NOW)
        matching = [
            one
            for one in compiled.permits
            if one.source is source and one.rule.path == reason.provision
        ]
        assert any(holds(one.when, say.facts(**world.facts)) for one in matching)


@given(WORLDS)
def test_reading_is_the_same_every_time(say, world) -> None:
    for root, rule, more, _ in world.consents:
        consent = say.consent(root, rule, **more)
        assert read(consent) == read(copy.deepcopy(consent))


@given(WORLDS)
def test_what_is_not_yet_labelled_is_never_released(say, world) -> None:
    facts = say.facts(**world.facts | {"pending": True})
    assert not _is_released(world.decided(say, world.sources(say), facts))


@given(WORLDS)
def test_doubt_never_releases_more(say, world) -> None:
    sources = world.sources(say)
    doubtful = say.facts(**world.facts | {"unjudged": True})
    judged = say.facts(**world.facts | {"unjudged": False})
    if _is_released(world.decided(say, sources, doubtful)):
        assert _is_released(world.decided(say, sources, judged))


@given(WORLDS)
def test_a_link_only_ever_denies(say, world) -> None:
    """What a consent of somebody linked releases, nothing releases without it."""
    given_ = world.sources(say)
    linked = [
        say.source(say.consent(root, rule, id=f"l{place}", **more), carries_permits=False)
        for place, (root, rule, more, _) in enumerate(world.consents)
    ]
    before = world.decided(say, given_[1:])
    after = world.decided(say, [*given_[1:], *linked[:1]])
    assert _is_released(before) or not _is_released(after)
