"""The shape of a site's labelling rules: what each row must say, held before any of it is used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from consent import topics

_RULE = {"rule": "name", "topics": "topics", "level": "level"}
_CODED = _RULE | {"system": "text", "codes": "texts"}
_ASKED = {"id": "name", "topics": "topics", "level": "level"}
_MEMBERS: dict[str, dict[str, str]] = {
    "codes": _CODED,
    "systems": _RULE | {"systems": "texts"},
    "services": _CODED,
    "instruments": _ASKED | {"questionnaire": "text", "items": "texts"},
    "reference_sets": {"id": "text", "codes": "texts"},
}
_OPTIONAL: dict[str, dict[str, str]] = {"instruments": {"texts": "texts", "panel": "texts"}}
_VERSION = re.compile(r"[A-Za-z0-9._-]{1,40}", re.ASCII)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}", re.ASCII)


class SiteRulesError(ValueError):
    """Rules that cannot be read; says which member, and what would be right."""


def checked(site: Any) -> Mapping[str, Any]:
    """The rules, where every member is as it must be; raises SiteRulesError."""
    known = {"version", "without", "note", *_MEMBERS}
    if not isinstance(site, dict):
        raise SiteRulesError("the rules must be an object")
    if unknown := sorted(site.keys() - known):
        raise SiteRulesError(f"{unknown[0]} is unknown; use {', '.join(sorted(known))}")
    if not isinstance(site.get("version"), str) or not _VERSION.fullmatch(site["version"]):
        raise SiteRulesError("version must be 1 to 40 letters, digits, dots, dashes, underscores")
    for member in _MEMBERS:
        _rows(member, site.get(member, []))
    _texts("without", site.get("without", []))
    return site


def _rows(member: str, rows: Any) -> None:
    if not isinstance(rows, list):
        raise SiteRulesError(f"{member} must be an array")
    wanted, optional = _MEMBERS[member], _OPTIONAL.get(member, {})
    met: set[str] = set()
    for index, row in enumerate(rows):
        place = f"{member}[{index}]"
        if not isinstance(row, dict) or not wanted.keys() <= row.keys():
            raise SiteRulesError(f"{place} must be an object with {', '.join(wanted)}")
        if unknown := sorted(row.keys() - wanted.keys() - optional.keys()):
            raise SiteRulesError(f"{place}.{unknown[0]} is unknown")
        for name, kind in (wanted | optional).items():
            if name in row:
                _CHECKS[kind](f"{place}.{name}", row[name])
        _once(place, member, row, met)


def _once(place: str, member: str, row: Mapping[str, Any], met: set[str]) -> None:
    """What has two rules has none that can be told."""
    listed = row.get("systems", row.get("codes", [])) if member != "instruments" else []
    keys = {f"{row.get('system', row.get('id', ''))}|{each}" for each in listed}
    keys |= {row["questionnaire"]} if member == "instruments" else set()
    if met & keys:
        raise SiteRulesError(f"{place} must not list what another row lists")
    met |= keys


def _text(place: str, value: Any) -> None:
    if not isinstance(value, str) or not value.strip():
        raise SiteRulesError(f"{place} must be a string that is not empty")


def _texts(place: str, value: Any) -> None:
    if not isinstance(value, list):
        raise SiteRulesError(f"{place} must be an array of strings")
    for index, each in enumerate(value):
        _text(f"{place}[{index}]", each)


def _rule_name(place: str, value: Any) -> None:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise SiteRulesError(f"{place} must be lower-case letters, digits and dashes")


def _topics(place: str, value: Any) -> None:
    _texts(place, value)
    known = topics.all_codes()
    for index, each in enumerate(value):
        if each not in known:
            raise SiteRulesError(f"{place}[{index}] must be one of {', '.join(known)}")


def _level(place: str, value: Any) -> None:
    if not isinstance(value, str) or topics.level_of(value) is None:
        raise SiteRulesError(f"{place} must be one of {', '.join(topics.LEVELS)}")


_CHECKS = {
    "name": _rule_name,
    "text": _text,
    "texts": _texts,
    "topics": _topics,
    "level": _level,
}
