"""No clinical code is made up: each one of ours is in the table that says where it was seen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import fhir_profiles

ROOT = Path(__file__).parents[2]
LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
CLINICAL = (LOINC, SNOMED)
TABLE = fhir_profiles.load("sources.json")
CARRIED = {(row["system"], row["code"]) for row in TABLE["codes"]}
LITERAL = re.compile(r"""["'](\d{6,18}|\d{4,6}-\d|LA\d{1,6}-\d)["']""")
NOT_CLINICAL = {"110153"}  # DICOM's role code in AuditEvent
# Verhoeff's check digit: multiplication in the dihedral group of ten, and its permutation.
TURN = "1576283094"


def data_codes(value: Any) -> Iterator[tuple[str, str]]:
    """(system, code) wherever a JSON file of ours holds one, in any of the shapes it may have."""
    if isinstance(value, dict):
        system = value.get("system")
        held = [value.get("code"), *(value.get("codes") or ())]
        yield from ((system, code) for code in held if isinstance(code, str) and system)
        if "loinc" in value:
            yield LOINC, value["loinc"]
        if "snomed" in value:
            yield SNOMED, value["snomed"]
        if isinstance(system, str):
            rows = [one for one in value.get("codes") or () if isinstance(one, dict)]
            yield from ((one.get("system", system), one["code"]) for one in rows)
        for part in value.values():
            yield from data_codes(part)
    elif isinstance(value, list):
        for part in value:
            yield from data_codes(part)
    elif isinstance(value, str) and value.startswith(tuple(f"{one}|" for one in CLINICAL)):
        system, _, code = value.partition("|")
        yield system, code


def files() -> list[Path]:
    found = sorted((ROOT / "fhir_profiles").rglob("*.json"))
    return [path for path in found if path.name != "sources.json" and "structure" not in path.parts]


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_clinical_code_in_our_data_has_a_source(path: Path) -> None:
    used = {pair for pair in data_codes(json.loads(path.read_text())) if pair[0] in CLINICAL}
    assert not used - CARRIED


def test_every_clinical_code_in_our_programs_has_a_source() -> None:
    known = {code for _, code in CARRIED} | NOT_CLINICAL
    programs = [
        path for part in ("mappings", "consent", "src") for path in (ROOT / part).rglob("*.py")
    ]
    assert programs
    used = {
        (str(path.relative_to(ROOT)), code)
        for path in programs
        for code in LITERAL.findall(path.read_text())
        if "-" in code or snomed_check(code)
    }
    assert not {(path, code) for path, code in used if code not in known}


def test_every_code_names_its_sources_and_what_is_not_certain_is_provisional() -> None:
    assert len(CARRIED) == len(TABLE["codes"])
    for row in TABLE["codes"]:
        assert row["sources"], row["code"]
        assert set(row["sources"]) <= set(TABLE["sources"]), row["code"]
        assert row["confidence"] in ("high", "medium", "low")
        assert row.get("provisional", False) == (row["confidence"] != "high"), row["code"]


def test_every_check_digit_is_right() -> None:
    """LOINC's answer codes (LA…) are left out: their check digit follows another rule."""
    for row in (one for one in TABLE["codes"] if not one["code"].startswith("LA")):
        right = snomed_check if row["system"] == SNOMED else loinc_check
        assert right(row["code"]), row["code"]


def snomed_check(code: str) -> bool:
    total, place = 0, list(range(10))
    for digit in reversed(code):
        total = product(total, place[int(digit)])
        place = [place[int(one)] for one in TURN]
    return total == 0


def product(left: int, right: int) -> int:
    """Multiplication in the dihedral group of order ten."""
    if left < 5:
        return (left + right) % 5 + (5 if right > 4 else 0)
    return (left - right) % 5 + (0 if right > 4 else 5)


def loinc_check(code: str) -> bool:
    """Modulus 10: every second digit from the right is doubled, and its own digits are added."""
    digits, _, check = code.partition("-")
    doubled = [int(one) * (2 - place % 2) for place, one in enumerate(reversed(digits))]
    return (10 - sum(sum(map(int, str(one))) for one in doubled) % 10) % 10 == int(check)


def test_a_code_with_a_wrong_digit_is_noticed() -> None:
    assert snomed_check("720433000")
    assert not snomed_check("720433001")
    assert loinc_check("44261-6")
    assert not loinc_check("44261-7")
