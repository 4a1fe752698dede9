"""Keys that clients publish at an address, fetched and kept no longer than their answer allows."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette

from gateway.auth.key_set import PublicKey, choose, published_keys

MOST_BYTES = 64 * 1024
TIMEOUT = 3.0
KEPT = 300.0  # seconds, where the answer does not say
LONGEST_KEPT = 3600.0
PAUSE = 10.0  # seconds between two fetches that an unknown kid or a failure asks for


@dataclass(frozen=True, slots=True)
class _Kept:
    keys: tuple[PublicKey, ...]
    until: float  # when a key that is in it has to be fetched again
    again: float  # when a key that is not in it may be looked for again


class PublishedKeys:
    """A cache of published key sets, one per application.

    A set that could not be fetched anew is not used any longer: the key may have been withdrawn.
    """

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._tls: ssl.SSLContext | None = None

    async def key(self, url: str, kid: str, alg: str) -> PublicKey | None:
        """The key with this kid, fetched again where it is not among those kept."""
        async with self._locks.setdefault(url, asyncio.Lock()):
            kept, now = self._kept.get(url), time.monotonic()
            found = None if kept is None else choose(kept.keys, kid, alg)
            if kept is None or now >= (kept.until if found else kept.again):
                kept = await self._fetch(url, now)
            return choose(kept.keys, kid, alg)

    async def _fetch(self, url: str, now: float) -> _Kept:
        self._tls = self._tls or httpx.create_ssl_context()
        try:
            async with httpx.AsyncClient(verify=self._tls, timeout=TIMEOUT) as client:
                found = await asyncio.wait_for(_get(client, url), TIMEOUT)
        except (httpx.HTTPError, TimeoutError):
            found = None
        if found is None:
            kept = _Kept((), now + PAUSE, now + PAUSE)
        else:
            body, seconds = found
            kept = _Kept(published_keys(body), now + seconds, now + PAUSE)
        self._kept[url] = kept
        return kept


async def _get(client: httpx.AsyncClient, url: str) -> tuple[bytes, float] | None:
    """The body and how long it may be kept; None for any answer but a short 200."""
    async with client.stream("GET", url, headers={"Accept": "application/json"}) as answer:
        if answer.status_code != 200:
            return None
        body = bytearray()
        async for chunk in answer.aiter_bytes():
            body += chunk
            if len(body) > MOST_BYTES:
                return None
        return bytes(body), _seconds(answer.headers.get("cache-control", ""))


def _seconds(cache_control: str) -> float:
    directives = cache_control.lower()
    if "no-store" in directives or "no-cache" in directives:
        return 0.0
    match = re.search(r"\bmax-age\s*=\s*\"?(\d{1,9})", directives)
    return min(float(match[1]), LONGEST_KEPT) if match else KEPT


def is_safe_address(url: str) -> bool:
    """Whether keys may be fetched from here: https, or http on this very machine; no user, no #."""
    if not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def published_keys_of(app: Starlette) -> PublishedKeys:
    """The application's one cache, made when first asked for."""
    if not hasattr(app.state, "published_keys"):
        app.state.published_keys = PublishedKeys()
    found: PublishedKeys = app.state.published_keys
    return found
