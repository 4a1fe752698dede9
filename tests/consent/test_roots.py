"""The root table of the consent rules, row by row: inside and outside the root's criteria."""

from __future__ import annotations

import pytest

from consent.reading import read
from consent.rules import Effect

INSIDE = {"recipient": "Organization/a"}
OUTSIDE = {"recipient": "Organization/b"}
NAMES_A = {"recipient": ["Organization/a"]}

# id: policyRule, root provision, refused when written, strength inside, strength outside
TABLE = {
    "no rule, permit": (None, {"type": "permit"} | NAMES_A, False, "permit", "none"),
    "no rule, permit of everything": (None, {"type": "permit"}, False, "permit", "permit"),
    "no rule, deny": (None, {"type": "deny"} | NAMES_A, False, "denial", "none"),
    "no rule, deny of everything": (None, {"type": "deny"}, False, "denial", "denial"),
    "no rule, untyped": (None, NAMES_A, True, "none", "none"),
    "no rule, no provision": (None, None, True, "none", "none"),
    "opt-in, no provision": ("OPTIN", None, False, "base-permit", "base-permit"),
    "opt-in, empty root": ("OPTINR", {}, False, "base-permit", "base-permit"),
    "opt-in, untyped, only a period": ("OPTIN", {"period": ["2026", ""]}, True, "none", "none"),
    "opt-in, untyped, permit beneath": (
        "OPTIN",
        NAMES_A | {"inside": [{"type": "permit", "class": ["Observation"]}]},
        False,
        "permit",
        "none",
    ),
    "opt-in, untyped, permit deep beneath": (
        "OPTIN",
        NAMES_A
        | {
            "inside": [
                {
                    "type": "deny",
                    "class": ["Observation"],
                    "inside": [{"type": "permit", "purpose": ["TREAT"]}],
                }
            ]
        },
        False,
        "permit",
        "none",
    ),
    "opt-in, untyped, only a period, permit beneath": (
        "OPTIN",
        {"period": ["2026", ""], "inside": [{"type": "permit"} | NAMES_A]},
        False,
        "permit",
        "none",
    ),
    "opt-in, untyped, no permit beneath": ("OPTIN", NAMES_A, False, "denial", "base-permit"),
    "opt-in, untyped, only denials beneath": (
        "OPTIN",
        NAMES_A | {"inside": [{"type": "deny", "class": ["Observation"]}]},
        False,
        "denial",
        "base-permit",
    ),
    "opt-in, permit": ("OPTIN", {"type": "permit"} | NAMES_A, False, "permit", "none"),
    "opt-in, deny": ("OPTIN", {"type": "deny"} | NAMES_A, False, "denial", "base-permit"),
    "opt-in, deny of everything": ("OPTIN", {"type": "deny"}, False, "denial", "denial"),
    "opt-out, no provision": ("OPTOUT", None, False, "denial", "denial"),
    "opt-out, empty root": ("OPTOUTE", {}, False, "denial", "denial"),
    "opt-out, only a period": ("OPTOUT", {"period": ["2026", ""]}, False, "denial", "denial"),
    "opt-out, names a recipient": ("OPTOUT", NAMES_A, False, "permit", "none"),
    "opt-out, names a purpose": ("OPTOUT", {"purpose": ["TREAT"]}, False, "permit", "permit"),
    "opt-out, names only a source": (
        "OPTOUT",
        {"source": ["Organization/z"]},
        False,
        "denial",
        "denial",
    ),
    "opt-out, names neither whom nor why": (
        "OPTOUT",
        {"class": ["Observation"]},
        False,
        "denial",
        "denial",
    ),
    "opt-out, permit": ("OPTOUT", {"type": "permit"} | NAMES_A, False, "permit", "none"),
    "opt-out, permit of everything": ("OPTOUT", {"type": "permit"}, True, "none", "none"),
    "opt-out, deny": ("OPTOUT", {"type": "deny"} | NAMES_A, False, "denial", "none"),
    "opt-out, deny of everything": ("OPTOUT", {"type": "deny"}, False, "denial", "denial"),
    "another code, permit": ("EMRGONLY", {"type": "permit"} | NAMES_A, True, "none", "none"),
    "another code, untyped": ("EMRGONLY", NAMES_A, True, "none", "none"),
    "another code, deny": ("EMRGONLY", {"type": "deny"} | NAMES_A, True, "denial", "none"),
}


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE.keys())
def test_each_root_decides_as_its_row_says(say, row) -> None:
    rule, provision, refused, inside, outside = row
    consent = say.consent(provision, rule)
    errors = [fault for fault in read(consent)[1] if fault.severity == "error"]
    assert bool(errors) is refused
    assert say.verdict([consent], INSIDE).strength == inside
    assert say.verdict([consent], OUTSIDE).strength == outside


