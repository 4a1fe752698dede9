"""Who may see what as things stand, asked of the engine that decides: not read off the choices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from consent.facts import Facts
from consent.predicate import Predicate, holds
from consent.topics import page_topics
from gateway.web.me import topics
from gateway.web.services import Service, Services


@dataclass(frozen=True, slots=True)
class Access:
    """One service. What it may see of what others wrote: all of a topic, some of it, nothing.

    `also`: a choice permits it single things, which no topic tells.
    """

    service: Service
    can: tuple[str, ...]
    some: tuple[str, ...]
    cannot: tuple[str, ...]
    also: bool


def access(
    standing: Mapping[Service, Predicate],
    named: frozenset[str],
    services: Services,
    now: datetime,
) -> tuple[Access, ...]:
    """Each service against each topic: every kind of record, by every other service.

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
    sources = [each.reference for each in services.every if each != service] or [""]
    verdicts: dict[str, list[bool]] = {}
    for words, facts in _examples(now):
        for source in sources:
            example = replace(facts, sources=frozenset({source}))
            verdicts.setdefault(words, []).append(_may(predicate, example))
    return Access(
        service=service,
        can=tuple(words for words, found in verdicts.items() if all(found)),
        some=tuple(words for words, found in verdicts.items() if any(found) and not all(found)),
        cannot=tuple(words for words, found in verdicts.items() if not any(found)),
        also=service.name in named,
    )


def _may(predicate: Predicate, facts: Facts) -> bool:
    return (
        not holds(predicate.ceiling, facts)
        and not holds(predicate.denial, facts)
        and (holds(predicate.permit, facts) or holds(predicate.base, facts))
    )


def _examples(now: datetime) -> Iterator[tuple[str, Facts]]:
    """Facts as the labeller makes them: one topic at its usual level; plans not yet labelled."""
    for topic in page_topics():
        for place in range(topic.mask.bit_length()):
            bit = topic.mask & 1 << place
            if bit:
                for kind in ("QuestionnaireResponse", "Observation"):
                    facts = _facts(kind, now)
                    yield topics.yours(topic), replace(facts, topics=bit, level=topics.rank(bit))
    yield "plans", replace(_facts("CarePlan", now), pending=True)


def _facts(kind: str, now: datetime) -> Facts:
    return Facts(f"{kind}/any", kind, frozenset({f"{topics.TYPES}|{kind}"}), dates=(now, now))
