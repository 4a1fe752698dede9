"""A person's story, out of what one reader may see of their record.

    assemble(resources, patient, names, today) -> Story

Pure. What the sections are, and what each draws from, is data (`story/sections.json`). A section
with nothing to tell is not there, as if nothing were held: the story says only what the resources
say that were handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from mappings import story_answers, story_people, story_plans
from mappings.care_plan_codes import codes_in
from mappings.linked import Resource
from mappings.story_table import Draw, Part, parts
from mappings.story_telling import Telling, reference_of, when
from mappings.story_value import Item, Section, Story
from mappings.story_words import day, in_words

MOST = 100  # items of one section: the newest

Teller = Callable[[Telling, Draw, Resource], Iterator[Item]]
TELLERS: Mapping[str, Teller] = {
    "acts": story_plans.acts,
    "answers": story_answers.answers,
    "asked": story_answers.asked,
    "asked-before": story_answers.asked_before,
    "asked-score": story_answers.asked_score,
    "asked-topic": story_answers.asked_topic,
    "crisis": story_plans.crisis,
    "document": story_plans.document,
    "finding": story_answers.finding,
    "goal": story_plans.goal,
    "message": story_plans.message,
    "plan": story_plans.plan,
    "referral": story_people.referral,
    "score": story_answers.score,
    "step": story_people.step,
    "team": story_people.team,
    "wish": story_plans.wish,
}


def assemble(
    resources: Iterable[Resource],
    patient: Resource,
    names: Mapping[str, str],
    today: date,
    *,
    emergency: bool = False,
) -> Story:
    """The story of the person whose Patient the reader has, told on a day.

    `resources` are all that the reader may see and a section may need; `names` of those whom they
    name, by "Type/id" or "ods|CODE". In an emergency the crisis plan comes first.
    """
    telling = Telling(reference_of(patient), names, today, tuple(resources))
    told = (_section(telling, part) for part in parts(emergency=emergency))
    return Story(about(patient), in_words(today), tuple(one for one in told if one is not None))


def about(patient: Resource) -> str:
    """The person's name and birth date, as far as the reader's own Patient says them."""
    named = patient.get("name") or [{}]
    parts_of_name = [*named[0].get("given", ()), named[0].get("family", "")]
    name = str(named[0].get("text") or " ".join(filter(None, parts_of_name)))
    return ", ".join(filter(None, (name, day(str(patient.get("birthDate") or "")))))


def _section(telling: Telling, part: Part) -> Section | None:
    items = [item for draw in part.draws for item in _drawn(telling, draw)][:MOST]
    return Section(part.code, part.title, part.intro, tuple(items)) if items else None


def _drawn(telling: Telling, draw: Draw) -> list[Item]:
    """What one draw brings: first what is to be first, then the newest."""
    teller = TELLERS[draw.tells]
    taken = [one for one in telling.of_type(draw.type) if draw.takes(one)]
    if draw.last_of:
        taken = _newest(taken, draw.last_of)
    found = [item for one in taken for item in teller(telling, draw, one)]
    found.sort(key=lambda item: item.on, reverse=True)
    return sorted(found, key=lambda item: not item.first)


def _newest(taken: list[Resource], element: str) -> list[Resource]:
    """The newest of each value of an element."""
    newest: dict[object, Resource] = {}
    for one in sorted(taken, key=lambda one: (when(one), reference_of(one))):
        value = one.get(element)
        newest[value if isinstance(value, str) else codes_in(value)] = one
    return list(newest.values())
