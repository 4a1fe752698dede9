"""The Questionnaire of an instrument: our own short labels, codes, answer values, no wording."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mappings.instrument import Choice, Instrument, Item, Kind, Score, Section
from mappings.scoring import codings
from mappings.systems import ORDINAL_VALUE, QUESTIONNAIRE


def questionnaire(instrument: Instrument) -> dict[str, Any]:
    """A complete R4 Questionnaire, flat: one item a linkId, then one read-only item a total.

    A response may state a total in its item; what it states is checked, never believed.
    """
    resource: dict[str, Any] = {
        "resourceType": "Questionnaire",
        "id": instrument.id,
        "url": f"{QUESTIONNAIRE}/{instrument.id}",
        "version": instrument.version,
        "name": "".join(word.capitalize() for word in instrument.id.split("-")),
        "title": instrument.title,
        "status": "active",
        "subjectType": ["Patient"],
        "copyright": instrument.copyright,
    }
    if instrument.codes:
        resource["code"] = list(instrument.codes)
    resource["item"] = [*_items(instrument), *map(_total, instrument.totals.items())]
    return resource


def coding(choice: Choice) -> dict[str, Any]:
    """The answer as a Coding that carries its ordinal (R4 extension ordinalValue)."""
    return {
        "extension": [{"url": ORDINAL_VALUE, "valueDecimal": choice.ordinal}],
        "system": choice.system,
        "code": choice.code,
        "display": choice.label,
    }


def _items(instrument: Instrument) -> Iterator[dict[str, Any]]:
    gates = {
        link_id: section.gate
        for section in instrument.sections
        if section.gate
        for link_id in section.items
        if link_id != section.gate
    }
    for section in instrument.sections:
        for link_id in section.items:
            yield _item(instrument.by_link_id[link_id], section, gates)


def _item(item: Item, section: Section, gates: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {"linkId": item.link_id}
    if item.codes:
        made["code"] = list(item.codes)
    made |= {"text": f"{section.label}: {item.label}", "type": item.kind.value}
    if gate := gates.get(item.link_id):
        made["enableWhen"] = [{"question": gate, "operator": "=", "answerBoolean": True}]
    if item.kind is Kind.CHOICE:
        made["answerOption"] = [{"valueCoding": coding(choice)} for choice in item.choices]
    return made


def _total(stated: tuple[str, Score]) -> dict[str, Any]:
    column, score = stated
    return {
        "linkId": column,
        "code": codings(score),
        "text": score.label,
        "type": "integer",
        "readOnly": True,
    }
