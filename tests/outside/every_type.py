"""The least resource of every type that the contract names, and more of it for each parameter.

Where a search parameter is read is R4's own definition, which the project keeps as data; it is read
here as a file.
"""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]

DATA = Path(__file__).parents[2] / "fhir_profiles"
DIRECTORY = frozenset(
    {
        *("Endpoint", "HealthcareService", "Location", "Organization", "Practitioner"),
        *("PractitionerRole", "Questionnaire"),
    }
)
PERHAPS_NOBODY = frozenset({"Bundle", "Group", "List", "MessageHeader"})
UCUM = "http://unitsofmeasure.org"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
NARRATIVE = {"status": "empty", "div": '<div xmlns="http://www.w3.org/1999/xhtml">None</div>'}
CODE = {"coding": [{"system": "urn:s", "code": "c"}]}


def _concept(system: str, code: str) -> Json:
    return {"coding": [{"system": f"{TERMINOLOGY}/{system}", "code": code}]}


# What is read by the engine, or held to an invariant, is no place for a code of nowhere.
PARTICULAR: Json = {
    "Consent.category": _concept("consentcategorycodes", "dnr"),
    "Consent.provision.action": _concept("consentaction", "access"),
    "Consent.provision.actor.role": _concept("v3-ParticipationType", "IRCP"),
    "Consent.provision.purpose": _concept("v3-ActReason", "TREAT")["coding"][0],
    "Consent.provision.securityLabel": _concept("v3-ActCode", "ETHUD")["coding"][0],
    "Consent.scope": _concept("consentscope", "patient-privacy"),
    "AllergyIntolerance.clinicalStatus": _concept("allergyintolerance-clinical", "inactive"),
    "AllergyIntolerance.verificationStatus": _concept("allergyintolerance-verification", "refuted"),
    "Appointment.start": "2026-05-03T10:00:00Z",
    "Composition.section": {"section": [{"text": NARRATIVE}]},
    "Condition.clinicalStatus": _concept("condition-clinical", "resolved"),
    "Condition.verificationStatus": _concept("condition-ver-status", "confirmed"),
}


def least(type_: str, patient: str, organization: str, target: str = "") -> Json:
    """What R4 and the contract require of the type and no more. `target` is for a Provenance."""
    someone, us = {"reference": patient}, {"reference": organization}
    needed: dict[str, Json] = {
        "AllergyIntolerance": {
            "patient": someone,
            "clinicalStatus": _concept("allergyintolerance-clinical", "active"),
        },
        "Appointment": {
            "status": "booked",
            "start": "2026-05-01T10:00:00Z",
            "end": "2026-05-01T11:00:00Z",
            "participant": [
                {"type": [CODE], "status": "accepted"},
                {"actor": someone, "status": "accepted"},
            ],
        },
        "Bundle": {"type": "collection"},
        "CarePlan": {"status": "draft", "intent": "plan", "subject": someone},
        "CareTeam": {"subject": someone},
        "Communication": {"status": "completed", "subject": someone},
        "Composition": {
            "status": "final",
            "type": CODE,
            "subject": someone,
            "date": "2026-05-01",
            "author": [us],
            "title": "A summary",
        },
        "Condition": {
            "subject": someone,
            "clinicalStatus": _concept("condition-clinical", "resolved"),
        },
        "Consent": {
            "status": "active",
            "scope": _concept("consentscope", "patient-privacy"),
            "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
            "patient": someone,
            "policyRule": _concept("v3-ActCode", "OPTOUT"),
            "provision": {"type": "deny"},
        },
        "DocumentReference": {
            "status": "current",
            "subject": someone,
            "content": [{"attachment": {"title": "A letter"}}],
        },
        "Encounter": {
            "status": "planned",
            "class": {"system": f"{TERMINOLOGY}/v3-ActCode", "code": "AMB"},
            "subject": someone,
        },
        "Endpoint": {
            "status": "active",
            "connectionType": {"system": "urn:s", "code": "c"},
            "payloadType": [CODE],
            "address": "https://x.example/fhir",
        },
        "Flag": {"status": "active", "code": CODE, "subject": someone},
        "Goal": {"lifecycleStatus": "active", "description": CODE, "subject": someone},
        "Group": {"type": "person", "actual": True, "member": [{"entity": someone}]},
        "List": {"status": "current", "mode": "working", "subject": someone},
        "MedicationRequest": {
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": CODE,
            "subject": someone,
        },
        "MedicationStatement": {
            "status": "active",
            "medicationCodeableConcept": CODE,
            "subject": someone,
        },
        "MessageHeader": {
            "eventUri": "https://x.example/event",
            "source": {"endpoint": "https://x.example/from"},
            "focus": [someone],
        },
        "Observation": {"status": "final", "code": CODE, "subject": someone},
        "Organization": {"name": "Ours"},
        "PractitionerRole": {"organization": us},
        "Procedure": {"status": "completed", "subject": someone},
        "Provenance": {
            "target": [{"reference": target}],
            "recorded": "2026-05-01T10:00:00Z",
            "agent": [{"who": us}],
        },
        "Questionnaire": {"status": "active"},
        "QuestionnaireResponse": {"status": "completed", "subject": someone},
        "RelatedPerson": {"patient": someone},
        "ServiceRequest": {"status": "active", "intent": "order", "code": CODE, "subject": someone},
        "Task": {"status": "requested", "intent": "order", "for": someone, "owner": us},
    }
    return {"resourceType": type_} | copy.deepcopy(needed.get(type_, {}))


