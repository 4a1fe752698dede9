"""Which tables of scores nobody has confirmed: read off the data, so that it is always true."""

from __future__ import annotations

from fhir_profiles import load
from mappings.instruments import UNCONFIRMED


def unconfirmed() -> dict[str, list[str]]:
    """The sections of each instrument whose table waits for the clinical safety officer."""
    found: dict[str, list[str]] = {}
    for name, table in load("tables/score_bands.json")["tables"].items():
        instrument, _, section = name.partition(".")
        if table["status"] == UNCONFIRMED:
            found.setdefault(instrument, []).append(section)
    return found
