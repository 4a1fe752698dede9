"""The Consents that stand, in words for the person: whoever wrote them, whatever their shape."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from consent import codes
from consent.topics import bit
from gateway.actions.written_for import WrittenFor
from gateway.web.me import topics
from gateway.web.me.choices import Choice, as_consent
from gateway.web.records import Resource
from gateway.web.services import Services
from gateway.web.wording import LONDON, day, listed
from mappings import story_words

SOMEONE_ELSE = "Someone who may decide for you"


@dataclass(frozen=True, slots=True)
class Told:
    """A service wrote it down, and the person has not said yet whether it is right.

    `by` names the service, `words` is what it wrote; `asks`: it only asks, and nothing counts yet;
    `until` the last day on which its yes counts without an answer.
    """

    by: str
    words: str
    asks: bool
    until: str


@dataclass(frozen=True, slots=True)
class Given:
    """A Consent that stands. `choice` is None where it says more than this page can write.

    `single` names the service that it lets see single things, as a referral's does; `decided_for`:
    somebody who may decide for the person said it.
    """

    id: str
    version: str
    on: str
    by: str
    choice: Choice | None
    sentence: str
    until: str
    single: str
    told: Told | None = None
    decided_for: bool = False


def given(
    consent: Resource, services: Services, patient: str, other: WrittenFor | None = None
) -> Given:
    """The Consent in words, whoever wrote it (`other`: for the person) and whatever its shape."""
    choice = _choice(consent, services)
    on = _on(consent)
    words = choice.sentence if choice else _other(consent, services)
    told = _told(consent, services, other, words)
    return Given(
        id=str(consent["id"]),
        version=str(consent.get("meta", {}).get("versionId", "")),
        on=on,
        by=_writer(consent, services, patient) if other is None else _other_writer(other, services),
        choice=choice,
        sentence=f"You said on {on} that {words}" if on and choice and told is None else words,
        until=choice.until if choice else _ends_in_words(consent),
        single=_single(consent, services),
        told=told,
        decided_for=other is not None and other.service is None,
    )


def _other_writer(other: WrittenFor, services: Services) -> str:
    """Who wrote it; the person, once they have said that it is right."""
    if other.is_confirmed:
        return ""
    if other.service is None:
        return SOMEONE_ELSE
    return services.named({"reference": other.service}) or "a service"


def _told(
    consent: Resource, services: Services, other: WrittenFor | None, words: str
) -> Told | None:
    asks = consent.get("status") == "proposed"
    waits = asks or consent.get("status") == "active"
    if other is None or other.service is None or other.is_confirmed or not waits:
        return None
    says_yes = '"permit"' in msgspec.json.encode(consent.get("provision", {})).decode()
    until = day(other.until) if says_yes and other.until is not None else ""
    return Told(_other_writer(other, services), words, asks, until)


def says_no_to_emergencies(consent: Resource) -> bool:
    """Whether it denies every emergency and says nothing else, as the page about them writes it."""
    provision = consent.get("provision", {})
    inner = provision.get("provision", [])
    return (
        set(provision) - {"id"} == {"type", "purpose", "provision"}
        and provision["type"] == "permit"
        and [set(one) - {"id"} for one in inner] == [{"type", "purpose"}]
        and inner[0]["type"] == "deny"
        and _purposes(inner[0]) == _purposes(provision) == codes.emergency()
    )


def _purposes(provision: Resource) -> set[str]:
    return {str(one.get("code")) for one in provision["purpose"]}


def _choice(consent: Resource, services: Services) -> Choice | None:
    """The choice that this page would have written as just this Consent."""
    provision = consent.get("provision", {})
    actors = provision.get("actor", [])
    service = services.meant(actors[0].get("reference")) if len(actors) == 1 else None
    may = {"permit": True, "deny": False}.get(provision.get("type", ""))
    chosen = _topics(provision)
    if service is None or may is None or chosen is None:
        return None
    choice = Choice(service, may, chosen, _end(provision))
    written = as_consent(choice, "", datetime.fromtimestamp(0, LONDON))
    return choice if _meaning(written) == _meaning(consent) else None


def _topics(provision: Resource) -> tuple[str, ...] | None:
    if [one.get("code") for one in provision.get("class", [])] == ["CarePlan"]:
        return (topics.PLAN,)
    found = 0
    for label in provision.get("securityLabel", []):
        found |= bit(str(label.get("system", "")), str(label.get("code", "")))
    return topics.boxes(found) if found else (topics.EVERYTHING,)


def _meaning(consent: Resource) -> Any:
    """What of a Consent decides: the policy rule's code and the provision, names left out."""
    rule = [one.get("code") for one in consent.get("policyRule", {}).get("coding", [])]
    return rule, _bare(consent.get("provision", {})), consent.get("modifierExtension")


def _bare(value: Any) -> Any:
    if isinstance(value, list):
        return sorted((_bare(one) for one in value), key=repr)
    if isinstance(value, dict):
        left_out = ("display", "id", "text")
        return {name: _bare(one) for name, one in sorted(value.items()) if name not in left_out}
    return value


def _end(provision: Resource) -> date | None:
    end = provision.get("period", {}).get("end", "")
    return date.fromisoformat(end) if len(end) == 10 else None


def _on(consent: Resource) -> str:
    said = consent.get("dateTime", "")
    return str(said) if len(said) < 10 else story_words.day(said)


def _writer(consent: Resource, services: Services, patient: str) -> str:
    """Who wrote it down, where it was not the person: empty for the person."""
    performers = consent.get("performer", [])
    if any(one.get("reference") == patient for one in performers):
        return ""
    names = [services.named(one) or str(one.get("display", "")) for one in performers]
    holders = [services.named(one) for one in consent.get("organization", [])]
    return next((name for name in names + holders if name), "a service")


def _other(consent: Resource, services: Services) -> str:
    """What can truly be said of a Consent whose shape is not this page's."""
    if says_no_to_emergencies(consent):
        return "You said that nobody may look, even in an emergency."
    if single := _single(consent, services):
        count = len(consent["provision"]["data"])
        things = "a referral and what came with it" if count > 1 else "one thing"
        return f"{single} may see {things}."
    named = _named(consent, services)
    about = f" It names {listed(named)}." if named else ""
    return f"This choice has parts that this page cannot put into plain words.{about} It counts."


def _single(consent: Resource, services: Services) -> str:
    provision = consent.get("provision", {})
    named = _named(consent, services)
    if provision.get("type") == "permit" and provision.get("data") and len(named) == 1:
        return named[0]
    return ""


def _named(consent: Resource, services: Services) -> list[str]:
    actors = consent.get("provision", {}).get("actor", [])
    names = [services.named(actor.get("reference")) for actor in actors]
    return [name for name in names if name]


def _ends_in_words(consent: Resource) -> str:
    end = str(consent.get("provision", {}).get("period", {}).get("end", ""))
    if len(end) < 10:
        return ""
    return f"This ends after {day(date.fromisoformat(end[:10]))}."
