"""Wishes, goals, strengths, the crisis plan and other plans, as a story tells them."""

from __future__ import annotations

from collections.abc import Iterator

from mappings import parties
from mappings.care_plan_codes import (
    CARE_PLAN,
    PLAN,
    REVIEW_DATE,
    code_of,
    codes_in,
    ours,
)
from mappings.linked import Resource
from mappings.story_table import Draw
from mappings.story_telling import Telling, reference_of, texts, when
from mappings.story_value import Item, Line
from mappings.story_words import capital, concept, day, phrase, told
from mappings.systems import SNOMED


def wish(telling: Telling, _: Draw, plan: Resource) -> Iterator[Item]:
    """What a shared plan says that matters to the person."""
    if text := str(plan.get("description") or ""):
        yield _item(telling, plan, phrase("titles", "wish"), Line(text), first=True)


def goal(telling: Telling, _: Draw, found: Resource) -> Iterator[Item]:
    """A goal, the person's own before others."""
    if text := concept(found.get("description")):
        own = telling.me == str((found.get("expressedBy") or {}).get("reference") or "")
        source = phrase("sources", "own") if own else telling.named(found.get("expressedBy"))
        reached = found["lifecycleStatus"] == "completed"
        status = phrase("acts", "completed") if reached else ""
        lines = (Line(capital(status)),) if status else ()
        yield Item((reference_of(found),), text, lines, source, when(found), own)


def crisis(telling: Telling, draw: Draw, plan: Resource) -> Iterator[Item]:
    """What helps first, then whom to call and how to stay safe, then anything else."""
    helps = str(plan.get("description") or "")
    acts = [*_acts(plan, only=draw.acts), *_acts(plan, but=draw.acts)]
    lines = ((Line(helps, phrase("labels", "helps")),) if helps else ()) + tuple(acts)
    if lines:
        title = str(plan.get("title") or phrase("titles", "crisis"))
        yield _item(telling, plan, title, *lines)


def acts(telling: Telling, draw: Draw, plan: Resource) -> Iterator[Item]:
    """Some of what a plan says will be done."""
    for line in _acts(plan, only=draw.acts):
        yield _item(telling, plan, line.label or line.text, Line(line.text))


def plan(telling: Telling, draw: Draw, found: Resource) -> Iterator[Item]:
    """What will be done, then what help is for, then when it is looked at again."""
    shared = (SNOMED, PLAN) in codes_in(found.get("category"))
    about = "" if shared else str(found.get("description") or "")
    lines = (
        *((Line(about, phrase("labels", "about")),) if about else ()),
        *_acts(found, but=tuple(draw.elsewhere)),
        *_tasks(telling, found),
        *_needs(telling, found),
        *((Line(note, phrase("labels", "notes")),) if (note := texts(found, "note")) else ()),
        *_review(telling, found),
    )
    title = str(found.get("title") or concept(found.get("category")) or phrase("titles", "plan"))
    references = (reference_of(found), *_seen(telling, found))
    yield Item(references, title, lines, telling.source(found), when(found))


def document(telling: Telling, _: Draw, found: Resource) -> Iterator[Item]:
    """A crisis plan that is held as a document."""
    title = str(found.get("description") or phrase("titles", "crisis_document"))
    yield _item(telling, found, title)


def message(telling: Telling, _: Draw, found: Resource) -> Iterator[Item]:
    """What those who work with the person tell each other."""
    said = [str(one.get("contentString") or "") for one in found.get("payload", ())]
    if text := " ".join(filter(None, said)):
        yield _item(telling, found, concept(found.get("category")), Line(text))


def _item(telling: Telling, found: Resource, title: str, *lines: Line, first: bool = False) -> Item:
    source = telling.source(found)
    return Item((reference_of(found),), title, lines, source, when(found), first)


def _acts(
    found: Resource, only: tuple[str, ...] | None = None, but: tuple[str, ...] = ()
) -> list[Line]:
    """The activities that are spelt out: some, in the order named, or all but some."""
    told: list[tuple[int, Line]] = []
    for one in found.get("activity", ()):
        detail = one.get("detail")
        codes = [code for _, code in sorted(codes_in((detail or {}).get("code")))]
        if detail is None or set(codes) & set(but):
            continue
        places = [only.index(code) for code in codes if only and code in only]
        if only is None or places:
            told.append((min(places, default=0), _act(detail)))
    return [line for _, line in sorted(told, key=lambda each: each[0])]


def _act(detail: Resource) -> Line:
    name = concept(detail.get("code"))
    period = detail.get("scheduledPeriod") or {}
    text = told(
        str(detail.get("description") or ""),
        _status(detail, "acts"),
        day(str(period.get("start") or "")),
    )
    return Line(text, name or phrase("labels", "step")) if text else Line(name)


def _status(held: Resource, group: str) -> str:
    """How far it is, and whether the person chose not to or it did not suit them."""
    why = codes_in(held.get("statusReason"))
    for reason in ("declined", "did-not-suit"):
        if codes_in(ours(reason)) <= why:
            return phrase(reason)
    return phrase(group, str(held.get("status") or ""))


def _tasks(telling: Telling, found: Resource) -> Iterator[Line]:
    """What staff do about the plan, but for reviews."""
    for task in _named(telling, found, "activity"):
        if code_of(task.get("code"), CARE_PLAN) != "review":
            execution = task.get("executionPeriod") or {}
            text = told(
                str(task.get("description") or ""),
                _status(task, "tasks"),
                day(str(execution.get("start") or "")),
            )
            name = concept(task.get("code")) or phrase("labels", "step")
            yield Line(text, name) if text else Line(name)


def _needs(telling: Telling, found: Resource) -> Iterator[Line]:
    """What the person needs help with, in words; the kind of need where there are none."""
    for need in _named(telling, found, "addresses"):
        if text := concept(need.get("code")) or concept(need.get("category")):
            yield Line(text, phrase("labels", "needs"))


def _review(telling: Telling, found: Resource) -> Iterator[Line]:
    """When the plan was last looked at, and when it will be again."""
    planned = False
    for task in _named(telling, found, "activity"):
        if code_of(task.get("code"), CARE_PLAN) != "review":
            continue
        if task.get("status") == "completed":
            if last := day(str((task.get("executionPeriod") or {}).get("end") or "")):
                yield Line(last, phrase("labels", "last_review"))
            continue
        period = (task.get("restriction") or {}).get("period") or {}
        planned = True
        yield _next(telling, str(period.get("end") or ""), task.get("owner"))
    stated = parties.extension(found, REVIEW_DATE, "valueDate")
    if stated and not planned:
        yield _next(telling, str(stated), None)


def _next(telling: Telling, on: str, owner: Resource | None) -> Line:
    return Line(told(day(on), telling.named(owner)), phrase("labels", "next_review"))


def _named(telling: Telling, found: Resource, element: str) -> Iterator[Resource]:
    """What the plan refers to from there and the reader sees."""
    for one in found.get(element, ()):
        reference = one.get("reference") if element == "activity" else one
        held = telling.at(reference) if reference else None
        if held is not None:
            yield held


def _seen(telling: Telling, found: Resource) -> Iterator[str]:
    for element in ("activity", "addresses"):
        yield from map(reference_of, _named(telling, found, element))
