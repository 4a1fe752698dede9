"""What happened to a person's record without their being asked: emergency looks, disclosures.

Read off the log, which the person reads like any other of their entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from consent import codes
from gateway.actions.disclosing import AGREED, PROPOSED, TOLD, WITHDRAWN, rules
from gateway.actions.disclosure_fetching import FETCHED
from gateway.actions.emergencies import BEGUN
from gateway.web.events import Event
from gateway.web.services import Services
from gateway.web.wording import listed, moment

LATER = "It was decided earlier. You were not told then, because it could have harmed someone."
RECENT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class EmergencyLook:
    """One practitioner's emergency access. `why` is what they wrote; `shown` says how much."""

    at: datetime
    service: str
    who: str
    why: str
    shown: str


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One disclosure that the person is told of. `state` says whether anybody has it yet."""

    at: datetime
    recipient: str
    by: str
    because: str
    why: str
    things: str
    state: str


@dataclass(frozen=True, slots=True)
class WithoutAsking:
    """Both, the newest first."""

    looks: tuple[EmergencyLook, ...]
    disclosures: tuple[Disclosure, ...]

    def lately(self, now: datetime) -> WithoutAsking:
        """What the first page tells: that of the last 30 days."""
        return WithoutAsking(
            tuple(each for each in self.looks if each.at > now - RECENT),
            tuple(each for each in self.disclosures if each.at > now - RECENT),
        )


def without_asking(events: Iterable[Event], services: Services, hours: int) -> WithoutAsking:
    """`hours`: how long one emergency access lasts; its tokens count as one."""
    done = sorted((each for each in events if each.outcome == "0"), key=lambda each: each.at)
    looks = _looks(done, services, timedelta(hours=hours))
    return WithoutAsking(tuple(reversed(looks)), tuple(reversed(_disclosures(done, services))))


def _looks(done: list[Event], services: Services, lasts: timedelta) -> list[EmergencyLook]:
    begun: list[Event] = []
    for event in (each for each in done if each.interaction == BEGUN):
        if not any(_same(one, event) and event.at < one.at + lasts for one in begun):
            begun.append(event)
    return [_look(each, done, services, lasts) for each in begun]


def _look(begun: Event, done: list[Event], services: Services, lasts: timedelta) -> EmergencyLook:
    seen: set[str] = set()
    for event in done:
        inside = begun.at <= event.at <= begun.at + lasts
        if inside and event.is_look and event.purpose in codes.emergency() and _same(begun, event):
            seen.update(event.entities)
    return EmergencyLook(
        at=begun.at,
        service=services.named({"reference": begun.organization}) or "A service",
        who=begun.who,
        why=begun.reason,
        shown=_counted(len(seen)) if seen else "nothing",
    )


def _same(one: Event, other: Event) -> bool:
    return (one.organization, one.who) == (other.organization, other.who)


def _disclosures(done: list[Event], services: Services) -> list[Disclosure]:
    steps: dict[str, dict[str, Event]] = {}
    for event in done:
        if event.interaction in (PROPOSED, AGREED, WITHDRAWN, FETCHED, TOLD):
            steps.setdefault(event.asked, {})[event.interaction] = event
    known = (each for each in steps.values() if TOLD in each or {PROPOSED, AGREED} <= each.keys())
    return [_disclosure(each, services) for each in known]


def _disclosure(steps: Mapping[str, Event], services: Services) -> Disclosure:
    """In the words of who proposed it, or of who told the person when it did no harm any more."""
    said = steps.get(TOLD) or steps[PROPOSED]
    basis, _, why = said.reason.partition(": ")
    given = [each for each in said.entities if not each.startswith("Organization/")]
    to = (services.named({"reference": each}) for each in said.entities)
    return Disclosure(
        at=said.at if TOLD in steps else steps[AGREED].at,
        recipient=next((name for name in to if name), "Another service"),
        by="Two officers" if TOLD in steps else listed([said.who, steps[AGREED].who]),
        because=rules()["words"][basis],
        why=why,
        things=_counted(len(given)),
        state=_state(steps),
    )


def _state(steps: Mapping[str, Event]) -> str:
    if TOLD in steps:
        return LATER
    if WITHDRAWN in steps:
        return "It was taken back before anybody had it."
    fetched = steps.get(FETCHED)
    return f"It was fetched on {moment(fetched.at)}, once." if fetched else "Nobody has it yet."


def _counted(things: int) -> str:
    return "one thing" if things == 1 else f"{things} things"
