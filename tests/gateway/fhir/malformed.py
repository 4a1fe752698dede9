"""Malformed bodies: what is sent where, what the answer must be, and the place that it must name.

Not a test and not a package, so load it by its path:

    from runpy import run_path
    CASES = run_path("tests/gateway/fhir/malformed.py")["CASES"]

PATIENT, ORGANIZATION, RECIPIENT and ABSENT are placeholders of the length of a real reference;
`sent(case, patient, organization, recipient)` puts real ones in their places. `layer` says who
finds the fault: json, structure, rules, consent (`consent.reading`), or server (needs the store).
An issue names the place if its expression is the case's, or lies within it (`names`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

PATIENT = "Patient/00000000-0000-4000-8000-00000000aaa1"
ORGANIZATION = "Organization/00000000-0000-4000-8000-00000000bbb2"
RECIPIENT = "Organization/00000000-0000-4000-8000-00000000ccc3"
ABSENT = "00000000-0000-4000-8000-00000000ddd4"

NHS = "https://fhir.nhs.uk/Id/nhs-number"
LOINC = "http://loinc.org"
TERMS = "http://terminology.hl7.org/CodeSystem"

Json = dict[str, Any]


class Malformed(NamedTuple):
    """One body that must be refused. An empty `expression` leaves the place open."""

    id: str
    method: str
    path: str
    body: bytes
    statuses: frozenset[int]
    expression: str
    layer: str


def sent(case: Malformed, patient: str, organization: str, recipient: str) -> bytes:
    """The body with real references in place of the placeholders."""
    real = {PATIENT: patient, ORGANIZATION: organization, RECIPIENT: recipient}
    body = case.body
    for placeholder, reference in real.items():
        body = body.replace(placeholder.encode(), reference.encode())
    return body


def names(expression: str, place: str) -> bool:
    """Whether an issue's expression is this place, or lies within it."""
    return expression == place or expression.startswith((f"{place}.", f"{place}["))


def observation(**changed: Any) -> Json:
    """A score as it should be, but for what is changed; None leaves an element out."""
    whole = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": "75626-2"}]},
        "subject": {"reference": PATIENT},
        "effectiveDateTime": "2026-01-02T10:00:00Z",
        "valueQuantity": {
            "value": 7,
            "unit": "score",
            "system": "http://unitsofmeasure.org",
            "code": "{score}",
        },
    } | changed
    return {name: value for name, value in whole.items() if value is not None}


def patient(**changed: Any) -> Json:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": NHS, "value": "9990000018"}],
        "name": [{"family": "Example", "given": ["Robin"]}],
        "birthDate": "1980-05-17",
    } | changed


def response(*items: Json, **changed: Any) -> Json:
    return {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "subject": {"reference": PATIENT},
        "item": list(items),
    } | changed


def actor(reference: str = RECIPIENT, role: str = "IRCP") -> Json:
    coding = {"system": f"{TERMS}/v3-ParticipationType", "code": role}
    return {"role": {"coding": [coding]}, "reference": {"reference": reference}}


def provision(**changed: Any) -> Json:
    whole = {"type": "permit", "actor": [actor()]} | changed
    return {name: value for name, value in whole.items() if value is not None}


def rule(code: str) -> Json:
    return {"coding": [{"system": f"{TERMS}/v3-ActCode", "code": code}]}


def consent(root: Json | None = None, **changed: Any) -> Json:
    whole = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": f"{TERMS}/consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": LOINC, "code": "59284-0"}]}],
        "patient": {"reference": PATIENT},
        "dateTime": "2026-01-02T10:00:00Z",
        "performer": [{"reference": PATIENT}],
        "provision": provision() if root is None else root,
    } | changed
    return {name: value for name, value in whole.items() if value is not None}


def entry(
    resource: Json | None, method: str = "POST", url: str = "Observation", n: int = 1
) -> Json:
    request = {"method": method, "url": url}
    whole = {
        "fullUrl": f"urn:uuid:00000000-0000-4000-8000-{n:012d}",
        "resource": resource,
        "request": request,
    }
    return {name: value for name, value in whole.items() if value is not None}


