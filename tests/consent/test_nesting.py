"""Nested provisions: exceptions to their parent, to any depth; the innermost match decides."""

from __future__ import annotations

import pytest

from consent.directory import Directory
from consent.reading import read

A = {"recipient": ["Organization/a"]}
B = {"recipient": ["Organization/b"]}
PCF = {"versionId": "1", "profile": ["https://profiles.ihe.net/ITI/PCF/StructureDefinition/x"]}


def permit(*inside, **criteria):
    return {"type": "permit", "inside": list(inside)} | criteria


def deny(*inside, **criteria):
    return {"type": "deny", "inside": list(inside)} | criteria


ASK_A = {"recipient": "Organization/a"}
ASK_B = {"recipient": "Organization/b"}

# id: root provision, policyRule, strength for a, strength for b
TABLE = {
    "a permit with an exception": (permit(deny(**A)), None, "denial", "permit"),
    "a denial with an exception": (deny(permit(**A)), None, "permit", "denial"),
    "an opt-out with an exception": ({"inside": [permit(**A)]}, "OPTOUT", "permit", "denial"),
    "an opt-in with an exception": ({"inside": [deny(**A)]}, "OPTIN", "denial", "base-permit"),
    "an opt-in with a permit": ({"inside": [permit(**A)]}, "OPTIN", "permit", "base-permit"),
    "an exception to an exception": (
        permit(deny(permit(purpose=["TREAT"]), **A)),
        None,
        "permit",
        "permit",
    ),
    "an exception outside its parent": (permit(deny(**B), **A), None, "permit", "none"),
    "siblings: deny wins": (deny(permit(**A), deny(**A)), None, "denial", "denial"),
    "siblings: a deeper permit loses to a matching deny": (
        permit(deny(permit(**A)), deny(**A)),
        None,
        "denial",
        "denial",
    ),
    "a permit inside a permit changes nothing": (permit(permit(**B), **A), None, "permit", "none"),
    "a deny inside a deny changes nothing": (deny(deny(**B), **A), None, "denial", "none"),
    "a deny in a deny with an exception": (deny(deny(permit(**A))), None, "permit", "denial"),
    "a permit in a permit with an exception": (permit(permit(deny(**A))), None, "denial", "permit"),
}


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE.keys())
def test_the_innermost_match_decides(say, row) -> None:
    root, rule, for_a, for_b = row
    consent = say.consent(root, rule)
    assert say.verdict([consent], ASK_A).strength == for_a
    assert say.verdict([consent], ASK_B).strength == for_b


@pytest.mark.parametrize(("depth", "strength"), [(59, "denial"), (60, "permit")])
def test_sixty_levels_alternate_to_the_last(say, depth, strength) -> None:
    root = permit(**A) if depth % 2 == 0 else deny(**A)
    for level in range(depth - 1, -1, -1):
        root = (permit if level % 2 == 0 else deny)(root)
    assert say.verdict([say.consent(root)], ASK_A).strength == strength
    assert say.verdict([say.consent(root)], ASK_B).strength == (
        "denial" if depth % 2 == 0 else "permit"
    )


def test_a_verdict_names_the_innermost_provision(say) -> None:
    root = permit(deny(**B), deny(permit(purpose=["TREAT"]), **A))
    (reason,) = say.verdict([say.consent(root)], ASK_A).reasons
    assert reason.provision == "Consent.provision.provision[1].provision[0]"
    assert reason.criteria == ("purpose",)


def test_no_permit_rests_on_a_denial_that_is_only_feared(say) -> None:
    consent = say.consent(deny(permit(purpose=["TREAT"]), recipient=["Practitioner/nurse"]))
    directory = Directory(workplaces={"Practitioner/nurse": frozenset({"Organization/a"})})
    stated = {"practitioner": {"Practitioner/nurse"}}
    assert say.verdict([consent], stated, directory=directory).strength == "permit"
    assert say.verdict([consent], {}, directory=directory).strength == "none"
    research = {"purpose": "HRESCH"}
    assert say.verdict([consent], research, directory=directory).strength == "denial"


@pytest.mark.parametrize(
    ("criteria", "certain", "feared"),
    [
        ({"source": ["Organization/z"]}, {}, {"sources": ()}),
        ({"dataPeriod": ["2026", "2026"]}, {}, {"dates": None}),
        ({"topic": ["ETHUD"]}, {"topics": ["ETHUD"]}, {"topics": ["SUD"]}),
        ({"level": ["R"]}, {"level": "V"}, {"pending": True, "level": "V"}),
        ({"class": ["Observation"]}, {}, None),
        ({"code": ["words"]}, {"texts": {"words"}}, None),
        ({"action": ["disclose"]}, {}, None),
    ],
)
def test_an_exception_permits_only_where_its_denial_surely_matches(
    say, criteria, certain, feared
) -> None:
    consent = say.consent(deny(permit(**A), **criteria))
    assert say.verdict([consent], ASK_A, certain).strength == "permit"
    assert say.verdict([consent], ASK_B, certain).strength == "denial"
    if feared is not None:
        assert say.verdict([consent], ASK_A, feared).strength in ("none", "denial")


