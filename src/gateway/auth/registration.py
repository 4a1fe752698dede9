"""What a client may be registered as. Nothing is written here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.auth.key_set import Unfit, registered_keys
from gateway.auth.published import is_safe_address
from gateway.auth.purposes import MARKETING, PURPOSES, fits, fitting
from gateway.auth.requester import Role
from gateway.auth.scopes import parts
from gateway.auth.strict import is_text


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where a client's public keys come from: a JWKS document, or the address of one."""

    jwks: str | None = None
    jwks_url: str | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """A registration that holds together."""

    name: str
    ods: str
    role: Role
    keys: KeySource
    scopes: tuple[str, ...]
    purposes: tuple[str, ...]
    asserts_users: bool
    basis: str | None


def key_source(jwks: str | None, jwks_url: str | None) -> KeySource | Unfit:
    """The keys of a client, from exactly one of the text of a JWKS and an address."""
    if (jwks is None) == (jwks_url is None):
        return Unfit("give exactly one of --jwks and --jwks-url")
    if jwks_url is not None:
        if not is_safe_address(jwks_url):
            return Unfit("--jwks-url: give an https address (http only on this machine)")
        return KeySource(jwks_url=jwks_url)
    keys = registered_keys(jwks or "")
    return Unfit(f"--jwks: {keys.message}") if isinstance(keys, Unfit) else KeySource(jwks=jwks)


def registration(
    *,
    name: str,
    ods: str,
    role: str,
    keys: KeySource,
    scopes: Sequence[str],
    purposes: Sequence[str],
    asserts_users: bool = False,
    basis: str | None = None,
) -> Registration | Unfit:
    """The registration, or the first thing that is wrong with it."""
    if role not in list(Role):
        return Unfit(f"--role: must be one of {', '.join(Role)}")
    fault = (
        _text_fault(name, ods, basis)
        or _scope_fault(scopes)
        or _purpose_fault(purposes, Role(role))
    )
    if fault is not None:
        return Unfit(fault)
    return Registration(
        name=name,
        ods=ods,
        role=Role(role),
        keys=keys,
        scopes=tuple(dict.fromkeys(scopes)),
        purposes=tuple(dict.fromkeys(purposes)),
        asserts_users=asserts_users,
        basis=basis,
    )


def _text_fault(name: str, ods: str, basis: str | None) -> str | None:
    if not is_text(name, 200) or not name.strip():
        return "--name: must be 1 to 200 printable characters"
    if not is_text(ods, 32) or not ods.replace("-", "").isalnum() or not ods.isascii():
        return "--organization: must be an ODS code, letters and digits"
    if basis is not None and not is_text(basis, 500):
        return "--basis: must be 1 to 500 printable characters"
    return None


def _scope_fault(scopes: Sequence[str]) -> str | None:
    if not scopes:
        return "--scope: name at least one scope, such as system/Patient.rs"
    for scope in scopes:
        if parts(scope) is None:
            return (
                f"--scope: {scope!r} must be system/<type or *>.<letters of cruds in that order>, "
                "the type one that the gateway knows"
            )
    return None


def _purpose_fault(purposes: Sequence[str], role: Role) -> str | None:
    if not purposes:
        return "--purpose: name at least one purpose of use, such as TREAT"
    for purpose in purposes:
        if purpose == MARKETING:
            return f"--purpose: no client can be registered with {MARKETING} (marketing)"
        if purpose not in PURPOSES:
            return f"--purpose: {purpose!r} is no v3 PurposeOfUse code, such as TREAT"
        if not fits(purpose, role):
            return f"--purpose: {purpose} is not for role {role}; it may have {fitting(role)}"
    return None