def transaction(*entries: Json, **changed: Any) -> Json:
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)} | changed


def _text(resource: Json) -> str:
    return json.dumps(resource, ensure_ascii=False)


def _in(resource: Json, found: str, by: str) -> bytes:
    """The resource's text with one part of it replaced by what json.dumps would not write."""
    text = _text(resource)
    assert text.count(found) == 1, found
    return text.replace(found, by).encode("utf-8", "surrogatepass")


def _named(body: bytes) -> str:
    for name in ("Bundle", "QuestionnaireResponse", "Questionnaire", "Observation", "Consent"):
        if f'"resourceType": "{name}"'.encode() in body[:60]:
            return name
    return "Patient" if b'"Patient"' in body[:60] else "Observation"


def _case(layer: str, name: str, body: bytes | Json, expression: str, *statuses: int) -> Malformed:
    raw = body if isinstance(body, bytes) else _text(body).encode()
    kind = _named(raw)
    path = "/fhir" if kind == "Bundle" else f"/fhir/{kind}"
    return Malformed(f"{layer}: {name}", "POST", path, raw, frozenset(statuses), expression, layer)


_DEEP = b'{"resourceType": "Observation", "code": '
_VALUE = '"value": 7'
_UNIT = '"unit": "score"'
_BAD_JSON: dict[str, tuple[bytes, str]] = {
    "no body": (b"", "Resource"),
    "only white space": (b" \r\n\t ", "Resource"),
    "XML": (b'<Observation xmlns="http://hl7.org/fhir"/>', "Resource"),
    "a byte order mark": (b"\xef\xbb\xbf" + _text(observation()).encode(), "Resource"),
    "UTF-16": (_text(observation()).encode("utf-16"), "Resource"),
    "a byte that is not UTF-8": (
        _text(observation()).encode().replace(b'"score"', b'"sc\xffre"'),
        "Resource",
    ),
    "an overlong encoding of NUL": (
        _text(observation()).encode().replace(b'"score"', b'"sc\xc0\x80re"'),
        "Resource",
    ),
    "a surrogate encoded in UTF-8": (_in(observation(), _UNIT, '"unit": "\ud800"'), "Resource"),
    "a list": (b"[" + _text(observation()).encode() + b"]", "Resource"),
    "a string": (b'"Observation"', "Resource"),
    "a number": (b"7", "Resource"),
    "null": (b"null", "Resource"),
    "cut off": (_text(observation()).encode()[:-1], "Observation.valueQuantity"),
    "cut off inside a string": (
        _text(observation()).encode()[:-6],
        "Observation.valueQuantity.code",
    ),
    "two objects": (_text(observation()).encode() * 2, "Observation"),
    "text behind the object": (_text(observation()).encode() + b" x", "Observation"),
    "a trailing comma": (_in(observation(), "}}", "},}"), "Observation.valueQuantity"),
    "single quotes": (_text(observation()).replace('"', "'").encode(), "Resource"),
    "a comment": (_in(observation(), _VALUE, f"/* score */ {_VALUE}"), "Observation.valueQuantity"),
    "a leading zero": (
        _in(observation(), _VALUE, '"value": 07'),
        "Observation.valueQuantity.value",
    ),
    "a plus sign": (_in(observation(), _VALUE, '"value": +7'), "Observation.valueQuantity.value"),
    "a hexadecimal number": (
        _in(observation(), _VALUE, '"value": 0x7'),
        "Observation.valueQuantity.value",
    ),
    "a name twice": (
        _in(observation(), '"status"', '"status": "amended", "status"'),
        "Observation.status",
    ),
    "a name twice, written differently": (
        _in(observation(), '"status"', '"st\\u0061tus": "amended", "status"'),
        "Observation.status",
    ),
    "resourceType twice": (
        _in(observation(), '"status"', '"resourceType": "Observation", "status"'),
        "Observation.resourceType",
    ),
    "a name twice one level down": (
        _in(observation(), _VALUE, f'"value": 1, {_VALUE}'),
        "Observation.valueQuantity.value",
    ),
    "a name twice in a list's object": (
        _in(observation(), '"code": "75626-2"', '"code": "75626-2", "code": "72109-2"'),
        "Observation.code.coding[0].code",
    ),
    "a name twice in a Bundle's entry": (
        _in(
            transaction(entry(observation(), n=1)),
            '"status": "final"',
            '"status": "final", "status": "amended"',
        ),
        "Bundle.entry[0].resource.status",
    ),
    "NaN": (_in(observation(), _VALUE, '"value": NaN'), "Observation.valueQuantity.value"),
    "Infinity": (
        _in(observation(), _VALUE, '"value": Infinity'),
        "Observation.valueQuantity.value",
    ),
    "minus Infinity": (
        _in(observation(), _VALUE, '"value": -Infinity'),
        "Observation.valueQuantity.value",
    ),
    "1e400": (_in(observation(), _VALUE, '"value": 1e400'), "Observation.valueQuantity.value"),
    "-1e400": (_in(observation(), _VALUE, '"value": -1e400'), "Observation.valueQuantity.value"),
    "1e-400": (_in(observation(), _VALUE, '"value": 1e-400'), "Observation.valueQuantity.value"),
    "an exponent of twenty digits": (
        _in(observation(), _VALUE, '"value": 1e99999999999999999999'),
        "Observation.valueQuantity.value",
    ),
    "an integer of 10,000 digits": (
        _in(observation(), _VALUE, f'"value": {"9" * 10_000}'),
        "Observation.valueQuantity.value",
    ),
    "a fraction of 10,000 digits": (
        _in(observation(), _VALUE, f'"value": 0.{"9" * 10_000}'),
        "Observation.valueQuantity.value",
    ),
    "NUL, escaped": (
        _in(observation(), _UNIT, '"unit": "sc\\u0000re"'),
        "Observation.valueQuantity.unit",
    ),
    "NUL, raw": (_in(observation(), _UNIT, '"unit": "sc\0re"'), "Observation.valueQuantity.unit"),
    "NUL in a name": (_in(observation(), '"unit"', '"un\\u0000it"'), "Observation.valueQuantity"),
    "a raw line end in a string": (
        _in(observation(), _UNIT, '"unit": "sc\nre"'),
        "Observation.valueQuantity.unit",
    ),
    "a lone high surrogate": (
        _in(observation(), _UNIT, '"unit": "\\ud83d"'),
        "Observation.valueQuantity.unit",
    ),
    "a lone low surrogate": (
        _in(observation(), _UNIT, '"unit": "\\ude00"'),
        "Observation.valueQuantity.unit",
    ),
    "a surrogate pair the wrong way round": (
        _in(observation(), _UNIT, '"unit": "\\ude00\\ud83d"'),
        "Observation.valueQuantity.unit",
    ),
    "an escape that is not JSON's": (
        _in(observation(), _UNIT, '"unit": "\\x41"'),
        "Observation.valueQuantity.unit",
    ),
    "65 levels of lists": (_DEEP + b"[" * 64 + b"]" * 64 + b"}", "Observation.code"),
    "65 levels of objects": (_DEEP + b'{"a":' * 64 + b"1" + b"}" * 64 + b"}", "Observation.code"),
    "a hundred thousand levels": (_DEEP + b"[" * 100_000, "Observation.code"),
    "a hundred thousand levels from the start": (b"[" * 100_000, "Resource"),
}

