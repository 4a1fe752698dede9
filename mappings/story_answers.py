"""What was told already, with its results in words that blame nobody, and what not to ask again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from mappings import parties
from mappings.care_plan_codes import SCREENED_ON, SCREENED_WITH, Code, codes_in
from mappings.instrument import Instrument, Score
from mappings.instruments import all_instruments, instrument, of_questionnaire
from mappings.linked import Resource
from mappings.story_table import Draw
from mappings.story_telling import Telling, reference_of, when
from mappings.story_value import Item, Line
from mappings.story_words import capital, concept, day, phrase, phrases, told
from mappings.systems import BAND, PROVISIONAL, SCORE

TOLD = ("completed", "amended")
_UNCONFIRMED = (PROVISIONAL, "unconfirmed-table")


def answers(telling: Telling, _: Draw, response: Resource) -> Iterator[Item]:
    """A set of questions that was answered, with the scores made of it."""
    scores = telling.pointing("Observation", "derivedFrom", reference_of(response))
    references = tuple(map(reference_of, (response, *scores)))
    held = of_questionnaire(_asked(response))
    lines = dict.fromkeys(_result(one, _label(one, held)) for one in scores)
    if held is not None and held.id in phrases("no_results"):
        lines = {_untold(): None}  # whatever was answered
    yield Item(references, _called(held), tuple(lines), telling.source(response), when(response))


def score(telling: Telling, _: Draw, found: Resource) -> Iterator[Item]:
    """A score whose answers the reader does not see."""
    if not _response_of(telling, found):
        lines = (_result(found, phrase("labels", "result")),)
        yield Item((reference_of(found),), _title(found), lines, telling.source(found), when(found))


def finding(telling: Telling, _: Draw, found: Resource) -> Iterator[Item]:
    """What was found about one part of life."""
    if text := _value(found):
        lines, source = (Line(text),), telling.source(found)
        yield Item((reference_of(found),), concept(found.get("code")), lines, source, when(found))


def asked(telling: Telling, _: Draw, response: Resource) -> Iterator[Item]:
    """A set of questions, when it was answered last, and of which time it asks."""
    held = of_questionnaire(_asked(response))
    lines = (_answered(telling, response), *_topics(held, response), *_recall(held))
    yield Item((reference_of(response),), _called(held), lines, on=when(response))


def asked_score(telling: Telling, _: Draw, found: Resource) -> Iterator[Item]:
    """The same for a score whose answers the reader does not see."""
    if not _response_of(telling, found):
        known = _known(found)
        lines = (_answered(telling, found), *_recall(known[0] if known else None))
        yield Item((reference_of(found),), _title(found), lines, on=when(found))


def asked_topic(telling: Telling, _: Draw, found: Resource) -> Iterator[Item]:
    """A part of life that was asked about, and when it was last."""
    lines = (_answered(telling, found),)
    yield Item((reference_of(found),), concept(found.get("code")), lines, on=when(found))


def asked_before(telling: Telling, _: Draw, plan: Resource) -> Iterator[Item]:
    """A screening that a plan says it rests on, where its answers are not seen."""
    seen = {
        held.id
        for one in telling.of_type("QuestionnaireResponse")
        if (held := of_questionnaire(_asked(one)))
    }
    for reference in plan.get("supportingInfo", ()):
        canonical = parties.extension(reference, SCREENED_WITH, "valueCanonical")
        held = of_questionnaire(str(canonical or ""))
        if held is not None and held.id not in seen:
            on = str(parties.extension(reference, SCREENED_ON, "valueDate") or "")
            lines = (Line(day(on), phrase("labels", "answered")), *_recall(held))
            yield Item((reference_of(plan),), _called(held), lines, on=on)


def _called(held: Instrument | None) -> str:
    if held is None:
        return phrase("other_questions")
    return phrase("instruments", held.id) or held.title


def _title(found: Resource) -> str:
    """A score by the questions that it is of, where it is the only one of them."""
    known = _known(found)
    if known is None:
        return concept(found.get("code")) or phrase("labels", "score")
    held, made = known
    return _called(held) if len(held.scores) == 1 else made.label


def _answered(telling: Telling, found: Resource) -> Line:
    return Line(telling.source(found) or "–", phrase("labels", "answered"))


def _topics(held: Instrument | None, response: Resource) -> Iterator[Line]:
    """What was answered about, where a set of questions asks about several things."""
    if held is None or len(held.sections) < 2:
        return
    answered = {str(one.get("linkId")) for one in response.get("item", ()) if one.get("answer")}
    labels = [part.label for part in held.sections if answered & set(part.items)]
    if labels:
        text = ", ".join(dict.fromkeys(labels))
        yield Line(capital(text), phrase("labels", "about"))


def _recall(held: Instrument | None) -> Iterator[Line]:
    if held is not None:
        unknown = held.recall == phrase("recall_unknown")
        recall = phrase("recall_unknown_words") if unknown else held.recall
        yield Line(phrase("recall").format(recall=recall) + ".")


def _result(found: Resource, label: str) -> Line:
    """A score as words: its number, and what that may mean for help."""
    known = _known(found)
    if known and known[0].id in phrases("no_results"):
        return _untold()
    bands = (band for one in _bands(found) for band in one)
    words = next(filter(None, (phrase("results", band) for band in bands)), "")
    number = _number(found) or ("" if words else _value(found))
    doubt = phrase("unconfirmed") if _is_unconfirmed(found) else ""
    text = told(number, "; ".join(filter(None, (words, doubt))))
    return Line(text, label) if text else Line(label)


def _untold() -> Line:
    return Line(phrase("no_result"))


def _label(found: Resource, held: Instrument | None) -> str:
    """What a score is of, under the questions that were asked: one part of them, or all."""
    known = _known(found)
    if known is None:
        return concept(found.get("code")) or phrase("labels", "score")
    made = known[1]
    if held is None:
        return made.label
    if held.id == known[0].id and len(held.scores) == 1:
        return phrase("labels", "result")
    parts = [part for part in held.sections if made.items[0] in part.items]
    alone = [one for one in held.scores for part in parts if one.items[0] in part.items]
    return capital(parts[0].label) if len(alone) == 1 else made.label


def _bands(found: Resource) -> Iterator[Iterator[str]]:
    for element in ("interpretation", "valueCodeableConcept"):
        codes = sorted(codes_in(found.get(element)))
        yield (code for system, code in codes if system == BAND)


def _number(found: Resource) -> str:
    quantity = found.get("valueQuantity") or {}
    return str(quantity.get("value", found.get("valueInteger", "")))


def _value(found: Resource) -> str:
    """What an Observation says, in words; the parts of it that are so."""
    if "valueString" in found:
        return str(found["valueString"])
    if "component" in found:
        yes = [concept(one.get("code")) for one in found["component"] if _is_so(one)]
        return ", ".join(filter(None, yes))
    return concept(found.get("valueCodeableConcept")) or _number(found)


def _is_so(component: Resource) -> bool:
    return component.get("valueBoolean") is True


def _is_unconfirmed(found: Resource) -> bool:
    return _UNCONFIRMED in codes_in({"coding": (found.get("meta") or {}).get("tag", ())})


def _asked(response: Resource) -> str:
    return str(response.get("questionnaire") or "")


def _response_of(telling: Telling, found: Resource) -> bool:
    """Whether the answers that a score is made of are told."""
    held = [telling.at(one) for one in found.get("derivedFrom", ())]
    return any(one is not None and one.get("status") in TOLD for one in held)


def _known(found: Resource) -> tuple[Instrument, Score] | None:
    """The score of ours that an Observation's codes are those of, with its instrument."""
    known = _scores()
    return next(
        (known[code] for code in sorted(codes_in(found.get("code"))) if code in known), None
    )


@cache
def _scores() -> Mapping[Code, tuple[Instrument, Score]]:
    """Each score by its codes; one that an instrument lends is its own, not the borrower's."""
    found: dict[Code, tuple[Instrument, Score]] = {}
    for held in all_instruments():
        for made in held.scores:
            owner = instrument(made.id.partition(".")[0]) or held
            named: list[Any] = [*made.codes, *made.accepted] or [{"system": SCORE, "code": made.id}]
            for one in named:
                found.setdefault((one["system"], one["code"]), (owner, made))
    return found
