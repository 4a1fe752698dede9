"""A read of what the reader has already (RFC 9110, 13.1): 304, and nothing is released again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import parsedate_to_datetime

from gateway.actions.found import Found
from gateway.actions.held import matches


@dataclass(frozen=True, slots=True)
class Known:
    """What the reader says that they have; where a version is named, a time says nothing."""

    version: str | None = None  # If-None-Match
    since: str | None = None  # If-Modified-Since

    def fresh(self, found: Found) -> Found:
        """What was found; nothing but its version where the reader has that."""
        answer = found.answer
        if answer.status != 200 or not self._has(answer.headers):
            return found
        return replace(found, answer=replace(answer, status=304, body=b""))

    def _has(self, headers: dict[str, str]) -> bool:
        if "ETag" not in headers:  # what is found by a search has no version
            return False
        if self.version is not None:
            return matches(self.version, headers["ETag"].removeprefix("W/").strip('"'))
        if self.since is None:
            return False
        try:
            since = parsedate_to_datetime(self.since)
            modified = parsedate_to_datetime(headers["Last-Modified"])
        except (ValueError, OverflowError):
            return False
        return modified <= (since if since.tzinfo else since.replace(tzinfo=UTC))


NOTHING = Known()
