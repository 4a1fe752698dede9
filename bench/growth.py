"""How reads and searches hold from 1,000 to 1,000,000 resources.

One person's record is told to a gateway in this process; everybody else's is that record again,
under new ids and new keys, written by the storage functions themselves. The log does not grow with
it: nobody asked. Then a server is asked by another service, each time about somebody at random. It
keeps no answers, for these hide what the store costs.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from houses import House
from load import get, measure
from made_up import Person, alcohol_score, consent, entry, nhs_number
from processes import LiveServer, cpu_seconds, served
from smart_client import Json, Registration, SmartClient, register
from writing import response

from gateway.actions.gateway import Gateway
from gateway.actions.opening import open_gateway
from gateway.auth.requester import Requester, Role
from gateway.keys import load
from gateway.storage import identities
from gateway.storage.connection import Connection, transaction
from gateway.storage.database import connect
from gateway.storage.resources import NewVersion, Resources, Row

SIZES = (1_000, 10_000, 100_000, 1_000_000)
RESPONSES, SCORES = 50, 46
ASKED_ABOUT = 10  # people at random: as many at each size, so that the store alone differs
CONNECTIONS = (1, 8)
UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
BATCH = 20  # people in a transaction


class Remembering(Resources):
    """Resources that keeps what it was given to store."""

    def __init__(self, gateway: Gateway) -> None:
        super().__init__(gateway.keys, gateway.installation.data_keys)
        self.added: list[NewVersion] = []

    def add_many(self, connection: Connection, new: Sequence[NewVersion]) -> list[Row]:
        self.added += new
        return super().add_many(connection, new)


@dataclass
class Crowd:
    """The first person's record, and what has been made after it."""

    gateway: Gateway
    resources: Remembering
    first: list[NewVersion]
    number: str
    stored: int
    people: list[tuple[str, str]] = field(default_factory=list)  # the reader's Patient, a response

    def fill(self, connection: Connection, size: int) -> None:
        while self.stored < size:
            with transaction(connection):
                for _ in range(BATCH):
                    if self.stored < size:
                        self._another(connection)

    def _another(self, connection: Connection) -> None:
        """The first person's record again, as somebody else's."""
        number = nhs_number()
        renamed = {new.id: str(uuid.uuid4()) for new in self.first} | {self.number: number}
        pattern = re.compile(f"{UUID}|{self.number}")
        found: dict[int, int] = {}
        made: list[NewVersion] = []

        def told(text: str) -> str:
            return pattern.sub(lambda match: renamed.get(match[0], match[0]), text)

        for new in self.first:
            again = _again(new, told)
            if new.type == "Patient":
                (old, _), *_ = new.concerns
                found[old] = self._registered(connection, again, number)
            concerns = tuple((found[identity], element) for identity, element in new.concerns)
            made.append(replace(again, concerns=concerns))
        Resources.add_many(self.resources, connection, made)
        self.stored += len(self.first)
        self._remember(told)

    def _registered(self, connection: Connection, patient: NewVersion, number: str) -> int:
        keys, data_keys = self.gateway.keys, self.gateway.installation.data_keys
        born = patient.resource["birthDate"]
        made = identities.register(
            connection, keys, data_keys, patient.id, patient.author, number, born
        )
        return made.identity.id

    def _remember(self, told: Any) -> None:
        theirs = [new.id for new in self.first if new.type == "Patient"][1]
        response = next(new.id for new in self.first if new.type == "QuestionnaireResponse")
        self.people.append((f"Patient/{told(theirs)}", f"QuestionnaireResponse/{told(response)}"))


def _again(new: NewVersion, told: Any) -> NewVersion:
    """What was judged once, with every id another."""
    facts, indexed = new.facts, new.indexed
    return replace(
        new,
        resource=json.loads(told(json.dumps(new.resource))),
        id=told(new.id),
        facts=replace(
            facts,
            reference=told(facts.reference),
            references=frozenset(map(told, facts.references)),
            persons=frozenset(map(told, facts.persons)),
        ),
        indexed=replace(
            indexed,
            tokens=tuple((name, told(value)) for name, value in indexed.tokens),
            references=tuple((name, told(value)) for name, value in indexed.references),
        ),
    )


def requester(who: Registration, role: Role, patient: str | None = None) -> Requester:
    return Requester(
        client=who.client_id,
        organization=who.organization,
        ods=who.ods,
        role=role,
        purpose=who.purpose,
        scopes=frozenset({"system/*.cruds"}),
        token="",
        practitioner=None,
        practitioner_name=None,
        patient=patient,
    )


