"""The published examples beside the project, where they are present, and why some are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.fhir import rules, strict_json, structure

REFERENCE = Path(__file__).parents[4] / "shared" / "reference"
FOLDERS = (
    *("examples/bars-api", "examples/hl7-r4-spec-examples", "examples/us-core"),
    "consent-cases/hl7-r4-consent-examples",
)
FILES = sorted(file for folder in FOLDERS for file in (REFERENCE / folder).glob("*.json"))

# By file, what is said at some place: each is a fault of the example, or a type not held here.
REFUSED = {
    "appointment__PATCH-body": "is required",
    "document_reference__GET-success-empty": "must hold something",
    "process_message__POST-success": "an id of 1 to 64",
    "process_message__request__ValidationRequest_POST_": "NHS number",
    "process_message__request__ValidationResponse_POST_": "NHS number",
    "process_message__response__Booking_HTTP_Response_": "an id of 1 to 64",
    "process_message__response__ValidationRequest_HTTP_Response_": "NHS number",
    "service_request__GET-success": "no such element",
    "service_request__POST-success": "no such element",
    "service_request__id__GET-success": "no such element",
}
NOT_HELD = "is not a type that is held here"

pytestmark = pytest.mark.skipif(not FILES, reason="../shared/reference is not present")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_published_example_is_taken_or_refused_for_a_known_reason(file: Path) -> None:
    body = file.read_bytes().removeprefix(b"\xef\xbb\xbf")
    tree = strict_json.parse(body, strict_json.Limits())
    assert isinstance(tree, dict)
    if tree.get("resourceType") not in structure.TYPES:
        assert structure.check(tree)
        return
    found = [
        problem
        for problem in structure.check(tree) + rules.check(tree)
        if NOT_HELD not in problem.diagnostics
    ]
    if file.stem in REFUSED:
        assert any(REFUSED[file.stem] in problem.diagnostics for problem in found)
    else:
        assert found == []
