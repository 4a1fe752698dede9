"""Bad input over HTTP: 4xx with an OperationOutcome that names the place, and nothing stored.

The table of malformed bodies is the validator's own (tests/gateway/fhir/malformed.py), so that
what is refused in memory is seen to be refused at the door; more that only a server can refuse
(transactions, queries, media types, sizes) is added here.
"""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest
from answers import assert_outcome, made_up
from houses import House, Situation, situation_at
from made_up import (
    Person,
    alcohol_score,
    consent,
    entry,
    referral,
    topic,
)
from smart_client import FHIR_JSON, Json, SmartClient

TABLES = ("resource", "former", "identity", "concern", "fact", "token_index", "delivery")
MALFORMED = Path(__file__).parents[1] / "gateway" / "fhir" / "malformed.py"


@pytest.fixture(scope="module")
def situation(shared_house: House) -> Situation:
    """One person for the whole module: nothing that is sent here may leave a trace."""
    return situation_at(shared_house)


@contextmanager
def unchanged(house: House) -> Iterator[None]:
    """The store holds as many rows of everything but the log afterwards as before."""
    before = {table: house.server.rows(table) for table in TABLES}
    yield
    assert {table: house.server.rows(table) for table in TABLES} == before


def refused(
    house: House, client: SmartClient, method: str, path: str, body: Any, *statuses: int
) -> Json:
    with unchanged(house):
        answer = client.send(method, path, body)
        return assert_outcome(answer, *(statuses or (400, 403, 404, 409, 412, 413, 415, 422)))


def places(outcome: Json) -> str:
    return json.dumps([issue.get("expression", []) for issue in outcome["issue"]])


def says_what_is_right(outcome: Json) -> bool:
    return all(
        issue.get("diagnostics") and "\n" not in issue["diagnostics"] for issue in outcome["issue"]
    )


# --- one resource ---------------------------------------------------------------------------

NUMBERS = '"valueQuantity": {"value": %s}'


def _with(text: str, replaced: str, by: str) -> bytes:
    assert replaced in text
    return text.replace(replaced, by, 1).encode()


def _score(patient: str) -> str:
    return json.dumps(alcohol_score(patient))


SYNTAX: dict[str, Callable[[str], bytes]] = {
    "empty": lambda p: b"",
    "not JSON": lambda p: b"<Observation/>",
    "cut off": lambda p: _score(p).encode()[:-2],
    "two documents": lambda p: _score(p).encode() * 2,
    "a list": lambda p: b"[]",
    "a string": lambda p: b'"Observation"',
    "null": lambda p: b"null",
    "duplicate name": lambda p: _with(_score(p), '"status"', '"status": "final", "status"'),
    "duplicate name deep down": lambda p: _with(_score(p), '"value"', '"value": 1, "value"'),
    "NaN": lambda p: _with(_score(p), '"value": 7', '"value": NaN'),
    "Infinity": lambda p: _with(_score(p), '"value": 7', '"value": -Infinity'),
    "overflow": lambda p: _with(_score(p), '"value": 7', '"value": 1e400'),
    "NUL": lambda p: _with(_score(p), '"unit": "score"', '"unit": "sc\\u0000re"'),
    "raw NUL": lambda p: _with(_score(p), '"unit": "score"', '"unit": "sc\x00re"'),
    "lone surrogate": lambda p: _with(_score(p), '"unit": "score"', '"unit": "\\ud800"'),
    "bad UTF-8": lambda p: _score(p).encode().replace(b'"unit": "score"', b'"unit": "\xff\xfe"'),
    "too deep": lambda p: b'{"resourceType": "Observation", "a": ' + b"[" * 70 + b"]" * 70 + b"}",
    "far too deep": lambda p: b"[" * 100_000,
}


@pytest.mark.parametrize("fault", SYNTAX)
def test_syntax_that_is_not_strict_json_is_400(situation: Situation, fault: str) -> None:
    body = SYNTAX[fault](situation.at_trust)
    outcome = refused(situation.house, situation.trust, "POST", "Observation", body, 400)
    assert says_what_is_right(outcome)


def _changed(**changed: Any) -> Callable[[str], Json]:
    return lambda patient: alcohol_score(patient) | changed


