"""Every type of the contract: written, read, found by every parameter, by its own alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from every_type import DIRECTORY, PERHAPS_NOBODY, Making, rows
from houses import House, Situation, situation_at
from made_up import Person
from smart_client import Json, SmartClient, register

TYPES = (
    *("Patient", "RelatedPerson", "Practitioner", "PractitionerRole", "Organization"),
    *("HealthcareService", "Location", "Endpoint", "CareTeam", "Group", "List", "Consent"),
    *("Questionnaire", "QuestionnaireResponse", "Observation", "Condition", "Procedure"),
    *("Encounter", "Appointment", "AllergyIntolerance", "MedicationRequest"),
    *("MedicationStatement", "CarePlan", "Goal", "ServiceRequest", "Task", "Communication"),
    *("Flag", "DocumentReference", "Composition", "Bundle", "MessageHeader", "Provenance"),
    "AuditEvent",
)
WRITTEN = [type_ for type_ in TYPES if type_ not in ("Organization", "AuditEvent")]
PERSONAL = [type_ for type_ in WRITTEN if type_ not in DIRECTORY]
ABOUT_SOMEONE = [type_ for type_ in PERSONAL if type_ != "Patient"]
STRANGE = "Patient/123e4567-e89b-42d3-a456-426614174000"


@pytest.fixture(scope="module")
def known(shared_house: House) -> Situation:
    return situation_at(shared_house, Person())


@pytest.fixture(scope="module")
def target(known: Situation) -> str:
    """Something about the person that a Provenance can speak of."""
    return known.writes(made(known, "Observation").least())


@pytest.fixture(scope="module")
def definer(shared_house: House) -> Iterator[SmartClient]:
    """An officer who writes definitions."""
    office = register(
        shared_house.server,
        "Definitions office",
        "DP2",
        role="officer",
        purpose="HCOMPL",
        scope="system/Questionnaire.cruds",
    )
    client = SmartClient(shared_house.server, office)
    yield client
    client.close()


@pytest.fixture
def client(known: Situation, definer: SmartClient, type_: str) -> SmartClient:
    """Who writes the type."""
    return definer if type_ == "Questionnaire" else known.trust


def made(known: Situation, type_: str, target: str = "") -> Making:
    return Making(type_, known.at_trust, known.trust.who.organization, target)


def found(client: SmartClient, type_: str, **query: str) -> list[str]:
    answer = client.get(type_, **query)
    assert answer.status_code == 200, (type_, query, answer.text)
    return [entry["resource"]["id"] for entry in answer.json().get("entry", [])]


def test_every_type_but_one_is_served(house: House) -> None:
    statement = house.trust.get("metadata").json()
    listed = {each["type"] for each in statement["rest"][0]["resource"]}
    assert listed == set(TYPES)


def test_no_subscription_is_taken_while_none_is_kept(house: House) -> None:
    asked: Json = {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "word of referrals",
        "criteria": "Task?status=requested",
        "channel": {"type": "rest-hook", "endpoint": "https://x.example/told"},
    }
    assert house.trust.post(asked).status_code == 404
    assert house.trust.get("Subscription").status_code == 404


@pytest.mark.parametrize("type_", WRITTEN)
def test_what_is_written_is_read_found_and_labelled(
    known: Situation, client: SmartClient, target: str, type_: str
) -> None:
    stored = client.created(made(known, type_, target).least())
    reference = f"{type_}/{stored['id']}"
    read = client.read(reference)
    assert read["id"] == stored["id"]
    assert read["meta"]["versionId"]
    assert read["meta"]["lastUpdated"]
    levels = [each["code"] for each in read["meta"]["security"] if "Confidential" in each["system"]]
    assert len(levels) == 1
    assert levels[0] in "NRV"
    assert found(client, type_, _id=stored["id"]) == [stored["id"]]


@pytest.mark.parametrize("type_", PERSONAL)
def test_a_stranger_finds_nothing(known: Situation, target: str, type_: str) -> None:
    stored = known.trust.created(made(known, type_, target).least())
    for stranger in (known.house.housing, known.drugs):
        assert stranger.get(f"{type_}/{stored['id']}").status_code == 404
        assert found(stranger, type_, _id=stored["id"]) == []


@pytest.mark.parametrize("type_", sorted(DIRECTORY - {"Organization"}))
def test_the_directory_is_everyones_to_read(
    known: Situation, client: SmartClient, type_: str
) -> None:
    stored = client.created(made(known, type_).least())
    assert known.house.housing.read(f"{type_}/{stored['id']}")["id"] == stored["id"]


@pytest.mark.parametrize("type_", ABOUT_SOMEONE)
@pytest.mark.parametrize("whose", ["nobody's", "another's"])
def test_only_ones_own_patients_are_named(
    known: Situation, target: str, type_: str, whose: str
) -> None:
    """An unknown Patient and another organisation's are refused in the same words."""
    theirs = STRANGE if whose == "nobody's" else known.at_drugs
    named = made(known, type_, target).least() | naming(type_, theirs)
    answer = known.trust.post(named)
    assert answer.status_code == 422, answer.text
    (issue,) = answer.json()["issue"]
    assert issue["diagnostics"] == (
        "must refer to a Patient that your organisation has created here"
    )
    assert theirs not in answer.text


