"""Rows of the National Drug Treatment Monitoring System, both ways, behind its gate.

    to_fhir(record) -> Mapped | Unmappable
    from_fhir(resource, addresses, surroundings) -> Flattened | Unmappable | None

The field names are of about 2015. The national row is wide: here TABLE names one part of it, and a
row without TABLE is read as every part that it fills. No row holds an NHS number. Which parts,
fields, codes and places there are is data: fhir_profiles/national/ndtms.json.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mappings import national_rows, national_tables, ndtms_consent, parties
from mappings.cells import Row, text_of
from mappings.digests import digest, identifier, once
from mappings.element_paths import put
from mappings.moments import parse_day
from mappings.national_tables import Table
from mappings.ndtms_consent import CLIENT
from mappings.reversing import Surroundings
from mappings.systems import BASE
from mappings.verdict import Entry, Fault, Flattened, Mapped, Unmappable, Wrong

SET = "ndtms"
KEYS = ("TABLE", "AGNCY", "CLIENTID", "CONSENT")
AGENCY = f"{BASE}/Id/ndtms-agency"
CODE = re.compile(r"[A-Z0-9]{3,12}", re.ASCII)
CLIENT_ID = re.compile(r"[A-Za-z0-9-]{1,20}", re.ASCII)
Part = tuple[Table, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Client:
    """Whose row it is, by the agency's own codes, and whether they agree that NDTMS has it."""

    agency: str
    id: str
    agrees: bool

    @property
    def key(self) -> str:
        return f"{self.agency}/{self.id}"

    def record(self) -> dict[str, str]:
        return {
            "AGNCY": self.agency,
            "CLIENTID": self.id,
            "CONSENT": "Y" if self.agrees else "N",
        }


def to_fhir(record: Mapping[str, object]) -> Mapped | Unmappable:
    """The Patient, what the person said of NDTMS and, where that is yes, what the row holds."""
    found = _read(record)
    if isinstance(found, Unmappable):
        return found
    client, parts = found
    patient = _patient(client, parts)
    consent = ndtms_consent.consent_entry(client.key, patient.full_url, agrees=client.agrees)
    others = (
        _entry(client, table, values, patient.full_url)
        for table, values in parts
        if table.resource != "Patient"
    )
    return Mapped((patient, consent, *others))


def from_fhir(
    resource: Mapping[str, Any], addresses: tuple[str, ...], surroundings: Surroundings
) -> Flattened | Unmappable | None:
    """The row that a resource is; of a person who has not agreed, one row of keys and no more."""
    held = dict(resource)
    if held.get("resourceType") == "Patient":
        return _person(held, addresses, surroundings)
    table = national_tables.table_of(SET, held)
    if table is None:
        return None
    subject = table.subject[0].name
    reference = str((held.get(subject) or {}).get("reference", ""))
    patient = surroundings.patient(held.get(subject))
    if patient is None:
        where = f"{table.resource}.{subject}"
        return Unmappable((Fault(where, "must refer to a Patient of the same input"),))
    if not surroundings.agreed_to_ndtms(_key(patient), (reference,)):
        return None
    return _flattened(_key(patient), table, held)


def _person(
    patient: dict[str, Any], addresses: tuple[str, ...], surroundings: Surroundings
) -> Flattened | Unmappable | None:
    key = _key(patient)
    agency, _, client_id = key.partition("/")
    if not client_id:
        return None
    if not surroundings.agreed_to_ndtms(key, addresses):
        return Flattened(Client(agency, client_id, agrees=False).record())
    return _flattened(key, _described_by(), patient) if "birthDate" in patient else None


def _flattened(key: str, table: Table, resource: dict[str, Any]) -> Flattened | Unmappable:
    agency, _, client_id = key.partition("/")
    whose = {"TABLE": table.name, "AGNCY": agency, "CLIENTID": client_id, "CONSENT": "Y"}
    found = _read(whose | national_tables.values_of(table, resource))
    if isinstance(found, Unmappable):
        return found
    _, ((_, values),) = found
    return Flattened(whose | dict(values))


