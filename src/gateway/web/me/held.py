"""What is held about a person, in plain words: what it is, when, and who wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.web.me import other_kinds
from gateway.web.me.other_kinds import words_of
from gateway.web.me.writers import planner, writer
from gateway.web.records import Resource
from gateway.web.services import Services
from mappings import story_words
from mappings.care_plan_codes import CARE_PLAN
from mappings.instruments import of_questionnaire

NOT_NAMED = "a service that is not named here"
SHOWN = ("QuestionnaireResponse", "Observation", "CarePlan", "ServiceRequest", "Task")

# Where each type says when it was, the best first.
_WHEN = {
    "QuestionnaireResponse": ("authored",),
    "Observation": ("effectiveDateTime", "issued"),
    "CarePlan": ("created",),
    "ServiceRequest": ("authoredOn", "occurrenceDateTime"),
    "Task": ("authoredOn", "lastModified"),
}
# Tasks whose own words are for those who wrote the plan: here what they are called is said.
_FOR_STAFF = ("plan-lacking", "review-near")
_GROUPS = {
    "QuestionnaireResponse": "Questions you answered",
    "Observation": "Scores and measurements",
    "CarePlan": "Plans",
    "ServiceRequest": "Referrals",
    "Task": "Next steps",
}
_QUESTIONS = {
    "assist-lite-uk": "Questions about alcohol, smoking and drugs (ASSIST-Lite)",
    "audit": "Questions about alcohol (AUDIT)",
    "audit-c": "Questions about alcohol (AUDIT-C)",
    "c-ssrs-screener": "Questions about keeping safe (C-SSRS)",
    "core-10": "Questions about how you have felt (CORE-10)",
    "dast-10": "Questions about drugs (DAST-10)",
    "dialog": "Questions about your life and your care (DIALOG)",
    "ftnd": "Questions about smoking (Fagerström)",
    "gad-7": "Questions about worry (GAD-7)",
    "honos-wa": "What staff wrote about how things are (HoNOS)",
    "itq": "Questions about what happened to you (ITQ)",
    "ldq": "Questions about alcohol or drugs (LDQ)",
    "pc-ptsd-5": "Questions about what happened to you (PC-PTSD-5)",
    "phq-9": "Questions about your mood (PHQ-9)",
    "reqol-10": "Questions about what matters in your life (ReQoL-10)",
    "sadq": "Questions about alcohol (SADQ)",
    "top": "Questions about your treatment (TOP)",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is held. `parts` are what belongs to it: scores, a referral's next step.
    `planned`: it does not say who wrote it, and is a part of a plan by `by`."""

    resource: Resource
    title: str
    on: str
    by: str
    parts: tuple[Resource, ...] = ()
    planned: bool = False

    @property
    def source(self) -> str:
        """Where it is from, in words."""
        return f"Part of a plan by {self.by}" if self.planned else f"Written by {self.by}"

    @property
    def ask(self) -> str:
        """Whom to tell where something in it is wrong."""
        return "a service that you know" if self.by == NOT_NAMED else self.by

    @property
    def reference(self) -> str:
        return f"{self.resource['resourceType']}/{self.resource['id']}"


@dataclass(frozen=True, slots=True)
class Group:
    heading: str
    items: tuple[Item, ...]


def groups(resources: Sequence[Resource], services: Services) -> tuple[Group, ...]:
    """Everything held, grouped by kind, newest first; what belongs to another thing is with it."""
    wholes = {_reference(one): one for one in resources}
    parts: dict[str, list[Resource]] = {}
    for one in resources:
        whole = next((each for each in _belongs_to(one) if each in wholes), None)
        if whole is not None:
            parts.setdefault(whole, []).append(one)
    within = {_reference(part) for found in parts.values() for part in found}
    made = []
    for heading in (*_GROUPS.values(), other_kinds.HEADING):
        alone = [
            one for one in resources if _heading(one) == heading and _reference(one) not in within
        ]
        alone.sort(key=when, reverse=True)
        items = tuple(
            item(one, services, parts.get(_reference(one), ()), resources) for one in alone
        )
        if items:
            made.append(Group(heading, items))
    return tuple(made)


def _heading(resource: Resource) -> str:
    return _GROUPS.get(resource["resourceType"], other_kinds.HEADING)


def item(
    resource: Resource,
    services: Services,
    parts: Iterable[Resource] = (),
    everything: Sequence[Resource] = (),
) -> Item:
    """One thing. `everything` is where the plan may be that it is a part of."""
    on, name = story_words.day(when(resource)), title(resource, services)
    by = writer(resource, services)
    whose = "" if by else planner(resource, everything, services)
    return Item(resource, name, on, by or whose or NOT_NAMED, tuple(parts), planned=bool(whose))


def title(resource: Resource, services: Services) -> str:
    """What it is called: by whom it is for, by the words that its writer gave, else by its kind."""
    match resource["resourceType"]:
        case "QuestionnaireResponse":
            return questionnaire_title(str(resource.get("questionnaire", "")))
        case "CarePlan":
            said = [words_of(one) for one in resource.get("category", [])]
            return str(resource.get("title") or next(filter(None, said), "") or "A plan")
        case "ServiceRequest":
            names = [services.named(one) for one in resource.get("performer", [])]
            referred = [f"Referral to {name}" for name in names if name]
            return next(iter(referred), "") or words_of(resource.get("code")) or "A referral"
        case "Task":
            called = words_of(resource.get("code"))
            asks = "" if _is_for_staff(resource) else str(resource.get("description") or "")
            return asks or called or "A next step for staff"
        case "Observation":
            return words_of(resource.get("code")) or "A measurement"
        case _:
            return other_kinds.called(resource)


def _is_for_staff(task: Resource) -> bool:
    codings = task.get("code", {}).get("coding", [])
    return any(one.get("system") == CARE_PLAN and one.get("code") in _FOR_STAFF for one in codings)


def questionnaire_title(canonical: str) -> str:
    """The set of questions in words that a person knows, with its staff name beside them."""
    instrument = of_questionnaire(canonical)
    if instrument is None:
        return "Questions and answers"
    return _QUESTIONS.get(instrument.id, instrument.title)


def when(resource: Resource) -> str:
    """When it was, as FHIR text; "" where it does not say."""
    names = _WHEN.get(resource["resourceType"], other_kinds.WHEN)
    return next((str(resource[name]) for name in names if resource.get(name)), "")


def _reference(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def belongs(part: Resource, whole: Resource) -> bool:
    """Whether the part is a score of, or a step about, the whole."""
    return _reference(whole) in _belongs_to(part)


def _is_step(reference: Any) -> bool:
    return str(reference.get("reference", "")).startswith("Task/")


def _belongs_to(resource: Resource) -> list[str]:
    """What a score is of, and what a step is about."""
    match resource["resourceType"]:
        case "Observation":
            found = resource.get("derivedFrom", [])
        case "Task":
            found = [resource.get("focus", {}), *resource.get("basedOn", [])]
            found.sort(key=_is_step)  # what is raised about a step stands with the referral
        case _:
            found = []
    return [str(one.get("reference", "")) for one in found]
