"""What may be offered after a screening, by score and band: suggested, never automatic.

suggested(response) -> the suggestions for its scores, or everything that is wrong with it
proposal(suggestion, response) -> a resource that says what might be done; it is stored by nobody
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from fhir_profiles import load
from mappings import instruments, responses, scoring
from mappings.checking import check_response
from mappings.scoring import Scored
from mappings.systems import SNOMED
from mappings.verdict import Fault

TABLE = "suggestions/by_band.json"
UNKNOWN = Fault(
    "QuestionnaireResponse.questionnaire", "must be the Questionnaire of an instrument held here"
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing that may be offered, because of one score. `provisional`: its band is of a table
    that nobody has confirmed. `coding` says what is offered, `words` how; `score` is
    the coding of that score."""

    offer: str
    type: str
    coding: tuple[str, str]
    words: str
    score: Mapping[str, str]
    band: str
    provisional: bool


def suggested(response: Mapping[str, Any]) -> tuple[Suggestion, ...] | Sequence[Fault]:
    """The suggestions for the scores that these answers make, in the table's order; or a list of
    all that is wrong with the response."""
    instrument = instruments.of_questionnaire(str(response.get("questionnaire", "")))
    if instrument is None:
        return [UNKNOWN]
    wrong = [Fault(where, why) for where, why in check_response(response)]
    if wrong:
        return wrong
    made = scoring.score(instrument, responses.read(response, instrument).answers)
    return tuple(_of(made))


def proposal(suggestion: Suggestion, response: Mapping[str, Any]) -> dict[str, Any]:
    """A proposal about the person who answered: a draft, which asks for nothing by itself."""
    system, code = suggestion.coding
    coding = {"system": system, "code": code, "display": display(system, code)}
    status = {"ServiceRequest": "draft"}.get(suggestion.type, "preparation")
    resource: dict[str, Any] = {"resourceType": suggestion.type, "status": status}
    match suggestion.type:
        case "ServiceRequest":
            resource |= {"intent": "proposal", "code": {"coding": [coding]}}
        case "Procedure":
            resource |= {"code": {"coding": [coding]}}
        case _:
            resource |= {"topic": {"coding": [coding]}}
    return resource | ({"subject": response["subject"]} if "subject" in response else {})


@cache
def display(system: str, code: str) -> str:
    """The words for a code of the table: of its source, or of our own code systems."""
    if system == SNOMED:
        found = [one for one in load("sources.json")["codes"] if one["system"] == system]
    else:
        found = load(f"codesystems/{system.rpartition('/')[2]}.json")["concept"]
    return next(str(one["display"]) for one in found if one["code"] == code)


def _of(made: Sequence[Scored]) -> Iterator[Suggestion]:
    bands = {one.score.id: one for one in made if one.band is not None}
    for row in load(TABLE)["suggestions"]:
        for score in row["scores"]:
            found = bands.get(score)
            if found is not None and found.band in row["bands"]:
                code = row["code"]
                yield Suggestion(
                    offer=row["offer"],
                    type=row["resource"],
                    coding=(code["system"], code["code"]),
                    words=row["words"],
                    score=scoring.codings(found.score)[0],
                    band=str(found.band),
                    provisional=found.score.provisional,
                )