_NESTED = {"resourceType": "Patient", "id": "p"}
_BAD_STRUCTURE: dict[str, tuple[Json, str]] = {
    "no resourceType": (
        {"status": "final", "code": {"text": "x"}},
        "Resource.resourceType",
    ),
    "a resourceType that R4 does not know": (
        observation(resourceType="Observatory"),
        "Resource.resourceType",
    ),
    "a resourceType that is a number": (observation(resourceType=7), "Resource.resourceType"),
    "a type that is not held": (
        {"resourceType": "Immunization", "status": "completed"},
        "Immunization.resourceType",
    ),
    "an unknown element": (observation(mood="low"), "Observation.mood"),
    "an unknown element deep down": (
        observation(code={"coding": [{"system": LOINC, "code": "x", "colour": "red"}]}),
        "Observation.code.coding[0].colour",
    ),
    "an element of another type": (observation(birthDate="1980-05-17"), "Observation.birthDate"),
    "fhir_comments": (observation(fhir_comments=["x"]), "Observation"),
    "a value[x] that R4 does not have": (
        observation(valueQuantity=None, valueDate="2026-01-01"),
        "Observation.valueDate",
    ),
    "resourceType in a datatype": (
        observation(code={"resourceType": "CodeableConcept", "text": "x"}),
        "Observation.code.resourceType",
    ),
    "a status that is missing": (observation(status=None), "Observation.status"),
    "a code that is missing": (observation(code=None), "Observation.code"),
    "a linkId that is missing": (
        response({"answer": [{"valueBoolean": True}]}),
        "QuestionnaireResponse.item[0].linkId",
    ),
    "a number for text": (observation(status=7), "Observation.status"),
    "text for a number": (
        observation(valueQuantity={"value": "7"}),
        "Observation.valueQuantity.value",
    ),
    "a boolean for a number": (
        observation(valueQuantity={"value": True}),
        "Observation.valueQuantity.value",
    ),
    "text for a boolean": (
        observation(valueQuantity=None, valueBoolean="true"),
        "Observation.valueBoolean",
    ),
    "a number for a boolean": (
        observation(valueQuantity=None, valueBoolean=1),
        "Observation.valueBoolean",
    ),
    "text for an object": (observation(code="75626-2"), "Observation.code"),
    "an object for text": (observation(status={"value": "final"}), "Observation.status"),
    "a list for one": (observation(status=["final"]), "Observation.status"),
    "an object for a list": (observation(category={"text": "x"}), "Observation.category"),
    "an empty list": (observation(category=[]), "Observation.category"),
    "an empty object": (observation(bodySite={}), "Observation.bodySite"),
    "an object with only an id": (observation(bodySite={"id": "a"}), "Observation.bodySite"),
    "null": (observation() | {"issued": None}, "Observation.issued"),
    "null for an object": (observation() | {"bodySite": None}, "Observation.bodySite"),
    "null in a list of objects": (observation(category=[None]), "Observation.category[0]"),
    "null in a list of texts": (
        patient(name=[{"given": ["Robin", None]}]),
        "Patient.name[0].given[1]",
    ),
    "empty text": (observation(code={"text": ""}), "Observation.code.text"),
    "text of spaces": (observation(code={"text": "   "}), "Observation.code.text"),
    "a control character": (observation(code={"text": "a\u0007b"}), "Observation.code.text"),
    "two of value[x]": (observation(valueString="7"), "Observation.value"),
    "two of effective[x]": (
        observation(effectivePeriod={"start": "2026-01-01"}),
        "Observation.effective",
    ),
    "30 February": (observation(effectiveDateTime="2026-02-30"), "Observation.effectiveDateTime"),
    "29 February of a common year": (patient(birthDate="2023-02-29"), "Patient.birthDate"),
    "31 June": (patient(birthDate="1980-06-31"), "Patient.birthDate"),
    "month 13": (patient(birthDate="1980-13"), "Patient.birthDate"),
    "year 0000": (patient(birthDate="0000-01-01"), "Patient.birthDate"),
    "a date with a time": (patient(birthDate="1980-05-17T00:00:00Z"), "Patient.birthDate"),
    "a date the British way": (patient(birthDate="17/05/1980"), "Patient.birthDate"),
    "a date in other digits": (patient(birthDate="١٩٨٠-05-17"), "Patient.birthDate"),
    "a date as a number": (patient(birthDate=1980), "Patient.birthDate"),
    "hour 25": (
        observation(effectiveDateTime="2026-01-02T25:00:00Z"),
        "Observation.effectiveDateTime",
    ),
    "24:00": (
        observation(effectiveDateTime="2026-01-02T24:00:00Z"),
        "Observation.effectiveDateTime",
    ),
    "a time without its offset": (
        observation(effectiveDateTime="2026-01-02T10:00:00"),
        "Observation.effectiveDateTime",
    ),
    "a time without seconds": (
        observation(effectiveDateTime="2026-01-02T10:00Z"),
        "Observation.effectiveDateTime",
    ),
    "an offset of 15 hours": (
        observation(effectiveDateTime="2026-01-02T10:00:00+15:00"),
        "Observation.effectiveDateTime",
    ),
    "an instant that is only a day": (observation(issued="2026-01-02"), "Observation.issued"),
    "a fraction for a whole number": (
        observation(valueQuantity=None, valueInteger=7.5),
        "Observation.valueInteger",
    ),
    "an integer of 33 bits": (
        observation(valueQuantity=None, valueInteger=2147483648),
        "Observation.valueInteger",
    ),
    "zero for a positiveInt": (
        patient(telecom=[{"system": "phone", "value": "01632 960001", "rank": 0}]),
        "Patient.telecom[0].rank",
    ),
    "an id with a space": (observation(id="a b"), "Observation.id"),
    "an id of 65 characters": (observation(id="a" * 65), "Observation.id"),
    "an id that climbs": (observation(id="../Patient"), "Observation.id"),
    "a URI with a space": (observation(implicitRules="http://a b"), "Observation.implicitRules"),
    "a code with spaces at its ends": (
        observation(code={"coding": [{"system": LOINC, "code": " 75626-2 "}]}),
        "Observation.code.coding[0].code",
    ),
    "base64 that is not": (
        patient(photo=[{"contentType": "image/png", "data": "abc"}]),
        "Patient.photo[0].data",
    ),
    "an unknown required code": (observation(status="finished"), "Observation.status"),
    "a required code in capitals": (patient(gender="Female"), "Patient.gender"),
    "an unknown required code in a datatype": (
        patient(name=[{"use": "pet", "family": "Example"}]),
        "Patient.name[0].use",
    ),
    "an unknown comparator": (
        observation(valueQuantity={"value": 7, "comparator": "=>"}),
        "Observation.valueQuantity.comparator",
    ),
    "a reference to a type that is not allowed": (
        observation(encounter={"reference": PATIENT}),
        "Observation.encounter.reference",
    ),
    "an absolute reference to a type that is not allowed": (
        observation(encounter={"reference": f"https://other.example/fhir/{PATIENT}"}),
        "Observation.encounter.reference",
    ),
    "a reference without an id": (
        observation(subject={"reference": "Patient/"}),
        "Observation.subject.reference",
    ),
    "a reference to a type that R4 does not know": (
        observation(subject={"reference": "Person2/1"}),
        "Observation.subject.reference",
    ),
    "a reference that climbs": (
        observation(subject={"reference": "Patient/../Task/1"}),
        "Observation.subject.reference",
    ),
    "a reference that is a number": (
        observation(subject={"reference": 7}),
        "Observation.subject.reference",
    ),
    "a reference whose type says otherwise": (
        observation(subject={"reference": PATIENT, "type": "Group"}),
        "Observation.subject.type",
    ),
    "an extension without url": (
        observation(extension=[{"valueString": "x"}]),
        "Observation.extension[0].url",
    ),
    "an extension with neither value nor extensions": (
        observation(extension=[{"url": "https://example.org/e"}]),
        "Observation.extension[0]",
    ),
    "an extension with a value and extensions": (
        observation(
            extension=[
                {
                    "url": "https://example.org/e",
                    "valueString": "x",
                    "extension": [{"url": "a", "valueString": "y"}],
                }
            ]
        ),
        "Observation.extension[0]",
    ),
    "a primitive's extension that is a text": (
        observation(_issued="unknown"),
        "Observation._issued",
    ),
    "an extension beside an object": (
        observation(_code={"extension": [{"url": "https://example.org/e", "valueString": "x"}]}),
        "Observation._code",
    ),
    "extensions of another length than their values": (
        patient(name=[{"given": ["Robin"], "_given": [None, {"id": "a"}, None]}]),
        "Patient.name[0]._given",
    ),
    "contained that is no resource": (observation(contained=["x"]), "Observation.contained[0]"),
    "contained of an unknown type": (
        observation(contained=[{"resourceType": "Thing", "id": "a"}]),
        "Observation.contained[0].resourceType",
    ),
    "a fault in a contained resource": (
        observation(contained=[_NESTED | {"gender": "x"}], focus=[{"reference": "#p"}]),
        "Observation.contained[0].gender",
    ),
    "narrative without a div": (
        observation(text={"status": "generated", "div": "<script>x</script>"}),
        "Observation.text.div",
    ),
    "a Bundle's type that is unknown": (
        transaction(entry(observation()), type="transactions"),
        "Bundle.type",
    ),
    "a Bundle without a type": (
        {"resourceType": "Bundle", "entry": [entry(observation())]},
        "Bundle.type",
    ),
    "a fault in an entry": (
        transaction(entry(observation(), n=1), entry(observation(status="x"), n=2)),
        "Bundle.entry[1].resource.status",
    ),
    "an entry of a type that is not held": (
        transaction(entry({"resourceType": "Immunization"}, url="Immunization")),
        "Bundle.entry[0].resource.resourceType",
    ),
    "an entry's resource that is a list": (
        transaction(entry([observation()])),  # type: ignore[arg-type]
        "Bundle.entry[0].resource",
    ),
    "a request without a method": (
        transaction({"resource": observation(), "request": {"url": "Observation"}}),
        "Bundle.entry[0].request.method",
    ),
    "a request without a url": (
        transaction({"resource": observation(), "request": {"method": "POST"}}),
        "Bundle.entry[0].request.url",
    ),
    "a request with a method that HTTP does not have": (
        transaction(entry(observation(), method="STORE")),
        "Bundle.entry[0].request.method",
    ),
}


