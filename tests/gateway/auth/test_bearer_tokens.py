"""A token is held against the register with every request; whatever is wrong reads alike."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from gateway.auth import access_token
from gateway.auth.bearer import NO_VALID_TOKEN, authenticate
from gateway.auth.register import disable_client, rotate_keys
from gateway.auth.registration import KeySource
from gateway.auth.requester import Requester
from gateway.fhir.problem import Kind
from gateway.storage.database import connect
from gateway.storage.reading import InTheLoop


def test_valid_token_names_its_requester(world: Any) -> None:
    client = world.add_client()
    token = world.token(client)
    for header in (f"Bearer {token}", f"bearer {token}", f"BEARER  {token}"):
        found = world.authenticated(header)
        assert isinstance(found, Requester)
        assert found.client == client


def test_every_token_has_an_id_of_its_own(world: Any) -> None:
    client = world.add_client()
    found = {world.authenticated(f"Bearer {world.token(client)}") for _ in range(3)}
    assert len({each.token for each in found if isinstance(each, Requester)}) == 3


def _signed(secret: bytes, **changes: Any) -> Callable[[str], str]:
    def make(token: str) -> str:
        segments = jwt.decode(token, OctKey.import_key(b"a secret of 32 bytes for tokens."))
        header = segments.header | {n: changes.pop(n) for n in ("typ", "alg") if n in changes}
        claims = segments.claims | changes
        key = OctKey.import_key(secret)
        return f"Bearer {jwt.encode(header, claims, key, algorithms=[header['alg']])}"

    return make


OURS = b"a secret of 32 bytes for tokens."
FORGERIES: dict[str, Callable[[str], str | None]] = {
    "no header": lambda token: None,
    "an empty header": lambda token: "",
    "no scheme": lambda token: token,
    "another scheme": lambda token: f"DPoP {token}",
    "no token": lambda token: "Bearer ",
    "two tokens": lambda token: f"Bearer {token} {token}",
    "no signature": lambda token: f"Bearer {token.rpartition('.')[0]}.",
    "a changed signature": lambda token: f"Bearer {token[:-4]}AAAA",
    "something behind it": lambda token: f"Bearer {token}=",
    "a letter outside ASCII": lambda token: f"Bearer {token}é",
    "no end": lambda token: "Bearer " + token * 20,
    "another secret": _signed(b"another secret of 32 bytes, not ."),
    "another type": _signed(OURS, typ="JWT"),
    "another algorithm": _signed(OURS, alg="HS512"),
    "another server": _signed(OURS, iss="https://elsewhere.example"),
}


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_forged_or_malformed_token_is_refused(
    world: Any, forge: Callable[[str], str | None]
) -> None:
    assert world.authenticated(forge(world.token(world.add_client()))) is NO_VALID_TOKEN


def test_client_assertion_is_no_token(world: Any) -> None:
    assertion = world.assertion(world.add_client())
    assert world.authenticated(f"Bearer {assertion}") is NO_VALID_TOKEN


def test_token_ends_after_300_seconds(world: Any) -> None:
    header = f"Bearer {world.token(world.add_client())}"
    world.clock.wait(299)
    assert isinstance(world.authenticated(header), Requester)
    world.clock.wait(1)
    assert world.authenticated(header) is NO_VALID_TOKEN


def test_disabled_client_is_refused_with_its_next_request(world: Any) -> None:
    client, other = world.add_client(), world.add_client()
    headers = [f"Bearer {world.token(each)}" for each in (client, other)]
    assert all(isinstance(world.authenticated(each), Requester) for each in headers)
    assert disable_client(world.register, client)
    assert world.authenticated(headers[0]) is NO_VALID_TOKEN
    assert isinstance(world.authenticated(headers[1]), Requester)
    assert world.ask(world.assertion(client)).status_code == 401


def test_new_keys_end_what_the_old_ones_got(world: Any) -> None:
    client = world.add_client()
    header = f"Bearer {world.token(client)}"
    assert rotate_keys(world.register, client, KeySource(world.jwks("ec")))
    assert world.authenticated(header) is NO_VALID_TOKEN
    assert world.ask(world.assertion(client)).status_code == 401
    fresh = world.token(client, key="ec")
    assert isinstance(world.authenticated(f"Bearer {fresh}"), Requester)


def test_refusal_is_one_constant_of_status_401() -> None:
    assert NO_VALID_TOKEN.kind is Kind.TOKEN
    assert NO_VALID_TOKEN.kind.status == 401


def test_token_of_another_format_is_refused_not_an_error() -> None:
    key = OctKey.import_key(OURS)
    token = jwt.encode({"alg": "HS256", "typ": "at+jwt"}, {"iss": "http://here"}, key)
    assert access_token.read(token, OURS, "http://here") is None


def test_standing_is_one_point_read(world: Any) -> None:
    statements: list[str] = []
    header = f"Bearer {world.token(world.add_client())}"
    with closing(connect(world.url)) as reader:
        counted = replace(world.gateway, reading=InTheLoop(reader))
        reader.set_trace_callback(statements.append)
        asyncio.run(authenticate(counted, header))
        reader.set_trace_callback(None)
        [asked] = [each for each in statements if each not in ("BEGIN", "COMMIT")]
        plan = [row[3] for row in reader.execute(f"EXPLAIN QUERY PLAN {asked}")]
    assert not [step for step in plan if step.startswith("SCAN") and "CONSTANT" not in step]
