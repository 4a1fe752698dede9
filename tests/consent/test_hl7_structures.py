"""Consents with the structure of HL7's twelve R4 examples: our own, and theirs if present."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from consent.directory import Directory
from consent.reading import read

REPOSITORY = Path(__file__).parents[2]
DATA = json.loads((Path(__file__).parent / "cases" / "structures_of_hl7_examples.json").read_text())
ORIGINALS = REPOSITORY.parent / "shared/reference/consent-cases/hl7-r4-consent-examples"
CASES = {case["id"]: case for case in DATA["cases"]}


def _directory(case: dict) -> Directory:
    def sets(name: str) -> dict:
        return {key: frozenset(value) for key, value in case.get(name, {}).items()}

    return Directory(workplaces=sets("workplaces"), joined=sets("joined"))


def _holds(say, case: dict, consent: dict, now: datetime) -> None:
    severities = [fault.severity for fault in read(consent)[1]]
    assert ("error" in severities) is case.get("refused", False)
    for questions, directory in (
        (case["questions"], Directory()),
        (case.get("with_directory", []), _directory(case)),
    ):
        for one in questions:
            facts = one["facts"]
            verdict = say.verdict([consent], one["request"], facts, directory, now=now)
            assert verdict.strength == one["strength"], one


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_our_own_twelve_decide_as_the_rules_say(say, case) -> None:
    _holds(say, case, case["consent"], say.now)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_originals_decide_as_the_rules_say(say, case) -> None:
    path = ORIGINALS / case["original"]
    if not path.exists():
        pytest.skip("HL7's originals are not beside this checkout (../shared)")
    text = json.dumps(case)
    for ours, theirs in DATA["names"].items():
        text = text.replace(f'"{ours}"', f'"{theirs}"')
    now = datetime.fromisoformat(case.get("original_at", "2026-06-15T12:00:00Z"))
    _holds(say, json.loads(text), json.loads(path.read_text()), now)


def test_a_permit_that_its_own_denial_covers_is_called_dead() -> None:
    case = CASES["an emergency permit that its own denial covers"]
    (fault,) = read(case["consent"])[1]
    assert (fault.expression, fault.severity) == (case["dead"], "warning")


def test_the_structures_are_the_twelve() -> None:
    assert len({case["original"] for case in CASES.values()}) == 12
