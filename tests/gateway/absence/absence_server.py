"""A whole server in this process whose clock and ids are given: two of them can be told the same.

Every id that is made within one step is a digest of the step's name and of how many were made in it
before; the clock stands still within a step.
"""

from __future__ import annotations

import hashlib
import json
import re
from asyncio import Runner
from collections.abc import Coroutine, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote
from uuid import UUID

from gateway.actions.installation import Limits
from gateway.actions.opening import open_gateway
from gateway.app import create_app
from gateway.auth.access_token import Granted, sign
from gateway.auth.client import key_mark
from gateway.auth.requester import Requester, Role
from gateway.keys import Keys
from gateway.storage.connection import transaction
from gateway.storage.database import connect
from gateway.storage.directory import register_organization

Json = dict[str, Any]
T = TypeVar("T")

HOST = "gateway.test"
BASE = f"http://{HOST}"
BEGUN = datetime(2026, 5, 3, 9, tzinfo=UTC)
EVER = 2**40  # no token ends while a test lasts
JWKS = '{"keys": []}'
ORGANIZATIONS = {"RX1": "Trust", "DA1": "Drugs", "HO1": "Housing", "PO1": "Portal", "OF1": "Office"}
ROLES = {"PO1": Role.PORTAL, "OF1": Role.OFFICER}
PURPOSES = {Role.SERVICE: "TREAT", Role.PORTAL: "PATRQT", Role.OFFICER: "HCOMPL"}
_ADD_CLIENT = (
    "INSERT INTO client (id, organization, name, role, jwks, scopes, purposes)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
# A receipt signs the hash of a log entry, which is salted: as random as an id, and never the same.
RECEIPT = re.compile(rb'(?<="valueString":")onestory[^"]*/receipt[^"]*')
# What tells one request from another by its nature: never compared.
TRACES = (b"x-request-id", b"date")


class Sent(NamedTuple):
    """One request as it leaves a client; `path` with its query, below the host."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class Came(NamedTuple):
    """All that came back, but for what numbers requests."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        found = (value for key, value in self.headers if key == name.encode())
        return next((value.decode() for value in found), None)

    @property
    def json(self) -> Json:
        return dict(json.loads(self.body)) if self.body else {}


def made_id(name: str, place: int = 0) -> str:
    """A random-looking UUID that depends on nothing but its name."""
    return str(UUID(bytes=hashlib.sha256(f"{name}/{place}".encode()).digest()[:16], version=4))


@dataclass
class Steps:
    """The clock and the ids of a server, told from outside which step this is."""

    name: str = "opening"
    made: int = 0
    now: datetime = BEGUN

    def begin(self, name: str, number: int) -> None:
        self.name, self.made = name, 0
        self.now = BEGUN + timedelta(minutes=number)

    def clock(self) -> datetime:
        return self.now

    def new_id(self) -> str:
        self.made += 1
        return made_id(self.name, self.made)


class Server:
    """One server on a database of its own, asked as uvicorn would ask it."""

    def __init__(self, url: str, keys: Keys, runner: Runner) -> None:
        self.url, self.steps, self._runner = url, Steps(), runner
        self.gateway = open_gateway(
            url,
            keys,
            BASE,
            Limits(requests_a_second=None),
            self.steps.clock,
            self.steps.new_id,
        )
        self.app = create_app(self.gateway)
        self.organizations = self._registered()
        self._tokens: dict[tuple[str, str | None], str] = {}

    def _registered(self) -> dict[str, str]:
        with closing(connect(self.url)) as connection, transaction(connection):
            resources = self.gateway.installation.resources
            for ods, name in ORGANIZATIONS.items():
                own = made_id(f"organization {ods}")
                register_organization(
                    connection,
                    resources,
                    ods=ods,
                    name=name,
                    now=BEGUN,
                    new_id=lambda own=own: own,
                )
                role = ROLES.get(ods, Role.SERVICE)
                client = (f"client-{ods}", own, name, role.value, JWKS)
                connection.execute(_ADD_CLIENT, (*client, "system/*.cruds", PURPOSES[role]))
        return {ods: f"Organization/{made_id(f'organization {ods}')}" for ods in ORGANIZATIONS}

    def requester(self, ods: str, patient: str | None = None) -> Requester:
        role = ROLES.get(ods, Role.SERVICE)
        return Requester(
            client=f"client-{ods}",
            organization=self.organizations[ods],
            ods=ods,
            role=role,
            purpose=PURPOSES[role],
            scopes=frozenset({"system/*.cruds"}),
            token=f"token-{ods}",
            patient=patient,
        )

    def token(self, ods: str, patient: str | None = None) -> str:
        """A bearer token of an organisation's client; a portal's may serve one person."""
        if (ods, patient) not in self._tokens:
            granted = Granted(self.requester(ods, patient), 0, EVER, key_mark(JWKS, None))
            signed = sign(granted, self.gateway.keys.token, BASE)
            self._tokens[ods, patient] = signed
        return self._tokens[ods, patient]

    def run(self, awaited: Coroutine[Any, Any, T]) -> T:
        """What something in the server itself comes to, in its loop."""
        return self._runner.run(awaited)

    def ask(self, sent: Sent, token: str | None = None) -> Came:
        """The whole answer to one request."""
        return self._runner.run(self._asked(sent, token))

    async def _asked(self, sent: Sent, token: str | None) -> Came:
        path, _, query = sent.path.partition("?")
        headers = [(b"host", HOST.encode())]
        headers += [(name.lower().encode(), value.encode()) for name, value in sent.headers]
        if token is not None:
            headers.append((b"authorization", f"Bearer {token}".encode()))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": sent.method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": (HOST, 80),
        }
        return await _answered(self.app, scope, sent.body)

    def rows(self) -> int:
        """How many entries the log has."""
        with closing(connect(self.url)) as connection:
            return int(connection.execute("SELECT count(*) FROM audit").fetchone()[0])

    def close(self) -> None:
        self.gateway.close()


async def _answered(app: Any, scope: Mapping[str, Any], body: bytes) -> Came:
    begun: Json = {}
    parts: list[bytes] = []
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Mapping[str, Any]:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            begun.update(message)
        else:
            parts.append(message.get("body", b""))

    await app(dict(scope), receive, send)
    headers = tuple((k, v) for k, v in begun.get("headers", ()) if k not in TRACES)
    return Came(begun["status"], headers, RECEIPT.sub(b"", b"".join(parts)))
