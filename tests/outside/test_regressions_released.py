"""What is released: nothing of what is denied, and nobody else's.

Faults found in other systems, each asked of this one over HTTP. Ids are the catalogue's; those
that only the decision itself can show (R05-R17, R34-R38, R45, R46) are tested beside the engine.
"""

# ruff: noqa: N802 - a test carries its case's id as the catalogue writes it

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from answers import ids_of, is_refused, references_of
from houses import Situation
from made_up import alcohol_score, care_plan, drink_response, mood_score, topic
from smart_client import Json


def test_R01_bundle_index_shift(meet: Callable[..., Situation]) -> None:
    closed, opened = meet(), meet()
    closed.denies()
    opened.permits()
    hidden = closed.writes(alcohol_score(closed.at_trust))
    shown = opened.writes(alcohol_score(opened.at_trust))
    asked = opened.drugs.search("Observation", _id=ids_of(hidden, shown))
    assert references_of(asked) == {shown}


def test_R02_patient_id_cache_misindex(meet: Callable[..., Situation]) -> None:
    closed, opened = meet(), meet()
    closed.denies()
    opened.permits()
    hidden = [closed.writes(alcohol_score(closed.at_trust, n)) for n in (1, 2)]
    shown = opened.writes(alcohol_score(opened.at_trust))
    asked = opened.drugs.search("Observation", _id=ids_of(*hidden, shown))
    assert references_of(asked) == {shown}
    assert {r["subject"]["reference"] for r in asked} == {opened.at_drugs}


def test_R03_redaction_inversion(situation: Situation) -> None:
    situation.permits()
    situation.denies("SUD")
    hidden = situation.writes(alcohol_score(situation.at_trust))
    shown = situation.writes(mood_score(situation.at_trust))
    asked = situation.drugs.search("Observation", patient=situation.at_drugs)
    assert references_of(asked) == {shown}
    assert is_refused(situation.drugs, hidden)


@pytest.mark.parametrize("say", ["nothing", "deny"])
def test_R04_content_on_deny(situation: Situation, say: str) -> None:
    if say == "deny":
        situation.denies()
    hidden = situation.writes(alcohol_score(situation.at_trust, 11))
    for path in (hidden, f"Observation?patient={situation.at_drugs}", f"Observation?_id={hidden}"):
        answer = situation.drugs.get(path)
        assert "75626-2" not in answer.text
        assert "valueQuantity" not in answer.text


def _bundled(*resources: Json, **more: Any) -> Json:
    entries = [
        {"fullUrl": f"urn:uuid:{uuid4()}", "resource": resource | {"id": str(uuid4())}}
        for resource in resources
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries} | more


def test_R31_contained_resource_is_judged_too(situation: Situation) -> None:
    """What contains something denied is released without it, or not at all."""
    situation.permits("ETHUD")
    inner = mood_score(situation.at_trust, 21) | {"id": "inner"}
    named = {"hasMember": [{"reference": "#inner"}]}
    hidden = situation.writes(alcohol_score(situation.at_trust, contained=[inner], **named))
    open_inner = alcohol_score(situation.at_trust, 4) | {"id": "inner"}
    shown = situation.writes(alcohol_score(situation.at_trust, contained=[open_inner], **named))
    found = situation.drugs.get("Observation", patient=situation.at_drugs)
    assert "44261-6" not in found.text
    assert is_refused(situation.drugs, hidden)
    assert situation.drugs.read(shown)["contained"][0]["valueQuantity"]["value"] == 4


def test_R31_each_entry_of_a_bundle_is_judged(situation: Situation) -> None:
    situation.permits("ETHUD")
    about = alcohol_score(situation.at_trust, 4), mood_score(situation.at_trust, 21)
    seen = situation.drugs.read(situation.writes(_bundled(*about)))
    assert [each["resource"]["valueQuantity"]["value"] for each in seen["entry"]] == [4]
    assert is_refused(situation.drugs, situation.writes(_bundled(about[1])))


