"""What every client sends: one made-up person, screened; the same for each language."""

from __future__ import annotations

import uuid

from made_up import Person, alcohol_score, drink_response, entry
from smart_client import Json

NEVER = "00000000-0000-4000-8000-000000000001"
SCORES = 5
PAGE = 2


def screening(patient: str, value: int = 7) -> Json:
    """A transaction: the answers, and the score that was derived from them."""
    answers = f"urn:uuid:{uuid.uuid4()}"
    score = alcohol_score(patient, value, derivedFrom=[{"reference": answers}])
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [entry(drink_response(patient), answers), entry(score)],
    }


def scores(patient: str) -> Json:
    """A batch of scores, enough for several pages."""
    entries = [entry(alcohol_score(patient, value)) for value in range(SCORES - 1)]
    return {"resourceType": "Bundle", "type": "batch", "entry": entries}


def somebody() -> Json:
    return Person().patient()


def located(answer: Json) -> list[str]:
    """The "Type/id" of each entry of a batch's or transaction's answer."""
    return [
        "/".join(one["response"]["location"].split("/_history/")[0].split("/")[-2:])
        for one in answer["entry"]
    ]
