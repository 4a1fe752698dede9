"""Every statement of /fhir/metadata is tried: what is listed is done, what is not is refused."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import pytest
from every_type import Making
from houses import House, Situation, situation_at
from made_up import Person
from smart_client import Json, SmartClient, register

TYPES = (
    *("AllergyIntolerance", "Appointment", "Bundle", "CarePlan", "CareTeam", "Communication"),
    *("Composition", "Condition", "Consent", "DocumentReference", "Encounter", "Endpoint"),
    *("Flag", "Goal", "Group", "HealthcareService", "List", "Location", "MedicationRequest"),
    *("MedicationStatement", "MessageHeader", "Observation", "Patient", "Practitioner"),
    *("PractitionerRole", "Procedure", "Provenance", "Questionnaire", "QuestionnaireResponse"),
    *("RelatedPerson", "ServiceRequest", "Task"),
)
READ_ONLY = ("AuditEvent", "Organization")
PATCH = "application/json-patch+json"
REFUSED = (403, 404, 405)


@pytest.fixture(scope="module")
def known(shared_house: House) -> Situation:
    return situation_at(shared_house, Person())


@pytest.fixture(scope="module")
def statement(known: Situation) -> Json:
    return dict(known.trust.get("metadata").json())


@pytest.fixture(scope="module")
def writers(known: Situation) -> Iterator[dict[str, SmartClient]]:
    office = register(
        known.house.server,
        "Catalogue office",
        "DP3",
        role="officer",
        purpose="HCOMPL",
        scope="system/*.cruds",
    )
    definer = SmartClient(known.house.server, office)
    yield {"Questionnaire": definer}
    definer.close()


@pytest.fixture(scope="module")
def target(known: Situation) -> str:
    return known.writes(making(known, "Observation").least())


def making(known: Situation, type_: str, target: str = "") -> Making:
    patient = known.at_trust if type_ != "Patient" else ""
    return Making(type_, patient, known.trust.who.organization, target)


def listed(statement: Json, type_: str) -> Json:
    (row,) = [each for each in statement["rest"][0]["resource"] if each["type"] == type_]
    return dict(row)


def codes(statement: Json, type_: str) -> set[str]:
    return {each["code"] for each in listed(statement, type_)["interaction"]}


def test_what_the_statement_says_of_itself_is_so(known: Situation, statement: Json) -> None:
    assert statement["implementation"]["url"] == known.trust.fhir
    assert statement["fhirVersion"] == "4.0.1"
    assert statement["format"] == ["application/fhir+json"]
    answer = known.trust.get("metadata", headers={"Accept": "application/fhir+xml"})
    assert answer.status_code in (200, 406)
    (token,) = statement["rest"][0]["security"]["extension"][0]["extension"]
    assert known.trust.http.get(token["valueUri"]).status_code == 405


@pytest.mark.parametrize("type_", TYPES)
def test_each_interaction_is_done_where_it_is_listed_and_nowhere_else(
    known: Situation,
    writers: dict[str, SmartClient],
    statement: Json,
    target: str,
    type_: str,
) -> None:
    client, done = writers.get(type_, known.trust), codes(statement, type_)
    stored = client.created(making(known, type_, target).least())
    reference = f"{type_}/{stored['id']}"
    version = f"{reference}/_history/{stored['meta']['versionId']}"
    body = {name: value for name, value in stored.items() if name != "meta"}
    path, value = ("/status", "received") if type_ == "Task" else ("/language", "en")
    patch = json.dumps([{"op": "add", "path": path, "value": value}])
    as_patch = {"Content-Type": PATCH}
    # In an order in which each finds what the one before it leaves.
    tries = (
        ("read", 200, lambda: client.get(reference)),
        ("vread", 200, lambda: client.get(version)),
        ("search-type", 200, lambda: client.get(type_, _id=stored["id"])),
        ("update", 200, lambda: client.put(body)),
        ("patch", 200, lambda: client.request("PATCH", reference, content=patch, headers=as_patch)),
        ("history-instance", 200, lambda: client.get(f"{reference}/_history")),
        ("history-type", 200, lambda: client.get(f"{type_}/_history", _count="1")),
        ("delete", 204, lambda: client.request("DELETE", reference)),
    )
    assert done <= {"create"} | {code for code, *_ in tries}
    for code, right, attempt in tries:
        answer = attempt()
        wanted = (right, 409) if code == "delete" and type_ == "Patient" else (right,)
        wanted = REFUSED if code not in done else wanted
        assert answer.status_code in wanted, (code, answer.status_code, answer.text)
    if "delete" in done and type_ != "Patient":
        assert client.get(reference).status_code == 410


@pytest.mark.parametrize("type_", READ_ONLY)
def test_what_only_the_operator_writes_is_read(
    known: Situation, statement: Json, type_: str
) -> None:
    known.trust.read(known.at_trust)  # of which the log tells
    query = {"_id": known.trust.who.organization.partition("/")[2]}
    answer = known.trust.get(type_, **query if type_ == "Organization" else {"_count": "1"})
    found = answer.json()["entry"][0]["resource"]
    reference = f"{type_}/{found['id']}"
    assert known.trust.get(reference).status_code == 200
    assert known.trust.post({"resourceType": type_}).status_code in (400, *REFUSED)
    for method in ("PUT", "DELETE", "PATCH"):
        answer = known.trust.send(method, reference, found)
        assert answer.status_code in (*REFUSED, 415), (method, answer.text)
    assert not codes(statement, type_) & {"create", "update", "patch", "delete"}


@pytest.mark.parametrize("type_", TYPES)
def test_each_conditional_form_is_as_listed(
    known: Situation,
    writers: dict[str, SmartClient],
    statement: Json,
    target: str,
    type_: str,
) -> None:
    client, row = writers.get(type_, known.trust), listed(statement, type_)
    names = {each["name"] for each in row["searchParam"]}
    if "identifier" not in names:
        assert type_ in ("MessageHeader", "Provenance")
        return
    resource = making(known, type_, target).least()
    value = str(uuid.uuid4())
    one = type_ in ("Bundle", "Composition", "QuestionnaireResponse")
    identifier = {"system": "urn:s", "value": value}
    resource["identifier"] = identifier if one else [identifier]
    condition = f"identifier=urn:s|{value}"
    assert row["conditionalCreate"]
    assert client.post(resource, If_None_Exist=condition).status_code == 201
    assert client.post(resource, If_None_Exist=condition).status_code == 200
    (found,) = client.search(type_, identifier=f"urn:s|{value}")
    etag = client.get(f"{type_}/{found['id']}").headers["ETag"]
    unchanged = client.get(f"{type_}/{found['id']}", headers={"If-None-Match": etag})
    assert unchanged.status_code == (304 if row["conditionalRead"] == "full-support" else 200)
    whole = {name: each for name, each in found.items() if name != "meta"}
    answer = client.send("PUT", f"{type_}?{condition}", whole)
    assert answer.status_code == 200 if row["conditionalUpdate"] else answer.status_code in REFUSED
    answer = client.request("DELETE", f"{type_}?{condition}")
    single = row["conditionalDelete"] == "single"
    wanted = ((204, 409) if type_ == "Patient" else (204,)) if single else REFUSED
    assert answer.status_code in wanted, answer.text
    assert not row["updateCreate"]
    stranger = whole | {"id": str(uuid.uuid4())}
    assert client.put(stranger).status_code in REFUSED


@pytest.mark.parametrize("type_", TYPES)
def test_each_inclusion_is_taken(known: Situation, statement: Json, type_: str) -> None:
    row = listed(statement, type_)
    for control, name in (("_include", "searchInclude"), ("_revinclude", "searchRevInclude")):
        asked = [(control, each) for each in row.get(name, [])]
        if asked:
            query = [("_id", str(uuid.uuid4())), *asked]
            answer = known.trust.request("GET", type_, params=query)
            assert answer.status_code == 200, answer.text
            assert answer.json()["total"] == 0
        wrong = known.trust.request(
            "GET", type_, params=[("_id", "1"), (control, f"{type_}:nothing")]
        )
        assert wrong.status_code == 400


FOR_THE_PERSON = ("receipt", "preview")  # not a service's: test_receipts_and_previews.py
CALCULATED = ("decide", "suggest", "extract", "populate")  # each has its own tests
ONCE = ("disclosed",)  # what two people released: test_disclosure.py
REFERRED = ("message",)  # of a referral with its Task: test_messages.py
CLEARED = ("clear",)  # by a named practitioner, what is kept: test_clear_for_the_person.py
OF_ONE = ("everything", "document", "story")  # asked of a resource, by GET and by POST


@pytest.mark.parametrize("type_", TYPES)
def test_each_operation_answers(known: Situation, statement: Json, target: str, type_: str) -> None:
    for operation in listed(statement, type_).get("operation", []):
        if operation["name"] in FOR_THE_PERSON + ONCE + CALCULATED + REFERRED + CLEARED:
            continue
        if operation["name"] in OF_ONE:
            _answers_of_one(known, type_, target, operation["name"])
            continue
        path = f"{type_}/${operation['name']}"
        answer = known.trust.send("POST", path, making(known, type_, target).least())
        assert answer.status_code == 200, answer.text


def _answers_of_one(known: Situation, type_: str, target: str, name: str) -> None:
    least = making(known, type_, target).least()
    of = known.at_trust if type_ == "Patient" else f"{type_}/{known.trust.created(least)['id']}"
    for method in ("GET", "POST"):
        answer = known.trust.request(method, f"{of}/${name}")
        assert answer.status_code == 200, answer.text
        assert answer.json()["resourceType"] == "Bundle"
        assert of in {
            f"{each['resource']['resourceType']}/{each['resource']['id']}"
            for each in answer.json()["entry"]
        }


def test_each_parameter_of_the_log_is_taken(known: Situation, statement: Json) -> None:
    values = {"date": "ge2026-01-01", "outcome": "0", "purpose": "TREAT"}
    values |= {"patient": known.at_trust, "agent": known.trust.who.organization}
    values |= {"entity": known.at_trust, "_id": str(uuid.uuid4())}
    for parameter in listed(statement, "AuditEvent")["searchParam"]:
        name = parameter["name"]
        answer = known.house.officer.get("AuditEvent", **{name: values[name]})
        assert answer.status_code == 200, answer.text


def test_a_transaction_and_a_batch_are_taken(known: Situation, statement: Json) -> None:
    listed_codes = {each["code"] for each in statement["rest"][0]["interaction"]}
    assert listed_codes == {"transaction", "batch"}
    for kind in listed_codes:
        bundle = {"resourceType": "Bundle", "type": kind}
        answer = known.trust.send("POST", "", bundle)
        assert answer.status_code == 200, answer.text
        assert answer.json()["type"] == f"{kind}-response"
