"""A story as HTML: the narrative of each section, and the whole to read and to print.

Whatever stands in a record is text here, never markup: every word passes `_text`.
"""

from __future__ import annotations

import html
import re
from base64 import b64encode
from hashlib import sha256

from mappings.story_value import Item, Line, Section, Story
from mappings.story_words import phrase, phrases

# What XML has no place for, and what turns the direction of the words around it.
_UNFIT = re.compile(
    "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]"
)


def narrative(section: Section) -> str:
    """The XHTML of a section, as FHIR allows it."""
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{_inner(section)}</div>'


def opening(story: Story) -> str:
    """The XHTML that stands for the whole, before its sections."""
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{_head(story)}</div>'


def article(story: Story) -> str:
    """The story to stand within a page."""
    sections = "".join(
        f'<section class="os-story__part" id="{one.code}"><h2>{_text(one.title)}</h2>'
        f"{_inner(one)}</section>"
        for one in story.sections
    )
    nothing = "" if story.sections else f"<p>{_text(phrase('pages', 'empty'))}</p>"
    return f'<article class="os-story">{_head(story)}{nothing}{sections}</article>'


def page(story: Story) -> str:
    """The story as a page of its own, which needs nothing from elsewhere."""
    title = _text(phrase("pages", "title"))
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        f"<title>{title}</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{style()}</style></head>"
        f"<body><main><h1>{title}</h1>{article(story)}</main></body></html>\n"
    )


def style() -> str:
    return "\n".join(phrases("style"))


def policy() -> str:
    """The Content-Security-Policy under which the page may stand: its own style and nothing."""
    digest = b64encode(sha256(style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _head(story: Story) -> str:
    about = phrase("pages", "about").format(person=story.about) if story.about else ""
    made = phrase("pages", "made").format(on=story.made)
    lines = (about, made, phrase("pages", "note"))
    return "".join(f"<p>{_text(one)}</p>" for one in lines if one)


def _inner(section: Section) -> str:
    intro = f"<p>{_text(section.intro)}</p>" if section.intro else ""
    return f"{intro}<ul>{''.join(map(_item, section.items))}</ul>"


def _item(item: Item) -> str:
    lines = "".join(map(_line, item.lines))
    source = f'<p class="os-story__by">{_text(item.source)}</p>' if item.source else ""
    return f"<li><p><b>{_text(item.title)}</b></p>{lines}{source}</li>"


def _line(line: Line) -> str:
    label = f"<span>{_text(line.label)}:</span> " if line.label else ""
    return f"<p>{label}{_text(line.text)}</p>"


def _text(words: str) -> str:
    return html.escape(_UNFIT.sub("", words))
