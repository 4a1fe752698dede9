"""The author names recipients of an item: the ceiling is lifted for them, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import WORLDS

from consent.compiling import ceiling_for, compile_all
from consent.deciding import Permit, Strength
from consent.labelling import Labels
from consent.parts import alone, keeping, part_at, places_of
from consent.policy import Policy
from consent.predicate import holds
from consent.reading_facts import facts_of
from consent.recipients import NAMED_RECIPIENT, recipients_of, unnamed

ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
EVERYTHING = {"type": "permit", "recipient": ["Organization/a"]}
KEPT = {"ceiling": True, "topics": ["third-party"]}


def naming(**named: Any) -> dict[str, Any]:
    return {"url": NAMED_RECIPIENT, "valueReference": named}


def logical(value: str) -> dict[str, Any]:
    return {"identifier": {"system": ODS, "value": value}}


def test_who_is_named_and_permitted_has_it(say) -> None:
    found = say.verdict([say.consent(EVERYTHING)], facts=KEPT | {"recipients": {"Organization/a"}})
    assert (type(found), found.strength) == (Permit, Strength.PERMIT)


@pytest.mark.parametrize("named", [(), ("Organization/b",), ("Practitioner/n",), ("CareTeam/t",)])
def test_who_is_not_named_does_not_have_it(say, named) -> None:
    found = say.verdict(
        [say.consent(EVERYTHING)],
        {"practitioner": ["Practitioner/n"]},
        KEPT | {"recipients": set(named)},
    )
    assert found.strength is Strength.CEILING


def test_who_is_named_and_not_permitted_has_nothing(say) -> None:
    named = KEPT | {"recipients": {"Organization/a"}}
    assert say.verdict([], facts=named).strength is Strength.NONE


def test_who_is_named_and_denied_is_denied(say) -> None:
    given_ = [say.consent(EVERYTHING), say.consent({"type": "deny"}, id="c2")]
    named = KEPT | {"recipients": {"Organization/a"}}
    assert say.verdict(given_, facts=named).strength is Strength.DENIAL


def test_an_organisation_is_named_by_its_identifier_too(say) -> None:
    named = KEPT | {"recipients": {f"{ODS}|A"}}
    permit = [say.consent(EVERYTHING)]
    asked = {"recipient_aliases": [f"{ODS}|A"]}
    assert say.verdict(permit, asked, named).strength is Strength.PERMIT
    assert say.verdict(permit, {"recipient_aliases": [f"{ODS}|B"]}, named).strength is (
        Strength.CEILING
    )


def test_what_the_site_adds_to_the_ceiling_is_lifted_like_the_rest() -> None:
    site = Policy("site", ceiling_topics=1)
    about = facts_of({"resourceType": "Observation"}, Labels(topics=1))
    named = replace(about, recipients=frozenset({"Organization/a"}))
    ours = ceiling_for(site, frozenset({"Organization/a"}))
    assert (holds(ours, about), holds(ours, named)) == (True, False)
    assert holds(ceiling_for(site), named)  # for nobody in particular it is there all the same


@given(WORLDS, st.booleans())
def test_naming_changes_what_the_ceiling_decides_for_who_is_named_and_nothing_else(
    say, world, is_under
) -> None:
    facts = replace(say.facts(**world.facts), ceiling=is_under)
    sources = world.sources(say)
    silent = world.decided(say, sources, replace(facts, recipients=frozenset()))
    found = world.decided(say, sources, facts)
    request = world.asked(say)
    if facts.recipients.isdisjoint(world.directory.names(*request.organization)):
        assert found == silent
    else:
        plain = replace(world, policy=replace(world.policy, ceiling_topics=0))
        bare = replace(facts, ceiling=False, recipients=frozenset())
        assert (type(found), found.strength) == _told(plain.decided(say, sources, bare))


def _told(verdict) -> tuple[type, Strength]:
    return type(verdict), verdict.strength


@given(WORLDS)
def test_the_ceiling_is_asked_apart_from_consents(say, world) -> None:
    request = world.asked(say)
    names = world.directory.names(*request.organization)
    now = say.now
    compiled = compile_all(world.sources(say), request, world.directory, world.policy, now)
    assert compiled.ceiling == ceiling_for(world.policy, names)


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ({"reference": "Organization/a"}, {"Organization/a"}),
        ({"reference": "Organization/a/_history/2"}, {"Organization/a"}),
        ({"reference": "Organization/a", **logical("B")}, {"Organization/a"}),
        (logical("A"), {f"{ODS}|A"}),
        ({**logical("A"), "type": "Organization"}, {f"{ODS}|A"}),
        ({**logical("A"), "type": "Practitioner"}, set()),
        ({"reference": "Practitioner/a"}, set()),
        ({"reference": "CareTeam/a"}, set()),
        ({"reference": "#a", **logical("B")}, set()),
        ({"reference": "https://elsewhere.example/Organization/a"}, set()),
        ({"identifier": {"value": "A"}}, set()),
        ({"display": "Riverside"}, set()),
    ],
)
def test_a_recipient_is_the_very_organisation_that_is_named(named, found) -> None:
    resource = {"resourceType": "Observation", "extension": [naming(**named)]}
    assert recipients_of(resource) == found
    assert facts_of(resource, Labels()).recipients == found


def test_several_are_named_one_by_one() -> None:
    several = {"extension": [naming(reference="Organization/a"), naming(**logical("B"))]}
    assert recipients_of(several) == {"Organization/a", f"{ODS}|B"}


@pytest.mark.parametrize(
    "resource",
    [
        {},
        {"extension": [{"url": "https://x.example", "valueReference": logical("A")}]},
        {"extension": [{"url": NAMED_RECIPIENT, "valueString": "Organization/a"}]},
        {"extension": ["Organization/a"]},
        {"contained": [{"extension": [naming(reference="Organization/a")]}]},
        {"code": {"extension": [naming(reference="Organization/a")]}},
        {"modifierExtension": [naming(reference="Organization/a")]},
    ],
)
def test_nobody_is_named_anywhere_else(resource) -> None:
    assert recipients_of(resource) == frozenset()


PLAN = {
    "resourceType": "CarePlan",
    "extension": [{"url": "urn:x"}, naming(reference="Organization/a"), {"url": "urn:y"}],
    "title": "words",
    "activity": [{"id": "1"}, {"id": "2"}],
}


def test_who_is_named_in_the_whole_is_named_in_each_part() -> None:
    places = places_of(PLAN)
    assert ("extension", 1) not in places
    core = keeping(PLAN, ())
    assert core["extension"] == [naming(reference="Organization/a")]
    for place in places:
        only = alone(PLAN, core, place)
        assert recipients_of(only) == {"Organization/a"}
        assert part_at(PLAN, place)
    assert keeping(PLAN, places) == PLAN


def test_what_others_receive_names_nobody() -> None:
    assert unnamed(PLAN)["extension"] == [{"url": "urn:x"}, {"url": "urn:y"}]
    assert list(unnamed(PLAN)) == list(PLAN)
    alone_ = {"resourceType": "Goal", "extension": [naming(**logical("A"))], "id": "g"}
    assert unnamed(alone_) == {"resourceType": "Goal", "id": "g"}
    bare = {"resourceType": "Goal", "extension": [{"url": "urn:x"}]}
    assert unnamed(bare) is bare
