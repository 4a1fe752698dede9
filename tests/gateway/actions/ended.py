"""A person whom three services know, and what one of them may see."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from callers import MOOD, Caller, House, Json, consent, patient, score

from gateway.actions.answer import Answer
from gateway.actions.chasing import Chased
from gateway.actions.gateway import Gateway
from gateway.actions.opening import open_gateway

NOTICE = "https://onestory.example/fhir/CodeSystem/notice|consent-ended"


class Story:
    """A person whom three services know; the trust wrote an alcohol and a mood score."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.person = house.person()
        self.at_trust, self.at_drugs, self.at_housing = (
            each.writes(patient()) for each in (house.trust, house.drugs, house.housing)
        )
        self.alcohol = house.trust.writes(score(self.at_trust))
        self.mood = house.trust.writes(score(self.at_trust, MOOD))

    def says(self, kind: str, to: str = "DA1", **criteria: Any) -> Json:
        recipient = self.house.organizations[to]
        return self.person.created(consent(self.person.me, kind, recipient, **criteria))

    def takes_back(self, said: Json, status: str = "inactive") -> None:
        answer = self.person.put(self.person.read(f"Consent/{said['id']}") | {"status": status})
        assert answer.status == 200, answer.body

    def told(self, who: Caller | None = None) -> list[Json]:
        """The notices that a service finds."""
        who = who or self.house.drugs
        return [
            who.read(each) for each in who.finds("Task", owner=who.who.organization, code=NOTICE)
        ]

    def notice(self) -> Json:
        """The drug service looked, and the person took their choice back."""
        given = self.says("permit")
        self.house.drugs.read(self.alcohol)
        self.takes_back(given)
        [found] = self.told()
        return found

    def chase(self) -> list[Chased]:
        return asyncio.run(self.house.gateway.chase())

    def move(self, notice: Json, status: str, **more: Any) -> Answer:
        return self.house.drugs.put(notice | {"status": status} | more)


def topic(*codes: str) -> list[Json]:
    return [
        {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": code}
        for code in codes
    ]


@contextmanager
def second(house: House) -> Iterator[Gateway]:
    """Another server on the same database."""
    gateway = open_gateway(house.url, house.gateway.keys, house.gateway.base_url, clock=house.clock)
    try:
        yield gateway
    finally:
        gateway.close()


async def together(*gateways: Gateway) -> list[list[Chased]]:
    return list(await asyncio.gather(*(each.chase() for each in gateways)))
