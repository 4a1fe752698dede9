"""Who was told that they do not share something with a service any more, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.actions.told_endings import REFUSED, Told
from gateway.storage.tellings import Telling
from gateway.storage.times import moment_of
from gateway.web.services import Services
from gateway.web.wording import day

KEPT = timedelta(days=90)  # that what is confirmed stays on the page


@dataclass(frozen=True, slots=True)
class Ending:
    """One service: what was done, and how it stands. `reason` is its own words."""

    service: str
    told: str
    stands: str
    is_confirmed: bool
    reason: str = ""


def endings(found: Iterable[Told], services: Services, now: datetime) -> tuple[Ending, ...]:
    """Those who have not confirmed it first; what is long confirmed is left out."""
    shown = [each for each in found if each.telling.is_open or _is_fresh(each.telling, now)]
    shown.sort(key=lambda each: each.telling.confirmed is not None)
    return tuple(_ending(each, services) for each in shown)


def _is_fresh(telling: Telling, now: datetime) -> bool:
    return telling.confirmed is not None and now - moment_of(telling.confirmed) < KEPT


def _ending(each: Told, services: Services) -> Ending:
    telling = each.telling
    named = services.named({"reference": f"Organization/{telling.organization}"})
    on = day(moment_of(telling.at))
    return Ending(
        service=named or "A service",
        told=f"Told on {on}." if telling.is_told else f"It should have been told on {on}.",
        stands=_stands(telling),
        is_confirmed=telling.confirmed is not None,
        reason=each.reason,
    )


def _stands(telling: Telling) -> str:
    if telling.confirmed is not None and not telling.is_told:
        return f"Our data protection officer dealt with it on {day(moment_of(telling.confirmed))}."
    if telling.confirmed is not None:
        return f"It confirmed this on {day(moment_of(telling.confirmed))}."
    if not telling.is_told:
        return (
            "It keeps no record of you here any more, so we could not reach it. Our data protection"
            " officer has been asked to tell it."
        )
    if telling.status == REFUSED:
        return "It says that it cannot confirm this. Our data protection officer sees that, too."
    return f"It has not confirmed this yet. {_asked_again(telling)}"


def _asked_again(telling: Telling) -> str:
    if telling.asked is None:
        due = "" if telling.due is None else day(moment_of(telling.due))
        return f"We ask again after {due}." if due else ""
    on = day(moment_of(telling.asked))
    return f"We asked again {_times(telling.times)}on {on}."


def _times(times: int) -> str:
    return "" if times == 1 else f"{times} times, last "
