"""A screening as FHIR: the Patient, the response, a score's Observation, an alert's Task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from mappings import parties, scoring
from mappings.alert_tasks import task_entry
from mappings.conditions import Answers
from mappings.digests import digest, identifier, once
from mappings.instrument import Choice, Instrument, Item, Kind
from mappings.moments import dated
from mappings.scoring import Scored
from mappings.screening_rows import Screening
from mappings.systems import (
    BAND,
    OBSERVATION_CATEGORY,
    ORDINAL_VALUE,
    PROVISIONAL,
    STRUCTURE_DEFINITION,
    UCUM,
)
from mappings.verdict import Entry, Mapped

CASENESS = f"{STRUCTURE_DEFINITION}/talking-therapies-caseness"
UNCONFIRMED = [{"system": PROVISIONAL, "code": "unconfirmed-table"}]
SURVEY = [{"coding": [{"system": OBSERVATION_CATEGORY, "code": "survey"}]}]


def write(screening: Screening, instrument: Instrument) -> Mapped:
    """The Patient, the QuestionnaireResponse, an Observation for each score, a Task an alert.

    Resources refer to each other by "urn:uuid:…" made from the content, so that the same record
    always gives the same bytes, and each is created only where it is not there yet.
    """
    own = digest_of(screening, instrument)
    patient = parties.patient_entry(screening.person)
    address = parties.urn("QuestionnaireResponse", own)
    told = Entry(address, response(screening, instrument, own, patient.full_url), once(own))
    observations = (
        Entry(
            parties.urn("Observation", own, made.score.id),
            observation(screening, made, own, patient.full_url, address),
            once(f"{own}.{made.score.id}"),
        )
        for made in screening.scores
    )
    tasks = (
        task_entry(alert, screening, own, patient.full_url, address) for alert in screening.alerts
    )
    return Mapped((patient, told, *observations, *tasks))


def digest_of(screening: Screening, instrument: Instrument) -> str:
    """The digest of all that was recorded.

    What is computed is left out, so that stating a total makes no second screening.
    """
    canonical = (
        instrument.id,
        screening.person.nhs_number,
        screening.person.birth_date,
        screening.recorded_at.text,
        screening.organization,
        screening.practitioner,
        screening.variant,
        sorted(screening.answers.items()),
    )
    return digest(canonical)


def response(
    screening: Screening, instrument: Instrument, own: str, patient: str
) -> dict[str, Any]:
    """The QuestionnaireResponse of digest `own`, about the Patient of that address."""
    extensions = [parties.recording_organization(screening.organization)]
    if instrument.variants:
        url = f"{STRUCTURE_DEFINITION}/{instrument.variants.extension}"
        extensions.append({"url": url, "valueCode": screening.variant})
    return {
        "resourceType": "QuestionnaireResponse",
        "extension": extensions,
        "identifier": identifier(own),
        "questionnaire": instrument.canonical,
        "status": "completed",
        "subject": {"reference": patient},
        **dated("authored", screening.recorded_at),
        "author": parties.author(screening.practitioner, screening.organization),
        "item": _items(screening, instrument),
    }


def _items(screening: Screening, instrument: Instrument) -> list[dict[str, Any]]:
    return answered(instrument, screening.answers) + stated(instrument, screening.stated)


def answered(instrument: Instrument, answers: Answers) -> list[dict[str, Any]]:
    """The items of a response with these answers, in their order."""
    ready = _ready(instrument)
    return [
        {"linkId": link_id, "answer": [{"valueString": answer}]}
        if isinstance(answer, str)
        else ready[link_id][answer]
        for link_id, answer in answers.items()
    ]


def stated(instrument: Instrument, totals: Mapping[str, int | float]) -> list[dict[str, Any]]:
    """The items of a response that state these totals."""
    return [
        {"linkId": column, "answer": [{_number(instrument, column): value}]}
        for column, value in totals.items()
    ]


def _number(instrument: Instrument, column: str) -> str:
    return "valueInteger" if instrument.totals[column].whole else "valueDecimal"


@cache
def _ready(instrument: Instrument) -> dict[str, dict[int, dict[str, Any]]]:
    """Every answered item that there can be, made once and shared by all responses."""
    return {item.link_id: _ready_item(item) for item in instrument.items}


def _ready_item(item: Item) -> dict[int, dict[str, Any]]:
    values: dict[int, dict[str, Any]]
    match item.kind:
        case Kind.BOOLEAN:
            values = {0: {"valueBoolean": False}, 1: {"valueBoolean": True}}
        case Kind.CHOICE:
            values = {one.ordinal: {"valueCoding": _coding(one)} for one in item.choices}
        case Kind.INTEGER:
            values = {number: {"valueInteger": number} for number in item.words}
        case Kind.TEXT:
            values = {}
    return {at: {"linkId": item.link_id, "answer": [value]} for at, value in values.items()}


def _coding(choice: Choice) -> dict[str, Any]:
    coded = {"system": choice.system, "code": choice.code}
    ordinal = {"url": ORDINAL_VALUE, "valueDecimal": choice.ordinal}
    return {"extension": [ordinal], **coded} if choice.scored else coded


def observation(
    screening: Screening, made: Scored, own: str, patient: str, response: str
) -> dict[str, Any]:
    """The Observation of one score, derived from the response of digest `own`."""
    score = made.score
    resource: dict[str, Any] = {"resourceType": "Observation"}
    if score.provisional:
        resource["meta"] = {"tag": UNCONFIRMED}
    resource |= {
        "extension": [parties.recording_organization(screening.organization), *_caseness(made)],
        "identifier": [identifier(f"{own}.{score.id}")],
        "status": "final",
        "category": SURVEY,
        "code": {"coding": scoring.codings(score), "text": score.label},
        "subject": {"reference": patient},
        "effectiveDateTime": screening.recorded_at.text,
        "performer": parties.performers(screening.practitioner, screening.organization),
        **_value(made),
    }
    if made.band:
        resource["interpretation"] = [_band(made.band)]
    return resource | {"derivedFrom": [{"reference": response}]}


def _caseness(made: Scored) -> Iterator[dict[str, Any]]:
    """Whether NHS Talking Therapies counts a case by this score, where it counts any by it."""
    least = made.score.caseness
    if least is not None and made.value is not None:
        yield {"url": CASENESS, "valueBoolean": made.value >= least}


def _value(made: Scored) -> dict[str, Any]:
    if made.value is None:
        return {"valueCodeableConcept": _band(made.band or "")}
    quantity = {"value": made.value, "unit": "score", "system": UCUM, "code": "{score}"}
    return {"valueQuantity": quantity}


def _band(code: str) -> dict[str, Any]:
    return {"coding": [{"system": BAND, "code": code}]}
