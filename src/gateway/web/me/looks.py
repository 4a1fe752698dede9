"""Who looked at a person's record: when, who, what kind of thing, why, and whether it was shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.actions.populating import NAME as FORM
from gateway.actions.story import NAME as STORY
from gateway.web.events import Event
from gateway.web.services import Services
from gateway.web.wording import listed, reason, things

PAGE = 50
_WHOLE = {STORY: "your story", FORM: "what you have answered before"}  # by what was asked


@dataclass(frozen=True, slots=True)
class Look:
    """One look by someone else. `shown` says how much, or "nothing" where they got nothing."""

    at: datetime
    service: str
    who: str
    what: str
    why: str
    shown: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the looks: the page of this number (1 has the newest), of so many."""

    looks: tuple[Look, ...]
    number: int
    pages: int


def paged(every: Sequence[Look], asked: str) -> Page:
    """The page that was asked for; the nearest there is where it is none."""
    pages = max(1, -(-len(every) // PAGE))
    wanted = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    number = min(max(1, wanted), pages)
    return Page(tuple(every[(number - 1) * PAGE : number * PAGE]), number, pages)


def looks(events: Iterable[Event], services: Services) -> tuple[Look, ...]:
    """The newest first. Only requests to see something are looks; what a service wrote is shown
    with what is held."""
    seen = [_look(event, services) for event in events if event.is_look]
    return tuple(sorted(seen, key=lambda look: look.at, reverse=True))


def _shown(event: Event) -> str:
    if not event.found:
        return "nothing"
    if event.asked_for_a_card:
        return "a yes or a no"
    return "one thing" if len(event.entities) == 1 else f"{len(event.entities)} things"


def _look(event: Event, services: Services) -> Look:
    kinds = dict.fromkeys(things(kind) for kind in event.kinds)
    whole = _WHOLE.get(event.asked.rpartition("/")[2], "")
    return Look(
        at=event.at,
        service=services.named({"reference": event.organization}) or "A service",
        who=event.who,
        what=whole or listed(list(kinds)) or "your record",
        why=reason(event.purpose),
        shown=_shown(event),
    )
