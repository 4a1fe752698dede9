"""The values of one parameter, by its kind and modifier; or what would be right."""

from __future__ import annotations

import re
from datetime import datetime

from gateway.fhir.folding import words
from gateway.fhir.problem import Kind, Problem
from gateway.fhir.references import local, relative
from gateway.fhir.search_hierarchy import is_known
from gateway.fhir.search_parameters import Parameter
from gateway.fhir.search_values import (
    FORMS,
    Missing,
    Named,
    Parts,
    Token,
    Value,
    Words,
    amount,
    moment,
    near,
    plain,
    split,
    token,
)
from gateway.fhir.shapes import TYPES

# R4's modifiers by kind of parameter; those that name a type are read apart.
MODIFIERS: dict[str, tuple[str, ...]] = {
    "token": ("missing", "not", "text", "above", "below", "of-type"),
    "string": ("missing", "exact"),
    "uri": ("missing", "above", "below"),
    "reference": ("missing", "identifier", "text"),
    "date": ("missing",),
    "number": ("missing",),
    "quantity": ("missing",),
    "composite": ("missing",),
    "special": ("missing",),
}
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
MOST = 500  # alternatives of one parameter
# Whether text may be looked for beneath a word is no question of the parameter: nothing is kept
# by which it could be found.
CONTAINS = "matches whole words and beginnings of three letters or more; leave :contains out"


class Values:
    """Reads values as one installation and one moment understand them."""

    def __init__(self, base_url: str, now: datetime) -> None:
        self._base = f"{base_url}/fhir"
        self._now = now

    def read(
        self, parameter: Parameter, modifier: str, text: str, place: str
    ) -> tuple[Value, ...] | Problem:
        """Every alternative of the value."""
        fault = modifier_fault(parameter, modifier)
        if fault:
            return Problem(Kind.PARAMETER, fault, place)
        given = split(text, ",")
        if len(given) > MOST:
            return Problem(Kind.PARAMETER, f"may have {MOST} alternatives at most", place)
        read = [self._one(parameter, modifier, each) for each in given]
        kept = tuple(each for each in read if each is not None)
        if len(kept) != len(given):
            return Problem(Kind.PARAMETER, _form(parameter.kind, modifier), place)
        return kept

    def _one(self, parameter: Parameter, modifier: str, text: str) -> Value | None:
        match modifier:
            case "missing":
                return Missing(text == "true") if text in ("true", "false") else None
            case "text":
                return _words(text)
            case "of-type":
                return _of_type(text)
            case "identifier":
                return token(text)
            case "above" | "below" if parameter.kind == "token":
                asked = token(text)
                return asked if asked is not None and is_known(asked) else None
        return self._plain(parameter, modifier, text)

    def _plain(self, parameter: Parameter, modifier: str, text: str) -> Value | None:
        match parameter.kind:
            case "token":
                return token(text)
            case "date":
                return moment(text, self._now)
            case "number":
                return amount(text, units=False)
            case "quantity":
                return amount(text, units=True)
            case "uri":
                return Words(plain(text)) if text else None
            case "reference":
                return self._named(parameter, modifier, plain(text))
            case "composite":
                return self._parts(parameter, text)
            case "special":
                return near(text)
            case _:
                return Words(plain(text)) if modifier == "exact" and text else _words(text)

    def _named(self, parameter: Parameter, type_: str, text: str) -> Named | None:
        """A reference: bare ids stand for every type that may be meant."""
        if not text:
            return None
        wanted = frozenset({type_}) if type_ else parameter.targets or TYPES
        if _ID.fullmatch(text):
            return Named(frozenset(f"{each}/{text}" for each in wanted))
        named = relative(text, self._base)
        key = local(named)
        if key is None:
            return Named(frozenset(), named)
        return Named(frozenset({named} if not type_ or key[0] == type_ else ()))

    def _parts(self, parameter: Parameter, text: str) -> Parts | None:
        given = split(text, "$")
        if len(given) != len(parameter.components):
            return None
        read = [
            self._plain(part, "", one)
            for part, one in zip(parameter.components, given, strict=True)
        ]
        kept = tuple(each for each in read if each is not None)
        return Parts(kept) if len(kept) == len(given) else None


def modifier_fault(parameter: Parameter, modifier: str) -> str:
    """What would be right in place of a modifier that the parameter does not have."""
    if not modifier or modifier in MODIFIERS[parameter.kind]:
        return ""
    if parameter.kind == "reference" and modifier in (parameter.targets or TYPES):
        return ""
    if modifier == "contains" and parameter.kind == "string":
        return CONTAINS
    known = ", ".join(f":{each}" for each in MODIFIERS[parameter.kind])
    types = " or a type that it may name" if parameter.kind == "reference" else ""
    return f"may have {known}{types}"


def _form(kind: str, modifier: str) -> str:
    match modifier:
        case "missing":
            return "must be true or false"
        case "text":
            return FORMS["string"]
        case "of-type":
            return "must be system|code|value"
        case "identifier":
            return FORMS["token"]
        case "above" | "below" if kind == "token":
            return "must be system|code of a sensitivity topic or a level of confidentiality"
    return FORMS[kind]


def _words(text: str) -> Words | None:
    return Words(plain(text)) if words(plain(text)) else None


def _of_type(text: str) -> Token | None:
    parts = [plain(part) for part in split(text, "|")]
    match parts:
        case [system, code, value] if code and value:
            return Token(system, f"{code}|{value}")
        case _:
            return None
