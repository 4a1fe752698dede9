"""Who is in a CareTeam or Group: read from the resource, and held against who asks or wrote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from consent.calculating import Question, answers
from consent.deciding import Permit
from consent.directory import Directory, StaffRole
from consent.policy import Policy
from consent.rules import Actor
from consent.teams import Member, Team, team_of

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
ROLES = "urn:example:staff-role"
A, B, NURSE = "Organization/a", "Organization/b", "Practitioner/nurse"


def party(reference: str) -> Actor:
    return Actor(reference.partition("/")[0], reference)


def in_team(*members: str, since: int | None = None, **more) -> Team:
    """A version that was stored so many days ago."""
    stored = None if since is None else NOW - timedelta(days=since)
    return Team(tuple(Member(party(each)) for each in members), since=stored, **more)


def for_one(organization: str) -> Team:
    """A practitioner whose workplace is not known takes part for an organisation."""
    return Team((Member(party("Practitioner/visitor"), party(organization)),))


def role(code: str, **more):
    value = {"coding": [{"system": ROLES, "code": code}]}
    return {"code": {"text": "role"}, "valueCodeableConcept": value, "exclude": False} | more


# id: resource, and who is surely, perhaps, or not in it
READ = {
    "a care team's members": (
        {"participant": [{"member": {"reference": A}}, {"member": {"reference": NURSE}}]},
        [A, NURSE],
        [],
    ),
    "a member whose part is over": (
        {"participant": [{"member": {"reference": A}, "period": {"end": "2026-01-01"}}]},
        [],
        [],
    ),
    "a member whose part has not begun": (
        {"participant": [{"member": {"reference": A}, "period": {"start": "2027"}}]},
        [],
        [],
    ),
    "a member whose part cannot be dated": (
        {"participant": [{"member": {"reference": A}, "period": {"start": "soon"}}]},
        [],
        [A],
    ),
    "a member who is only described": ({"participant": [{"member": {"display": "x"}}]}, [], []),
    "a member elsewhere": (
        {"participant": [{"member": {"reference": "https://else.test/Organization/a"}}]},
        [],
        [],
    ),
    "a participant without a member": ({"participant": [{"role": [{"text": "x"}]}]}, [], []),
    "members that are no list": ({"participant": "everyone"}, [], []),
}


@pytest.mark.parametrize("row", READ.values(), ids=READ.keys())
def test_members_are_read_as_they_stand(row) -> None:
    more, surely, perhaps = row
    team = team_of({"resourceType": "CareTeam", "status": "active"} | more, NOW)
    assert [one.party.reference for one in team.members if one.sure] == surely
    assert [one.party.reference for one in team.members if not one.sure] == perhaps
    assert team.has_content is bool(surely or perhaps)


@pytest.mark.parametrize(
    ("more", "members"), [({}, [A]), ({"inactive": False}, [A]), ({"inactive": True}, [])]
)
def test_a_member_of_a_group_who_is_inactive_is_in_it_no_more(more, members) -> None:
    group = {"resourceType": "Group", "member": [{"entity": {"reference": A}} | more]}
    assert [one.party.reference for one in team_of(group, NOW).members] == members


@pytest.mark.parametrize(
    ("resource", "stands"),
    [
        ({"resourceType": "CareTeam", "status": "active"}, True),
        ({"resourceType": "CareTeam"}, True),
        ({"resourceType": "CareTeam", "status": "entered-in-error"}, False),
        ({"resourceType": "CareTeam", "status": "active", "period": {"end": "2025"}}, False),
        ({"resourceType": "Group", "type": "person"}, True),
        ({"resourceType": "Group", "active": False}, False),
        ({"resourceType": "Group", "type": "person", "characteristic": [role("x")]}, False),
        ({"resourceType": "Group", "type": "practitioner", "characteristic": [role("x")]}, True),
    ],
)
def test_a_team_stands_or_does_not(resource, stands) -> None:
    assert team_of(resource, NOW).stands is stands


@pytest.mark.parametrize(
    ("characteristic", "codes", "excluded", "sure"),
    [
        (role("nurse"), {f"{ROLES}|nurse"}, False, True),
        (role("nurse", exclude=True), {f"{ROLES}|nurse"}, True, True),
        (role("nurse", period={"end": "2025"}), {f"{ROLES}|nurse"}, False, False),
        ({"code": {"text": "age"}, "valueQuantity": {"value": 50}}, set(), False, False),
        (
            {
                "code": {"coding": [{"system": ROLES, "code": "nurse"}]},
                "valueQuantity": {"value": 5},
            },
            set(),
            False,
            False,
        ),
        ("nonsense", set(), False, False),
        (
            {"valueCodeableConcept": {"coding": [{"system": ROLES}, "x"]}, "exclude": False},
            set(),
            False,
            False,
        ),
        (
            {"code": {"coding": [{"system": ROLES, "code": "nurse"}]}, "valueBoolean": True},
            {f"{ROLES}|nurse"},
            False,
            True,
        ),
        (
            {"code": {"coding": [{"system": ROLES, "code": "nurse"}]}, "valueBoolean": False},
            {f"{ROLES}|nurse"},
            True,
            True,
        ),
    ],
)
def test_characteristics_are_roles(characteristic, codes, excluded, sure) -> None:
    group = {"resourceType": "Group", "type": "practitioner", "characteristic": [characteristic]}
    (trait,) = team_of(group, NOW).traits
    assert (trait.codes, trait.excluded, trait.sure) == (frozenset(codes), excluded, sure)


DIRECTORY = {
    "known": frozenset({A, B, NURSE}),
    "workplaces": {NURSE: frozenset({A})},
    "staff_roles": {"PractitionerRole/r": StaffRole(frozenset({f"{ROLES}|nurse"}), A)},
    "below": {B: frozenset({A})},
}

# id: the team's versions, what more is asked with, whether a permit and a denial match
ASKED = {
    "a member": ([in_team(A)], {}, True, True),
    "not a member": ([in_team(B)], {"recipient": "Organization/c"}, False, False),
    "below a member": ([in_team(B)], {}, False, True),
    "of a team within": ([in_team("CareTeam/inner")], {}, False, True),
    "a team that does not stand": ([in_team(A, stands=False)], {}, False, True),
    "an unstated practitioner": ([in_team(NURSE)], {}, False, True),
    "the stated practitioner": ([in_team(NURSE)], {"practitioner": [NURSE]}, True, True),
    "in a staff role": ([in_team("PractitionerRole/r")], {"roles": ["nurse"]}, True, True),
    "in another staff role": ([in_team("PractitionerRole/r")], {"roles": ["clerk"]}, False, False),
    "a role that is not held": ([in_team("PractitionerRole/x")], {}, False, False),
    "a patient": ([in_team("Patient/p")], {}, False, False),
    "nobody": ([Team()], {}, False, True),
    "of a team within that names nobody": ([in_team("CareTeam/empty")], {}, False, True),
    "of a team within that names nobody now": (
        [in_team("CareTeam/emptied", since=40)],
        {},
        False,
        True,
    ),
    "somebody for this organisation, and nobody stated": ([for_one(A)], {}, False, True),
    "somebody for another, and nobody stated": ([for_one("Organization/c")], {}, False, False),
    "somebody for a team that is not held": (
        [Team((Member(party(A), party("CareTeam/x")),))],
        {},
        False,
        True,
    ),
    "in it then and now": ([in_team(A, since=30), in_team(A, B, since=5)], {}, True, True),
    "joined since": ([in_team(B, since=30), in_team(A, since=5)], {}, False, True),
    "left since": ([in_team(A, since=30), in_team(B, since=5)], {}, False, True),
    "left before, and below who is in it": (
        [in_team(A, since=30), in_team(B, since=20)],
        {"recipient": A},
        False,
        True,
    ),
    "away for a while": (
        [in_team(A, since=30), in_team(B, since=9), in_team(A, since=5)],
        {},
        True,
        True,
    ),
    "written since": ([in_team(A, since=5)], {}, False, True),
}


@pytest.mark.parametrize("row", ASKED.values(), ids=ASKED.keys())
def test_a_permit_reads_a_team_narrowly_and_a_denial_broadly(say, row) -> None:
    versions, asked, permitted, denied = row
    said = NOW - timedelta(days=10)
    inner = {
        "CareTeam/inner": [in_team(A, since=40)],
        "CareTeam/empty": [Team()],
        "CareTeam/emptied": [in_team("Organization/c", since=40), in_team(since=5)],
    }
    teams = {"CareTeam/t": versions} | inner
    directory = Directory(**DIRECTORY, teams=teams)
    for kind, expected in (("permit", permitted), ("deny", denied)):
        words = say.consent({"type": kind, "recipient": ["CareTeam/t"]})
        standing = {"said": said} if versions[0].since else {}
        verdict = say.verdict([say.source(words, **standing)], asked, directory=directory)
        matches = verdict.strength == {"permit": "permit", "deny": "denial"}[kind]
        assert matches is expected, kind


def test_a_team_that_was_left_before_the_consent_says_nothing(say) -> None:
    versions = [in_team(A, since=30), in_team("Organization/c", since=20)]
    directory = Directory(teams={"CareTeam/t": versions})
    words = say.consent({"type": "deny", "recipient": ["CareTeam/t"]})
    source = say.source(words, said=NOW - timedelta(days=10))
    assert say.verdict([source], directory=directory).strength == "none"
    assert say.verdict([source], {"recipient": "Organization/c"}, directory=directory).strength == (
        "denial"
    )


def test_of_a_consent_that_was_never_stored_only_the_team_of_today_is_asked(say) -> None:
    versions = [in_team(A, since=30), in_team("Organization/c", since=20)]
    directory = Directory(teams={"CareTeam/t": versions})
    for kind, strength in (("permit", "permit"), ("deny", "denial")):
        words = say.consent({"type": kind, "recipient": ["CareTeam/t"]})
        assert say.verdict([words], directory=directory).strength == "none"
        asked = {"recipient": "Organization/c"}
        assert say.verdict([words], asked, directory=directory).strength == strength


@pytest.mark.parametrize("side", ["recipient", "source"])
def test_a_member_of_whom_nobody_is_sure_is_denied_and_not_permitted(say, side) -> None:
    for sure, permitted in ((True, "permit"), (False, "none")):
        directory = Directory(teams={"CareTeam/t": [Team((Member(party(A), sure=sure),))]})
        for kind, strength in (("permit", permitted), ("deny", "denial")):
            words = say.consent({"type": kind, side: ["CareTeam/t"]})
            facts = {"sources": {A}}
            assert say.verdict([words], facts=facts, directory=directory).strength == strength


def test_teams_that_hold_each_other_come_to_an_end(say) -> None:
    teams = {"CareTeam/t": [in_team("CareTeam/u")], "CareTeam/u": [in_team("CareTeam/t", B)]}
    directory = Directory(teams=teams)
    words = say.consent({"type": "deny", "recipient": ["CareTeam/t"]})
    assert say.verdict([words], directory=directory).strength == "none"
    assert say.verdict([words], {"recipient": B}, directory=directory).strength == "denial"


def test_teams_that_hold_each_other_come_to_an_end_as_sources_too(say) -> None:
    teams = {"CareTeam/t": [in_team("CareTeam/u")], "CareTeam/u": [in_team("CareTeam/t", B)]}
    directory = Directory(teams=teams)
    words = say.consent({"type": "deny", "source": ["CareTeam/t"]})
    for wrote, expected in ((B, "denial"), (A, "none")):
        verdict = say.verdict([words], facts={"sources": {wrote}}, directory=directory)
        assert verdict.strength == expected, wrote


@pytest.mark.parametrize(
    ("versions", "sources", "permitted", "denied"),
    [
        ([in_team(A)], [A], True, True),
        ([in_team(A)], [B], False, False),
        ([in_team(A)], ["CareTeam/t"], True, True),
        ([in_team(A)], [], False, True),
        ([in_team(A, stands=False)], [A], False, True),
        ([in_team(B)], [A], False, True),  # what is below B
        ([in_team("CareTeam/inner")], [A], False, True),
        ([Team((Member(party(NURSE), party(A)),))], [NURSE], False, True),
        ([Team((Member(party(NURSE), party(A)),))], [NURSE, A], True, True),
        ([Team((Member(party(NURSE), party("CareTeam/x")),))], [NURSE], False, True),
        ([Team(traits=team_of({"characteristic": [role("x")]}, NOW).traits)], [B], False, True),
        ([Team()], [B], False, True),
        ([in_team(A, since=30), in_team(A, NURSE, since=5)], [A], True, True),
        ([in_team(A, since=30), in_team(NURSE, since=5)], [A], False, True),  # left since
    ],
)
def test_a_team_as_a_source(say, versions, sources, permitted, denied) -> None:
    standing = {"said": NOW - timedelta(days=10)} if versions[0].since else {}
    teams = {"CareTeam/t": versions, "CareTeam/inner": [in_team(A)]}
    directory = Directory(**DIRECTORY, teams=teams)
    for kind, expected in (("permit", permitted), ("deny", denied)):
        words = say.source(say.consent({"type": kind, "source": ["CareTeam/t"]}), **standing)
        facts = {"sources": set(sources)}
        verdict = say.verdict([words], {"recipient": "Organization/c"}, facts, directory=directory)
        assert (verdict.strength in ("permit", "denial")) is expected, kind


def test_what_nobody_can_follow_is_in_doubt(say) -> None:
    directory = Directory(beyond=frozenset({"Task/t"}))
    data = [["related", "Task/t"]]
    elsewhere = {"reference": "Observation/9"}
    permit = say.consent({"type": "permit", "data": data})
    assert say.verdict([permit], facts=elsewhere, directory=directory).strength == "none"
    denial = say.consent({"type": "deny", "data": data})
    assert say.verdict([denial], facts=elsewhere, directory=directory).strength == "denial"
    assert say.verdict([denial], facts=elsewhere).strength == "none"


def _permitted(say, provision, *context) -> bool:
    resource = {"resourceType": "Observation", "id": "1", "subject": {"reference": "Patient/p1"}}
    question = Question(
        request=say.request(),
        consents=[say.consent({"type": "permit"}), say.consent(provision, id="c2")],
        resources=[resource],
        context=context,
        policy=Policy(),
        now=NOW,
    )
    (answer,) = answers(question)
    return isinstance(answer.verdict, Permit)


def test_teams_and_what_is_below_are_read_from_the_context(say) -> None:
    team = {
        "resourceType": "CareTeam",
        "id": "t",
        "identifier": [{"system": "urn:teams", "value": "one"}],
        "participant": [{"member": {"reference": A}}],
    }
    denial = {"type": "deny", "recipient": ["CareTeam/t"]}
    assert not _permitted(say, denial, team)
    assert _permitted(say, denial, team | {"participant": [{"member": {"reference": B}}]})
    above = {"resourceType": "Organization", "id": "above"}
    between = {
        "resourceType": "Organization",
        "id": "b",
        "partOf": {"reference": "Organization/above"},
    }
    own = {"resourceType": "Organization", "id": "a", "partOf": {"reference": B}}
    denial = {"type": "deny", "recipient": ["Organization/above"]}
    assert not _permitted(say, denial, above, between, own)
    assert _permitted(say, denial, above, between, own | {"partOf": {}})
