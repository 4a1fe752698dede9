"""Reads the form on which a person makes a choice. Nothing is preset, nothing is guessed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from starlette.datastructures import FormData

from gateway.web.me import topics
from gateway.web.me.choices import Choice
from gateway.web.services import Services

Errors: TypeAlias = dict[str, str]

_ANSWERS = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Entered:
    """What was entered, as it was, so that it can be shown again. Field names are the form's."""

    service: str = ""
    may: str = ""
    topics: tuple[str, ...] = ()
    day: str = ""
    month: str = ""
    year: str = ""
    take_back: frozenset[str] = field(default_factory=frozenset)

    @property
    def dated(self) -> bool:
        return any((self.day, self.month, self.year))


def entered(form: FormData) -> Entered:
    return Entered(
        service=_text(form, "service"),
        may=_text(form, "may"),
        topics=tuple(str(key) for key in form.getlist("topics")),
        day=_text(form, "day"),
        month=_text(form, "month"),
        year=_text(form, "year"),
        take_back=frozenset(str(one) for one in form.getlist("take_back")),
    )


def entered_before(choice: Choice) -> Entered:
    """What someone would have entered for this choice, to change it."""
    ends = choice.ends
    return Entered(
        service=choice.service.reference,
        may="yes" if choice.may else "no",
        topics=choice.topics,
        day=str(ends.day) if ends else "",
        month=str(ends.month) if ends else "",
        year=str(ends.year) if ends else "",
    )


def chosen(given: Entered, services: Services, today: date) -> Choice | Errors:
    """The choice, or what to put right, by the id of the field to go to."""
    errors: Errors = {}
    offered = (*services.others, *services.deputies)
    service = next((one for one in offered if one.reference == given.service), None)
    if service is None:
        errors["service"] = "Choose a service"
    if problem := _wrong_topics(given.topics):
        errors["topics"] = problem
    may = _ANSWERS.get(given.may)
    if may is None:
        errors["may"] = "Choose “yes” or “no”"
    elif may and service is not None and service.identifier:
        errors["may"] = f"{service.name} needs no yes from you. You can only say no here"
    ends = _end(given, today) if given.dated else None
    if isinstance(ends, str):
        errors["day"] = ends
    if errors or service is None or may is None or isinstance(ends, str):
        return errors
    return Choice(service, may, given.topics, ends)


def _wrong_topics(given: tuple[str, ...]) -> str:
    if not given or not topics.keys().issuperset(given):
        return "Choose what it is about"
    if topics.EVERYTHING in given and len(given) > 1:
        return "Choose “everything”, or choose topics, but not both"
    return ""


def _end(given: Entered, today: date) -> date | str:
    """The last day, or what to put right."""
    if not all((given.day, given.month, given.year)):
        return "The last day must have a day, a month and a year, like 27 3 2031"
    try:
        ends = date(int(given.year), int(given.month), int(given.day))
    except (ValueError, OverflowError):
        return "The last day must be a real date, like 27 3 2031"
    if ends < today:
        return "The last day must be today or later"
    return ends


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""
