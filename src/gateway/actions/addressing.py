"""What an address below the FHIR base names, as entries of a Bundle write it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

_PATH = re.compile(
    r"(?P<type>[A-Z][A-Za-z]+)(?:/(?P<id>[A-Za-z0-9\-.]{1,64}))?"
    r"(?P<history>/_history(?:/(?P<version>[A-Za-z0-9\-.]{1,64}))?)?"
)


UNSUITABLE = (
    "must be POST of a type, PUT or DELETE of Type/id or Type?search, or GET, relative to the base"
)
NO_PATCH = "is no method of an entry here: PUT the whole resource, or send PATCH by itself"


@dataclass(frozen=True, slots=True)
class Address:
    """A type, a resource, a version of it, or the history of either; with what is asked."""

    type: str
    id: str | None = None
    is_history: bool = False
    version: str | None = None
    query: tuple[tuple[str, str], ...] = ()

    def suits(self, method: str) -> bool:
        """Whether the method of an entry is used with an address of this kind."""
        match method:
            case "GET" | "HEAD":
                return True
            case "POST":
                return self.id is None and not self.query and not self.is_history
            case _:
                return not self.is_history and (self.id is None) == bool(self.query)


def addressed(url: str, base: str) -> Address | None:
    """The address of a url, relative or at our base; None for what names nothing of this kind."""
    path, _, asked = url.removeprefix(f"{base}/").partition("?")
    found = _PATH.fullmatch(path)
    if found is None or (found["version"] and not found["id"]):
        return None
    query = tuple(parse_qsl(asked, keep_blank_values=True))
    return Address(found["type"], found["id"], bool(found["history"]), found["version"], query)
