"""What gives much at once: includes, batches, histories and operations judge each part.

Faults found in other systems, each asked of this one over HTTP. Ids are the catalogue's.
"""

# ruff: noqa: N802 - a test carries its case's id as the catalogue writes it

from __future__ import annotations

import json
from typing import Any

import pytest
from answers import face, ids_of, made_up, references_of
from houses import Situation
from made_up import alcohol_score, mood_score
from smart_client import SmartClient, register


@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_R19_batch_get(situation: Situation, kind: str) -> None:
    shown = situation.writes(alcohol_score(situation.at_trust))
    hidden = situation.writes(mood_score(situation.at_trust))
    situation.permits("ETHUD")

    def asked(*urls: str) -> Any:
        entries = [{"request": {"method": "GET", "url": url}} for url in urls]
        bundle = {"resourceType": "Bundle", "type": kind, "entry": entries}
        return situation.drugs.send("POST", "", bundle)

    searched = f"Observation?patient={situation.at_drugs}"
    answer = asked(shown, searched)
    assert answer.status_code == 200
    one, many = (each["resource"] for each in answer.json()["entry"])
    assert f"Observation/{one['id']}" == shown
    assert references_of([each["resource"] for each in many["entry"]]) == {shown}
    assert many["total"] == 1
    refused, never = asked(searched, hidden), asked(searched, made_up("Observation"))
    assert face(refused) == face(never)
    if kind == "batch":
        statuses = [each["response"]["status"][:3] for each in refused.json()["entry"]]
        assert statuses == ["200", "404"]
    else:
        assert refused.status_code == 404


def test_R22_meta_operation(situation: Situation) -> None:
    situation.denies()
    hidden = situation.writes(alcohol_score(situation.at_trust))
    for method, name in (("GET", "$meta"), ("GET", "$everything"), ("POST", "$meta-add")):
        answer = situation.drugs.request(method, f"{hidden}/{name}")
        never = situation.drugs.request(method, f"{made_up('Observation')}/{name}")
        assert answer.status_code in (400, 404, 405)
        assert face(answer) == face(never)


@pytest.mark.parametrize("joined", ["_include=Observation:derived-from", "_include=*"])
def test_R28_include_leak(situation: Situation, joined: str) -> None:
    """What is named comes along where it may be seen, and leaves no trace where not."""
    situation.permits("ETHUD")
    hidden = situation.writes(mood_score(situation.at_trust))
    open_to = situation.writes(alcohol_score(situation.at_trust, 1))
    named = [{"reference": hidden}, {"reference": open_to}]
    source = situation.writes(alcohol_score(situation.at_trust, 2, derivedFrom=named))
    answer = situation.drugs.get(f"Observation?_id={ids_of(source)}&{joined}")
    assert answer.status_code == 200
    observations = [
        each["resource"]
        for each in answer.json()["entry"]
        if each["resource"]["resourceType"] == "Observation"
    ]
    assert references_of(observations) == {source, open_to}
    assert observations[0]["derivedFrom"] == [{"reference": open_to}]
    assert "44261-6" not in answer.text
    assert hidden.partition("/")[2] not in answer.text


@pytest.mark.parametrize("joined", ["_revinclude=Observation:derived-from", "_revinclude=*"])
def test_R28_revinclude_leak(situation: Situation, joined: str) -> None:
    situation.permits("ETHUD")
    source = situation.writes(alcohol_score(situation.at_trust, 1))
    named = {"derivedFrom": [{"reference": source}]}
    brought = situation.writes(alcohol_score(situation.at_trust, 2, **named))
    hidden = situation.writes(mood_score(situation.at_trust, **named))
    answer = situation.drugs.get(f"Observation?_id={ids_of(source)}&{joined}")
    assert answer.status_code == 200
    assert references_of([each["resource"] for each in answer.json()["entry"]]) == {source, brought}
    assert hidden.partition("/")[2] not in answer.text


