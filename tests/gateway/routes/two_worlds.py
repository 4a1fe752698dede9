"""Two servers that differ in one record, which nobody but its author may see; and who asks them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
from absence_requests import send
from absence_resources import ALCOHOL, OUR_TOPICS, consent, patient, told
from absence_server import Came, Sent, Server

from gateway.web.sealing import sealed
from gateway.web.session import Door, Session

MARK = "only-its-author-reads-this"


@dataclass
class World:
    """A server, and who and what is in it. `withheld` is an id that only one of two servers holds;
    `shown` one that both do."""

    server: Server
    withheld: str
    shown: str = ""
    consent: str = ""
    mine: dict[str, str | None] | None = None

    def filled(self, text: str, asker: str, id_: str) -> str:
        """A request's text for this asker, about this id."""
        assert self.mine is not None
        for name, value in {
            "{id}": id_,
            "{mine}": self.mine[asker] or "Patient/none",
            "{shown}": self.shown,
            "{consent}": self.consent,
            "{us}": self.server.organizations[asker],
        }.items():
            text = text.replace(name, value)
        return text


def told_to(server: Server, withheld: str, *, whole: bool) -> World:
    """What both servers hold, and on one what its author alone may see."""
    here = World(server, withheld)
    steps = iter(range(1, 100))

    def post(ods: str, resource: Any, whose: str | None = None) -> str:
        number = next(steps)
        server.steps.begin(f"told {number}", number)
        came = server.ask(
            send("POST", resource["resourceType"], resource), server.token(ods, whose)
        )
        assert came.status == 201, came.body
        return f"{came.json['resourceType']}/{came.json['id']}"

    theirs, drugs, portal = (post(ods, patient(0)) for ods in ("RX1", "DA1", "PO1"))
    here.mine = {"DA1": drugs, "PO1": portal, "OF1": None, "me": _registered(server)}
    given = post("PO1", consent(portal, "permit", server.organizations["DA1"], ("ETHUD",)), portal)
    here.consent = given.partition("/")[2]
    trust = server.organizations["RX1"]
    here.shown = post("RX1", told("Observation", theirs, trust, ALCOHOL))
    secret = told("Observation", theirs, trust, ALCOHOL) | {
        "identifier": [{"system": "urn:s", "value": MARK}],
        "meta": {"security": [{"system": OUR_TOPICS, "code": "third-party"}]},
    }
    number = next(steps)
    server.steps.begin("withheld", number)
    if whole:
        came = server.ask(send("POST", "Observation", secret), server.token("RX1"))
        assert came.json["id"] == withheld
    return here


def _registered(server: Server) -> str:
    """The person, as they sign in to the pages."""
    server.steps.begin("signing up", 50)
    gateway = server.gateway
    body = msgspec.json.encode(patient(0))
    who = gateway.page_requester("")
    answer = server.run(gateway.create(who, "Patient", body))
    return f"Patient/{msgspec.json.decode(answer.body)['id']}"


@dataclass
class Told:
    came: Came
    rows: int


def asked(world: World, sent: Sent, asker: str, id_: str, moment: int) -> Told:
    """One request, about this id, and how many rows it left."""
    fill = partial(world.filled, asker="PO1" if asker in ("me", "dpo") else asker, id_=id_)
    body = fill(sent.body.decode()).encode()
    headers = tuple((name, fill(value)) for name, value in sent.headers)
    server = world.server
    server.steps.begin(f"asked {moment}", moment)
    token = None
    if asker in ("me", "dpo"):
        headers += (("Cookie", _cookie(world, Door(asker))),)
    else:
        assert world.mine is not None
        token = server.token(asker, world.mine[asker] if asker == "PO1" else None)
    before = server.rows()
    came = server.ask(Sent(sent.method, fill(sent.path), headers, body), token)
    plain = came.body.replace(id_.encode(), b"{id}")
    kept = tuple((name, value) for name, value in came.headers if name != b"set-cookie")
    return Told(came._replace(headers=kept, body=plain), server.rows() - before)


def _cookie(world: World, door: Door) -> str:
    assert world.mine is not None
    subject = str(world.mine["me"]) if door is Door.ME else "A. Officer"
    now = world.server.steps.now
    content = msgspec.json.encode(Session(door, subject, now - timedelta(minutes=1), now, "form"))
    return (
        f"onestory-{door}={sealed(world.server.gateway.keys.session, f'session {door}', content)}"
    )
