"""What a token needs of the running gateway."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from gateway.storage.reading import Reading
from gateway.storage.writer import Writer


class TokenKey(Protocol):
    """The server's keys, of which only the secret for access tokens is used here."""

    @property
    def token(self) -> bytes: ...


class Authority(Protocol):
    """The running gateway, as far as asking and checking who is there goes.

    Each look through `reading` sees what is committed. `base_url` has no slash at its end.
    """

    @property
    def keys(self) -> TokenKey: ...
    @property
    def reading(self) -> Reading: ...
    @property
    def writer(self) -> Writer: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...
    @property
    def new_id(self) -> Callable[[], str]: ...
    @property
    def base_url(self) -> str: ...


def token_address(authority: Authority) -> str:
    return f"{authority.base_url}/oauth/token"
