"""A registered client as it keeps itself: who it is, and the private key that proves it."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.cli.demo.story import Worker


@dataclass(frozen=True, slots=True)
class Account:
    """`organization` is "Organization/<id>"; `key` a private JWK of the algorithm ES384."""

    name: str
    client_id: str
    organization: str
    ods: str
    purpose: str
    scope: str
    key: dict[str, str] = field(repr=False)
    worker: Worker | None = None
