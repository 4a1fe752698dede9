"""Each element of a resource by its type: what nobody can judge, and what is passed over."""

from __future__ import annotations

from typing import Any

import pytest
from to_label import LOINC, OURS, RULES, concept, item, observation, of_type, response, task

from consent.judging import judgements
from consent.label_rules import rules

UNKNOWN = {"url": "https://x.example", "valueBoolean": True}
MINE = f"{OURS}/StructureDefinition/x"
KNOWN = concept("75626-2", LOINC)
NEUTRAL = RULES["neutral_systems"][0]


def doubts(resource: dict[str, Any]) -> list[str]:
    """Why it stays pending, once for each element."""
    found = judgements(resource, rules())
    return [one.rule.rpartition("#")[2] for one in found if one.unjudged or one.pending]


def known(resource: dict[str, Any]) -> int:
    """How many elements a rule knows."""
    return sum(one.judged for one in judgements(resource, rules()))


# id: what a well-coded observation has besides, and why that cannot be judged
BESIDE = {
    "nothing": ({}, []),
    "a number in words": ({"valueString": 7}, ["free-text"]),
    "words that are not there": ({"valueString": None}, []),
    "an annotation that is not there": ({"note": [None]}, []),
    "two annotations": ({"note": [{"text": "x"}, {"text": "y"}]}, ["free-text"] * 2),
    "an element of no standard": ({"invented": "x"}, ["element-unknown"]),
    "an element of no standard with nothing": ({"invented": None}, ["element-unknown"]),
    "an unknown extension of a value that is coded": (
        {"valueQuantity": {"unit": "kg", "code": "kg", "extension": [UNKNOWN]}},
        ["extension-unknown"],
    ),
    "an unknown extension of a value": (
        {"valueQuantity": {"value": 1, "extension": [UNKNOWN]}},
        ["extension-unknown"],
    ),
    "a unit that is no text": ({"valueQuantity": {"value": 1, "unit": 3}}, ["free-text"]),
    "a unit in words and an unknown extension": (
        {"valueQuantity": {"unit": "at the clinic", "extension": [UNKNOWN]}},
        ["free-text", "extension-unknown"],
    ),
    "who in words": ({"performer": [{"display": "my worker"}]}, ["free-text"]),
    "who in words and a type": ({"performer": [{"display": "x", "type": "y"}]}, ["free-text"]),
    "nobody at all": ({"performer": [{}]}, ["free-text"]),
    "who, and in words": ({"performer": [{"reference": "Organization/1", "display": "x"}]}, []),
    "who, with an unknown extension": (
        {"performer": [{"reference": "Organization/1", "extension": [UNKNOWN]}]},
        ["extension-unknown"],
    ),
    "who by a number of an unknown kind": (
        {"performer": [{"identifier": {"value": "1", "type": {"text": "HIV clinic"}}}]},
        ["free-text"],
    ),
    "an unknown extension beside a primitive": (
        {"_status": {"extension": [UNKNOWN]}},
        ["extension-unknown"],
    ),
    "two unknown extensions": ({"extension": [UNKNOWN, UNKNOWN]}, ["extension-unknown"] * 2),
    "our own extension with a number": ({"extension": [{"url": MINE, "valueInteger": 1}]}, []),
    "our own extension in words": (
        {"extension": [{"url": MINE, "valueString": "x"}]},
        ["free-text"],
    ),
    "our own extension with an unknown one": (
        {"extension": [{"url": MINE, "extension": [UNKNOWN]}]},
        ["extension-unknown"],
    ),
    "what changes what the rest says": ({"modifierExtension": [{"url": MINE}]}, ["free-text"]),
    "an unknown code": ({"bodySite": concept("1")}, ["code-unknown"]),
    "an unknown code beside a neutral one": (
        {
            "category": [
                {"coding": [{"system": "urn:x", "code": "1"}, {"system": NEUTRAL, "code": "y"}]}
            ]
        },
        [],
    ),
    "an unknown code beside a known one": (
        {"bodySite": {"coding": [{"system": "urn:x", "code": "1"}, *KNOWN["coding"]]}},
        [],
    ),
    "a concept in words": ({"bodySite": {"text": "x"}}, ["free-text"]),
    "a concept without a code": ({"bodySite": {"coding": [{"system": LOINC}]}}, ["free-text"]),
    "a concept of no codings": ({"bodySite": {"coding": ["x"]}}, ["free-text"]),
    "a known concept with an unknown extension": (
        {"bodySite": KNOWN | {"extension": [UNKNOWN]}},
        ["extension-unknown"],
    ),
    "a known coding with an unknown extension": (
        {"bodySite": {"coding": [KNOWN["coding"][0] | {"extension": [UNKNOWN]}]}},
        ["extension-unknown"],
    ),
    "an answer of any code": ({"valueCodeableConcept": concept("1", "urn:x")}, []),
    "an answer in words": ({"valueCodeableConcept": {"text": "x"}}, ["free-text"]),
    "an answer with an unknown extension": (
        {"valueCodeableConcept": concept("1", "urn:x", extension=[UNKNOWN])},
        ["extension-unknown"],
    ),
    "a number of a known kind": ({"identifier": [{"value": "1", "type": KNOWN}]}, []),
    "a number of an unknown kind": (
        {"identifier": [{"value": "1", "type": concept("1")}]},
        ["code-unknown"],
    ),
    "a number of a kind in words": ({"identifier": [{"type": {"text": "x"}}]}, ["free-text"]),
    "a number of a kind that is no kind": ({"identifier": [{"value": "1", "type": "x"}]}, []),
    "a number with an unknown extension": (
        {"identifier": [{"value": "1", "extension": [UNKNOWN, "x"]}]},
        ["extension-unknown"],
    ),
    "an unknown extension of what the server says": (
        {"meta": {"extension": [UNKNOWN], "versionId": "1"}},
        ["extension-unknown"],
    ),
    "extensions that are none": (
        {"meta": {"extension": "x"}, "identifier": [{"extension": 1}]},
        [],
    ),
    "someone contained": ({"contained": [{"resourceType": "Patient"}]}, ["type-not-judged"]),
    "something unheard of contained": ({"contained": [{"resourceType": "X"}]}, ["type-not-judged"]),
    "an organisation contained": (
        {"contained": [{"resourceType": "Organization", "active": True}]},
        [],
    ),
    "words of an organisation contained": (
        {"contained": [{"resourceType": "Organization", "name": "x", "alias": ["y"]}]},
        ["free-text"] * 2,
    ),
    "an unknown code contained": (
        {"contained": [{"resourceType": "Observation", "code": concept("1")}]},
        ["code-unknown"],
    ),
}


