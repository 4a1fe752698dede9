"""Narrative: what is safe stays, what runs, submits or fetches goes."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir.narrative import clean, sanitised

OPEN = '<div xmlns="http://www.w3.org/1999/xhtml">'


@pytest.mark.parametrize(
    "inside",
    [
        "<p>Robin said <b>yes</b>.<br/>Next: <i>Thursday</i> &amp; after</p>",
        '<table class="grid"><tbody><tr><td colspan="2">7</td></tr></tbody></table>',
        '<a href="https://example.org/?a=1&amp;b=2">page</a> <a href="#part">part</a>',
        '<img alt="a" src="data:image/png;base64,AAAA"/>',
        "<h1>Plan</h1><ol><li>one</li></ol>",
    ],
)
def test_safe_narrative_keeps_every_character(inside: str) -> None:
    assert sanitised(f"{OPEN}{inside}</div>") == f"{OPEN}{inside}</div>"


@pytest.mark.parametrize(
    ("inside", "left"),
    [
        ("a<script>alert(1)</script>b", "ab"),
        ("a<style>p{}</style>b", "ab"),
        ('<p onclick="go()" style="x:url(http://e.example)">a</p>', "<p>a</p>"),
        ('<a href="javascript:go()">a</a>', "<a>a</a>"),
        ('<a href="/relative">a</a>', "<a>a</a>"),
        ('<img src="http://e.example/x.png"/>', "<img/>"),
        ('<img src="data:image/svg+xml;base64,AAAA"/>', "<img/>"),
        ("<form><input name='a'/></form>b", "b"),
        ("<iframe src='http://e.example'></iframe>b", "b"),
        ("<svg><script>go()</script></svg>b", "b"),
        ("a<!-- note -->b", "ab"),
        ("a\u0001b", "ab"),
    ],
)
def test_what_runs_submits_or_fetches_goes(inside: str, left: str) -> None:
    assert sanitised(f"{OPEN}{inside}</div>") == f"{OPEN}{left}</div>"


@pytest.mark.parametrize("div", ["words", "<div>a</div><div>b</div>", "<div", "</div>x", ""])
def test_whatever_came_is_one_div_of_xhtml(div: str) -> None:
    root = ElementTree.fromstring(sanitised(div))  # noqa: S314 - our own output
    assert root.tag == "{http://www.w3.org/1999/xhtml}div"


@given(st.lists(st.sampled_from(["<div>", "</div>", "<p>", "</p>", "<br>", "&nbsp;", "<", ">"])))
def test_cleaning_twice_changes_nothing_more(parts: list[str]) -> None:
    once = sanitised("".join(parts))
    ElementTree.fromstring(once)  # noqa: S314 - our own output
    assert sanitised(once) == once


@given(st.text())
def test_any_text_becomes_xml(text: str) -> None:
    ElementTree.fromstring(sanitised(text))  # noqa: S314 - our own output


def test_every_narrative_of_a_resource_is_cleaned_wherever_it_stands() -> None:
    text = {"status": "generated", "div": "<div>a<script>go()</script></div>"}
    tree = {
        "resourceType": "Composition",
        "text": dict(text),
        "contained": [{"resourceType": "Patient", "id": "p", "text": dict(text)}],
        "section": [{"section": [{"text": dict(text)}]}],
        "title": "<script>",
    }
    clean(tree)
    assert str(tree).count(f"{OPEN}a</div>") == 3
    assert tree["title"] == "<script>"
    assert "go()" not in str(tree)