def test_R31_each_entry_of_a_bundle_in_a_bundle_is_judged(situation: Situation) -> None:
    situation.permits("ETHUD")
    alcohol, mood = alcohol_score(situation.at_trust, 4), mood_score(situation.at_trust, 21)
    whole = situation.drugs.read(situation.writes(_bundled(alcohol, _bundled(alcohol))))
    assert len(whole["entry"][1]["resource"]["entry"]) == 1
    answer = situation.drugs.get(situation.writes(_bundled(alcohol, _bundled(alcohol, mood))))
    assert answer.status_code == 200
    assert "44261-6" not in answer.text
    assert answer.json()["entry"][0]["resource"]["valueQuantity"]["value"] == 4


def test_R31_each_entry_of_a_document_is_judged(situation: Situation) -> None:
    situation.permits("ETHUD")
    mood = mood_score(situation.at_trust, 21)
    head = {
        "resourceType": "Composition",
        "status": "final",
        "type": alcohol_score(situation.at_trust)["code"],
        "subject": {"reference": situation.at_trust},
        "date": "2026-05-01",
        "author": [situation.trust.who.owner],
        "title": "Total score [AUDIT-C]",
    }
    stored = _bundled(
        head,
        mood,
        type="document",
        identifier={"system": "urn:s", "value": str(uuid4())},
        timestamp="2026-05-03T10:00:00Z",
    )
    answer = situation.drugs.get(situation.writes(stored))
    assert "44261-6" not in answer.text


def test_R32_404_vs_403(situation: Situation) -> None:
    kinds = [
        situation.writes(alcohol_score(situation.at_trust)),
        situation.writes(drink_response(situation.at_trust)),
        situation.writes(care_plan(situation.at_trust)),
        situation.at_trust,
        situation.me,
        f"Consent/{situation.denies()['id']}",
    ]
    assert all(is_refused(situation.drugs, reference) for reference in kinds)


def test_R33_multi_patient(meet: Callable[..., Situation]) -> None:
    agrees, silent = meet(), meet()
    agrees.permits()
    both = drink_response(agrees.at_trust, source={"reference": silent.at_trust})
    reference = agrees.writes(both)
    assert is_refused(agrees.drugs, reference)
    assert agrees.drugs.search("QuestionnaireResponse", patient=agrees.at_drugs) == []
    silent.permits()
    released = agrees.drugs.read(reference)
    assert released["subject"]["reference"] == agrees.at_drugs
    assert released["source"]["reference"] == silent.at_drugs
    silent.denies()
    assert is_refused(agrees.drugs, reference)


@pytest.mark.parametrize("place", ["narrative", "note", "display"])
def test_R49_free_text_narrative(situation: Situation, place: str) -> None:
    situation.permits("ETHUD")
    words = "uses ketamine at weekends"
    score = alcohol_score(situation.at_trust)
    if place == "narrative":
        div = f'<div xmlns="http://www.w3.org/1999/xhtml">{words}</div>'
        score["text"] = {"status": "generated", "div": div}
    elif place == "note":
        score["note"] = [{"text": words}]
    else:
        score["code"]["coding"][0]["display"] = words
    reference = situation.writes(score)
    assert words in situation.trust.get(reference).text
    for path in (reference, f"Observation?patient={situation.at_drugs}"):
        assert "ketamine" not in situation.drugs.get(path).text


def test_R50_unlabelled_resource(situation: Situation) -> None:
    situation.permits()
    unknown, free = alcohol_score(situation.at_trust), alcohol_score(situation.at_trust)
    unknown["code"] = {"coding": [{"system": "http://loinc.org", "code": "99999-9"}]}
    free["code"] = {"text": "something that nobody has a code for"}
    for reference in (situation.writes(unknown), situation.writes(free)):
        assert is_refused(situation.drugs, reference)
        assert situation.trust.read(reference)["id"] in reference
        assert situation.portal.read(reference)["subject"]["reference"] == situation.me


def test_R50_labels_sent_by_a_client_are_not_believed(situation: Situation) -> None:
    situation.permits("smoking")
    score = alcohol_score(situation.at_trust)
    score["meta"] = {"security": topic("smoking")}
    assert is_refused(situation.drugs, situation.writes(score))
