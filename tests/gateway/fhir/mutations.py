"""Resources with one change each, right and wrong ones, picked at random but alike in every run.

Not a test and not a package, so load it by its path:

    from runpy import run_path
    MUTATIONS = run_path("tests/gateway/fhir/mutations.py")

`picked(number, seed)` yields that many changed resources, of all types in turn.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from functools import cache
from pathlib import Path
from runpy import run_path
from typing import Any

HERE = Path(__file__).parent
GENERATED = run_path(str(HERE / "generated.py"))
VALID = json.loads((HERE / "valid.json").read_text("utf-8"), parse_float=Decimal)

GONE = object()
PUT_THERE: tuple[Any, ...] = (
    *(GONE, None, "", "  ", "zzz", "a b", "true", "7", "2026-02-30", "urn:uuid:x", "#none"),
    *(True, 0, 7, -1, 2**31, Decimal("1.5"), [], {}, [None], ["zzz"], {"zzz": 1}, {"id": "a"}),
    *({"reference": "Medication/x"}, {"reference": "Nonsense"}, {"extension": []}),
    *("x\x07y", "\u00a0", "2026-01-02T10:00:00", "http://a b", "Patient/1", {"valueString": "x"}),
)
BESIDE: tuple[tuple[str, Any], ...] = (
    *(("zzz", 1), ("id", "a b"), ("extension", []), ("extension", [{"url": "x"}])),
    *(("valueString", "x"), ("valueBoolean", True), ("_zzz", {"id": "a"}), ("resourceType", "X")),
    *(("text", "words"), ("system", "http://a"), ("code", "c"), ("reference", "Patient/1")),
    *(("period", {"start": "2026-02-01", "end": "2026-01-01"}), ("type", "Patient")),
)


@cache
def seeds(kind: str) -> list[dict[str, Any]]:
    """Valid resources of a type: the handwritten, the fullest, and the least with each element."""
    alone = (each for _, each in GENERATED["each_alone"](kind))
    generated = [GENERATED["fullest"](kind), *(e for e in alone if not GENERATED["problems"](e))]
    return [*(each for each in VALID if each["resourceType"] == kind), *generated]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every place of a resource with what is there, but for resourceType."""
    if path and path != ("resourceType",):
        yield path, value
    if isinstance(value, dict | list):
        for step, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(child, (*path, step))


def changed(resource: dict[str, Any], path: tuple[Any, ...], new: Any) -> dict[str, Any]:
    copy = deepcopy(resource)
    holder: Any = copy
    for step in path[:-1]:
        holder = holder[step]
    if new is GONE:
        del holder[path[-1]]
    else:
        holder[path[-1]] = new
    return copy


def picked(number: int, seed: int) -> Iterator[tuple[dict[str, Any], tuple[Any, ...], Any]]:
    """That many changed resources, each with the place that was changed and what was put there."""
    chance = random.Random(seed)  # noqa: S311 - a sample
    for index in range(number):
        kind = GENERATED["KINDS"][index % len(GENERATED["KINDS"])]
        resource = chance.choice(seeds(kind))
        path, value = chance.choice(list(places(resource)))
        new = chance.choice(_news(value, chance))
        yield changed(resource, path, new), path, new


def _news(value: Any, chance: random.Random) -> list[Any]:
    """What may be put in a value's place: anything, the value in a list, one more name beside."""
    news = [chance.choice(PUT_THERE), chance.choice(PUT_THERE), [value]]
    if isinstance(value, list):
        news += [value[0], [*value, value[0]], [*value, chance.choice(PUT_THERE[1:])]]
    if isinstance(value, dict):
        news += [value | dict([beside]) for beside in chance.sample(BESIDE, 3)]
    if isinstance(value, str):
        news += [value + " ", value.upper(), value.encode().decode("latin-1") + "é"]
    return news
