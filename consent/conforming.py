"""The conformance suite: its cases, this engine's own verdicts on them, and how verdicts compare.

A verdict must have the case's resource, decision and strength. It should name the same provisions
and criteria; what differs there is told apart, because another engine may know less of its reasons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

import fhir_profiles
from consent.asking import Asked, request_of
from consent.calculating import Question, answers
from consent.policy import Policy, read_policy
from consent.telling import told

Json: TypeAlias = Mapping[str, Any]
FOLDER = "conformance"
_MUST = ("resource", "decision", "strength")  # of a verdict


@dataclass(frozen=True, slots=True)
class Case:
    """One case as it stands in the suite; `context` and `policy` None: not given."""

    name: str
    theme: str
    rule: str
    consents: Sequence[Json]
    request: Json
    resources: Sequence[Json]
    context: Sequence[Json] | None
    policy: Json | None
    verdicts: Sequence[Json]


@dataclass(frozen=True, slots=True)
class Compared:
    """How an engine's verdicts stand to the case's. `wrong` says what differs of what must match,
    None where nothing does; `provisions` and `criteria` whether those match too."""

    wrong: str | None
    provisions: bool
    criteria: bool


def themes() -> Iterator[Json]:
    """Every theme of the suite: its name, what it is about, its rules and its cases as JSON."""
    for path in fhir_profiles.names(FOLDER):
        theme: Json = fhir_profiles.load(path)
        yield theme


def cases(only: str = "") -> list[Case]:
    """The cases whose theme or name holds this text, whatever its case; all where it is empty."""
    wanted = only.casefold()
    every = (_case(theme["theme"], one) for theme in themes() for one in theme["cases"])
    return [one for one in every if wanted in f"{one.theme}: {one.name}".casefold()]


def _case(theme: str, one: Json) -> Case:
    return Case(
        name=one["name"],
        theme=theme,
        rule=one["rule"],
        consents=one["consents"],
        request=one["request"],
        resources=one["resources"],
        context=one.get("context"),
        policy=one.get("policy"),
        verdicts=one["verdicts"],
    )


def decided(case: Case) -> list[dict[str, Any]]:
    """This engine's verdicts, each as `onestory decide` prints it."""
    asked = request_of(case.request, datetime.now(UTC))
    if not isinstance(asked, Asked):
        raise ValueError(f"{case.name}: request.{asked[0].expression} {asked[0].diagnostics}")
    question = Question(
        request=asked.request,
        consents=case.consents,
        resources=case.resources,
        context=case.context,
        policy=Policy() if case.policy is None else read_policy(case.policy),
        now=asked.at,
    )
    return [told(answer) for answer in answers(question)]


def compared(case: Case, verdicts: Sequence[Json]) -> Compared:
    """The engine's verdicts, one for each resource in the order given, against the case's."""
    if len(verdicts) != len(case.verdicts):
        words = f"{len(verdicts)} verdicts instead of {len(case.verdicts)}"
        return Compared(words, provisions=False, criteria=False)
    pairs = list(zip(case.verdicts, verdicts, strict=True))
    wrong = [f"{_words(got)} instead of {_words(own)}" for own, got in pairs if _differs(own, got)]
    return Compared(
        wrong[0] if wrong else None,
        provisions=all(_provisions(own) == _provisions(got) for own, got in pairs),
        criteria=all(_criteria(own) == _criteria(got) for own, got in pairs),
    )


def _differs(own: Json, got: Json) -> bool:
    return any(own.get(name) != got.get(name) for name in _MUST)


def _words(verdict: Json) -> str:
    return f"{verdict.get('decision')} ({verdict.get('strength')})"


def _provisions(verdict: Json) -> set[tuple[str, str]]:
    """Which provision of which consent decided: the order and the number of times do not matter."""
    return {(one.get("consent", ""), one.get("provision", "")) for one in _reasons(verdict)}


def _criteria(verdict: Json) -> set[tuple[str, str, frozenset[str]]]:
    """The same, with the criteria that matched."""
    return {
        (one.get("consent", ""), one.get("provision", ""), frozenset(one.get("criteria", ())))
        for one in _reasons(verdict)
    }


def _reasons(verdict: Json) -> Sequence[Json]:
    reasons: Sequence[Json] = verdict.get("reasons", ())
    return reasons
