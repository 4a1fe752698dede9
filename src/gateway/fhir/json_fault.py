"""Where JSON is wrong: a slow, exact second reading of a body that was refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from gateway.fhir.problem import Kind, Problem

_MOST_PROBLEMS = 50
_SHOWN_LEVELS = 8  # of the place that is too deep
_MOST_TOKENS = 400_000  # about half a second; what is wrong beyond is named without its place

_TOKEN = re.compile(
    r"[ \t\r\n]*(?:"
    r"(?P<mark>[{}\[\],:])"
    r'|(?P<string>"[^"\\]*(?:\\.[^"\\]*)*")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9A-Za-z.+-]))"
    r"|(?P<word>true\b|false\b|null\b|NaN\b|-?Infinity\b)"
    r"|(?P<end>\Z))",
    re.DOTALL,
)
_NAME = re.compile(r"_?[A-Za-z][A-Za-z0-9]{0,63}")
_TYPE = re.compile(r'"[A-Z][A-Za-z]{0,63}"')
_RAW_CONTROL = re.compile(r"[\x00-\x1f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class _Open:
    """An object or list that is being read: its names so far, and where in it we are."""

    is_object: bool
    names: set[str] = field(default_factory=set)
    name: str = ""
    index: int = 0


class _Stop(Exception):  # noqa: N818 - not an error: the reading ends here
    """Nothing after this can be read."""


def faults(text: str, depth: int, in_range: Callable[[str], bool]) -> tuple[Problem, ...]:
    """Every fault of a body that was refused, up to the first after which nothing can be read."""
    if text.startswith("\ufeff"):
        return (Problem(Kind.SYNTAX, "must begin with {, without a byte order mark", "Resource"),)
    if not text.strip(" \t\r\n"):
        return (Problem(Kind.SYNTAX, "must be a JSON object; there is no body", "Resource"),)
    reading = _Reading(text, depth, in_range)
    with suppress(_Stop):
        reading.read()
    return reading.problems()


class _Reading:
    """One pass over the text, which notes problems by their place."""

    def __init__(self, text: str, depth: int, in_range: Callable[[str], bool]) -> None:
        self.text = text
        self.depth = depth
        self.in_range = in_range
        self.found: list[tuple[str, str]] = []
        self.stack: list[_Open] = []
        self.root = "Resource"

    def read(self) -> None:
        """The whole text: one object, and nothing behind it."""
        tokens = self._tokens()
        token = next(tokens)
        if token["mark"] != "{":
            self.note("must be a JSON object")
            raise _Stop
        self._open("{")
        while self.stack:
            self._member(tokens)
        if next(tokens)["end"] is None:
            self.note("must be one JSON object with nothing behind it")

    def problems(self) -> tuple[Problem, ...]:
        """What was found, with the type that the object states as the path's first name."""
        found = self.found or [("must be JSON without duplicate names, within the limits", "")]
        return tuple(Problem(Kind.SYNTAX, words, self.root + path) for words, path in found)

    def note(self, words: str) -> None:
        self.found.append((words, self._path()))
        if len(self.found) >= _MOST_PROBLEMS:
            raise _Stop

    def _path(self) -> str:
        """Where we are below the root; names that are not like FHIR's are left out."""
        path = ""
        for holder in self.stack:
            if not holder.is_object:
                path += f"[{holder.index}]"
            elif _NAME.fullmatch(holder.name):
                path += f".{holder.name}"
        return path

    def _tokens(self) -> Iterator[re.Match[str]]:
        position = 0
        for _ in range(_MOST_TOKENS):
            token = _TOKEN.match(self.text, position)
            if token is None:
                self._unread(position)
                raise _Stop
            position = token.end()
            yield token
        raise _Stop

    def _unread(self, position: int) -> None:
        """Notes what no token begins with, by line and column."""
        while position < len(self.text) and self.text[position] in " \t\r\n":
            position += 1
        line = self.text.count("\n", 0, position) + 1
        column = position - self.text.rfind("\n", 0, position)
        self.note(f"must be JSON; line {line}, column {column} is not")

    def _expected(self, words: str, token: re.Match[str]) -> None:
        start = token.start(token.lastgroup or 0)
        line = self.text.count("\n", 0, start) + 1
        column = start - self.text.rfind("\n", 0, start)
        self.note(f"must be JSON: {words} at line {line}, column {column}")
        raise _Stop

    def _open(self, mark: str) -> None:
        self.stack.append(_Open(mark == "{"))
        if len(self.stack) > self.depth:
            del self.stack[_SHOWN_LEVELS:]
            self.note(f"may nest {self.depth} levels deep")
            raise _Stop

    def _member(self, tokens: Iterator[re.Match[str]]) -> None:
        """One step inside the innermost object or list: a member, or its end."""
        holder = self.stack[-1]
        fresh = not holder.names if holder.is_object else holder.index == 0
        token = next(tokens)
        if token["mark"] == ("}" if holder.is_object else "]"):
            self._close()
            return
        if not fresh:
            if token["mark"] != ",":
                self._expected("a comma or a closing bracket", token)
            token = next(tokens)
        if holder.is_object:
            self._name(holder, token, tokens)
            token = next(tokens)
        self._value(token)

    def _close(self) -> None:
        self.stack.pop()
        self._step()

    def _step(self) -> None:
        """A value has ended: the list that holds it moves on."""
        if self.stack and not self.stack[-1].is_object:
            self.stack[-1].index += 1

    def _name(self, holder: _Open, token: re.Match[str], tokens: Iterator[re.Match[str]]) -> None:
        if token["string"] is None:
            self._expected("a name in double quotes", token)
        holder.name = ""
        name = self._string(token["string"])
        holder.name = name
        if name in holder.names:
            self.note("must occur once in its object")
        holder.names.add(name)
        colon = next(tokens)
        if colon["mark"] != ":":
            self._expected("a colon after the name", colon)

    def _value(self, token: re.Match[str]) -> None:
        mark, number, word = token["mark"], token["number"], token["word"]
        if mark in ("{", "["):
            self._open(mark)
            return
        if mark or token["end"] is not None:
            self._expected("a value", token)
        if token["string"] is not None:
            self._string(token["string"])
            if len(self.stack) == 1 and self.stack[0].name == "resourceType":
                self.root = token["string"][1:-1] if _TYPE.fullmatch(token["string"]) else self.root
        elif number and not self.in_range(number):
            self.note("must be a number within the range of a double and of 64 characters")
        elif word and word[0] in "NI-":
            self.note("must be a finite number: NaN and Infinity are not JSON")
        self._step()

    def _string(self, token: str) -> str:
        """The string, after noting what it may not hold."""
        if _RAW_CONTROL.search(token):
            self.note("may not hold control characters: write \\n, \\r or \\t; NUL is not allowed")
        try:
            value = str(json.loads(token, strict=False))
        except ValueError:
            self.note("must use JSON's escapes only")
            return token
        if "\0" in value and "\0" not in token:
            self.note("may not hold NUL (U+0000)")
        if _SURROGATE.search(value):
            self.note("may not hold half of a surrogate pair: write both halves")
        return value
