"""What a service will be able to see, and what not, once a choice is saved or taken back: in plain
words, out of the same preview that any portal can ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from gateway.actions.previewing_asked import MOST
from gateway.web.me import held
from gateway.web.me.visit import Visit
from gateway.web.records import Resource
from gateway.web.services import Service
from mappings import story_words


@dataclass(frozen=True, slots=True)
class Thing:
    """One kind of thing by its name: how many of it, and when it was where it is one."""

    title: str
    count: int
    on: str

    @property
    def words(self) -> str:
        if self.count > 1:
            return f"{self.title} ({self.count} of these)"
        return f"{self.title}, {self.on}" if self.on else self.title


@dataclass(frozen=True, slots=True)
class Things:
    """Some of what is held, each kind once."""

    kinds: tuple[Thing, ...]

    @property
    def count(self) -> int:
        return sum(kind.count for kind in self.kinds)

    @property
    def number(self) -> str:
        return "1 thing" if self.count == 1 else f"{self.count} things"


@dataclass(frozen=True, slots=True)
class Outlook:
    """One service, and what others wrote: what it will see, what not, and what is new in that."""

    service: Service
    sees: Things
    misses: Things
    gains: Things
    loses: Things

    @property
    def changes(self) -> bool:
        return bool(self.gains.count or self.loses.count)


async def outlooks(
    here: Visit,
    services: Sequence[Service],
    proposed: Sequence[Resource] = (),
    replaced: Sequence[str] = (),
) -> tuple[Outlook, ...] | None:
    """How it will be for each of these services; None where that cannot be told, as where what is
    proposed cannot be written. Whoever may decide for the person is no service."""
    asked = [each for each in services if not each.identifier]
    found: list[Outlook] = []
    for start in range(0, len(asked), MOST):
        some = await _previewed(here, asked[start : start + MOST], [*proposed], [*replaced])
        if some is None:
            return None
        found += some
    return tuple(found)


async def _previewed(
    here: Visit, services: Sequence[Service], proposed: list[Resource], replaced: list[str]
) -> Iterator[Outlook] | None:
    """The same of as many services as one preview takes."""
    parameters = [
        *({"name": "consent", "resource": consent} for consent in proposed),
        *(_named("replaces", f"Consent/{id_}") for id_ in replaced),
        *(_named("recipient", service.reference) for service in services),
    ]
    body = msgspec.json.encode({"resourceType": "Parameters", "parameter": parameters})
    answer = await here.gateway.preview(here.requester, body, lambda one: _title(here, one))
    if answer.status != 200:
        return None
    found = msgspec.json.decode(answer.body).get("parameter", [])
    things = dict(_thing(each["part"]) for each in found if each["name"] == "held")
    looks = {_reference(each, "organization"): each for each in found if each["name"] != "held"}
    return (_outlook(one, looks[one.reference], things) for one in services)


def _title(here: Visit, resource: dict[str, Any]) -> str:
    return held.title(resource, here.services)


def _named(name: str, reference: str) -> dict[str, Any]:
    return {"name": name, "valueReference": {"reference": reference}}


@dataclass(frozen=True, slots=True)
class _Held:
    title: str
    on: str
    author: str


def _thing(parts: list[Any]) -> tuple[str, _Held]:
    said = {part["name"]: part for part in parts}
    date = said.get("date", {}).get("valueDateTime", "")
    author = said["author"]["valueReference"]["reference"]
    thing = _Held(said["title"]["valueString"], story_words.day(date), author)
    return said["reference"]["valueReference"]["reference"], thing


def _reference(parameter: Any, name: str) -> str:
    return next(iter(_references(parameter, name)))


def _references(parameter: Any, name: str) -> frozenset[str]:
    parts = (part for part in parameter["part"] if part["name"] == name)
    return frozenset(part["valueReference"]["reference"] for part in parts)


def _outlook(service: Service, look: Any, things: Mapping[str, _Held]) -> Outlook:
    others = {name: one for name, one in things.items() if one.author != service.reference}
    visible = _references(look, "visible")

    def some(references: Iterable[str]) -> Things:
        return _counted(others[one] for one in references if one in others)

    return Outlook(
        service=service,
        sees=some(visible),
        misses=some(others.keys() - visible),
        gains=some(_references(look, "gained")),
        loses=some(_references(look, "lost")),
    )


def _counted(things: Iterable[_Held]) -> Things:
    """Things of one name together, in the order of their names."""
    by_title: dict[str, list[_Held]] = {}
    for one in sorted(things, key=lambda one: (one.title.casefold(), one.on)):
        by_title.setdefault(one.title, []).append(one)
    return Things(tuple(Thing(title, len(found), found[0].on) for title, found in by_title.items()))
