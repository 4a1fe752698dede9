"""Requesters of several organisations, speaking to a gateway as the routes do."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec

from gateway.actions.addressing import addressed
from gateway.actions.answer import Answer
from gateway.actions.freshness import NOTHING, Known
from gateway.actions.gateway import Gateway
from gateway.audit.entry import Entry, canonical
from gateway.audit.sets import shown
from gateway.auth.requester import Requester, Role
from gateway.storage.database import connect

Json = dict[str, Any]

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
NHS = "https://fhir.nhs.uk/Id/nhs-number"
NUMBERS = ("9990000018", "9990000026", "9990000034", "9990000042")
NAMES = {"RX1": "Trust", "DA1": "Drugs", "HO1": "Housing", "PO1": "Portal", "OF1": "Office"}
PURPOSES = {Role.SERVICE: "TREAT", Role.PORTAL: "PATRQT", Role.OFFICER: "HCOMPL"}


@dataclass
class House:
    """The gateway with five organisations, and a clock that moves a second a request."""

    gateway: Gateway
    organizations: dict[str, str]
    url: str
    now: datetime = field(default=datetime(2026, 5, 3, 10, tzinfo=UTC))

    def clock(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def wait(self, **units: float) -> None:
        self.now += timedelta(**units)

    def requester(
        self, ods: str, role: Role = Role.SERVICE, patient: str | None = None
    ) -> Requester:
        return Requester(
            client=f"{role.value}-{ods}",
            organization=self.organizations[ods],
            ods=ods,
            role=role,
            purpose=PURPOSES[role],
            scopes=frozenset({"system/*.cruds"}),
            token="",
            patient=patient,
        )

    def caller(self, ods: str, role: Role = Role.SERVICE, patient: str | None = None) -> Caller:
        return Caller(self, self.requester(ods, role, patient))

    @property
    def trust(self) -> Caller:
        return self.caller("RX1")

    @property
    def drugs(self) -> Caller:
        return self.caller("DA1")

    @property
    def housing(self) -> Caller:
        return self.caller("HO1")

    @property
    def officer(self) -> Caller:
        return self.caller("OF1", Role.OFFICER)

    def person(self, number: int = 0, ods: str = "PO1") -> Caller:
        """Someone who registers through a portal, and their token."""
        return self.registers(patient(number), ods)

    def registers(self, patient: Json, ods: str = "PO1") -> Caller:
        stored = self.caller(ods, Role.PORTAL).created(patient)
        return self.caller(ods, Role.PORTAL, f"Patient/{stored['id']}")

    def rows(self, table: str) -> int:
        [(count,)] = self.held(f"SELECT count(*) FROM {table}")
        return int(count)

    def held(self, sql: str) -> list[Any]:
        """What stands in the database now."""
        with closing(connect(self.url)) as connection:
            return list(connection.execute(sql).fetchall())

    def change(self, sql: str, *values: Any) -> None:
        """What the operator's commands, or nobody, would write."""
        with closing(connect(self.url)) as connection:
            connection.execute(sql, values)

    def entries(self) -> list[Json]:
        """Every entry of the log, in order, with the consents of the set that it names."""
        rows = self.held("SELECT entry FROM audit ORDER BY number")
        entries = [msgspec.json.decode(entry, type=Entry) for (entry,) in rows]
        with closing(connect(self.url)) as connection:
            return [msgspec.json.decode(canonical(each)) for each in shown(connection, entries)]


@dataclass
class Caller:
    """One requester, speaking to the gateway as the routes do."""

    house: House
    who: Requester

    @property
    def me(self) -> str:
        assert self.who.patient is not None
        return self.who.patient

    @property
    def gateway(self) -> Gateway:
        return self.house.gateway

    def for_purpose(self, purpose: str) -> Caller:
        return Caller(self.house, replace(self.who, purpose=purpose))

    def post(self, resource: Json, if_none_exist: str | None = None) -> Answer:
        body = msgspec.json.encode(resource)
        return asyncio.run(
            self.gateway.create(self.who, resource["resourceType"], body, if_none_exist)
        )

    def created(self, resource: Json) -> Json:
        answer = self.post(resource)
        assert answer.status == 201, answer.body
        return body_of(answer)

    def writes(self, resource: Json) -> str:
        stored = self.created(resource)
        return f"{stored['resourceType']}/{stored['id']}"

    def get(self, reference: str) -> Answer:
        type_, _, id_ = reference.partition("/")
        return asyncio.run(self.gateway.read(self.who, type_, id_))

    def read(self, reference: str) -> Json:
        answer = self.get(reference)
        assert answer.status == 200, answer.body
        return body_of(answer)

    def ask(self, type_: str, *query: tuple[str, str], **named: str) -> Answer:
        asked = [*query, *named.items()]
        return asyncio.run(self.gateway.search(self.who, type_, asked))

    def finds(self, type_: str, *query: tuple[str, str], **named: str) -> list[str]:
        answer = self.ask(type_, *query, **named)
        assert answer.status == 200, answer.body
        entries = body_of(answer).get("entry", [])
        return [f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in entries]

    def put(self, resource: Json, if_match: str | None = None) -> Answer:
        reference = f"{resource['resourceType']}/{resource['id']}"
        return self.put_bytes(reference, msgspec.json.encode(resource), if_match)

    def put_bytes(self, reference: str, body: bytes, if_match: str | None = None) -> Answer:
        type_, _, id_ = reference.partition("/")
        return asyncio.run(self.gateway.update(self.who, type_, id_, body, if_match))

    def look(self, address: str, *, lenient: bool = False, known: Known = NOTHING) -> Answer:
        """GET of any address below the base."""
        found = addressed(address, self.gateway.base_url + "/fhir")
        assert found is not None
        return asyncio.run(self.gateway.look(self.who, found, lenient=lenient, known=known))

    def history(self, address: str) -> list[Json]:
        """The entries of every page of a history."""
        entries: list[Json] = []
        following: str | None = address
        while following is not None:
            answer = self.look(following)
            assert answer.status == 200, answer.body
            page = body_of(answer)
            entries += page.get("entry", [])
            links = {link["relation"]: link["url"] for link in page["link"]}
            following = links.get("next")
        return entries

    def delete(self, address: str, if_match: str | None = None) -> Answer:
        found = addressed(address, self.gateway.base_url + "/fhir")
        assert found is not None
        return asyncio.run(self.gateway.delete(self.who, found, if_match))

    def patch(self, address: str, *operations: Json, if_match: str | None = None) -> Answer:
        found = addressed(address, self.gateway.base_url + "/fhir")
        assert found is not None
        body = msgspec.json.encode(operations)
        return asyncio.run(self.gateway.patch(self.who, found, body, if_match))

    def put_where(self, condition: str, resource: Json, if_match: str | None = None) -> Answer:
        found = addressed(condition, self.gateway.base_url + "/fhir")
        assert found is not None
        body = msgspec.json.encode(resource)
        return asyncio.run(
            self.gateway.update_where(self.who, found.type, found.query, body, if_match)
        )

    def transact(self, *entries: Json, kind: str = "transaction") -> Answer:
        bundle = {"resourceType": "Bundle", "type": kind, "entry": list(entries)}
        return asyncio.run(self.gateway.transact(self.who, msgspec.json.encode(bundle)))

    def sent(self, *entries: Json) -> list[str]:
        """The references of a transaction's entries, stored or found."""
        answer = self.transact(*entries)
        assert answer.status == 200, answer.body
        responses = [entry["response"] for entry in body_of(answer)["entry"]]
        return [each["location"].partition("/_history")[0] for each in responses]