def _number(value: str) -> Json:
    return patient(identifier=[{"system": NHS, "value": value}])


_ANSWER = {"valueBoolean": True}
_URN = "urn:uuid:00000000-0000-4000-8000-00000000eee5"
_BAD_RULES: dict[str, tuple[Json, str]] = {
    "an NHS number with a wrong check digit": (
        _number("9990000019"),
        "Patient.identifier[0].value",
    ),
    "an NHS number whose check digit would be ten": (
        _number("9990000060"),
        "Patient.identifier[0].value",
    ),
    "an NHS number of nine digits": (_number("999000001"), "Patient.identifier[0].value"),
    "an NHS number of eleven digits": (_number("99900000180"), "Patient.identifier[0].value"),
    "an NHS number with spaces": (_number("999 000 0018"), "Patient.identifier[0].value"),
    "an NHS number in letters": (_number("ABCDEFGHIJ"), "Patient.identifier[0].value"),
    "an NHS number in other digits": (_number("٩٩٩٠٠٠٠٠١٨"), "Patient.identifier[0].value"),
    "a wrong NHS number in a logical reference": (
        observation(subject={"identifier": {"system": NHS, "value": "9990000019"}}),
        "Observation.subject.identifier.value",
    ),
    "a period that ends before it starts": (
        observation(
            effectiveDateTime=None, effectivePeriod={"start": "2026-02-01", "end": "2026-01-31"}
        ),
        "Observation.effectivePeriod",
    ),
    "a period that ends before it starts, by its offsets": (
        observation(
            effectiveDateTime=None,
            effectivePeriod={
                "start": "2026-02-01T10:00:00+00:00",
                "end": "2026-02-01T10:30:00+01:00",
            },
        ),
        "Observation.effectivePeriod",
    ),
    "a reference into contained that is not there": (
        observation(performer=[{"reference": "#nobody"}]),
        "Observation.performer[0].reference",
    ),
    "a contained resource inside a contained one": (
        observation(
            contained=[_NESTED | {"contained": [{"resourceType": "Patient", "id": "q"}]}],
            focus=[{"reference": "#p"}],
        ),
        "Observation.contained[0].contained",
    ),
    "a contained resource that nothing refers to": (
        observation(contained=[_NESTED]),
        "Observation.contained[0]",
    ),
    "a contained resource with a version": (
        observation(
            contained=[_NESTED | {"meta": {"versionId": "1"}}], focus=[{"reference": "#p"}]
        ),
        "Observation.contained[0].meta",
    ),
    "a contained resource with a security label": (
        observation(
            contained=[
                _NESTED
                | {"meta": {"security": [{"system": f"{TERMS}/v3-Confidentiality", "code": "N"}]}}
            ],
            focus=[{"reference": "#p"}],
        ),
        "Observation.contained[0].meta.security",
    ),
    "a value and the reason for its absence": (
        observation(dataAbsentReason={"text": "refused"}),
        "Observation.dataAbsentReason",
    ),
    "a component with the observation's own code": (
        observation(
            component=[{"code": {"coding": [{"system": LOINC, "code": "75626-2"}]}}],
        ),
        "Observation",
    ),
    "items beside an answer": (
        response({"linkId": "a", "answer": [_ANSWER], "item": [{"linkId": "b"}]}),
        "QuestionnaireResponse.item[0]",
    ),
    "a search for a reference outside a transaction": (
        observation(subject={"reference": f"Patient?identifier={NHS}|9990000018"}),
        "Observation.subject.reference",
    ),
    "a provision that ends before it starts": (
        consent(provision(period={"start": "2026-06-01", "end": "2026-05-01"})),
        "Consent.provision.period",
    ),
    "a privacy consent without its patient": (consent(patient=None), "Consent.patient"),
    "an entry without a request": (
        transaction({"resource": observation()}),
        "Bundle.entry[0].request",
    ),
    "an entry with a response": (
        transaction(entry(observation()) | {"response": {"status": "201"}}),
        "Bundle.entry[0].response",
    ),
    "an entry with a search score": (
        transaction(entry(observation()) | {"search": {"mode": "match"}}),
        "Bundle.entry[0].search",
    ),
    "a fullUrl with a version": (
        transaction(
            entry(observation())
            | {"fullUrl": f"https://other.example/fhir/Observation/{ABSENT}/_history/1"}
        ),
        "Bundle.entry[0].fullUrl",
    ),
    "an entry with nothing in it": (
        transaction({"fullUrl": _URN}),
        "Bundle.entry[0]",
    ),
    "POST without a resource": (transaction(entry(None)), "Bundle.entry[0].resource"),
    "DELETE with a resource": (
        transaction(entry(observation(id="a"), method="DELETE", url="Observation/a")),
        "Bundle.entry[0].resource",
    ),
    "a url of another type than the resource": (
        transaction(entry(observation(), url="Patient")),
        "Bundle.entry[0].request.url",
    ),
    "a url that is absolute": (
        transaction(entry(observation(), url="https://other.example/fhir/Observation")),
        "Bundle.entry[0].request.url",
    ),
    "a url of no type": (
        transaction(entry(observation(), url="Nonsense")),
        "Bundle.entry[0].request.url",
    ),
    "POST to an id": (
        transaction(entry(observation(), url=f"Observation/{ABSENT}")),
        "Bundle.entry[0].request.url",
    ),
    "PUT without an id": (
        transaction(entry(observation(), method="PUT")),
        "Bundle.entry[0].request.url",
    ),
    "PUT of another id than the resource's": (
        transaction(entry(observation(id="other"), method="PUT", url=f"Observation/{ABSENT}")),
        "Bundle.entry[0].resource.id",
    ),
    "one fullUrl twice": (
        transaction(entry(observation(), n=1), entry(observation(), n=1)),
        "Bundle.entry[1].fullUrl",
    ),
    "one resource touched twice": (
        transaction(
            *(
                entry(observation(id=ABSENT), method="PUT", url=f"Observation/{ABSENT}", n=n)
                for n in (1, 2)
            )
        ),
        "Bundle.entry[1].request.url",
    ),
    "a reference to an entry that is not there": (
        transaction(entry(observation(derivedFrom=[{"reference": _URN}]))),
        "Bundle.entry[0].resource.derivedFrom[0].reference",
    ),
    "a total in a transaction": (transaction(entry(observation()), total=1), "Bundle.total"),
    "a linkId twice": (
        {
            "resourceType": "Questionnaire",
            "status": "draft",
            "item": [
                {"linkId": "a", "type": "boolean"},
                {"linkId": "g", "type": "group", "item": [{"linkId": "a", "type": "boolean"}]},
            ],
        },
        "Questionnaire.item[1].item[0].linkId",
    ),
}

