"""A person's Consents as choices that they can read, and what this page writes as Consents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from consent.topics import ACT_CODE, CONFIDENTIALITY, LEVELS, below, bit, codings
from gateway.web.me import topics
from gateway.web.records import Resource
from gateway.web.services import Service, Services
from gateway.web.wording import LONDON, day, listed

SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
LOINC = "http://loinc.org"


@dataclass(frozen=True, slots=True)
class Choice:
    """One service, yes or no, and what about: all that this page writes and changes.

    `topics` are keys of `topics.offers()`; `ends` is the last day on which it counts.
    """

    service: Service
    may: bool
    topics: tuple[str, ...]
    ends: date | None

    @property
    def sentence(self) -> str:
        """What the choice comes to, as its person would say it to someone."""
        return f"{self.service.name} {self.verb} {topics.about(self.topics, self.may)}."

    @property
    def verb(self) -> str:
        return "may see" if self.may else "may not see"

    @property
    def until(self) -> str:
        if self.ends is None:
            return "This stays until you take it back."
        return f"This ends after {day(self.ends)}."

    @property
    def parts(self) -> tuple[Choice, ...]:
        """The choice as Consents can say it: one about topics, one about plans.

        Criteria of one provision are joined by AND, so plans (a class) stand beside topics.
        """
        rest = tuple(key for key in self.topics if key != topics.PLAN)
        if not rest or len(rest) == len(self.topics):
            return (self,)
        return (replace(self, topics=rest), replace(self, topics=(topics.PLAN,)))

    def meets(self, other: Choice) -> bool:
        """Whether both speak about the same service and some of the same things."""
        if self.service != other.service:
            return False
        if topics.EVERYTHING in self.topics + other.topics:
            return True
        both_plan = topics.PLAN in self.topics and topics.PLAN in other.topics
        mine, theirs = topics.mask(self.topics), topics.mask(other.topics)
        return both_plan or below(mine) & below(theirs) != 0


@dataclass(frozen=True, slots=True)
class Given:
    """A Consent that stands. `choice` is None where it says more than this page can write.

    `single` names the service that it lets see single things, as a referral's does.
    """

    id: str
    version: str
    on: str
    by: str
    choice: Choice | None
    sentence: str
    until: str
    single: str


def given(consent: Resource, services: Services, patient: str) -> Given:
    """The Consent in words, whoever wrote it and whatever its shape."""
    choice = _choice(consent, services)
    on = _on(consent)
    words = choice.sentence if choice else _other(consent, services)
    return Given(
        id=str(consent["id"]),
        version=str(consent.get("meta", {}).get("versionId", "")),
        on=on,
        by=_writer(consent, services, patient),
        choice=choice,
        sentence=f"You said on {on} that {words}" if on and choice else words,
        until=choice.until if choice else _ends_in_words(consent),
        single=_single(consent, services),
    )


def as_consent(part: Choice, patient: str, now: datetime) -> Resource:
    """The Consent that says one part of a choice."""
    said = now.astimezone(LONDON).isoformat(timespec="seconds")
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": SCOPE, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": LOINC, "code": "59284-0"}]}],
        "patient": {"reference": patient},
        "dateTime": said,
        "performer": [{"reference": patient}],
        "policyRule": {"coding": [{"system": ACT_CODE, "code": "OPTOUT"}]},
        "verification": [
            {
                "verified": True,
                "verifiedWith": {"reference": patient},
                "verificationDate": said,
            }
        ],
        "provision": _provision(part),
    }


def taken_back(consent: Resource) -> Resource:
    """The same Consent, no longer counting. What was said stays on the record."""
    return consent | {"status": "inactive"}


def _provision(part: Choice) -> Resource:
    recipient = {"coding": [{"system": PARTICIPATION, "code": "IRCP"}]}
    provision: Resource = {
        "type": "permit" if part.may else "deny",
        "actor": [{"role": recipient, "reference": {"reference": part.service.reference}}],
    }
    if part.ends:
        provision["period"] = {"end": part.ends.isoformat()}
    if part.topics == (topics.PLAN,):
        return provision | {"class": [{"system": topics.TYPES, "code": "CarePlan"}]}
    labels = _labels(part)
    return provision | ({"securityLabel": labels} if labels else {})


def _labels(part: Choice) -> list[Resource]:
    """In a permit topic and level must hold; in a denial either would do, so no level is named."""
    mask = topics.mask(part.topics)
    labels: list[Resource] = [*codings(mask)]
    if part.may:
        level = topics.rank(mask) if mask else topics.RESTRICTED
        labels.append({"system": CONFIDENTIALITY, "code": LEVELS[level]})
    return labels


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
    codes = [one.get("code") for one in consent.get("policyRule", {}).get("coding", [])]
    return codes, _bare(consent.get("provision", {})), consent.get("modifierExtension")


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
    if len(said) < 10:
        return str(said)
    return day(datetime.fromisoformat(said) if len(said) > 10 else date.fromisoformat(said))


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