def test_a_feared_denial_inside_a_denial_does_not_lift_it(say) -> None:
    root = deny(deny(permit(**A), source=["Organization/z"]))
    assert say.verdict([say.consent(root)], ASK_A).strength == "permit"
    assert say.verdict([say.consent(root)], ASK_A, {"sources": ()}).strength == "denial"


def test_an_opt_in_is_no_base_permit_inside_its_exceptions(say) -> None:
    exception = deny(permit(**B), source=["Organization/z"])
    consent = say.consent({"inside": [exception]}, "OPTIN")
    elsewhere = {"sources": {"Organization/y"}}
    assert say.verdict([consent], ASK_A).strength == "denial"
    assert say.verdict([consent], ASK_A, elsewhere).strength == "base-permit"
    # What is only feared to be inside is no base permit either.
    assert say.verdict([consent], ASK_B, {"sources": ()}).strength == "none"


def test_a_nested_provision_inherits_its_parents_emergency(say) -> None:
    emergency = {"purpose": "ETREAT"}
    nested = say.consent(deny(permit(**A), purpose=["ETREAT"]))
    assert say.verdict([nested], emergency | ASK_A).strength == "permit"
    assert say.verdict([nested], emergency | ASK_B).strength == "denial"
    nested = say.consent(permit(deny(**A), purpose=["TREAT", "ETREAT"]))
    assert say.verdict([nested], emergency | ASK_A).strength == "denial"
    assert say.verdict([nested], emergency | ASK_B).strength == "permit"
    silent = say.consent(deny(permit(**A)))
    assert say.verdict([silent], emergency | ASK_A).strength == "none"


def test_dead_provisions_are_said_and_not_refused(say) -> None:
    table = {
        "Consent.provision.provision[0]": permit(permit(**B), **A),
        "Consent.provision": permit(deny(**A), purpose=["ETREAT"], **A),
    }
    for path, root in table.items():
        (fault,) = read(say.consent(root))[1]
        assert (fault.expression, fault.severity) == (path, "warning")
    (fault,) = read(say.consent(deny(deny(**B))))[1]
    assert fault.severity == "warning"


@pytest.mark.parametrize(
    "root",
    [
        permit(deny(**A), **B),
        permit(deny(**A)),
        permit(deny(level=["R"]), level=["R"]),
        permit(deny(topic=["ETHUD"]), topic=["MH"]),
        permit(deny(period=["2026", ""]), period=["2025", ""]),
    ],
)
def test_a_permit_that_keeps_something_is_not_called_dead(say, root) -> None:
    assert read(say.consent(root))[1] == ()


def test_a_denial_that_names_more_topics_covers_the_permit(say) -> None:
    root = permit(deny(topic=["ETHUD", "MH"]), topic=["ETHUD"])
    assert [fault.expression for fault in read(say.consent(root))[1]] == ["Consent.provision"]


def test_in_pcf_a_nested_permit_is_a_rule_of_its_own(say) -> None:
    root = permit(permit(deny(topic=["ETHUD"]), **B), purpose=["HRESCH"], **A)
    plain, pcf = say.consent(root), say.consent(root, meta=PCF)
    research = {"purpose": "HRESCH"}
    assert say.verdict([plain], ASK_B | research).strength == "none"
    assert say.verdict([pcf], ASK_B | research).strength == "permit"
    assert say.verdict([pcf], ASK_A | research).strength == "permit"
    # It inherits the purpose that it does not restate, and keeps its own exceptions.
    assert say.verdict([pcf], ASK_B).strength == "none"
    about_alcohol = {"topics": ["ETHUD"]}
    assert say.verdict([pcf], ASK_B | research, about_alcohol).strength == "denial"
    assert read(pcf)[1] == ()


def test_in_pcf_what_a_nested_permit_says_unreadably_may_mean_any_purpose(say) -> None:
    """Nothing of it permits, but the denial inside stands wherever it may have been meant."""
    inner = permit(deny(**{"class": ["Observation"]}), purpose=["no-such-purpose"], **B)
    consent = say.consent(permit(inner, **A), meta=PCF)
    assert say.verdict([consent], ASK_B).strength == "denial"
    assert say.verdict([consent], {"recipient": "Organization/c"}).strength == "none"


def test_in_pcf_a_purpose_restated_readably_is_the_one_that_is_meant(say) -> None:
    inner = permit(deny(**{"class": ["Observation"]}), purpose=["HRESCH"])
    consent = say.consent(permit(inner, purpose=["no-such-purpose"], **A), meta=PCF)
    assert say.verdict([consent], ASK_A | {"purpose": "HRESCH"}).strength == "denial"
    assert say.verdict([consent], ASK_A).strength == "none"


def test_in_pcf_topic_and_level_are_restated_together(say) -> None:
    root = permit(permit(topic=["ETHUD"], **B), topic=["MH"], level=["N"], **A)
    consent = say.consent(root, meta=PCF)
    about = {"topics": ["ETHUD"], "level": "R"}
    assert say.verdict([consent], ASK_B, about).strength == "permit"
    assert say.verdict([consent], ASK_A, about).strength == "none"
