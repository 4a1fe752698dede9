"""HL7's twelve R4 Consent examples: ours, in the conformance suite, against theirs if present."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from consent.conforming import Case, cases, compared, decided
from consent.reading import read

REPOSITORY = Path(__file__).parents[2]
ORIGINALS = REPOSITORY.parent / "shared/reference/consent-cases/hl7-r4-consent-examples"
HELD = [one for one in cases("hl7-examples: ") if one.theme == "hl7-examples"]
NOW = "2026-06-15T12:00:00Z"
FILES = {
    "example": "",
    "not-time": "-notTime",
    "not-author": "-notAuthor",
    "out": "-Out",
    "not-org": "-notOrg",
    "not-them": "-notThem",
    "not-this": "-notThis",
    "grantor": "-grantor",
    "emergency": "-Emergency",
    "pkb": "-pkb",
    "signature": "-signature",
    "smart": "-smartonfhir",
}
REFUSED = {"example", "not-time", "pkb"}
# Our parties and codes, and those of the originals; the organisation that holds is their f001 too.
NAMES = {
    "Organization/fern": "Organization/f001",
    "Practitioner/nurse": "Practitioner/f204",
    "Task/visit": "Task/example3",
    "Patient/alex": "Patient/example",
    "Practitioner/lee": "Practitioner/13",
    "Practitioner/author": "Practitioner/xcda-author",
}
RECIPIENTS = {"not-org", "not-them", "pkb"}
DOCUMENTS = {"summary": "34133-9", "discharge": "18842-5"}
MOMENTS = {
    "signature": "2016-06-15T12:00:00Z",
    "smart": "2016-06-23T17:10:00+10:00",
    "example": "2015-12-31T12:00:00Z",
    "not-time": "2015-12-31T12:00:00Z",
}


def _as_theirs(case: Case, original: dict) -> Case:
    """The same question, put in the words of the original."""
    names = dict(NAMES)
    if case.rule in RECIPIENTS:
        names = {name: names[name] for name in names if name != "Organization/fern"}
        names["Organization/riverside"] = "Organization/f001"
    names["Patient/sam"] = original["patient"]["reference"]
    text = json.dumps([case.request, case.resources, case.context])
    for ours, theirs in names.items():
        text = text.replace(f'"{ours}"', f'"{theirs}"')
        kind, _, name = ours.partition("/")
        entry = f'"resourceType": "{kind}", "id": '
        text = text.replace(f'{entry}"{name}"', f'{entry}"{theirs.partition("/")[2]}"')
    for ours, theirs in DOCUMENTS.items():
        mine = f'"system": "https://example.org/codes", "code": "{ours}"'
        text = text.replace(mine, f'"system": "http://loinc.org", "code": "{theirs}"')
    request, resources, context = json.loads(text)
    request["at"] = MOMENTS.get(case.rule, NOW)
    return replace(case, consents=[original], request=request, resources=resources, context=context)


def test_the_structures_are_the_twelve() -> None:
    assert {case.rule for case in HELD} == set(FILES)


@pytest.mark.parametrize("case", HELD, ids=[case.name for case in HELD])
def test_our_own_are_refused_when_written_where_the_rules_say(case: Case) -> None:
    (consent,) = case.consents
    severities = [fault.severity for fault in read(consent)[1]]
    assert ("error" in severities) is (case.rule in REFUSED)


NOT_OF_TIME = [case for case in HELD if case.request["at"] == NOW]


@pytest.mark.parametrize("case", NOT_OF_TIME, ids=[case.name for case in NOT_OF_TIME])
def test_the_originals_decide_as_ours_do(case: Case) -> None:
    path = ORIGINALS / f"consent-example{FILES[case.rule]}.json"
    if not path.exists():
        pytest.skip("HL7's originals are not beside this checkout (../shared)")
    original = json.loads(path.read_text())
    verdicts = decided(_as_theirs(case, original))
    named = [
        got | {"resource": own["resource"]}
        for own, got in zip(case.verdicts, verdicts, strict=True)
    ]
    assert compared(case, named).wrong is None


def test_a_permit_that_its_own_denial_covers_is_called_dead() -> None:
    consent = next(case.consents[0] for case in HELD if case.rule == "emergency")
    (fault,) = read(consent)[1]
    assert (fault.expression, fault.severity) == ("Consent.provision", "warning")
