"""What is asked and counted: no parameter, page, order or join tells of what is denied.

Faults found in other systems, each asked of this one over HTTP. Ids are the catalogue's.
"""

# ruff: noqa: N802 - a test carries its case's id as the catalogue writes it

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from answers import assert_outcome, face, ids_of, references_of
from houses import Situation
from made_up import LOINC, alcohol_score, mood_score
from smart_client import Json, next_link


def test_R18_post_search(situation: Situation) -> None:
    """Exactly as GET: what is shown, what is not, the count, and the bytes but for the address."""
    shown = situation.writes(alcohol_score(situation.at_trust))
    situation.writes(mood_score(situation.at_trust))
    situation.permits("ETHUD")
    for asked in ({}, {"_summary": "count"}, {"code": f"{LOINC}|44261-6"}):
        query = {"patient": situation.at_drugs} | asked
        posted = situation.drugs.request("POST", "Observation/_search", data=query)
        got = situation.drugs.get("Observation", **query)
        assert posted.status_code == got.status_code == 200
        assert posted.json() == got.json()
    found = situation.drugs.request(
        "POST", "Observation/_search", data={"patient": situation.at_drugs}
    ).json()
    assert found["total"] == 1
    assert references_of([each["resource"] for each in found["entry"]]) == {shown}
    situation.denies()
    answer = situation.drugs.request(
        "POST", "Observation/_search", data={"patient": situation.at_drugs}
    )
    assert answer.status_code == 200
    assert answer.json()["total"] == 0
    assert "entry" not in answer.json()


def tells_of_an_end(resource: Json) -> bool:
    """Whether it is the Task that tells a service of a consent that ended."""
    codes = resource.get("code", {}).get("coding", [{}])
    return resource["resourceType"] == "Task" and codes[0].get("code") == "consent-ended"


@pytest.mark.parametrize(
    ("joined", "brings"),
    [
        ("_revinclude:iterate=Observation:patient", True),
        ("_revinclude=Observation:patient", True),
        ("_revinclude=Observation:subject", True),
        ("_revinclude=*", True),
        ("_has:Observation:patient:code=75626-2", False),
    ],
)
def test_R20_qualified_join_params(situation: Situation, joined: str, brings: bool) -> None:
    """What a permit opens is brought, or found by; what is denied is neither, in every form."""
    path = f"Patient?_id={ids_of(situation.at_drugs)}&{joined}"
    shown = situation.writes(alcohol_score(situation.at_trust))
    hidden = situation.writes(mood_score(situation.at_trust))
    given = situation.permits("ETHUD")
    with_it = situation.drugs.get(path)
    assert with_it.status_code == 200
    told = references_of([each["resource"] for each in with_it.json()["entry"]])
    assert told == {situation.at_drugs} | ({shown} if brings else set())
    assert hidden.partition("/")[2] not in with_it.text
    by_mood = situation.drugs.get(path.replace("75626-2", "44261-6"))
    assert len(by_mood.json().get("entry", [])) == (2 if brings else 0)
    situation.takes_back(given)
    without = [each["resource"] for each in situation.drugs.get(path).json().get("entry", [])]
    left = [each for each in without if not tells_of_an_end(each)]
    assert references_of(left) == ({situation.at_drugs} if brings else set())


def test_R20_include_iterate_stops_at_what_is_denied(situation: Situation) -> None:
    situation.permits("ETHUD")
    hidden = situation.writes(mood_score(situation.at_trust))
    first = situation.writes(alcohol_score(situation.at_trust, derivedFrom=[{"reference": hidden}]))
    second = situation.writes(alcohol_score(situation.at_trust, derivedFrom=[{"reference": first}]))
    by = "Observation:derived-from"
    answer = situation.drugs.get(
        f"Observation?_id={ids_of(second)}&_include={by}&_include:iterate={by}"
    )
    assert answer.status_code == 200
    assert references_of([each["resource"] for each in answer.json()["entry"]]) == {first, second}
    assert hidden.partition("/")[2] not in answer.text