@pytest.mark.parametrize("row", BESIDE.values(), ids=BESIDE.keys())
def test_what_stands_beside_a_known_code(row) -> None:
    more, expected = row
    assert doubts(observation("75626-2", **more)) == expected


# id: the name of someone near the person, and why it cannot be judged
NAMES = {
    "a name": ({"family": "Example", "given": ["A", "B"]}, []),
    "a name with a period": ({"family": "Example", "period": {"start": "2026"}}, []),
    "an unknown extension": ({"extension": [UNKNOWN]}, ["extension-unknown"]),
    "an unknown extension, alone": ({"extension": UNKNOWN}, ["extension-unknown"]),
    "extensions that are none": ({"extension": ["x", None]}, []),
    "an unknown extension within": (
        {"_given": [None, {"extension": [UNKNOWN]}]},
        ["extension-unknown"],
    ),
    "an unknown extension of the period": (
        {"period": {"_start": {"extension": [UNKNOWN]}}},
        ["extension-unknown"],
    ),
    "our own extension": ({"extension": [{"url": MINE, "valueInteger": 1}]}, []),
}


@pytest.mark.parametrize("row", NAMES.values(), ids=NAMES.keys())
def test_of_what_somebody_is_called_only_extensions_are_judged(row) -> None:
    name, expected = row
    assert doubts(of_type("RelatedPerson", name=[name])) == expected


# id: an item of an ASSIST-Lite response, and why it cannot be judged
ITEMS = {
    "what is asked": ({"linkId": "al-tobacco-1", "answer": [{"valueBoolean": True}]}, []),
    "words that are covered": ({"linkId": "al-other-2", "answer": [{"valueString": "x"}]}, []),
    "words that are covered, alone": ({"linkId": "al-other-2", "answer": {"valueString": "x"}}, []),
    "covered, but for an extension": (
        {"linkId": "al-other-2", "answer": [{"valueString": "x", "extension": [UNKNOWN]}, "x"]},
        ["extension-unknown"],
    ),
    "covered, and not answered": ({"linkId": "al-other-2"}, []),
    "words that are not covered": (
        {"linkId": "al-tobacco-1", "answer": [{"valueString": "x"}]},
        ["free-text"],
    ),
    "an answer to what is not asked": (
        {"linkId": "invented", "answer": [{"valueBoolean": True}]},
        ["item-unknown"],
    ),
    "a group of any plain name": ({"linkId": "invented"}, []),
    "a group whose name is words": ({"linkId": "in words"}, ["item-unknown"]),
    "a group without a name": ({"text": "x"}, ["item-unknown"]),
}


@pytest.mark.parametrize("row", ITEMS.values(), ids=ITEMS.keys())
def test_an_item_is_one_that_the_instrument_asks(row) -> None:
    each, expected = row
    assert doubts(response("assist-lite-uk", each)) == expected


def test_of_an_instrument_that_nobody_knows_no_answer_is_judged() -> None:
    answered = response("invented", item("al-tobacco-1", {"valueBoolean": True}))
    assert doubts(answered) == ["item-unknown"]
    assert known(answered) == 0


@pytest.mark.parametrize(
    ("resource", "elements", "expected"),
    [
        (observation("75626-2"), 1, []),
        (observation("75626-2", bodySite=KNOWN), 2, []),
        (observation("75626-2", bodySite={"coding": KNOWN["coding"] * 2}), 3, []),
        (observation("75626-2", interpretation=[KNOWN]), 1, []),
        (of_type("MedicationStatement"), 1, []),
        (response("audit-c"), 1, []),
        ({"resourceType": "Organization", "name": "x"}, 0, []),
        ({"resourceType": "Binary", "contentType": "text/plain"}, 0, ["type-not-judged"]),
        ({"resourceType": "Unheard", "code": KNOWN}, 0, ["type-not-judged"]),
        ({}, 0, ["type-not-judged"]),
        (observation("75626-2", contained=[observation("75626-2")]), 2, []),
    ],
)
def test_what_is_known_is_counted_once_for_each_code(resource, elements, expected) -> None:
    assert known(resource) == elements
    assert doubts(resource) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"valueCode": "x"}, ["free-text"]),
        ({"valueUri": "urn:x"}, ["free-text"]),
        ({"valueString": "x"}, ["free-text"]),
        ({"valueBoolean": True}, []),
        ({"valueReference": {"reference": "Observation/1"}}, []),
    ],
)
def test_what_a_task_is_given_says_nothing_unless_it_may_be_words(given, expected) -> None:
    plain, more = (task(input=[{"type": KNOWN} | each]) for each in ({}, given))
    assert doubts(more) == doubts(plain) + expected
