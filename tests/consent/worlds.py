"""Made-up worlds: any consents, requests, resources, directories and policies, over few names, so
that they often meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from saying import Say

from consent.deciding import Verdict, decide
from consent.directory import Directory, Said, StaffRole
from consent.facts import Facts
from consent.policy import Policy
from consent.request import Request, Source
from consent.rules import Actor
from consent.teams import Member, Team, Trait

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
ORGANIZATIONS = ["Organization/a", "Organization/b", "Organization/c"]
TEAMS = ["CareTeam/t", "Group/g", "Group/staff"]
PARTIES = [*ORGANIZATIONS, *TEAMS, "Practitioner/n", "PractitionerRole/r", "#x", ""]
PURPOSES = ["TREAT", "COC", "HRESCH", "CLINTRCH", "ETREAT", "BTG"]
TOPICS = ["BH", "SUD", "ETHUD", "drugs", "MH", "self-harm", "HIV"]
RECORDS = ["Observation/1", "Task/1", "Encounter/1", "EpisodeOfCare/1"]
DATES = ["", "2025", "2026-06", "2026-06-15", "2027-01-01"]
MOMENTS = [NOW - timedelta(days=days) for days in (30, 20, 10)]
TYPES = "http://hl7.org/fhir/resource-types|"
PCF = {"meta": {"profile": ["https://profiles.ihe.net/ITI/PCF/x"], "versionId": "1"}}


def some_of(values: list[Any], most: int = 2) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), max_size=most, unique=True)


def _set_of(values: list[str], most: int = 2) -> st.SearchStrategy[frozenset[str]]:
    return some_of(values, most).map(frozenset)


def _periods() -> st.SearchStrategy[list[str]]:
    return st.tuples(st.sampled_from(DATES), st.sampled_from(DATES)).filter(any).map(list)


CRITERIA = st.fixed_dictionaries(
    {},
    optional={
        "recipient": some_of(PARTIES),
        "source": some_of([*ORGANIZATIONS, *TEAMS]),
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
                st.sampled_from([*RECORDS, "Organization/a"]),
            ).map(list),
            max_size=2,
        ),
    },
)


def typed(types: st.SearchStrategy[str | None]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda kind, criteria: criteria | {"type": kind}, types, CRITERIA)


def _with(children: Any, types: st.SearchStrategy[str | None]) -> Any:
    return st.builds(
        lambda own, inside: own | {"inside": inside}, typed(types), st.lists(children, max_size=2)
    )


DENIALS = typed(st.just("deny"))
PROVISIONS = st.recursive(
    typed(st.sampled_from(["permit", "deny"])),
    lambda inner: _with(inner, st.sampled_from(["permit", "deny"])),
    max_leaves=6,
)
ROOTS = st.one_of(st.none(), _with(PROVISIONS, st.sampled_from(["permit", "deny", None])))
RULES = st.sampled_from([None, None, "OPTIN", "OPTOUT", "EMRGONLY"])
MORE: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {}, {}, {"dateTime": "2027"}, {"status": "inactive"}, {"implicitRules": "urn:x"}, PCF, PCF]
)
STANDINGS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(lambda said: {"said": said}, st.sampled_from([None, *MOMENTS])),
    st.sampled_from(
        [
            {"carries_permits": False},
            {"permits_only_to": "Organization/a", "permits_until": NOW + timedelta(days=1)},
            {"permits_only_to": "Organization/b", "permits_until": NOW - timedelta(days=1)},
        ]
    ),
)
CONSENTS = st.lists(st.tuples(ROOTS, RULES, MORE, STANDINGS), max_size=4)
REQUESTS = st.fixed_dictionaries(
    {
        "recipient": st.sampled_from(ORGANIZATIONS),
        "practitioner": some_of(["Practitioner/n", "Practitioner/o"], 1),
        "recipient_aliases": some_of(["urn:ods|A"], 1),
        "roles": some_of(["nurse", "clerk"], 1),
        "purpose": st.sampled_from([*PURPOSES, None]),
        "action": st.sampled_from(["access", "disclose", "correct"]),
        "emergency": st.booleans(),
    }
)
FACTS = st.fixed_dictionaries(
    {
        "reference": st.sampled_from(RECORDS[:3]),
        "classes": st.sampled_from([[TYPES + "Observation"], [TYPES + "Task"]]),
        "codes": some_of(["urn:x|1"]),
        "texts": some_of(["words"]),
        "topics": some_of(TOPICS, 3),
        "level": st.integers(0, 5),
        "unjudged": st.booleans(),
        "pending": st.booleans(),
        "ceiling": st.sampled_from([False, False, True]),
        "sources": some_of([*ORGANIZATIONS, "Practitioner/n", "CareTeam/t"]),
        "recipients": some_of([*ORGANIZATIONS, "urn:ods|A", "Practitioner/n"]),
        "dates": st.sampled_from([None, (NOW, NOW)]),
        "references": some_of(RECORDS),
    }
)
_MEMBERS = [*ORGANIZATIONS[:2], "Practitioner/n", "PractitionerRole/r", *TEAMS[:2]]


def _actor(reference: str) -> Actor:
    return Actor(reference.partition("/")[0], reference)


def _members() -> st.SearchStrategy[tuple[Member, ...]]:
    actors = st.sampled_from(_MEMBERS).map(_actor)
    behalf = st.sampled_from([None, None, _actor("Organization/a")])
    return st.lists(st.builds(Member, actors, behalf, st.booleans()), max_size=2).map(tuple)


def _traits() -> st.SearchStrategy[tuple[Trait, ...]]:
    codes = _set_of(["urn:r|nurse", "urn:r|clerk"])
    return st.lists(st.builds(Trait, codes, st.booleans(), st.booleans()), max_size=2).map(tuple)


def _versions() -> st.SearchStrategy[tuple[Team, ...]]:
    teams = st.builds(Team, _members(), _traits(), st.booleans(), st.sampled_from(MOMENTS))
    return st.lists(teams, max_size=3).map(
        lambda found: tuple(sorted(found, key=lambda team: team.since or NOW))
    )


_ROLES = st.builds(
    StaffRole,
    _set_of(["urn:r|nurse", "urn:r|clerk"]),
    st.sampled_from([None, "Organization/a"]),
    st.sampled_from([None, "Practitioner/n"]),
    st.sampled_from(MOMENTS),
)
_SAID = st.builds(
    Said,
    _set_of(["Observation/1", "Practitioner/o", "Practitioner/n"]),
    st.sampled_from(MOMENTS),
)


def _dated(name: str, versions: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Often without versions; else some, the oldest first."""
    some = st.lists(versions, min_size=1, max_size=3)
    known = some.map(lambda found: {name: sorted(found, key=lambda one: one.since)})
    return st.one_of(st.just({}), known)


