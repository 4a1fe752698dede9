"""What the contract page promises at its edges: persons, doors, versions, who may write what."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from answers import assert_outcome, face, is_refused, made_up, posted, refer
from houses import House, Situation
from made_up import (
    NHS,
    ODS,
    Person,
    alcohol_score,
    care_plan,
    consent,
    drink_response,
    mood_score,
    topic,
    treatment,
)
from smart_client import JWT_BEARER, SmartClient

OPAQUE = re.compile(r"[0-9a-f]{16}")
BOUND = ("QuestionnaireResponse", "Observation", "CarePlan", "ServiceRequest", "Task", "Consent")


# --- persons --------------------------------------------------------------------------------


def test_a_second_patient_with_the_same_number_and_birth_date_is_a_conflict(house: House) -> None:
    person = Person()
    house.known_at(house.trust, person)
    assert_outcome(house.trust.post(person.patient()), 409)


def test_a_conditional_second_patient_is_the_first(house: House) -> None:
    person = Person()
    first = house.known_at(house.trust, person)
    asked = f"identifier={NHS}|{person.number}&birthdate={person.birth_date}"
    answer = house.trust.post(person.patient(), If_None_Exist=asked)
    assert answer.status_code == 200, answer.text
    assert first.partition("/")[2] in answer.headers["Location"]


def test_registering_looks_the_same_whether_others_know_the_person(house: House) -> None:
    known = Person()
    house.known_at(house.trust, known)
    house.person_at_portal(known)
    answers = []
    for person in (known, Person()):
        answer = house.drugs.post(person.patient())
        text = re.sub(r"[0-9a-f-]{36}|[0-9a-f]{16}|\d{4}-\d\d-\d\dT[0-9:.Z+-]+", "_", answer.text)
        names = sorted(answer.headers)
        answers.append((answer.status_code, names, text.replace(person.number, "_")))
    assert answers[0] == answers[1]
    assert answers[0][0] == 201


def test_a_wrong_birth_date_is_stored_answers_the_same_and_joins_nothing(house: House) -> None:
    trust, drugs, person = house.trust, house.drugs, Person()
    mine = house.known_at(trust, person)
    portal = house.person_at_portal(person)
    everything = consent(str(portal.patient), "permit", drugs.who.organization)
    portal.created(everything)
    score = f"Observation/{trust.created(alcohol_score(mine))['id']}"
    answer = drugs.post(person.patient() | {"birthDate": "1931-01-01"})
    assert answer.status_code == 201
    assert is_refused(drugs, score)


def test_another_organisations_patients_are_never_released(situation: Situation) -> None:
    number = f"{NHS}|{situation.person.number}"
    situation.says(consent(situation.me, "permit", situation.drugs.who.organization))
    assert is_refused(situation.drugs, situation.at_trust)
    found = situation.drugs.search("Patient", identifier=number)
    assert [f"Patient/{patient['id']}" for patient in found] == [situation.at_drugs]


def test_the_number_means_the_person_in_a_search(situation: Situation) -> None:
    score = situation.writes(alcohol_score(situation.at_trust))
    path = f"Observation?patient.identifier={NHS}|{situation.person.number}"
    found = situation.trust.search(path)
    assert [f"Observation/{r['id']}" for r in found] == [score]
    assert situation.drugs.search(path) == []


def test_an_organisation_without_a_patient_gets_nothing(situation: Situation) -> None:
    housing = situation.house.housing
    situation.says(consent(situation.me, "permit", housing.who.organization))
    score = situation.writes(alcohol_score(situation.at_trust))
    assert is_refused(housing, score)
    theirs = situation.house.known_at(housing, situation.person)
    assert housing.read(score)["subject"]["reference"] == theirs


@pytest.mark.parametrize("make", [alcohol_score, drink_response, care_plan])
def test_a_patient_that_is_not_yours_is_one_constant_422(
    situation: Situation, make: Callable[[str], dict[str, Any]]
) -> None:
    before = situation.house.server.rows("resource")
    wrong = [situation.at_trust, situation.me, made_up("Patient"), "Patient/nobody"]
    answers = [situation.drugs.post(make(patient)) for patient in wrong]
    assert_outcome(answers[0], 422)
    assert {face(answer)[2] for answer in answers} == {answers[0].content}
    assert {answer.status_code for answer in answers} == {422}
    assert situation.house.server.rows("resource") == before


def test_a_local_patient_reference_becomes_relative(situation: Situation) -> None:
    absolute = f"{situation.trust.fhir}/{situation.at_trust}/_history/1"
    score = situation.writes(alcohol_score(absolute))
    assert situation.trust.read(score)["subject"]["reference"] == situation.at_trust


# --- doors ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["Patient/x", "Observation?patient=Patient/x", "AuditEvent"])
@pytest.mark.parametrize("token", [None, "", "Bearer nonsense", "Basic eDp5"])
def test_no_valid_token_is_401(house: House, path: str, token: str | None) -> None:
    headers = {"Authorization": token} if token is not None else {}
    answer = house.trust.http.get(f"{house.trust.fhir}/{path}", headers=headers)
    assert_outcome(answer, 401)
    assert "WWW-Authenticate" in answer.headers


def test_a_refused_token_leaves_no_row(house: House) -> None:
    before = house.server.rows("audit")
    house.trust.http.get(f"{house.trust.fhir}/Patient/x", headers={"Authorization": "Bearer x"})
    assert house.server.rows("audit") == before


def test_a_token_without_the_scope_is_403(house: House) -> None:
    client = house.client("trust")
    mine = house.known_at(house.trust, Person())
    answer = client.ask_token("system/Observation.rs")
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    wrong = client.http.get(f"{client.fhir}/{mine}", headers=headers)
    assert_outcome(wrong, 403)
    written = client.http.post(f"{client.fhir}/Observation", headers=headers, json={})
    assert_outcome(written, 403)
    right = client.http.get(f"{client.fhir}/Observation?patient={mine}", headers=headers)
    assert right.status_code == 200, right.text


def test_a_scope_the_client_does_not_have_is_refused(house: House) -> None:
    answer = house.officer.ask_token("system/AuditEvent.rs system/Patient.rs")
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_scope"


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "https://elsewhere.example/oauth/token"},
        {"exp": 1},
        {"exp": 4102444800},
        {"iss": "somebody-else"},
        {"sub": "somebody-else"},
        {"jti": ""},
        {
            "extensions": {
                "hl7-b2b": {
                    "version": "1",
                    "purpose_of_use": ["urn:oid:2.16.840.1.113883.5.8#HMARKT"],
                }
            }
        },
        {"extensions": {"hl7-b2b": {"version": "1", "organization_id": "DA1"}}},
    ],
    ids=["aud", "expired", "ten-years", "iss", "sub", "jti", "purpose", "organization"],
)
def test_a_wrong_assertion_gets_no_token(house: House, changed: dict[str, Any]) -> None:
    answer = house.client("trust").ask_token(**changed)
    assert answer.status_code in (400, 401), answer.text
    assert answer.json()["error"]
    assert "access_token" not in answer.json()


@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["x"], "x": 1},
        {"crit": ["exp"]},
        {"x5u": "https://x.example"},
        {"jwk": {"kty": "EC"}},
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "ES256"},
        {"kid": "another"},
    ],
    ids=str,
)
def test_an_assertion_header_that_is_not_understood_is_refused(
    house: House, header: dict[str, Any]
) -> None:
    client = house.client("trust")
    plain = client.ask_token(assertion=client.assertion(header={}))
    assert plain.status_code == 200, "signing by hand works"
    answer = client.ask_token(assertion=client.assertion(header=header))
    assert answer.status_code in (400, 401)
    assert answer.json()["error"]


def test_a_consent_may_name_its_recipient_by_ods_code(situation: Situation) -> None:
    score = situation.writes(alcohol_score(situation.at_trust))
    words = consent(situation.me, "permit", situation.drugs.who.organization)
    identifier = {"system": ODS, "value": situation.drugs.who.ods}
    words["provision"]["actor"][0]["reference"] = {"identifier": identifier}
    situation.says(words)
    situation.drugs.read(score)
    situation.house.known_at(situation.house.housing, situation.person)
    assert is_refused(situation.house.housing, score)


def test_a_head_is_a_read_without_a_body(situation: Situation) -> None:
    hidden = situation.writes(alcohol_score(situation.at_trust))
    asked = [situation.drugs.request("HEAD", r) for r in (hidden, made_up("Observation"))]
    assert face(asked[0]) == face(asked[1])
    counted = situation.house.officer.get("AuditEvent", entity=hidden, _summary="count")
    if asked[0].status_code == 404:
        assert counted.json()["total"] == 2  # the write and the question


def test_an_assertion_is_used_once(house: House) -> None:
    client = house.client("trust")
    assertion = client.assertion()
    assert client.ask_token(assertion=assertion).status_code == 200
    assert client.ask_token(assertion=assertion).status_code in (400, 401)


def test_a_revoked_token_opens_nothing(house: House) -> None:
    client = house.client("trust")
    mine = house.known_at(client, Person())
    answer = client.http.post(
        f"{house.server.base}/oauth/revoke",
        data={
            "token": client.token,
            "client_assertion_type": JWT_BEARER,
            "client_assertion": client.assertion(),
        },
    )
    assert answer.status_code == 200, answer.text
    assert_outcome(client.get(mine), 401)


def test_where_to_ask_for_a_token_is_published(house: House) -> None:
    found = house.trust.http.get(f"{house.trust.fhir}/.well-known/smart-configuration").json()
    assert found["token_endpoint"] == f"{house.server.base}/oauth/token"
    assert "client_credentials" in found["grant_types_supported"]
    assert "private_key_jwt" in found["token_endpoint_auth_methods_supported"]
    supported = found["token_endpoint_auth_signing_alg_values_supported"]
    assert {"RS384", "ES384"} <= set(supported)


# --- every answer ---------------------------------------------------------------------------


def test_the_notice_is_on_every_answer(situation: Situation) -> None:
    drugs = situation.drugs
    answers = [
        drugs.get(situation.at_drugs),
        drugs.get(made_up("Observation")),
        drugs.get("Observation", patient=situation.at_drugs),
        drugs.get("Observation"),
        drugs.get("NoSuchType/1"),
        drugs.send("POST", "Observation", b"{"),
        drugs.post(alcohol_score(situation.at_drugs)),
        drugs.http.get(f"{drugs.fhir}/{situation.at_drugs}"),
        drugs.get("metadata"),
        drugs.request("DELETE", situation.at_drugs),
    ]
    notices = {answer.headers.get("OneStory-Notice") for answer in answers}
    assert len(notices) == 1
    assert notices != {None}


def test_errors_are_outcomes_and_never_html(house: House) -> None:
    trust = house.trust
    for method, path in (
        ("GET", "NoSuchType/1"),
        ("GET", "NoSuchType?x=1"),
        ("GET", "Observation/not a good id"),
        ("GET", "Observation/%00"),
        ("GET", f"Observation/{'x' * 65}"),
        ("GET", "Observation/1/2/3/4"),
        ("PATCH", made_up("Observation")),
        ("DELETE", made_up("Observation")),
        ("PUT", "Observation"),
        ("OPTIONS", "Observation"),
    ):
        answer = trust.request(method, path)
        if answer.status_code >= 400:
            assert_outcome(answer, 400, 404, 405, 415, 422)


@pytest.mark.parametrize("kind", [k for k in BOUND if k != "Consent"])
def test_a_search_that_names_nobody_is_400(house: House, kind: str) -> None:
    for path in (kind, f"{kind}?_count=5", f"{kind}?status=final"):
        assert_outcome(house.trust.get(path), 400)


# --- versions -------------------------------------------------------------------------------


def test_a_version_is_opaque_and_the_entity_tag_is_it(situation: Situation) -> None:
    score = situation.writes(alcohol_score(situation.at_trust))
    answer = situation.trust.get(score)
    version = answer.json()["meta"]["versionId"]
    assert OPAQUE.fullmatch(version)
    assert answer.headers["ETag"] == f'W/"{version}"'
    assert situation.trust.get(score).headers["ETag"] == answer.headers["ETag"]
    other = situation.trust.read(situation.writes(alcohol_score(situation.at_trust)))
    assert other["meta"]["versionId"] != version


def test_a_stale_if_match_is_412_and_changes_nothing(situation: Situation) -> None:
    given = situation.says(consent(situation.me, "permit", situation.drugs.who.organization))
    score = situation.writes(alcohol_score(situation.at_trust))
    stale = situation.portal.put(given | {"status": "inactive"}, If_Match='W/"0123456789abcdef"')
    assert_outcome(stale, 412)
    situation.drugs.read(score)
    assert situation.takes_back(given).status_code == 200
    again = situation.takes_back(given)
    assert_outcome(again, 412)


def test_an_update_of_an_unknown_id_is_404(situation: Situation) -> None:
    words = consent(situation.me, "permit", situation.drugs.who.organization)
    unknown = words | {"id": made_up("Consent").partition("/")[2]}
    assert_outcome(situation.portal.put(unknown), 404)
    assert_outcome(situation.portal.put(unknown, If_Match='W/"0123456789abcdef"'), 404)


# --- who may write what ---------------------------------------------------------------------


def test_what_is_visible_but_not_yours_is_403_and_what_is_invisible_404(house: House) -> None:
    trust, drugs, housing, person = house.trust, house.drugs, house.housing, Person()
    mine = house.known_at(trust, person)
    request, task, _ = posted(refer(trust, mine, drugs.who.organization))
    seen = trust.get(task)
    moved = trust.put(seen.json() | {"status": "accepted"}, If_Match=seen.headers["ETag"])
    assert_outcome(moved, 403, 422)
    asked = drugs.get(request)
    changed = drugs.put(asked.json() | {"priority": "urgent"}, If_Match=asked.headers["ETag"])
    assert_outcome(changed, 403, 405)
    assert trust.read(request)["priority"] == "routine"
    body = seen.json() | {"for": {"reference": house.known_at(housing, person)}}
    hidden = housing.put(body, If_Match=seen.headers["ETag"])
    never = made_up("Task").partition("/")[2]
    unknown = housing.put(body | {"id": never}, If_Match=seen.headers["ETag"])
    assert_outcome(hidden, 404)
    assert face(hidden) == face(unknown)
    assert trust.read(task)["status"] == "requested"


def test_only_the_owner_moves_a_task_and_only_its_status(house: House) -> None:
    trust, drugs = house.trust, house.drugs
    mine = house.known_at(trust, Person())
    _, task, _ = posted(refer(trust, mine, drugs.who.organization))

    def put(client: SmartClient, **changed: Any) -> Any:
        seen = client.get(task)
        return client.put(seen.json() | changed, If_Match=seen.headers["ETag"])

    assert_outcome(put(trust, status="completed"), 403, 422)
    assert_outcome(put(drugs, status="accepted", priority="stat"), 403, 422)
    assert_outcome(put(drugs, status="completed"), 422)  # not from requested
    assert put(drugs, status="accepted").status_code == 200
    assert put(drugs, status="in-progress").status_code == 200
    assert_outcome(put(drugs, status="completed"), 422)  # and says not what came of it
    assert put(drugs, status="completed", businessStatus={"text": "seen"}).status_code == 200
    assert_outcome(put(drugs, status="requested"), 422)
    assert trust.read(task)["status"] == "completed"
    assert "priority" not in trust.read(task)


@pytest.mark.parametrize("name", ["trust", "officer", "portal"])
def test_an_organization_is_written_by_the_operator_only(house: House, name: str) -> None:
    client = house.client(name)
    body = {"resourceType": "Organization", "name": "Made up", "active": True}
    assert_outcome(client.post(body), 403)
    own = body | {"id": house.trust.who.organization.partition("/")[2]}
    assert_outcome(client.put(own), 403)


def test_organizations_are_readable_by_every_client(house: House) -> None:
    for organization in (house.trust.who.organization, house.drugs.who.organization):
        found = house.housing.read(organization)
        assert found["identifier"][0]["system"] == ODS
    listed = {f"Organization/{o['id']}" for o in house.housing.search("Organization")}
    assert house.trust.who.organization in listed


def test_a_consent_is_for_the_person_and_its_writer(situation: Situation) -> None:
    given = situation.says(consent(situation.me, "permit", situation.drugs.who.organization))
    reference = f"Consent/{given['id']}"
    situation.says(consent(situation.me, "permit", situation.trust.who.organization))
    assert situation.portal.read(reference)["patient"]["reference"] == situation.me
    for client, patient in (
        (situation.trust, situation.at_trust),
        (situation.drugs, situation.at_drugs),
    ):
        assert is_refused(client, reference)
        assert client.search("Consent", patient=patient) == []


def test_a_portal_token_serves_one_person_only(meet: Callable[..., Situation]) -> None:
    mine, other = meet(), meet()
    score = other.writes(alcohol_score(other.at_trust))
    assert is_refused(mine.portal, score)
    assert is_refused(mine.portal, other.me)
    answer = mine.portal.post(consent(other.me, "permit", other.drugs.who.organization))
    assert_outcome(answer, 403, 422)
    assert is_refused(other.drugs, score)
    given = other.says(consent(other.me, "permit", other.drugs.who.organization))
    version = f'W/"{given["meta"]["versionId"]}"'
    taken = mine.portal.put(given | {"status": "inactive"}, If_Match=version)
    assert_outcome(taken, 403, 404, 422)
    other.drugs.read(score)


def test_a_portal_token_without_a_person_only_registers(house: House) -> None:
    portal = house.client("portal")
    stored = portal.created(Person().patient())
    reference = f"Patient/{stored['id']}"
    for path in (reference, f"Observation?patient={reference}"):
        assert portal.get(path).status_code in (401, 403, 404)
    serving = house.client("portal", reference)
    assert serving.read(reference)["id"] == stored["id"]


def test_a_portal_token_for_an_unknown_person_is_refused(house: House) -> None:
    stranger = house.client("portal", made_up("Patient"))
    answer = stranger.ask_token()
    if answer.status_code == 200:
        assert stranger.get("Observation", patient=stranger.patient).status_code in (403, 404)
    else:
        assert answer.status_code in (400, 401)


def test_what_a_plan_says_in_words_is_for_whom_everything_is_permitted(
    situation: Situation,
) -> None:
    recipient = situation.drugs.who.organization
    some = {"purpose": treatment(), "securityLabel": topic("MH", "SUD", "smoking", "physical")}
    situation.says(consent(situation.me, "permit", recipient, **some))
    plan = situation.writes(care_plan(situation.at_trust))
    assert situation.trust.read(plan)["title"] == "Plan"
    assert situation.portal.read(plan)["subject"]["reference"] == situation.me
    assert is_refused(situation.drugs, plan)
    assert situation.drugs.search("CarePlan", patient=situation.at_drugs) == []
    situation.says(consent(situation.me, "permit", recipient))
    assert situation.drugs.read(plan)["title"] == "Plan"
    situation.says(consent(situation.me, "deny", recipient, securityLabel=topic("HIV")))
    assert is_refused(situation.drugs, plan)


def test_a_base_permit_reaches_direct_care_only(situation: Situation) -> None:
    """An opt-in with no provision lets current partners see for treatment, up to restricted."""
    score = situation.writes(mood_score(situation.at_trust))
    words = consent(situation.me, "permit")
    del words["provision"]
    code = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTIN"}
    situation.says(words | {"policyRule": {"coding": [code]}})
    assert situation.drugs.read(score)["subject"]["reference"] == situation.at_drugs
    situation.says(consent(situation.me, "deny", situation.drugs.who.organization))
    assert is_refused(situation.drugs, score)


@pytest.mark.parametrize(
    "root",
    [
        {"provision": {"period": {"start": "2026-01-01", "end": "2026-12-31"}}},
        {"provision": {"type": "permit", "provision": [{"purpose": treatment()}]}},
        {"provision": {"type": "permit", "period": {"start": "2026-02-01", "end": "2026-01-01"}}},
    ],
    ids=["opt-in with only a period", "untyped nested provision", "ends before it starts"],
)
def test_a_consent_that_says_nothing_clear_is_refused(
    situation: Situation, root: dict[str, Any]
) -> None:
    code = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTIN"}
    words = consent(situation.me, "permit") | {"policyRule": {"coding": [code]}} | root
    outcome = assert_outcome(situation.portal.post(words), 400, 422)
    assert "Consent" in json.dumps([i.get("expression") for i in outcome["issue"]])


# --- what is said to be served --------------------------------------------------------------


def test_every_listed_interaction_answers(situation: Situation) -> None:
    trust = situation.trust
    statement = trust.http.get(f"{trust.fhir}/metadata").json()
    assert statement["resourceType"] == "CapabilityStatement"
    assert statement["fhirVersion"] == "4.0.1"
    (rest,) = statement["rest"]
    listed = {r["type"]: {i["code"] for i in r["interaction"]} for r in rest["resource"]}
    assert {"Patient", "Consent", "QuestionnaireResponse", "Observation", "Task"} <= set(listed)
    for kind, interactions in listed.items():
        if "read" in interactions:
            assert_outcome(trust.get(made_up(kind)), 404)
        if "search-type" in interactions:
            named = f"_id={made_up(kind).partition('/')[2]}"
            answer = trust.get(f"{kind}?{named}")
            assert answer.status_code == 200, f"{kind}: {answer.text}"
        if "update" in interactions:
            body = {"resourceType": kind, "id": made_up(kind).partition("/")[2]}
            assert trust.put(body).status_code in (400, 403, 404, 422)
        if "create" in interactions:
            answer = trust.send("POST", kind, {"resourceType": kind, "nonsense": True})
            assert_outcome(answer, 400, 403, 422)


def test_what_is_not_listed_is_not_half_there(situation: Situation) -> None:
    trust = situation.trust
    statement = trust.http.get(f"{trust.fhir}/metadata").json()
    listed = {
        r["type"]: {i["code"] for i in r["interaction"]} for r in statement["rest"][0]["resource"]
    }
    score = situation.writes(alcohol_score(situation.at_trust))
    if "delete" not in listed["Observation"]:
        assert_outcome(trust.request("DELETE", score), 405)
    if "vread" not in listed["Observation"]:
        assert_outcome(trust.get(f"{score}/_history/1"), 404, 405)
    if "patch" not in listed["Observation"]:
        assert_outcome(trust.request("PATCH", score, json=[]), 405, 415)
    assert "Medication" not in listed
    assert_outcome(trust.get(made_up("Medication")), 404)
    assert_outcome(trust.send("POST", "Medication", {"resourceType": "Medication"}), 404, 405)


def test_listed_search_parameters_are_taken(situation: Situation) -> None:
    trust = situation.trust
    statement = trust.http.get(f"{trust.fhir}/metadata").json()
    samples = {"date": "ge2020-01-01", "token": "x", "string": "x", "uri": "urn:x", "number": "1"}
    for resource in statement["rest"][0]["resource"]:
        person = f"patient={situation.at_trust}&" if resource["type"] in BOUND else ""
        for parameter in resource.get("searchParam", []):
            value = samples.get(parameter["type"], situation.at_trust)
            answer = trust.get(f"{resource['type']}?{person}{parameter['name']}={value}")
            assert answer.status_code in (200, 400), f"{resource['type']} {parameter['name']}"
            if answer.status_code == 400:
                text = answer.text.lower()
                assert "unknown" not in text, f"{resource['type']}?{parameter['name']}: {text}"


def test_health_and_metrics_need_no_token_and_name_nobody(house: House) -> None:
    person = Person()
    house.known_at(house.trust, person)
    for path in ("/health/live", "/health/ready", "/metrics"):
        answer = house.trust.http.get(house.server.base + path)
        assert answer.status_code == 200
        assert person.number not in answer.text
    assert person.number not in house.server.log()


def test_nothing_readable_is_on_the_disk(house: House) -> None:
    person = Person(given="Philippa-Unmistakable")
    patient = house.known_at(house.trust, person)
    words = "unmistakable-words-in-a-note"
    house.trust.created(alcohol_score(patient, note=[{"text": words}]))
    for file in house.server.directory.rglob("*"):
        if file.is_file():
            held = file.read_bytes()
            for secret in (person.number, person.given, words):
                assert secret.encode() not in held, file.name


def test_decimals_keep_their_zeros(situation: Situation) -> None:
    score = alcohol_score(situation.at_trust)
    body = json.dumps(score).replace('"value": 7', '"value": 7.00')
    answer = situation.trust.send("POST", "Observation", body.encode())
    assert answer.status_code == 201, answer.text
    where = "/".join(answer.headers["Location"].split("/_history/")[0].split("/")[-2:])
    assert "7.00" in situation.trust.get(where).text
