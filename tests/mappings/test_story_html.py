"""A story as HTML: every word of a record is text in it, and nothing comes from elsewhere."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.story_document import composition
from mappings.story_html import article, narrative, opening, page, policy
from mappings.story_value import Item, Line, Section, Story

NARRATIVE = {"div", "p", "ul", "li", "b", "span"}  # of what FHIR lets a narrative have
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><style>*{display:none}",
    "</title><h1>",
    "&lt;b&gt; &amp; {{ 7*7 }} {% raw %}",
    "\u202etxet desrever\u2066",
    "a\u0000b\u000bc\ud800d\ufffe",
    "javascript:alert(1)",
    "]]><!--",
)


def story(words: str) -> Story:
    item = Item(("Goal/1",), words, (Line(words), Line(words, words)), words)
    plain = Section("plans", words, "", (Item(("Goal/1",), words),))
    return Story(words, words, (Section("team", words, words, (item,)), plain))


def tags(text: str) -> set[str]:
    root = ElementTree.fromstring(text)  # noqa: S314 - our own bytes
    return {each.tag.rpartition("}")[2] for each in root.iter()}


@pytest.mark.parametrize("words", HOSTILE)
def test_what_stands_in_a_record_is_text_and_never_markup(words: str) -> None:
    harmless, hostile = page(story("x")), page(story(words))
    assert re.findall(r"<[^>]+>", hostile) == re.findall(r"<[^>]+>", harmless)
    assert tags(article(story(words))) == tags(article(story("x")))


@given(words=st.text())
def test_any_words_make_a_narrative_that_is_well_formed(words: str) -> None:
    told = story(words)
    for text in (opening(told), *map(narrative, told.sections)):
        assert tags(text) <= NARRATIVE
        assert "http://www.w3.org/1999/xhtml" in text


def test_a_page_has_no_script_no_form_and_nothing_from_elsewhere() -> None:
    text = page(story("x"))
    assert not re.search(r"<(script|form|input|button|link|img|iframe|a)\b", text)
    assert "http" not in text.replace("http-equiv", "")
    assert 'lang="en-GB"' in text
    assert "width=device-width" in text


def test_the_policy_lets_nothing_in_but_the_pages_own_style() -> None:
    [style] = re.findall("<style>(.*)</style>", page(story("x")), re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy()
    assert policy().startswith("default-src 'none'")


def test_page_and_document_hold_the_same_words() -> None:
    told = story("words of a record")
    document = composition(
        told, id_="1", subject="Patient/1", author={"display": "x"}, date="2026-05-01T10:00:00Z"
    )
    inside = "</div>".join(one["text"]["div"] for one in document["section"])
    for part in re.findall(r"<ul>.*?</ul>", page(told)):
        assert part in inside


def test_a_story_of_nothing_says_so_kindly_and_has_no_section() -> None:
    nothing = Story("", "1 May 2026", ())
    assert "There is nothing to show here." in page(nothing)
    assert "About" not in page(nothing)
    document = composition(
        nothing, id_="1", subject="Patient/1", author={"display": "x"}, date="2026-05-01T10:00:00Z"
    )
    assert "section" not in document
