"""The instruments we hold: one file each in `fhir_profiles/instruments`, one shape for all.

A file holds items (linkId, our own short label, answers with ordinals and LOINC answer codes) and
sections of items, each with a gate (the item whose "no" settles the section) and a score where
there is one. A section may embed another instrument whole. The cut-offs of all scores are in
`fhir_profiles/tables/score_bands.json`, which a clinical safety officer edits.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import fhir_profiles
from mappings.instrument import (
    Band,
    Choice,
    Instrument,
    Item,
    Kind,
    Missing,
    Score,
    Section,
    Variants,
)
from mappings.systems import ANSWER, LOINC, QUESTIONNAIRE

FOLDER = "instruments"
TABLES = "tables/score_bands.json"
UNCONFIRMED = "unconfirmed"
YES_NO = {"y": 1, "1": 1, "n": 0, "0": 0}
YES_NO_WORDS = {0: "n", 1: "y"}


@cache
def instrument(kind: str) -> Instrument | None:
    """The instrument of that id or alias, one object each; None where we hold none."""
    for path in fhir_profiles.names(FOLDER):
        data = fhir_profiles.load(path)
        if kind in data["aliases"]:
            return instrument(data["id"])
        if kind == data["id"]:
            return _instrument(data)
    return None


@cache
def all_instruments() -> tuple[Instrument, ...]:
    """The instruments that services are offered, by id; one that only lends a table is left out."""
    files = (fhir_profiles.load(path) for path in fhir_profiles.names(FOLDER))
    found = (instrument(data["id"]) for data in files if data["offered"])
    return tuple(held for held in found if held is not None)


@cache
def of_questionnaire(canonical: str) -> Instrument | None:
    """The instrument whose Questionnaire that canonical names, with its version or without one."""
    address, _, version = canonical.partition("|")
    held = instrument(address.removeprefix(f"{QUESTIONNAIRE}/"))
    if held is None or address != f"{QUESTIONNAIRE}/{held.id}":
        return None
    return held if version in ("", held.version) else None


def _instrument(data: Mapping[str, Any]) -> Instrument:
    parts = {part["embeds"]: _held(part["embeds"]) for part in data["sections"] if "embeds" in part}
    own = {item["linkId"]: _item(item) for item in data["items"]}
    lent = {item.link_id: item for part in parts.values() for item in part.items}
    alone = len(data["sections"]) == 1
    sections = tuple(
        _embedded(section, parts[section["embeds"]])
        if "embeds" in section
        else _section(section, "total" if alone else f"total_{section['id']}")
        for section in data["sections"]
    )
    return Instrument(
        id=data["id"],
        version=data["version"],
        title=data["title"],
        aliases=tuple(data["aliases"]),
        offered=data["offered"],
        copyright=data["copyright"],
        codes=tuple(data["codes"]),
        variants=Variants(**data["variants"]) if "variants" in data else None,
        items=tuple((own | lent)[link_id] for part in sections for link_id in part.items),
        sections=sections,
    )


def _held(kind: str) -> Instrument:
    held = instrument(kind)
    if held is None:
        raise LookupError(f"{FOLDER}: no instrument {kind} to embed")
    return held


def _embedded(section: Mapping[str, Any], part: Instrument) -> Section:
    only = part.sections[0]
    return Section(
        section["id"], only.label, only.items, only.gate, only.score, f"total_{section['id']}"
    )


def _section(data: Mapping[str, Any], total: str) -> Section:
    score = _score(data["score"]) if "score" in data else None
    return Section(data["id"], data["label"], tuple(data["items"]), data.get("gate"), score, total)


def _score(data: Mapping[str, Any]) -> Score:
    table = fhir_profiles.load(TABLES)["tables"][data["id"]]
    return Score(
        id=data["id"],
        label=data["label"],
        missing=Missing(data["missing"]),
        codes=tuple(data["codes"]),
        bands=tuple(Band(band["code"], band["min"], band["max"]) for band in table["bands"]),
        provisional=table["status"] == UNCONFIRMED,
    )


def _item(data: Mapping[str, Any]) -> Item:
    choices = tuple(_choice(data["linkId"], answer) for answer in data.get("answers", ()))
    kind = Kind(data["type"])
    yes_no = kind is Kind.BOOLEAN or {(c.ordinal, c.label) for c in choices} == {
        (0, "no"),
        (1, "yes"),
    }
    return Item(
        link_id=data["linkId"],
        label=data["label"],
        kind=kind,
        codes=tuple(data["codes"]),
        choices=choices,
        readings=YES_NO if yes_no else {str(c.ordinal): c.ordinal for c in choices},
        words=YES_NO_WORDS if yes_no else {c.ordinal: str(c.ordinal) for c in choices},
    )


def _choice(link_id: str, answer: Mapping[str, Any]) -> Choice:
    ordinal, loinc = answer["ordinal"], answer.get("loinc")
    system, code = (LOINC, loinc) if loinc else (ANSWER, f"{link_id}.{ordinal}")
    return Choice(ordinal, answer["label"], system, code)
