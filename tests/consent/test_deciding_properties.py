"""What holds for any consents, any request and any resource."""

from __future__ import annotations

import copy
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from consent.compiling import compile_all, compile_consents
from consent.deciding import Permit, Strength, decide
from consent.directory import Directory, StaffRole
from consent.policy import Policy
from consent.predicate import holds
from consent.reading import read

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
ORGANIZATIONS = ["Organization/a", "Organization/b"]
PARTIES = [*ORGANIZATIONS, "Practitioner/n", "PractitionerRole/r", "Group/g", "#x", ""]
PURPOSES = ["TREAT", "COC", "HRESCH", "CLINTRCH", "ETREAT", "BTG"]
TOPICS = ["BH", "SUD", "ETHUD", "drugs", "MH", "self-harm", "HIV"]
RECORDS = ["Observation/1", "Task/1", "Encounter/1"]
DATES = ["", "2025", "2026-06", "2026-06-15", "2027-01-01"]
TYPES = "http://hl7.org/fhir/resource-types|"
DIRECTORIES = [
    Directory(),
    Directory(
        known=frozenset({"Organization/a", "Practitioner/n", "PractitionerRole/r"}),
        workplaces={"Practitioner/n": frozenset({"Organization/a"})},
        staff_roles={"PractitionerRole/r": StaffRole(frozenset({"urn:r|nurse"}))},
        outgoing={"Task/1": frozenset({"Observation/1"})},
        joined={"Task/1": frozenset({"Task/1", "Observation/1"})},
    ),
]
POLICIES = [
    Policy(),
    Policy("open", frozenset({"TREAT", "COC"}), agreements=None, emergencies=True),
    Policy(
        "some", frozenset({"TREAT"}), agreements=frozenset({"Organization/a"}), ceiling_topics=1
    ),
]


def some_of(values, most=2):
    return st.lists(st.sampled_from(values), max_size=most, unique=True)


def _periods():
    return st.tuples(st.sampled_from(DATES), st.sampled_from(DATES)).filter(any).map(list)


CRITERIA = st.fixed_dictionaries(
    {},
    optional={
        "recipient": some_of(PARTIES),
        "source": some_of([*ORGANIZATIONS, "Group/g"]),
        "purpose": some_of(PURPOSES),
        "action": some_of(["access", "disclose", "correct", "nonsense"]),
        "topic": some_of(TOPICS),
        "level": some_of(["N", "R", "V"]),
        "class": some_of(["Observation", "Task"]),
        "code": some_of(["urn:x|1", "words"]),
        "dataPeriod": _periods(),
        "period": _periods(),
        "data": st.lists(
            st.tuples(
                st.sampled_from(["instance", "related", "dependents", "authoredby"]),
                st.sampled_from(RECORDS),
            ).map(list),
            max_size=2,
        ),
    },
)


def _typed(types):
    return st.builds(lambda kind, criteria: criteria | {"type": kind}, types, CRITERIA)


def _with(children, types):
    return st.builds(
        lambda own, inside: own | {"inside": inside}, _typed(types), st.lists(children, max_size=2)
    )


PROVISIONS = st.recursive(
    _typed(st.sampled_from(["permit", "deny"])),
    lambda inner: _with(inner, st.sampled_from(["permit", "deny"])),
    max_leaves=6,
)
ROOTS = st.one_of(st.none(), _with(PROVISIONS, st.sampled_from(["permit", "deny", None])))
RULES = st.sampled_from([None, None, "OPTIN", "OPTOUT", "EMRGONLY"])
MORE = st.sampled_from(
    [
        {},
        {},
        {},
        {"dateTime": "2027"},
        {"status": "inactive"},
        {"implicitRules": "urn:x"},
        {"meta": {"profile": ["https://profiles.ihe.net/ITI/PCF/x"], "versionId": "1"}},
    ]
)
CONSENTS = st.lists(st.tuples(ROOTS, RULES, MORE), max_size=4)
REQUESTS = st.fixed_dictionaries(
    {
        "recipient": st.sampled_from(ORGANIZATIONS),
        "practitioner": some_of(["Practitioner/n", "Practitioner/o"], 1),
        "roles": some_of(["nurse", "clerk"], 1),
        "purpose": st.sampled_from([*PURPOSES, None]),
        "action": st.sampled_from(["access", "disclose", "correct"]),
        "emergency": st.booleans(),
    }
)
FACTS = st.fixed_dictionaries(
    {
        "reference": st.sampled_from(RECORDS),
        "classes": st.sampled_from([[TYPES + "Observation"], [TYPES + "Task"]]),
        "codes": some_of(["urn:x|1"]),
        "texts": some_of(["words"]),
        "topics": some_of(TOPICS, 3),
        "level": st.integers(0, 5),
        "pending": st.booleans(),
        "ceiling": st.sampled_from([False, False, False, True]),
        "sources": some_of(ORGANIZATIONS),
        "dates": st.sampled_from([None, (NOW, NOW)]),
        "references": some_of(RECORDS),
    }
)
WORLDS = st.tuples(
    CONSENTS, REQUESTS, FACTS, st.sampled_from(DIRECTORIES), st.sampled_from(POLICIES)
)
ORDER = list(Strength)


