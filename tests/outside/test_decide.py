"""Consent/$decide over HTTP: a calculator on its body, the same as `onestory decide`."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import httpx
from answers import assert_outcome
from houses import House
from smart_client import FHIR_JSON, Json

TERMS = "http://terminology.hl7.org/CodeSystem/"
AT = "2026-06-15T12:00:00Z"


def consent(kind: str, recipient: str) -> Json:
    role = {"coding": [{"system": f"{TERMS}v3-ParticipationType", "code": "IRCP"}]}
    return {
        "resourceType": "Consent",
        "id": f"c-{kind}",
        "meta": {"versionId": "2"},
        "status": "active",
        "scope": {"coding": [{"system": f"{TERMS}consentscope", "code": "patient-privacy"}]},
        "patient": {"reference": "Patient/p1"},
        "dateTime": "2026-05-03",
        "provision": {
            "type": kind,
            "actor": [{"role": role, "reference": {"reference": recipient}}],
        },
    }


def observation(name: str) -> Json:
    return {"resourceType": "Observation", "id": name, "subject": {"reference": "Patient/p1"}}


def parameters(consents: list[Json], resources: list[Json], **request: str) -> Json:
    stated = {"recipient": "Organization/a", "purpose": "TREAT", "at": AT} | request
    typed = {"recipient": "valueString", "purpose": "valueCode", "at": "valueDateTime"}
    parts = [{"name": name, typed[name]: value} for name, value in stated.items()]
    return {
        "resourceType": "Parameters",
        "parameter": [
            *({"name": "consents", "resource": one} for one in consents),
            {"name": "request", "part": parts},
            *({"name": "resource", "resource": one} for one in resources),
        ],
    }


def part(verdict: Json, name: str) -> list[Json]:
    return [each for each in verdict["part"] if each["name"] == name]


def test_permit_and_deny_are_answered_alike_with_their_reasons(house: House) -> None:
    consents = [consent("permit", "Organization/a"), consent("deny", "Organization/b")]
    asked = parameters(consents, [observation("1"), observation("2")])
    answer = house.trust.send("POST", "Consent/$decide", asked)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, FHIR_JSON)
    verdicts = answer.json()["parameter"]
    assert [part(one, "resource")[0]["valueString"] for one in verdicts] == [
        "Observation/1",
        "Observation/2",
    ]
    assert {part(one, "decision")[0]["valueCode"] for one in verdicts} == {"permit"}
    (reason,) = part(verdicts[0], "reasons")
    assert part(reason, "consent")[0]["valueString"] == "Consent/c-permit"
    assert part(reason, "provision")[0]["valueString"] == "Consent.provision"
    assert [each["valueCode"] for each in part(reason, "criteria")] == ["actor"]
    denied = house.trust.send(
        "POST",
        "Consent/$decide",
        parameters(consents, [observation("1")], recipient="Organization/b"),
    )
    (verdict,) = denied.json()["parameter"]
    assert part(verdict, "decision")[0]["valueCode"] == "deny"
    assert part(verdict, "strength")[0]["valueCode"] == "denial"


def test_it_answers_what_the_command_answers(house: House, tmp_path: Path) -> None:
    consents = [consent("permit", "Organization/a"), consent("deny", "Organization/b")]
    request = {"recipient": "Organization/a", "purpose": "TREAT", "at": AT}
    files = {"consents": consents[0], "request": request, "resource": observation("1")}
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content), "utf-8")
    options = [word for name in files for word in (f"--{name}", str(tmp_path / name))]
    line = json.loads(house.server.command("decide", *options).stdout)
    asked = parameters(consents[:1], [observation("1")])
    (verdict,) = house.trust.send("POST", "Consent/$decide", asked).json()["parameter"]
    said = {
        each["name"]: each.get("valueString") or each.get("valueCode") for each in verdict["part"]
    }
    assert {name: said[name] for name in ("resource", "decision", "strength", "sentence")} == {
        name: line[name] for name in ("resource", "decision", "strength", "sentence")
    }


def test_whoever_has_a_token_may_ask_and_nobody_else(house: House) -> None:
    asked = parameters([consent("permit", "Organization/a")], [observation("1")])
    for client in (house.housing, house.officer):
        assert client.send("POST", "Consent/$decide", asked).status_code == 200
    bare = httpx.post(f"{house.trust.fhir}/Consent/$decide", json=asked, trust_env=False)
    assert_outcome(bare, 401)


def test_bad_input_names_its_element_and_what_would_be_right(house: House) -> None:
    wrong = parameters([observation("1")], [], purpose="CARE")
    outcome = assert_outcome(house.trust.send("POST", "Consent/$decide", wrong), 400)
    assert [(i["expression"], i["diagnostics"]) for i in outcome["issue"]] == [
        (["Parameters.parameter[0].resource"], "must be a Consent"),
        (
            ["Parameters.parameter[1].part[1].value"],
            "purpose must be a code of v3-ActReason, such as TREAT",
        ),
    ]
    assert_outcome(house.trust.send("POST", "Consent/$decide", "{"), 400)
    assert_outcome(
        house.trust.send("POST", "Consent/$decide", "<a/>", Content_Type="text/xml"), 415
    )
    assert_outcome(house.trust.get("Consent/$decide"), 404, 405)


def test_each_question_leaves_one_row_that_names_nobody(house: House) -> None:
    def rows() -> int:
        return int(house.officer.get("AuditEvent", _summary="count").json()["total"])

    before = rows()
    asked = parameters([consent("permit", "Organization/a")], [observation("1")])
    house.trust.send("POST", "Consent/$decide", asked)
    house.trust.send("POST", "Consent/$decide", parameters([], [], purpose="CARE"))
    assert rows() - before == 3  # the two, and the count before them
    query = b64encode(b"Consent/$decide").decode()
    events = [json.dumps(one) for one in house.officer.search("AuditEvent")]
    about = [event for event in events if query in event]
    assert about
    assert not [event for event in about if "Patient/p1" in event or "Observation/1" in event]


def test_it_is_listed_for_consents_alone(house: House) -> None:
    statement = house.trust.read("metadata")["rest"][0]["resource"]
    offering = {one["type"]: one["operation"] for one in statement}
    named = {t: [each["name"] for each in offered] for t, offered in offering.items()}
    assert [type_ for type_, names in named.items() if "decide" in names] == ["Consent"]
    (own,) = [each for each in offering["Consent"] if each["name"] == "decide"]
    assert own["definition"].startswith("https://onestory.example/fhir/OperationDefinition/")
    paths = house.trust.http.get(f"{house.server.base}/openapi.json").json()["paths"]
    assert "post" in paths["/fhir/Consent/$decide"]
    assert "/fhir/Consent/{id}/$decide" not in paths
