"""Services that were told that a consent has ended, and have not confirmed it, for an officer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.actions.told_endings import REFUSED, Told
from gateway.storage.times import moment_of
from gateway.web.dpo.waiting import age
from gateway.web.services import Services


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """One service. `task` and `consent` are what the log can be searched for."""

    service: str
    since: datetime
    age: str
    stands: str
    asked: datetime | None
    times: int
    due: datetime | None
    reason: str
    task: str
    consent: str


def unconfirmed(each: Told, services: Services, now: datetime) -> Unconfirmed:
    telling = each.telling
    since = moment_of(telling.at)
    return Unconfirmed(
        service=services.named({"reference": f"Organization/{telling.organization}"}),
        since=since,
        age=age(now - since),
        stands=_stands(each),
        asked=None if telling.asked is None else moment_of(telling.asked),
        times=telling.times,
        due=None if telling.due is None else moment_of(telling.due),
        reason=each.reason,
        task=f"Task/{telling.id}" if telling.is_told else "",
        consent=f"Consent/{telling.consent}",
    )


def _stands(each: Told) -> str:
    telling = each.telling
    if not telling.is_told:
        return "Could not be told here: it keeps no record of the person any more."
    if telling.status == REFUSED:
        return "It says that it cannot confirm it. Ask it what it still holds, and why."
    if telling.times:
        return "It has not answered. Ask it by another way."
    return "It still has time to answer."
