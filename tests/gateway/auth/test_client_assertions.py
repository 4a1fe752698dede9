"""What a client assertion must be: each attack as a row, each refusal without a trace."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey

TOKEN = "http://127.0.0.1:8080/oauth/token"


def _segment(value: Any) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def _by_hand(world: Any, client: str, header: bytes, claims: bytes) -> str:
    """Signed with the client's right key, over bytes that no library would write."""
    signed = f"{_segment(header)}.{_segment(claims)}"
    algorithm = jws.JWSRegistry(algorithms=["RS384"]).get_alg("RS384")
    signature = algorithm.sign(signed.encode(), world.keys["rsa"])
    return f"{signed}.{_segment(signature)}"


def _none(world: Any, client: str) -> str:
    return f"{_segment({'alg': 'none'})}.{_segment(world.claims(client))}."


def _public_key_as_secret(world: Any, client: str) -> str:
    signed = f"{_segment({'alg': 'HS256', 'kid': 'rsa-1'})}.{_segment(world.claims(client))}"
    secret = world.keys["rsa"].as_pem(private=False)
    return f"{signed}.{_segment(hmac.digest(secret, signed.encode(), 'sha256'))}"


def _half_a_character(world: Any, client: str) -> str:
    claims = json.dumps(world.claims(client, jti="\ud800")).encode()
    return _by_hand(world, client, b'{"alg":"RS384","kid":"rsa-1"}', claims)


def _repeated_audience(world: Any, client: str) -> str:
    claims = json.dumps(world.claims(client))[:-1] + f', "aud": "{TOKEN}"}}'
    return _by_hand(world, client, b'{"alg":"RS384","kid":"rsa-1"}', claims.encode())


def _repeated_algorithm(world: Any, client: str) -> str:
    claims = json.dumps(world.claims(client)).encode()
    return _by_hand(world, client, b'{"alg":"none","alg":"RS384","kid":"rsa-1"}', claims)


def _endless(world: Any, client: str) -> str:
    claims = world.claims(client)
    text = json.dumps(claims).replace(str(claims["exp"]), "Infinity")
    return _by_hand(world, client, b'{"alg":"RS384","kid":"rsa-1"}', text.encode())


def _overflowing(world: Any, client: str) -> str:
    claims = world.claims(client)
    text = json.dumps(claims).replace(str(claims["exp"]), "1e400")
    return _by_hand(world, client, b'{"alg":"RS384","kid":"rsa-1"}', text.encode())


def _deep(world: Any, client: str) -> str:
    return _by_hand(world, client, b'{"alg":"RS384","kid":"rsa-1"}', b'{"a":' + b"[" * 12000)


def _changed(world: Any, client: str) -> str:
    header, _, signature = world.assertion(client).split(".")
    return f"{header}.{_segment(world.claims(client, extensions={}))}.{signature}"


def _with(**changes: Any) -> Callable[[Any, str], str]:
    return lambda world, client: world.assertion(client, **changes)


def _from_now(name: str, seconds: float) -> Callable[[Any, str], str]:
    return lambda world, client: world.assertion(
        client, **{name: world.clock().timestamp() + seconds}
    )


def _embedded_key(world: Any, client: str) -> str:
    jwk = world.keys["other"].as_dict(private=False)
    return world.assertion(client, key="other", header={"kid": "rsa-1", "jwk": jwk})


def _header_by_hand(**header: Any) -> Callable[[Any, str], str]:
    whole = json.dumps({"alg": "RS384", "kid": "rsa-1"} | header).encode()
    return lambda world, client: _by_hand(
        world, client, whole, json.dumps(world.claims(client)).encode()
    )


