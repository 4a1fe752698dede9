"""Whoever received something under a consent is told when it ends: in the transaction that ends it.

Told is a service that received something and may not have it any more. What ends by its own period
is no act of anybody's, and is not told: nobody was told its end when it began either.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from consent.rules import ConsentRules, Effect
from gateway.actions import notices
from gateway.actions.directory import every_rule
from gateway.actions.losing import Losing
from gateway.actions.writing import Writing
from gateway.auth.delegated import is_delegate
from gateway.auth.requester import Role
from gateway.storage import identities, queue, searching, tellings
from gateway.storage.connection import STORAGE_ERRORS
from gateway.storage.identities import Identity
from gateway.storage.resources import Row
from gateway.storage.tellings import UNTOLD, Telling
from gateway.storage.times import microseconds

_LOG = logging.getLogger("gateway.telling")

Moved = Mapping[str, Row | None]  # "Consent/<id>" and the version before; None: there was none


def tell(writing: Writing) -> None:
    """Tell whoever loses what they received by what was written here.

    INVARIANT: nobody is kept from taking back by what goes wrong here: it is tried again
    (`chasing`), as what was taken away is remembered first.
    """
    for person, moved in _by_person(writing).items():
        taking = [reference for reference in moved if _takes_away(writing, reference, moved)]
        for reference in taking:
            _remember(writing, reference, moved[reference])
        looking = looking_at(writing, person, moved)
        with _apart(writing):
            _call_off(writing, looking)
            if taking:
                tell_those_who_lose(writing, looking, taking[0], frozenset())


@contextmanager
def _apart(writing: Writing) -> Iterator[None]:
    """All of it, or nothing; what was written before stands."""
    named = list(writing.entities)
    writing.connection.execute("SAVEPOINT telling")
    try:
        yield
    except STORAGE_ERRORS:
        raise  # nothing of the write stands
    except Exception as error:  # its text may name people
        _LOG.warning("nobody was told of an end yet: %s", type(error).__name__)
        writing.connection.execute("ROLLBACK TO telling")
        writing.entities[:] = named
    writing.connection.execute("RELEASE telling")


def looking_at(writing: Writing, person: bytes, moved: Moved) -> Losing:
    """What the consents of this person came to before, and come to now."""
    own = identities.of_persons(writing.connection, [person])
    return Losing(writing.installation, writing.connection, writing.now, own, moved)


def tell_those_who_lose(
    writing: Writing,
    looking: Losing,
    consent: str,
    but: frozenset[str],
    receivers: Sequence[Identity] | None = None,
) -> None:
    """Tell everyone who loses something, `but` for these organisations: they were told already.
    `receivers` are the identities whom they know the person by, where these are not the person's
    own any more."""
    named = list(writing.entities)
    for organization in looking.losers():
        if organization not in but:
            _tell(writing, looking.own if receivers is None else receivers, organization, consent)
    _log_for_the_person(writing, named)


def tell_of_people(
    writing: Writing, looking: Losing, consent: str, receivers: Sequence[Identity]
) -> None:
    """Tell whoever loses by who is one person from now on, though nobody wrote a Consent."""
    with _apart(writing):
        tell_those_who_lose(writing, looking, consent, frozenset(), receivers)


def call_off(writing: Writing, own: Sequence[Identity]) -> None:
    """Nobody goes on being asked about what is shared with them again."""
    with _apart(writing):
        looking = Losing(writing.installation, writing.connection, writing.now, own, {})
        _call_off(writing, looking)


def _call_off(writing: Writing, looking: Losing) -> None:
    """Nobody goes on being asked about what is shared with them again."""
    named = list(writing.entities)
    for each in tellings.open_about(writing.connection, looking.ids):
        if each.is_told and not looking.lacks(each.organization):
            notices.call_off(writing, each)
    _log_for_the_person(writing, named)


def _log_for_the_person(writing: Writing, named: list[str]) -> None:
    """INVARIANT: the log of a service, and of a delegate, tells of nobody else's notices."""
    if writing.requester.role is Role.SERVICE or is_delegate(writing.requester):
        writing.entities[:] = named


def _tell(writing: Writing, own: Sequence[Identity], organization: str, consent: str) -> None:
    receiver = next((one for one in own if one.organization == organization), None)
    row = _standing(writing, consent)
    assert row.identity is not None  # noqa: S101 - a Consent concerns its patient
    at = microseconds(writing.now)
    telling = Telling(
        id=writing.installation.new_id(),
        consent=row.id,
        identity=row.identity,
        organization=organization,
        at=at,
        status=UNTOLD if receiver is None else "requested",
        due=None if receiver is None else microseconds(notices.due_by(writing, 0)),
    )
    tellings.add(writing.connection, telling)
    if receiver is None:
        queue.add(
            writing.connection,
            queue.Kind.UNTOLD_ENDING,
            telling.id,
            at,
            organization=organization,
        )
    else:
        notices.send(writing, receiver, telling)


def _by_person(writing: Writing) -> dict[bytes, dict[str, Row | None]]:
    """The Consents that were written, by whom they are about."""
    found: dict[bytes, dict[str, Row | None]] = {}
    for reference, before in writing.moved.items():
        row = _standing(writing, reference)
        assert row.identity is not None  # noqa: S101 - a Consent concerns its patient
        person = identities.by_id(writing.connection, row.identity).person
        found.setdefault(person, {})[reference] = before
    return found


def _standing(writing: Writing, reference: str) -> Row:
    row = searching.current(writing.connection, "Consent", reference.removeprefix("Consent/"))
    assert row is not None  # noqa: S101 - consents are never deleted
    return row


def _takes_away(writing: Writing, reference: str, moved: Moved) -> bool:
    """Whether anybody can lose anything by it: it counted before, or it denies now."""
    kept, resources = writing.installation.kept_rules, writing.installation.resources
    before = moved[reference]
    if before is not None and kept.of(before, resources).counts:
        return True
    return _denies(kept.of(_standing(writing, reference), resources))


def _denies(rules: ConsentRules) -> bool:
    return rules.counts and (
        rules.unreadable or any(rule.effect is Effect.DENY for rule in every_rule(rules))
    )


def _remember(writing: Writing, reference: str, before: Row | None) -> None:
    row = _standing(writing, reference)
    assert row.identity is not None  # noqa: S101 - a Consent concerns its patient
    version = 0 if before is None else before.version
    tellings.take(writing.connection, row.id, version, row.identity, microseconds(writing.now))