async def first_told(gateway: Gateway, who: dict[str, Registration]) -> str:
    """One person, screened many times by the trust, who permits the drug service; their number."""
    person = Person()

    async def created(asker: Requester, resource: Json) -> str:
        answer = await gateway.create(
            asker, resource["resourceType"], json.dumps(resource).encode()
        )
        assert answer.status == 201, answer.body
        where: str = answer.headers["Location"]
        return "/".join(where.split("/_history/")[0].split("/")[-2:])

    trust = requester(who["trust"], Role.SERVICE)
    patient = await created(trust, person.patient())
    await created(requester(who["drugs"], Role.SERVICE), person.patient())
    me = await created(requester(who["portal"], Role.PORTAL), person.patient())
    permit = consent(me, "permit", who["drugs"].organization)
    await created(requester(who["portal"], Role.PORTAL, me), permit)
    entries = [entry(response(patient, number)) for number in range(RESPONSES)]
    entries += [entry(alcohol_score(patient, number % 13)) for number in range(SCORES)]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    answer = await gateway.transact(trust, json.dumps(bundle).encode())
    assert answer.status == 200, answer.body
    return person.number


def crowd_of(server: LiveServer, who: dict[str, Registration]) -> Crowd:
    gateway = open_gateway(server.database, load(server.keys), server.base)
    resources = Remembering(gateway)
    gateway.installation = replace(gateway.installation, resources=resources)
    number = asyncio.run(first_told(gateway, who))
    return Crowd(gateway, resources, list(resources.added), number, len(resources.added))


def grow(database: str, directory: Path, most: int, seconds: float) -> None:
    """A table of each size."""
    print("\n| resources | question | connections | requests/s | CPU us | p50 ms | p99 ms | file |")
    print("|---:|---|---:|---:|---:|---:|---:|---:|")
    with served(database, directory) as server:
        server.environment["ONESTORY_KEPT_ANSWERS"] = "off"
        who = {
            "trust": register(server, "Fern Valley Mental Health Trust", "RX1"),
            "drugs": register(server, "Harbour Drug and Alcohol Service", "DA1"),
            "portal": register(server, "My Story", "PO1", role="portal", purpose="PATRQT"),
        }
        crowd = crowd_of(server, who)
        for size in (size for size in SIZES if size <= most):
            started, before = time.monotonic(), crowd.stored
            with closing(connect(server.database)) as connection:
                crowd.fill(connection, size)
            rate = (crowd.stored - before) / (time.monotonic() - started)
            house = House(server.start(), who)
            _print_rows(house, crowd, size, seconds)
            house.close()
            print(f"<!-- filled at {rate:,.0f} resources/s -->")
        crowd.gateway.close()


def _print_rows(house: House, crowd: Crowd, size: int, seconds: float) -> None:
    reader = house.client("drugs")
    for question in ("read", "search of 50"):
        for connections in CONNECTIONS:
            requests = _requests(reader, crowd, question)
            assert house.server.process is not None
            process = house.server.process.pid
            measure(house.server.port, requests, connections, seconds / 2)  # warm
            before = cpu_seconds(process)
            seen = measure(house.server.port, requests, connections, seconds)
            used = (cpu_seconds(process) - before) / seen.requests
            p50, p99 = seen.percentile(0.5) * 1e3, seen.percentile(0.99) * 1e3
            file = house.server.file
            held = f"{file.stat().st_size / 2**20:,.0f} MiB" if file.exists() else ""
            print(
                f"| {size:,} | {question} | {connections} | {seen.requests / seen.seconds:,.0f}"
                f" | {used * 1e6:.0f} | {p50:.2f} | {p99:.2f} | {held} |",
                flush=True,
            )


def _requests(reader: SmartClient, crowd: Crowd, question: str) -> Any:
    token = {"Authorization": f"Bearer {reader.token}"}
    chosen = random.Random(1)  # noqa: S311 - whom to ask about
    people = chosen.sample(crowd.people, min(ASKED_ABOUT, len(crowd.people)))
    asked = [
        get(f"/fhir/{response}", **token)
        if question == "read"
        else get(f"/fhir/QuestionnaireResponse?patient={patient}&_count=50", **token)
        for patient, response in people
    ]

    def sent(number: int) -> Iterator[bytes]:
        turn = random.Random(number)  # noqa: S311 - in which order
        while True:
            yield turn.choice(asked)

    return sent
