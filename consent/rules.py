"""What one Consent says, once it has been read: a tree of provisions, each with its criteria."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from consent.dates import Interval

Severity = Literal["error", "warning", "information"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a Consent: where (FHIRPath) and what would be right.

    An error is refused when written; a warning or an information is stored and said.
    """

    expression: str
    diagnostics: str
    severity: Severity = "error"


class Effect(Enum):
    """What a provision does where it is the innermost that matches."""

    PERMIT = "permit"
    DENY = "deny"
    FRAME = "frame"  # nothing itself: only the provisions inside it decide


class Meaning(Enum):
    """R4's consent-data-meaning: how far a named resource reaches."""

    INSTANCE = "instance"
    RELATED = "related"
    DEPENDENTS = "dependents"
    AUTHORED_BY = "authoredby"


@dataclass(frozen=True, slots=True)
class Actor:
    """A party named in a provision: a literal "Type/id", an identifier "system|value", or both."""

    type: str | None = None
    reference: str | None = None
    identifier: str | None = None
    display: str | None = None


@dataclass(frozen=True, slots=True)
class Data:
    """A named resource ("Type/id"; None where it cannot be resolved) and how far it reaches."""

    meaning: Meaning
    reference: str | None


@dataclass(frozen=True, slots=True)
class Criteria:
    """The criteria of one provision, joined by AND; the values within one by OR.

    `named` holds the element names that are present. `unreadable` those that hold something not
    understood: they match nothing for a permit, and everything for a denial. `topics` is a mask,
    `levels` ranks U=0 to V=5; codes, classes "system|code"; `texts` case-folded words.
    """

    named: frozenset[str] = frozenset()
    unreadable: frozenset[str] = frozenset()
    recipients: tuple[Actor, ...] = ()
    sources: tuple[Actor, ...] = ()
    purposes: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    topics: int = 0
    levels: frozenset[int] = frozenset()
    classes: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    period: Interval | None = None
    data_period: Interval | None = None
    data: tuple[Data, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A provision: its FHIRPath, its effect, its criteria, and the exceptions inside it."""

    path: str
    effect: Effect
    criteria: Criteria = Criteria()
    children: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsentRules:
    """One Consent, read. Hashable, and the same for every request: read once, decide many times.

    `rules` are the root provision and, where a profile makes nested permits rules of their own,
    those. `opted_in` is the base permit outside them. `invalid` (422 when written) and
    `not_understood` (modifierExtension, implicitRules): nothing of it permits, its denials deny.
    `unreadable`: not even its shape could be read, so it denies everything.
    """

    rules: tuple[Rule, ...] = ()
    opted_in: bool = False
    counts: bool = False
    given: Interval | None = None
    period: Interval | None = None
    given_text: str | None = None
    invalid: bool = False
    not_understood: bool = False
    unreadable: bool = False

    @property
    def may_permit(self) -> bool:
        return not (self.invalid or self.not_understood or self.unreadable)
