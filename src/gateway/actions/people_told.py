"""Who loses what they had received when it turns out who is one person, and who is not.

Where people are joined, what one of them denies holds for both from then on; where they are parted,
what one of them permits holds for that one alone, and who knew the other knows this one no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from consent.request import Source
from consent.rules import Effect
from gateway.actions import telling
from gateway.actions.directory import every_rule
from gateway.actions.losing import Losing, Part
from gateway.actions.weighing import consents_of
from gateway.actions.writing import Writing
from gateway.storage import identities
from gateway.storage.identities import Identity


@dataclass(frozen=True, slots=True)
class OneOfThem:
    """A person as they stood: every identity of theirs, and what held for them."""

    own: tuple[Identity, ...]
    consents: tuple[Source, ...]


def people(writing: Writing, ids: Iterable[int]) -> list[OneOfThem]:
    """The persons whom these identities mean now, each once."""
    connection = writing.connection
    persons = sorted(identities.persons_of(connection, ids))
    each = [identities.of_persons(connection, [person]) for person in persons]
    return [
        OneOfThem(tuple(own), tuple(consents_of(writing.installation, connection, own)))
        for own in each
    ]


def tell_joined(writing: Writing, stood: Sequence[OneOfThem]) -> None:
    """These are one person from now on: what one of them denies, the other does."""
    connection = writing.connection
    joint = identities.of_persons(connection, identities.persons_of(connection, _ids(stood)))
    for one in stood:
        of_others = [each for other in stood if other is not one for each in other.consents]
        denying = _first(each for each in of_others if _says(each, Effect.DENY))
        if denying is not None:
            part = Part(one.own, one.consents, frozenset())
            looking = Losing(writing.installation, connection, writing.now, joint, {}, part=part)
            telling.tell_of_people(writing, looking, denying, joint)
    telling.call_off(writing, joint)


def tell_parted(writing: Writing, stood: Sequence[OneOfThem]) -> None:
    """Who was one person is not any more: what permitted it does for its own alone."""
    for was in stood:
        for now in people(writing, [one.id for one in was.own]):
            mine = {each.reference for each in now.consents}
            permitting = [each for each in was.consents if _says(each, Effect.PERMIT)]
            permitting.sort(key=lambda each: each.reference not in mine)
            reference = _first(permitting)
            knew = {one.organization for one in was.own} - {one.organization for one in now.own}
            part = Part(now.own, was.consents, frozenset(knew))
            looking = Losing(
                writing.installation, writing.connection, writing.now, now.own, {}, part=part
            )
            if reference is not None:
                telling.tell_of_people(writing, looking, reference, was.own)


def _ids(stood: Iterable[OneOfThem]) -> list[int]:
    return [one.id for each in stood for one in each.own]


def _first(consents: Iterable[Source]) -> str | None:
    return next((each.reference for each in consents), None)


def _says(source: Source, effect: Effect) -> bool:
    """Whether it permits, or denies, anything: a bare opt-in permits too."""
    rules = source.rules
    besides = rules.unreadable if effect is Effect.DENY else rules.opted_in
    return rules.counts and (besides or any(rule.effect is effect for rule in every_rule(rules)))
