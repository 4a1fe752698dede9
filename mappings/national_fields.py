"""One field of a national data set: what its cell may hold, as the set's table of fields says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import fhir_profiles
from mappings import cells
from mappings.concept_maps import onward
from mappings.element_paths import Path, path_of
from mappings.moments import Moment, parse_day, parse_moment
from mappings.national_assessments import SUPERSEDED, tools
from mappings.systems import BASE
from mappings.verdict import Wrong

CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d", re.ASCII)
WHOLE = re.compile(r"0|[1-9]\d{0,5}", re.ASCII)
SCORE = re.compile(r"(0|[1-9]\d{0,4})(\.\d{1,2})?", re.ASCII)
SNOMED_ID = re.compile(r"[1-9]\d{5,17}", re.ASCII)
EXAMPLES = 12

TURN = "1576283094"  # Verhoeff's permutation, applied once more at each place


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `place` says how FHIR holds it (see national_places), `path` where.

    `time` names the column with the time of day of a date. A clock column has no path of its own.
    """

    name: str
    holds: str
    place: str
    path: Path
    required: bool
    system: str
    type: str
    codes: Mapping[str, str]
    pattern: str
    least: int
    most: int
    map: str
    time: str

    def parse(self, text: str) -> str | Wrong:
        """The cell in its one canonical form, "" where it may be empty and is, or why not."""
        if not text:
            return Wrong("must be there") if self.required else ""
        return PARSERS[self.holds](self, text)


def field_of(data: Mapping[str, Any]) -> Field:
    system, codes = _coded(data)
    return Field(
        name=data["name"],
        holds=data["holds"],
        place=data.get("as", ""),
        path=path_of(data.get("path", "")) if "as" in data else (),
        required=data.get("required", False),
        system=system,
        type=data.get("type", ""),
        codes=codes,
        pattern=data.get("pattern", ""),
        least=data.get("least", 0),
        most=data.get("most", 0),
        map=data.get("map", ""),
        time=data.get("time", ""),
    )


def _coded(data: Mapping[str, Any]) -> tuple[str, Mapping[str, str]]:
    """The code system of a field and, where the list is known, its codes with their words."""
    if data["holds"] == "assessment":
        return data["values"]["system"], {code: one.display for code, one in tools().items()}
    if "values" in data:
        return data["values"]["system"], data["values"].get("codes", {})
    if "codes" in data:
        return f"{BASE}/CodeSystem/{data['codes']}", _concepts(data["codes"])
    system = data.get("system", "")
    return (system if "://" in system or not system else f"{BASE}/CodeSystem/{system}"), {}


@cache
def _concepts(name: str) -> Mapping[str, str]:
    held = fhir_profiles.load(f"codesystems/{name}.json")
    return {concept["code"]: concept["display"] for concept in held["concept"]}


def _day(_: Field, text: str) -> str | Wrong:
    return parse_day(text)


def _clock(_: Field, text: str) -> str | Wrong:
    whole = f"{text}:00" if len(text) == 5 else text
    return whole if CLOCK.fullmatch(whole) else Wrong("must be a time of day, written HH:MM:SS")


def _moment(_: Field, text: str) -> str | Wrong:
    moment = parse_moment(text)
    if isinstance(moment, Moment) and not moment.timed:
        return Wrong("must be a date and a time of ISO 8601, such as 2026-03-01T10:30:00")
    return moment if isinstance(moment, Wrong) else moment.flat()


def _code(field: Field, text: str) -> str | Wrong:
    if text in field.codes:
        return text
    listed = ", ".join(list(field.codes)[:EXAMPLES])
    more = ", …" if len(field.codes) > EXAMPLES else ""
    return Wrong(f"must be one of the codes {listed}{more}")


def _text(field: Field, text: str) -> str | Wrong:
    if re.fullmatch(field.pattern, text, re.ASCII):
        return text
    return Wrong(f"must have the form {field.pattern}")


def _organization(_: Field, text: str) -> str | Wrong:
    return cells.organization(text)


def _whole(field: Field, text: str) -> str | Wrong:
    if WHOLE.fullmatch(text) and field.least <= int(text) <= field.most:
        return text
    return Wrong(f"must be a whole number from {field.least} to {field.most}")


def _yes(_: Field, text: str) -> str | Wrong:
    return text if text == "Y" else Wrong("must be Y, or empty")


def _yes_or_no(_: Field, text: str) -> str | Wrong:
    return text if text in ("Y", "N") else Wrong("must be Y or N")


def _score(_: Field, text: str) -> str | Wrong:
    """A number without superfluous zeros; its range depends on the tool, and is checked there."""
    if SCORE.fullmatch(text) is None:
        return Wrong("must be a number such as 12 or 2.35")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _assessment(field: Field, text: str) -> str | Wrong:
    """A permitted tool; one that is superseded is read as the one in use."""
    found = next((one["code"] for one in onward(SUPERSEDED).get(text, ())), text)
    if found in field.codes:
        return found
    return Wrong("must be a SNOMED CT code of national/mhsds_assessments")


def _snomed(_: Field, text: str) -> str | Wrong:
    right = SNOMED_ID.fullmatch(text) and _check_digit_holds(text)
    return text if right else Wrong("must be a SNOMED CT concept id, check digit included")


def _check_digit_holds(digits: str) -> bool:
    """Verhoeff (1969), over the dihedral group of ten elements, as SNOMED CT prescribes."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        turned = int(digit)
        for _ in range(place % 8):
            turned = int(TURN[turned])
        check = _dihedral(check, turned)
    return check == 0


def _dihedral(one: int, other: int) -> int:
    if one < 5:
        return (one + other) % 5 if other < 5 else 5 + (one + other - 5) % 5
    return 5 + (one - other - 5) % 5 if other < 5 else (one - other) % 5


PARSERS: Mapping[str, Callable[[Field, str], str | Wrong]] = {
    "day": _day,
    "clock": _clock,
    "moment": _moment,
    "code": _code,
    "text": _text,
    "ods": _organization,
    "whole": _whole,
    "yes": _yes,
    "yes-no": _yes_or_no,
    "score": _score,
    "assessment": _assessment,
    "snomed": _snomed,
}
