"""onestory decide, as it is called: files in, one verdict a line out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli.decide import decide

TERMS = "http://terminology.hl7.org/CodeSystem/"
REQUEST = {
    "recipient": "Organization/riverside",
    "purpose": "TREAT",
    "action": "access",
    "at": "2026-01-01T12:00:00Z",
    "emergency": False,
}
OBSERVATION = {
    "resourceType": "Observation",
    "id": "o1",
    "subject": {"reference": "Patient/p1"},
    "meta": {"security": [{"system": f"{TERMS}v3-ActCode", "code": "ETHUD"}]},
}
RIVERSIDE = {"resourceType": "Organization", "id": "riverside", "name": "Riverside Housing"}


def consent(kind: str, **provision) -> dict:
    return {
        "resourceType": "Consent",
        "id": f"c-{kind}",
        "meta": {"versionId": "4"},
        "status": "active",
        "scope": {"coding": [{"system": f"{TERMS}consentscope", "code": "patient-privacy"}]},
        "patient": {"reference": "Patient/p1"},
        "dateTime": "2025-05-03",
        "provision": {"type": kind} | provision,
    }


def actor(reference: str) -> dict:
    role = {"coding": [{"system": f"{TERMS}v3-ParticipationType", "code": "IRCP"}]}
    return {"role": role, "reference": {"reference": reference}}


ALCOHOL = [{"system": f"{TERMS}v3-ActCode", "code": "ETHUD"}]


@pytest.fixture
def run(tmp_path: Path):
    """Runs the command; each option's values are written to files, unless they are text."""
    app = typer.Typer()
    app.command()(decide)

    def call(**options: object):
        arguments: list[str] = []
        for name, values in ({"request": REQUEST} | options).items():
            for place, value in enumerate(values if isinstance(values, list) else [values]):
                path = tmp_path / f"{name}-{place}.json"
                text = value if isinstance(value, str) else json.dumps(value)
                path.write_text(text, encoding="utf-8")
                arguments += [f"--{name}", str(path)]
        return CliRunner().invoke(app, arguments)

    return call


def lines(result) -> list[dict]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_denial_is_one_line_with_its_reason_and_its_sentence(run) -> None:
    denial = consent("deny", actor=[actor("Organization/riverside")], securityLabel=ALCOHOL)
    result = run(consents=denial, resource=OBSERVATION, context=RIVERSIDE)
    assert lines(result) == [
        {
            "resource": "Observation/o1",
            "decision": "deny",
            "strength": "denial",
            "reasons": [
                {
                    "consent": "Consent/c-deny",
                    "version": "4",
                    "provision": "Consent.provision",
                    "criteria": ["actor", "securityLabel"],
                    "strength": "denial",
                }
            ],
            "sentence": "You said on 3 May 2025 that Riverside Housing may not see anything about"
            " alcohol.",
        }
    ]


def test_a_permit_exits_0_as_a_denial_does(run) -> None:
    (verdict,) = lines(run(consents=consent("permit"), resource=OBSERVATION))
    assert (verdict["decision"], verdict["strength"]) == ("permit", "permit")
    (verdict,) = lines(run(consents=[consent("permit"), consent("deny")], resource=OBSERVATION))
    assert (verdict["decision"], verdict["strength"]) == ("deny", "denial")


def test_files_hold_one_resource_a_bundle_or_ndjson(run) -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"resource": consent("permit")},
            {"resource": {"resourceType": "Bundle", "entry": [{"resource": RIVERSIDE}]}},
        ],
    }
    pending = {
        "system": "https://onestory.example/fhir/CodeSystem/labelling",
        "code": "pending",
    }
    second = OBSERVATION | {"id": "o2", "meta": {"tag": [pending]}}
    ndjson = f"{json.dumps(OBSERVATION)}\n\n{json.dumps(second)}\n"
    found = lines(run(consents=bundle, resource=[ndjson, OBSERVATION | {"id": "o3"}]))
    assert [(one["resource"], one["decision"]) for one in found] == [
        ("Observation/o1", "permit"),
        ("Observation/o2", "deny"),
        ("Observation/o3", "permit"),
    ]


def test_without_resource_the_verdict_is_about_no_record_in_particular(run) -> None:
    (verdict,) = lines(run(consents=consent("permit")))
    assert (verdict["resource"], verdict["decision"]) == (None, "permit")
    (verdict,) = lines(run(consents=consent("deny")))
    assert (verdict["resource"], verdict["decision"]) == (None, "deny")


