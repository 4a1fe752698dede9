"""One verdict about one resource, with its reasons.

    decide(consents, request, facts, directory, policy, now) -> Permit | Deny

Pure: no clock, database or configuration is read. Strengths in order: the ceiling, a denial, a
permit, a base permit, nothing (which denies). Any denial among all counting consents wins over
every permit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from consent.compiling import Compiled, Each, compile_all
from consent.directory import Directory
from consent.facts import Facts
from consent.policy import Policy
from consent.provisions import Deciding
from consent.request import Request, Source
from consent.rules import Effect, Rule


class Strength(StrEnum):
    """What a verdict rests on, the strongest first."""

    CEILING = "ceiling"
    DENIAL = "denial"
    PERMIT = "permit"
    BASE_PERMIT = "base-permit"
    NONE = "none"


@dataclass(frozen=True, slots=True, order=True)
class Reason:
    """What decided: a consent in one version, the provision in it, the criteria that matched.

    `consent` is "Consent/<id>", '' where site policy itself decided; `provision` a FHIRPath;
    `criteria` the names of the elements that matched, and `invalid-consent`, `not-understood`,
    `not-yet-labelled` or `emergency-policy`; `policy` the policy's version where it had a say.
    `rule` and `given` (the consent's dateTime) are for the sentence.
    """

    consent: str
    version: str
    provision: str
    criteria: tuple[str, ...]
    strength: Strength
    policy: str | None = field(default=None, compare=False)
    rule: Rule | None = field(default=None, compare=False, repr=False)
    given: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Permit:
    strength: Strength
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Deny:
    strength: Strength
    reasons: tuple[Reason, ...]


Verdict: TypeAlias = Permit | Deny


def decide(
    consents: Iterable[Source],
    request: Request,
    facts: Facts,
    directory: Directory,
    policy: Policy,
    now: datetime,
) -> Verdict:
    """Whether this request may have this resource, by the consents of one person."""
    return judge(compile_all(consents, request, directory, policy, now), facts)


def judge(compiled: Compiled, facts: Facts) -> Verdict:
    """The verdict about one resource, where consents are compiled once for many."""
    tests = compiled.tests
    if tests.ceiling(facts):
        reason = Reason("", "", "", ("ceiling",), Strength.CEILING, policy=compiled.policy.version)
        return Deny(Strength.CEILING, (reason,))
    for strength, decides, each in (
        (Strength.DENIAL, tests.denial, tests.denials),
        (Strength.PERMIT, tests.permit, tests.permits),
        (Strength.BASE_PERMIT, tests.base, tests.bases),
    ):
        if decides(facts):
            reasons = _reasons(strength, each, compiled, facts)
            return (Deny if strength is Strength.DENIAL else Permit)(strength, reasons)
    refused = {_of_refused(source) for source in compiled.refused}
    return Deny(Strength.NONE, tuple(sorted(refused)))


def for_everyone(verdicts: Iterable[Verdict]) -> Verdict:
    """One verdict about a resource that concerns several persons: it needs each one's permit.

    No person at all is nobody's permit.
    """
    order = list(Strength)
    given = sorted(verdicts, key=lambda verdict: order.index(verdict.strength))
    denied = [verdict for verdict in given if isinstance(verdict, Deny)]
    if denied or not given:
        return denied[0] if denied else Deny(Strength.NONE, ())
    # The weakest permit is what the whole rests on.
    reasons = {reason for verdict in given for reason in verdict.reasons}
    return Permit(given[-1].strength, tuple(sorted(reasons)))


def _reasons(
    strength: Strength, each: Each, compiled: Compiled, facts: Facts
) -> tuple[Reason, ...]:
    found = {_reason(strength, one, compiled, facts) for one, decides in each if decides(facts)}
    return tuple(sorted(found))


def _reason(strength: Strength, one: Deciding, compiled: Compiled, facts: Facts) -> Reason:
    policy = compiled.policy.version if strength is Strength.BASE_PERMIT else None
    if one.source is None or one.rule is None:
        return Reason("", "", "", ("emergency-policy",), strength, policy=policy)
    source, rule = one.source, one.rule
    criteria = set(rule.criteria.named)
    if facts.pending and "securityLabel" in criteria:  # no permit decides about what is pending
        criteria.add("not-yet-labelled")
    elif facts.unjudged and "securityLabel" in criteria and rule.effect is Effect.DENY:
        criteria.add("not-judged")
    return Reason(
        consent=source.reference,
        version=source.version,
        provision=rule.path,
        criteria=tuple(sorted(criteria | _doubts(source))),
        strength=strength,
        policy=policy,
        rule=rule,
        given=source.rules.given_text,
    )


def _of_refused(source: Source) -> Reason:
    return Reason(
        source.reference,
        source.version,
        "Consent",
        tuple(sorted(_doubts(source))),
        Strength.NONE,
        given=source.rules.given_text,
    )


def _doubts(source: Source) -> set[str]:
    """Why nothing of a consent permits."""
    rules = source.rules
    found = {"invalid-consent"} if rules.invalid else set()
    return found | ({"not-understood"} if rules.not_understood else set())
