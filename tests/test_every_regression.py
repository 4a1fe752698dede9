"""Each fault that was found in another system is a test of ours, by its id."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CATALOGUE = HERE.parents[1] / "shared/reference/consent-cases/regressions-from-peers.json"
FAULTS = 51
_TEST = re.compile(r"^def (test_[rR]\d\d_\w*)", re.MULTILINE)
_ID = re.compile(r"_[rR](\d\d)(?=_)")


def found() -> set[int]:
    return {
        int(number)
        for file in HERE.rglob("test_*.py")
        for name in _TEST.findall(file.read_text(encoding="utf-8"))
        for number in _ID.findall(name)
    }


def test_every_fault_found_in_other_systems_is_a_test_by_its_id() -> None:
    assert found() == set(range(1, FAULTS + 1))


def test_the_catalogue_has_no_other_faults() -> None:
    if not CATALOGUE.exists():
        pytest.skip("../shared/reference is not here: its catalogue is not compared")
    listed = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    cases = listed["cases"] if isinstance(listed, dict) else listed
    assert {int(case["id"].removeprefix("R")) for case in cases} == found()
