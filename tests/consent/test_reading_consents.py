"""What is wrong with a Consent: each fault names its place and what would be right."""

from __future__ import annotations

import pytest

from consent.reading import read
from consent.rules import Effect

P = "Consent.provision"
SCT = "http://snomed.info/sct"


def _put(consent: dict, path: str, value: object) -> dict:
    *way, last = path.split(".")
    node = consent
    for step in way:
        node = node.setdefault(step, {})
    node[last] = value
    return consent


def _coded(system: str, code: str) -> dict:
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code}]}


ROLE = "v3-ParticipationType"
TWO_SIDES = {"coding": [*_coded(ROLE, "IRCP")["coding"], *_coded(ROLE, "AUT")["coding"]]}

# id: what is put where, and the place that is named
ERRORS = {
    "no patient": ("patient", None, "Consent.patient"),
    "impossible dateTime": ("dateTime", "2026-13-01", "Consent.dateTime"),
    "unknown root type": ("provision.type", "allow", f"{P}.type"),
    "unlisted actor role": (
        "provision.actor",
        [{"role": _coded(ROLE, "LOC"), "reference": {"reference": "Organization/a"}}],
        f"{P}.actor[0].role",
    ),
    "role of another system": (
        "provision.actor",
        [{"role": _coded("v3-RoleCode", "IRCP"), "reference": {"reference": "Organization/a"}}],
        f"{P}.actor[0].role",
    ),
    "role on both sides": (
        "provision.actor",
        [{"role": TWO_SIDES, "reference": {"reference": "Organization/a"}}],
        f"{P}.actor[0].role",
    ),
    "no role": ("provision.actor", [{"reference": {}}], f"{P}.actor[0].role"),
    "unknown purpose": (
        "provision.purpose",
        _coded("v3-ActReason", "TREATMENT")["coding"],
        f"{P}.purpose[0]",
    ),
    "purpose of another system": (
        "provision.purpose",
        [{"system": SCT, "code": "TREAT"}],
        f"{P}.purpose[0]",
    ),
    "unknown action": ("provision.action", [_coded("consentaction", "read")], f"{P}.action[0]"),
    "action in words": ("provision.action", [{"text": "read"}], f"{P}.action[0]"),
    "unknown topic": (
        "provision.securityLabel",
        _coded("v3-ActCode", "ALC")["coding"],
        f"{P}.securityLabel[0]",
    ),
    "unknown level": (
        "provision.securityLabel",
        _coded("v3-Confidentiality", "X")["coding"],
        f"{P}.securityLabel[0]",
    ),
    "only an obligation": (
        "provision.securityLabel",
        _coded("v3-ActCode", "NORDSCLCD")["coding"],
        f"{P}.securityLabel",
    ),
    "only a test marker": (
        "provision.securityLabel",
        _coded("v3-ActReason", "HTEST")["coding"],
        f"{P}.securityLabel",
    ),
    "class without a system": ("provision.class", [{"code": "Observation"}], f"{P}.class[0]"),
    "class that is no type": (
        "provision.class",
        [{"system": "http://hl7.org/fhir/resource-types", "code": "Result"}],
        f"{P}.class[0]",
    ),
    "code without a system": (
        "provision.code",
        [{"coding": [{"code": "1"}]}],
        f"{P}.code[0].coding",
    ),
    "empty code": ("provision.code", [{"id": "x"}], f"{P}.code[0]"),
    "unknown meaning": (
        "provision.data",
        [{"meaning": "all", "reference": {"reference": "Task/1"}}],
        f"{P}.data[0].meaning",
    ),
    "period ends before it starts": (
        "provision.period",
        {"start": "2026-05-03", "end": "2026-05-02"},
        f"{P}.period",
    ),
    "period that is no date": ("provision.period", {"end": "soon"}, f"{P}.period.end"),
    "dataPeriod ends before it starts": (
        "provision.dataPeriod",
        {"start": "2026", "end": "2025"},
        f"{P}.dataPeriod",
    ),
    "dataPeriod that is no date": (
        "provision.dataPeriod",
        {"start": "03/05/2026"},
        f"{P}.dataPeriod.start",
    ),
    "untyped nested provision": ("provision.provision", [{}], f"{P}.provision[0].type"),
    "unknown nested type": (
        "provision.provision",
        [{"type": "maybe"}],
        f"{P}.provision[0].type",
    ),
    "nested fault": (
        "provision.provision",
        [{"type": "permit", "action": [{"text": "read"}]}],
        f"{P}.provision[0].action[0]",
    ),
}


