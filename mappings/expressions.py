"""The scores as FHIRPath, for SDC's calculatedExpression: advice to renderers, never believed.

An expression reads a QuestionnaireResponse whose coded answers carry their ordinals (ordinalValue)
and is empty where the score cannot be made. Every numeric score can be said so; outcomes, which
are no number, are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from mappings.conditions import AllOf, AnyOf, Condition, Within
from mappings.instrument import Instrument, Item, Kind, Rule, Score
from mappings.scoring import PLACES
from mappings.systems import ORDINAL_VALUE

EMPTY = "{}"
SUMMED = ".aggregate($this + $total, 0)"  # as sum(), which is younger and not in every engine
ORDINAL = f".answer.value.extension('{ORDINAL_VALUE}').value"


def total(instrument: Instrument, score: Score) -> str:
    """The value of a score over the answers of %resource."""
    items = [instrument.by_link_id[link_id] for link_id in score.items]
    summed, count = _sum(items), len(items)
    match score.rule:
        case Rule.SUM:
            return _gated(instrument, score, _when(_complete(instrument, score), summed))
        case Rule.MEAN:
            ready = f"{_answered(score.items)} and {_counted(items)} > 0"
            return _when(ready, f"(({summed}) / {_counted(items)}).round({PLACES})")
        case Rule.PRORATED:
            scaled = f"(({summed}) * {count} / {_counted(items)}).round({PLACES})"
            return _when(f"{_counted(items)} >= {score.least}", scaled)
        case Rule.OUTCOME:
            return EMPTY
        case _:
            assert_never(score.rule)


def _when(condition: str, value: str) -> str:
    return f"iif({condition}, {value}, {EMPTY})"


def _items(link_ids: Iterable[str]) -> str:
    """The items of the response with these linkIds."""
    return f"%resource.item.where(linkId.matches('^({'|'.join(link_ids)})$'))"


def _answered(link_ids: Sequence[str]) -> str:
    return f"{_items(link_ids)}.where(answer.exists()).count() = {len(link_ids)}"


def _ids(items: Iterable[Item]) -> list[str]:
    return [item.link_id for item in items]


def _counted(items: Sequence[Item]) -> str:
    """How many answers count: a declined one carries no ordinal. Only choices have such."""
    return f"{_items(_ids(items))}{ORDINAL}.count()"


def _sum(items: Sequence[Item]) -> str:
    """What the answers count together; a reversed one counts its ends less itself."""
    yes_no = [item for item in items if item.kind is Kind.BOOLEAN]
    straight = [item for item in items if item.kind is Kind.CHOICE and not item.reverse]
    reverse = [item for item in items if item.kind is Kind.CHOICE and item.reverse]
    parts = []
    if yes_no:
        parts.append(f"{_items(_ids(yes_no))}.where(answer.value = true).count()")
    if straight:
        parts.append(f"{_items(_ids(straight))}{ORDINAL}{SUMMED}")
    for ends, link_ids in _by_ends(reverse).items():
        turned = _items(link_ids)
        parts.append(f"({ends} * {turned}{ORDINAL}.count() - {turned}{ORDINAL}{SUMMED})")
    return " + ".join(parts)


def _by_ends(items: Iterable[Item]) -> dict[int, list[str]]:
    """The linkIds of reversed items by the sum of their lowest and highest answer."""
    found: dict[int, list[str]] = {}
    for item in items:
        found.setdefault(min(item.points) + max(item.points), []).append(item.link_id)
    return found


def _complete(instrument: Instrument, score: Score) -> str:
    """All items have an answer that counts, or those that a skip leaves have."""
    return " or ".join(f"({one})" for one in _completions(instrument, score))


def _completions(instrument: Instrument, score: Score) -> Iterator[str]:
    items = [instrument.by_link_id[link_id] for link_id in score.items]
    yield _all_count(items)
    for section in instrument.sections:
        for skip in section.skips:
            if set(skip.items) & set(score.items):
                left = [item for item in items if item.link_id not in skip.items]
                yield f"{_said(skip.when)} and {_all_count(left)}" if left else _said(skip.when)


def _all_count(items: Sequence[Item]) -> str:
    """Each item is answered, and with an answer that counts."""
    yes_no = [item.link_id for item in items if item.kind is Kind.BOOLEAN]
    choices = [item for item in items if item.kind is Kind.CHOICE]
    parts = [_answered(yes_no)] if yes_no else []
    if choices:
        parts.append(f"{_counted(choices)} = {len(choices)}")
    return " and ".join(parts)


def _said(asked: Condition) -> str:
    match asked:
        case Within(item, low, high):
            ordinal = f"{_items([item])}{ORDINAL}"
            return f"{ordinal}.where($this >= {low} and $this <= {high}).exists()"
        case AllOf(parts):
            return f"({' and '.join(map(_said, parts))})"
        case AnyOf(parts):
            return f"({' or '.join(map(_said, parts))})"
        case _:
            assert_never(asked)


def _gated(instrument: Instrument, score: Score, value: str) -> str:
    """Where the gate of the score's section says no, the score is 0; unanswered, there is none."""
    gates = [one.gate for one in instrument.sections if set(one.items) & set(score.items)]
    if gates != [gates[0]] or gates[0] is None:
        return value
    answer = f"{_items([gates[0]])}.answer.value"
    return f"iif({answer} = false, 0, {_when(f'{answer} = true', value)})"
