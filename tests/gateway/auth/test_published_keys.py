"""Clients that publish their keys: fetched at the door, kept as long as their answer allows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx

from gateway.auth import published
from gateway.auth.published import is_safe_address

URL = "https://client.example/jwks.json"


@pytest.fixture
def site() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(published.time, "monotonic", lambda: now[0])
    return now


def _publish(site: respx.MockRouter, world: Any, *keys: str, **headers: str) -> respx.Route:
    jwks = {"keys": [world.keys[key].as_dict(private=False) for key in keys]}
    answer = httpx.Response(
        200, json=jwks, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    return site.get(URL).mock(return_value=answer)


def _ask(world: Any, client: str, **changes: Any) -> int:
    return int(world.ask(world.assertion(client, **changes)).status_code)


def test_published_key_is_accepted_and_another_is_not(world: Any, site: respx.MockRouter) -> None:
    client = world.add_client(jwks_url=URL)
    _publish(site, world, "rsa", "ec")
    assert _ask(world, client) == 200
    assert _ask(world, client, key="ec") == 200
    assert _ask(world, client, key="other") == 401
    assert _ask(world, client, key="other", header={"kid": "rsa-1"}) == 401


def test_registered_jku_is_accepted_and_another_is_refused_unfetched(
    world: Any, site: respx.MockRouter
) -> None:
    client = world.add_client(jwks_url=URL)
    _publish(site, world, "rsa")
    elsewhere = site.get("https://evil.example/jwks")
    assert _ask(world, client, header={"jku": URL}) == 200
    assert _ask(world, client, header={"jku": "https://evil.example/jwks"}) == 401
    assert not elsewhere.called


def test_unknown_client_causes_no_fetch(world: Any, site: respx.MockRouter) -> None:
    client = world.add_client(jwks_url=URL)
    route = _publish(site, world, "rsa")
    assert _ask(world, client, iss="nobody", sub="nobody") == 401
    assert not route.called


@pytest.mark.parametrize(
    ("header", "after", "fetches"),
    [
        ({}, 299, 1),
        ({}, 301, 2),
        ({"cache_control": "max-age=20"}, 19, 1),
        ({"cache_control": "public, max-age=20"}, 21, 2),
        ({"cache_control": "no-store"}, 0, 2),
        ({"cache_control": "no-cache"}, 0, 2),
        ({"cache_control": "max-age=99999999"}, 3601, 2),
    ],
)
def test_keys_are_kept_as_long_as_the_answer_allows(
    world: Any,
    site: respx.MockRouter,
    ticks: list[float],
    header: dict[str, str],
    after: float,
    fetches: int,
) -> None:
    client = world.add_client(jwks_url=URL)
    route = _publish(site, world, "rsa", **header)
    assert _ask(world, client) == 200
    ticks[0] += after
    assert _ask(world, client) == 200
    assert route.call_count == fetches


def test_new_key_is_found_after_a_pause_and_the_old_one_then_refused(
    world: Any, site: respx.MockRouter, ticks: list[float]
) -> None:
    client = world.add_client(jwks_url=URL)
    _publish(site, world, "rsa")
    assert _ask(world, client) == 200
    route = _publish(site, world, "ec")
    assert _ask(world, client, key="ec") == 401
    ticks[0] += 11
    assert _ask(world, client, key="ec") == 200
    assert _ask(world, client) == 401
    assert route.call_count == 2


def _refuse_connection(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


ANSWERS = {
    "not found": httpx.Response(404),
    "a redirect": httpx.Response(302, headers={"Location": "https://evil.example/jwks"}),
    "no JSON": httpx.Response(200, text="<html>"),
    "no keys": httpx.Response(200, json={"keys": []}),
    "a list": httpx.Response(200, json=[]),
    "too long": httpx.Response(200, content=b" " * 70_000),
    "no connection": _refuse_connection,
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_keys_that_cannot_be_had_refuse_the_client(
    world: Any, site: respx.MockRouter, ticks: list[float], answer: Any
) -> None:
    client = world.add_client(jwks_url=URL)
    kind = "return_value" if isinstance(answer, httpx.Response) else "side_effect"
    route = site.get(URL).mock(**{kind: answer})
    assert [_ask(world, client) for _ in range(3)] == [401, 401, 401]
    assert route.call_count == 1
    _publish(site, world, "rsa")
    ticks[0] += 11
    assert _ask(world, client) == 200


def test_outage_ends_the_use_of_kept_keys_when_their_time_is_over(
    world: Any, site: respx.MockRouter, ticks: list[float]
) -> None:
    client = world.add_client(jwks_url=URL)
    _publish(site, world, "rsa")
    assert _ask(world, client) == 200
    site.get(URL).mock(return_value=httpx.Response(503))
    ticks[0] += 200
    assert _ask(world, client) == 200
    ticks[0] += 200
    assert _ask(world, client) == 401


def test_published_set_that_shows_a_private_key_is_used_no_more(
    world: Any, site: respx.MockRouter
) -> None:
    client = world.add_client(jwks_url=URL)
    shown = [world.keys["rsa"].as_dict(private=False), world.keys["ec"].as_dict(private=True)]
    site.get(URL).mock(return_value=httpx.Response(200, json={"keys": shown}))
    assert _ask(world, client) == 401


def test_keys_of_other_uses_are_passed_over(world: Any, site: respx.MockRouter) -> None:
    client = world.add_client(jwks_url=URL)
    rsa = world.keys["rsa"].as_dict(private=False)
    others = [{"kty": "OKP", "kid": "x"}, rsa | {"use": "enc", "kid": "y"}, "no key", {}]
    site.get(URL).mock(return_value=httpx.Response(200, text=json.dumps({"keys": [*others, rsa]})))
    assert _ask(world, client) == 200
    assert _ask(world, client, header={"kid": "y"}) == 401


def test_one_kid_for_two_keys_names_neither(world: Any, site: respx.MockRouter) -> None:
    client = world.add_client(jwks_url=URL)
    rsa, other = (world.keys[key].as_dict(private=False) for key in ("rsa", "other"))
    twice = {"keys": [rsa, other | {"kid": "rsa-1"}]}
    site.get(URL).mock(return_value=httpx.Response(200, json=twice))
    assert _ask(world, client) == 401


@pytest.mark.parametrize(
    "url",
    [
        "https://client.example/jwks",
        "http://127.0.0.1:9000/jwks",
        "http://localhost/jwks",
        "http://[::1]:9/jwks",
    ],
)
def test_https_or_this_machine_is_a_safe_address(url: str) -> None:
    assert is_safe_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://client.example/jwks",
        "http://10.0.0.1/jwks",
        "http://127.0.0.1.example/jwks",
        "file:///etc/passwd",
        "https://",
        "https://user:word@client.example/",
        "https://a.example/#k",
        "https://a.example:port/",
        "https://[half/",
        "https://a.example/a b",
        "jwks.json",
        "",
    ],
)
def test_any_other_address_is_not(url: str) -> None:
    assert not is_safe_address(url)
