"""What an address below the FHIR base names, as entries of a Bundle write it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

_PATH = re.compile(
    r"(?P<type>[A-Z][A-Za-z]+)(?:/(?P<id>[A-Za-z0-9\-.]{1,64}))?"
    r"(?P<history>/_history(?:/(?P<version>[A-Za-z0-9\-.]{1,64}))?)?"
)


@dataclass(frozen=True, slots=True)
class Address:
    """A type, a resource, a version of it, or the history of either; with what is asked."""

    type: str
    id: str | None
    is_history: bool
    version: str | None
    query: tuple[tuple[str, str], ...]


def addressed(url: str, base: str) -> Address | None:
    """The address of a url, relative or at our base; None for what names nothing of this kind."""
    path, _, asked = url.removeprefix(f"{base}/").partition("?")
    found = _PATH.fullmatch(path)
    if found is None or (found["version"] and not found["id"]):
        return None
    query = tuple(parse_qsl(asked, keep_blank_values=True))
    return Address(found["type"], found["id"], bool(found["history"]), found["version"], query)
