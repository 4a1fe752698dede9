"""What of a request may stand in the log: never an identifier, clinical words or free text.

The log is kept longer and read by others than what it is about, so a value is written down only
where it has the form of something that says nothing by itself: an id made here, a date, a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from fhir_profiles import load

_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_REFERENCE = re.compile(rf"[A-Z][A-Za-z]{{1,63}}/{_ID}")
_REFERENCES = re.compile(rf"(?:[A-Z][A-Za-z]{{1,63}}/)?{_ID}")
_DATE = re.compile(r"[a-z]{0,2}\d{4}(?:-\d\d(?:-\d\d(?:T[\d:.]{1,15}(?:Z|[+-]\d\d:\d\d)?)?)?)?")
_SHOWN = {
    "_id": _REFERENCES,
    "patient": _REFERENCES,
    "subject": _REFERENCES,
    "owner": _REFERENCES,
    "entity": _REFERENCES,
    "date": _DATE,
    "_count": re.compile(r"\d{1,6}"),
    "_total": re.compile("none|estimate|accurate"),
    "_summary": re.compile("count|false"),
}
_CONTROLS = frozenset(
    {"_id", "_count", "_total", "_summary", "_cursor", "_format", "_pretty", "_sort", "_elements"}
    | {"_include", "_revinclude", "_has"}
)
UNKNOWN = "(unknown)"


def about(type_: str, id_: str) -> str:
    """ "Type/id" for an id of the form that is made here; the type alone for any other text."""
    reference = f"{type_}/{id_}"
    return reference if _REFERENCE.fullmatch(reference) else type_


def entities(named: Iterable[str]) -> tuple[str, ...]:
    """Those of the references that name something which may be held here, each once."""
    return tuple(dict.fromkeys(each for each in named if _REFERENCE.fullmatch(each)))


def query(type_: str, asked: Sequence[tuple[str, str]]) -> str:
    """A search in short: the parameters by name, and the values that say nothing by themselves.
    What would stand there more than once in the same words stands there once."""
    known = _CONTROLS | load("search/parameters.json")["types"].get(type_, {}).keys()
    shown = dict.fromkeys(_shown(known, name, value) for name, value in asked)
    return f"{type_}?" + "&".join(shown)


def _shown(known: Iterable[str], name: str, value: str) -> str:
    base, chain, after = name.partition(".")
    if base.partition(":")[0] not in known:
        return UNKNOWN
    if chain or ":" in name:
        return name if after == "identifier" and ":" not in name else base.partition(":")[0]
    form = _SHOWN.get(name)
    if form is not None and all(map(form.fullmatch, value.split(","))):
        return f"{name}={value}"
    return name
