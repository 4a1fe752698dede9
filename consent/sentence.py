"""One plain sentence that a patient can repeat, for a verdict or for a provision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import fhir_profiles
from consent import codes, topics
from consent.dates import interval
from consent.deciding import Reason, Strength, Verdict
from consent.reading_criteria import LONDON
from consent.request import Request
from consent.rules import Actor, Criteria, Effect, Rule

Names = Mapping[str, str]


def sentence(verdict: Verdict, request: Request, names: Names, now: datetime) -> str:
    """What decided, in the person's own terms; `names` gives each reference its name."""
    who = names.get(request.recipient, "this service")
    reason = verdict.reasons[0] if verdict.reasons else None
    match verdict.strength:
        case Strength.CEILING:
            return "This is kept private to keep people safe, whatever anyone has agreed to."
        case Strength.NONE:
            return _nothing(reason, who, now)
        case Strength.BASE_PERMIT:
            return _opted_in(reason, who, now)
        case _:
            return _provision(reason, names, now)


def statement(rule: Rule, given: str | None, names: Names, now: datetime) -> str:
    """What one provision says, as the person would say it; `given` is the consent's dateTime."""
    may = "may not" if rule.effect is Effect.DENY else "may"
    nobody = rule.effect is Effect.DENY and not rule.criteria.recipients
    who = _listed((_named(actor, names) for actor in rule.criteria.recipients), "or")
    if nobody:
        return f"{_on(given, now)} nobody may {_what(rule, names)}."
    return f"{_on(given, now)} {who or 'services'} {may} {_what(rule, names)}."


def _provision(reason: Reason | None, names: Names, now: datetime) -> str:
    if reason is None or reason.rule is None:
        return "Nothing you have said lets this be shared."
    if {"invalid-consent", "not-understood"} & set(reason.criteria):
        return (
            f"We could not read all of what you said{_day(reason.given, now)}, so we keep this"
            " private until we have asked you."
        )
    return statement(reason.rule, reason.given, names, now)


def _nothing(reason: Reason | None, who: str, now: datetime) -> str:
    if reason is not None:
        return (
            f"We could not read all of what you said{_day(reason.given, now)}, so it does not let"
            f" {who} see this yet."
        )
    return f"You have not said that {who} may see this."


def _opted_in(reason: Reason | None, who: str, now: datetime) -> str:
    if reason is None or not reason.consent:
        return f"In an emergency {who} may see this, because you have not said otherwise."
    return (
        f"{_on(reason.given, now)} services that look after you may share what you tell them,"
        f" so {who} may see this."
    )


def _on(given: str | None, now: datetime) -> str:
    return f"You said{_day(given, now)} that"


def _day(given: str | None, now: datetime) -> str:
    """ " on 3 May", with the year where it is not this one; as much as the date states."""
    found = interval(given) if given else None
    if given is None or found is None:
        return ""
    local = _in_london(found[0])
    month, year = f"{local:%B}", f"{local.year}"
    this_year = local.year == _in_london(now).year
    match given.count("-"):
        case 0:
            return f" in {year}"
        case 1:
            return f" in {month}" if this_year else f" in {month} {year}"
        case _:
            return f" on {local.day} {month}" if this_year else f" on {local.day} {month} {year}"


def _in_london(moment: datetime) -> datetime:
    """As London's clocks show it; as it is at the ends of time, which they do not."""
    try:
        return moment.astimezone(ZoneInfo(LONDON))
    except OverflowError:
        return moment


def _named(actor: Actor, names: Names) -> str:
    """The directory's name, else the one that the consent shows, else plain words."""
    for known_as in (actor.reference, actor.identifier):
        if known_as is not None and known_as in names:
            return names[known_as]
    if actor.display:
        return actor.display
    is_person = actor.type in codes.types("persons")
    return "someone you named" if is_person else "a service you named"


def _what(rule: Rule, names: Names) -> str:
    criteria = rule.criteria
    changing = bool(criteria.actions) and not criteria.actions & {"access", "disclose", "use"}
    verb = "add to or change" if changing else "see"
    return f"{verb} {_thing(criteria, names)}{_whose(criteria, names)}"


def _thing(criteria: Criteria, names: Names) -> str:
    """What it is about: topics first, then kinds of record, then what was picked out."""
    words = _topics(criteria.topics)
    if words:
        return f"anything about {words}"
    kinds = fhir_profiles.load("consent/words.json")["kinds"]
    if criteria.classes:
        found = {
            kinds.get(one.rpartition("|")[2], "some of your records") for one in criteria.classes
        }
        return _listed(sorted(found), "or")
    if criteria.data:
        return "the records you picked out"
    if criteria.codes or criteria.texts or criteria.levels or criteria.data_period:
        return "some of your records"
    return "what is written" if criteria.sources else "anything about you"


def _whose(criteria: Criteria, names: Names) -> str:
    who = _listed((_named(actor, names) for actor in criteria.sources), "or")
    return f" by {who}" if who else ""


def _topics(mask: int) -> str:
    """The words of the page for a mask: those it covers wholly, else those it touches."""
    covered = topics.below(mask)
    page = topics.page_topics()
    whole = [one.words for one in page if one.mask & covered == one.mask]
    touched = [one.words for one in page if one.mask & covered]
    return _listed(whole or touched, "or") if mask else ""


def _listed(words: Iterable[str], last: str) -> str:
    """ "a", "a or b", "a, b or c"."""
    each = list(dict.fromkeys(words))
    if len(each) < 2:
        return "".join(each)
    return f"{', '.join(each[:-1])} {last} {each[-1]}"
