"""What the pages need of the running gateway: the same gate that every client passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, cast

from starlette.requests import Request

from consent.predicate import Predicate
from gateway.actions.answer import Answer
from gateway.audit.verify import Broken, Whole
from gateway.auth.requester import Requester


class SessionKey(Protocol):
    """The server's keys, of which only the secret for visits and links is used here."""

    @property
    def session(self) -> bytes: ...


class Gateway(Protocol):
    """The running gateway, as far as the pages go. They never reach behind it.

    `standing` is the signed-in person's consents, as they stand, held against a read by that
    organisation ("Organization/<id>") to treat them.
    """

    @property
    def keys(self) -> SessionKey: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...
    @property
    def base_url(self) -> str: ...

    async def search(
        self, requester: Requester, resource_type: str, parameters: Sequence[tuple[str, str]]
    ) -> Answer: ...
    async def read(self, requester: Requester, resource_type: str, id: str) -> Answer: ...  # noqa: A002
    async def create(self, requester: Requester, resource_type: str, body: bytes) -> Answer: ...
    async def update(
        self,
        requester: Requester,
        resource_type: str,
        id: str,  # noqa: A002
        body: bytes,
        if_match: str | None,
    ) -> Answer: ...
    async def standing(self, requester: Requester, organization: str) -> Predicate: ...
    async def verify_log(self) -> Whole | Broken: ...

    def built_in_portal(self) -> str: ...
    def page_requester(self, patient: str) -> Requester: ...
    def officer_requester(self, name: str) -> Requester: ...


def gateway_of(request: Request) -> Gateway:
    return cast("Gateway", request.app.state.gateway)
