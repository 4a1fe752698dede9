"""Practitioners who clear what is kept from a person's own reading."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import msgspec
from callers import Caller, House, Json, body_of, patient, score

from gateway.actions.answer import Answer

WHO = "https://fhir.nhs.uk/Id/sds-user-id|555000111"
WHY = "Read through with the family on Tuesday"
OURS = "https://onestory.example/fhir/CodeSystem/topic"
OF_OTHERS = {"security": [{"system": OURS, "code": "third-party"}]}
NEVER = "00000000-0000-4000-8000-000000000009"
TAKEN_BACK = {"name": "cleared", "valueBoolean": False}


def clinician(caller: Caller) -> Caller:
    """A practitioner of the organisation, named in its token."""
    return Caller(caller.house, replace(caller.who, practitioner=WHO))


def for_whom(reference: str) -> Json:
    return {"name": "patient", "valueReference": {"reference": reference}}


def asks(
    caller: Caller, reference: str, *more: Json, why: str | None = WHY, if_match: str | None = None
) -> Answer:
    """$clear, by whoever asks."""
    type_, _, id_ = reference.partition("/")
    reason = [] if why is None else [{"name": "reason", "valueString": why}]
    body = msgspec.json.encode({"resourceType": "Parameters", "parameter": [*reason, *more]})
    return asyncio.run(caller.gateway.clear(caller.who, type_, id_, body, if_match))


def clears(caller: Caller, reference: str, *more: Json) -> None:
    answer = asks(clinician(caller), reference, *more)
    assert answer.status == 200, answer.body


def takes_back(caller: Caller, reference: str, *more: Json) -> None:
    clears(caller, reference, TAKEN_BACK, *more)


class Case:
    """Something about a third party in a trust's record of a person."""

    def __init__(self, house: House) -> None:
        self.house, self.trust = house, house.trust
        self.me = house.person()
        self.subject = house.trust.writes(patient())
        self.stored = house.trust.created(score(self.subject, meta=OF_OTHERS))
        self.kept = f"Observation/{self.stored['id']}"

    def changes(self, **more: object) -> Answer:
        """The author writes a further version."""
        answer = self.trust.put(self.trust.read(self.kept) | more)
        assert answer.status == 200, answer.body
        return answer

    def doors(self) -> dict[str, bool]:
        """Whether the person meets it, at each door."""
        me, id_ = self.me, self.stored["id"]
        patient_id = me.me.partition("/")[2]
        everything = asyncio.run(me.gateway.everything(me.who, patient_id, (("_count", "50"),)))
        shown = me.look(self.kept)
        version = body_of(shown)["meta"]["versionId"] if shown.status == 200 else "0"
        count = me.ask("Observation", patient=me.me, _summary="count")
        included = me.look(f"Patient?_id={patient_id}&_revinclude=*")
        return {
            "read": shown.status == 200,
            "vread": me.look(f"{self.kept}/_history/{version}").status == 200,
            "history": me.look(f"{self.kept}/_history").status == 200,
            "history of the type": id_ in me.look("Observation/_history").body.decode(),
            "search": me.finds("Observation", patient=me.me) == [self.kept],
            "count": body_of(count)["total"] == 1,
            "include": id_ in included.body.decode(),
            "everything": id_ in everything.body.decode(),
            "log": bool(told_of(me, self.kept, self.trust)),
        }


def told_of(me: Caller, reference: str, who: Caller) -> list[Json]:
    """What the person reads in the log of what an organisation did with something."""
    found = body_of(me.ask("AuditEvent", entity=reference)).get("entry", [])
    theirs = who.who.organization
    return [
        one["resource"]
        for one in found
        if any(a["who"].get("reference") == theirs for a in one["resource"]["agent"])
    ]
