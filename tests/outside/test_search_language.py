"""Searches as an integrator writes them, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from houses import Situation
from smart_client import Json, next_link

LOINC = "http://loinc.org"
ALCOHOL, MOOD = "75626-2", "44261-6"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def score(subject: str, code: str = ALCOHOL, value: float = 7, **more: Any) -> Json:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "subject": {"reference": subject},
        "effectiveDateTime": "2026-05-01",
        "valueQuantity": {
            "value": value,
            "system": "http://unitsofmeasure.org",
            "code": "{score}",
        },
    } | more


def encounter(subject: str, **more: Any) -> Json:
    return {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"system": ACT, "code": "AMB"},
        "subject": {"reference": subject},
    } | more


@pytest.fixture
def known(meet: Callable[..., Situation]) -> Situation:
    return meet()


def found(known: Situation, query: str) -> list[str]:
    type_, _, asked = query.partition("?")
    pairs = [("patient", known.at_trust), *parse_qsl(asked, keep_blank_values=True)]
    answer = known.trust.request("GET", type_, params=pairs)
    assert answer.status_code == 200, answer.text
    entries = answer.json().get("entry", [])
    return [f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in entries]


def test_an_integrators_searches(known: Situation) -> None:
    visit = known.writes(encounter(known.at_trust))
    one = known.writes(score(known.at_trust, encounter={"reference": visit}))
    two = known.writes(score(known.at_trust, MOOD, 15.0, effectiveDateTime="2026-04-01"))
    for query, expected in {
        f"Observation?code={LOINC}|{ALCOHOL}": [one],
        f"Observation?code={ALCOHOL},{MOOD}": [one, two],
        "Observation?code:not=75626-2": [two],
        "Observation?date=ge2026-04-15": [one],
        "Observation?value-quantity=gt10||{score}": [two],
        f"Observation?code-value-quantity={MOOD}$15.0": [two],
        "Observation?encounter:missing=true": [two],
        "Observation?encounter.status=finished": [one],
        "Observation?_security:below=" + f"{ACT}|SUD": [one],
        "Observation?_sort=date": [two, one],
        "Observation?_sort=-value-quantity": [two, one],
        "Observation?_include=Observation:encounter": [one, two, visit],
        f"Encounter?_has:Observation:encounter:code={ALCOHOL}": [visit],
        f"Encounter?_has:Observation:encounter:code={MOOD}": [],
        "Encounter?_revinclude=Observation:encounter": [visit, one],
    }.items():
        assert found(known, query) == expected, query


def test_posting_a_search_is_the_same(known: Situation) -> None:
    known.writes(score(known.at_trust))
    by_get = known.trust.get("Observation", patient=known.at_trust, _elements="value")
    by_post = known.trust.request(
        "POST", "Observation/_search", data={"patient": known.at_trust, "_elements": "value"}
    )
    assert by_get.status_code == by_post.status_code == 200
    assert by_get.json() == by_post.json()
    (entry,) = by_get.json()["entry"]
    assert "effectiveDateTime" not in entry["resource"]
    assert entry["resource"]["valueQuantity"]["value"] == 7


def test_pages_of_a_sorted_search_hold_each_match_once(known: Situation) -> None:
    written = [
        known.writes(score(known.at_trust, value=n % 3, effectiveDateTime=f"2026-0{1 + n % 4}-01"))
        for n in range(9)
    ]
    for order in ("date", "-date", "value-quantity,-date", "-_lastUpdated", "_id"):
        pages = list(
            known.trust.pages("Observation", patient=known.at_trust, _sort=order, _count=2)
        )
        seen = [f"Observation/{e['resource']['id']}" for page in pages for e in page["entry"]]
        assert sorted(seen) == sorted(written), order
        assert {page["total"] for page in pages} == {9}
        cursors = {
            dict(parse_qsl(urlsplit(next_link(p) or "").query)).get("_cursor") for p in pages
        }
        assert not any(w.partition("/")[2] in (c or "") for c in cursors for w in written)


def test_a_link_of_another_service_opens_nothing(known: Situation) -> None:
    for _ in range(3):
        known.writes(score(known.at_trust))
    page = next(known.trust.pages("Observation", patient=known.at_trust, _count=1))
    link = next_link(page)
    assert link is not None
    assert known.drugs.get(link).status_code == 400
    swapped = link.replace(known.at_trust, known.at_drugs)
    assert known.drugs.get(swapped).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        *("_count=x", "_total=some", "_summary=most", "_sort=subject", "_include=Observation"),
        *("_revinclude=Encounter:nothing", "_contained=both", "nothing=1", "_text=word"),
        *("code:in=urn:vs", "code:contains=7", "date=soon", "value-quantity=many", "code=|"),
        *("encounter.nothing=1", "_has:Observation=1", "_cursor=x", "status:missing=1"),
    ],
)
def test_what_is_not_understood_says_where_and_what_would_be_right(
    known: Situation, query: str
) -> None:
    answer = known.trust.request(
        "GET", "Observation", params=[("patient", known.at_trust), *parse_qsl(query)]
    )
    assert answer.status_code == 400
    (issue,) = answer.json()["issue"]
    assert issue["expression"] == [query.partition("=")[0]]
    assert issue["diagnostics"]


def test_unknown_parameters_are_left_out_where_that_is_asked(known: Situation) -> None:
    known.writes(score(known.at_trust))
    asked = {"patient": known.at_trust, "nothing": "1"}
    assert known.trust.get("Observation", **asked).status_code == 400
    answer = known.trust.get("Observation", headers={"Prefer": "handling=lenient"}, **asked)
    assert answer.status_code == 200
    assert answer.json()["total"] == 1
    assert "nothing" not in answer.json()["link"][0]["url"]


def test_a_search_that_names_nobody_is_told_what_to_add(known: Situation) -> None:
    texts = set()
    for query in ("Observation", "Observation?code=1", "Encounter?status=finished", "Goal"):
        answer = known.trust.get(query)
        assert answer.status_code == 400
        texts.add(answer.json()["issue"][0]["diagnostics"])
    (text,) = texts
    assert "patient" in text
