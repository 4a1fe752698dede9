"""Every interaction over HTTP, as R4 and the contract write them: headers, statuses, bodies."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable

import httpx
import pytest
from answers import assert_outcome, face, made_up
from houses import House, Situation
from made_up import ACT_CODE, alcohol_score, care_plan, consent, entry, mood_score, topic
from smart_client import FHIR_JSON, Json, SmartClient, if_match

JSON_PATCH = "application/json-patch+json"
AMEND = [{"op": "replace", "path": "/status", "value": "amended"}]


@pytest.fixture
def shared(situation: Situation) -> Situation:
    """The person lets drugs see about alcohol."""
    situation.says(
        consent(
            situation.me,
            "permit",
            situation.drugs.who.organization,
            securityLabel=topic("ETHUD"),
        )
    )
    return situation


def _patch(client: SmartClient, path: str, body: object, **headers: str) -> httpx.Response:
    return client.send("PATCH", path, body, Content_Type=JSON_PATCH, **headers)


def test_a_location_leads_to_the_version_that_was_stored(situation: Situation) -> None:
    answer = situation.trust.post(alcohol_score(situation.at_trust))
    assert answer.status_code == 201
    where = answer.headers["Location"]
    version = where.rpartition("/_history/")[2]
    assert answer.headers["ETag"] == f'W/"{version}"'
    read = situation.trust.get(where)
    assert read.json() == answer.json()
    assert read.headers["ETag"] == answer.headers["ETag"]
    assert read.headers["Last-Modified"] == answer.headers["Last-Modified"]


def test_head_is_a_get_without_a_body(shared: Situation) -> None:
    stored = shared.writes(alcohol_score(shared.at_trust))
    for path in (stored, f"{stored}/_history", f"Observation?patient={shared.at_drugs}"):
        full = shared.drugs.request("GET", path)
        head = shared.drugs.request("HEAD", path)
        assert head.status_code == full.status_code == 200
        assert head.content == b""
        assert head.headers.get("ETag") == full.headers.get("ETag")
    assert shared.drugs.request("HEAD", made_up("Observation")).status_code == 404


def test_who_has_it_already_gets_304(shared: Situation) -> None:
    stored = shared.writes(alcohol_score(shared.at_trust))
    first = shared.drugs.get(stored)
    again = shared.drugs.get(stored, {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    modified = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert shared.drugs.get(stored, modified).status_code == 304
    shared.trust.put(shared.trust.read(stored) | {"status": "amended"})
    moved = shared.drugs.get(stored, {"If-None-Match": first.headers["ETag"]})
    assert moved.status_code == 200
    never = shared.drugs.get(made_up("Observation"), {"If-None-Match": "*"})
    hidden = shared.writes(mood_score(shared.at_trust))
    assert face(shared.drugs.get(hidden, {"If-None-Match": "*"})) == face(never)


@pytest.mark.parametrize(
    ("prefer", "kind"),
    [
        ("return=minimal", None),
        ("return=representation", "Observation"),
        ("return=OperationOutcome", "OperationOutcome"),
        ("respond-async, return=minimal", None),
        ("return=spam", "Observation"),
    ],
)
def test_a_write_brings_back_what_is_preferred(
    situation: Situation, prefer: str, kind: str | None
) -> None:
    trust = situation.trust
    made = trust.post(alcohol_score(situation.at_trust), Prefer=prefer)
    stored = trust.read(made.headers["Location"])
    changed = trust.put(stored | {"status": "amended"}, Prefer=prefer)
    path = f"Observation/{stored['id']}"
    patched = _patch(trust, path, [AMEND[0] | {"value": "corrected"}], Prefer=prefer)
    for answer, status in ((made, 201), (changed, 200), (patched, 200)):
        assert answer.status_code == status
        assert answer.headers["ETag"]
        assert (answer.json()["resourceType"] if answer.content else None) == kind
    gone = trust.send("DELETE", path, b"", Prefer=prefer)
    outcome = kind == "OperationOutcome"
    assert (gone.status_code, bool(gone.content)) == ((200, True) if outcome else (204, False))


@pytest.mark.parametrize(
    "media",
    [FHIR_JSON, "application/json", "application/fhir+xml", "application/xml-patch+xml", "", "x"],
)
def test_only_a_json_patch_is_a_patch(situation: Situation, media: str) -> None:
    stored = situation.writes(alcohol_score(situation.at_trust))
    answer = situation.trust.send("PATCH", stored, json.dumps(AMEND), Content_Type=media)
    assert_outcome(answer, 415)
    assert situation.trust.read(stored)["status"] == "final"


def test_a_patch_keeps_every_digit(situation: Situation) -> None:
    body = alcohol_score(situation.at_trust)
    stored = situation.writes(body)
    exact = b'[{"op":"replace","path":"/valueQuantity/value","value":7.100}]'
    answer = _patch(situation.trust, stored, exact)
    assert answer.status_code == 200
    assert b'"value":7.100' in situation.trust.get(stored).content
    failing = [{"op": "test", "path": "/status", "value": "amended"}, *AMEND]
    assert_outcome(_patch(situation.trust, stored, failing), 409)
    assert_outcome(_patch(situation.trust, stored, AMEND, If_Match='W/"x"'), 412)
    assert_outcome(_patch(situation.trust, made_up("Observation"), AMEND), 404)


def test_who_may_see_it_may_not_change_it(shared: Situation) -> None:
    stored = shared.trust.created(alcohol_score(shared.at_trust))
    path = f"Observation/{stored['id']}"
    seen = shared.drugs.read(path)
    assert_outcome(shared.drugs.put(seen | {"status": "amended"}), 403)
    assert_outcome(_patch(shared.drugs, path, AMEND), 403)
    assert_outcome(shared.drugs.request("DELETE", path), 403)
    assert shared.trust.read(path) == stored


def test_what_is_hidden_changes_like_what_never_was(shared: Situation) -> None:
    stored = shared.trust.created(mood_score(shared.at_trust))
    both = [stored, stored | {"id": made_up("Observation").partition("/")[2]}]
    ways: list[Callable[[Json], httpx.Response]] = [
        shared.drugs.put,
        lambda body: shared.drugs.put(body, **if_match(stored)),
        lambda body: _patch(shared.drugs, f"Observation/{body['id']}", AMEND),
        lambda body: shared.drugs.request("DELETE", f"Observation/{body['id']}"),
        lambda body: shared.drugs.get(f"Observation/{body['id']}/_history"),
        lambda body: shared.drugs.transact(
            [{"request": {"method": "DELETE", "url": f"Observation/{body['id']}"}}]
        ),
        lambda body: shared.drugs.transact(
            [{"request": {"method": "GET", "url": f"Observation/{body['id']}"}}]
        ),
    ]
    for way in ways:
        hidden, never = (face(way(body)) for body in both)
        assert hidden == never
        assert hidden[0] == 404


def test_deleted_is_410_to_who_could_see_it(shared: Situation) -> None:
    seen = shared.writes(alcohol_score(shared.at_trust))
    hidden = shared.writes(mood_score(shared.at_trust))
    for stored in (seen, hidden):
        assert shared.trust.request("DELETE", stored).status_code == 204
        assert_outcome(shared.trust.get(stored), 410)
    assert_outcome(shared.drugs.get(seen), 410)
    assert face(shared.drugs.get(hidden)) == face(shared.drugs.get(made_up("Observation")))
    told = shared.drugs.get(f"{seen}/_history").json()["entry"]
    assert [each["request"]["method"] for each in told] == ["DELETE", "POST"]
    version = told[1]["resource"]["meta"]["versionId"]
    assert shared.drugs.get(f"{seen}/_history/{version}").json() == told[1]["resource"]


def test_a_history_leads_from_page_to_page(shared: Situation) -> None:
    stored = shared.trust.created(alcohol_score(shared.at_trust, 0))
    for number in range(1, 5):
        stored["valueQuantity"]["value"] = number
        stored = shared.trust.put(stored).json()
    path = f"Observation/{stored['id']}/_history"
    pages = list(shared.drugs.pages(f"{path}?_count=2"))
    values = [
        entry["resource"]["valueQuantity"]["value"] for page in pages for entry in page["entry"]
    ]
    assert (len(pages), values) == (3, [4, 3, 2, 1, 0])
    assert all(page["type"] == "history" and page["total"] == 5 for page in pages)
    assert_outcome(shared.drugs.get(f"{path}?_count=x"), 400)
    assert_outcome(shared.drugs.get(f"{path}?spam=x"), 400)
    lenient = shared.drugs.get(f"{path}?spam=x", {"Prefer": "handling=lenient"})
    assert lenient.status_code == 200


def test_labels_only_go_up(shared: Situation) -> None:
    stored = shared.trust.created(alcohol_score(shared.at_trust))
    raised = stored | {"meta": {"security": topic("HIV")}}
    assert {"ETHUD", "HIV"} <= _topics(shared.trust.put(raised).json())
    assert shared.drugs.get(f"Observation/{stored['id']}").status_code == 404
    without = {name: value for name, value in stored.items() if name != "meta"}
    assert {"ETHUD", "HIV"} <= _topics(shared.trust.put(without).json())


def test_what_changes_nothing_stays_the_version_it_was(situation: Situation) -> None:
    stored = situation.trust.created(care_plan(situation.at_trust))
    again = situation.trust.put(stored, **if_match(stored))
    assert (again.status_code, again.json()) == (200, stored)


def test_a_condition_updates_creates_patches_and_deletes_its_own_alone(
    shared: Situation,
) -> None:
    number = [{"system": "urn:x", "value": shared.person.number}]
    condition = f"Observation?identifier=urn:x|{shared.person.number}"
    body = alcohol_score(shared.at_trust, identifier=number)
    theirs = shared.drugs.created(alcohol_score(shared.at_drugs, identifier=number))
    assert shared.trust.send("PUT", condition, body).status_code == 201
    assert shared.trust.send("PUT", condition, body | {"status": "amended"}).status_code == 200
    corrected = [AMEND[0] | {"value": "corrected"}]
    assert _patch(shared.trust, condition, corrected).json()["status"] == "corrected"
    shared.trust.created(body)
    assert_outcome(shared.trust.send("PUT", condition, body), 412)
    assert_outcome(_patch(shared.trust, condition, AMEND), 412)
    assert_outcome(shared.trust.request("DELETE", condition), 412)
    assert shared.drugs.request("DELETE", condition).status_code == 204
    assert_outcome(shared.drugs.get(f"Observation/{theirs['id']}"), 410)
    assert len(shared.trust.search("Observation", patient=shared.at_trust)) == 2
    assert_outcome(shared.trust.request("DELETE", "Observation"), 400)
    assert shared.person.number not in shared.house.officer.get("AuditEvent").text


def test_a_batch_carries_out_each_entry_by_itself(shared: Situation) -> None:
    hidden = shared.writes(mood_score(shared.at_trust))
    entries = [
        entry(alcohol_score(shared.at_drugs)),
        entry(alcohol_score(shared.at_trust)),
        {"request": {"method": "GET", "url": hidden}},
        {"request": {"method": "GET", "url": made_up("Observation")}},
        {"request": {"method": "GET", "url": f"Observation?patient={shared.at_drugs}"}},
    ]
    before = shared.house.server.rows("audit")
    answer = shared.drugs.send(
        "POST", "", {"resourceType": "Bundle", "type": "batch", "entry": entries}
    )
    assert answer.status_code == 200
    done = answer.json()["entry"]
    statuses = [each["response"]["status"][:3] for each in done]
    assert statuses == ["201", "422", "404", "404", "200"]
    assert done[2] == done[3]
    assert shared.house.server.rows("audit") == before + 5


def test_answers_are_packed_for_who_asks(shared: Situation) -> None:
    for _ in range(3):
        shared.writes(alcohol_score(shared.at_trust))
    path = f"Observation?patient={shared.at_drugs}"
    plain = shared.drugs.get(path, {"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    for asked in ("gzip", "br, gzip;q=0.5", "GZIP"):
        packed = shared.drugs.get(path, {"Accept-Encoding": asked})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert packed.content == plain.content
    for refused in ("gzip;q=0", "gzip; q=0.0", "deflate", "x-gzipped"):
        answer = shared.drugs.get(path, {"Accept-Encoding": refused})
        assert "Content-Encoding" not in answer.headers
    page = httpx.get(f"{shared.house.server.base}/me", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in page.headers


@pytest.mark.parametrize("level", [0, 9])
def test_a_packed_body_is_unpacked(situation: Situation, level: int) -> None:
    body = gzip.compress(json.dumps(alcohol_score(situation.at_trust)).encode(), level)
    answer = situation.trust.send("POST", "Observation", body, Content_Encoding="gzip")
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        pytest.param("gzip", b"{}", 400, id="not packed at all"),
        pytest.param("gzip", b"", 400, id="nothing"),
        pytest.param("gzip", gzip.compress(b"{}")[:-4], 400, id="cut short"),
        pytest.param("gzip", gzip.compress(b"{}") + b"{}", 400, id="something behind it"),
        pytest.param("gzip", gzip.compress(b"{}") * 2, 400, id="two streams"),
        pytest.param("gzip", zlib.compress(b"{}"), 400, id="zlib"),
        pytest.param("br", b"{}", 415, id="brotli"),
        pytest.param("gzip, gzip", b"{}", 415, id="packed twice"),
        pytest.param("gzip", gzip.compress(b" " * (200 << 20)), 413, id="a bomb"),
    ],
)
def test_what_is_wrongly_packed_is_refused(
    house: House, encoding: str, body: bytes, status: int
) -> None:
    answer = house.trust.send("POST", "Observation", body, Content_Encoding=encoding)
    assert_outcome(answer, status)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", made_up("Consent"), 405),
        ("DELETE", made_up("Provenance"), 405),
        ("PUT", made_up("Provenance"), 405),
        ("DELETE", made_up("Organization"), 403),
        ("DELETE", made_up("AuditEvent"), 403),
        ("PATCH", made_up("Organization"), 403),
        ("GET", f"{made_up('AuditEvent')}/_history", 404),
        ("GET", "AuditEvent/_history", 404),
        ("GET", "_history", 404),
        ("DELETE", made_up("Spam"), 404),
        ("GET", f"{made_up('Spam')}/_history", 404),
    ],
)
def test_what_is_not_done_is_said(house: House, method: str, path: str, status: int) -> None:
    resource = {"resourceType": path.partition("/")[0], "id": path.rpartition("/")[2]}
    how = {"json": resource} if method == "PUT" else {"content": b"[]"} if method == "PATCH" else {}
    headers = {"Content-Type": JSON_PATCH if method == "PATCH" else FHIR_JSON}
    answer = house.trust.request(method, path, headers=headers, **how)
    assert_outcome(answer, status)
    if status == 405:
        assert answer.headers["Allow"].startswith("GET, HEAD")


def test_what_is_served_is_what_is_said_to_be_served(house: House) -> None:
    served = house.trust.get("metadata").json()["rest"][0]
    codes = {
        each["type"]: {one["code"] for one in each["interaction"]} for each in served["resource"]
    }
    assert {"vread", "history-instance", "history-type", "patch", "delete"} <= codes["Observation"]
    assert "delete" not in codes["Consent"]
    assert codes["Provenance"].isdisjoint({"update", "patch", "delete"})


def _topics(resource: Json) -> set[str]:
    return {each["code"] for each in resource["meta"]["security"] if each["system"] == ACT_CODE}
