"""What an answer stands on, so that it can be told whether it would be the same again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from gateway.storage.connection import Connection
from gateway.storage.identities import Identity
from gateway.storage.predicate_sql import Sql, placeholders

MOST = 32  # identities that one answer stands on: more are not worth the question

_DIRECTORY = "SELECT value FROM stamp WHERE name = 'directory'"
_PERSONS = "SELECT CAST(sum(stamp) AS BIGINT) FROM identity WHERE id IN"


@dataclass(frozen=True, slots=True)
class Span:
    """Between two moments, both excluded; None: without end."""

    since: datetime | None = None
    until: datetime | None = None

    def holds_at(self, now: datetime) -> bool:
        after = self.since is None or self.since < now
        return after and (self.until is None or now < self.until)

    @property
    def is_empty(self) -> bool:
        return self.since is not None and self.until is not None and self.since >= self.until

    def within(self, other: Span) -> Span:
        """What is in both."""
        since = [each for each in (self.since, other.since) if each is not None]
        until = [each for each in (self.until, other.until) if each is not None]
        return Span(max(since, default=None), min(until, default=None))


def span(moments: Iterable[datetime], now: datetime) -> Span:
    """From the moment before now to the one after it; at such a moment, nothing."""
    listed = sorted(moments)
    since = [moment for moment in listed if moment <= now]
    until = [moment for moment in listed if moment >= now]
    return Span(since[-1] if since else None, until[0] if until else None)


@dataclass(frozen=True, slots=True)
class Footing:
    """`question` gives `stamps` as long as nothing was written that the answer could tell of.

    INVARIANT: stamps only ever go up, so that their sum stands still only where all of them do.
    """

    question: Sql
    stamps: int
    span: Span


class Ground:
    """Everyone on whom one look has come to depend, and for how long."""

    def __init__(self) -> None:
        self._stamps: dict[int, int] = {}
        self._span = Span()

    def reaches(self, identities: Iterable[Identity]) -> None:
        for identity in identities:
            self._stamps[identity.id] = identity.stamp

    def lasts(self, span: Span) -> None:
        self._span = self._span.within(span)

    def footing(self, connection: Connection) -> Footing | None:
        """In the snapshot of the look; None where nobody was reached, or too many, or
        where it would not hold a moment longer."""
        ids = tuple(self._stamps)
        if self._span.is_empty or not 0 < len(ids) <= MOST:
            return None
        persons = f"{_PERSONS} ({placeholders(len(ids))})"
        question = Sql(f"SELECT ({_DIRECTORY}) + ({persons})", ids)
        (stamps,) = connection.execute(question.text, question.values).fetchone()
        return Footing(question, stamps, self._span)
