"""The columns of a flat care plan, and what each of them may hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import fhir_profiles
from mappings import cells, nhs_number
from mappings.moments import Moment, parse_day, parse_moment
from mappings.verdict import Wrong

COLUMNS = "care_plan/columns.json"
REQUIRED = (
    "nhs_number",
    "birth_date",
    "recorded_at",
    "organization_ods",
    "plan_status",
    "plan_type",
)
Parse = Callable[[str], str | Moment | Wrong]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. Each list in `asks_for` names columns of which one must be filled beside it."""

    name: str
    element: str
    words: str
    parse: Parse
    only_with: tuple[str, ...]
    asks_for: tuple[tuple[str, ...], ...]


@cache
def columns() -> dict[str, Column]:
    """Every column by its name, in template order: the person's words and strengths first."""
    return {row["name"]: _column(row) for row in _rows()}


def choices(name: str) -> tuple[str, ...]:
    """A list that several columns choose from."""
    return tuple(fhir_profiles.load(COLUMNS)["lists"][name])


def slots(column: str) -> tuple[str, ...]:
    """The columns of a repeated group, such as goal_1 to goal_5 for "goal_#"."""
    stem, _, rest = column.partition("#")
    found = (f"{stem}{number}{rest}" for number in range(1, 10))
    return tuple(name for name in found if name in columns())


def _rows() -> Iterator[Mapping[str, Any]]:
    for row in fhir_profiles.load(COLUMNS)["columns"]:
        if "repeat" not in row:
            yield row
            continue
        for number in range(1, row["repeat"] + 1):
            for column in row["columns"]:
                yield _numbered(column, number)


def _numbered(row: Mapping[str, Any], number: int) -> dict[str, Any]:
    def name(text: str) -> str:
        return text.replace("#", str(number)).replace("@", str(number - 1))

    before = [one for one in row.get("only_with", ()) if number > 1 or "@" not in one]
    return {
        **row,
        "name": name(row["name"]),
        "only_with": [name(one) for one in before],
        "asks_for": [[name(one) for one in group] for group in row.get("asks_for", ())],
    }


def _column(row: Mapping[str, Any]) -> Column:
    return Column(
        row["name"],
        row["element"],
        row["words"],
        _parser(row),
        tuple(row.get("only_with", ())),
        tuple(tuple(group) for group in row.get("asks_for", ())),
    )


def _parser(row: Mapping[str, Any]) -> Parse:
    match row["reads"]:
        case "choice":
            listed = row["choices"]
            allowed = choices(listed) if isinstance(listed, str) else tuple(listed)
            return partial(_choice, allowed, row["name"] in REQUIRED)
        case "status":
            return partial(_choice, tuple(statuses()), False)
        case kind:
            return PARSERS[kind]


@cache
def statuses() -> dict[str, str]:
    """How far something is: our word, and R4's code for it."""
    return dict(fhir_profiles.load("care_plan/activities.json")["statuses"])


def _choice(allowed: tuple[str, ...], required: bool, text: str) -> str | Wrong:
    if text in allowed or not (text or required):
        return text
    return Wrong(f"must be {', '.join(allowed)}{'' if required else ', or empty'}")


def _or_empty(parse: Parse, text: str) -> str | Moment | Wrong:
    return parse(text) if text else ""


def _time(text: str) -> str | Moment | Wrong:
    moment = parse_moment(text)
    if isinstance(moment, Moment) and not moment.timed:
        return Wrong("must be a date and a time of ISO 8601, such as 2026-03-01T10:30:00")
    return moment


def _yes_no(text: str) -> str | Wrong:
    found = cells.yes_or_no(text)
    return found if isinstance(found, Wrong) else "ny"[found]


PARSERS: dict[str, Parse] = {
    "nhs_number": nhs_number.parse,
    "day": parse_day,
    "day_or_empty": partial(_or_empty, parse_day),
    "moment": parse_moment,
    "moment_or_empty": partial(_or_empty, parse_moment),
    "time_or_empty": partial(_or_empty, _time),
    "organization": cells.organization,
    "organization_or_empty": partial(_or_empty, cells.organization),
    "user": cells.practitioner,
    "text": cells.free_text,
    "yes_no": partial(_or_empty, _yes_no),
}
