"""A part of a resource says that it is one, and keeps what is required."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.fhir.subset import SUBSETTED, of_elements, summarised

OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "1",
    "meta": {"versionId": "2", "tag": [{"code": "mine"}]},
    "text": {"status": "generated"},
    "modifierExtension": [{"url": "urn:x", "valueBoolean": True}],
    "status": "final",
    "_status": {"id": "s"},
    "code": {"text": "c"},
    "valueString": "v",
    "note": [{"text": "n"}],
    "referenceRange": [{"text": "r"}],
    "component": [{"code": {"text": "c"}, "valueString": "v", "interpretation": [{"text": "i"}]}],
}
ALWAYS = {"resourceType", "id", "meta", "modifierExtension"}
REQUIRED = ALWAYS | {"status", "_status", "code"}


@pytest.mark.parametrize(
    ("part", "names"),
    [
        (summarised(OBSERVATION, "text"), REQUIRED | {"text"}),
        (summarised(OBSERVATION, "data"), set(OBSERVATION) - {"text"}),
        (summarised(OBSERVATION, "true"), REQUIRED | {"valueString", "component"}),
        (of_elements(OBSERVATION, frozenset({"note"})), REQUIRED | {"note"}),
        (of_elements(OBSERVATION, frozenset({"value"})), REQUIRED | {"valueString"}),
        (of_elements(OBSERVATION, frozenset({"nothing"})), REQUIRED),
    ],
)
def test_a_part_keeps_what_is_asked_and_what_is_required(
    part: dict[str, Any], names: set[str]
) -> None:
    assert set(part) == names
    assert part["meta"] == {"versionId": "2", "tag": [{"code": "mine"}, SUBSETTED]}
    assert list(part) == [name for name in OBSERVATION if name in names]


def test_a_summary_goes_into_what_is_defined_within() -> None:
    (component,) = summarised(OBSERVATION, "true")["component"]
    assert component == {"code": {"text": "c"}, "valueString": "v"}