def body_of(answer: Answer) -> Json:
    return dict(msgspec.json.decode(answer.body))


def places(answer: Answer) -> list[str]:
    """Where an OperationOutcome's problems are."""
    return [where for issue in body_of(answer)["issue"] for where in issue.get("expression", [])]


def patient(number: int = 0, **more: Any) -> Json:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": NHS, "value": NUMBERS[number]}],
        "name": [{"family": "Example"}],
        "birthDate": "1987-04-12",
    } | more


def score(subject: str, code: str = "75626-2", **more: Any) -> Json:
    """An AUDIT-C total, unless another LOINC code is given."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": subject},
        "effectiveDateTime": "2026-05-01",
        "valueQuantity": {
            "value": 7,
            "system": "http://unitsofmeasure.org",
            "code": "{score}",
        },
    } | more


MOOD = "44261-6"  # a PHQ-9 total


def hidden_score(house: House, **of_patient: Any) -> str:
    """An alcohol score that the trust wrote, about someone whom the drug service knows too."""
    house.drugs.writes(patient(**of_patient))
    return house.trust.writes(score(house.trust.writes(patient(**of_patient))))


def composition(house: House, subject: str, *sections: Json) -> Json:
    """A document by the trust, about an alcohol score."""
    return {
        "resourceType": "Composition",
        "status": "final",
        "type": score(subject)["code"],
        "subject": {"reference": subject},
        "date": "2026-05-01",
        "author": [{"reference": house.organizations["RX1"]}],
        "title": "Total score [AUDIT-C]",  # the words of its code are no free text
        "section": list(sections),
    }


def consent(subject: str, kind: str, recipient: str | None = None, **criteria: Any) -> Json:
    provision: Json = {"type": kind} | criteria
    if recipient is not None:
        role = concept("v3-ParticipationType", "IRCP")
        provision["actor"] = [{"role": role, "reference": {"reference": recipient}}]
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": concept("consentscope", "patient-privacy"),
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": subject},
        "dateTime": "2026-05-01",
        "performer": [{"reference": subject}],
        "policyRule": concept("v3-ActCode", "OPTOUT"),
        "provision": provision,
    }


def concept(system: str, code: str) -> Json:
    return {"coding": [{"system": TERMINOLOGY + system, "code": code}]}


def entry(resource: Json, full_url: str | None = None, **request: str) -> Json:
    return {
        "fullUrl": full_url or f"urn:uuid:{uuid4()}",
        "resource": resource,
        "request": {"method": "POST", "url": resource["resourceType"]} | request,
    }


def referral(
    subject: str, sender: str, receiver: str, *listed: str, attested: bool = True, **task: Any
) -> list[Json]:
    """ServiceRequest and Task; with the sender's word that the person agreed."""
    asked, move = f"urn:uuid:{uuid4()}", f"urn:uuid:{uuid4()}"
    request = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "417096006"}]},
        "subject": {"reference": subject},
        "requester": {"reference": sender},
        "performer": [{"reference": receiver}],
    }
    if listed:
        request["supportingInfo"] = [{"reference": each} for each in listed]
    follow = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "focus": {"reference": asked},
        "for": {"reference": subject},
        "requester": {"reference": sender},
        "owner": {"reference": receiver},
    } | task
    entries = [entry(request, asked), entry(follow, move)]
    return entries + ([entry(attestation(sender, asked, move))] if attested else [])


def attestation(sender: str, *targets: str) -> Json:
    system = "https://onestory.example/fhir/CodeSystem/attestation"
    return {
        "resourceType": "Provenance",
        "target": [{"reference": each} for each in targets],
        "recorded": "2026-05-03T10:00:00Z",
        "activity": {"coding": [{"system": system, "code": "person-agreed"}]},
        "agent": [{"who": {"reference": sender}}],
    }
