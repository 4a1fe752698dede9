"""What a decision may know about a resource."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about one resource that a consent can speak of, and nothing else.

    References are relative literals ("Type/id"); codes, classes and identifiers "system|code".
    `dates` is the interval, both ends inclusive and aware, from the first to the last moment that
    the content is about; None where it is undated. `level` counts U, L, M, N, R, V from 0.
    `unjudged`: it may be about any topic besides those; `pending`: not yet labelled. `recipients`
    are the organisations that its author names as such, as literals or identifiers.
    """

    reference: str
    type: str
    classes: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    topics: int = 0
    level: int = 3
    unjudged: bool = False
    pending: bool = False
    ceiling: bool = False
    sources: frozenset[str] = frozenset()
    recipients: frozenset[str] = frozenset()
    dates: tuple[datetime, datetime] | None = None
    references: frozenset[str] = frozenset()
    persons: frozenset[str] = frozenset()
