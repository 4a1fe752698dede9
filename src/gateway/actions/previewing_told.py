"""What a preview found, as Parameters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from consent.topics import codings
from gateway.actions.previewing_people import Recipient
from gateway.actions.previewing_words import date_of
from gateway.storage.resources import Row

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """One thing that is held, as the person may know it; `author` is "Organization/<id>"."""

    type: str
    id: str
    title: str
    date: str | None
    author: str
    topics: int

    @property
    def reference(self) -> str:
        return f"{self.type}/{self.id}"

    @classmethod
    def of(cls, resource: Json, title: str, row: Row) -> Held:
        author = f"Organization/{row.author}"
        return cls(row.type, row.id, title, date_of(resource), author, row.topics)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one recipient sees of it: as things stand, and as they would."""

    recipient: Recipient
    now: frozenset[str]
    then: frozenset[str]


def told(held: Iterable[Held], seen: Iterable[Seen], purpose: str) -> Json:
    """Each thing once, then each recipient by reference to them."""
    things = [_thing(one) for one in held]
    looks = [_look(one, purpose) for one in seen]
    return {"resourceType": "Parameters", "parameter": [*things, *looks]}


def _thing(one: Held) -> Json:
    parts: list[Json] = [
        {"name": "reference", "valueReference": {"reference": one.reference, "type": one.type}},
        {"name": "title", "valueString": one.title},
        {"name": "author", "valueReference": {"reference": one.author}},
    ]
    if one.date is not None:
        parts.append({"name": "date", "valueDateTime": one.date})
    parts += [{"name": "topic", "valueCoding": coding} for coding in codings(one.topics)]
    return {"name": "held", "part": parts}


def _look(one: Seen, purpose: str) -> Json:
    who = {"reference": one.recipient.reference, "display": one.recipient.name}
    return {
        "name": "recipient",
        "part": [
            {"name": "organization", "valueReference": who},
            {"name": "purpose", "valueCode": purpose},
            {"name": "now", "valueInteger": len(one.now)},
            {"name": "then", "valueInteger": len(one.then)},
            *_listed("visible", one.then),
            *_listed("gained", one.then - one.now),
            *_listed("lost", one.now - one.then),
        ],
    }


def _listed(name: str, references: Iterable[str]) -> list[Json]:
    return [
        {"name": name, "valueReference": {"reference": reference}}
        for reference in sorted(references)
    ]
