"""What `onestory map` can map: each instrument by id and alias, and the plain referral."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from mappings import instruments, referral, referral_rows, reversing, screening, screening_rows
from mappings.instrument import Instrument
from mappings.reversing import Resource, Surroundings
from mappings.verdict import Flattened, Mapped, Unmappable

REFERRAL = "referral"
OPTIONAL_HEAD = "practitioner_id"

Forward = Callable[[Mapping[str, object]], Mapped | Unmappable]
Back = Callable[[Resource, tuple[str, ...], Surroundings], Flattened | Unmappable | None]


@dataclass(frozen=True, slots=True)
class MapKind:
    """One kind of flat record. `columns` is its template; `totals` may stand beside them."""

    columns: tuple[str, ...]
    totals: tuple[str, ...]
    required: tuple[str, ...]
    to_fhir: Forward
    from_fhir: Back


def kind_of(name: str) -> MapKind | None:
    """The kind of that name, or None."""
    if name == REFERRAL:
        optional = {OPTIONAL_HEAD, "priority", *referral_rows.TEXTS}
        required = tuple(one for one in referral_rows.COLUMNS if one not in optional)
        return MapKind(referral_rows.COLUMNS, (), required, referral.to_fhir, reversing.referral_of)
    held = instruments.instrument(name)
    return _screening(held) if held is not None and held.offered else None


def kind_names() -> tuple[str, ...]:
    """Every name that `kind_of` knows."""
    offered = instruments.all_instruments()
    return (*(name for one in offered for name in (one.id, *one.aliases)), REFERRAL)


def _screening(instrument: Instrument) -> MapKind:
    asked = {item.link_id for item in instrument.items} | {OPTIONAL_HEAD}
    columns = screening_rows.columns(instrument)
    return MapKind(
        columns,
        tuple(instrument.totals),
        tuple(column for column in columns if column not in asked),
        partial(screening.to_fhir, instrument=instrument),
        partial(reversing.screening_of, instrument=instrument),
    )
