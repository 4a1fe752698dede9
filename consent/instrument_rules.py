"""The questionnaires that the labelling rules know: what each asks, by its own definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import fhir_profiles
from consent.rule import Rule, rule


@dataclass(frozen=True, slots=True)
class Instrument:
    """A questionnaire that we know: its rule, its items, those of them that are answered in words,
    where a response states totals, and its own codes ("system|code")."""

    id: str
    questionnaire: str
    rule: Rule
    items: frozenset[str]
    texts: frozenset[str]
    panel: frozenset[str]

    def asks(self, link_id: str) -> bool:
        """Whether it is an item of the instrument, or where a response states a total of it."""
        return link_id in self.items


def instruments(rows: Iterable[Mapping[str, Any]], version: str) -> Iterator[Instrument]:
    """Each instrument of the rules. One of ours asks what its definition asks; a site's row lists
    its `items`."""
    for row in rows:
        yield Instrument(
            id=row["id"],
            questionnaire=row["questionnaire"],
            rule=rule({"rule": row["id"], **row}, version),
            items=frozenset(row["items"] if "items" in row else _items(row["id"])),
            texts=frozenset(row.get("texts", ())),
            panel=frozenset(row.get("panel", ())),
        )


def _items(instrument: str) -> Iterator[str]:
    """Every linkId of one of ours: its items, those that it embeds, and where totals are stated."""
    data = fhir_profiles.load(f"instruments/{instrument}.json")
    yield "total"
    yield from (item["linkId"] for item in data["items"])
    yield from (score["total"] for score in data["scores"] if score["total"])
    for section in data["sections"]:
        if "embeds" in section:
            yield section["total"]
            inner = fhir_profiles.load(f"instruments/{section['embeds']}.json")
            yield from (item["linkId"] for item in inner["items"])
