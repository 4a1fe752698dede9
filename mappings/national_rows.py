"""The cells of a national row, held against its table: forms, codes, ranges, dates in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mappings.cells import Row, text_of
from mappings.national_places import moment_of
from mappings.national_tables import Table
from mappings.verdict import Wrong

Found = Iterator[tuple[str, str]]


def take(row: Row, table: Table, birth_date: str) -> dict[str, str]:
    """The table's values in their canonical form; what is wrong is noted in the row."""
    values: dict[str, str] = {}
    for field in table.fields:
        value = row.take(field.name, field.parse)
        if value:
            values[field.name] = value
    for column, reason in faults(table, values, birth_date):
        row.refuse(column, reason)
    return values


def strangers(
    record: Mapping[str, object], table: Table, keys: Iterable[str], columns: Iterable[str]
) -> Iterator[str]:
    """The columns of the set that hold something and are no field of that table."""
    own = {*keys, *table.named}
    for column in columns:
        if column not in own and text_of(record.get(column)) != "":
            yield column


def faults(table: Table, values: Mapping[str, str], birth_date: str) -> Found:
    """(column, what would be right) for what no single cell shows."""
    yield from _times(table, values)
    yield from _orders(table, values, birth_date)
    for one, other in table.not_both:
        if one in values and other in values:
            yield other, f"must be empty where {one} is filled"
    if table.one_of and not any(column in values for column in table.one_of):
        yield table.one_of[0], f"one of {', '.join(table.one_of)} must be filled"
    if not table.one_of and not values:
        yield table.fields[0].name, f"a row of {table.name} must say something"


def _times(table: Table, values: Mapping[str, str]) -> Found:
    for field in table.fields:
        if field.time in values:
            if field.name not in values:
                yield field.time, f"must be empty where {field.name} is"
            elif isinstance(wrong := moment_of(field, values), Wrong):
                yield field.time, wrong.reason


def _orders(table: Table, values: Mapping[str, str], birth_date: str) -> Found:
    for earlier, later in table.in_order:
        if earlier in values and later in values and values[earlier] > values[later]:
            yield later, f"must not be before {earlier}"
    dates = [field.name for field in table.fields if field.holds in ("day", "moment")]
    for column in dates:
        if birth_date and column in values and values[column][:10] < birth_date:
            yield column, "must not be before the birth date"