ATTACKS: dict[str, Callable[[Any, str], str]] = {
    "no algorithm": _none,
    "the public key as an HMAC secret": _public_key_as_secret,
    "RS256": _header_by_hand(alg="RS256"),
    "an algorithm that is a list": _header_by_hand(alg=["RS384"]),
    "an embedded key": _embedded_key,
    "x5u": _header_by_hand(x5u="https://evil.example/cert"),
    "x5c": _header_by_hand(x5c=["MIIB"]),
    "jku that is not the registered one": _header_by_hand(jku="https://evil.example/jwks"),
    "crit": _header_by_hand(crit=["exp"]),
    "crit of an unencoded payload": _header_by_hand(crit=["b64"], b64=False),
    "an unknown header": _header_by_hand(zip="DEF"),
    "another token's type": _header_by_hand(typ="at+jwt"),
    "no kid": _header_by_hand(kid=None),
    "an unknown kid": _header_by_hand(kid="rsa-2"),
    "a kid that is a number": _header_by_hand(kid=1),
    "an algorithm of another key type": _header_by_hand(alg="ES384"),
    "another algorithm of the same key type": _header_by_hand(alg="PS384"),
    "the kid of a client, signed by another key": _with(key="other", header={"kid": "rsa-1"}),
    "another client's key": _with(key="other"),
    "a changed payload": _changed,
    "a name given twice in the claims": _repeated_audience,
    "a name given twice in the header": _repeated_algorithm,
    "an exp of infinity": _endless,
    "an exp that overflows": _overflowing,
    "claims nested without end": _deep,
    "exp in ten years": _from_now("exp", 10 * 365 * 86400),
    "exp in six minutes": _from_now("exp", 360),
    "exp now": _from_now("exp", 0),
    "exp a minute ago": _from_now("exp", -60),
    "no exp": _with(exp=None),
    "an exp that is a text": _with(exp="2099"),
    "an exp that is true": _with(exp=True),
    "iat in the future": _from_now("iat", 60),
    "iat that is a text": _with(iat="now"),
    "nbf in the future": _from_now("nbf", 60),
    "a foreign aud": _with(aud="https://elsewhere.example/oauth/token"),
    "a foreign aud beside the right one": _with(aud=[TOKEN, "https://elsewhere.example"]),
    "the base as aud": _with(aud="http://127.0.0.1:8080"),
    "a slash behind the aud": _with(aud=TOKEN + "/"),
    "an empty list as aud": _with(aud=[]),
    "no aud": _with(aud=None),
    "an empty jti": _with(jti=""),
    "no jti": _with(jti=None),
    "a jti that is a number": _with(jti=7),
    "a jti with NUL": _with(jti="a\0b"),
    "a jti with half a character": _half_a_character,
    "a jti without end": _with(jti="x" * 257),
    "no iss": _with(iss=None),
    "another sub": _with(sub="someone-else"),
    "no sub": _with(sub=None),
    "an unknown client": _with(iss="nobody", sub="nobody"),
    "no dots": lambda world, client: "not-a-jwt",
    "five parts": lambda world, client: "a.b.c.d.e",
    "a header outside base64url": lambda world, client: "*" + world.assertion(client),
    "a header outside ASCII": lambda world, client: "é" + world.assertion(client),
    "characters outside base64url": lambda world, client: world.assertion(client) + "=",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_attack_on_client_authentication_is_refused(
    world: Any, attack: Callable[[Any, str], str]
) -> None:
    client = world.add_client()
    world.add_client(ods="RX202", key="other")
    answer = world.ask(attack(world, client))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert "access_token" not in answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert world.register.execute("SELECT count(*) FROM used_assertion").fetchone() == (0,)


def test_assertion_made_by_hand_is_accepted_where_nothing_is_wrong(world: Any) -> None:
    assert world.ask(_header_by_hand()(world, world.add_client())).status_code == 200


@pytest.mark.parametrize("alg", ["RS384", "RS512", "PS384"])
def test_rsa_algorithm_of_smart_is_accepted(world: Any, alg: str) -> None:
    client = world.add_client()
    assert world.ask(world.assertion(client, header={"alg": alg})).status_code == 200


def test_es384_is_accepted(world: Any) -> None:
    client = world.add_client(key="ec")
    assert world.ask(world.assertion(client)).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [{"aud": [TOKEN]}, {"iat": None}, {"header": {"typ": None}}, {"jti": "x" * 256}],
    ids=["aud as a list of one", "no iat", "no typ", "the longest jti"],
)
def test_right_assertion_is_accepted(world: Any, changes: dict[str, Any]) -> None:
    client = world.add_client()
    assert world.ask(world.assertion(client, **changes)).status_code == 200


