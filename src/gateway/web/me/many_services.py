"""Where there are many services to choose from: found by a word, or in groups that open."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from gateway.web.services import Service

FEW = 12  # that stand in one list, all in sight
A_GROUP = 8  # as many by the alphabet, unless more share a letter
LONGEST = 80  # characters that a search may have


@dataclass(frozen=True, slots=True)
class Group:
    """Services that belong together, under a name that says how."""

    name: str
    services: tuple[Service, ...]


@dataclass(frozen=True, slots=True)
class Offered:
    """`listed` stand in sight; `groups` are opened. `find` is what was searched for,
    which `fitting` of them fit; `among` how many there are, where they are many."""

    listed: tuple[Service, ...] = ()
    groups: tuple[Group, ...] = ()
    find: str = ""
    fitting: int = 0
    among: int = 0


def offered(services: Sequence[Service], find: str, chosen: str) -> Offered:
    """The services as the form shows them. One that is chosen already stays in sight."""
    if len(services) <= FEW:
        return Offered(tuple(services))
    asked = " ".join(find.split())[:LONGEST]
    if not asked:
        return Offered(groups=tuple(groups(services)), among=len(services))
    fitting = {each for each in services if fits(each, asked)}
    kept = tuple(each for each in services if each in fitting or each.reference == chosen)
    return Offered(kept, (), asked, len(fitting), len(services))


def fits(service: Service, asked: str) -> bool:
    """Whether each word stands in its name or in what kind of service it is, however written."""
    said = _plain(f"{service.name} {service.kind}")
    return all(word in said for word in _plain(asked).split())


def groups(services: Iterable[Service]) -> Iterator[Group]:
    """By the kind of service where it is known, the rest by the alphabet."""
    by_kind: dict[str, list[Service]] = {}
    for each in services:
        by_kind.setdefault(each.kind, []).append(each)
    rest = by_kind.pop("", [])
    for kind in sorted(by_kind, key=_plain):
        yield Group(kind, tuple(by_kind[kind]))
    before = "Other services, " if by_kind else ""
    for name, held in _by_letter(rest):
        yield Group(f"{before}{name}", tuple(held))


def _by_letter(services: Iterable[Service]) -> Iterator[tuple[str, list[Service]]]:
    """Neighbouring letters together: "A to C"."""
    first, last, held = "", "", list[Service]()
    for letter, these in groupby(sorted(services, key=_name), key=_letter):
        more = list(these)
        if held and len(held) + len(more) > A_GROUP:
            yield _span(first, last), held
            held = []
        first, last = first if held else letter, letter
        held = [*held, *more]
    if held:
        yield _span(first, last), held


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def _name(service: Service) -> tuple[str, str]:
    return _letter(service), _plain(service.name)


def _letter(service: Service) -> str:
    """The letter that it stands under; what begins with a figure or a sign stands under 0–9."""
    first = _plain(service.name).lstrip()[:1].upper()
    return first if first.isalpha() else "0–9"


def _plain(text: str) -> str:
    """Without accents and capitals."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in parts if not unicodedata.combining(each))
