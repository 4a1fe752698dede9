"""What a person can choose about: the page topics, their plans, or everything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from consent.topics import LEVELS, PageTopic, below, mask_of, page_topics
from gateway.web.wording import listed

TYPES = "http://hl7.org/fhir/resource-types"
PLAN, EVERYTHING = "plan", "everything"
PLAN_WORDS = "my plan, my crisis plan"
PLAN_HINT = (
    "This includes what staff typed in it. If you say no to a topic, what they typed stays hidden."
)
EVERYTHING_HINT = (
    "This includes what staff typed. It leaves out notes that need a separate check first."
)
RESTRICTED, NORMAL = LEVELS.index("R"), LEVELS.index("N")


@dataclass(frozen=True, slots=True)
class Offer:
    """One box to tick, with what else it covers or leaves out."""

    key: str
    words: str
    hint: str = ""


def offers() -> tuple[Offer, ...]:
    """Every box in the order of the page; nothing is ticked for anyone."""
    return (
        *(Offer(topic.key, topic.words, _covers_too(topic)) for topic in page_topics()),
        Offer(PLAN, PLAN_WORDS, PLAN_HINT),
        Offer(EVERYTHING, "everything", EVERYTHING_HINT),
    )


def keys() -> frozenset[str]:
    return frozenset(offer.key for offer in offers())


def mask(chosen: Iterable[str]) -> int:
    """The topics that these boxes name. Plans are a class and everything is no topic."""
    wanted = set(chosen)
    found = 0
    for topic in page_topics():
        if topic.key in wanted:
            found |= topic.mask
    return found


def rank(topics: int) -> int:
    """The lowest confidentiality, as a rank of LEVELS, that still covers these topics."""
    everyday = mask_of("smoking", "physical", "social")
    return RESTRICTED if topics & ~everyday else NORMAL


def boxes(topics: int) -> tuple[str, ...] | None:
    """The boxes that together name exactly these topics; None where none do."""
    found = tuple(topic for topic in page_topics() if topic.mask & topics == topic.mask)
    return tuple(topic.key for topic in found) if _joined(found) == topics else None


def about(chosen: Iterable[str], may: bool) -> str:
    """What is chosen about, after "may see" or "may not see"."""
    wanted = set(chosen)
    if EVERYTHING in wanted:
        return "everything about you" if may else "anything about you"
    words = [yours(topic) for topic in page_topics() if topic.key in wanted]
    parts: list[str] = []
    if words:
        parts.append(f"{'what is held' if may else 'anything'} about {listed(words, _last(may))}")
    if PLAN in wanted:
        parts.append(f"your plan {_last(may)} crisis plan")
    return f", {_last(may)} ".join(parts)


def _last(may: bool) -> str:
    return "and" if may else "or"


def yours(topic: PageTopic) -> str:
    """The topic's words as we say them to the person."""
    return topic.words.replace("happened to me", "happened to you")


def _joined(found: Iterable[PageTopic]) -> int:
    joined = 0
    for topic in found:
        joined |= topic.mask
    return joined


def _covers_too(topic: PageTopic) -> str:
    beneath = below(topic.mask) & ~topic.mask
    words = [yours(other) for other in page_topics() if other.mask & beneath]
    return f"This covers {listed(words)} too." if words else ""
