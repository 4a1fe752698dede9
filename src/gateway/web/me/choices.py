"""A choice as a person makes it here, and the Consent that says it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from consent.topics import ACT_CODE, CONFIDENTIALITY, LEVELS, below, codings
from gateway.web.me import topics
from gateway.web.records import Resource
from gateway.web.services import Service
from gateway.web.wording import LONDON, day

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


def as_consent(part: Choice, patient: str, now: datetime) -> Resource:
    """The Consent that says one part of a choice."""
    return in_their_words(_provision(part), patient, now)


def in_their_words(provision: Resource, patient: str, now: datetime) -> Resource:
    """The Consent in which the person says this, and no more."""
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": SCOPE, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": LOINC, "code": "59284-0"}]}],
        "patient": {"reference": patient},
        "dateTime": now.astimezone(LONDON).isoformat(timespec="seconds"),
        "performer": [{"reference": patient}],
        "policyRule": {"coding": [{"system": ACT_CODE, "code": "OPTOUT"}]},
        "verification": [_word_of(patient, now)],
        "provision": provision,
    }


def confirmed(consent: Resource, patient: str, now: datetime) -> Resource:
    """The same Consent, with the person's word that it is right."""
    return consent | {
        "status": "active",
        "verification": [*consent.get("verification", []), _word_of(patient, now)],
    }


def _word_of(patient: str, now: datetime) -> Resource:
    return {
        "verified": True,
        "verifiedWith": {"reference": patient},
        "verificationDate": now.astimezone(LONDON).isoformat(timespec="seconds"),
    }


def taken_back(consent: Resource) -> Resource:
    """The same Consent, no longer counting. What was said stays on the record."""
    return consent | {"status": "inactive"}


def _provision(part: Choice) -> Resource:
    recipient = {"coding": [{"system": PARTICIPATION, "code": "IRCP"}]}
    provision: Resource = {
        "type": "permit" if part.may else "deny",
        "actor": [{"role": recipient, "reference": part.service.named}],
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