DIRECTORIES = st.builds(
    Directory,
    known=st.sampled_from(
        [None, frozenset({*ORGANIZATIONS, "Practitioner/n", "PractitionerRole/r"})]
    ),
    aliases=st.sampled_from([{}, {"Organization/a": frozenset({"Organization/a", "urn:ods|A"})}]),
    workplaces=st.sampled_from([{}, {"Practitioner/n": frozenset({"Organization/a"})}]),
    staff_roles=st.sampled_from(
        [{}, {"PractitionerRole/r": StaffRole(frozenset({"urn:r|nurse"}), "Organization/a")}]
    ),
    outgoing=st.sampled_from([{}, {"Task/1": frozenset({"Observation/1"})}]),
    joined=st.sampled_from([{}, {"Task/1": frozenset({"Task/1", "Observation/1"})}]),
    belonging=st.sampled_from([{}, {"EpisodeOfCare/1": frozenset({"Encounter/1"})}]),
    beyond=st.sampled_from([frozenset[str](), frozenset({"Observation/1"})]),
    below=st.sampled_from(
        [
            {},
            {"Organization/b": frozenset({"Organization/a"})},
            {"Organization/c": frozenset({"Organization/b", "Organization/a"})},
        ]
    ),
    teams=st.dictionaries(st.sampled_from(TEAMS), _versions()),
    roles=_dated("PractitionerRole/r", _ROLES),
    identified=_dated("Practitioner/n", _SAID),
    referred=_dated("Task/1", _SAID),
)
POLICIES = st.sampled_from(
    [
        Policy(),
        Policy("open", frozenset({"TREAT", "COC"}), agreements=None, emergencies=True),
        Policy(
            "some", frozenset({"TREAT"}), agreements=frozenset({"Organization/a"}), ceiling_topics=1
        ),
    ]
)


@dataclass(frozen=True)
class World:
    """Who asks for what, what is known of them, and what the person said."""

    consents: list[Any]
    request: dict[str, Any]
    facts: dict[str, Any]
    directory: Directory
    policy: Policy

    def asked(self, say: Say) -> Request:
        return say.request(**self.request)

    def sources(self, say: Say) -> list[Source]:
        return sources(say, self.consents)

    def decided(self, say: Say, given: list[Source], facts: Facts | None = None) -> Verdict:
        about = facts or say.facts(**self.facts)
        return decide(given, self.asked(say), about, self.directory, self.policy, NOW)


def sources(say: Say, consents: list[Any]) -> list[Source]:
    return [
        say.source(say.consent(root, rule, id=f"c{place}", **more), **standing)
        for place, (root, rule, more, standing) in enumerate(consents)
    ]


WORLDS = st.builds(World, CONSENTS, REQUESTS, FACTS, DIRECTORIES, POLICIES)