def _read(record: Mapping[str, object]) -> tuple[Client, tuple[Part, ...]] | Unmappable:
    record = ndtms_consent.gated(record)
    columns = national_tables.columns(SET)
    row = Row(record, dict.fromkeys(columns))
    agency = row.take("AGNCY", _agency)
    client_id = row.take("CLIENTID", _client_id)
    consent = row.take("CONSENT", _yes_or_no)
    parts = _parts(row, record) if consent else ()
    if row.faults or agency is None or client_id is None or consent is None:
        return Unmappable(tuple(dict.fromkeys(row.faults)))
    return Client(agency, client_id, consent), parts


def _parts(row: Row, record: Mapping[str, object]) -> tuple[Part, ...]:
    wide = text_of(record.get("TABLE")) == ""
    held = _filled(record) if wide else tuple(filter(None, [row.take("TABLE", _table_named)]))
    if wide and not held:
        row.refuse("TABLE", "must name a part, or the row must fill one")
    born = parse_day(str(record.get("DOB", "")))
    for table in () if wide else held:
        for column in national_rows.strangers(record, table, KEYS, national_tables.columns(SET)):
            row.refuse(column, f"is no field of {table.name}; leave it or TABLE empty")
    birth_date = born if isinstance(born, str) else ""
    return tuple((table, national_rows.take(row, table, birth_date)) for table in held)


def _filled(record: Mapping[str, object]) -> tuple[Table, ...]:
    """The parts of which a wide row fills a field of their own."""
    return tuple(
        table
        for table in national_tables.tables(SET)
        if any(text_of(record.get(name)) != "" for name in table.named if name != "EPISODID")
    )


def _table_named(text: str) -> Table | Wrong:
    held = {table.name: table for table in national_tables.tables(SET)}
    return held.get(text) or Wrong(f"must be empty or one of {', '.join(held)}")


def _described_by() -> Table:
    return next(one for one in national_tables.tables(SET) if one.resource == "Patient")


def _agency(text: str) -> str | Wrong:
    right = Wrong("must be an agency code: 3 to 12 capital letters and digits")
    return text if CODE.fullmatch(text) else right


def _client_id(text: str) -> str | Wrong:
    right = Wrong("must be the agency's id for the person: up to 20 letters, digits and hyphens")
    return text if CLIENT_ID.fullmatch(text) else right


def _yes_or_no(text: str) -> bool | Wrong:
    return text == "Y" if text in ("Y", "N") else Wrong("must be Y or N")


def _key(patient: Mapping[str, Any]) -> str:
    held = patient.get("identifier", ())
    return next((str(one.get("value", "")) for one in held if one.get("system") == CLIENT), "")


def _patient(client: Client, parts: tuple[Part, ...]) -> Entry:
    """The person by the agency's id alone, but for what a client row says of them."""
    base: dict[str, Any] = {"identifier": [{"system": CLIENT, "value": client.key}]}
    resource: dict[str, Any] = {"resourceType": "Patient", **base}
    for table, values in parts:
        if table.resource == "Patient":
            resource = national_tables.build(table, values, base)
            national_tables.provide(table, resource, _organization(client))
    found = f"identifier={CLIENT}|{client.key}"
    return Entry(parties.urn("Patient", "ndtms", client.key), resource, found)


def _organization(client: Client) -> dict[str, Any]:
    return parties.logical("Organization", AGENCY, client.agency)


def _entry(client: Client, table: Table, values: Mapping[str, str], patient: str) -> Entry:
    own = digest((SET, table.name, client.key, values))
    resource = national_tables.build(table, values, {})
    put(resource, table.subject, {"reference": patient})
    national_tables.provide(table, resource, _organization(client))
    if table.resource == "QuestionnaireResponse":
        resource["identifier"] = identifier(own)
    else:
        resource["identifier"] = [identifier(own), *resource.get("identifier", ())]
    return Entry(parties.urn(table.resource, own), resource, once(own))
