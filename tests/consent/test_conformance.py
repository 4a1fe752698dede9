"""The conformance suite, case by case, and whether it covers what the rules say."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from consent.conforming import Case, cases, compared, decided, themes

THEMES = {theme["theme"]: theme for theme in themes()}
EVERY = cases()

# Each row of the root table and each criterion of the rules, and where in the suite it is.
ROOT_TABLE = {
    "no policyRule, permit or deny": "no-rule-typed",
    "no policyRule, untyped": "no-rule-untyped",
    "opt-in, untyped, no criteria": "opt-in-bare",
    "opt-in, untyped, only a period": "opt-in-period",
    "opt-in, untyped, criteria, a permit beneath": "opt-in-frame",
    "opt-in, untyped, criteria, no permit beneath": "opt-in-exception",
    "opt-in, permit": "opt-in-permit",
    "opt-in, deny": "opt-in-deny",
    "opt-out, untyped, no criteria": "opt-out-bare",
    "opt-out, untyped, names a recipient or a purpose": "opt-out-whom-or-why",
    "opt-out, untyped, names only a source": "opt-out-source",
    "opt-out, permit, criteria": "opt-out-permit",
    "opt-out, permit, no criteria": "opt-out-permit-all",
    "opt-out, deny": "opt-out-deny",
    "any other code": "other-code",
    "an untyped nested provision, and what is 422 all the same": "refused",
    "an opt-out's outside is the default": "default",
}
CRITERIA = {
    "actor: the very party": ("recipients", "party"),
    "actor: member of a CareTeam": ("teams-and-groups", "careteam"),
    "actor: member of a Group": ("teams-and-groups", "group"),
    "actor: anything below it": ("recipients", "below"),
    "actor: unlisted role": ("recipients", "roles"),
    "actor: recipients and sources": ("sources", "together"),
    "actor: no author named": ("sources", "unnamed"),
    "actor: unstated practitioner": ("recipients", "unstated"),
    "staff role: PractitionerRole": ("staff-roles", "stated"),
    "staff role: Group with a characteristic": ("teams-and-groups", "characteristic"),
    "staff role: unstated": ("staff-roles", "unstated"),
    "unresolvable: nobody named": ("unresolvable-actors", "nobody"),
    "unresolvable: fragment": ("unresolvable-actors", "fragment"),
    "unresolvable: another host": ("unresolvable-actors", "host"),
    "unresolvable: Group without content": ("teams-and-groups", "content"),
    "unresolvable: not in the directory": ("unresolvable-actors", "directory"),
    "purpose: equal": ("purposes", "equal"),
    "purpose: closed list": ("purposes", "below"),
    "purpose: ancestors": ("purposes", "above"),
    "purpose: unstated": ("purposes", "unstated"),
    "purpose: none named": ("purposes", "none-named"),
    "emergency: only where named": ("emergencies", "permit denial"),
    "emergency: inherited": ("emergencies", "inherited"),
    "emergency: site policy": ("emergencies", "policy"),
    "action: named": ("actions", "permit"),
    "action: a denial of either covers both": ("actions", "denial"),
    "action: none named": ("actions", "none"),
    "sensitivity: every or any topic": ("sensitivity", "every"),
    "sensitivity: below": ("sensitivity", "below"),
    "sensitivity: umbrella": ("sensitivity", "umbrella"),
    "sensitivity: obligations": ("sensitivity", "obligations"),
    "sensitivity: topic and level": ("sensitivity", "with-level"),
    "confidentiality": ("confidentiality", "order"),
    "not yet labelled: permits": ("not-yet-labelled", "permit"),
    "not yet labelled: denials": ("not-yet-labelled", "denial"),
    "not judged: topics and levels": ("not-judged", "topic level denial"),
    "class: type": ("classes", "type"),
    "class: profile": ("classes", "profile"),
    "class: document type": ("classes", "document"),
    "code: same system": ("codes", "equal"),
    "code: listed elements": ("codes", "element"),
    "code: text": ("codes", "text"),
    "dataPeriod: all inside": ("data-period", "inside"),
    "dataPeriod: any inside": ("data-period", "partly"),
    "dataPeriod: undated": ("data-period", "undated"),
    "data: instance": ("data", "instance"),
    "data: dependents": ("data", "dependents"),
    "data: authoredby": ("data", "authoredby"),
    "data: related": ("data", "related"),
    "data: never through": ("data", "never"),
    "data: Encounter or EpisodeOfCare": ("data", "container"),
}


@pytest.mark.parametrize("theme", THEMES)
def test_every_case_of_a_theme_decides_as_it_says(theme: str) -> None:
    wrong = {}
    for case in (one for one in EVERY if one.theme == theme):
        verdicts = decided(case)
        found = compared(case, verdicts)
        if found.wrong or not found.provisions or not found.criteria:
            wrong[case.name] = found.wrong or verdicts
    assert not wrong


def test_there_are_six_hundred_cases_or_more_and_no_two_alike() -> None:
    assert len(EVERY) >= 600
    assert [name for name, times in Counter(one.name for one in EVERY).items() if times > 1] == []
    asked = Counter(
        json.dumps([one.consents, one.request, one.resources, one.context, one.policy])
        for one in EVERY
    )
    assert set(asked.values()) == {1}


@pytest.mark.parametrize("row", ROOT_TABLE.values(), ids=ROOT_TABLE)
def test_every_row_of_the_root_table_has_its_cases(row: str) -> None:
    assert [one for one in EVERY if (one.theme, one.rule) == ("root-table", row)]


@pytest.mark.parametrize("row", CRITERIA.values(), ids=CRITERIA)
def test_every_criterion_is_read_for_a_permit_and_for_a_denial(row: tuple[str, str]) -> None:
    kinds = {
        consent.get("provision", {}).get("type")
        for one in EVERY
        if one.theme == row[0] and one.rule in row[1].split()
        for consent in one.consents
    }
    assert kinds >= {"permit", "deny"}


@pytest.mark.parametrize("theme", THEMES)
def test_every_rule_of_a_theme_has_cases_and_no_case_another_rule(theme: str) -> None:
    own = [one for one in EVERY if one.theme == theme]
    assert {one.rule for one in own} == set(THEMES[theme]["rules"])
    assert {verdict["decision"] for one in own for verdict in one.verdicts} == {"permit", "deny"}


def test_a_verdict_says_what_its_strength_says() -> None:
    permits = {"permit", "base-permit"}
    for one in EVERY:
        assert len(one.verdicts) == max(1, len(one.resources)), one.name
        for verdict in one.verdicts:
            assert (verdict["decision"] == "permit") is (verdict["strength"] in permits), one.name


def test_every_reason_names_a_provision_that_is_there() -> None:
    for one in EVERY:
        held = {f"Consent/{consent['id']}": consent for consent in one.consents}
        for reason in (each for verdict in one.verdicts for each in verdict["reasons"]):
            steps = reason.get("provision", "").partition("Consent.provision")[2]
            node = held[reason["consent"]].get("provision", {}) if "consent" in reason else {}
            for step in steps.split(".provision")[1:]:
                node = node["provision"][int(step.strip("[]"))]
            assert "consent" in reason or reason["criteria"], one.name


def test_the_page_about_the_suite_counts_its_cases() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/consent-conformance.md").read_text("utf-8")
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| `")]
    counted = {row[1].strip(" `"): row[2].strip() for row in rows if row[2].strip().isdigit()}
    held = Counter(one.theme for one in EVERY)
    assert counted == {theme: str(times) for theme, times in held.items()}
    assert f"{len(EVERY):,} cases" in page


def test_cases_are_chosen_by_theme_or_by_name() -> None:
    assert {one.theme for one in cases("ceiling: ")} == {"ceiling"}
    assert [one.name for one in cases("an active PERMIT permits")] == ["An active permit permits"]
    assert cases("no such case") == []


@pytest.mark.parametrize(("decision", "strength"), [("permit", "permit"), ("deny", "none")])
def test_an_engine_that_always_says_the_same_fails_many_cases(decision, strength) -> None:
    wrong = 0
    for one in EVERY:
        said = [
            {"resource": own["resource"], "decision": decision, "strength": strength}
            for own in one.verdicts
        ]
        wrong += compared(one, said).wrong is not None
    assert wrong > len(EVERY) / 2


@pytest.fixture
def case() -> Case:
    (one,) = cases("Three resources of two persons")
    return one


def test_what_must_match_is_the_resource_the_decision_and_the_strength(case: Case) -> None:
    own = [dict(verdict) for verdict in case.verdicts]
    assert compared(case, own).wrong is None
    assert compared(case, own[:2]).wrong == "2 verdicts instead of 3"
    for changed in ({"decision": "permit"}, {"strength": "none"}, {"resource": "Observation/z"}):
        assert compared(case, [own[0] | changed, *own[1:]]).wrong is not None
    flipped = [own[0] | {"decision": "permit", "strength": "permit"}, *own[1:]]
    assert compared(case, flipped).wrong == "permit (permit) instead of deny (denial)"


def test_reasons_are_compared_apart_whatever_their_order_and_version(case: Case) -> None:
    own = [dict(verdict) for verdict in case.verdicts]
    versioned = [reason | {"version": "9"} for reason in own[0]["reasons"]]
    same = compared(case, [own[0] | {"reasons": versioned[::-1]}, *own[1:]])
    assert (same.wrong, same.provisions, same.criteria) == (None, True, True)
    silent = compared(case, [own[0] | {"reasons": []}, *own[1:]])
    assert (silent.wrong, silent.provisions, silent.criteria) == (None, False, False)
    other = [reason | {"criteria": ["actor"]} for reason in own[0]["reasons"]]
    wide = compared(case, [own[0] | {"reasons": other}, *own[1:]])
    assert (wide.wrong, wide.provisions, wide.criteria) == (None, True, False)


def test_a_request_that_cannot_be_read_is_a_fault_of_the_suite(case: Case) -> None:
    with pytest.raises(ValueError, match=r"request\.purpose must be a code"):
        decided(replace(case, request={**case.request, "purpose": "CARE"}))
