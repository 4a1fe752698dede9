"""Which alerts a QuestionnaireResponse raises, whoever sends it and whatever its version.

    raised_by(response) -> the alerts that its answers raise

A response is read as leniently as it can be: an answer that asks for a conversation about safety is
heard even where the rest of the response could not be judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from mappings import instruments, responses, scoring
from mappings.instrument import Alert, Instrument
from mappings.systems import QUESTIONNAIRE

WITHDRAWN = "entered-in-error"


def raised_by(response: Mapping[str, Any]) -> tuple[Alert, ...]:
    """The alerts that hold in a response now; none in one that was entered in error.

    Most responses cost one look into a dictionary: their instrument has no alerts.
    """
    asked = _watched().get(str(response.get("questionnaire", "")).partition("|")[0])
    if asked is None or response.get("status") == WITHDRAWN:
        return ()
    return scoring.alerts(asked, _heard(response.get("item", ()), asked))


@cache
def _watched() -> dict[str, Instrument]:
    """The instruments that have alerts, by the address of their Questionnaire."""
    return {f"{QUESTIONNAIRE}/{one.id}": one for one in instruments.all_instruments() if one.alerts}


def _heard(items: Any, asked: Instrument) -> dict[str, int]:
    """Each answered item at any depth; of several answers the highest."""
    highest: dict[str, int] = {}
    for item, answer in _answers(items):
        known = asked.by_link_id.get(str(item.get("linkId", "")))
        found = None if known is None else responses.said(answer, known)
        if known is not None and isinstance(found, int):
            highest[known.link_id] = max(found, highest.get(known.link_id, found))
    return highest


def _answers(items: Any) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for item in items:
        for answer in item.get("answer", ()):
            yield item, answer
            yield from _answers(answer.get("item", ()))
        yield from _answers(item.get("item", ()))
