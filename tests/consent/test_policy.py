"""Site policy: what it answers, and what cannot be one."""

from __future__ import annotations

import pytest

from consent import topics
from consent.policy import Policy, PolicyError, read_policy

WHOLE = {
    "version": "2026-05",
    "base": {"purposes": ["TREAT"], "confidentiality": "N"},
    "agreements": ["Organization/a"],
    "emergencies": "permit",
    "ceiling": [{"system": topics.ACT_CODE, "code": "SDV"}],
}


def test_a_policy_is_read_whole() -> None:
    assert read_policy(WHOLE) == Policy(
        version="2026-05",
        base_purposes=frozenset({"TREAT"}),
        base_level=topics.LEVELS.index("N"),
        agreements=frozenset({"Organization/a"}),
        emergencies=True,
        ceiling_topics=topics.bit(topics.ACT_CODE, "SDV"),
    )


def test_an_empty_policy_permits_nothing() -> None:
    assert read_policy({}) == Policy(version="unversioned")


def test_an_emergency_lasts_four_hours_or_less() -> None:
    assert read_policy({}).emergency_hours == 4
    assert read_policy({"emergency_hours": 1, "emergency_rest_hours": 1}).emergency_hours == 1
    assert (read_policy({}).answer_days, read_policy({}).ask_again_days) == (7, 7)
    assert read_policy({"answer_days": 90, "ask_again_days": 1}).ask_again_days == 1
    a_year = 365 * 24
    assert read_policy({"emergency_rest_hours": a_year}).emergency_rest_hours == a_year


def test_a_base_is_treatment_and_coordination_up_to_restricted() -> None:
    policy = read_policy({"base": {}, "agreements": "all"})
    assert policy.base_purposes == {"TREAT", "COC"}
    assert topics.LEVELS[policy.base_level] == "R"
    assert policy.agreements is None


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        ([], "policy must be an object"),
        ({"bases": {}}, "policy.bases"),
        ({"base": {"level": "R"}}, "base.level"),
        ({"base": []}, "base must be"),
        ({"version": 1}, "version must be"),
        ({"base": {"purposes": "TREAT"}}, "base.purposes must be"),
        ({"base": {"purposes": ["CARE"]}}, "base.purposes must be"),
        ({"base": {"purposes": ["BTG"]}}, "base.purposes must be"),
        ({"base": {"confidentiality": "V"}}, "base.confidentiality must be"),
        ({"base": {"confidentiality": "X"}}, "base.confidentiality must be"),
        ({"agreements": "some"}, "agreements must be"),
        ({"agreements": [1]}, "agreements must be"),
        ({"emergencies": True}, "emergencies must be"),
        ({"emergency_hours": 5}, "emergency_hours must be a whole number from 1 to 4"),
        ({"emergency_hours": 0}, "emergency_hours must be"),
        ({"emergency_hours": True}, "emergency_hours must be"),
        ({"emergency_hours": 3.5}, "emergency_hours must be"),
        ({"emergency_rest_hours": -1}, "emergency_rest_hours must be"),
        ({"emergency_rest_hours": 365 * 24 + 1}, "emergency_rest_hours must be"),
        ({"answer_days": 91}, "answer_days must be a whole number from 1 to 90"),
        ({"ask_again_days": 0}, "ask_again_days must be"),
        ({"ceiling": {}}, "ceiling must be"),
        ({"ceiling": [{"system": topics.ACT_CODE, "code": "ALC"}]}, "ceiling must list"),
    ],
)
def test_a_policy_in_doubt_is_no_policy(wrong, names) -> None:
    with pytest.raises(PolicyError, match=names):
        read_policy(wrong)


def test_a_base_permit_needs_a_purpose_an_agreement_and_no_more_than_restricted(say) -> None:
    opted_in = [say.consent(None, "OPTIN")]
    policy = read_policy({"base": {}, "agreements": ["Organization/a"]})

    def strength(request=None, facts=None) -> str:
        return say.verdict(opted_in, request, facts, policy=policy).strength

    assert strength() == "base-permit"
    assert strength({"purpose": "COC"}) == "base-permit"
    assert strength(facts={"level": "R"}) == "base-permit"
    assert strength({"purpose": "HRESCH"}) == "none"
    assert strength({"purpose": None}) == "none"
    assert strength({"recipient": "Organization/b"}) == "none"
    assert strength({"purpose": "BTG"}) == "none"
    assert strength({"emergency": True}) == "none"
    assert strength(facts={"level": "V"}) == "none"
    assert strength(facts={"pending": True}) == "none"
    assert strength(facts={"unjudged": True}) == "base-permit"
    assert strength(facts={"unjudged": True, "level": "V"}) == "none"
    assert say.verdict(opted_in, policy=Policy()).strength == "none"


def test_a_base_permit_names_the_policy_and_the_opt_in(say) -> None:
    policy = read_policy({"version": "7", "base": {}, "agreements": "all"})
    (reason,) = say.verdict([say.consent(None, "OPTIN")], policy=policy).reasons
    assert (reason.policy, reason.provision) == ("7", "Consent.policyRule")


def test_policy_answers_an_emergency_only_where_the_person_did_not(say) -> None:
    policy = read_policy({"emergencies": "permit", "agreements": "all"})
    glass = {"purpose": "BTG", "practitioner": {"Practitioner/x"}}

    def strength(consents, request=glass, facts=None, policy=policy) -> str:
        return say.verdict(consents, request, facts, policy=policy).strength

    no = say.consent({"type": "deny", "purpose": ["BTG"]})
    yes = say.consent({"type": "permit", "purpose": ["BTG"]})
    assert strength([]) == "base-permit"
    assert strength([no]) == "denial"
    assert strength([yes]) == "permit"
    assert strength([], facts={"level": "V"}) == "none"
    assert strength([], facts={"pending": True}) == "none"
    assert strength([], facts={"unjudged": True}) == "base-permit"
    assert strength([], facts={"unjudged": True, "level": "V"}) == "none"
    assert strength([], facts={"ceiling": True}) == "ceiling"
    assert strength([], {"purpose": "BTG"}) == "none"
    assert strength([], {"purpose": "TREAT", "practitioner": {"Practitioner/x"}}) == "none"
    assert strength([], policy=Policy()) == "none"
    (reason,) = say.verdict([], glass, policy=policy).reasons
    assert (reason.consent, reason.criteria) == ("", ("emergency-policy",))


def test_nothing_lifts_the_ceiling(say) -> None:
    policy = read_policy({"ceiling": [{"system": topics.ACT_CODE, "code": "BH"}]})
    permit = [say.consent({"type": "permit"})]
    verdict = say.verdict(permit, facts={"topics": ["ETHUD"]}, policy=policy)
    assert verdict.strength == "ceiling"
    assert verdict.reasons[0].criteria == ("ceiling",)
    assert say.verdict(permit, facts={"topics": ["HIV"]}, policy=policy).strength == "permit"
    assert say.verdict(permit, facts={"ceiling": True}).strength == "ceiling"
