"""Delegates at a portal, and the officer who records them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from callers import Caller, House, Json, body_of, concept, consent, places

from gateway.actions.answer import Answer
from gateway.actions.deputising import NewDelegate, NewJudgement
from gateway.storage.delegates import Basis
from gateway.storage.judgements import Kind

DRUGS, HOUSING = "DA1", "HO1"
CHILD = {"birthDate": "2012-05-04"}  # fourteen tomorrow, by the clock of these tests
TREATMENT = [concept("v3-ActReason", "TREAT")["coding"][0]]
ADA, BEN = "https://portal.example/user|ada", "https://portal.example/user|ben"


class Office:
    """The officer who records."""

    def __init__(self, house: House) -> None:
        self.gateway = house.gateway
        self.who = house.gateway.officer_requester("P. Officer")

    def names(self, patient: str, who: str, basis: Basis, days: int | None = None) -> str:
        new = NewDelegate(patient, who, "Somebody", basis, "seen", days)
        return self._id(asyncio.run(self.gateway.add_delegate(self.who, new)))

    def judges(self, patient: str, kind: Kind, about: str, days: int = 365) -> str:
        new = NewJudgement(patient, kind, about, "judged", days)
        return self._id(asyncio.run(self.gateway.add_judgement(self.who, new)))

    def ends(self, record: str) -> None:
        assert asyncio.run(self.gateway.end_delegate(self.who, record)).status == 200

    def ends_judgement(self, record: str) -> None:
        assert asyncio.run(self.gateway.end_judgement(self.who, record)).status == 200

    def sets_aside(self, record: str) -> Answer:
        return asyncio.run(self.gateway.set_aside(self.who, record, "best interests, 3 May"))

    def _id(self, answer: Answer) -> str:
        assert answer.status == 201, answer.body
        return str(body_of(answer)["id"])


def acting(me: Caller, who: str = ADA, purpose: str = "PWATRNY") -> Caller:
    """A delegate at the person's portal."""
    return Caller(me.house, replace(me.who, purpose=purpose, practitioner=who))


def needs_a_record(answer: Answer, *words: str) -> None:
    """A Consent was refused for want of what has to be recorded first; the words say of what."""
    assert (answer.status, places(answer)) == (422, ["Consent.patient"]), answer.body
    assert all(word in answer.body.decode() for word in words)


def said_by(caller: Caller, kind: str, about: str | None = DRUGS, **criteria: Any) -> Json:
    recipient = None if about is None else caller.house.organizations[about]
    system, _, value = (caller.who.practitioner or "").partition("|")
    performer = {"identifier": {"system": system, "value": value}}
    return consent(caller.me, kind, recipient, **criteria) | {"performer": [performer]}
