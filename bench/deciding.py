"""Decisions on one core, by 1, 20 and 200 consents of five levels.

Two persons are measured: one whose consents are each about another service, and one whose consents
are all about the service that asks. CPU time, the least of many rounds, because what else the
machine does only ever adds. What was compiled is kept while nothing moves (docs/decisions/0010), so
that a page is decided by it again and again; what the first page costs is shown beside it.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from consent import topics
from consent.compiling import compile_all
from consent.deciding import judge
from consent.directory import Directory
from consent.facts import Facts
from consent.policy import Policy
from consent.predicate import Condition, every, negated, some
from consent.reading import read
from consent.request import Request, Source
from consent.truth import truth_of

COUNTS = (1, 20, 200)
PAGE = 50
LEVELS = 5
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
TERMS = "http://terminology.hl7.org/CodeSystem/"
TYPES = "http://hl7.org/fhir/resource-types"
ASKING = "Organization/asking"
_TOPICS = ("ETHUD", "MH", "PSY", "HIV", "SDV", "OPIOIDUD", "SEX", "STD")
_KINDS = ("Observation", "QuestionnaireResponse", "CarePlan", "Condition")


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of CPU: reading the consents, compiling them for a request, one verdict with
    its reasons, and one yes or no."""

    reading: float
    compiling: float
    verdict: float
    passing: float

    @property
    def amortised(self) -> float:
        """A decision, where each page of fifty compiles anew."""
        return self.compiling / PAGE + self.passing


def consent_of(number: int, organization: str) -> dict[str, Any]:
    """A permit with exceptions to exceptions, five levels deep, a little different each time."""
    provision = _level(number, 0)
    provision["actor"] = [
        {
            "role": {"coding": [{"system": f"{TERMS}v3-ParticipationType", "code": "IRCP"}]},
            "reference": {"reference": organization},
        }
    ]
    return {
        "resourceType": "Consent",
        "id": str(number),
        "status": "active",
        "scope": {"coding": [{"system": f"{TERMS}consentscope", "code": "patient-privacy"}]},
        "patient": {"reference": "Patient/one"},
        "dateTime": "2026-05-03",
        "provision": provision,
    }


def _level(number: int, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "deny" if depth % 2 else "permit"}
    turn = number + depth
    match depth:
        case 1:
            found["securityLabel"] = [
                {"system": topics.ACT_CODE, "code": _TOPICS[(turn + each) % len(_TOPICS)]}
                for each in range(3)
            ]
        case 2:
            found["class"] = [{"system": TYPES, "code": _KINDS[turn % len(_KINDS)]}]
        case 3:
            coding = {"system": "http://loinc.org", "code": f"{10000 + turn % 12}-{turn % 7}"}
            found["code"] = [{"coding": [coding]}]
        case 4:
            found["purpose"] = [{"system": f"{TERMS}v3-ActReason", "code": "TREAT"}]
            found["dataPeriod"] = {"start": f"20{10 + turn % 15}-01-01"}
    if depth + 1 < LEVELS:
        found["provision"] = [_level(number, depth + 1)]
    return found


def facts_of(number: int) -> Facts:
    kind = _KINDS[number % len(_KINDS)]
    return Facts(
        reference=f"{kind}/{number}",
        type=kind,
        classes=frozenset({f"{TYPES}|{kind}"}),
        codes=frozenset({f"http://loinc.org|{10000 + number % 12}-{number % 7}"}),
        topics=topics.mask_of(_TOPICS[number % len(_TOPICS)]) if number % 3 else 0,
        level=4 if number % 3 else 3,
        sources=frozenset({"Organization/wrote"}),
        dates=(NOW, NOW),
    )


def least(job: Callable[[], object], rounds: int = 30) -> float:
    """The least CPU time of a job, in microseconds."""
    found = sys.float_info.max
    gc.disable()
    for _ in range(rounds):
        before = time.process_time_ns()
        job()
        found = min(found, (time.process_time_ns() - before) / 1e3)
    gc.enable()
    return found


def cost(count: int, *, all_about_the_asker: bool) -> Cost:
    written = [
        consent_of(n, ASKING if all_about_the_asker or n == 0 else f"Organization/{n}")
        for n in range(count)
    ]
    sources = [Source(read(one)[0], f"Consent/{one['id']}") for one in written]
    asked = Request(ASKING, purpose="TREAT")
    page = [facts_of(n) for n in range(PAGE)]

    def compiling() -> Any:
        return compile_all(sources, asked, Directory(), Policy(), NOW)

    compiled = compiling()
    passes = truth_of(visible(compiled))
    return Cost(
        reading=least(lambda: [read(one) for one in written]) / count,
        compiling=least(lambda: truth_of(visible(compiling()))),
        verdict=least(lambda: [judge(compiled, one) for one in page]) / PAGE,
        passing=least(lambda: [passes(one) for one in page]) / PAGE,
    )


def visible(compiled: Any) -> Condition:
    """What passes, as one condition."""
    found = compiled.predicate
    return every(negated(found.ceiling), negated(found.denial), some(found.permit, found.base))


def print_decisions() -> None:
    print(
        "| consents | about | read one, us | compile, us | with reasons, us | a decision, us",
        end="",
    )
    print(" | of a first page, us |")
    print("|---:|---|---:|---:|---:|---:|---:|")
    for about, everyone in (("others but one", False), ("the one who asks", True)):
        for count in COUNTS:
            found = cost(count, all_about_the_asker=everyone)
            print(
                f"| {count} | {about} | {found.reading:.0f} | {found.compiling:.0f}"
                f" | {found.verdict:.2f} | {found.passing:.2f} | {found.amortised:.2f} |"
            )
