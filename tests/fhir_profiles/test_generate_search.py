"""Search parameters come out of HL7's definitions: paths, choices, conditions, parts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fhir_profiles.generate_search import main

Json = dict[str, Any]


def definition(code: str, kind: str, expression: str, *bases: str, **more: Any) -> Json:
    return {
        "resourceType": "SearchParameter",
        "url": f"http://hl7.org/fhir/SearchParameter/{code}",
        "code": code,
        "type": kind,
        "base": list(bases),
        "description": f"What {code}\r\nfinds",
        "expression": expression,
    } | more


def made(folder: Path, *definitions: Json) -> Json:
    bundle = {"resourceType": "Bundle", "entry": [{"resource": each} for each in definitions]}
    source, written = folder / "search-parameters.json", folder / "parameters.json"
    source.write_text(json.dumps(bundle), "utf-8")
    main(source, written)
    return dict(json.loads(written.read_text("utf-8")))


def row(folder: Path, type_: str, *definitions: Json) -> Json:
    return dict(made(folder, *definitions)["types"][type_][definitions[0]["code"]])


def test_a_choice_stands_under_each_name_that_the_kind_can_read(tmp_path: Path) -> None:
    date = definition("date", "date", "Observation.effective", "Observation")
    assert row(tmp_path, "Observation", date)["paths"] == [
        "effectiveDateTime",
        "effectivePeriod",
        "effectiveTiming",
        "effectiveInstant",
    ]


def test_a_choice_that_is_named_stands_alone(tmp_path: Path) -> None:
    said = "(Observation.value as CodeableConcept)"
    found = row(tmp_path, "Observation", definition("v", "token", said, "Observation"))
    assert found["paths"] == ["valueCodeableConcept"]
    said = "Condition.onset.as(Age) | Condition.onset.as(Range)"
    found = row(tmp_path, "Condition", definition("age", "quantity", said, "Condition"))
    assert found["paths"] == ["onsetAge", "onsetRange"]


def test_of_several_types_each_has_its_own_branch_and_words(tmp_path: Path) -> None:
    shared = definition(
        "patient",
        "reference",
        "Consent.patient | Flag.subject.where(resolve() is Patient)",
        *("Consent", "Flag"),
        target=["Patient", "Group"],
        description="Multiple Resources: \r\n\r\n* [Consent](c.html): Who agrees\r\n"
        "* [Flag](f.html): Who is flagged\r\n",
    )
    table = made(tmp_path, shared)["types"]
    consent, flag = table["Consent"]["patient"], table["Flag"]["patient"]
    assert (consent["paths"], consent["targets"]) == (["patient"], ["Patient"])
    assert (flag["paths"], flag["target"]) == (["subject"], "Patient")
    assert (consent["documentation"], flag["documentation"]) == ("Who agrees", "Who is flagged")
    assert table["Task"] == {}


def test_conditions_stay_with_their_path(tmp_path: Path) -> None:
    email = definition("email", "token", "Patient.telecom.where(system='email')", "Patient")
    assert row(tmp_path, "Patient", email)["paths"] == ["telecom[system=email]"]
    said = "Patient.deceased.exists() and Patient.deceased != false"
    died = row(tmp_path, "Patient", definition("deceased", "token", said, "Patient"))
    assert died["claim"] is True
    assert died["paths"] == ["deceasedBoolean", "deceasedDateTime"]


def test_the_parts_of_a_composite_are_read_by_what_they_read(tmp_path: Path) -> None:
    """HL7 names the two parts of a document's relationship the wrong way round."""
    relation = definition("relation", "token", "DocumentReference.relatesTo.code", DOCUMENT)
    target = definition("relatesto", "reference", "DocumentReference.relatesTo.target", DOCUMENT)
    parts = [(target["url"], "code"), (relation["url"], "target")]
    both = definition(
        "relationship",
        "composite",
        "DocumentReference.relatesTo",
        DOCUMENT,
        component=[{"definition": url, "expression": path} for url, path in parts],
    )
    found = row(tmp_path, DOCUMENT, both, relation, target)
    assert found["paths"] == ["relatesTo"]
    assert found["components"] == [
        {"type": "token", "paths": ["code"], "name": "relation"},
        {"type": "reference", "paths": ["target"], "name": "relatesto"},
    ]


DOCUMENT = "DocumentReference"


def test_what_every_type_has_is_written_once(tmp_path: Path) -> None:
    common = definition("_tag", "token", "Resource.meta.tag", "Resource")
    unserved = definition("_content", "string", "", "Resource")
    found = made(tmp_path, common, unserved)["common"]["Resource"]
    assert found["_tag"]["paths"] == ["meta.tag"]
    assert set(found) == {"_tag"}
