"""Verdicts about resources from documents alone: no store, no clock. The command line's engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from consent.compiling import Compiled, compile_all
from consent.context import directory_of, names_of
from consent.deciding import Verdict, for_everyone, judge
from consent.directory import Directory
from consent.facts import Facts
from consent.people import (
    Identities,
    Stated,
    identities_of,
    patients_by_identifier,
    persons_named,
    stated,
)
from consent.policy import Policy
from consent.reading import read
from consent.reading_facts import facts_of, labels_in
from consent.request import Request, Source
from consent.sentence import sentence

Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """A request with everything it is held against. `context` None: no directory is at hand."""

    request: Request
    consents: Sequence[Resource]
    resources: Sequence[Resource]
    context: Sequence[Resource] | None
    policy: Policy
    now: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict about one resource ("Type/id"; None: no particular one), and its sentence."""

    resource: str | None
    verdict: Verdict
    sentence: str


def _unhurried() -> None:
    """There is all the time that it takes."""


def answers(question: Question, pause: Callable[[], None] = _unhurried) -> Iterator[Answer]:
    """One answer a resource, in the order given; without resources, one about none in particular.

    A resource is judged by the consents of each person it concerns, and needs the permit of each.
    `pause` is called before each of these judgements: it may raise, to give up.
    """
    held = [*(question.context or ()), *question.resources]
    names = names_of(held)
    about = _About(question, pause)
    for facts in _facts(question.resources, about.known):
        verdict = about.verdict(facts)
        said = sentence(verdict, about.request, names, question.now)
        yield Answer(facts.reference or None, verdict, said)


class _About:
    """The consents, compiled once for each set of persons."""

    def __init__(self, question: Question, pause: Callable[[], None]) -> None:
        held = [*(question.context or ()), *question.resources]
        patients = [one for one in held if one.get("resourceType") == "Patient"]
        self.known = known = patients_by_identifier(patients)
        self._question = question
        self._pause = pause
        self._directory = _directory(question)
        persons = [one for one in question.context or () if one.get("resourceType") == "Person"]
        self._identities: Identities = identities_of(patients, persons)
        self._consents: list[Stated] = [
            stated(_source(consent), consent, known) for consent in question.consents
        ]
        self._compiled: dict[str | None, Compiled] = {}
        self.request = _known_as(question.request, self._directory)

    def verdict(self, facts: Facts) -> Verdict:
        if not facts.persons:
            return judge(self._compile(None), facts)
        return for_everyone(judge(self._compile(one), facts) for one in sorted(facts.persons))

    def _compile(self, person: str | None) -> Compiled:
        """By the consents of this person; of everybody, where a resource names nobody."""
        self._pause()
        if person not in self._compiled:
            sources = (
                [one.source for one in self._consents]
                if person is None
                else self._identities.consents_of(person, self._consents)
            )
            self._compiled[person] = compile_all(
                sources, self.request, self._directory, self._question.policy, self._question.now
            )
        return self._compiled[person]


def _facts(resources: Sequence[Resource], known: Mapping[str, str]) -> Iterator[Facts]:
    if not resources:
        yield Facts(reference="", type="")
    for resource in resources:
        facts = facts_of(resource, labels_in(resource))
        yield replace(facts, persons=facts.persons | persons_named(resource, known))


def _source(consent: Resource) -> Source:
    meta = consent.get("meta")
    version = meta.get("versionId", "") if isinstance(meta, dict) else ""
    return Source(read(consent)[0], f"Consent/{consent.get('id', '')}", str(version))


def _directory(question: Question) -> Directory:
    """From the context, where there is one; what is joined also from the resources themselves."""
    held = directory_of([*(question.context or ()), *question.resources], question.now)
    own = Directory() if question.context is None else directory_of(question.context, question.now)
    return Directory(
        known=own.known,
        aliases=held.aliases,
        workplaces=held.workplaces,
        staff_roles=held.staff_roles,
        outgoing=held.outgoing,
        joined=held.joined,
        belonging=held.belonging,
        below=held.below,
        teams=held.teams,
    )


def _known_as(request: Request, directory: Directory) -> Request:
    """The request with every name of its parties, and the codes of a role named by reference."""
    roles = set(request.roles)
    for role in request.roles:
        if role in directory.staff_roles:
            roles |= directory.staff_roles[role].codes
    return Request(
        recipient=request.recipient,
        recipient_aliases=directory.names(*request.organization),
        practitioner=directory.names(*request.practitioner),
        roles=frozenset(roles),
        purpose=request.purpose,
        action=request.action,
        emergency=request.emergency,
    )
