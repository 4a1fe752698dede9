"""Rows of the Mental Health Services Data Set, both ways. It flows by direction, not by consent.

    to_fhir(record) -> Mapped | Unmappable
    from_fhir(resource, addresses, surroundings) -> Flattened | Unmappable | None

One row of one national table, named in `Table`, is one resource beside its Patient. Which tables,
fields, codes and places there are is data: fhir_profiles/national/mhsds.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mappings import cells, national_rows, national_tables, nhs_number, parties
from mappings.cells import Row
from mappings.digests import digest, identifier, once
from mappings.element_paths import put
from mappings.moments import Moment, parse_day, parse_moment
from mappings.national_assessments import tools
from mappings.national_tables import Table
from mappings.parties import Person
from mappings.reversing import Surroundings
from mappings.systems import ODS
from mappings.verdict import Entry, Fault, Flattened, Mapped, Unmappable, Wrong

SET = "mhsds"
KEYS = ("Table", "OrgIDProv", "NHSNumber", "PersonBirthDate")


@dataclass(frozen=True, slots=True)
class NationalRow:
    """One row as it was read: of which table and provider, about whom, and what it says."""

    table: Table
    provider: str
    person: Person
    values: Mapping[str, str]


def to_fhir(record: Mapping[str, object]) -> Mapped | Unmappable:
    """The Patient and, but for a row of MHS001MPI, the resource that the row is."""
    row = _read(record)
    if isinstance(row, Unmappable):
        return row
    patient = parties.patient_entry(row.person)
    if row.table.resource == "Patient":
        return Mapped((_described(row, patient),))
    return Mapped((patient, _entry(row, patient.full_url)))


def from_fhir(
    resource: Mapping[str, Any], _addresses: tuple[str, ...], surroundings: Surroundings
) -> Flattened | Unmappable | None:
    """The row that a resource is, None where it is of no table that we hold."""
    held = dict(resource)
    if held.get("resourceType") == "Patient":
        return _flattened(_table(SET, "Patient"), held, held) if _is_provided(held) else None
    table = national_tables.table_of(SET, held)
    if table is None:
        return None
    subject = table.subject[0].name
    patient = surroundings.patient(held.get(subject))
    if patient is None:
        where = f"{table.resource}.{subject}"
        return Unmappable((Fault(where, "must refer to a Patient of the same input"),))
    return _flattened(table, held, patient)


def _flattened(
    table: Table, resource: dict[str, Any], patient: Mapping[str, Any]
) -> Flattened | Unmappable:
    provider = parties.recorded_by(resource) or parties.identified(
        resource.get("managingOrganization") if table.resource == "Patient" else None, ODS
    )
    whose = (parties.number_of(patient), str(patient.get("birthDate", "")))
    record = dict(zip(KEYS, (table.name, provider, *whose), strict=True))
    row = _read(record | national_tables.values_of(table, resource))
    return row if isinstance(row, Unmappable) else Flattened(record | dict(row.values))


def _read(record: Mapping[str, object]) -> NationalRow | Unmappable:
    columns = dict.fromkeys(national_tables.columns(SET))
    row = Row(record, columns)
    table = row.take("Table", _table_named)
    provider = row.take("OrgIDProv", cells.organization)
    number = row.take("NHSNumber", nhs_number.parse)
    birth_date = row.take("PersonBirthDate", parse_day)
    if table is None:
        return row.unmappable()
    for column in national_rows.strangers(record, table, KEYS, columns):
        row.refuse(column, f"is no field of {table.name}; leave it empty")
    values = national_rows.take(row, table, birth_date or "")
    _hold_score(row, values)
    if row.faults or not (provider and number and birth_date):
        return row.unmappable()
    return NationalRow(table, provider, Person(number, birth_date), values)


def _hold_score(row: Row, values: Mapping[str, str]) -> None:
    tool = tools().get(values.get("CodedAssToolType", ""))
    fault = tool.fault(values["PersScore"]) if tool and "PersScore" in values else ""
    if fault:
        row.refuse("PersScore", fault)


def _table_named(text: str) -> Table | Wrong:
    held = {table.name: table for table in national_tables.tables(SET)}
    return held.get(text) or Wrong(f"must be one of {', '.join(held)}")


def _table(name: str, resource: str) -> Table:
    return next(one for one in national_tables.tables(name) if one.resource == resource)


def _is_provided(patient: Mapping[str, Any]) -> bool:
    """A Patient is a row of MHS001MPI where it says which provider keeps it."""
    return bool(parties.identified(patient.get("managingOrganization"), ODS))


def _described(row: NationalRow, patient: Entry) -> Entry:
    resource = national_tables.build(row.table, row.values, patient.resource)
    national_tables.provide(row.table, resource, parties.organization(row.provider))
    return Entry(patient.full_url, resource, patient.if_none_exist)


def _entry(row: NationalRow, patient: str) -> Entry:
    own = digest((SET, row.table.name, row.provider, row.person, _canonical(row)))
    resource = national_tables.build(row.table, row.values, {})
    put(resource, row.table.subject, {"reference": patient})
    national_tables.provide(row.table, resource, parties.organization(row.provider))
    resource["identifier"] = [identifier(own), *resource.get("identifier", ())]
    recorded = parties.recording_organization(row.provider)
    resource["extension"] = [recorded, *resource.get("extension", ())]
    return Entry(parties.urn(row.table.resource, own), resource, once(own))


def _canonical(row: NationalRow) -> dict[str, str]:
    """The values with each moment as FHIR has it, whichever way the sender wrote it."""
    moments = {
        field.name: moment.text
        for field in row.table.fields
        if field.holds == "moment"
        and isinstance(moment := parse_moment(row.values[field.name]), Moment)
    }
    return dict(row.values) | moments
