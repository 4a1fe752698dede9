"""A client ends or describes its own tokens (RFC 7009, RFC 7662), and learns nothing of others'."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.auth.bearer import NO_VALID_TOKEN
from gateway.auth.requester import Requester

ADDRESSES = ["/oauth/revoke", "/oauth/introspect"]


def _ask(world: Any, path: str, client: str, token: str | None, **changes: Any) -> Any:
    return world.ask(world.assertion(client, **changes), path, token=token)


def _holds(world: Any, token: str) -> bool:
    return isinstance(world.authenticated(f"Bearer {token}"), Requester)


def test_revoked_token_is_refused_with_the_next_request(world: Any) -> None:
    client = world.add_client()
    token, kept = world.token(client), world.token(client)
    assert _holds(world, token)
    answer = _ask(world, "/oauth/revoke", client, token)
    assert (answer.status_code, answer.content) == (200, b"")
    assert world.authenticated(f"Bearer {token}") is NO_VALID_TOKEN
    assert _holds(world, kept)


def test_another_clients_token_stands_though_the_answer_is_the_same(world: Any) -> None:
    client, other = world.add_client(), world.add_client(ods="RX202", key="other")
    token = world.token(client)
    answers = [_ask(world, "/oauth/revoke", other, text) for text in (token, "no-token-at-all")]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert _holds(world, token)


def test_own_token_is_described(world: Any) -> None:
    client = world.add_client()
    found = _ask(world, "/oauth/introspect", client, world.token(client)).json()
    now = int(world.clock().timestamp())
    assert found.pop("jti")
    assert found == {
        "active": True,
        "scope": "system/Observation.rs",
        "client_id": client,
        "sub": client,
        "token_type": "bearer",
        "iat": now,
        "exp": now + 300,
        "organization": f"Organization/{world.add_organization('RX101')}",
        "purpose_of_use": "TREAT",
    }


def test_any_other_token_is_only_not_active(world: Any) -> None:
    client, other = world.add_client(), world.add_client(ods="RX202", key="other")
    revoked, ended, live = world.token(client), world.token(client), world.token(client)
    _ask(world, "/oauth/revoke", client, revoked)
    inactive = {"active": False}
    assert _ask(world, "/oauth/introspect", client, revoked).json() == inactive
    assert _ask(world, "/oauth/introspect", other, live).json() == inactive
    assert _ask(world, "/oauth/introspect", client, "no-token-at-all").json() == inactive
    assert _ask(world, "/oauth/introspect", client, live).json()["active"] is True
    world.clock.wait(300)
    assert _ask(world, "/oauth/introspect", client, ended).json() == inactive


@pytest.mark.parametrize("path", ADDRESSES)
def test_client_must_authenticate(world: Any, path: str) -> None:
    client = world.add_client()
    token = world.token(client)
    answer = _ask(world, path, client, token, key="other", header={"kid": "rsa-1"})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert _holds(world, token)


@pytest.mark.parametrize("path", ADDRESSES)
def test_token_must_be_given(world: Any, path: str) -> None:
    answer = _ask(world, path, world.add_client(), None)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("path", ADDRESSES)
def test_form_must_be_a_form(world: Any, path: str) -> None:
    answer = world.http.post(path, json={"token": "x"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("path", ADDRESSES)
def test_assertion_for_this_address_counts_here_only(world: Any, path: str) -> None:
    client = world.add_client()
    here = {"aud": f"http://127.0.0.1:8080{path}"}
    assert _ask(world, path, client, "x", **here).status_code == 200
    assert world.ask(world.assertion(client, **here)).status_code == 401


def test_revoked_tokens_are_forgotten_only_after_their_end(world: Any) -> None:
    client = world.add_client()
    for _ in range(3):
        _ask(world, "/oauth/revoke", client, world.token(client))
    assert world.register.execute("SELECT count(*) FROM revoked_token").fetchone() == (3,)
    world.clock.wait(301)
    _ask(world, "/oauth/revoke", client, world.token(client))
    assert world.register.execute("SELECT count(*) FROM revoked_token").fetchone() == (1,)
