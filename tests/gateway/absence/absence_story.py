"""A story told once, at random, of which one requester may not see all.

Each act that worked is kept, to be told again to other servers (`absence_retelling`).
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from absence_resources import FHIR_JSON
from absence_server import BEGUN, Came, Json, Sent, Server


@dataclass(frozen=True)
class Act:
    """One request of the story. `always` acts stand in both stores, `secret` ones only in the
    whole; of the rest, those about what is withheld are left out of the other, and so are versions
    `between` others that the requester is not told of."""

    name: str
    number: int
    ods: str
    patient: str | None
    sent: Sent
    resource: Json | None
    made: str
    always: bool
    secret: bool
    between: bool = False

    @property
    def instant(self) -> str:
        return (BEGUN + timedelta(minutes=self.number)).strftime("%Y-%m-%dT%H:%M")


@dataclass
class Known:
    """What a client could have heard of, seen or not: what random requests are made of."""

    person: str = ""
    ours: str = ""
    mine: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    patients: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    organizations: dict[str, str] = field(default_factory=dict)
    values: dict[str, list[str]] = field(default_factory=dict)


class Story:
    """Tells acts to a server and keeps them. `asker` is whom they may be withheld from."""

    def __init__(self, server: Server, rng: random.Random, asker: str) -> None:
        self.server, self.rng, self.asker = server, rng, asker
        self.acts: list[Act] = []
        self.made: dict[str, str] = {}  # reference: the name of its act
        self.parts = 0
        self._number = 0

    def act(
        self,
        ods: str,
        method: str,
        path: str,
        resource: Json | None = None,
        *,
        patient: str | None = None,
        always: bool = False,
        secret: bool = False,
        between: bool = False,
        made: str = "",
    ) -> Came:
        """Ask the server; what worked belongs to the story."""
        self._number += 1
        body = b"" if resource is None else json.dumps(resource).encode()
        sent = Sent(method, f"/fhir/{path}", FHIR_JSON, body)
        name = f"act {self._number}"
        self.server.steps.begin(name, self._number)
        came = self.server.ask(sent, self.server.token(ods, patient))
        if came.status < 300:
            made = made or (f"{came.json['resourceType']}/{came.json['id']}" if came.body else "")
            whose = (name, self._number, ods, patient, sent, resource, made)
            self.acts.append(Act(*whose, always, secret, between))
            self.made.setdefault(made, name)
        return came

    def writes(self, ods: str, resource: Json, **how: Any) -> str:
        """The reference of what was stored."""
        came = self.act(ods, "POST", resource["resourceType"], resource, **how)
        assert came.status in (200, 201), (came.status, came.body)
        return f"{came.json['resourceType']}/{came.json['id']}"
