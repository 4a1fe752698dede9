"""Parameters of Consent/$decide: read as the command's files are, refused at their very place."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from consent.calculating import Question, answers
from consent.telling import told
from gateway.fhir.decide_parameters import question_of, verdicts, verdicts_in
from gateway.fhir.problem import Refused
from gateway.fhir.strict_json import Limits

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
TERMS = "http://terminology.hl7.org/CodeSystem/"
CONSENT = {
    "resourceType": "Consent",
    "id": "c",
    "meta": {"versionId": "4"},
    "status": "active",
    "scope": {"coding": [{"system": f"{TERMS}consentscope", "code": "patient-privacy"}]},
    "patient": {"reference": "Patient/p1"},
    "provision": {"type": "permit"},
}
OBSERVATION = {
    "resourceType": "Observation",
    "id": "o1",
    "subject": {"reference": "Patient/p1"},
}
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"


def bundle(*resources: dict) -> dict:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": r} for r in resources],
    }


def request(**parts: dict) -> dict:
    named = {"recipient": {"valueString": "Organization/a"}, "purpose": {"valueCode": "TREAT"}}
    stated = [{"name": name} | value for name, value in (named | parts).items()]
    return {"name": "request", "part": stated}


def sent(*parameters: dict) -> dict:
    return {"resourceType": "Parameters", "parameter": list(parameters)}


def given(name: str, resource: dict) -> dict:
    return {"name": name, "resource": resource}


def read(tree: dict, limits: Limits | None = None) -> Question | Refused:
    return question_of(tree, limits or Limits(), NOW)


def question(*parameters: dict) -> Question:
    found = read(sent(*parameters))
    assert isinstance(found, Question), found
    return found


def problems(*parameters: dict) -> list[tuple[str, str]]:
    found = read(sent(*parameters))
    assert isinstance(found, Refused)
    return [(problem.expression, problem.diagnostics) for problem in found.problems]


def test_everything_that_the_command_takes_is_taken() -> None:
    asked = question(
        given("consents", bundle(CONSENT, OBSERVATION, bundle(CONSENT))),
        given("consent", CONSENT),
        request(
            practitioner={"valueIdentifier": {"system": "urn:sds", "value": "1"}},
            role={"valueString": "nurse"},
            action={"valueCode": "disclose"},
            at={"valueDateTime": "2026-01-01T12:00:00Z"},
            emergency={"valueBoolean": True},
        ),
        given("resource", OBSERVATION),
        given("context", bundle({"resourceType": "Organization", "id": "a"})),
        {
            "name": "policy",
            "part": [
                {"name": "version", "valueString": "7"},
                {
                    "name": "base",
                    "part": [
                        {"name": "purposes", "valueCode": "TREAT"},
                        {"name": "confidentiality", "valueCode": "N"},
                    ],
                },
                {"name": "agreements", "valueReference": {"reference": "Organization/a"}},
                {
                    "name": "agreements",
                    "valueReference": {"identifier": {"system": ODS, "value": "X"}},
                },
                {"name": "emergencies", "valueCode": "permit"},
                {
                    "name": "ceiling",
                    "valueCoding": {"system": f"{TERMS}v3-ActCode", "code": "HIV"},
                },
            ],
        },
    )
    assert len(asked.consents) == 3
    assert [len(asked.resources), len(asked.context or ())] == [1, 1]
    assert asked.now == datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert asked.request.practitioner == {"urn:sds|1"}
    assert (asked.request.roles, asked.request.action) == ({"nurse"}, "disclose")
    assert asked.request.emergency
    assert asked.policy.base_purposes == {"TREAT"}
    assert asked.policy.agreements == {"Organization/a", f"{ODS}|X"}
    assert asked.policy.emergencies
    assert asked.policy.ceiling_topics


def test_what_is_left_out_is_as_the_command_has_it() -> None:
    asked = question(request())
    assert (asked.consents, asked.resources, asked.context) == ([], [], None)
    assert asked.now == NOW
    assert asked.policy.base_purposes == frozenset()
    assert not asked.request.emergency


def test_request_and_policy_may_be_the_commands_own_json() -> None:
    text = json.dumps({"recipient": "Organization/a", "purpose": "COC", "emergency": False})
    policy = json.dumps({"version": "9", "agreements": "all", "base": {}})
    asked = question(
        {"name": "request", "valueString": text}, {"name": "policy", "valueString": policy}
    )
    assert asked.request.purpose == "COC"
    assert (asked.policy.version, asked.policy.agreements) == ("9", None)
    everyone = {"name": "policy", "part": [{"name": "agreements", "valueString": "all"}]}
    assert question(request(), everyone).policy.agreements is None


@pytest.mark.parametrize("coded", [{"valueCode": "TREAT"}, {"valueCoding": {"code": "TREAT"}}])
def test_a_party_is_a_reference_and_a_purpose_a_code_however_they_are_typed(coded: dict) -> None:
    party = {"valueReference": {"reference": "Organization/a"}}
    asked = question(request(recipient=party, purpose=coded))
    assert (asked.request.recipient, asked.request.purpose) == ("Organization/a", "TREAT")


PERMIT = {"recipient": {"valueString": "a"}, "purpose": {"valueCode": "TREAT"}}
WRONG = {
    "no request": ((), "Parameters.parameter", "must hold a request"),
    "an unknown parameter": (
        (request(), {"name": "patient", "valueString": "x"}),
        "Parameters.parameter[1].name",
        "must be one of consents, request",
    ),
    "two requests": ((request(), request()), "Parameters.parameter[1]", "must be given once"),
    "a recipient that names nobody": (
        (request(recipient={"valueString": "somebody"}),),
        "Parameters.parameter[0].part[0].value",
        "recipient must be a reference",
    ),
    "no recipient": (
        ({"name": "request", "part": [{"name": "purpose", "valueCode": "TREAT"}]},),
        "Parameters.parameter[0]",
        "recipient must be",
    ),
    "an unknown purpose": (
        (request(purpose={"valueCode": "CARE"}),),
        "Parameters.parameter[0].part[1].value",
        "purpose must be a code of v3-ActReason",
    ),
    "a purpose that is given twice": (
        ({"name": "request", "part": [*request()["part"], request()["part"][1]]},),
        "Parameters.parameter[0].part[1].value",
        "purpose must be a string",
    ),
    "an unknown part": (
        (request(why={"valueString": "x"}),),
        "Parameters.parameter[0].part[2].value",
        "is unknown; use recipient",
    ),
    "a flag in words": (
        (request(emergency={"valueString": "no"}),),
        "Parameters.parameter[0].part[2].value",
        "true or false",
    ),
    "a request that is no JSON": (
        ({"name": "request", "valueString": "{"},),
        "Parameters.parameter[0].value",
        "",
    ),
    "no resource": (
        (request(), {"name": "resource", "valueString": "x"}),
        "Parameters.parameter[1].resource",
        "must be a resource",
    ),
    "a consent that is none": (
        (request(), given("consents", OBSERVATION)),
        "Parameters.parameter[1].resource",
        "must be a Consent",
    ),
    "a consent whose shape cannot be read": (
        (
            request(),
            given("consents", bundle(CONSENT | {"provision": {"type": "deny", "actor": {}}})),
        ),
        "Parameters.parameter[1].resource.entry[0].resource.provision.actor",
        "must be an array of objects",
    ),
    "a resource without its type": (
        (request(), given("context", {"id": "x"})),
        "Parameters.parameter[1].resource.resourceType",
        "is missing",
    ),
    "an unknown member of the policy": (
        (request(), {"name": "policy", "part": [{"name": "bases", "valueString": "x"}]}),
        "Parameters.parameter[1].part[0].value",
        "policy.bases is unknown",
    ),
    "a base permit for emergencies": (
        (
            request(),
            {
                "name": "policy",
                "part": [
                    {"name": "version", "valueString": "1"},
                    {"name": "base", "part": [{"name": "purposes", "valueCode": "BTG"}]},
                ],
            },
        ),
        "Parameters.parameter[1].part[1].part[0].value",
        "base.purposes must be",
    ),
}


@pytest.mark.parametrize("row", WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_said_at_its_place(row) -> None:
    parameters, place, words = row
    ((expression, diagnostics),) = problems(*parameters)
    assert expression == place
    assert words in diagnostics


def test_everything_wrong_is_said_at_once() -> None:
    found = problems(given("consents", {}), given("resource", {}), {"name": "x"})
    assert len(found) == 4


def test_only_parameters_are_taken() -> None:
    found = read(CONSENT)
    assert isinstance(found, Refused)
    assert found.problems[0].expression == "resourceType"


def nested(times: int) -> dict:
    provisions = [{"type": "deny", "data": [{}]}] * times
    return CONSENT | {"provision": {"type": "permit", "provision": provisions}}


def test_no_more_is_taken_than_can_be_judged_in_time() -> None:
    for parameter, right in (
        (given("resource", bundle(*[OBSERVATION] * 1000)), None),
        (given("resource", bundle(*[OBSERVATION] * 1001)), "at most 1000 resources"),
        (given("consents", nested(909)), None),
        (given("consents", nested(910)), "at most 10000 provisions"),
    ):
        found = read(sent(request(), parameter))
        assert isinstance(found, Question if right is None else Refused)
        if right is not None:
            assert found.problems[0].kind.status == 413
            assert right in found.problems[0].diagnostics


def test_verdicts_are_parameters_there_and_back() -> None:
    denial = CONSENT | {"id": "d", "provision": {"type": "deny"}}
    for consents in ([CONSENT], [CONSENT, denial], []):
        asked = question(
            *(given("consents", one) for one in consents), request(), given("resource", OBSERVATION)
        )
        lines = [told(answer) for answer in answers(asked)]
        answered = verdicts(lines)
        assert verdicts_in(answered) == lines
        assert all(part["part"] for part in answered["parameter"])
    (nothing,) = verdicts_in(verdicts([told(one) for one in answers(question(request()))]))
    assert nothing["resource"] is None