def test_R28_everything_includes_only_what_may_be_seen(situation: Situation) -> None:
    situation.permits("ETHUD")
    shown = situation.writes(alcohol_score(situation.at_trust))
    hidden = situation.writes(mood_score(situation.at_trust))
    answer = situation.drugs.get(f"{situation.at_drugs}/$everything")
    assert answer.status_code == 200
    told = references_of([each["resource"] for each in answer.json()["entry"]])
    assert {situation.at_drugs, shown} <= told
    assert hidden not in told
    assert "44261-6" not in answer.text


def test_R29_history(situation: Situation) -> None:
    """What is hidden has no history, no version and no place in its type's history."""
    hidden = situation.writes(alcohol_score(situation.at_trust))
    never = made_up("Observation")
    version = situation.trust.read(hidden)["meta"]["versionId"]
    for tail in ("_history", "_history/1", f"_history/{version}", f"_history/{version}?_since=2"):
        answers = [face(situation.drugs.get(f"{r}/{tail}")) for r in (hidden, never)]
        assert answers[0] == answers[1]
        assert answers[0][0] in (400, 404)
    assert situation.drugs.get("_history").status_code == 404
    told = situation.drugs.get("Observation/_history")
    assert told.status_code == 200
    assert hidden.partition("/")[2] not in told.text


def test_R29_history_of_a_label_change(situation: Situation) -> None:
    """Each version is judged with its own labels and today's: both must allow it."""
    situation.permits("ETHUD")
    stored = situation.trust.created(alcohol_score(situation.at_trust, 5))
    reference = f"Observation/{stored['id']}"
    seen = situation.drugs.read(reference)
    body = {name: value for name, value in stored.items() if name != "meta"}
    also_mood = {"coding": [*body["code"]["coding"], *mood_score("x")["code"]["coding"]]}
    hidden = situation.trust.put(body | {"code": also_mood}).json()
    tails = ["_history", *(f"_history/{r['meta']['versionId']}" for r in (seen, stored, hidden))]
    never = [face(situation.drugs.get(f"{made_up('Observation')}/{tail}")) for tail in tails]
    assert [face(situation.drugs.get(f"{reference}/{tail}")) for tail in tails] == never
    assert situation.trust.put(body).status_code == 200
    assert situation.drugs.read(reference) == seen
    told = [situation.drugs.get(f"{path}/_history").json() for path in (reference, "Observation")]
    for history in told:
        resources = [e["resource"] for e in history["entry"] if "resource" in e]
        versions = [each for each in resources if each["id"] == stored["id"]]
        assert versions == [seen]
    assert told[0]["total"] == 1
    assert situation.drugs.get(f"{reference}/{tails[3]}").status_code == 404
    assert len(situation.trust.get(f"{reference}/_history").json()["entry"]) == 3


def test_R30_bulk_export_identity(situation: Situation) -> None:
    """Whatever gives much at once gives it as the requester, for the requester's purpose.

    A bulk export is not served: not listed, and not half there. What is served instead is.
    """
    server, ours = situation.house.server, situation.drugs.who
    situation.permits("ETHUD")
    shown = situation.writes(alcohol_score(situation.at_trust))
    searched = {"request": {"method": "GET", "url": f"Observation?patient={situation.at_drugs}"}}
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [searched]}
    research = SmartClient(server, register(server, "Study", ours.ods, purpose="HRESCH"))
    for client, sees in ((situation.drugs, True), (research, False)):
        much = [
            client.get(f"{situation.at_drugs}/$everything"),
            client.get("Observation/_history"),
            client.send("POST", "", bundle),
        ]
        assert [answer.status_code for answer in much] == [200, 200, 200]
        assert [shown.partition("/")[2] in answer.text for answer in much] == [sees] * 3
        for path in ("$export", "Patient/$export", f"Group/{made_up('Group')[6:]}/$export"):
            assert client.get(path).status_code == 404
    assert "$export" not in _statement(situation)
    research.close()


def _statement(situation: Situation) -> str:
    """What the server says that it does."""
    return json.dumps(situation.drugs.get("metadata").json())
