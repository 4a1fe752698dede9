"""Which tables of scores nobody has confirmed: read off the data, so that it is always true."""

from __future__ import annotations

from fhir_profiles import load
from mappings.instruments import UNCONFIRMED, all_instruments


def unconfirmed() -> dict[str, list[str]]:
    """By the title of each instrument, its sections whose table nobody has confirmed yet."""
    titles = {one.id: one.title for one in all_instruments()}
    found: dict[str, list[str]] = {}
    for name, table in load("tables/score_bands.json")["tables"].items():
        instrument, _, section = name.partition(".")
        if table["status"] == UNCONFIRMED:
            found.setdefault(titles.get(instrument, instrument), []).append(section)
    return found
