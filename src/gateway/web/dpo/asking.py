"""What an officer asks of the log: the form, and the search that it comes to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias
from urllib.parse import parse_qsl

from starlette.datastructures import FormData

from gateway.web.events import OUTCOMES
from gateway.web.services import Services
from mappings.nhs_number import parse
from mappings.systems import NHS_NUMBER
from mappings.verdict import Wrong

Errors: TypeAlias = dict[str, str]

PURPOSES = {
    "TREAT": "TREAT, treatment",
    "COC": "COC, coordination of care",
    "TRIAGE": "TRIAGE, triage",
    "PATRQT": "PATRQT, the person asked",
    "PWATRNY": "PWATRNY, someone who may decide for them asked",
    "FAMRQT": "FAMRQT, the family asked",
    "HCOMPL": "HCOMPL, checks by an officer",
    "BTG": "BTG, break glass",
    "ETREAT": "ETREAT, emergency treatment",
    "HRESCH": "HRESCH, research",
}
NUMBER = "Check this number. An NHS number has ten digits, and these do not fit together"
_REFERENCE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was entered. `cursor` is the next page's search, as a page before handed it out."""

    start: str = ""
    end: str = ""
    organization: str = ""
    number: str = ""
    patient: str = ""
    entity: str = ""
    outcome: str = ""
    purpose: str = ""
    cursor: tuple[tuple[str, str], ...] = ()

    def wrong(self, services: Services) -> Errors:
        """What to put right, by the id of the field to go to; empty where nothing is wrong."""
        errors: Errors = {}
        for name in ("start", "end"):
            if getattr(self, name) and _day(getattr(self, name)) is None:
                errors[name] = "Enter a day like 2031-03-27"
        if self.number and isinstance(parse(self.number), Wrong):
            errors["number"] = NUMBER
        if self.patient and not _REFERENCE.fullmatch(f"Patient/{_bare(self.patient)}"):
            errors["patient"] = "Enter a person’s reference, like Patient/ and an id"
        if self.entity and not _REFERENCE.fullmatch(self.entity):
            errors["entity"] = "Enter a type and an id, like Observation/ and an id"
        known = {service.reference for service in services.every}
        for name, values in (
            ("organization", known),
            ("outcome", OUTCOMES.keys()),
            ("purpose", PURPOSES.keys()),
        ):
            if getattr(self, name) and getattr(self, name) not in values:
                errors[name] = "Choose one from the list"
        return errors


def asked(form: FormData) -> Asked:
    return Asked(
        **{name: _text(form, name) for name in _FIELDS},
        cursor=tuple(parse_qsl(_text(form, "cursor"))),
    )


def parameters(wanted: Asked) -> Sequence[tuple[str, str]]:
    """The search of AuditEvent that the form comes to."""
    found = [
        ("date", f"ge{wanted.start}" if wanted.start else ""),
        ("date", f"le{wanted.end}" if wanted.end else ""),
        ("agent", wanted.organization),
        ("patient.identifier", _numbered(wanted.number)),
        ("patient", f"Patient/{_bare(wanted.patient)}" if wanted.patient else ""),
        ("entity", wanted.entity),
        ("outcome", wanted.outcome),
        ("purpose", wanted.purpose),
        ("_count", "50"),
    ]
    return [(name, value) for name, value in found if value]


_FIELDS = ("start", "end", "organization", "number", "patient", "entity", "outcome", "purpose")


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _numbered(number: str) -> str:
    """The number with its system, however it was spaced; "" where there is none."""
    digits = parse(number) if number else ""
    return f"{NHS_NUMBER}|{digits}" if digits else ""


def _bare(patient: str) -> str:
    return patient.removeprefix("Patient/")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
