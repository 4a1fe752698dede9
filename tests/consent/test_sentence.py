"""One plain sentence that a patient can repeat."""

from __future__ import annotations

import pytest

from consent.deciding import Deny, Permit, Reason, Strength
from consent.reading import read
from consent.sentence import sentence, statement

NAMES = {
    "Organization/a": "Riverside Housing",
    "https://fhir.nhs.uk/Id/ods-organization-code|RB2": "Harbour Trust",
    "Organization/z": "Meadow Surgery",
}
DENY_A = {"type": "deny", "recipient": ["Organization/a"]}

# id: policyRule, provision, facts, the sentence
TABLE = {
    "a denied topic": (
        None,
        DENY_A | {"topic": ["SUD"]},
        {"topics": ["ETHUD"]},
        "You said on 3 May that Riverside Housing may not see anything about alcohol or drugs.",
    ),
    "a denied code of a page topic": (
        None,
        DENY_A | {"topic": ["PSY"]},
        {"topics": ["PSY"]},
        (
            "You said on 3 May that Riverside Housing may not see anything about feelings and"
            " mental health."
        ),
    ),
    "everything denied": (
        None,
        DENY_A,
        {},
        "You said on 3 May that Riverside Housing may not see anything about you.",
    ),
    "everyone denied": (
        "OPTOUT",
        None,
        {},
        "You said on 3 May that nobody may see anything about you.",
    ),
    "a denied author": (
        None,
        {"type": "deny", "source": ["Organization/z"]},
        {},
        "You said on 3 May that nobody may see what is written by Meadow Surgery.",
    ),
    "a permitted kind": (
        None,
        {"type": "permit", "recipient": ["Organization/a"], "class": ["Observation", "CarePlan"]},
        {},
        "You said on 3 May that Riverside Housing may see your plan or your results and scores.",
    ),
    "a permitted kind without words of its own": (
        None,
        {"type": "permit", "recipient": ["Organization/a"], "class": ["Observation", "Media"]},
        {},
        (
            "You said on 3 May that Riverside Housing may see some of your records or your results"
            " and scores."
        ),
    ),
    "permitted to all": (
        None,
        {"type": "permit", "level": ["R"]},
        {},
        "You said on 3 May that services may see some of your records.",
    ),
    "picked out": (
        None,
        DENY_A | {"data": [["instance", "Observation/1"]]},
        {},
        "You said on 3 May that Riverside Housing may not see the records you picked out.",
    ),
    "opted in": (
        "OPTIN",
        None,
        {},
        (
            "You said on 3 May that services that look after you may share what you tell them,"
            " so Riverside Housing may see this."
        ),
    ),
    "nothing said": (
        None,
        {"type": "permit", "recipient": ["Organization/b"]},
        {},
        "You have not said that Riverside Housing may see this.",
    ),
    "not readable": (
        None,
        {},
        {},
        (
            "We could not read all of what you said on 3 May, so it does not let Riverside Housing"
            " see this yet."
        ),
    ),
    "a denial not readable": (
        "EMRGONLY",
        {"type": "deny"},
        {},
        (
            "We could not read all of what you said on 3 May, so we keep this private until we have"
            " asked you."
        ),
    ),
    "the ceiling": (
        None,
        {"type": "permit"},
        {"ceiling": True},
        "This is kept private to keep people safe, whatever anyone has agreed to.",
    ),
}


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE.keys())
def test_each_verdict_is_one_plain_sentence(say, row) -> None:
    rule, provision, facts, expected = row
    verdict = say.verdict([say.consent(provision, rule)], facts=facts)
    assert sentence(verdict, say.request(), NAMES, say.now) == expected


def test_an_unnamed_service_is_this_service(say) -> None:
    assert sentence(say.verdict([]), say.request(), {}, say.now) == (
        "You have not said that this service may see this."
    )


def test_an_emergency_by_policy_says_so(say) -> None:
    reason = Reason("", "", "", ("emergency-policy",), Strength.BASE_PERMIT)
    verdict = Permit(Strength.BASE_PERMIT, (reason,))
    assert sentence(verdict, say.request(), NAMES, say.now) == (
        "In an emergency Riverside Housing may see this, because you have not said otherwise."
    )


def test_a_reason_without_words_says_nothing_more(say) -> None:
    verdict = Deny(Strength.DENIAL, ())
    assert sentence(verdict, say.request(), NAMES, say.now) == (
        "Nothing you have said lets this be shared."
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("2026-05-03", " on 3 May"),
        ("2025-05-03", " on 3 May 2025"),
        ("2026-05-03T23:30:00Z", " on 4 May"),
        ("2026-05", " in May"),
        ("2025-05", " in May 2025"),
        ("2026", " in 2026"),
        (None, ""),
        ("soon", ""),
        ("2015-06-30T23:59:60Z", " on 1 July 2015"),
        ("0001-01-01T00:00:00+14:00", " on 1 January 1"),
        ("9999-12-31T23:59:59-12:00", " on 31 December 9999"),
    ],
)
def test_a_date_is_said_as_far_as_it_is_stated(say, given, words) -> None:
    (rule,) = read(say.consent(DENY_A))[0].rules
    said = statement(rule, given, NAMES, say.now)
    assert said == f"You said{words} that Riverside Housing may not see anything about you."


@pytest.mark.parametrize(
    ("party", "display", "name"),
    [
        ("https://fhir.nhs.uk/Id/ods-organization-code|RB2", None, "Harbour Trust"),
        ("Organization/unknown", "The Clinic", "The Clinic"),
        ("Organization/unknown", None, "a service you named"),
        ("Practitioner/unknown", None, "someone you named"),
    ],
)
def test_a_party_has_its_name_else_what_was_shown_else_plain_words(
    say, party, display, name
) -> None:
    consent = say.consent({"type": "deny", "recipient": [party]})
    if display:
        consent["provision"]["actor"][0]["reference"]["display"] = display
    (rule,) = read(consent)[0].rules
    said = statement(rule, None, NAMES, say.now)
    assert said == f"You said that {name} may not see anything about you."


def test_several_are_listed_once_each(say) -> None:
    parties = ["Organization/a", "Organization/z", "Organization/x", "Organization/y"]
    (rule,) = read(say.consent({"type": "permit", "recipient": parties}))[0].rules
    assert statement(rule, None, NAMES, say.now) == (
        "You said that Riverside Housing, Meadow Surgery or a service you named may see anything"
        " about you."
    )


def test_a_write_is_not_called_seeing(say) -> None:
    (rule,) = read(say.consent(DENY_A | {"action": ["correct"]}))[0].rules
    said = statement(rule, None, NAMES, say.now)
    assert said == "You said that Riverside Housing may not add to or change anything about you."