def test_policy_brings_base_permits_and_answers_emergencies(run) -> None:
    opted_in = consent("permit") | {
        "policyRule": {"coding": [{"system": f"{TERMS}v3-ActCode", "code": "OPTIN"}]}
    }
    del opted_in["provision"]
    policy = {"version": "7", "base": {}, "agreements": "all", "emergencies": "permit"}
    (verdict,) = lines(run(consents=opted_in, resource=OBSERVATION))
    assert (verdict["strength"], verdict["reasons"]) == ("none", [])
    (verdict,) = lines(run(consents=opted_in, resource=OBSERVATION, policy=policy))
    assert verdict["strength"] == "base-permit"
    assert verdict["reasons"][0]["policy"] == "7"
    glass = REQUEST | {"purpose": "BTG", "practitioner": "Practitioner/n", "role": None}
    (verdict,) = lines(run(consents=opted_in, resource=OBSERVATION, policy=policy, request=glass))
    assert verdict["reasons"][0]["criteria"] == ["emergency-policy"]
    (verdict,) = lines(run(consents=opted_in, resource=OBSERVATION, request=glass))
    assert verdict["decision"] == "deny"


def test_a_request_without_a_moment_is_now(run) -> None:
    request = {"recipient": "https://fhir.nhs.uk/Id/ods-organization-code|RA1", "role": "nurse"}
    (verdict,) = lines(run(consents=consent("deny"), resource=OBSERVATION, request=request))
    assert verdict["strength"] == "denial"
    (verdict,) = lines(run(consents=consent("permit"), resource=OBSERVATION, request=request))
    assert verdict["strength"] == "none"


def test_a_refused_consent_is_judged_and_says_so(run) -> None:
    refused = consent("permit") | {"policyRule": {"text": "whatever"}}
    (verdict,) = lines(run(consents=refused, resource=OBSERVATION))
    assert verdict["decision"] == "deny"
    assert verdict["reasons"][0]["criteria"] == ["invalid-consent"]


WRONG = {
    "unknown purpose": ({"request": REQUEST | {"purpose": "CARE"}}, "purpose must be"),
    "unknown action": ({"request": REQUEST | {"action": "read"}}, "action must be"),
    "no recipient": ({"request": {"purpose": "TREAT"}}, "recipient must be"),
    "a recipient that names nobody": ({"request": REQUEST | {"recipient": "x"}}, "recipient must"),
    "a practitioner that names nobody": (
        {"request": REQUEST | {"practitioner": "|"}},
        "practitioner must",
    ),
    "a moment that is none": ({"request": REQUEST | {"at": "noon"}}, "at must say"),
    "a flag that is a string": ({"request": REQUEST | {"emergency": "no"}}, "true or false"),
    "a string that is a number": ({"request": REQUEST | {"role": 1}}, "role must be a string"),
    "an unknown member": ({"request": REQUEST | {"reason": "x"}}, "reason is unknown"),
    "a request that is no JSON": ({"request": "{"}, "request-0.json: "),
    "no Consent": ({"consents": OBSERVATION}, "must be a Consent"),
    "a Consent that cannot be read": (
        {"consents": consent("permit", actor={})},
        "Consent.provision.actor must be an array",
    ),
    "no resourceType": ({"resource": {"id": "x"}}, "resourceType is missing"),
    "a second line that is no JSON": (
        {"resource": f"{json.dumps(OBSERVATION)}\n{{"},
        "resource-0.json line 2",
    ),
    "entries that are none": (
        {"resource": {"resourceType": "Bundle", "entry": {}}},
        "Bundle.entry must be",
    ),
    "an entry without a resource": (
        {"resource": {"resourceType": "Bundle", "entry": [{}]}},
        "Bundle.entry[0].resource must be",
    ),
    "a policy that is none": ({"policy": {"bases": {}}}, "--policy: policy.bases"),
}


@pytest.mark.parametrize("row", WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_used_is_one_line_and_exit_2(run, row) -> None:
    options, message = row
    result = run(**({"consents": consent("permit"), "resource": OBSERVATION} | options))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_missing_file_is_one_line_and_exit_2(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(decide)
    absent = str(tmp_path / "absent.json")
    result = CliRunner().invoke(app, ["--consents", absent, "--request", absent])
    assert result.exit_code == 2
    assert result.stderr == "absent.json is not a file that can be read\n"