@pytest.mark.parametrize("row", [row for row in TABLE.values() if row[2]])
def test_what_is_refused_when_written_says_so_when_it_decides(say, row) -> None:
    verdict = say.verdict([say.consent(row[1], row[0])], INSIDE)
    assert all("invalid-consent" in reason.criteria for reason in verdict.reasons)
    assert verdict.reasons


def test_what_is_wrong_with_a_root_is_said_where_it_is(say) -> None:
    of_a_period = say.consent({"period": ["2026", ""]}, "OPTIN")
    of_a_rule = say.consent(NAMES_A, "EMRGONLY")
    for consent, place in ((of_a_period, "Consent.provision"), (of_a_rule, "Consent.policyRule")):
        assert [fault.expression for fault in read(consent)[1]] == [place]


def test_two_opt_outs_that_each_permit_one_service_permit_both(say) -> None:
    both = [say.consent({"recipient": [f"Organization/{one}"]}, "OPTOUT") for one in "ab"]
    assert say.verdict(both, {"recipient": "Organization/a"}).strength == "permit"
    assert say.verdict(both, {"recipient": "Organization/b"}).strength == "permit"
    assert say.verdict(both, {"recipient": "Organization/c"}).strength == "none"


def test_an_untyped_nested_provision_is_refused_and_permits_nothing(say) -> None:
    consent = say.consent({"type": "permit", "inside": [NAMES_A]})
    faults = read(consent)[1]
    assert [fault.expression for fault in faults] == ["Consent.provision.provision[0].type"]
    assert say.verdict([consent]).strength == "none"


def test_typed_denials_of_a_refused_consent_still_deny(say) -> None:
    consent = say.consent({"type": "permit", "inside": [{"inside": [{"type": "deny"} | NAMES_A]}]})
    verdict = say.verdict([consent], INSIDE)
    assert verdict.strength == "denial"
    assert verdict.reasons[0].provision == "Consent.provision.provision[0].provision[0]"
    assert "invalid-consent" in verdict.reasons[0].criteria
    assert say.verdict([consent], OUTSIDE).strength == "none"


@pytest.mark.parametrize(
    ("stated", "effect"), [(None, Effect.FRAME), ("permit", Effect.PERMIT), ("deny", Effect.DENY)]
)
def test_a_root_under_another_code_is_read_as_it_is_typed(say, stated, effect) -> None:
    provision = NAMES_A | ({"type": stated} if stated else {})
    rules, _ = read(say.consent(provision, "EMRGONLY"))
    assert [rule.effect for rule in rules.rules] == [effect]
    assert not rules.may_permit


def test_a_refused_consent_lets_no_exception_lift_its_denial(say) -> None:
    exception = {"type": "permit", "purpose": ["TREAT"]}
    consent = say.consent({"type": "deny", "inside": [exception]}, "EMRGONLY")
    assert say.verdict([consent]).strength == "denial"
    assert say.verdict([say.consent({"type": "deny", "inside": [exception]})]).strength == "permit"


def test_policy_rule_codings_have_to_agree(say) -> None:
    system = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
    codings = [{"system": system, "code": code} for code in ("OPTIN", "OPTOUT")]
    consent = say.consent(None, policyRule={"coding": codings})
    assert [fault.expression for fault in read(consent)[1]] == ["Consent.policyRule"]
    assert say.verdict([consent]).strength == "none"


def test_a_policy_uri_is_not_interpreted(say) -> None:
    consent = say.consent({"type": "permit"} | NAMES_A, policy=[{"uri": "urn:example:opt-out"}])
    assert say.verdict([consent], INSIDE).strength == "permit"
    assert say.verdict([consent], OUTSIDE).strength == "none"
