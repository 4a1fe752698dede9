"""In which kind of service the one coordinator of a plan should work, by what the person needs.

It is advice: nothing is decided by it, and nobody is put in or taken out. The kind of a plan says
nothing of how severe an illness is; its needs do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import fhir_profiles
from mappings.care_plan_codes import NEED, code_of
from mappings.linked import Resource

WHO_LEADS = "care_plan/who_leads.json"


@dataclass(frozen=True, slots=True)
class Lead:
    """The kinds of service (CodeSystem/care-team) that should lead, and the rules that say so:
    where somebody else does, and where nobody does yet."""

    services: frozenset[str]
    elsewhere: str
    nobody: str


def lead_for(needs: Iterable[Resource]) -> Lead | None:
    """Who should lead with these needs (Conditions), as far as they say; the first row decides."""
    about = {code_of(one.get("category"), NEED) for one in needs}
    for row in fhir_profiles.load(WHO_LEADS)["leads"]:
        if about & set(row["needs"]):
            return Lead(frozenset(row["services"]), str(row["rule"]), str(row["nobody"]))
    return None
