"""A real database, a real application with the token routes, and clients with keys of their own."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from starlette.applications import Starlette

from gateway.auth.bearer import authenticate
from gateway.auth.register import add_client
from gateway.auth.registration import KeySource, Registration, registration
from gateway.auth.requester import Requester
from gateway.fhir.problem import Problem
from gateway.routes import introspect, revoke, smart_configuration, token
from gateway.storage.database import connect
from gateway.storage.reading import InTheLoop
from gateway.storage.writer import Writer

BASE = "http://127.0.0.1:8080"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TREAT = "urn:oid:2.16.840.1.113883.5.8#TREAT"


@dataclass
class Clock:
    now: datetime = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True)
class TokenKey:
    token: bytes = b"a secret of 32 bytes for tokens."


@dataclass(frozen=True)
class Gateway:
    reading: InTheLoop
    writer: Writer
    clock: Clock
    keys: TokenKey = TokenKey()
    base_url: str = BASE

    def new_id(self) -> str:
        return str(uuid.uuid4())


class Http:
    """Requests to the application, one after another, on one event loop."""

    def __init__(self, app: Starlette) -> None:
        self._loop = asyncio.new_event_loop()
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self._loop.run_until_complete(self._client.get(path, **options))

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self._loop.run_until_complete(self._client.post(path, **options))

    def post_together(self, path: str, forms: list[dict[str, str]]) -> list[httpx.Response]:
        async def send() -> list[httpx.Response]:
            return await asyncio.gather(*(self._client.post(path, data=form) for form in forms))

        return self._loop.run_until_complete(send())

    def close(self) -> None:
        self._loop.run_until_complete(self._client.aclose())
        self._loop.close()


@dataclass
class World:
    """The gateway and what a test does to it from outside."""

    gateway: Gateway
    url: str
    register: sqlite3.Connection
    http: Http
    keys: dict[str, RSAKey | ECKey]
    clients: dict[str, str] = field(default_factory=dict)

    @property
    def clock(self) -> Clock:
        return self.gateway.clock

    def authenticated(self, header: str | None) -> Requester | Problem:
        return asyncio.run(authenticate(self.gateway, header))

    def add_organization(self, ods: str) -> str:
        row = self.register.execute("SELECT id FROM organization WHERE ods = ?", (ods,)).fetchone()
        if row:
            return str(row[0])
        organization = str(uuid.uuid4())
        self.register.execute(
            "INSERT INTO organization (id, ods, name) VALUES (?, ?, ?)", (organization, ods, ods)
        )
        return organization

    def add_client(
        self,
        *,
        ods: str = "RX101",
        role: str = "service",
        scopes: str = "system/Observation.rs system/Patient.crus",
        purposes: tuple[str, ...] = ("TREAT",),
        key: str = "rsa",
        jwks_url: str | None = None,
        asserts_users: bool = False,
    ) -> str:
        asked = registration(
            name="A test client",
            ods=ods,
            role=role,
            keys=KeySource(None, jwks_url) if jwks_url else KeySource(self.jwks(key)),
            scopes=scopes.split(),
            purposes=purposes,
            asserts_users=asserts_users,
        )
        assert isinstance(asked, Registration), asked
        client = str(uuid.uuid4())
        add_client(self.register, client, self.add_organization(ods), asked)
        self.clients[client] = key
        return client

    def jwks(self, key: str) -> str:
        return json.dumps({"keys": [self.keys[key].as_dict(private=False)]})

    def add_patient(self, patient: str, ods: str) -> None:
        self.register.execute(
            "INSERT INTO identity (patient, organization, person, key) VALUES (?, ?, x'00', x'00')",
            (patient, self.add_organization(ods)),
        )

    def claims(self, client: str, **changes: Any) -> dict[str, Any]:
        """Right claims, then the changes; None takes a claim away."""
        now = self.clock().timestamp()
        claims = {
            "iss": client,
            "sub": client,
            "aud": f"{BASE}/oauth/token",
            "jti": str(uuid.uuid4()),
            "iat": int(now),
            "exp": int(now) + 300,
        }
        return {name: value for name, value in (claims | changes).items() if value is not None}

    def assertion(
        self,
        client: str,
        *,
        key: str | None = None,
        header: dict[str, Any] | None = None,
        **changes: Any,
    ) -> str:
        name = key or self.clients[client]
        signer = self.keys[name]
        alg = "ES384" if signer.key_type == "EC" else "RS384"
        whole = {"alg": alg, "kid": signer.kid} | (header or {})
        return jwt.encode(
            {name: value for name, value in whole.items() if value is not None},
            self.claims(client, **changes),
            signer,
            algorithms=[whole["alg"]],
        )

    def ask(self, assertion: str, path: str = "/oauth/token", **fields: str | None) -> Any:
        form: dict[str, str | None] = {
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        }
        if path == "/oauth/token":
            form |= {"grant_type": "client_credentials", "scope": "system/Observation.rs"}
        form |= fields
        given = {name: value for name, value in form.items() if value is not None}
        return self.http.post(path, data=given)

    def token(self, client: str, scope: str = "system/Observation.rs", **changes: Any) -> str:
        answer = self.ask(self.assertion(client, **changes), scope=scope)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


def b2b(**stated: Any) -> dict[str, Any]:
    return {"hl7-b2b": {"version": "1"} | stated}


@pytest.fixture(scope="session")
def keys() -> dict[str, RSAKey | ECKey]:
    return {
        "rsa": RSAKey.generate_key(2048, {"kid": "rsa-1"}),
        "ec": ECKey.generate_key("P-384", {"kid": "ec-1"}),
        "other": RSAKey.generate_key(2048, {"kid": "other-1"}),
    }


@pytest.fixture
def database(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def world(database: str, keys: dict[str, RSAKey | ECKey]) -> Iterator[World]:
    writer = Writer(connect(database), lambda connection, entries: lambda: None)
    gateway = Gateway(reading=InTheLoop(connect(database)), writer=writer, clock=Clock())
    routes = [*token.routes, *revoke.routes, *introspect.routes, *smart_configuration.routes]
    app = Starlette(routes=routes)
    app.state.gateway = gateway
    register = connect(database)
    http = Http(app)
    yield World(gateway, database, register, http, keys)
    http.close()
    writer.close()
    gateway.reading.close()
    register.close()