def test_replayed_assertion_is_refused_while_a_fresh_one_is_accepted(world: Any) -> None:
    client = world.add_client()
    assertion = world.assertion(client)
    assert world.ask(assertion).status_code == 200
    replayed = world.ask(assertion)
    assert (replayed.status_code, replayed.json()["error"]) == (401, "invalid_client")
    assert world.ask(world.assertion(client)).status_code == 200


def test_assertion_sent_many_times_at_once_gets_one_token(world: Any) -> None:
    form = {
        "grant_type": "client_credentials",
        "scope": "system/Observation.rs",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": world.assertion(world.add_client()),
    }
    answers = world.http.post_together("/oauth/token", [form] * 10)
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 9


def test_jti_is_counted_for_each_client_alone(world: Any) -> None:
    first, second = world.add_client(), world.add_client(ods="RX202", key="other")
    assert world.ask(world.assertion(first, jti="same")).status_code == 200
    assert world.ask(world.assertion(second, jti="same")).status_code == 200


def test_forged_assertion_does_not_use_up_the_jti(world: Any) -> None:
    client = world.add_client()
    forged = world.assertion(client, key="other", header={"kid": "rsa-1"}, jti="one")
    assert world.ask(forged).status_code == 401
    assert world.ask(world.assertion(client, jti="one")).status_code == 200


def test_used_assertions_are_forgotten_only_after_their_end(world: Any) -> None:
    client = world.add_client()
    for _ in range(20):
        world.token(client)
    world.clock.wait(299)
    world.token(client)
    assert world.register.execute("SELECT count(*) FROM used_assertion").fetchone() == (21,)
    world.clock.wait(120)
    world.token(client)
    world.token(client)
    assert world.register.execute("SELECT count(*) FROM used_assertion").fetchone() == (3,)


def test_unknown_disabled_and_wrongly_signed_clients_read_alike(world: Any) -> None:
    client = world.add_client()
    disabled = world.add_client()
    world.register.execute("UPDATE client SET disabled = 1 WHERE id = ?", (disabled,))
    used = world.assertion(client)
    world.token(client)
    world.ask(used)
    answers = [
        world.ask(world.assertion(client, iss="nobody", sub="nobody")),
        world.ask(world.assertion(disabled)),
        world.ask(world.assertion(client, key="other", header={"kid": "rsa-1"})),
        world.ask(world.assertion(client, header={"kid": "rsa-2"})),
        world.ask(used),
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {
        (answers[0].status_code, answers[0].content)
    }
    assert answers[0].status_code == 401


def test_client_id_in_the_form_must_agree(world: Any) -> None:
    client = world.add_client()
    assert world.ask(world.assertion(client), client_id=client).status_code == 200
    assert world.ask(world.assertion(client), client_id="another").status_code == 401


def test_short_rsa_key_is_refused_though_it_stands_in_the_register(world: Any) -> None:
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 - the attack
    with pytest.warns(UserWarning, match="2048"):
        key = RSAKey.import_key(short, {"kid": "rsa-1"})
    world.keys = world.keys | {"short": key}
    client = world.add_client()
    jwks = json.dumps({"keys": [key.as_dict(private=False)]})
    world.register.execute("UPDATE client SET jwks = ? WHERE id = ?", (jwks, client))
    assert world.ask(world.assertion(client, key="short")).status_code == 401


def test_key_on_another_curve_is_refused_though_it_stands_in_the_register(world: Any) -> None:
    world.keys = world.keys | {"p256": ECKey.generate_key("P-256", {"kid": "ec-2"})}
    client = world.add_client()
    world.register.execute("UPDATE client SET jwks = ? WHERE id = ?", (world.jwks("p256"), client))
    claims = world.claims(client)
    header = {"alg": "ES256", "kid": "ec-2"}
    signed = jwt.encode(header, claims, world.keys["p256"], algorithms=["ES256"])
    assert world.ask(signed).status_code == 401
