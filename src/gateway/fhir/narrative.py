"""Narrative made safe: FHIR's XHTML subset and nothing that runs, submits or fetches."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import nh3

_XHTML = "http://www.w3.org/1999/xhtml"
_EMPTY = frozenset({"br", "col", "hr", "img"})

# R4, Narrative: chapters 7 to 11 (without section 4 of 9) and 15 of HTML 4.0, and a and img.
_TAGS = {
    *("a", "abbr", "acronym", "address", "b", "big", "blockquote", "br", "caption", "cite"),
    *("code", "col", "colgroup", "dd", "dfn", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4"),
    *("h5", "h6", "hr", "i", "img", "kbd", "li", "ol", "p", "pre", "q", "samp", "small"),
    *("span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr"),
    *("tt", "ul", "var"),
}
_EVERYWHERE = {"class", "dir", "id", "lang", "title"}
_ATTRIBUTES = {
    "*": _EVERYWHERE,
    "a": {"href", "name"},
    "img": {"alt", "height", "src", "width"},
    "col": {"align", "span", "valign", "width"},
    "colgroup": {"align", "span", "valign", "width"},
    "ol": {"start", "type"},
    "table": {"border", "cellpadding", "cellspacing", "summary", "width"},
    "td": {"abbr", "align", "colspan", "headers", "rowspan", "scope", "valign"},
    "th": {"abbr", "align", "colspan", "headers", "rowspan", "scope", "valign"},
    "tr": {"align", "valign"},
}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINKS = ("#", "http://", "https://")
_PICTURES = ("#", "data:image/png;base64,", "data:image/gif;base64,", "data:image/jpeg;base64,")


def _allowed(tag: str, attribute: str, value: str) -> str | None:
    """Links lead into the page or to the web; pictures come with the page."""
    if attribute == "href":
        return value if value.startswith(_LINKS) else None
    if attribute == "src":
        return value if value.startswith(_PICTURES) else None
    return value


class _AsXhtml(HTMLParser):
    """Writes cleaned HTML again as XML, which knows no open br and no named entities."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        listed = "".join(f" {name}={quoteattr(value or '')}" for name, value in attrs)
        self.written.append(f"<{tag}{listed}{'/' if tag in _EMPTY else ''}>")

    def handle_endtag(self, tag: str) -> None:
        if tag not in _EMPTY:
            self.written.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.written.append(escape(data))


def sanitised(div: str) -> str:
    """The narrative as one XHTML div that is safe to show; safe narrative keeps its content.

    Scripts, styles, forms, frames, event handlers and outside pictures are gone, and characters
    that XML cannot hold. Cleaning twice changes nothing more.
    """
    cleaned = nh3.clean(
        _NOT_XML.sub("", div),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_allowed,
        clean_content_tags={"script", "style", "form", "iframe", "object", "title"},
        strip_comments=True,
        link_rel=None,
        url_schemes={"http", "https", "data"},
    )
    writer = _AsXhtml()
    writer.feed(cleaned)
    writer.close()
    content = "".join(writer.written).strip()
    return _wrapped(content)


def clean(tree: Any) -> None:
    """Sanitises, in place, every narrative of a resource, contained and nested ones too.

    In R4 only a Narrative has an element called div.
    """
    if isinstance(tree, dict):
        for name, child in tree.items():
            if name == "div" and isinstance(child, str):
                tree[name] = sanitised(child)
            else:
                clean(child)
    elif isinstance(tree, list):
        for child in tree:
            clean(child)


def _wrapped(content: str) -> str:
    """The content in one div with the XHTML namespace, whether it brought one or not."""
    start, _, inside = content.partition(">")
    opens_one = start.split(" ")[0] == "<div" and _is_one_div(content)
    if opens_one:
        return f'<div xmlns="{_XHTML}"{start.removeprefix("<div")}>{inside}'
    return f'<div xmlns="{_XHTML}">{content}</div>'


def _is_one_div(content: str) -> bool:
    """Whether the div that opens the content closes at its very end."""
    depth = 0
    position = 0
    while True:
        opening, closing = content.find("<div", position), content.find("</div>", position)
        if closing < 0:
            return False
        if 0 <= opening < closing:
            depth, position = depth + 1, opening + 4
            continue
        depth, position = depth - 1, closing + 6
        if depth == 0:
            return position == len(content)
