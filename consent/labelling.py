"""What a resource is about and how sensitive it is, decided by what was asked, never by answers.

Rules are data (`labels/rules.json`). Labels are the union of what the instrument, the codes, the
resources named by a referral and the author's own labels say. What no rule can judge stays
pending: an unknown code or instrument, free text, an attachment, an unknown extension or element.
Displays are not free text (they are words for the code beside them), nor is the narrative, which
is never released as sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from consent import topics
from consent.elements import at, literal
from consent.judging import Judgement, judgements
from consent.label_rules import Rules, rules

NORMAL = topics.LEVELS.index("N")


@dataclass(frozen=True, slots=True)
class Labels:
    """Topics (a mask), level (U=0 to V=5), whether a rule could judge, and which rules spoke.

    `pending` is "not yet labelled": no permit releases it. `ceiling` is content that nothing
    releases. `rules` names each rule that spoke with its rule set, as "version#rule".
    """

    topics: int = 0
    level: int = NORMAL
    pending: bool = False
    ceiling: bool = False
    rules: tuple[str, ...] = ()


def depends_on(resource: Mapping[str, Any]) -> tuple[str, ...]:
    """The "Type/id" whose labels `label` wants to know: what a referral names, and its service."""
    table = rules()
    kind = str(resource.get("resourceType"))
    named = [
        reference
        for reference in _references(resource, table.named.get(kind, ()))
        if _kind(reference) not in table.without_content
    ]
    named += _references(resource, table.named_services.get(kind, ()))
    found = (literal(reference.get("reference")) for reference in named)
    return tuple(sorted({one for one in found if one is not None}))


def label(resource: Mapping[str, Any], named: Mapping[str, Labels]) -> Labels:
    """The labels of a resource. `named` holds those of what it names, as `depends_on` lists them.

    A named resource that is missing there leaves this one pending; a service may be missing.
    """
    table = rules()
    kind = str(resource.get("resourceType"))
    if kind in table.without_content:
        return _combined(list(_own(resource, table)))
    found = [*_own(resource, table), *judgements(resource, table)]
    found += _of_named(resource, kind, named, table)
    if not any(one.judged for one in found):
        found.append(Judgement(table.named_rule("nothing-to-judge"), pending=True))
    return _combined(found)


def _combined(found: list[Judgement]) -> Labels:
    mask = 0
    for one in found:
        mask |= one.topics
    level = max((one.level for one in found), default=NORMAL)
    return Labels(
        topics=mask,
        level=max(level, NORMAL),
        pending=any(one.pending for one in found),
        ceiling=any(one.ceiling for one in found) or topics.under_ceiling(mask, level),
        rules=tuple(dict.fromkeys(one.rule for one in found)),
    )


def _own(resource: Mapping[str, Any], table: Rules) -> Iterator[Judgement]:
    """The author's own labels raise. One of our topics or levels that does not exist is pending."""
    name = table.named_rule("author")
    for coding in at(resource, "meta.security"):
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
    resource: Mapping[str, Any], kind: str, named: Mapping[str, Labels], table: Rules
) -> Iterator[Judgement]:
    """What a referral names lends it its labels; what is unknown leaves it pending."""
    for reference in _references(resource, table.named.get(kind, ())):
        target = literal(reference.get("reference"))
        if target is not None and target in named:
            yield _lent(named[target], table)
        elif _kind(reference) not in table.without_content and not _is_contained(reference):
            yield Judgement(table.named_rule("named-unknown"), pending=True)
    for reference in _references(resource, table.named_services.get(kind, ())):
        target = literal(reference.get("reference"))
        if target is not None and target in named:
            yield _lent(named[target], table)


def _lent(labels: Labels, table: Rules) -> Judgement:
    return Judgement(
        table.named_rule("named"),
        labels.topics,
        labels.level,
        labels.pending,
        labels.ceiling,
        judged=True,
    )


def _references(resource: Mapping[str, Any], paths: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    for path in paths:
        for value in at(resource, path):
            if isinstance(value, dict):
                yield value


def _kind(reference: Mapping[str, Any]) -> str:
    """The type that a reference points to, by its path or as it says; "" where it does not say."""
    parts = str(reference.get("reference", "")).partition("/_history/")[0].split("/")
    return parts[-2] if len(parts) > 1 else str(reference.get("type", ""))


def _is_contained(reference: Mapping[str, Any]) -> bool:
    """A contained resource is judged where it stands."""
    return str(reference.get("reference", "")).startswith("#")
