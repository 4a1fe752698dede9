"""The Questionnaire of an instrument: our own short labels, or the wording that a site brings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mappings import expressions
from mappings.instrument import Choice, Instrument, Item, Kind, Score
from mappings.scoring import codings
from mappings.systems import (
    CALCULATED_EXPRESSION,
    MAX_VALUE,
    MIN_VALUE,
    ORDINAL_VALUE,
    QUESTIONNAIRE,
)
from mappings.wording import Wording

LABELS = (
    "not the wording of the questions, which staff read from the form that they are licensed for"
)


def questionnaire(instrument: Instrument, wording: Wording | None = None) -> dict[str, Any]:
    """A complete R4 Questionnaire, flat: one item a linkId, then one read-only item a total.

    A response may state a total in its item; what it states is checked, never believed, as the
    SDC calculatedExpression beside it is advice to whoever renders the form.

    `wording` is the licensed text of items, which a site with a licence brings; an item that it
    does not name keeps our own short label. Its licence note stands as the copyright, so that the
    wording never goes without it. Address, version, codes and answers are the same either way.
    """
    texts = wording.items if wording else {}
    resource: dict[str, Any] = {
        "resourceType": "Questionnaire",
        "id": instrument.id,
        "url": f"{QUESTIONNAIRE}/{instrument.id}",
        "version": instrument.version,
        "name": "".join(word.capitalize() for word in instrument.id.split("-")),
        "title": instrument.title,
        "status": "active",
        "subjectType": ["Patient"],
        "description": _description(instrument, wording),
        "copyright": wording.licence if wording else instrument.copyright,
    }
    if wording:
        resource["language"] = wording.language
    if instrument.codes:
        resource["code"] = list(instrument.codes)
    totals = (_total(instrument, score) for score in instrument.totals.values())
    resource["item"] = [*_items(instrument, texts), *totals]
    return resource


def _description(instrument: Instrument, wording: Wording | None) -> str:
    """What it asks about, and of which items the text is no wording."""
    about = f"Asks about {instrument.recall}."
    unworded = wording.unworded(instrument) if wording else ()
    if wording and not unworded:
        return about
    which = f"Texts of {', '.join(unworded)}" if wording else "Texts of items"
    return f"{about} {which} are short labels of our own, {LABELS}."


def coding(choice: Choice) -> dict[str, Any]:
    """The answer as a Coding that carries its ordinal (R4 extension ordinalValue), if it counts."""
    coded = {"system": choice.system, "code": choice.code, "display": choice.label}
    ordinal = {"url": ORDINAL_VALUE, "valueDecimal": choice.ordinal}
    return {"extension": [ordinal], **coded} if choice.scored else coded


def _items(instrument: Instrument, texts: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    gates = {
        link_id: section.gate
        for section in instrument.sections
        if section.gate
        for link_id in section.items
        if link_id != section.gate
    }
    for section in instrument.sections:
        for link_id in section.items:
            item = instrument.by_link_id[link_id]
            text = texts.get(link_id, f"{section.label}: {item.label}")
            yield _item(item, text, gates.get(link_id))


def _item(item: Item, text: str, gate: str | None) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if item.kind is Kind.INTEGER:
        ends = ((MIN_VALUE, min(item.words)), (MAX_VALUE, max(item.words)))
        made["extension"] = [{"url": url, "valueInteger": end} for url, end in ends]
    made["linkId"] = item.link_id
    if item.codes:
        made["code"] = list(item.codes)
    made |= {"text": text, "type": item.kind.value}
    if gate:
        made["enableWhen"] = [{"question": gate, "operator": "=", "answerBoolean": True}]
    if item.kind is Kind.CHOICE:
        made["answerOption"] = [{"valueCoding": coding(choice)} for choice in item.choices]
    return made


def _total(instrument: Instrument, score: Score) -> dict[str, Any]:
    expression = {"language": "text/fhirpath", "expression": expressions.total(instrument, score)}
    return {
        "extension": [{"url": CALCULATED_EXPRESSION, "valueExpression": expression}],
        "linkId": score.column,
        "code": codings(score),
        "text": score.label,
        "type": "integer" if score.whole else "decimal",
        "readOnly": True,
    }
