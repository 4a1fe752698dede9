"""The root table: what a Consent's policyRule and root provision mean together.

R4's text and its own examples disagree here, so each combination has one row and one answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from consent import codes
from consent.rules import Criteria, Effect
from consent.shape import Node, codings_at, object_at


class Stance(Enum):
    """What policyRule says."""

    NONE = "none"
    OPT_IN = "opt-in"
    OPT_OUT = "opt-out"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Root:
    """Inside the root's criteria: its effect. Outside: the base permit, or silence.

    `refused` says what would be right, where the row is refused when written.
    """

    effect: Effect
    opted_in: bool = False
    refused: str | None = None


def stance_of(consent: Node) -> Stance:
    """What policyRule says; every v3-ActCode coding has to agree. `policy.uri` is not read."""
    rule = object_at(consent, "policyRule", "Consent")
    if rule is None:
        return Stance.NONE
    listed = codes.codes()["policy_rule"]
    stated = {
        code
        for system, code in codings_at(rule, "Consent.policyRule")
        if system == listed["system"]
    }
    for stance in (Stance.OPT_IN, Stance.OPT_OUT):
        if stated and stated <= set(listed[stance.value]):
            return stance
    return Stance.OTHER


def root_of(
    stance: Stance, stated: Effect | None, criteria: Criteria, permits_beneath: bool
) -> Root:
    """The row of the table. `stated` is the root's type, None where it has none."""
    some = bool(criteria.named - {"period"})
    match stance:
        case Stance.NONE:
            if stated is None:
                return _refused("must have a type, or policyRule an opt-in or opt-out")
            return Root(stated)
        case Stance.OPT_IN:
            return _opt_in(stated, criteria, some, permits_beneath)
        case Stance.OPT_OUT:
            return _opt_out(stated, criteria, some)
        case Stance.OTHER:
            right = "policyRule must be one of OPTIN, OPTINR, OPTOUT, OPTOUTE of v3-ActCode"
            return Root(stated or Effect.FRAME, refused=right)


def _opt_in(stated: Effect | None, criteria: Criteria, some: bool, permits_beneath: bool) -> Root:
    if stated is Effect.PERMIT:
        return Root(Effect.PERMIT)
    if stated is Effect.DENY:
        return Root(Effect.DENY, opted_in=some or "period" in criteria.named)
    if not criteria.named:
        return Root(Effect.FRAME, opted_in=True)
    if permits_beneath:
        return Root(Effect.FRAME)
    if not some:
        return _refused("must have a type where it has only a period: two readings contradict")
    return Root(Effect.DENY, opted_in=True)


def _opt_out(stated: Effect | None, criteria: Criteria, some: bool) -> Root:
    if stated is Effect.PERMIT and not some:
        return Root(
            Effect.PERMIT, refused="must name what is permitted, because policyRule opts out"
        )
    if stated is not None:
        return Root(stated)
    names_whom_or_why = bool(criteria.recipients or "purpose" in criteria.named)
    # An exception that names whom it is for, or why, is a permit; whatever else is no exception:
    # a source, a class or nothing at all leaves the opt-out a denial, because doubt denies.
    return Root(Effect.PERMIT if names_whom_or_why else Effect.DENY)


def _refused(right: str) -> Root:
    return Root(Effect.FRAME, refused=right)