@pytest.mark.parametrize("asked", ["_total=accurate", "_summary=count"])
def test_R23_total(situation: Situation, asked: str) -> None:
    situation.permits("ETHUD")
    situation.writes(alcohol_score(situation.at_trust))
    situation.writes(mood_score(situation.at_trust))
    answer = situation.drugs.get(f"Observation?patient={situation.at_drugs}&{asked}")
    if answer.status_code == 200:
        assert answer.json()["total"] == 1
    else:
        assert_outcome(answer, 400)


def test_R24_next_links(situation: Situation) -> None:
    drugs, at_drugs = situation.drugs, situation.at_drugs
    situation.permits("ETHUD")
    shown = {situation.writes(alcohol_score(situation.at_trust, 1))}
    hidden = {situation.writes(mood_score(situation.at_trust, n)) for n in range(6)}
    shown |= {situation.writes(alcohol_score(situation.at_trust, n)) for n in (2, 3)}
    hidden |= {situation.writes(mood_score(situation.at_trust, n)) for n in range(6, 9)}
    pages = list(drugs.pages("Observation", patient=at_drugs, _count="1"))
    assert [len(page["entry"]) for page in pages] == [1, 1, 1]
    assert references_of([e["resource"] for page in pages for e in page["entry"]]) == shown
    text = json.dumps(pages)
    assert not any(reference.partition("/")[2] in text for reference in hidden)
    none = drugs.get("Observation", patient=at_drugs, _count="1", code=f"{LOINC}|44261-6")
    if none.status_code == 200:
        assert next_link(none.json()) is None


def test_R25_page_2_bypass(situation: Situation) -> None:
    given = situation.permits()
    for value in range(3):
        situation.writes(alcohol_score(situation.at_trust, value))
    first = situation.drugs.get("Observation", patient=situation.at_drugs, _count="1").json()
    stored = next_link(first)
    assert stored is not None
    assert situation.takes_back(given).status_code == 200
    second = situation.drugs.get(stored)
    assert "75626-2" not in second.text
    if second.status_code == 200:
        assert second.json().get("entry", []) == []


@pytest.mark.parametrize(
    "question",
    [
        "_has:Observation:patient:code=44261-6",
        "_has:Observation:subject:code=44261-6",
        "link:Patient._has:Observation:patient:code=44261-6",
    ],
)
def test_R26_search_predicate_oracle(meet: Callable[..., Situation], question: str) -> None:
    holds, bare = meet(), meet()
    holds.writes(mood_score(holds.at_trust))
    answers = [s.drugs.get(f"Patient?_id={ids_of(s.at_drugs)}&{question}") for s in (holds, bare)]
    assert answers[0].status_code == answers[1].status_code < 500
    if answers[0].status_code == 200:
        assert answers[0].json().get("total") == answers[1].json().get("total")
        found = [answer.json().get("entry", []) for answer in answers]
        assert len(found[0]) == len(found[1])
    else:
        assert face(answers[0])[2] == face(answers[1])[2]


def test_R27_sort_oracle(situation: Situation) -> None:
    situation.permits("ETHUD")
    for value in (2, 1, 3):
        situation.writes(alcohol_score(situation.at_trust, value))

    def asked(sort: str) -> tuple[int, list[str]]:
        path = f"Observation?patient={situation.at_drugs}&_sort={sort}"
        answer = situation.drugs.get(path)
        assert answer.status_code in (200, 400)
        entries = answer.json().get("entry", [])
        return answer.status_code, [e["resource"]["id"] for e in entries]

    sorts = ("value-quantity", "-value-quantity", "patient.name", "derived-from.value-quantity")
    before = [asked(sort) for sort in sorts]
    for value in (9, 0):
        situation.writes(mood_score(situation.at_trust, value))
    assert [asked(sort) for sort in sorts] == before
