"""Each invariant holds for its good case and is named, at its place, for its bad one."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from gateway.fhir import rules
from gateway.fhir.invariants import INVARIANTS

VALID = json.loads(Path(__file__).with_name("valid.json").read_text("utf-8"))
UCUM = "http://unitsofmeasure.org"
TERMS = "http://terminology.hl7.org/CodeSystem"
EXT = {"extension": [{"url": "a", "valueCode": "b"}]}

Json = dict[str, Any]


def verified(kind: str, code: str) -> Json:
    return {"coding": [{"system": f"{TERMS}/{kind}", "code": code}]}


CLINICAL = verified("condition-clinical", "active")
OVER = verified("condition-clinical", "resolved")
WRONG = verified("condition-ver-status", "entered-in-error")
NOT_ALLERGIC = verified("allergyintolerance-verification", "entered-in-error")
ALLERGIC = verified("allergyintolerance-clinical", "active")

# type, key, an object that holds, an object that does not
TABLE: list[tuple[str, str, Json, Json]] = [
    ("Attachment", "att-1", {"data": "AAAA", "contentType": "text/plain"}, {"data": "AAAA"}),
    ("ContactPoint", "cpt-2", {"value": "1", "system": "phone"}, {"value": "1"}),
    ("Quantity", "qty-3", {"code": "a", "system": UCUM}, {"code": "a"}),
    ("SimpleQuantity", "qty-3", {"code": "a", "system": UCUM}, {"code": "a"}),
    ("Age", "age-1", {"value": 3, "code": "a", "system": UCUM}, {"value": 3}),
    ("Age", "age-1", {"value": 3, "code": "a"}, {"value": -3, "code": "a"}),
    ("Distance", "dis-1", {"value": 3, "code": "m"}, {"value": 3, "code": "m", "system": "x"}),
    ("Duration", "drt-1", {"value": 3, "code": "h", "system": UCUM}, {"code": "h"}),
    ("Expression", "exp-1", {"expression": "x"}, {"language": "text/fhirpath"}),
    ("Period", "per-1", {"start": "2026-01", "end": "2026-01"}, {"start": "2027", "end": "2026"}),
    ("Period", "per-1", {"end": "2026"}, {"start": "2026-01-02", "end": "2026-01-01"}),
    ("Range", "rng-2", {"low": {"value": 1}, "high": {"value": 1}},
     {"low": {"value": 2}, "high": {"value": 1}}),
    ("Ratio", "rat-1", {"numerator": {"value": 1}, "denominator": {"value": 1}},
     {"numerator": {"value": 1}}),
    ("Ratio", "rat-1", EXT, {"id": "a"}),
    ("Timing.repeat", "tim-1", {"duration": 1, "durationUnit": "h"}, {"duration": 1}),
    ("Timing.repeat", "tim-2", {"period": 1, "periodUnit": "h"}, {"period": 1}),
    ("Timing.repeat", "tim-4", {"duration": 0, "durationUnit": "h"},
     {"duration": -1, "durationUnit": "h"}),
    ("Timing.repeat", "tim-5", {"period": 0, "periodUnit": "h"},
     {"period": -1, "periodUnit": "h"}),
    ("Timing.repeat", "tim-6", {"periodMax": 2, "period": 1, "periodUnit": "h"}, {"periodMax": 2}),
    ("Timing.repeat", "tim-7", {"durationMax": 2, "duration": 1, "durationUnit": "h"},
     {"durationMax": 2}),
    ("Timing.repeat", "tim-8", {"countMax": 2, "count": 1}, {"countMax": 2}),
    ("Timing.repeat", "tim-9", {"offset": 5, "when": ["ACM"]}, {"offset": 5, "when": ["C"]}),
    ("Timing.repeat", "tim-9", {}, {"offset": 5}),
    ("Timing.repeat", "tim-10", {"when": ["ACM"]}, {"when": ["ACM"], "timeOfDay": ["10:00:00"]}),
    ("AllergyIntolerance", "ait-1", {"clinicalStatus": ALLERGIC}, {}),
    ("AllergyIntolerance", "ait-2", {"verificationStatus": NOT_ALLERGIC},
     {"verificationStatus": NOT_ALLERGIC, "clinicalStatus": ALLERGIC}),
    ("Appointment", "app-2", {"status": "proposed"}, {"status": "proposed", "start": "2026"}),
    ("Appointment", "app-3", {"status": "waitlist"}, {"status": "booked"}),
    ("Appointment", "app-4", {"status": "cancelled", "cancelationReason": {}},
     {"status": "proposed", "cancelationReason": {}}),
    ("Appointment.participant", "app-1", {"actor": {}}, {"status": "accepted"}),
    ("AuditEvent.entity", "sev-1", {"name": "a"}, {"name": "a", "query": "AAAA"}),
    ("CarePlan.activity", "cpl-3", {"detail": {}}, {"detail": {}, "reference": {}}),
    ("CareTeam.participant", "ctm-1",
     {"onBehalfOf": {}, "member": {"reference": "Practitioner/1"}},
     {"onBehalfOf": {}, "member": {"reference": "PractitionerRole/1"}}),
    ("CareTeam.participant", "ctm-1", {"onBehalfOf": {}, "member": {"display": "A"}},
     {"onBehalfOf": {}, "member": {"type": "Patient"}}),
    ("Composition.section", "cmp-1", {"text": {}}, {"title": "x"}),
    ("Composition.section", "cmp-2", {"entry": [{}]}, {"entry": [{}], "emptyReason": {}}),
    ("Condition", "con-4", {"abatementString": "x", "clinicalStatus": OVER},
     {"abatementString": "x", "clinicalStatus": CLINICAL}),
    ("Condition", "con-5", {"verificationStatus": WRONG},
     {"verificationStatus": WRONG, "clinicalStatus": CLINICAL}),
    ("Condition.stage", "con-1", {"summary": {}}, {"type": {}}),
    ("Condition.evidence", "con-2", {"detail": [{}]}, {"id": "a"}),
    ("Goal.target", "gol-1", {"detailInteger": 1, "measure": {}}, {"detailInteger": 1}),
    ("Group", "grp-1", {"actual": True, "member": [{}]}, {"actual": False, "member": [{}]}),
    ("List", "lst-1", {"entry": [{}]}, {"entry": [{}], "emptyReason": {}}),
    ("List", "lst-2", {"mode": "changes", "entry": [{"deleted": True}]},
     {"mode": "working", "entry": [{"deleted": True}]}),
    ("List", "lst-3", {"mode": "working", "entry": [{"date": "2026"}]},
     {"mode": "snapshot", "entry": [{"date": "2026"}]}),
    ("Observation", "obs-6", {"dataAbsentReason": {}}, {"dataAbsentReason": {}, "valueInteger": 1}),
    ("Observation", "obs-6", {"_valueString": EXT}, {"dataAbsentReason": {}, "_valueString": EXT}),
    ("Observation", "obs-7", {"code": CLINICAL, "component": [{"code": CLINICAL}]},
     {"code": CLINICAL, "component": [{"code": CLINICAL}], "valueInteger": 1}),
    ("Observation.referenceRange", "obs-3", {"text": "x"}, {"type": {}}),
    ("Organization", "org-1", {"name": "x"}, {"active": True}),
    ("Organization", "org-2", {"name": "x", "address": [{"use": "work"}]},
     {"name": "x", "address": [{"use": "home"}]}),
    ("Organization", "org-3", {"name": "x", "telecom": [{"use": "work"}]},
     {"name": "x", "telecom": [{"use": "home"}]}),
    ("Patient.contact", "pat-1", {"name": {}}, {"gender": "female"}),
    ("Questionnaire.item", "que-1", {"type": "group", "item": [{}]}, {"type": "group"}),
    ("Questionnaire.item", "que-1", {"type": "display"}, {"type": "display", "item": [{}]}),
    ("Questionnaire.item", "que-3", {"type": "string", "code": [{}]},
     {"type": "display", "code": [{}]}),
    ("Questionnaire.item", "que-4", {"type": "choice", "answerOption": [{}]},
     {"type": "choice", "answerOption": [{}], "answerValueSet": "x"}),
    ("Questionnaire.item", "que-5", {"type": "choice", "answerOption": [{}]},
     {"type": "boolean", "answerOption": [{}]}),
    ("Questionnaire.item", "que-6", {"type": "string", "repeats": True},
     {"type": "display", "repeats": True}),
    ("Questionnaire.item", "que-8", {"type": "string", "initial": [{}]},
     {"type": "display", "initial": [{}]}),
    ("Questionnaire.item", "que-9", {"type": "string", "readOnly": True},
     {"type": "display", "readOnly": True}),
    ("Questionnaire.item", "que-10", {"type": "string", "maxLength": 3},
     {"type": "date", "maxLength": 3}),
    ("Questionnaire.item", "que-11", {"type": "choice", "initial": [{}]},
     {"type": "choice", "initial": [{}], "answerOption": [{}]}),
    ("Questionnaire.item", "que-12", {"type": "string", "enableWhen": [{}, {}]},
     {"type": "string", "enableWhen": [{}, {}, {}]}),
    ("Questionnaire.item", "que-13", {"type": "string", "repeats": True, "initial": [{}, {}]},
     {"type": "string", "initial": [{}, {}]}),
    ("Questionnaire.item.enableWhen", "que-7", {"operator": "exists", "answerBoolean": True},
     {"operator": "exists", "answerString": "x"}),
    ("QuestionnaireResponse.item", "qrs-1", {"answer": [{}]}, {"answer": [{}], "item": [{}]}),
    ("ServiceRequest", "prr-1", {"orderDetail": [{}], "code": {}}, {"orderDetail": [{}]}),
    ("Task", "inv-1", {"authoredOn": "2026-01-01", "lastModified": "2026-01-01"},
     {"authoredOn": "2026-01-02", "lastModified": "2026-01-01"}),
]  # fmt: skip


def broken(kind: str, value: Json) -> set[str]:
    return {rule.key for rule in INVARIANTS[kind] if not rule.holds(value)}


@pytest.mark.parametrize(
    ("kind", "key", "good", "bad"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE]
)
def test_an_invariant_holds_or_is_named(kind: str, key: str, good: Json, bad: Json) -> None:
    assert key not in broken(kind, good)
    assert key in broken(kind, bad)


def test_every_invariant_has_a_case() -> None:
    listed = {(kind, rule.key) for kind, held in INVARIANTS.items() for rule in held}
    assert listed == {(kind, key) for kind, key, *_ in TABLE}


def test_an_invariant_is_found_wherever_its_type_stands() -> None:
    period = {"start": "2026-02-01", "end": "2026-01-01"}
    contained = {"resourceType": "Patient", "id": "p", "name": [{"period": period}]}
    body = {
        "resourceType": "Observation",
        "contained": [contained],
        "subject": {"reference": "#p", "identifier": {"period": period}},
    }
    assert [problem.expression for problem in rules.check(body)] == [
        "Observation.contained[0].name[0].period",
        "Observation.subject.identifier.period",
    ]


def test_the_same_key_in_an_entry_is_named_by_its_entry() -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": {"resourceType": "Organization", "active": True}}],
    }
    (found,) = rules.check(bundle)
    assert found.expression == "Bundle.entry[0].resource"
    assert found.diagnostics.startswith("org-1")


def test_a_container_may_be_named_by_what_it_contains() -> None:
    inner = {"resourceType": "Provenance", "id": "p", "target": [{"reference": "#"}]}
    assert rules.check({"resourceType": "Task", "contained": [inner]}) == []
    assert rules.check({"resourceType": "Task", "contained": [inner | {"target": []}]}) != []


def entry(method: str, url: str, resource: Json | None = None, **more: Any) -> Json:
    whole = {"request": {"method": method, "url": url}, "resource": resource} | more
    return {name: value for name, value in whole.items() if value is not None}


PATIENT = {"resourceType": "Patient", "id": "a"}


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (entry("POST", "Patient", PATIENT), entry("POST", "Patient/a", PATIENT)),
        (entry("PUT", "Patient/a", PATIENT), entry("PUT", "Patient/b", PATIENT)),
        (entry("PUT", "Patient?identifier=a", PATIENT), entry("PUT", "Patient", PATIENT)),
        (entry("GET", "Patient?name=x"), entry("GET", "Patient?name=x", PATIENT)),
        (entry("GET", "Patient/a/_history"), entry("GET", "/Patient/a")),
        (entry("DELETE", "Patient/a"), entry("DELETE", "metadata")),
        (entry("POST", "Patient/$validate", PATIENT), entry("POST", "", PATIENT)),
        (entry("POST", "Patient", PATIENT), entry("POST", "Task", PATIENT)),
        (entry("PATCH", "Patient/a", PATIENT), entry("PATCH", "Patient/a")),
    ],
)  # fmt: skip
def test_a_transaction_asks_for_what_can_be_done(good: Json, bad: Json) -> None:
    bundle = {"resourceType": "Bundle", "type": "transaction"}
    assert rules.check(bundle | {"entry": [good]}) == []
    assert rules.check(bundle | {"entry": [bad]}) != []


def test_a_search_resolves_in_a_transaction_but_not_in_a_collection() -> None:
    resource = {"resourceType": "Flag", "subject": {"reference": "Patient?identifier=a|b"}}
    bundle = {"resourceType": "Bundle", "type": "transaction"}
    assert rules.check(bundle | {"entry": [entry("POST", "Flag", resource)]}) == []
    outside = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource}]}
    assert [p.expression for p in rules.check(outside)] == [
        "Bundle.entry[0].resource.subject.reference"
    ]


@pytest.mark.parametrize(
    ("kind", "first", "keys"),
    [
        ("document", "Composition", {"bdl-9", "bdl-10"}),
        ("document", "Patient", {"bdl-9", "bdl-10", "bdl-11"}),
        ("message", "MessageHeader", set()),
        ("message", "Patient", {"bdl-12"}),
    ],
)
def test_documents_and_messages_begin_as_r4_says(kind: str, first: str, keys: set[str]) -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [{"resource": {"resourceType": first}}],
    }
    found = rules.check(bundle)
    assert {problem.diagnostics.partition(":")[0] for problem in found} == keys


def test_versions_tell_one_full_url_apart() -> None:
    def at(version: str) -> Json:
        meta = {"versionId": version}
        return {"fullUrl": "https://a.example/Patient/a", "resource": PATIENT | {"meta": meta}}

    bundle = {"resourceType": "Bundle", "type": "collection"}
    assert rules.check(bundle | {"entry": [at("1"), at("2")]}) == []
    assert rules.check(bundle | {"entry": [at("1"), at("1")]}) != []


@pytest.mark.parametrize("resource", VALID, ids=lambda each: each["resourceType"])
def test_rules_pass_by_what_is_malformed(resource: Json) -> None:
    chance = random.Random(resource["resourceType"])  # noqa: S311 - a sample
    assert rules.check(resource) == []
    for _ in range(150):
        body = deepcopy(resource)
        holder: Any = body
        while True:
            step = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
            if (
                not isinstance(holder[step], dict | list)
                or not holder[step]
                or chance.random() < 0.3
            ):
                break
            holder = holder[step]
        holder[step] = chance.choice([None, "", "x", 7, True, [], {}, [None], [[]], {"a": []}])
        assert isinstance(rules.check(body), list)
