"""The instruments we hold: one file each in `fhir_profiles/instruments`, one shape for all.

A file holds items (linkId, our own short label, answers with ordinals and LOINC answer codes),
sections of items, each with a gate (the item whose "no" settles the section) and skips where it
has any, and scores over items. A section may embed another instrument whole. Cut-offs and outcomes
are in `fhir_profiles/tables/score_bands.json`, alerts and the answers that raise them in
`tables/alerts.json`: a clinical safety officer edits these two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import fhir_profiles
from mappings.conditions import condition
from mappings.instrument import (
    Alert,
    Band,
    Choice,
    Instrument,
    Item,
    Kind,
    Outcome,
    Rule,
    Score,
    Section,
    Skip,
    Variants,
)
from mappings.systems import ANSWER, LOINC, QUESTIONNAIRE

FOLDER = "instruments"
TABLES = "tables/score_bands.json"
ALERTS = "tables/alerts.json"
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
    sections = tuple(
        _embedded(section, parts[section["embeds"]]) if "embeds" in section else _section(section)
        for section in data["sections"]
    )
    items = tuple((own | lent)[link_id] for part in sections for link_id in part.items)
    return Instrument(
        id=data["id"],
        version=data["version"],
        title=data["title"],
        aliases=tuple(data["aliases"]),
        offered=data["offered"],
        recall=data["recall"],
        copyright=data["copyright"],
        codes=tuple(data["codes"]),
        variants=Variants(**data["variants"]) if "variants" in data else None,
        items=items,
        sections=sections,
        scores=_scores(data, items, parts),
        alerts=_alerts(data["id"]),
    )


def _held(kind: str) -> Instrument:
    held = instrument(kind)
    if held is None:
        raise LookupError(f"{FOLDER}: no instrument {kind} to embed")
    return held


def _embedded(section: Mapping[str, Any], part: Instrument) -> Section:
    return replace(part.sections[0], id=section["id"])


def _section(data: Mapping[str, Any]) -> Section:
    skips = (Skip(condition(skip["when"]), tuple(skip["items"])) for skip in data.get("skips", ()))
    return Section(data["id"], data["label"], tuple(data["items"]), data.get("gate"), tuple(skips))


def _scores(
    data: Mapping[str, Any], items: tuple[Item, ...], parts: Mapping[str, Instrument]
) -> tuple[Score, ...]:
    """An instrument's own scores and those lent to it, by where their first item stands."""
    place = {item.link_id: index for index, item in enumerate(items)}
    lent = (
        replace(score, column=section["total"])
        for section in data["sections"]
        if "embeds" in section
        for score in parts[section["embeds"]].scores
    )
    own = (_score(score) for score in data["scores"])
    each = (
        _score(_of_one(item, data["item_scores"]))
        for item in data["items"]
        if "item_scores" in data
    )
    return tuple(sorted((*own, *lent, *each), key=lambda score: place[score.items[0]]))


def _of_one(item: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    """The score that a single answer is, by the item's own code."""
    return {
        "id": item["linkId"],
        "total": None,
        "label": f"{shared['label']}: {item['label']}",
        "rule": "sum",
        "items": [item["linkId"]],
        "codes": item["codes"],
        "table": shared["table"],
    }


def _score(data: Mapping[str, Any]) -> Score:
    tables = fhir_profiles.load(TABLES)["tables"]
    table = tables[data["table"]] if data["table"] else {}
    rule, items = Rule(data["rule"]), tuple(data["items"])
    return Score(
        id=data["id"],
        column=data["total"] or "",
        label=data["label"],
        rule=rule,
        items=items,
        least=data.get("least", len(items) if rule is Rule.SUM else 1),
        outcomes=tuple(
            Outcome(one["code"], condition(one["when"])) for one in table.get("outcomes", ())
        ),
        codes=tuple(data["codes"]),
        accepted=tuple(data.get("accepted", ())),
        bands=tuple(Band(one["code"], one["min"], one["max"]) for one in table.get("bands", ())),
        provisional=table.get("status") == UNCONFIRMED,
        caseness=table.get("talking_therapies", {}).get("min"),
    )


def _alerts(kind: str) -> tuple[Alert, ...]:
    data = fhir_profiles.load(ALERTS)
    found = (one for one in data["triggers"] if one["instrument"] == kind and one["raised"])
    return tuple(_alert(one["alert"], one["when"], data["alerts"][one["alert"]]) for one in found)


def _alert(name: str, when: Mapping[str, Any], asks: Mapping[str, Any]) -> Alert:
    return Alert(name, condition(when), asks["do"], asks["hours"])


def _item(data: Mapping[str, Any]) -> Item:
    choices = tuple(_choice(data["linkId"], answer) for answer in data.get("answers", ()))
    kind, reverse = Kind(data["type"]), data.get("reverse", False)
    answers = _answers(kind, choices, data)
    counted = [one.ordinal for one in choices if one.scored] if choices else list(answers)
    ends = min(counted, default=0) + max(counted, default=0)
    return Item(
        link_id=data["linkId"],
        label=data["label"],
        kind=kind,
        codes=tuple(data["codes"]),
        choices=choices,
        readings=YES_NO if answers is YES_NO_WORDS else {word: n for n, word in answers.items()},
        words=answers,
        points={ordinal: ends - ordinal if reverse else ordinal for ordinal in counted},
        reverse=reverse,
    )


def _answers(kind: Kind, choices: tuple[Choice, ...], data: Mapping[str, Any]) -> dict[int, str]:
    """What each answer is in a flat record."""
    if kind is Kind.BOOLEAN or {(c.ordinal, c.label) for c in choices} == {(0, "no"), (1, "yes")}:
        return YES_NO_WORDS
    if kind is Kind.INTEGER:
        return {n: str(n) for n in range(data["min"], data["max"] + 1)}
    return {choice.ordinal: str(choice.ordinal) for choice in choices}


def _choice(link_id: str, answer: Mapping[str, Any]) -> Choice:
    ordinal, loinc = answer["ordinal"], answer.get("loinc")
    system, code = (LOINC, loinc) if loinc else (ANSWER, f"{link_id}.{ordinal}")
    return Choice(ordinal, answer["label"], system, code, answer.get("scored", True))