@cache
def shapes(type_: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "structure" / "datatypes.json").read_text())
    own: dict[str, Any] = json.loads((DATA / "structure" / f"{type_}.json").read_text())
    return found | own


@cache
def codes() -> dict[str, dict[str, list[str]]]:
    return dict(json.loads((DATA / "structure" / "codes.json").read_text()))


def rows(type_: str) -> dict[str, Any]:
    """R4's parameters of a type, and those of every type, with the paths that each is read from."""
    table = json.loads((DATA / "search" / "parameters.json").read_text())
    return dict(table["common"]["Resource"] | table["types"][type_])


def values(patient: str, organization: str) -> dict[str, Any]:
    """A value of each datatype."""
    quantity = {"value": 7, "system": "urn:s", "code": "c"}
    return {
        "code": "c",
        "decimal": 7.5,
        "id": "i",
        "string": "Quince",
        "markdown": "Quince",
        "boolean": True,
        "uri": "https://x.example/a",
        "url": "https://x.example/a",
        "canonical": "https://x.example/a|1",
        "date": "2026-05-03",
        "dateTime": "2026-05-03T10:00:00Z",
        "instant": "2026-05-03T10:00:00Z",
        "Period": {"start": "2026-05-03T10:00:00Z", "end": "2026-05-03T10:00:00Z"},
        "Timing": {"event": ["2026-05-03T10:00:00Z"]},
        "CodeableConcept": CODE,
        "Coding": CODE["coding"][0],
        "Identifier": {"system": "urn:s", "value": "v"},
        "ContactPoint": {"system": "phone", "value": "01632 960001"},
        "HumanName": {"family": "Quince", "given": ["Quince"]},
        "Address": {
            **dict.fromkeys(("city", "state", "postalCode", "country"), "Quince"),
            "use": "home",
        },
        "Quantity": quantity,
        "SimpleQuantity": quantity,
        "Age": {"value": 7, "system": UCUM, "code": "a"},
        "Duration": {"value": 7, "system": UCUM, "code": "d"},
        "Range": {"low": quantity, "high": quantity},
        "SampledData": {
            "origin": quantity,
            "period": 1,
            "dimensions": 1,
            "data": "0 E 0",
        },
        "patient": {"reference": patient},
        "organization": {"reference": organization},
    }


def asked(kind: str, datatype: str, value: Any) -> str:
    """How a query asks for a value of ours."""
    match kind, datatype:
        case "token", "CodeableConcept":
            return asked(kind, "Coding", value["coding"][0])
        case "token", "Coding":
            return f"{value['system']}|{value['code']}"
        case "token", "Identifier":
            return f"{value['system']}|{value['value']}"
        case "token", "ContactPoint":
            return str(value["value"])
        case "token", "boolean":
            return "true" if value else "false"
        case "reference", "Reference":
            return str(value["reference"])
        case "quantity", "Age" | "Duration":
            return f"7|{UCUM}|{value['code']}"
        case "quantity", _:
            return "7" if datatype == "SampledData" else "7|urn:s|c"
        case "special", _:
            return f"{value['latitude']}|{value['longitude']}|1|km"
        case "date", _:
            return "2026-05-03"
        case "string", _:
            return "quin"
    return str(value)


OTHERWISE = {
    "special": "-50|0|1|km",
    "token": "urn:s|other",
    "string": "medlar",
    "date": "1999",
    "quantity": "3",
}


def otherwise(kind: str, right: str) -> str:
    """The same parameter, asking for something else."""
    if kind == "token" and right in ("true", "false"):
        return "false" if right == "true" else "true"
    return OTHERWISE.get(kind, f"https://elsewhere.example/{uuid.uuid4()}")


