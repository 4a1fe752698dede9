"""The scored assessments that MHSDS takes, each with the range that its score may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

import fhir_profiles

SUPERSEDED = "mhsds-superseded-assessments"


@dataclass(frozen=True, slots=True)
class Tool:
    """One CodedAssToolType. `decimals`: an average, so that the score need not be whole."""

    display: str
    least: int
    most: int
    decimals: int

    def fault(self, score: str) -> str:
        """Why that score cannot be, or nothing. The score itself is not repeated."""
        value = Decimal(score)
        if not self.decimals and "." in score:
            return "must be a whole number for this assessment"
        if self.least <= value <= self.most:
            return ""
        return f"must be from {self.least} to {self.most} for this assessment"


@cache
def tools() -> Mapping[str, Tool]:
    """Each permitted code with what it scores."""
    return {
        one["code"]: Tool(one["display"], one["least"], one["most"], one.get("decimals", 0))
        for one in fhir_profiles.load("national/mhsds_assessments.json")["codes"]
    }
