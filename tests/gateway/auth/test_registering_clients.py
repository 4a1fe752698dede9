"""What a client may be registered as."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.util import int_to_base64

from gateway.auth.key_set import Unfit
from gateway.auth.purposes import PURPOSES, fits
from gateway.auth.registration import KeySource, Registration, key_source, registration
from gateway.auth.requester import Role

RIGHT: dict[str, Any] = {
    "name": "Riverside EHR",
    "ods": "RX101",
    "role": "service",
    "keys": KeySource("{}"),
    "scopes": ["system/Observation.rs"],
    "purposes": ["TREAT"],
}


def _rsa(bits: int, exponent: int = 65537) -> dict[str, str]:
    numbers = rsa.generate_private_key(exponent, bits).public_key().public_numbers()
    return {
        "kty": "RSA",
        "kid": "k",
        "n": int_to_base64(numbers.n),
        "e": int_to_base64(numbers.e),
    }


def _refusal(*keys: Any) -> str:
    found = key_source(json.dumps({"keys": list(keys)}), None)
    assert isinstance(found, Unfit), found
    return found.message


def test_right_registration_is_kept_as_given() -> None:
    found = registration(**RIGHT | {"purposes": ["TREAT", "COC", "TREAT"], "asserts_users": True})
    assert isinstance(found, Registration)
    assert (found.purposes, found.role, found.asserts_users) == (
        ("TREAT", "COC"),
        Role.SERVICE,
        True,
    )


WRONG = {
    "an unknown role": ({"role": "admin"}, "--role"),
    "no name": ({"name": " "}, "--name"),
    "a name on two lines": ({"name": "a\nb"}, "--name"),
    "no organisation": ({"ods": ""}, "--organization"),
    "an organisation with a bar": ({"ods": "a|b"}, "--organization"),
    "a basis on two lines": ({"basis": "a\nb"}, "--basis"),
    "no scope": ({"scopes": []}, "--scope"),
    "an unknown type": ({"scopes": ["system/Spell.r"]}, "--scope"),
    "a user scope": ({"scopes": ["user/Patient.r"]}, "--scope"),
    "a v1 scope": ({"scopes": ["system/Patient.read"]}, "--scope"),
    "letters out of order": ({"scopes": ["system/Patient.sr"]}, "--scope"),
    "no purpose": ({"purposes": []}, "--purpose"),
    "an unknown purpose": ({"purposes": ["TREAT", "FUN"]}, "--purpose"),
    "marketing": ({"purposes": ["HMARKT"]}, "--purpose"),
    "marketing for an officer": ({"purposes": ["HMARKT"], "role": "officer"}, "--purpose"),
    "treatment for a portal": ({"role": "portal"}, "--purpose"),
    "treatment for an officer": ({"role": "officer"}, "--purpose"),
}


@pytest.mark.parametrize(("changes", "option"), WRONG.values(), ids=WRONG.keys())
def test_wrong_registration_names_its_option(changes: dict[str, Any], option: str) -> None:
    found = registration(**RIGHT | changes)
    assert isinstance(found, Unfit)
    assert found.message.startswith(option)
    assert "\n" not in found.message


def test_purposes_fit_their_roles() -> None:
    portal = {purpose for purpose in PURPOSES if fits(purpose, Role.PORTAL)}
    officer = {purpose for purpose in PURPOSES if fits(purpose, Role.OFFICER)}
    service = {purpose for purpose in PURPOSES if fits(purpose, Role.SERVICE)}
    assert portal == {"PATRQT", "PWATRNY", "FAMRQT"}
    assert officer == {"HCOMPL"}
    assert service == PURPOSES - {"HMARKT"}


def test_public_keys_are_accepted(world: Any) -> None:
    for key in ("rsa", "ec"):
        assert key_source(world.jwks(key), None) == KeySource(world.jwks(key))
    both = json.dumps({"keys": [world.keys[key].as_dict(private=False) for key in ("rsa", "ec")]})
    assert key_source(both, None) == KeySource(both)


def test_private_key_is_refused_and_the_message_says_so(world: Any) -> None:
    for key in ("rsa", "ec"):
        message = _refusal(world.keys[key].as_dict(private=True))
        assert message.startswith("--jwks: keys[0]: holds a private key")
    assert "private" in _refusal({"kty": "oct", "kid": "s", "k": "c2VjcmV0"})


def test_weak_and_unfit_keys_are_refused_at_their_place(world: Any) -> None:
    right, ec = (world.keys[key].as_dict(private=False) for key in ("rsa", "ec"))
    assert "keys[1].n" in _refusal(right, _rsa(1024))
    assert "keys[0].e" in _refusal(_rsa(2048, 3))
    assert "keys[0].crv" in _refusal(ec | {"crv": "P-256"})
    assert "keys[0].kty" in _refusal({"kty": "OKP", "kid": "k", "crv": "Ed25519", "x": "AA"})
    assert "keys[0].kid" in _refusal({name: right[name] for name in ("kty", "n", "e")})
    assert "keys[0].alg" in _refusal(right | {"alg": "RS256"})
    assert "keys[0].alg" in _refusal(right | {"alg": "ES384"})
    assert "keys[0].alg" in _refusal(right | {"alg": ["RS384"]})
    assert "keys[0].use" in _refusal(right | {"use": "enc"})
    assert "keys[0].key_ops" in _refusal(right | {"key_ops": ["encrypt"]})
    assert "keys[0]: is not a valid EC" in _refusal(ec | {"x": ec["y"]})
    assert "keys[0]: is not a valid EC" in _refusal({k: v for k, v in ec.items() if k != "x"})
    assert "keys[0].n" in _refusal(right | {"n": "not base64!"})
    assert "keys[0]" in _refusal("a text")
    assert "kid of its own" in _refusal(right, right)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"keys": {}}', '{"keys": []}', "{", '{"keys":NaN}']
)
def test_file_that_is_no_key_set_is_refused(text: str) -> None:
    found = key_source(text, None)
    assert isinstance(found, Unfit)
    assert found.message.startswith("--jwks: ")


def test_keys_come_from_exactly_one_place(world: Any) -> None:
    assert isinstance(key_source(None, None), Unfit)
    assert isinstance(key_source(world.jwks("rsa"), "https://client.example/jwks"), Unfit)
    assert isinstance(key_source(None, "http://client.example/jwks"), Unfit)
    url = "https://client.example/jwks"
    assert key_source(None, url) == KeySource(jwks_url=url)
