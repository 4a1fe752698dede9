"""A care plan between its flat record and what was said in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mappings.care_plan_columns import REQUIRED, columns
from mappings.care_plan_rules import asked_of_rows, waits_for_abstinence
from mappings.cells import Row
from mappings.moments import Moment
from mappings.parties import Person
from mappings.verdict import Unmappable

LIVE = ("active", "on-hold", "completed")
AGREEMENTS = (("agreed_at", "not_agreed_reason"), ("crisis_agreed_at", "crisis_not_agreed_reason"))
NO_STRENGTHS = "everyone has strengths: write what the person is good at and what helps them"


@dataclass(frozen=True, slots=True)
class Plan:
    """One care plan: whose, who recorded it and when, and every other cell that holds something.

    `moments` holds what is a date or time of its own; all the rest are `texts`.
    """

    person: Person
    recorded_at: Moment
    organization: str
    practitioner: str
    texts: Mapping[str, str]
    moments: Mapping[str, Moment]

    def text(self, column: str) -> str:
        return self.texts.get(column, "")

    @property
    def status(self) -> str:
        return self.texts["plan_status"]


def read(record: Mapping[str, object]) -> Plan | Unmappable:
    """What a flat record says, or everything that is wrong with it, column by column.

    A draft may leave out what an active plan must hold.
    """
    row = Row(record, columns())
    found = {name: row.take(name, column.parse) for name, column in columns().items()}
    texts = {name: value for name, value in found.items() if isinstance(value, str) and value}
    moments = {name: value for name, value in found.items() if isinstance(value, Moment)}
    if not row.faults:
        for column, reason in _broken(texts, moments):
            row.refuse(column, reason)
    if row.faults:
        return row.unmappable()
    return Plan(
        person=Person(texts.pop("nhs_number"), texts.pop("birth_date")),
        recorded_at=moments.pop("recorded_at"),
        organization=texts.pop("organization_ods"),
        practitioner=texts.pop("practitioner_id", ""),
        texts=texts,
        moments=moments,
    )


def write(plan: Plan) -> dict[str, str]:
    """The flat record of a plan: the columns that hold something, in template order."""
    head = (*_head(plan), ("recorded_at", plan.recorded_at.flat()))
    moments = ((name, moment.flat()) for name, moment in plan.moments.items())
    filled = {**dict(head), **plan.texts, **dict(moments)}
    return {name: filled[name] for name in columns() if filled.get(name)}


def canonical(plan: Plan) -> dict[str, str]:
    """The flat record with its moments as FHIR has them, whichever way the sender wrote them."""
    moments = {name: moment.text for name, moment in plan.moments.items()}
    return write(plan) | moments | {"recorded_at": plan.recorded_at.text}


def _head(plan: Plan) -> tuple[tuple[str, str], ...]:
    return (
        ("nhs_number", plan.person.nhs_number),
        ("birth_date", plan.person.birth_date),
        ("organization_ods", plan.organization),
        ("practitioner_id", plan.practitioner),
    )


def _broken(texts: Mapping[str, str], moments: Mapping[str, Moment]) -> Iterator[tuple[str, str]]:
    """What single cells cannot show: (column, what would be right)."""
    filled = texts.keys() | moments.keys()
    yield from _together(filled)
    yield from _in_order(texts, moments["recorded_at"])
    yield from _agreements(texts, filled)
    if texts.get("strengths", "").casefold() == "none":
        yield "strengths", NO_STRENGTHS
    yield from waits_for_abstinence(texts)
    yield from asked_of_rows(texts["plan_status"], filled)


def _together(filled: set[str]) -> Iterator[tuple[str, str]]:
    for name in sorted(filled - set(REQUIRED), key=list(columns()).index):
        column = columns()[name]
        if column.only_with and not filled & set(column.only_with):
            yield name, f"must be empty where {' and '.join(column.only_with)} is empty"
        for group in column.asks_for:
            if not filled & set(group):
                yield group[0], f"must be filled where {name} is"


def _in_order(texts: Mapping[str, str], recorded: Moment) -> Iterator[tuple[str, str]]:
    if texts["birth_date"] > recorded.day:
        yield "birth_date", "must not be after recorded_at"
    for first, last in (("plan_from", "plan_to"), ("last_review_on", "review_on")):
        if texts.get(first, "") > texts.get(last, "9999"):
            yield last, f"must not be before {first}"


def _agreements(texts: Mapping[str, str], filled: set[str]) -> Iterator[tuple[str, str]]:
    for agreed, reason in AGREEMENTS:
        if {agreed, reason} <= filled:
            yield reason, f"must be empty where {agreed} is filled"
    by = {texts.get("agreed_by"), texts.get("crisis_agreed_by")}
    if "representative" in by and "representative_authority" not in texts:
        yield "representative_authority", "must say by what authority the representative agreed"
    if "representative" in by and "representative_name" not in texts:
        yield "representative_name", "must be filled where a representative agreed"
    if "representative" not in by and "representative_name" in texts:
        yield "representative_name", "must be empty where no representative agreed"
    if texts.get("family_involved") == "y" and "family_not_involved_reason" in filled:
        yield "family_not_involved_reason", "must be empty where family_involved is y"
