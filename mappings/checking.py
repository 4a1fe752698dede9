"""What others send for our own Questionnaires is held against the same rules as our own maps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from mappings import instruments, responses, scoring
from mappings.instrument import Instrument
from mappings.responses import Reading
from mappings.scoring import Scored
from mappings.systems import BAND

Found = list[tuple[str, str]]
QUANTITY = "valueQuantity.value"


def check_response(response: Mapping[str, Any]) -> Found:
    """(FHIRPath, what would be right) for all that is wrong by our own Questionnaire.

    Unknown linkIds, answers of a wrong type or code, a later item that says yes where its
    section's first says no, a stated total that disagrees. A response to a Questionnaire that we
    do not hold, in that version, is not ours to judge: nothing is found.
    """
    instrument = instruments.of_questionnaire(str(response.get("questionnaire", "")))
    if instrument is None:
        return []
    reading = responses.read(response, instrument)
    found = [(fault.where, fault.reason) for fault in reading.faults]
    return found or [*_contradictions(reading, instrument), *_stated(reading, instrument)]


def check_scores(
    response: Mapping[str, Any], observations: Mapping[str, Mapping[str, Any]]
) -> Found:
    """(FHIRPath, what would be right) for each Observation that the response does not bear out.

    `observations` are those derived from this response, by the FHIRPath of each, such as
    "Bundle.entry[3].resource". One whose code is no score of the instrument is not judged.
    """
    instrument = instruments.of_questionnaire(str(response.get("questionnaire", "")))
    if instrument is None or not observations:
        return []
    reading = responses.read(response, instrument)
    made = scoring.score(instrument, reading.answers)
    by_code = {
        (code["system"], code["code"]): next((one for one in made if one.score is score), None)
        for score in instrument.scores
        for code in (*scoring.codings(score), *score.accepted)
    }
    found: Found = []
    for place, observation in observations.items():
        for coding in (observation.get("code") or {}).get("coding", ()):
            asked = (coding.get("system"), coding.get("code"))
            if asked in by_code:
                found += _disagreements(place, observation, by_code[asked])
                break
    return found


def _contradictions(reading: Reading, instrument: Instrument) -> Iterator[tuple[str, str]]:
    for later, first in scoring.contradictions(instrument, reading.answers):
        yield f"{reading.places[later]}.answer[0]", f"must not say yes where {first} says no"


def _stated(reading: Reading, instrument: Instrument) -> Iterator[tuple[str, str]]:
    made = {one.total: one.value for one in scoring.score(instrument, reading.answers)}
    for total, stated in reading.stated.items():
        if not scoring.agrees(stated, made.get(total)):
            place = f"{reading.places[total]}.answer[0].value"
            yield place, _both(stated, made.get(total))


def _disagreements(
    place: str, observation: Mapping[str, Any], made: Scored | None
) -> Iterator[tuple[str, str]]:
    number = (observation.get("valueQuantity") or {}).get("value")
    if number is not None and (made is None or not _equal(number, made.value)):
        yield f"{place}.{QUANTITY}", _both(number, made.value if made else None)
        return
    band = made.band if made else None
    right = f"must be {band}, by these answers" if band else "must not be there: no band is made"
    for element, concepts in (
        ("valueCodeableConcept", [observation.get("valueCodeableConcept") or {}]),
        ("interpretation", observation.get("interpretation", ())),
    ):
        if any(stated != band for stated in _bands(concepts)):
            yield f"{place}.{element}", right


def _bands(concepts: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The codes of our bands in some concepts."""
    for concept in concepts:
        for coding in concept.get("coding", ()):
            if coding.get("system") == BAND:
                yield coding.get("code", "")


def _equal(stated: object, computed: int | float | None) -> bool:
    return isinstance(stated, int | float | Decimal) and scoring.agrees(stated, computed)


def _both(stated: object, computed: int | float | None) -> str:
    makes = "no score, as an item is missing" if computed is None else str(computed)
    return f"states {stated} but the answers make {makes}"
