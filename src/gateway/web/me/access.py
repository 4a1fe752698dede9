"""Who may see what as things stand, asked of the engine that decides: not read off the choices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from consent.facts import Facts
from consent.predicate import All, Any, Condition, FromSource, Not, Predicate, holds
from consent.topics import page_topics
from gateway.web.me import topics
from gateway.web.services import Service, Services

PLANS, OTHER_PLANS = "plans", "plans about other things"


@dataclass(frozen=True, slots=True)
class Access:
    """One service. What it may see of what others wrote: all of a topic, some of it, nothing.

    Parts of a plan that are about a topic are told with the topic, and plans where it is more.

    `also`: a choice permits it single things, which no topic tells.
    """

    service: Service
    can: tuple[str, ...]
    some: tuple[str, ...]
    cannot: tuple[str, ...]
    also: bool

    @property
    def sees_nothing(self) -> bool:
        return not (self.can or self.some or self.also)


def access(
    standing: Mapping[Service, Predicate],
    named: frozenset[str],
    services: Services,
    now: datetime,
) -> tuple[Access, ...]:
    """Each service against each topic: every kind of record, by every other service. Of those that
    no choice names as the writer one stands for all, so that many services take no longer.

    `named` are the names of services that are permitted single things.
    """
    return tuple(_of(service, standing[service], named, services, now) for service in standing)


def _of(
    service: Service,
    predicate: Predicate,
    named: frozenset[str],
    services: Services,
    now: datetime,
) -> Access:
    sources = _writers(service, predicate, services)
    verdicts: dict[str, list[bool]] = {}
    of_plans: list[bool] = []
    typed: list[bool] = []  # words in a plan, which may be about anything
    beyond = False
    for words, record, part in _examples(now):
        for source in sources:
            seen = _may(predicate, replace(record, sources=frozenset({source})))
            of_plan = _may(predicate, replace(part, sources=frozenset({source})))
            verdicts.setdefault(words, []).append(seen)
            of_plans.append(of_plan)
            worded = replace(part, sources=frozenset({source}), unjudged=True)
            typed.append(_may(predicate, worded))
            beyond = beyond or (of_plan and not seen)
    some = [words for words, found in verdicts.items() if any(found) and not all(found)]
    cannot = [words for words, found in verdicts.items() if not any(found)]
    can = [words for words, found in verdicts.items() if all(found)]
    if all(of_plans) and all(typed):
        can.append(PLANS)
    elif beyond or all(of_plans):
        some.append(PLANS)
    else:
        cannot.append(OTHER_PLANS if any(of_plans) else PLANS)
    return Access(
        service=service,
        can=tuple(can),
        some=tuple(some),
        cannot=tuple(cannot),
        also=service.name in named,
    )


def _writers(service: Service, predicate: Predicate, services: Services) -> list[str]:
    every = [each.reference for each in services.every if each != service]
    named = _sources_in(predicate.denial, predicate.permit, predicate.base)
    told_apart = [each for each in every if each in named]
    return told_apart + [each for each in every if each not in named][:1] or [""]


def _sources_in(*conditions: Condition) -> set[str]:
    found: set[str] = set()
    for condition in conditions:
        match condition:
            case FromSource(sources):
                found |= sources
            case Not(inner):
                found |= _sources_in(inner)
            case All(inner_all) | Any(inner_all):
                found |= _sources_in(*inner_all)
            case _:
                pass
    return found


def _may(predicate: Predicate, facts: Facts) -> bool:
    return (
        not holds(predicate.ceiling, facts)
        and not holds(predicate.denial, facts)
        and (holds(predicate.permit, facts) or holds(predicate.base, facts))
    )


def _examples(now: datetime) -> Iterator[tuple[str, Facts, Facts]]:
    """A topic's words, a record about it, and a plan's part about it: facts as the labeller makes
    them, one topic at its usual level."""
    for topic in page_topics():
        for place in range(topic.mask.bit_length()):
            bit = topic.mask & 1 << place
            if bit:
                part = _labelled("CarePlan", bit, now)
                for kind in ("QuestionnaireResponse", "Observation"):
                    yield topics.yours(topic), _labelled(kind, bit, now), part


def _labelled(kind: str, bit: int, now: datetime) -> Facts:
    return replace(_facts(kind, now), topics=bit, level=topics.rank(bit))


def _facts(kind: str, now: datetime) -> Facts:
    return Facts(f"{kind}/any", kind, frozenset({f"{topics.TYPES}|{kind}"}), dates=(now, now))