SHAPES: dict[str, tuple[Callable[[str], Json], str]] = {
    "no resourceType": (
        lambda p: {k: v for k, v in alcohol_score(p).items() if k != "resourceType"},
        "",
    ),
    "another resourceType": (_changed(resourceType="Patient"), ""),
    "unknown element": (_changed(mood="low"), "mood"),
    "wrong type": (_changed(status=7), "status"),
    "unknown required code": (_changed(status="finished"), "status"),
    "missing required": (
        lambda p: {k: v for k, v in alcohol_score(p).items() if k != "code"},
        "code",
    ),
    "list for one": (_changed(status=["final"]), "status"),
    "one for a list": (_changed(category={"text": "x"}), "category"),
    "empty list": (_changed(category=[]), "category"),
    "empty object": (_changed(code={}), "code"),
    "empty text": (_changed(code={"text": ""}), "code.text"),
    "null": (_changed(code=None), "code"),
    "text for a number": (_changed(valueQuantity={"value": "7"}), "valueQuantity.value"),
    "text for a boolean": (_changed(valueQuantity=None, valueBoolean="true"), "value"),
    "impossible date": (_changed(effectiveDateTime="2026-02-30"), "effective"),
    "impossible time": (_changed(effectiveDateTime="2026-02-03T25:00:00Z"), "effective"),
    "time without zone": (_changed(effectiveDateTime="2026-02-03T10:00:00"), "effective"),
    "two of a choice": (_changed(valueString="7"), "value"),
    "reference to the wrong type": (
        lambda p: alcohol_score(p) | {"encounter": {"reference": p}},
        "encounter",
    ),
    "reference that is no reference": (
        lambda p: alcohol_score(p) | {"subject": {"reference": 7}},
        "subject",
    ),
    "script in narrative": (
        _changed(text={"status": "generated", "div": "<script>x</script>"}),
        "text",
    ),
}


@pytest.mark.parametrize("fault", SHAPES)
def test_a_wrong_shape_is_refused_at_its_place(situation: Situation, fault: str) -> None:
    made, place = SHAPES[fault]
    body = made(situation.at_trust)
    outcome = refused(situation.house, situation.trust, "POST", "Observation", body, 400, 422)
    assert says_what_is_right(outcome)
    assert place in places(outcome)


@pytest.mark.parametrize(
    "number", ["9990000000", "999000001", "99900000122", "ABCDEFGHIJ", "999 000 0018"]
)
def test_a_number_that_fails_modulus_eleven_is_refused_and_not_repeated(
    house: House, number: str
) -> None:
    patient = Person().patient()
    patient["identifier"][0]["value"] = number
    outcome = refused(house, house.trust, "POST", "Patient", patient, 400, 422)
    assert "identifier" in places(outcome)
    assert number not in json.dumps(outcome)


def _consents(me: str, organization: str) -> dict[str, tuple[Json, str]]:
    permit = consent(me, "permit", organization)
    actor = permit["provision"]["actor"][0]
    unknown = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "NOPE"}]
    unlisted = {"coding": [dict(actor["role"]["coding"][0], code="NOPE")]}
    absent = {"reference": made_up("Organization")}

    def provision(**changed: Any) -> Json:
        return permit | {"provision": permit["provision"] | changed}

    policy = {"policyRule": {"coding": [{"system": "http://example.org", "code": "X"}]}}
    return {
        "unknown purpose": (provision(purpose=unknown), "purpose"),
        "unknown role": (provision(actor=[actor | {"role": unlisted}]), "actor"),
        "actor not in the directory": (provision(actor=[actor | {"reference": absent}]), "actor"),
        "unknown label": (provision(securityLabel=topic("NOPE")), "securityLabel"),
        "unknown action": (
            provision(action=[{"coding": [dict(unknown[0], system="http://x.example")]}]),
            "action",
        ),
        "ends before it starts": (
            provision(period={"start": "2026-06-01", "end": "2026-05-01"}),
            "period",
        ),
        "untyped nested": (provision(provision=[{"purpose": unknown}]), "provision"),
        "unknown policy rule": (permit | policy, "policyRule"),
        "untyped root without a rule": (
            permit | {"provision": {"actor": permit["provision"]["actor"]}},
            "provision",
        ),
        "nobody": ({k: v for k, v in permit.items() if k != "patient"}, "patient"),
        "unknown status": (permit | {"status": "on"}, "status"),
    }


