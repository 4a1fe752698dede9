"""A PractitionerRole that a consent names, and the staff role that a request states."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from consent.directory import Directory, StaffRole

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
ROLE, NURSE, OTHER = "PractitionerRole/r", "urn:r|nurse", "urn:r|doctor"
HERE, THERE = "Organization/a", "Organization/b"
ADA, BEN = "Practitioner/ada", "Practitioner/ben"


def decided(say, kind: str, request: dict, entry: StaffRole | None, **versions) -> bool:
    roles = {} if entry is None else {ROLE: entry}
    directory = Directory(staff_roles=roles, **versions)
    words = say.source(say.consent({"type": kind, "recipient": [ROLE]}), said=NOW)
    verdict = say.verdict([words], request, directory=directory)
    return verdict.strength == {"permit": "permit", "deny": "denial"}[kind]


# id: what is stated, the entry of the directory, and whether it is permitted, and denied
STATED = {
    "the very reference, and no entry": ({"roles": [ROLE]}, None, True, True),
    "another reference, and no entry": ({"roles": ["PractitionerRole/s"]}, None, False, True),
    "the role": ({"roles": [NURSE]}, StaffRole(frozenset({NURSE})), True, True),
    "the role without its system": (
        {"roles": ["nurse"]},
        StaffRole(frozenset({NURSE})),
        True,
        True,
    ),
    "another role": ({"roles": [OTHER]}, StaffRole(frozenset({NURSE})), False, False),
    "no role": ({}, StaffRole(frozenset({NURSE})), False, True),
    "the role, there": ({"roles": [NURSE]}, StaffRole(frozenset({NURSE}), THERE), False, False),
    "the role, here": ({"roles": [NURSE]}, StaffRole(frozenset({NURSE}), HERE), True, True),
    "the role, and the person": (
        {"roles": [NURSE], "practitioner": [ADA]},
        StaffRole(frozenset({NURSE}), HERE, ADA),
        True,
        True,
    ),
    "the role, and another person": (
        {"roles": [NURSE], "practitioner": [BEN]},
        StaffRole(frozenset({NURSE}), HERE, ADA),
        False,
        False,
    ),
    "the role, and nobody stated": (
        {"roles": [NURSE]},
        StaffRole(frozenset({NURSE}), HERE, ADA),
        False,
        True,
    ),
    "the person, where no code is known": (
        {"practitioner": [ADA]},
        StaffRole(organization=HERE, practitioner=ADA),
        True,
        True,
    ),
    "a role, where neither code nor person is known": (
        {"roles": [NURSE]},
        StaffRole(organization=HERE),
        False,
        True,
    ),
}


@pytest.mark.parametrize("row", STATED.values(), ids=STATED.keys())
def test_a_permit_needs_what_is_certain_and_a_denial_what_is_possible(say, row) -> None:
    request, entry, permitted, denied = row
    assert decided(say, "permit", request, entry) is permitted
    assert decided(say, "deny", request, entry) is denied


@pytest.mark.parametrize(
    ("was", "is_now", "permitted", "denied"),
    [
        (NURSE, NURSE, True, True),
        (NURSE, OTHER, False, True),
        (OTHER, NURSE, False, True),
        (OTHER, OTHER, False, False),
    ],
)
def test_a_role_that_changed_since_the_consent(say, was, is_now, permitted, denied) -> None:
    versions = [
        StaffRole(frozenset({was}), since=NOW - timedelta(days=9)),
        StaffRole(frozenset({is_now}), since=NOW + timedelta(hours=1)),
    ]
    asked = {"roles": [NURSE]}
    for kind, expected in (("permit", permitted), ("deny", denied)):
        found = decided(say, kind, asked, versions[-1], roles={ROLE: versions})
        assert found is expected, kind


def test_who_states_no_role_has_none_however_often_its_entry_changed(say) -> None:
    versions = [
        StaffRole(frozenset({NURSE}), since=NOW - timedelta(days=9)),
        StaffRole(frozenset({NURSE}), HERE, since=NOW + timedelta(hours=1)),
    ]
    for kind, expected in (("permit", False), ("deny", True)):
        assert decided(say, kind, {}, versions[-1], roles={ROLE: versions}) is expected, kind