_OTHER = [{"system": f"{TERMS}/v3-ActReason", "code": "NOPE"}]
_PERIOD = {"start": "2026-01-01", "end": "2026-12-31"}
_BAD_CONSENTS: dict[str, tuple[Json, str]] = {
    "an unknown purpose": (consent(provision(purpose=_OTHER)), "Consent.provision.purpose"),
    "a purpose of another system": (
        consent(provision(purpose=[{"system": "https://example.org", "code": "TREAT"}])),
        "Consent.provision.purpose",
    ),
    "an actor role that is not listed": (
        consent(provision(actor=[actor(role="NOPE")])),
        "Consent.provision.actor",
    ),
    "an unknown security label": (
        consent(provision(securityLabel=[{"system": f"{TERMS}/v3-ActCode", "code": "NOPE"}])),
        "Consent.provision.securityLabel",
    ),
    "an unknown action": (
        consent(
            provision(action=[{"coding": [{"system": f"{TERMS}/consentaction", "code": "NOPE"}]}])
        ),
        "Consent.provision.action",
    ),
    "opt-in with only a period": (
        consent({"period": _PERIOD}, policyRule=rule("OPTIN")),
        "Consent.provision",
    ),
    "opt-out that permits everything": (
        consent({"type": "permit"}, policyRule=rule("OPTOUT")),
        "Consent.provision",
    ),
    "no rule and an untyped root": (consent(provision(type=None)), "Consent.provision"),
    "an untyped nested provision": (
        consent(provision(provision=[{"actor": [actor()]}])),
        "Consent.provision.provision[0]",
    ),
    "an untyped provision two levels down": (
        consent(provision(provision=[{"type": "deny", "provision": [{"actor": [actor()]}]}])),
        "Consent.provision.provision[0].provision[0]",
    ),
    "another policy rule": (consent(policyRule=rule("OPTMAYBE")), "Consent.policyRule"),
    "a policy rule of another system": (
        consent(policyRule={"coding": [{"system": "https://example.org", "code": "OPTIN"}]}),
        "Consent.policyRule",
    ),
}


