"""What a mapping answers: the resources, the flat record, or everything that stood in the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where (a column, or a FHIRPath) and what would be right.

    INVARIANT: neither repeats what the record says of a person. Two totals that disagree are the
    one exception, and they are numbers of at most three digits.
    """

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why one value cannot be read; whoever knows the column makes a `Fault` of it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A resource on its way into a transaction. Treat `resource` as read-only: parts are shared.

    `full_url` is "urn:uuid:…", made from the content; `if_none_exist` is empty where R4 has no
    search parameter that could find the resource again.
    """

    full_url: str
    resource: Mapping[str, Any]
    if_none_exist: str = ""


@dataclass(frozen=True, slots=True)
class Mapped:
    """The resources that a record became, the Patient first."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Flattened:
    """The flat record that resources became: columns that hold something, in template order."""

    record: dict[str, str]


@dataclass(frozen=True, slots=True)
class Unmappable:
    """Nothing was mapped, and every reason why."""

    faults: tuple[Fault, ...]
