"""What `onestory map` can map: each instrument by id and alias, care plan, plain referral."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from mappings import (
    care_plan,
    care_plan_columns,
    instruments,
    mhsds,
    national_tables,
    ndtms,
    referral,
    referral_rows,
    reversing,
    screening,
    screening_rows,
)
from mappings.bundles import Encoded
from mappings.instrument import Instrument
from mappings.reversing import Resource, Surroundings
from mappings.verdict import Flattened, Mapped, Unmappable

CARE_PLAN = "care-plan"
REFERRAL = "referral"
OPTIONAL_HEAD = "practitioner_id"

Forward = Callable[[Mapping[str, object]], Mapped | Unmappable]
Encode = Callable[[Mapping[str, object]], tuple[Encoded, ...] | Unmappable]
Back = Callable[[Resource, tuple[str, ...], Surroundings], Flattened | Unmappable | None]

NATIONAL: Mapping[str, tuple[tuple[str, ...], Forward, Back]] = {
    mhsds.SET: (mhsds.KEYS, mhsds.to_fhir, mhsds.from_fhir),
    ndtms.SET: (ndtms.KEYS[1:], ndtms.to_fhir, ndtms.from_fhir),
}


@dataclass(frozen=True, slots=True)
class MapKind:
    """One kind of flat record. `columns` is its template; `totals` may stand beside them.

    `to_entries`, where there is one, is `to_fhir` with its entries already encoded.
    """

    columns: tuple[str, ...]
    totals: tuple[str, ...]
    required: tuple[str, ...]
    to_fhir: Forward
    from_fhir: Back
    to_entries: Encode | None = None


def kind_of(name: str) -> MapKind | None:
    """The kind of that name, or None."""
    if name == REFERRAL:
        optional = {OPTIONAL_HEAD, "priority", *referral_rows.TEXTS}
        required = tuple(one for one in referral_rows.COLUMNS if one not in optional)
        return MapKind(referral_rows.COLUMNS, (), required, referral.to_fhir, reversing.referral_of)
    if name == CARE_PLAN:
        plan_columns = tuple(care_plan_columns.columns())
        required = care_plan_columns.REQUIRED
        return MapKind(plan_columns, (), required, care_plan.to_fhir, reversing.care_plan_of)
    if name in NATIONAL:
        required, to_fhir, from_fhir = NATIONAL[name]
        return MapKind(national_tables.columns(name), (), required, to_fhir, from_fhir)
    held = instruments.instrument(name)
    return _screening(held) if held is not None and held.offered else None


def kind_names() -> tuple[str, ...]:
    """Every name that `kind_of` knows."""
    offered = instruments.all_instruments()
    screenings = (name for one in offered for name in (one.id, *one.aliases))
    return (*screenings, CARE_PLAN, REFERRAL, *NATIONAL)


def _screening(instrument: Instrument) -> MapKind:
    asked = {item.link_id for item in instrument.items} | {OPTIONAL_HEAD}
    columns = screening_rows.columns(instrument)
    return MapKind(
        columns,
        tuple(instrument.totals),
        tuple(column for column in columns if column not in asked),
        partial(screening.to_fhir, instrument=instrument),
        partial(reversing.screening_of, instrument=instrument),
        partial(screening.to_entries, instrument=instrument),
    )