class Making:
    """Makes a resource of a type that a parameter finds, and the values to ask for."""

    def __init__(self, type_: str, patient: str, organization: str, target: str = "") -> None:
        self.type = type_
        self.patient = patient
        self.organization = organization
        self.target = target
        self.values = values(patient, organization)

    def least(self) -> Json:
        return least(self.type, self.patient, self.organization, self.target)

    def found_by(self, name: str) -> Iterator[tuple[Json, str, str]]:
        """Each resource that the parameter finds by one of its paths, the value, and another."""
        row = rows(self.type)[name]
        for path in row["paths"]:
            if "[0]" in path:
                yield self._first(row["targets"][0])
                continue
            resource = self.least()
            if row["type"] == "composite":
                parts = [self._part(resource, path, part) for part in row["components"]]
                first = otherwise(row["components"][0]["type"], parts[0])
                yield resource, "$".join(parts), "$".join([first, *parts[1:]])
                continue
            datatype, value = self._put(resource, path, row)
            right = "true" if row.get("claim") else asked(row["type"], datatype, value)
            right = "quinse" if name == "phonetic" else right
            yield resource, right, otherwise(row["type"], right)

    def _first(self, type_: str) -> tuple[Json, str, str]:
        """A document or a message, by what stands first in it."""
        head = least(type_, self.patient, self.organization) | {"id": str(uuid.uuid4())}
        kind = "document" if type_ == "Composition" else "message"
        bundle = {
            "resourceType": "Bundle",
            "type": kind,
            "identifier": {"system": "urn:s", "value": str(uuid.uuid4())},
            "timestamp": "2026-05-03T10:00:00Z",
            "entry": [{"fullUrl": f"urn:uuid:{head['id']}", "resource": head}],
        }
        return bundle, f"{type_}/{head['id']}", f"{type_}/{uuid.uuid4()}"

    def _part(self, resource: Json, path: str, part: Json) -> str:
        datatype, value = self._put(resource, f"{path}.{part['paths'][0]}".lstrip("."), part)
        return asked(part["type"], datatype, value)

    def _put(self, resource: Json, path: str, row: Json) -> tuple[str, Any]:
        """Put a value at a path, with whatever the elements on the way need."""
        owner, node = self.type, resource
        *steps, last = path.split(".")
        for step in steps:
            name, _, condition = step.partition("[")
            element = shapes(self.type)[owner][name]
            node = self._step(node, name, element, condition.rstrip("]"))
            owner = element["type"]
        name, _, condition = last.partition("[")
        element = shapes(self.type)[owner][name]
        key, _, wanted = condition.rstrip("]").partition("=")
        stays = name in node and element["type"] == "Reference" and "target" not in row
        made = node[name] if stays else self._value(f"{owner}.{name}", element, row)
        made = made[0] if isinstance(made, list) else made
        made = made | {key: wanted} if wanted else made
        if element.get("choice"):
            for other, each in shapes(self.type)[owner].items():
                if each.get("choice") == element["choice"]:
                    node.pop(other, None)
        node[name] = [made] if element.get("many") else made
        return element["type"], made

    def _step(self, node: Json, name: str, element: Json, condition: str) -> Any:
        key, _, wanted = condition.partition("=")
        made = node.get(name) or self._whole(element["type"])
        first, *rest = made if isinstance(made, list) else [made]
        if wanted:
            first = first | {key: wanted}
        node[name] = [first, *rest] if element.get("many") else first
        return first

    def _whole(self, type_: str) -> Json:
        """A backbone element with what it must have."""
        if type_ in self.values:
            return dict(copy.deepcopy(self.values[type_]))
        made: Json = copy.deepcopy(PARTICULAR.get(type_, {}))
        choices: set[str] = set()
        for name, element in shapes(self.type).get(type_, {}).items():
            choice = element.get("choice", name)
            if element.get("min") and choice not in choices:
                choices.add(choice)
                value = self._value(f"{type_}.{name}", element, {})
                made[name] = [value] if element.get("many") else value
        return made

    def _value(self, place: str, element: Json, row: Json) -> Any:
        datatype = element["type"]
        if place in PARTICULAR:
            return copy.deepcopy(PARTICULAR[place])
        if datatype == "code" and "codes" in element:
            return next(code for listed in codes()[element["codes"]].values() for code in listed)
        if datatype == "Reference":
            return {"reference": self._reference(element, row)}
        if datatype in self.values:
            return copy.deepcopy(self.values[datatype])
        return self._whole(datatype)

    def _reference(self, element: Json, row: Json) -> str:
        may = row.get("targets") or element.get("targets") or ["Organization"]
        if "target" in row:
            may = [row["target"]]
        if "Patient" in may and self.type not in DIRECTORY:
            return self.patient
        if "Organization" in may:
            return self.organization
        return f"{may[0]}/{uuid.uuid4()}"
