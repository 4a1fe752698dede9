"""What a resource is called in a preview, and when it was, where a caller has no words for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fhir_profiles import load
from mappings.instruments import of_questionnaire

Titled = Callable[[dict[str, Any]], str]

_NAMED_BY = ("title", "code", "medicationCodeableConcept", "description", "type", "name")
_WHEN = (
    *("effectiveDateTime", "authored", "authoredOn", "recordedDate", "performedDateTime"),
    *("onsetDateTime", "startDate", "dateAsserted", "date", "sent", "created", "start", "issued"),
)


def plain_title(resource: dict[str, Any]) -> str:
    """The words of its writer, else what its kind is called."""
    kind = resource["resourceType"]
    if kind == "QuestionnaireResponse":
        instrument = of_questionnaire(str(resource.get("questionnaire", "")))
        if instrument is not None:
            return instrument.title
    words = next(filter(None, (_words(resource.get(name)) for name in _NAMED_BY)), "")
    kinds: dict[str, str] = load("consent/words.json")["kinds"]
    return words or kinds.get(kind, kind)


def date_of(resource: dict[str, Any]) -> str | None:
    """When it was, as FHIR text; None where it does not say."""
    return next((str(resource[name]) for name in _WHEN if resource.get(name)), None)


def _words(value: Any) -> str:
    """A CodeableConcept in the words that came with it; a text as it is."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return ""
    displays = (one.get("display", "") for one in value.get("coding", ()))
    return str(value.get("text") or next(filter(None, displays), ""))
