"""Asks the gate for resources on a visitor's behalf, page after page, and reads the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from gateway.actions.gateway import Gateway
from gateway.auth.requester import Requester

Resource = dict[str, Any]
Query = Sequence[tuple[str, str]]
_PAGES = 50


class NotAnsweredError(Exception):
    """The gate did not answer a page's question: broken machinery, shown as such."""


@dataclass(frozen=True, slots=True)
class Page:
    """Matches, what is said beside them, and what to ask for the next page, if there is one."""

    matches: list[Resource] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    following: Query | None = None


async def found(
    gateway: Gateway, requester: Requester, resource_type: str, *parameters: tuple[str, str]
) -> list[Resource]:
    """Every match, however many pages of answers it takes (at most 50 of 100)."""
    asked: Query = [*parameters, ("_count", "100")]
    gathered: list[Resource] = []
    for _ in range(_PAGES):
        matches, following = await one_page(gateway, requester, resource_type, asked)
        gathered += matches
        if following is None:
            break
        asked = following
    return gathered


async def along(
    gateway: Gateway, requester: Requester, resource_type: str, *parameters: tuple[str, str]
) -> list[Resource] | None:
    """What comes along with the matches, and not the matches themselves; None where that is more
    than one answer brings."""
    bundle = await _searchset(gateway, requester, resource_type, parameters)
    return None if _of_mode(bundle, "outcome") else _of_mode(bundle, "include")


async def one_page(
    gateway: Gateway, requester: Requester, resource_type: str, asked: Query
) -> tuple[list[Resource], Query | None]:
    """One page of matches, and what to ask for the next, if there is one."""
    page = await one_page_told(gateway, requester, resource_type, asked)
    return page.matches, page.following


async def one_page_told(
    gateway: Gateway, requester: Requester, resource_type: str, asked: Query
) -> Page:
    """The same with what the gate says beside it."""
    bundle = await _searchset(gateway, requester, resource_type, asked)
    links = {link["relation"]: link["url"] for link in bundle.get("link", [])}
    issues = [issue for told in _of_mode(bundle, "outcome") for issue in told["issue"]]
    return Page(
        _of_mode(bundle, "match"),
        [issue["diagnostics"] for issue in issues],
        parse_qsl(urlsplit(links["next"]).query, keep_blank_values=True)
        if "next" in links
        else None,
    )


async def counted(
    gateway: Gateway, requester: Requester, resource_type: str, *parameters: tuple[str, str]
) -> int:
    """How many matches there are; none of them is fetched."""
    asked = [*parameters, ("_summary", "count")]
    return int((await _searchset(gateway, requester, resource_type, asked))["total"])


async def _searchset(
    gateway: Gateway, requester: Requester, resource_type: str, asked: Query
) -> Resource:
    answer = await gateway.search(requester, resource_type, asked)
    if answer.status != 200:
        raise NotAnsweredError(f"search of {resource_type} was answered {answer.status}")
    bundle: Resource = msgspec.json.decode(answer.body)
    return bundle


def _of_mode(bundle: Resource, mode: str) -> list[Resource]:
    entries = bundle.get("entry", [])
    return [e["resource"] for e in entries if e.get("search", {}).get("mode", "match") == mode]


async def one(
    gateway: Gateway, requester: Requester, resource_type: str, identity: str
) -> Resource | None:
    """The resource, or None where this visitor finds none of that id."""
    answer = await gateway.read(requester, resource_type, identity)
    if answer.status in (404, 410):
        return None
    if answer.status != 200:
        raise NotAnsweredError(f"read of {resource_type} was answered {answer.status}")
    resource: Resource = msgspec.json.decode(answer.body)
    return resource