def naming(type_: str, patient: str) -> Json:
    """An element, far from the subject, that names a Patient."""
    if type_ == "Bundle":
        inner = {"resourceType": "Flag", "status": "active", "code": {"text": "x"}}
        return {"entry": [{"resource": inner | {"subject": {"reference": patient}}}]}
    seen = {"url": "https://x.example/seen", "valueReference": {"reference": patient}}
    return {"extension": [seen]}


@pytest.mark.parametrize("type_", sorted(set(ABOUT_SOMEONE) - PERHAPS_NOBODY - {"Provenance"}))
def test_what_must_be_about_someone_says_whom(known: Situation, type_: str) -> None:
    resource = made(known, type_).least()
    for name in ("subject", "patient", "for", "participant"):
        resource.pop(name, None)
    assert known.trust.post(resource).status_code in (400, 422)


@pytest.mark.parametrize("type_", WRITTEN)
def test_every_parameter_finds_what_it_reads_and_nothing_else(
    known: Situation, client: SmartClient, target: str, type_: str
) -> None:
    making = made(known, type_, target)
    tried = 0
    for name in listed(known, type_):
        if name.startswith("_"):
            continue
        for resource, right, wrong in making.found_by(name):
            answer = client.post(resource)
            assert answer.status_code == 201, (name, resource, answer.text)
            id_ = answer.headers["Location"].split("/fhir/")[1].split("/")[1]
            assert found(client, type_, _id=id_, **{name: right}) == [id_], (name, right, resource)
            assert found(client, type_, _id=id_, **{name: wrong}) == [], (name, wrong, resource)
            tried += 1
    assert tried


def listed(known: Situation, type_: str) -> list[str]:
    statement = known.trust.get("metadata").json()
    (row,) = [each for each in statement["rest"][0]["resource"] if each["type"] == type_]
    return [each["name"] for each in row["searchParam"]]


@pytest.mark.parametrize("type_", [each for each in TYPES if each != "AuditEvent"])
def test_every_parameter_of_r4_is_served(known: Situation, type_: str) -> None:
    assert set(rows(type_)) == set(listed(known, type_))


@pytest.mark.parametrize(
    ("asked", "is_near"),
    [
        ("53.80|-1.55", True),
        ("53.80|-1.55|1", True),
        ("53.81|-1.55|1|km", False),
        ("53.81|-1.55|1200|m", True),
        ("53.81|-1.55|1|[mi_us]", True),
        ("51.50|-0.12", False),
    ],
)
def test_places_are_found_by_how_near_they_are(known: Situation, asked: str, is_near: bool) -> None:
    position = {"latitude": 53.80, "longitude": -1.55}
    place = known.trust.created({"resourceType": "Location", "position": position})
    assert found(known.trust, "Location", _id=place["id"], near=asked) == [place["id"]] * is_near


@pytest.mark.parametrize(
    "asked", ["", "Leeds", "91|0", "0|181", "1|2|x", "1|2|3|furlong", "1|2|3|km|4"]
)
def test_what_is_no_place_is_refused(known: Situation, asked: str) -> None:
    assert known.trust.get("Location", near=asked).status_code == 400