CONSENTS = list(_consents("Patient/x", "Organization/x"))


@pytest.mark.parametrize("fault", CONSENTS)
def test_a_consent_that_cannot_be_decided_is_refused(situation: Situation, fault: str) -> None:
    organization = situation.drugs.who.organization
    body, place = _consents(situation.me, organization)[fault]
    outcome = refused(situation.house, situation.portal, "POST", "Consent", body, 400, 403, 422)
    assert says_what_is_right(outcome)
    assert place in json.dumps(outcome)


# --- transactions ---------------------------------------------------------------------------


def _bundles(patient: str, sender: str, receiver: str) -> dict[str, Json]:
    good = entry(alcohol_score(patient))
    dangling = entry(
        alcohol_score(patient, derivedFrom=[{"reference": f"urn:uuid:{uuid.uuid4()}"}])
    )
    unseen = entry(alcohol_score(patient, derivedFrom=[{"reference": made_up("Observation")}]))
    listed = referral(patient, sender, receiver, made_up("Observation"))
    bundle = {"resourceType": "Bundle", "type": "transaction"}
    twice = entry(alcohol_score(patient), good["fullUrl"])
    return {
        "a bad entry": bundle | {"entry": [good, entry(alcohol_score(patient, status="x"))]},
        "dangling": bundle | {"entry": [good, dangling]},
        "unseen": bundle | {"entry": [good, unseen]},
        "unseen in a referral": bundle | {"entry": listed},
        "a stranger's": bundle | {"entry": [good, entry(alcohol_score(made_up("Patient")))]},
        "the same fullUrl twice": bundle | {"entry": [good, twice]},
        "no request": bundle | {"entry": [good, {"resource": good["resource"]}]},
        "url and type disagree": bundle
        | {"entry": [good, entry(alcohol_score(patient), url="Patient")]},
        "unknown method": bundle | {"entry": [good, entry(alcohol_score(patient), method="HEAD")]},
        "no resource": bundle
        | {"entry": [good, {"request": {"method": "POST", "url": "Observation"}}]},
        "no type": {"resourceType": "Bundle", "entry": [good]},
        "a document": {"resourceType": "Bundle", "type": "document", "entry": [good]},
        "an Organization": bundle
        | {"entry": [good, entry({"resourceType": "Organization", "name": "x"})]},
        "too many entries": bundle | {"entry": [{}] * 5001},
    }


BUNDLES = list(_bundles("Patient/x", "Organization/x", "Organization/y"))


@pytest.mark.parametrize("fault", BUNDLES)
def test_a_transaction_with_a_fault_stores_nothing(situation: Situation, fault: str) -> None:
    trust = situation.trust
    bundles = _bundles(situation.at_trust, trust.who.organization, situation.drugs.who.organization)
    outcome = refused(situation.house, trust, "POST", "", bundles[fault])
    assert says_what_is_right(outcome)
    if fault == "a bad entry":
        assert "entry[1]" in places(outcome)
        assert "status" in places(outcome)


# --- queries, media types, methods, sizes ---------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "_count=abc",
        "_count=-1",
        "_count=1.5",
        "_count=",
        "_count=1&_count=2",
        "nonsense=1",
        "patient:nonsense=1",
        "date=yesterday",
        "date=2026-13-01",
        "date=xx2026-01-01",
        "_total=everything",
        "_summary=perhaps",
        "_include=nothing",
        "_sort=nothing",
        "_id=",
        "%FF=1",
        "_page=nonsense",
        "_cursor=nonsense",
    ],
)
def test_a_bad_query_is_400(situation: Situation, query: str) -> None:
    answer = situation.trust.get(f"Observation?patient={situation.at_trust}&{query}")
    assert says_what_is_right(assert_outcome(answer, 400))


@pytest.mark.parametrize(
    "media", ["application/fhir+xml", "application/xml", "text/plain", "text/turtle", "image/png"]
)
def test_another_media_type_is_415(situation: Situation, media: str) -> None:
    with unchanged(situation.house):
        answer = situation.trust.send(
            "POST", "Observation", _score(situation.at_trust), Content_Type=media
        )
        assert_outcome(answer, 415)


