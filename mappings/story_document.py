"""A story as a FHIR Composition: the sections with their words, and what each is told from."""

from __future__ import annotations

from typing import Any

from mappings.story_html import narrative, opening
from mappings.story_value import Section, Story
from mappings.story_words import phrase
from mappings.systems import BASE, STRUCTURE_DEFINITION

STORY = f"{BASE}/CodeSystem/story"
COMPOSITION = f"{STRUCTURE_DEFINITION}/story"
DOCUMENT = f"{STRUCTURE_DEFINITION}/story-document"
WHOLE = "story"


def composition(
    story: Story, *, id_: str, subject: str, author: dict[str, Any], date: str
) -> dict[str, Any]:
    """The Composition of a story about one Patient ("Patient/<id>"), told at an instant."""
    title = phrase("pages", "title")
    body: dict[str, Any] = {
        "resourceType": "Composition",
        "id": id_,
        "meta": {"profile": [COMPOSITION]},
        "language": "en-GB",
        "text": _generated(opening(story)),
        "status": "final",
        "type": _concept(WHOLE, title),
        "subject": {"reference": subject},
        "date": date,
        "author": [author],
        "title": title,
        "confidentiality": "R",
    }
    if story.sections:
        body["section"] = [_section(one) for one in story.sections]
    return body


def _section(section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "code": _concept(section.code, section.title),
        "text": _generated(narrative(section)),
        "entry": [{"reference": one} for one in section.references],
    }


def _concept(code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": STORY, "code": code, "display": display}]}


def _generated(div: str) -> dict[str, str]:
    return {"status": "generated", "div": div}
