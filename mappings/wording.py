"""A site's licensed wording of items, out of the file that the site keeps.

    read(tree) -> Wordings by instrument, or Unreadable with every fault

    {"instruments": {"<id>": {"licence": "…", "language": "en-GB", "items": {"<linkId>": "…"}}}}

No wording is ours: without one, items carry short labels of our own, and staff read from the form
that they hold a licence for. Codes, answers, scores and canonical never depend on a wording.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from mappings.instrument import Instrument
from mappings.instruments import all_instruments
from mappings.verdict import Fault

LONGEST = 2000  # characters of one text
_MEMBERS = ("licence", "language", "items")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_TEXT = f"must be 1 to {LONGEST:,} printable characters, without spaces around them"


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts of an instrument's items by linkId, in one language (BCP 47), and what the site may
    do with them: whose they are, and under which licence."""

    licence: str
    language: str
    items: Mapping[str, str]

    def unworded(self, instrument: Instrument) -> tuple[str, ...]:
        """The items that keep our own short label, in order."""
        return tuple(one for one in instrument.by_link_id if one not in self.items)


Wordings: TypeAlias = Mapping[str, Wording]  # by the instrument's id


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Nothing of the file is used, and every reason why."""

    faults: tuple[Fault, ...]


def read(tree: Any) -> Wordings | Unreadable:
    """The wordings, or each place that is wrong with what would be right there."""
    held = tree.get("instruments") if isinstance(tree, dict) else None
    if not isinstance(held, dict) or not held:
        return Unreadable((Fault("instruments", "must be an object, by instrument"),))
    faults = [Fault(_plain(name), "is unknown; use instruments") for name in _others(tree)]
    known = {one.id: one for one in all_instruments()}
    for name, wording in held.items():
        place = f"instruments.{_plain(name)}"
        if name in known:
            faults += _faults(place, known[name], wording)
        else:
            faults.append(Fault(place, f"must be one of {', '.join(sorted(known))}"))
    if faults:
        return Unreadable(tuple(faults))
    return {name: Wording(**wording) for name, wording in held.items()}


def _others(tree: Mapping[str, Any]) -> list[str]:
    return sorted(tree.keys() - {"instruments"})


def _faults(place: str, instrument: Instrument, wording: Any) -> Iterator[Fault]:
    if not isinstance(wording, dict):
        yield Fault(place, f"must be an object with {', '.join(_MEMBERS)}")
        return
    for name in sorted(wording.keys() - set(_MEMBERS)):
        yield Fault(f"{place}.{_plain(name)}", f"is unknown; use {', '.join(_MEMBERS)}")
    if not _is_text(wording.get("licence")):
        right = f"must say whose wording it is, and under which licence you use it; {_TEXT}"
        yield Fault(f"{place}.licence", right)
    language = wording.get("language")
    if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
        yield Fault(f"{place}.language", "must be a language code such as en-GB or cy")
    items = wording.get("items")
    if not isinstance(items, dict) or not items:
        yield Fault(f"{place}.items", "must be an object of texts, by linkId")
        return
    yield from _item_faults(f"{place}.items", instrument, items)


def _item_faults(place: str, instrument: Instrument, items: Mapping[str, Any]) -> Iterator[Fault]:
    for link_id, text in items.items():
        where = f"{place}.{_plain(link_id)}"
        if link_id not in instrument.by_link_id:
            right = f"must be the linkId of an item of {instrument.id}"
            yield Fault(where, f"{right}: {', '.join(instrument.by_link_id)}")
        elif not _is_text(text):
            yield Fault(where, _TEXT)


def _is_text(value: Any) -> bool:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST:
        return False
    return value.isprintable() and value == value.strip()


def _plain(name: str) -> str:
    """A name out of the file as a message may have it: in one line, and short."""
    return name if _PLAIN.fullmatch(name) else ascii(name[:64])
