"""A running server with its clients, and people whom several of them know."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import httpx
from live_server import LiveServer
from made_up import Person, consent, topic, treatment
from postgres_server import Databases
from smart_client import Json, Registration, SmartClient, register


@dataclass
class House:
    """A running server and the clients registered with it, by who they stand for."""

    server: LiveServer
    registrations: dict[str, Registration]
    clients: list[SmartClient] = field(default_factory=list)

    def client(self, name: str, patient: str | None = None) -> SmartClient:
        client = SmartClient(self.server, self.registrations[name], patient)
        self.clients.append(client)
        return client

    @property
    def trust(self) -> SmartClient:
        """The mental health trust, RX1."""
        return self._kept("trust")

    @property
    def drugs(self) -> SmartClient:
        """The drug and alcohol service, DA1."""
        return self._kept("drugs")

    @property
    def housing(self) -> SmartClient:
        """The housing support, HO1."""
        return self._kept("housing")

    @property
    def officer(self) -> SmartClient:
        return self._kept("officer")

    def _kept(self, name: str) -> SmartClient:
        for client in self.clients:
            if client.who is self.registrations[name] and client.patient is None:
                return client
        return self.client(name)

    def person_at_portal(self, person: Person) -> SmartClient:
        """The person registers through the portal; a client whose token serves that person."""
        stored = self._kept("portal").created(person.patient())
        return self.client("portal", f"Patient/{stored['id']}")

    def forget(self, client: SmartClient) -> None:
        """Close a client that is not needed any more."""
        self.clients.remove(client)
        client.close()

    def known_at(self, client: SmartClient, person: Person) -> str:
        """The service registers the person: its own `Patient/<id>`."""
        return f"Patient/{client.created(person.patient())['id']}"

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.server.stop()
        self.server.drop()


@dataclass
class Template:
    server: LiveServer
    registrations: dict[str, Registration]

    def house(self, directory: Path, **environment: str) -> House:
        server = self.server.copy_to(directory, **environment).start()
        return House(server, dict(self.registrations))


PORTAL = {
    "role": "portal",
    "purpose": "PATRQT",
    "scope": "system/*.cruds",
    "algorithm": "RS384",
}
OFFICER = {"role": "officer", "purpose": "HCOMPL", "scope": "system/AuditEvent.rs"}


def template_in(directory: Path, databases: Databases | None) -> Template:
    """Keys, schema and clients, to be copied for each server."""
    server = LiveServer(directory, databases).prepare()
    return Template(
        server,
        {
            "trust": register(server, "Fern Valley Mental Health Trust", "RX1"),
            "drugs": register(server, "Harbour Drug and Alcohol Service", "DA1", algorithm="RS384"),
            "housing": register(server, "Hearth Housing Support", "HO1"),
            "portal": register(server, "My Story", "PO1", **PORTAL),
            "officer": register(server, "Data protection office", "DP1", **OFFICER),
        },
    )


def small_house(directory: Path, databases: Databases | None) -> House:
    """A server made where it runs, with two services and the portal."""
    server = LiveServer(directory, databases).prepare()
    registrations = {
        "trust": register(server, "Fern Valley Mental Health Trust", "RX1"),
        "drugs": register(server, "Harbour Drug and Alcohol Service", "DA1", algorithm="RS384"),
        "portal": register(server, "My Story", "PO1", **PORTAL),
    }
    return House(server.start(), registrations)


@dataclass
class Situation:
    """One person known to two services and to the portal. The trust writes, drugs asks."""

    house: House
    person: Person
    at_trust: str
    at_drugs: str
    portal: SmartClient

    @property
    def me(self) -> str:
        """The person's own Patient, at the portal."""
        assert self.portal.patient is not None
        return self.portal.patient

    @property
    def trust(self) -> SmartClient:
        return self.house.trust

    @property
    def drugs(self) -> SmartClient:
        return self.house.drugs

    def says(self, words: Json) -> Json:
        return self.portal.created(words)

    def permits(self, *topics: str) -> Json:
        """The person lets the drug and alcohol service see these topics (none: everything)."""
        criteria: Json = {"purpose": treatment()}
        if topics:
            criteria["securityLabel"] = topic(*topics)
        return self.says(consent(self.me, "permit", self.drugs.who.organization, **criteria))

    def denies(self, *topics: str) -> Json:
        """The person keeps these topics from the drug and alcohol service (none: everything)."""
        criteria: Json = {"securityLabel": topic(*topics)} if topics else {}
        return self.says(consent(self.me, "deny", self.drugs.who.organization, **criteria))

    def takes_back(self, given: Json) -> httpx.Response:
        version = f'W/"{given["meta"]["versionId"]}"'
        return self.portal.put(given | {"status": "inactive"}, If_Match=version)

    def writes(self, resource: Json) -> str:
        """The trust records it: "Type/id"."""
        stored = self.trust.created(resource)
        return f"{stored['resourceType']}/{stored['id']}"


def situation_at(
    house: House, person: Person | None = None, at_trust: str | None = None
) -> Situation:
    person = person or Person()
    return Situation(
        house,
        person,
        at_trust or house.known_at(house.trust, person),
        house.known_at(house.drugs, person),
        house.person_at_portal(person),
    )
