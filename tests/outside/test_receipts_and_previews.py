"""A portal gets a receipt that anyone can check, and a preview that comes true: over real HTTP."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from houses import House, Situation
from made_up import Person, alcohol_score, consent, mood_score, topic
from smart_client import Json, SmartClient, register

JOSE = "application/jose"


@pytest.fixture
def known(meet: Callable[..., Situation]) -> Situation:
    return meet()


@pytest.fixture(scope="module")
def officer(shared_house: House) -> Iterator[SmartClient]:
    """An officer whose token may read consents, and what a preview lists."""
    words = {"role": "officer", "purpose": "HCOMPL", "scope": "system/*.rs"}
    server = shared_house.server
    client = SmartClient(server, register(server, "Receipts office", "OF9", **words))
    yield client
    client.close()


def receipt(client: SmartClient, consent_id: str) -> httpx.Response:
    """The receipt; on PostgreSQL it is ready a moment after the choice."""
    for _ in range(100):
        answer = client.get(f"Consent/{consent_id}/$receipt", headers={"Accept": JOSE})
        if answer.status_code != 202:
            return answer
        assert answer.headers["Retry-After"] == "1"
        time.sleep(0.05)
    raise AssertionError("the receipt was never ready")


def yes(known: Situation) -> Json:
    return consent(known.me, "permit", known.drugs.who.organization, securityLabel=topic("ETHUD"))


def parameters(*consents: Json, **references: str) -> Json:
    listed: list[Json] = [{"name": "consent", "resource": each} for each in consents]
    listed += [
        {"name": name, "valueReference": {"reference": reference}}
        for name, reference in references.items()
    ]
    return {"resourceType": "Parameters", "parameter": listed}


def looks(answer: httpx.Response) -> dict[str, Json]:
    """What each service sees, by its reference."""
    assert answer.status_code == 200, answer.text
    found: dict[str, Json] = {}
    for each in answer.json()["parameter"]:
        if each["name"] != "recipient":
            continue
        said: dict[str, set[str]] = {"visible": set(), "gained": set(), "lost": set()}
        for part in each["part"]:
            if part["name"] in said:
                said[part["name"]].add(part["valueReference"]["reference"])
        [who] = [part for part in each["part"] if part["name"] == "organization"]
        found[who["valueReference"]["reference"]] = said
    return found


def verified(known: Situation, file: Path, *words: str) -> tuple[int, str]:
    server = known.house.server
    key = str(server.keys / "audit.pub")
    done = server.command("receipt", "verify", str(file), "--key", key, *words, check=False)
    return done.returncode, done.stdout


def test_a_receipt_is_checked_with_the_public_key_alone(known: Situation, tmp_path: Path) -> None:
    given = known.says(yes(known))
    answer = receipt(known.portal, given["id"])
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == JOSE
    file = tmp_path / "receipt.jws"
    file.write_bytes(answer.content)
    code, said = verified(known, file)
    assert code == 0, said
    assert "may see anything about alcohol." in said.splitlines()[0]
    told = json.loads(verified(known, file, "--json")[1])
    assert told["record"]["consent_version"] == given["meta"]["versionId"]
    assert told["pinned"] is True
    middle = len(answer.text) // 2
    other = "A" if answer.text[middle] != "A" else "B"
    file.write_text(answer.text[:middle] + other + answer.text[middle + 1 :])
    code, said = verified(known, file)
    assert (code, said.partition(":")[0]) == (1, "signature")


def test_what_was_taken_back_has_another(known: Situation, tmp_path: Path) -> None:
    given = known.says(yes(known))
    assert known.takes_back(given).status_code == 200
    file = tmp_path / "receipt.jws"
    file.write_bytes(receipt(known.portal, given["id"]).content)
    told = json.loads(verified(known, file, "--json")[1])
    assert told["record"]["status"] == "inactive"
    assert told["record"]["events"][0]["event_type"] == "taken back"


def test_a_receipt_is_for_the_person_and_officers(known: Situation, officer: SmartClient) -> None:
    given = known.says(yes(known))
    assert receipt(officer, given["id"]).status_code == 200
    assert receipt(known.house.officer, given["id"]).status_code == 403  # AuditEvent alone
    assert receipt(known.trust, given["id"]).status_code == 403
    other = known.house.person_at_portal(Person())
    refused, never = receipt(other, given["id"]), receipt(other, str(uuid.uuid4()))
    assert (refused.status_code, refused.content) == (404, never.content)


def test_a_preview_comes_true(known: Situation) -> None:
    alcohol = known.writes(alcohol_score(known.at_trust))
    mood = known.writes(mood_score(known.at_trust))
    drugs = known.drugs.who.organization
    asked = known.portal.send("POST", "Consent/$preview", parameters(yes(known)))
    assert looks(asked)[drugs] == {"visible": {alcohol}, "gained": {alcohol}, "lost": set()}
    assert known.drugs.get(alcohol).status_code == 404
    given = known.says(yes(known))
    assert known.drugs.get(alcohol).status_code == 200
    assert known.drugs.get(mood).status_code == 404
    back = parameters(replaces=f"Consent/{given['id']}", recipient=drugs)
    assert looks(known.portal.send("POST", "Consent/$preview", back))[drugs]["lost"] == {alcohol}
    assert known.drugs.get(alcohol).status_code == 200
    assert known.takes_back(given).status_code == 200
    assert known.drugs.get(alcohol).status_code == 404


def test_a_preview_is_for_the_person_and_officers(known: Situation, officer: SmartClient) -> None:
    asked = parameters(yes(known))
    assert officer.send("POST", "Consent/$preview", asked).status_code == 200
    narrow = known.house.officer.send("POST", "Consent/$preview", asked)
    assert narrow.status_code == 403  # its scopes are of AuditEvent alone
    assert known.trust.send("POST", "Consent/$preview", asked).status_code == 403
    other = known.house.person_at_portal(Person())
    assert other.send("POST", "Consent/$preview", asked).status_code == 403


def test_both_are_listed_with_their_definitions(known: Situation) -> None:
    [rest] = known.portal.get("metadata").json()["rest"]
    [listed] = [each for each in rest["resource"] if each["type"] == "Consent"]
    named = {each["name"]: each["definition"] for each in listed["operation"]}
    base = "https://onestory.example/fhir/OperationDefinition"
    assert named["receipt"] == f"{base}/Consent-receipt"
    assert named["preview"] == f"{base}/Consent-preview"
