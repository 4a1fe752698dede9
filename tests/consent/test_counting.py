"""Which consents count, until when, and for whom a recorded one permits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from consent.compiling import moments
from consent.reading import read

PERMIT = {"type": "permit"}
DENY = {"type": "deny"}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    "status", ["draft", "proposed", "rejected", "inactive", "entered-in-error"]
)
def test_only_an_active_consent_counts(say, status) -> None:
    assert say.verdict([say.consent(PERMIT, status=status)]).strength == "none"
    assert say.verdict([say.consent(DENY, status=status)]).strength == "none"
    assert say.verdict([say.consent(PERMIT)]).strength == "permit"


def test_only_a_privacy_consent_counts(say) -> None:
    research = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope"}]}
    research["coding"][0]["code"] = "research"
    assert say.verdict([say.consent(PERMIT, scope=research)]).strength == "none"
    assert say.verdict([say.consent(DENY, scope=research)]).strength == "none"


@pytest.mark.parametrize(
    ("given", "at", "counts"),
    [
        ("2026-06-15", "2026-06-15T00:30:00+01:00", True),
        ("2026-06-15", "2026-06-14T23:30:00+01:00", False),
        ("2026-06", "2026-06-01T00:00:00+01:00", True),
        ("2026", "2025-12-31T23:59:59+00:00", False),
        ("2026-06-15T12:00:00Z", "2026-06-15T11:59:59+00:00", False),
        ("2026-06-15T12:00:00Z", "2026-06-15T12:00:00+00:00", True),
    ],
)
def test_a_consent_counts_from_its_date_on(say, given, at, counts) -> None:
    at = moment(at)
    permit, deny = (say.consent(one, dateTime=given) for one in (PERMIT, DENY))
    assert say.verdict([permit], now=at).strength == ("permit" if counts else "none")
    assert say.verdict([deny], now=at).strength == ("denial" if counts else "none")


def test_an_undated_consent_counts(say) -> None:
    consent = say.consent(PERMIT)
    del consent["dateTime"]
    assert say.verdict([consent]).strength == "permit"
    assert say.verdict([consent, say.consent(DENY)]).strength == "denial"


@pytest.mark.parametrize(
    ("end", "given", "at", "inside"),
    [
        ("2026-06-30", "2026-05-03", "2026-06-30T23:59:59+01:00", True),
        ("2026-06-30", "2026-05-03", "2026-07-01T00:00:00+01:00", False),
        ("2026-06", "2026-05-03", "2026-06-30T23:59:59+01:00", True),
        ("2026", "2026-05-03", "2026-12-31T23:59:59+00:00", True),
        # Z is what programs write for any place; London's own offset is London.
        ("2026-06-30", "2026-05-03T10:00:00Z", "2026-07-01T00:30:00+01:00", False),
        ("2026-12-01", "2026-05-03T10:00:00+01:00", "2026-12-01T23:30:00+00:00", True),
        # Another offset is the consent's own zone.
        ("2026-06-30", "2026-05-03T10:00:00-05:00", "2026-06-30T23:30:00-05:00", True),
        ("2026-06-30", "2026-05-03T10:00:00-05:00", "2026-07-01T00:00:00-05:00", False),
        ("2026-06-30T10:00:00Z", "2026-05-03T10:00:00-05:00", "2026-06-30T10:00:00+00:00", True),
        ("2026-06-30", "2026-05-03T10:00:00+09:30", "2026-06-30T23:30:00+09:30", True),
    ],
)
def test_an_end_given_as_a_day_includes_that_day(say, end, given, at, inside) -> None:
    at = moment(at)
    for terse, strength in ((PERMIT, "permit"), (DENY, "denial")):
        consent = say.consent(terse | {"period": ["2026-01-01", end]}, dateTime=given)
        assert say.verdict([consent], now=at).strength == (strength if inside else "none")


def test_a_period_may_be_open_at_either_end(say) -> None:
    for ends in (["", "2026-12-31"], ["2026-01-01", ""]):
        assert say.verdict([say.consent(PERMIT | {"period": ends})]).strength == "permit"
        assert say.verdict([say.consent(DENY | {"period": ends})]).strength == "denial"


def test_the_ends_of_time_are_no_fault(say) -> None:
    ends = {"period": ["0001", "9999"], "dataPeriod": ["0001", "9999"]}
    for offset in ("-05:00", "+09:30"):
        given = f"2026-05-03T10:00:00{offset}"
        assert say.verdict([say.consent(PERMIT | ends, dateTime=given)]).strength == "permit"
        assert say.verdict([say.consent(DENY | ends, dateTime=given)]).strength == "denial"


@pytest.mark.parametrize("given", ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00-14:00"])
def test_a_consent_given_at_the_beginning_of_time_counts(say, given) -> None:
    assert say.verdict([say.consent(PERMIT, dateTime=given)]).strength == "permit"
    assert say.verdict([say.consent(DENY, dateTime=given)]).strength == "denial"


@pytest.mark.parametrize("given", ["9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59+14:00"])
def test_a_consent_given_at_the_end_of_time_does_not_count_yet(say, given) -> None:
    assert say.verdict([say.consent(PERMIT, dateTime=given)]).strength == "none"
    assert say.verdict([say.consent(DENY, dateTime=given)]).strength == "none"


def test_what_ended_at_the_beginning_of_time_permits_nothing(say) -> None:
    for end in ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z"):
        assert say.verdict([say.consent(PERMIT | {"period": ["", end]})]).strength == "none"


def test_what_a_service_recorded_permits_only_itself_and_only_for_a_while(say) -> None:
    standing = {
        "permits_only_to": "Organization/a",
        "permits_until": say.now + timedelta(days=30),
    }
    permit = say.source(say.consent(PERMIT), **standing)
    deny = say.source(say.consent(DENY), **standing)
    later = say.now + timedelta(days=31)
    assert say.verdict([permit]).strength == "permit"
    assert say.verdict([permit], {"recipient": "Organization/b"}).strength == "none"
    assert say.verdict([permit], now=later).strength == "none"
    for request in ({}, {"recipient": "Organization/b"}):
        assert say.verdict([deny], request, now=later).strength == "denial"


def test_what_a_service_recorded_is_never_a_base_permit(say) -> None:
    opted_in = say.consent(None, "OPTIN")
    assert say.verdict([opted_in]).strength == "base-permit"
    recorded = say.source(opted_in, permits_only_to="Organization/a")
    assert say.verdict([recorded]).strength == "none"


def test_a_linked_identity_brings_its_denials_and_no_permit(say) -> None:
    def linked(terse, rule=None):
        return say.source(say.consent(terse, rule), carries_permits=False)

    assert say.verdict([linked(PERMIT)]).strength == "none"
    assert say.verdict([linked(None, "OPTIN")]).strength == "none"
    assert say.verdict([linked(DENY), say.consent(PERMIT)]).strength == "denial"


@pytest.mark.parametrize(
    "more",
    [
        {"implicitRules": "https://rules.example/strict"},
        {"modifierExtension": [{"url": "urn:x", "valueBoolean": True}]},
    ],
)
def test_what_is_not_understood_never_permits_and_still_denies(say, more) -> None:
    assert say.verdict([say.consent(PERMIT, **more)]).strength == "none"
    assert say.verdict([say.consent(None, "OPTIN", **more)]).strength == "none"
    verdict = say.verdict([say.consent(DENY, **more)])
    assert verdict.strength == "denial"
    assert "not-understood" in verdict.reasons[0].criteria
    # An untyped opt-out is a denial too.
    assert say.verdict([say.consent(None, "OPTOUT", **more)]).strength == "denial"


def test_a_modifier_deep_inside_is_not_understood_either(say) -> None:
    consent = say.consent(PERMIT | {"recipient": ["Organization/a"]})
    consent["provision"]["actor"][0]["modifierExtension"] = [{"url": "urn:x"}]
    rules, faults = read(consent)
    assert rules.not_understood
    assert not faults
    assert say.verdict([consent]).strength == "none"


def test_rules_are_read_once_and_can_be_kept(say) -> None:
    consent = say.consent(DENY | {"topic": ["ETHUD"], "inside": [PERMIT]})
    assert read(consent)[0] == read(consent)[0]
    assert hash(read(consent)[0]) == hash(read(consent)[0])


def test_every_moment_at_which_something_may_change_is_known(say) -> None:
    """Between two neighbouring ones the same consents come to the same."""
    exception = DENY | {"period": ["2026-06-10", "2026-06-20"]}
    root = PERMIT | {"period": ["2026-05-04", ""], "inside": [exception]}
    until = moment("2026-06-30T12:00+00:00")
    source = say.source(say.consent(root), permits_until=until)
    found = moments([source])
    days = {one.astimezone(UTC).date().isoformat() for one in found if one.year == 2026}
    # Europe/London is an hour ahead of UTC in summer.
    assert {"2026-05-02", "2026-05-03", "2026-06-09", "2026-06-20", "2026-06-30"} == days
    for before, after in zip(sorted(found), sorted(found)[1:], strict=False):
        early, late = before + timedelta(microseconds=1), after - timedelta(microseconds=1)
        if early < late:
            verdicts = [say.verdict([source], now=now) for now in (early, late)]
            assert verdicts[0] == verdicts[1]


def test_each_limit_holds_to_the_very_moment(say) -> None:
    at = datetime(2026, 6, 15, 12, tzinfo=UTC)
    after, before = at + timedelta(microseconds=1), at - timedelta(microseconds=1)
    text = "2026-06-15T12:00:00.000000Z"

    def strengths(source) -> list[str]:
        return [say.verdict([source], now=now).strength for now in (before, at, after)]

    permit = {"type": "permit"}
    spoken = say.source(say.consent(permit), permits_only_to="Organization/a", permits_until=at)
    assert strengths(spoken) == ["permit", "permit", "none"]
    given = say.source(say.consent(permit, dateTime=text))
    assert strengths(given) == ["none", "permit", "permit"]
    begins = say.source(say.consent(permit | {"period": [text, ""]}))
    assert strengths(begins) == ["none", "permit", "permit"]
    ends = say.source(say.consent(permit | {"period": ["", text]}))
    assert strengths(ends) == ["permit", "permit", "none"]
    inner = {"type": "deny", "inside": [permit | {"period": [text, text]}]}
    within = say.source(say.consent(inner))
    assert strengths(within) == ["denial", "permit", "denial"]
