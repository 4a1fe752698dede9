"""What the plan refers to that others hold, both ways: the screening and the consent."""

from __future__ import annotations

from mappings import parties
from mappings.care_plan_codes import SCREENED_ON, SCREENED_WITH
from mappings.care_plan_held import NO_COLUMN, Held
from mappings.care_plan_made import Json, Making
from mappings.linked import Resource
from mappings.systems import QUESTIONNAIRE, ROW_DIGEST


def write(making: Making) -> list[Json]:
    """References by identifier: stored as sent, never resolved, never dangling."""
    return [*_screening(making), *_consent(making)]


def read(held: Held, where: str, reference: Resource) -> dict[str, str]:
    """The cells of one reference by identifier; one to anything else is refused."""
    identifier = reference.get("identifier") or {}
    match reference.get("type"):
        case "Consent":
            parts = (identifier.get("system"), identifier.get("value"))
            return {"consent_id": "|".join(str(part) for part in parts if part)}
        case "QuestionnaireResponse" if instrument := _instrument(reference):
            on = parties.extension(reference, SCREENED_ON, "valueDate")
            return {
                "screening": instrument,
                "screening_on": str(on or ""),
                "screening_id": parties.identified(reference, ROW_DIGEST),
            }
        case _:
            held.refuse(where, NO_COLUMN)
            return {}


def _screening(making: Making) -> list[Json]:
    instrument, on = making.text("screening"), making.text("screening_on")
    if not instrument:
        return []
    reference: Json = {
        "extension": [
            {"url": SCREENED_WITH, "valueCanonical": f"{QUESTIONNAIRE}/{instrument}"},
            {"url": SCREENED_ON, "valueDate": on},
        ],
        "type": "QuestionnaireResponse",
    }
    if digest := making.text("screening_id"):
        reference["identifier"] = {"system": ROW_DIGEST, "value": digest}
    return [reference | {"display": f"{instrument}, {on}"}]


def _consent(making: Making) -> list[Json]:
    stated = making.text("consent_id")
    if not stated:
        return []
    system, bar, value = stated.partition("|")
    identifier = {"system": system, "value": value} if bar else {"value": stated}
    return [{"type": "Consent", "identifier": identifier}]


def _instrument(reference: Resource) -> str:
    canonical = str(parties.extension(reference, SCREENED_WITH, "valueCanonical") or "")
    return canonical.removeprefix(f"{QUESTIONNAIRE}/").partition("|")[0]
