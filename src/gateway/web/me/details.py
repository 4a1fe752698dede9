"""One thing that is held, opened: each answer, each score, each step, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.web.me import other_kinds
from gateway.web.me.held import Item, title
from gateway.web.me.other_kinds import words_of
from gateway.web.me.referrals import is_raised
from gateway.web.records import Resource
from gateway.web.services import Services
from gateway.web.wording import listed
from mappings import story_words
from mappings.instrument import Instrument
from mappings.instruments import of_questionnaire
from mappings.questionnaire import questionnaire
from mappings.wording import Wordings

UNCONFIRMED = "unconfirmed-table"
NOTHING = "nothing is written here"
UNSHOWN = "something that this page cannot show in words"
_STEPS = {
    "requested": "sent, and waiting for an answer",
    "received": "sent, and received",
    "accepted": "accepted",
    "rejected": "not accepted",
    "in-progress": "under way",
    "completed": "finished",
    "cancelled": "stopped",
    "on-hold": "paused",
    "failed": "could not be done",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A name and what stands against it; the language of the name, where it may not be ours."""

    name: str
    value: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Details:
    """`shortened`: some of the names are short labels of ours for questions that were asked."""

    lines: tuple[Line, ...]
    scores: tuple[Line, ...]
    shortened: bool = False


def details(item: Item, services: Services, wordings: Wordings) -> Details:
    """Everything readable in the thing and in what belongs to it."""
    shortened = False
    match item.resource["resourceType"]:
        case "QuestionnaireResponse":
            lines = tuple(_answers(item.resource, wordings))
            shortened = _is_shortened(item.resource, wordings)
        case "ServiceRequest" | "Task":
            lines = tuple(_request(item.resource, services))
        case "CarePlan":
            lines = tuple(_plan(item.resource))
        case "Observation":
            lines = tuple(_score(item.resource, services))
        case _:
            lines = tuple(Line(*each) for each in other_kinds.lines(item.resource))
    tasks = (one for one in item.parts if one["resourceType"] == "Task")
    steps = [one for one in tasks if not is_raised(one)]  # where it stands says those
    lines += tuple(line for one in steps for line in _step(one, services))
    counted = [one for one in item.parts if one["resourceType"] == "Observation"]
    scores = tuple(line for one in counted for line in _score(one, services))
    names = {score.name for score in scores}
    shown = tuple(line for line in lines if line.name not in names)
    return Details(shown, scores, shortened)


def _answers(response: Resource, wordings: Wordings) -> Iterator[Line]:
    instrument = _instrument(response)
    wording = wordings.get(instrument.id) if instrument else None
    asked = questionnaire(instrument, wording)["item"] if instrument else []
    texts = {one["linkId"]: one["text"] for one in asked}
    choices = {
        (option["valueCoding"]["system"], option["valueCoding"]["code"]): option["valueCoding"]
        for one in asked
        for option in one.get("answerOption", [])
    }
    for one in _items(response):
        values = [*filter(None, (_value(answer, choices) for answer in one.get("answer", [])))]
        if values:
            link_id = str(one.get("linkId", ""))
            name = str(one.get("text") or texts.get(link_id, link_id))
            worded = wording if wording and link_id in wording.items else None
            language = worded.language if worded and "text" not in one else ""
            yield Line(_capital(name), listed(values), language)


def _is_shortened(response: Resource, wordings: Wordings) -> bool:
    """Whether some answer stands against a short label of ours."""
    instrument = _instrument(response)
    if instrument is None:
        return False
    wording = wordings.get(instrument.id)
    labels = wording.unworded(instrument) if wording else tuple(instrument.by_link_id)
    answered = [one for one in _items(response) if one.get("answer") and "text" not in one]
    return any(one.get("linkId") in labels for one in answered)


def _instrument(response: Resource) -> Instrument | None:
    return of_questionnaire(str(response.get("questionnaire", "")))


def _items(node: Resource) -> Iterator[Resource]:
    """Every item of a response, however deep, also those inside an answer."""
    for one in node.get("item", []):
        yield one
        yield from _items(one)
        for answer in one.get("answer", []):
            yield from _items(answer)


def _value(answer: Resource, choices: Mapping[tuple[Any, Any], Resource]) -> str:
    """What stands there, in words; "" where nothing does."""
    name, value = next(
        ((name, value) for name, value in answer.items() if name.startswith("value")), ("", "")
    )
    match name, value:
        case "valueBoolean", bool():
            return "yes" if value else "no"
        case "valueCoding", dict():
            held = choices.get((value.get("system"), value.get("code")), {})
            return str(value.get("display") or held.get("display") or value.get("code", ""))
        case "valueQuantity", dict():
            return _quantity(value)
        case "valueCodeableConcept", dict():
            return words_of(value)
        case "valueDate" | "valueDateTime", str():
            return story_words.day(value)
        case _, dict():
            return str(value.get("display") or value.get("title") or UNSHOWN)
        case _:
            return str(value)


def _quantity(value: Resource) -> str:
    """A number as it was written, with its unit; a score has none."""
    unit = "" if value.get("code") == "{score}" else value.get("unit") or value.get("code", "")
    return f"{value.get('comparator', '')}{value.get('value', '')} {unit}".strip()


def _score(observation: Resource, services: Services) -> Iterator[Line]:
    bands = [words_of(one) for one in observation.get("interpretation", [])]
    said = listed([part for part in (_value(observation, {}), *bands) if part])
    tags = [one.get("code") for one in observation.get("meta", {}).get("tag", [])]
    if UNCONFIRMED in tags:
        said += " (nobody has checked yet that it is counted in the right way)"
    within = observation.get("component", [])
    if said or not within:
        yield Line(title(observation, services), said or NOTHING)
    for one in within:
        yield Line(words_of(one.get("code")) or "A part of it", _value(one, {}) or NOTHING)


def _request(resource: Resource, services: Services) -> Iterator[Line]:
    reasons = [words_of(one) for one in resource.get("reasonCode", [])]
    for name, value in (
        ("Why", listed([one for one in reasons if one])),
        ("What is asked for", words_of(resource.get("code"))),
        ("Who it is for", services.named(resource.get("owner"))),
        ("How soon", {"routine": "not urgent"}.get(resource.get("priority", ""), "")),
        ("While you wait", str(resource.get("patientInstruction", ""))),
        ("Notes", " ".join(str(one.get("text", "")) for one in resource.get("note", []))),
    ):
        if value:
            yield Line(name, value)


def _step(task: Resource, services: Services) -> Iterator[Line]:
    state = _STEPS.get(str(task.get("status", "")), str(task.get("status", "")))
    owner = services.named(task.get("owner"))
    about_request = str(task.get("focus", {}).get("reference", "")).startswith("ServiceRequest/")
    name = "Where it has got to" if about_request else title(task, services)
    yield Line(name, f"{state} – {owner}" if owner else state)


def _plan(plan: Resource) -> Iterator[Line]:
    if plan.get("description"):
        yield Line("About", str(plan["description"]))
    for one in plan.get("activity", []):
        detail = one.get("detail", {})
        said = str(detail.get("description") or words_of(detail.get("code")))
        if said:
            yield Line("Step", said)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
