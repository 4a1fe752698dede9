"""What a person's story is: sections of items of lines, each item with the resources it tells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is said, after its label where it has one."""

    text: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing told. `references` ("Type/id") are what it is told from; `on` is its FHIR date,
    `first` puts it before others of its kind."""

    references: tuple[str, ...]
    title: str
    lines: tuple[Line, ...] = ()
    source: str = ""
    on: str = ""
    first: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A section has an item at least: one with nothing to tell is none."""

    code: str
    title: str
    intro: str
    items: tuple[Item, ...]

    @property
    def references(self) -> tuple[str, ...]:
        """What it is told from, each once, as it is told."""
        every = (one for item in self.items for one in item.references)
        return tuple(dict.fromkeys(every))


@dataclass(frozen=True, slots=True)
class Story:
    """`about` is the person as their reader knows them, `made` the day, both in words."""

    about: str
    made: str
    sections: tuple[Section, ...]