def _sources(say, consents):
    return [
        say.source(say.consent(root, rule, id=f"c{place}", **more))
        for place, (root, rule, more) in enumerate(consents)
    ]


def _decided(say, sources, world):
    _, request, facts, directory, policy = world
    return decide(sources, say.request(**request), say.facts(**facts), directory, policy, NOW)


def _is_released(verdict) -> bool:
    return isinstance(verdict, Permit)


@given(WORLDS)
def test_decide_is_the_compiled_predicate(say, world) -> None:
    consents, request, facts, directory, policy = world
    sources = _sources(say, consents)
    facts = say.facts(**facts)
    predicate = compile_consents(sources, say.request(**request), directory, policy, NOW)
    verdict = _decided(say, sources, world)
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


@given(WORLDS, _typed(st.just("deny")))
def test_a_further_denial_never_releases_more(say, world, denial) -> None:
    before = _decided(say, _sources(say, world[0]), world)
    after = _decided(say, _sources(say, [*world[0], (denial, None, {})]), world)
    assert _is_released(before) or not _is_released(after)


@given(WORLDS, _typed(st.just("deny")), st.data())
def test_a_further_denial_inside_a_consent_never_releases_more(say, world, denial, data) -> None:
    consents = [one for one in world[0] if one[0] is not None]
    if not consents:
        return
    changed = copy.deepcopy(consents)
    place = data.draw(st.integers(0, len(consents) - 1))
    target = changed[place][0]
    while target["inside"] and data.draw(st.booleans()):
        target = data.draw(st.sampled_from(target["inside"]))
        target.setdefault("inside", [])
    target["inside"].append(denial)
    before = _decided(say, _sources(say, consents), world)
    after = _decided(say, _sources(say, changed), world)
    assert _is_released(before) or not _is_released(after)


@given(WORLDS, st.randoms())
def test_order_and_duplicates_never_matter(say, world, random) -> None:
    sources = _sources(say, world[0])
    shuffled = [*sources, *sources[:2]]
    random.shuffle(shuffled)
    assert _decided(say, sources, world) == _decided(say, shuffled, world)


@given(WORLDS)
def test_grouping_never_matters(say, world) -> None:
    """The verdict on all consents is the strongest of the verdicts on each."""
    sources = _sources(say, world[0])
    alone = [_decided(say, [source], world).strength for source in sources]
    alone.append(_decided(say, [], world).strength)
    assert _decided(say, sources, world).strength == min(alone, key=ORDER.index)


@given(WORLDS)
def test_every_permits_reason_names_a_counting_consent_and_a_provision_that_matches(
    say, world
) -> None:
    consents, request, facts, directory, policy = world
    sources = _sources(say, consents)
    verdict = _decided(say, sources, world)
    if verdict.strength is not Strength.PERMIT:
        return
    compiled = compile_all(sources, say.request(**request), directory, policy, NOW)
    for reason in verdict.reasons:
        source = next(one for one in sources if one.reference == reason.consent)
        assert source.counts_at(NOW)
        assert source.rules.may_permit
        matching = [
            one
            for one in compiled.permits
            if one.source is source and one.rule.path == reason.provision
        ]
        assert any(holds(one.when, say.facts(**facts)) for one in matching)


@given(WORLDS)
def test_reading_is_the_same_every_time(say, world) -> None:
    for root, rule, more in world[0]:
        consent = say.consent(root, rule, **more)
        assert read(consent) == read(copy.deepcopy(consent))


@given(WORLDS)
def test_what_is_not_yet_labelled_is_never_released(say, world) -> None:
    world = (*world[:2], world[2] | {"pending": True}, *world[3:])
    assert not _is_released(_decided(say, _sources(say, world[0]), world))
