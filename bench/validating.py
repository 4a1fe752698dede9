"""Microseconds of one core that validation takes, part by part, beside fhir.resources.

A QuestionnaireResponse of 20 items (4.7 kB) and a transaction of 50 entries (115 kB), both valid:
what is wrong is explained by the judges, and nobody waits for that in a hurry. The least of many
rounds is shown, as the machine does other things too. Fails where the response takes longer than
the 60 us that its structure may.
"""

from __future__ import annotations

import json
import sys
import timeit
from collections.abc import Callable
from typing import Any

from fhir.resources.R4B import get_fhir_model_class

from gateway.fhir import conformity, rules, structure, validation
from gateway.fhir.strict_json import Limits, parse

LIMITS = Limits()
MOST = 60.0  # microseconds
PATIENT = {"reference": "Patient/00000000-0000-4000-8000-00000000aaa1"}
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
BASE = "https://onestory.example/fhir"
TEXT = "Little interest or pleasure in doing things, as they were asked here"

Json = dict[str, Any]


def main() -> int:
    """Print the table; 1 if the response takes too long."""
    one, many = written(response()), written(transaction())
    tree, bundle = read(one), read(many)
    model = get_fhir_model_class("QuestionnaireResponse")
    print(f"{'':44}{'us':>8}")
    row(f"read strict JSON, {len(one):,} bytes", lambda: parse(one, LIMITS))
    sure = row("be sure that it is right", lambda: conformity.holds(tree))
    row("ask its profiles too", lambda: validation.problems(tree))
    row("the judges of what is not surely right", lambda: structure.check(tree) + rules.check(tree))
    row("fhir.resources, from its own parsing", lambda: model.model_validate_json(one))
    print(f"a transaction of 50 entries, {len(many):,} bytes, an entry:")
    row("  read strict JSON", lambda: parse(many, LIMITS), 50)
    row("  be sure that it is right", lambda: conformity.holds(bundle), 50)
    print(f"wanted {MOST:.0f} us: {'reached' if sure <= MOST else 'missed'}")
    return 0 if sure <= MOST else 1


def row(words: str, work: Callable[[], object], parts: int = 1) -> float:
    """The least time of many rounds, printed in microseconds for each part."""
    times = 1 if parts > 1 else 20
    found = min(timeit.repeat(work, number=times, repeat=100)) / times / parts * 1e6
    print(f"{words:44}{found:>8.1f}")
    return found


def read(body: bytes) -> Json:
    tree = parse(body, LIMITS)
    if not isinstance(tree, dict) or not conformity.holds(tree):
        raise SystemExit("the example is not valid")
    return tree


def written(resource: Json) -> bytes:
    return json.dumps(resource, separators=(",", ":")).encode()


def response() -> Json:
    """Answers to 20 questions, as a service would send them."""
    recorded = {"identifier": {"system": ODS, "value": "RX1"}}
    extension = {"url": f"{BASE}/StructureDefinition/recording-organization"}
    return {
        "resourceType": "QuestionnaireResponse",
        "extension": [extension | {"valueReference": recorded}],
        "identifier": {"system": f"{BASE}/Id/row-digest", "value": "a" * 64},
        "questionnaire": f"{BASE}/Questionnaire/phq-9|1.0.0",
        "status": "completed",
        "subject": PATIENT,
        "authored": "2026-01-02T10:00:00+00:00",
        "author": {"identifier": {"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "1"}},
        "item": [answered(number) for number in range(20)],
    }


def answered(number: int) -> Json:
    coding = {"system": "http://loinc.org", "code": f"LA656{number % 10}-2"}
    answer = {"valueCoding": coding | {"display": "Several days a week"}}
    return {"linkId": f"phq-9-{number}", "text": TEXT, "answer": [answer]}


def score(of: str) -> Json:
    unit = {"unit": "score", "system": "http://unitsofmeasure.org", "code": "{score}"}
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "44261-6"}]},
        "subject": PATIENT,
        "effectiveDateTime": "2026-01-02T10:00:00Z",
        "performer": [{"identifier": {"system": ODS, "value": "RX1"}}],
        "valueQuantity": {"value": 7} | unit,
        "derivedFrom": [{"reference": of}],
    }


def transaction() -> Json:
    """20 responses, a score of each, 5 care plans and 5 requests."""
    detail = {"status": "not-started", "description": "Call on Monday"}
    plan = {"resourceType": "CarePlan", "intent": "plan", "activity": [{"detail": detail}] * 5}
    request = {"resourceType": "ServiceRequest", "intent": "order", "code": {"text": "support"}}
    about = {"status": "active", "subject": PATIENT}
    resources = [response() for _ in range(20)] + [score(urn(n)) for n in range(20)]
    resources += [plan | about for _ in range(5)] + [request | about for _ in range(5)]
    entries = [
        {
            "fullUrl": urn(n),
            "resource": resource,
            "request": {"method": "POST", "url": resource["resourceType"]},
        }
        for n, resource in enumerate(resources)
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def urn(number: int) -> str:
    return f"urn:uuid:00000000-0000-4000-8000-{number:012d}"


if __name__ == "__main__":
    sys.exit(main())