@pytest.mark.parametrize(
    "media",
    [
        "application/fhir+json",
        "application/json",
        "application/fhir+json; charset=utf-8; fhirVersion=4.0",
    ],
)
def test_each_name_of_fhir_json_is_taken(situation: Situation, media: str) -> None:
    answer = situation.trust.send(
        "POST", "Observation", _score(situation.at_trust), Content_Type=media
    )
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("how", ["Accept: application/fhir+xml", "_format=xml"])
def test_an_answer_in_xml_is_not_to_be_had(situation: Situation, how: str) -> None:
    name, _, value = how.partition(": ")
    if value:
        answer = situation.trust.get(situation.at_trust, headers={name: value})
    else:
        answer = situation.trust.get(f"{situation.at_trust}?{how}")
    assert_outcome(answer, 400, 406, 415)


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "PUT", "POST", "TRACE"])
def test_a_method_that_is_not_served_is_4xx(situation: Situation, method: str) -> None:
    with unchanged(situation.house):
        for path in (made_up("Observation"), "metadata", "AuditEvent"):
            answer = situation.trust.request(method, path, headers={"Content-Type": FHIR_JSON})
            assert_outcome(answer, 400, 403, 404, 405, 415, 422)


def test_a_body_over_the_limit_is_413(situation: Situation) -> None:
    filler = "x" * (17 * 1024 * 1024)
    body = alcohol_score(situation.at_trust, note=[{"text": filler}])
    refused(situation.house, situation.trust, "POST", "Observation", body, 413)


def test_a_chunked_body_over_the_limit_is_413(situation: Situation) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"resourceType": "Observation", "note": [{"text": "'
        for _ in range(17):
            yield b"x" * 1024 * 1024
        yield b'"}]}'

    with unchanged(situation.house):
        answer = situation.trust.request(
            "POST", "Observation", content=chunks(), headers={"Content-Type": FHIR_JSON}
        )
        assert_outcome(answer, 413)


def test_a_compressed_bomb_is_refused(situation: Situation) -> None:
    bomb = gzip.compress(b"[" + b" " * (64 * 1024 * 1024) + b"]")
    with unchanged(situation.house):
        answer = situation.trust.request(
            "POST",
            "Observation",
            content=bomb,
            headers={"Content-Type": FHIR_JSON, "Content-Encoding": "gzip"},
        )
        assert_outcome(answer, 400, 413, 415)


def test_an_update_whose_id_is_another_is_refused(situation: Situation) -> None:
    given = situation.says(consent(situation.me, "permit", situation.drugs.who.organization))
    for changed in ({"id": str(uuid.uuid4())}, {"resourceType": "Observation"}):
        body = given | changed
        path = f"Consent/{given['id']}"
        refused(situation.house, situation.portal, "PUT", path, body, 400, 422)
    without = {k: v for k, v in given.items() if k != "id"}
    refused(situation.house, situation.portal, "PUT", f"Consent/{given['id']}", without, 400, 422)


def test_an_update_cannot_move_a_consent_to_somebody_else(
    meet: Callable[..., Situation],
) -> None:
    mine, other = meet(), meet()
    given = mine.says(consent(mine.me, "permit", mine.drugs.who.organization))
    moved = given | {"patient": {"reference": other.me}, "performer": [{"reference": other.me}]}
    path = f"Consent/{given['id']}"
    with unchanged(mine.house):
        answer = mine.portal.send("PUT", path, moved, If_Match=f'W/"{given["meta"]["versionId"]}"')
        assert_outcome(answer, 400, 403, 422)


# --- the validator's table ------------------------------------------------------------------

TABLE = run_path(str(MALFORMED))
CASES = TABLE["CASES"]


def test_the_table_covers_at_least_sixty_bodies() -> None:
    assert len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_malformed_body_is_refused_at_its_place(situation: Situation, case: Any) -> None:
    trust, receiver = situation.trust, situation.drugs.who.organization
    client, patient = trust, situation.at_trust
    path = case.path.removeprefix("/fhir").removeprefix("/")
    if path == "Consent":
        client, patient = situation.portal, situation.me
    body = TABLE["sent"](case, patient, trust.who.organization, receiver)
    outcome = refused(situation.house, client, case.method, path, body, *case.statuses)
    assert says_what_is_right(outcome)
    if case.expression:
        found = [e for issue in outcome["issue"] for e in issue.get("expression", [])]
        assert any(TABLE["names"](e, case.expression) for e in found), found
