"""What waits for an officer, in words: what it is, whose doing, since when, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.actions.queueing import Waiting
from gateway.storage.queue import Item, Kind
from gateway.storage.times import microseconds, moment_of
from gateway.web.services import Services

_TITLES = {
    Kind.EMERGENCY: "An emergency look",
    Kind.IDENTITY_DISAGREEMENT: "A number that stands with two birth dates",
    Kind.UNRESOLVABLE_ACTOR: "A choice that names someone whom nobody can find",
    Kind.SPOKEN_CONSENT: "A choice that a service wrote down for someone",
    Kind.UNTOLD_DISCLOSURE: "A disclosure that the person was not told of",
    Kind.UNTOLD_ENDING: "A service that could not be told that a choice ended",
    Kind.SAME_PERSON_ENDED: "Two records that were confirmed to be one person, and now differ",
}
_TO_DO = {
    Kind.EMERGENCY: "Ask the service why the record was needed, and whether what was looked at fits"
    " the reason. If it does not, end the access and follow your procedure for misuse.",
    Kind.IDENTITY_DISAGREEMENT: "Ask the services which birth date is right. Until one of them"
    " corrects its own, or it is confirmed that they are one person (the command onestory"
    " same-person), the two are kept apart and nothing is shared between them.",
    Kind.UNRESOLVABLE_ACTOR: "Until it is resolved, what it denies is denied to everyone, and it"
    " permits nobody. Ask the person whom they meant, or the service that wrote it.",
    Kind.SPOKEN_CONSENT: "Check with the person, or with what the service noted, that this is what"
    " was said.",
    Kind.UNTOLD_DISCLOSURE: "Ask again whether telling the person would still cause harm.",
    Kind.UNTOLD_ENDING: "It received something and keeps no record of the person here any more, so"
    " nothing can be sent to it here. Tell it by another way not to use what it has, and note what"
    " it said.",
    Kind.SAME_PERSON_ENDED: "A service gave this one another NHS number, so the two are kept apart"
    " again and nothing is shared between them. Find out which number is right. The command"
    " onestory same-person lists which other record it is, and joins them anew.",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One item as the page shows it. `patient` and `entity` are what the log can be searched for;
    `emergency` is the id of an access that still lasts, and can be ended."""

    id: int
    title: str
    to_do: str
    since: datetime
    age: str
    who: str
    reason: str
    lasts: str
    times: int
    patient: str
    entity: str
    began: str
    emergency: str
    own: bool


@dataclass(frozen=True, slots=True)
class Dealt:
    """One that was dealt with."""

    title: str
    at: datetime
    by: str
    note: str


def shown(waiting: Waiting, services: Services, now: datetime) -> Shown:
    item, emergency = waiting.item, waiting.emergency
    since = moment_of(item.at)
    is_reference = "/" in item.about
    lasts = emergency is not None and emergency.lasts(microseconds(now))
    return Shown(
        id=item.id,
        title=_TITLES[item.kind],
        to_do=_TO_DO[item.kind],
        since=since,
        age=age(now - since),
        who=_who(waiting, services),
        reason=emergency.reason if emergency else "",
        lasts=_lasts(waiting, now),
        times=waiting.times,
        patient=f"Patient/{emergency.patient}" if emergency else "",
        entity=item.about if is_reference else "",
        began=since.date().isoformat(),
        emergency=emergency.id if emergency and lasts else "",
        own=waiting.own,
    )


def dealt(item: Item) -> Dealt:
    at = moment_of(item.done or 0)
    by = (item.done_by or "").rpartition("|")[2]
    return Dealt(_TITLES[item.kind], at, by, item.note or "")


def age(waited: timedelta) -> str:
    """How long, in the largest whole unit."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count = int(waited.total_seconds()) // length
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"


def _who(waiting: Waiting, services: Services) -> str:
    item, emergency = waiting.item, waiting.emergency
    reference = {"reference": f"Organization/{item.organization}"}
    service = services.named(reference) if item.organization else ""
    person = (item.practitioner or "").rpartition("|")[2]
    if emergency is not None and emergency.practitioner_name:
        person = f"{emergency.practitioner_name} ({person})"
    return ", ".join(each for each in (service, person) if each)


def _lasts(waiting: Waiting, now: datetime) -> str:
    emergency = waiting.emergency
    if emergency is None:
        return ""
    if emergency.ended is not None:
        return "An officer ended it."
    if not emergency.lasts(microseconds(now)):
        return "It has ended by itself."
    left = age(moment_of(emergency.until) - now)
    return f"It still lasts: {left} left."