@pytest.mark.parametrize("row", ERRORS.values(), ids=ERRORS.keys())
def test_each_fault_names_its_place_and_what_would_be_right(say, row) -> None:
    path, value, place = row
    consent = _put(say.consent({"type": "permit"}), path, value)
    rules, faults = read(consent)
    assert [fault.expression for fault in faults if fault.severity == "error"] == [place]
    assert all(fault.diagnostics.startswith("must ") for fault in faults)
    assert rules.invalid
    assert say.verdict([consent]).strength == "none"


@pytest.mark.parametrize(
    "row",
    [row for row in ERRORS.values() if row[0].startswith("provision.") and row[0][-4:] != "type"],
)
def test_a_denial_that_is_not_understood_denies_as_broadly_as_it_may_mean(say, row) -> None:
    consent = _put(say.consent({"type": "deny"}), row[0], row[1])
    verdict = say.verdict([consent])
    assert verdict.strength == "denial"
    assert "invalid-consent" in verdict.reasons[0].criteria


# Not of the JSON type that FHIR gives it: the consent cannot be read at all.
MISSHAPEN = {
    "provision": [],
    "provision.actor": {},
    "provision.purpose": "TREAT",
    "provision.securityLabel": ["R"],
    "provision.type": 1,
    "provision.period": "2026",
    "status": True,
    "scope": [],
    "policyRule": "OPTIN",
    "dateTime": 2026,
    "provision.provision": {},
}


@pytest.mark.parametrize("path", MISSHAPEN)
def test_what_cannot_even_be_read_denies_everything(say, path) -> None:
    consent = _put(say.consent({"type": "permit"}), path, MISSHAPEN[path])
    rules, faults = read(consent)
    assert [fault.expression for fault in faults] == [f"Consent.{path}"]
    assert rules.unreadable
    assert not rules.may_permit
    verdict = say.verdict([consent, say.consent({"type": "permit"})])
    assert verdict.strength == "denial"
    assert "invalid-consent" in verdict.reasons[0].criteria


def test_an_obligation_beside_a_topic_does_not_count(say) -> None:
    labels = _coded("v3-ActCode", "NORDSCLCD")["coding"] + _coded("v3-ActCode", "MH")["coding"]
    consent = _put(say.consent({"type": "permit"}), "provision.securityLabel", labels)
    assert read(consent)[1] == ()
    assert say.verdict([consent], facts={"topics": ["MH"]}).strength == "permit"
    assert say.verdict([consent], facts={"topics": ["HIV"]}).strength == "none"


def test_a_local_translation_beside_a_listed_code_is_allowed(say) -> None:
    role = _coded(ROLE, "IRCP")
    role["coding"].append({"system": "urn:local", "code": "reader"})
    actor = {"role": role, "reference": {"reference": "Organization/a", "display": "Riverside"}}
    consent = _put(say.consent({"type": "permit"}), "provision.actor", [actor])
    rules, faults = read(consent)
    assert faults == ()
    assert rules.rules[0].criteria.recipients[0].display == "Riverside"
    assert say.verdict([consent], {"recipient": "Organization/b"}).strength == "none"


def test_a_logical_reference_knows_its_type_by_its_system(say) -> None:
    consent = say.consent(
        {
            "type": "deny",
            "recipient": [
                "https://fhir.nhs.uk/Id/sds-user-id|1",
                "https://fhir.nhs.uk/Id/ods-organization-code|RA1",
                "urn:unknown|1",
            ],
        }
    )
    found = [actor.type for actor in read(consent)[0].rules[0].criteria.recipients]
    assert found == ["Practitioner", "Organization", None]


def test_a_stated_reference_type_is_believed(say) -> None:
    consent = say.consent({"type": "deny", "recipient": ["urn:unknown|1"]})
    consent["provision"]["actor"][0]["reference"]["type"] = "Group"
    assert say.verdict([consent]).strength == "denial"


def test_a_period_without_ends_is_no_period(say) -> None:
    consent = _put(say.consent({"type": "permit"}), "provision.period", {"id": "x"})
    assert say.verdict([consent]).strength == "permit"
    consent = _put(say.consent({"type": "permit"}), "provision.dataPeriod", {"id": "x"})
    assert say.verdict([consent]).strength in ("permit", "none")


def test_the_person_who_is_not_asked_about_privacy_needs_no_patient(say) -> None:
    consent = say.consent({"type": "permit"}, scope=_coded("consentscope", "adr"))
    del consent["patient"]
    assert read(consent)[1] == ()


def test_the_root_of_a_consent_without_provision_is_its_policy_rule(say) -> None:
    rules, _ = read(say.consent(None, "OPTOUT"))
    assert (rules.rules[0].path, rules.rules[0].effect) == ("Consent.policyRule", Effect.DENY)
    (reason,) = say.verdict([say.consent(None, "OPTOUT")]).reasons
    assert (reason.provision, reason.criteria) == ("Consent.policyRule", ())
