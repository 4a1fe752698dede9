"""Screening results, both ways: a flat record, and the FHIR resources that say the same.

    to_fhir(record, instrument) -> Mapped | Unmappable
    to_entries(record, instrument) -> the same, encoded | Unmappable
    from_fhir(response, patient, instrument) -> Flattened | Unmappable

There and back is identity, in either order, for all that a record can say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mappings import (
    parties,
    responses,
    screening_entries,
    screening_resources,
    screening_rows,
)
from mappings.bundles import Encoded
from mappings.instrument import Instrument
from mappings.moments import flat_in
from mappings.screening_rows import HEAD
from mappings.systems import SDS_USER, STRUCTURE_DEFINITION
from mappings.verdict import Fault, Flattened, Mapped, Unmappable

FINISHED = ("completed", "amended")


def to_fhir(record: Mapping[str, object], instrument: Instrument) -> Mapped | Unmappable:
    """The Patient, the response, the score Observations and the alert Tasks that a record becomes.

    `record` is a row of a CSV file or a JSON object with the same keys; answers are y or n, 1 or
    0 for yes and no, the ordinal for other choices, empty or absent where nothing was answered.
    Refused: a cell that is not as its column asks, no answer at all, a section whose first item
    says no and a later one yes, a stated total that disagrees with the answers.
    """
    screening = screening_rows.read(record, instrument)
    if isinstance(screening, Unmappable):
        return screening
    return screening_resources.write(screening, instrument)


def to_entries(
    record: Mapping[str, object], instrument: Instrument
) -> tuple[Encoded, ...] | Unmappable:
    """The same as `to_fhir`, each entry of the transaction already JSON; many times faster."""
    screening = screening_rows.read(record, instrument)
    if isinstance(screening, Unmappable):
        return screening
    return tuple(screening_entries.entries(screening, instrument))


def from_fhir(
    response: Mapping[str, Any], patient: Mapping[str, Any], instrument: Instrument
) -> Flattened | Unmappable:
    """The flat record that a QuestionnaireResponse and its subject's Patient say.

    Refused: a response that is not finished, and whatever `to_fhir` would refuse in the record.
    """
    if response.get("status") not in FINISHED:
        right = f"must be {' or '.join(FINISHED)}"
        return Unmappable((Fault("QuestionnaireResponse.status", right),))
    reading = responses.read(response, instrument)
    if reading.faults:
        return Unmappable(tuple(reading.faults))
    record = _head(response, patient, instrument)
    for link_id, answer in reading.answers.items():
        words = instrument.by_link_id[link_id].words
        record[link_id] = words[answer] if isinstance(answer, int) else answer
    record |= {total: str(stated) for total, stated in reading.stated.items()}
    screening = screening_rows.read(record, instrument)
    if isinstance(screening, Unmappable):
        return screening
    return Flattened(screening_rows.write(screening, instrument))


def _head(
    response: Mapping[str, Any], patient: Mapping[str, Any], instrument: Instrument
) -> dict[str, str]:
    cells = (
        parties.number_of(patient),
        str(patient.get("birthDate", "")),
        flat_in(response, "authored"),
        parties.recorded_by(response),
        parties.identified(response.get("author"), SDS_USER),
    )
    record = dict(zip(HEAD, cells, strict=True))
    if instrument.variants:
        url = f"{STRUCTURE_DEFINITION}/{instrument.variants.extension}"
        record[instrument.variants.column] = str(
            parties.extension(response, url, "valueCode") or ""
        )
    return record
