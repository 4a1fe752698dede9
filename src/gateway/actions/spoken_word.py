"""What a service records of a person's spoken word, and what the person says of it.

Its denials count at once, its permits for its own organisation for a while (`storage.spoken`). The
person is told and asked, and an officer may look at it. Once the person has said that it is right,
it is as if they had written it.
"""

from __future__ import annotations

from typing import Any

from consent.reading import read
from consent.rules import ConsentRules
from gateway.actions import who_decides
from gateway.actions.deciders import says_yes
from gateway.actions.held import Held
from gateway.actions.releasing import tree
from gateway.actions.writing import Writing
from gateway.fhir.problem import Kind, Problem, Refused, refuse
from gateway.storage import emergencies, queue, spoken
from gateway.storage.resources import Row
from gateway.storage.times import microseconds

TOLD = "spoken-consent"
THEIRS_NOW = "the person has said that this is right: only they may change it now"
NOT_REWORDED = (
    "was written for the person: they can confirm it (verification), or take it back (inactive),"
    " and not reword it"
)
_NOT_WORDS = ("meta", "status", "verification")


def recorded(writing: Writing, row: Row, consent: dict[str, Any], rules: ConsentRules) -> None:
    """A service stored this: from when it counts the person is told; a yes goes to the officers."""
    if consent["status"] != "active":
        return
    may_count = who_decides.may_count(writing, consent["patient"]["reference"], rules)
    if not spoken.note(writing.connection, row.id, writing.now, may_count=may_count):
        return
    at = microseconds(writing.now)
    assert row.identity is not None  # noqa: S101 - a Consent concerns its patient
    emergencies.to_tell(writing.connection, row.identity, TOLD, row.reference, at)
    if says_yes(rules):
        _to_officers(writing, row)


def answered(
    writing: Writing, found: Held, stored: dict[str, Any], sent: dict[str, Any]
) -> Row | Refused:
    """The person confirms what a service wrote down, or says nothing new; its words stay."""
    shown = tree(found.seen.body)
    if _words(sent) != _words(shown):
        return refuse(Kind.RULE, NOT_REWORDED, "Consent")
    accepts = sent["status"] == "active" and shown["status"] != "active"
    if not accepts and not _confirms(writing, shown, sent):
        return writing.named(found.row)
    return _confirmed(writing, found.row, stored)


def denied(writing: Writing, row: Row) -> None:
    """The person says that they never said it: an officer has to know."""
    if not spoken.of(writing.connection, row.id).is_confirmed:
        _to_officers(writing, row)


def is_theirs(writing: Writing, row: Row) -> list[Problem]:
    """Why the service that wrote it may not change it any more."""
    if spoken.of(writing.connection, row.id).is_confirmed:
        return [Problem(Kind.FORBIDDEN, THEIRS_NOW, "Consent")]
    return []


def _confirmed(writing: Writing, row: Row, stored: dict[str, Any]) -> Row | Refused:
    rules, _ = read(stored)
    problems = who_decides.problems(writing, writing.requester.patient or "", rules)
    if problems:
        return Refused(tuple(problems))
    said = {
        "verified": True,
        "verifiedWith": stored["patient"],
        "verificationDate": writing.now.isoformat(timespec="seconds"),
    }
    before = stored.get("verification", [])
    changed = writing.change(row, stored | {"status": "active", "verification": [*before, said]})
    if not isinstance(changed, Refused):
        spoken.confirm(writing.connection, row.id, writing.now)
    return changed


def _confirms(writing: Writing, shown: dict[str, Any], sent: dict[str, Any]) -> bool:
    """Whether a verification with the person has come to those that stand already."""
    before = shown.get("verification", [])
    return any(
        each.get("verified") is True
        and each.get("verifiedWith", {}).get("reference") == writing.requester.patient
        for each in sent.get("verification", [])
        if each not in before
    )


def _words(consent: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in consent.items() if name not in _NOT_WORDS}


def _to_officers(writing: Writing, row: Row) -> None:
    queue.add(
        writing.connection,
        queue.Kind.SPOKEN_CONSENT,
        row.reference,
        microseconds(writing.now),
        organization=row.author,
        practitioner=writing.requester.practitioner,
    )