def _server_cases() -> Iterator[Malformed]:
    """What only a server that holds something can refuse, and what is too large."""
    yield _case(
        "server",
        "an actor that is not in the directory",
        consent(provision(actor=[actor(f"Organization/{ABSENT}")])),
        "Consent.provision.actor",
        *(422,),
    )
    yield _case(
        "server",
        "a patient of somebody else",
        observation(subject={"reference": f"Patient/{ABSENT}"}),
        "Observation.subject",
        422,
    )
    yield _case(
        "server",
        "a reference in a transaction to what is not there",
        transaction(entry(observation(derivedFrom=[{"reference": f"Observation/{ABSENT}"}]))),
        "Bundle.entry[0].resource.derivedFrom[0]",
        *(400, 404, 422),
    )
    body = _text(observation(code={"text": "x"})).encode()
    large = body.replace(b'"x"', b'"' + b"x" * (16 * 1024 * 1024) + b'"')
    yield _case("json", "more than 16 MiB", large, "Resource", 413)
    full = transaction(*(entry(observation(), n=n) for n in range(5001)))
    yield _case("json", "5,001 entries", full, "Bundle.entry", *(400, 413, 422))


def _cases() -> Iterator[Malformed]:
    tables = (("json", _BAD_JSON), ("structure", _BAD_STRUCTURE), ("rules", _BAD_RULES))
    for layer, table in tables:
        statuses = (422, 400) if layer == "rules" else (400,)
        for name, (body, expression) in table.items():
            yield _case(layer, name, body, expression, *statuses)
    for name, (body, expression) in _BAD_CONSENTS.items():
        yield _case("consent", name, body, expression, 422)
    yield from _server_cases()


CASES = tuple(_cases())
