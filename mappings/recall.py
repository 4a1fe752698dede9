"""How long an answer still tells what an item asks about, and which are asked each time anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import fhir_profiles
from mappings.instruments import ALERTS

WINDOWS = "tables/recall_windows.json"


def days(instrument: str, link_id: str) -> int:
    """For how many days an answer to the item counts; 0 is the day it was told alone."""
    window = fhir_profiles.load(WINDOWS)["instruments"][instrument]
    return int(window.get("items", {}).get(link_id, window["days"]))


@cache
def asked_anew() -> frozenset[str]:
    """The linkIds that an alert rests on, raised by now or not: nobody's earlier answer to one of
    them stands for how they are today."""
    triggers = fhir_profiles.load(ALERTS)["triggers"]
    return frozenset(one for trigger in triggers for one in _items(trigger["when"]))


def _items(when: Mapping[str, Any]) -> Iterator[str]:
    if "item" in when:
        yield when["item"]
    for part in (*when.get("all", ()), *when.get("any", ())):
        yield from _items(part)
