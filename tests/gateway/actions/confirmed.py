"""Somebody whom services know without a number, and the officer who confirms who they are."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from callers import MOOD, Caller, House, Json, body_of, consent, score

from gateway.actions.answer import Answer
from gateway.actions.confirming import NewConfirmation


class Register:
    """The officer who confirms."""

    def __init__(self, house: House) -> None:
        self.gateway = house.gateway
        self.who = house.gateway.officer_requester("P. Officer")

    def asked(self, *patients: str, their_word: bool = False) -> Answer:
        new = NewConfirmation(patients, "Met at the day centre", their_word)
        return asyncio.run(self.gateway.confirm_same_person(self.who, new))

    def confirms(self, *patients: str, their_word: bool = False) -> str:
        answer = self.asked(*patients, their_word=their_word)
        assert answer.status == 201, answer.body
        return str(body_of(answer)["id"])

    def parts(self, record: str) -> Answer:
        ended = asyncio.run(self.gateway.end_same_person(self.who, record, "Two people"))
        assert ended.status == 200, ended.body
        return ended

    def listed(self, patient: str | None = None) -> list[Json]:
        answer = asyncio.run(self.gateway.same_persons(self.who, patient))
        assert answer.status == 200, answer.body
        return list(json.loads(answer.body))


def nameless(**more: Any) -> Json:
    """A grown-up without a number."""
    born = {"birthDate": "1987-04-12"}
    return {"resourceType": "Patient", "name": [{"family": "Example"}]} | born | more


class Street:
    """Somebody without a number: the trust, the drug service and the portal each have a Patient,
    and nothing says that they are one. The trust wrote an alcohol and a mood score."""

    def __init__(self, house: House) -> None:
        self.house, self.officer = house, Register(house)
        self.trust, self.drugs = house.trust, house.drugs
        self.at_trust = self.trust.writes(nameless())
        self.at_drugs = self.drugs.writes(nameless(birthDate="1980"))
        self.me = house.registers(nameless())
        self.alcohol = self.trust.writes(score(self.at_trust))
        self.mood = self.trust.writes(score(self.at_trust, MOOD))

    def says(self, kind: str, to: str = "DA1", **criteria: Any) -> Json:
        recipient = self.house.organizations[to]
        return self.me.created(consent(self.me.me, kind, recipient, **criteria))

    def all_one(self) -> tuple[str, str]:
        """The records by which the portal's Patient is the trust's, and the drug service's."""
        mine = self.officer.confirms(self.me.me, self.at_trust)
        return mine, self.officer.confirms(self.me.me, self.at_drugs)

    def sees(self, who: Caller | None = None, patient: str | None = None) -> set[str]:
        """What a service reads by id of the two scores, which must be what it finds."""
        who, patient = who or self.drugs, patient or self.at_drugs
        read = {each for each in (self.alcohol, self.mood) if who.get(each).status == 200}
        found = set(who.finds("Observation", patient=patient))
        assert found == read
        return read
