"""What a resource is about and how sensitive it is, decided by what was asked, never by answers.

Rules are data (`consent.label_rules`). Labels are the union of what the instrument, the codes, the
resources named by a referral, the services that take part and the author's own labels say. What
is in words is unjudged, and may be about anything: free text, an attachment. What no rule knows is
pending: an unknown code or instrument, an unknown extension or element. Displays are not free text
(they are words for the code beside them), nor is the narrative: neither is ever released as sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from consent import topics
from consent.elements import at, literal, security_labels
from consent.judgement import Judgement, pending, unjudged
from consent.judging import judgements
from consent.label_rules import Rules, rules
from consent.named import carried, references_at
from consent.said import Said, together

NORMAL = topics.LEVELS.index("N")


@dataclass(frozen=True, slots=True)
class Labels:
    """Topics (a mask), level (U=0 to V=5), what is in doubt, and which rules spoke.

    `unjudged`: some of it is in words, so it may be about any topic besides. `pending` is "not yet
    labelled", by the rules in force or because none of them can: no permit releases it.
    `ceiling` is content that nothing releases. `said` is what each rule that spoke said; labels are
    alike without it.
    """

    topics: int = 0
    level: int = NORMAL
    unjudged: bool = False
    ceiling: bool = False
    pending: bool = False
    said: tuple[Said, ...] = field(default=(), compare=False)

    @property
    def doubt(self) -> int:
        """As it is kept: 0 none, 1 in part not judged, 2 not labelled."""
        return 2 if self.pending else int(self.unjudged)

    @property
    def rules(self) -> tuple[str, ...]:
        """Each rule that spoke, with the version of its rules, as "version#rule"."""
        return tuple(one.rule for one in self.said)


def depends_on(resource: Mapping[str, Any], table: Rules | None = None) -> tuple[str, ...]:
    """The "Type/id" whose labels `label` wants to know: what a referral names."""
    table = table or rules()
    found = (literal(one.get("reference")) for one in carried(resource, table))
    return tuple(sorted({one for one in found if one is not None}))


def services_named(
    resource: Mapping[str, Any], table: Rules | None = None
) -> tuple[Mapping[str, Any], ...]:
    """The References to the services that take part in a contact or a referral."""
    table = table or rules()
    paths = table.named_services.get(str(resource.get("resourceType")), ())
    return tuple(references_at(resource, paths))


def service_says(service: Mapping[str, Any], table: Rules | None = None) -> tuple[Said, ...]:
    """What the kind of a service, by its directory entry, says of contacts with it."""
    table = table or rules()
    codings = (
        coding
        for element in table.service_elements
        for concept in at(service, element)
        for coding in at(concept, "coding")
        if isinstance(coding, dict)
    )
    keys = ((str(one.get("system", "")), str(one.get("code", ""))) for one in codings)
    found = (table.services[key] for key in keys if key in table.services)
    return together(Said(one.name, one.topics, one.level) for one in found)


def label(
    resource: Mapping[str, Any],
    named: Mapping[str, Labels],
    table: Rules | None = None,
    services: tuple[Said, ...] = (),
) -> Labels:
    """The labels of a resource. `named` holds those of what it names, as `depends_on` lists them;
    `services` is what the services say that take part in it, its author's own among them.

    A named resource that is missing there leaves this one pending.
    """
    table = table or rules()
    if str(resource.get("resourceType")) in table.without_content:
        return _combined(list(_own(resource, table)))
    found = [*_own(resource, table), *judgements(resource, table)]
    found += _of_named(resource, named, table)
    found += _of_services(services, found)
    if not any(one.judged for one in found):
        told_in_words = resource["resourceType"] in table.told_in_words
        found.append((unjudged if told_in_words else pending)(table, "nothing-to-judge"))
    return _combined(found)


def _combined(found: list[Judgement]) -> Labels:
    mask = 0
    for one in found:
        mask |= one.topics
    level = max((one.level for one in found), default=NORMAL)
    return Labels(
        topics=mask,
        level=max(level, NORMAL),
        unjudged=any(one.unjudged for one in found),
        ceiling=any(one.ceiling for one in found) or topics.under_ceiling(mask, level),
        pending=any(one.pending for one in found),
        said=together(
            Said(one.rule, one.topics, one.level, one.unjudged, one.pending) for one in found
        ),
    )


def _own(resource: Mapping[str, Any], table: Rules) -> Iterator[Judgement]:
    """The author's own labels raise, also those of what a Bundle holds. A topic or level of ours
    that does not exist is pending."""
    name = table.named_rule("author")
    for coding in security_labels(resource):
        if not isinstance(coding, dict):
            continue
        system, code = str(coding.get("system", "")), str(coding.get("code", ""))
        if mask := topics.bit(system, code):
            yield Judgement(name, mask)
        elif system == topics.CONFIDENTIALITY:
            rank = topics.level_of(code)
            yield Judgement(name, level=rank or NORMAL, pending=rank is None)
        elif system == topics.TOPIC_SYSTEM:
            yield Judgement(name, pending=True)


def _of_named(
    resource: Mapping[str, Any], named: Mapping[str, Labels], table: Rules
) -> Iterator[Judgement]:
    """What a referral names lends it its labels; what is unknown leaves it pending."""
    for reference in carried(resource, table):
        target = literal(reference.get("reference"))
        if target is not None and target in named:
            lent = named[target]
            yield Judgement(
                table.named_rule("named"),
                lent.topics,
                lent.level,
                lent.unjudged,
                lent.ceiling,
                judged=True,
                pending=lent.pending,
            )
        else:
            yield pending(table, "named-unknown")


def _of_services(services: tuple[Said, ...], found: list[Judgement]) -> list[Judgement]:
    """That a service takes part says what it is for, where nothing more specific is known."""
    mask = 0
    for one in found:
        mask |= one.topics
    known = topics.above(mask)
    return [Judgement(one.rule, one.topics & ~known, one.level, judged=True) for one in services]
