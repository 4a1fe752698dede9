"""What a query asks for, read and ready to be looked up."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.fhir.matching import Test
from gateway.fhir.search_parameters import Parameter
from gateway.storage.conditions import Condition
from gateway.storage.searching import Criteria, Page


@dataclass(frozen=True, slots=True)
class Part:
    """One parameter of a query.

    `condition` is true of every row that the parameter finds; `clause` is held against what is
    released, where the index could know more than the reader. None asks nothing.
    """

    condition: Condition | None = None
    clause: Clause | None = None


@dataclass(frozen=True, slots=True)
class Chained:
    """A reference to something that is what a part asks for; for each type that it may have."""

    parameter: Parameter
    ways: tuple[tuple[str, Part], ...]


@dataclass(frozen=True, slots=True)
class Referred:
    """Something of a type refers to it by a parameter, and is what a part asks for (_has)."""

    type: str
    parameter: Parameter
    part: Part


Clause = Test | Chained | Referred


@dataclass(frozen=True, slots=True)
class Inclusion:
    """What comes along: what a parameter of a type names, or (`reverse`) what names by it.

    `source` "" and `parameter` None are any; `target` "" is any type that may be named.
    """

    source: str
    parameter: Parameter | None
    target: str
    reverse: bool = False
    again: bool = False  # :iterate


@dataclass(frozen=True, slots=True)
class Ranked:
    """One parameter that matches are ordered by."""

    parameter: Parameter
    descending: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What of each match leaves: R4's _summary, or the elements named. Both empty: all of it."""

    summary: str = ""
    elements: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for. `criteria` None: nothing can match, and nothing says why.

    `certain` is the same without what only narrows; `clauses` are held against what is released.
    `asked` are the parameters that were understood, for the links; `order` empty is by change;
    `about` is what a cursor of this search is sealed with; `counted` asks for the number alone;
    `total` whether the number is told.
    """

    criteria: Criteria | None
    certain: Criteria
    clauses: tuple[Clause, ...]
    order: tuple[Ranked, ...]
    page: Page
    asked: tuple[tuple[str, str], ...]
    about: str
    cursor: str = ""
    inclusions: tuple[Inclusion, ...] = ()
    shown: Shown = Shown()
    counted: bool = False
    total: bool = True
