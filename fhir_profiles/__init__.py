"""Definitions kept as data, and the one loader that reads them."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load(path: str) -> Any:
    """The parsed JSON of a packaged file, such as "labels/topics.json". Treat it as read-only."""
    return json.loads(files(__name__).joinpath(path).read_text(encoding="utf-8"))


@cache
def names(folder: str) -> tuple[str, ...]:
    """The packaged JSON files below a folder, sorted, as paths that `load` takes."""
    found = files(__name__).joinpath(folder).iterdir()
    return tuple(sorted(f"{folder}/{item.name}" for item in found if item.name.endswith(".json")))
