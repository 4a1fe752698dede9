"""What single cells of a flat record may hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from mappings.verdict import Fault, Unmappable, Wrong

ODS_CODE = re.compile(r"[A-Z0-9]{3,12}", re.ASCII)
USER_ID = re.compile(r"[A-Za-z0-9]{1,20}", re.ASCII)
SAFE_COLUMN = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}", re.ASCII)
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
NO_COLUMN = "is no column of this kind; --template prints them all"
YES_NO = {"y": True, "1": True, "n": False, "0": False}

Value = TypeVar("Value")


def text_of(value: object) -> str | Wrong:
    """A cell as trimmed text: JSON's true and false are y and n, whole numbers their digits."""
    match value:
        case str():
            text = value.strip()
            if text.isprintable() or not UNPRINTABLE.search(text):
                return text
            return Wrong("must be UTF-8 text without control characters")
        case None:
            return ""
        case bool():
            return "y" if value else "n"
        case int():
            return str(value) if abs(value) < 10**12 else Wrong("must be text or a small number")
        case _:
            return Wrong("must be text, a whole number, true or false")


def organization(text: str) -> str | Wrong:
    """An ODS code, unchanged."""
    if ODS_CODE.fullmatch(text):
        return text
    return Wrong("must be an ODS code: 3 to 12 capital letters and digits")


def practitioner(text: str) -> str | Wrong:
    """An SDS user id, unchanged, or nothing."""
    if not text or USER_ID.fullmatch(text):
        return text
    return Wrong("must be an SDS user id, letters and digits only, or empty")


def yes_or_no(text: str) -> bool | Wrong:
    found = YES_NO.get(text)
    return Wrong("must be y or n") if found is None else found


def free_text(text: str) -> str | Wrong:
    return text


class Row:
    """One flat record while it is read: `take` hands out what is right and notes what is wrong."""

    __slots__ = ("_record", "faults")

    def __init__(self, record: Mapping[str, object], columns: Mapping[str, object]) -> None:
        self._record = record
        self.faults: list[Fault] = []
        if not record.keys() <= columns.keys():
            for column in record:
                if column not in columns:
                    self.refuse(named(column), NO_COLUMN)

    def refuse(self, column: str, reason: str) -> None:
        self.faults.append(Fault(column, reason))

    def take(self, column: str, parse: Callable[[str], Value | Wrong]) -> Value | None:
        """The cell as `parse` reads it, or None with the reason noted. An absent cell is empty."""
        text = text_of(self._record.get(column))
        found = text if isinstance(text, Wrong) else parse(text)
        if isinstance(found, Wrong):
            self.refuse(column, found.reason)
            return None
        return found

    def unmappable(self) -> Unmappable:
        return Unmappable(tuple(self.faults))


def named(column: object) -> str:
    """A column's name where it can hardly be anything else: a misplaced cell is not repeated."""
    return column if isinstance(column, str) and SAFE_COLUMN.fullmatch(column) else "?"
