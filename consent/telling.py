"""A verdict as plain JSON: what the command prints, and what the conformance suite compares."""

from __future__ import annotations

from typing import Any

from consent.calculating import Answer
from consent.deciding import Permit, Reason


def told(answer: Answer) -> dict[str, Any]:
    """{"resource", "decision", "strength", "reasons", "sentence"}; resource None: none named."""
    verdict = answer.verdict
    return {
        "resource": answer.resource,
        "decision": "permit" if isinstance(verdict, Permit) else "deny",
        "strength": verdict.strength.value,
        "reasons": [_reason(reason) for reason in verdict.reasons],
        "sentence": answer.sentence,
    }


def _reason(reason: Reason) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "consent": reason.consent,
        "version": reason.version,
        "provision": reason.provision,
        "criteria": list(reason.criteria),
        "strength": reason.strength.value,
        "policy": reason.policy,
    }
    return {name: value for name, value in shown.items() if value not in (None, "")}
