"""Every row that a national data set can hold becomes valid FHIR and comes back as it was."""

import json
import os
from datetime import date, datetime, timedelta, timezone

import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.fhir import rules, structure
from mappings import mhsds, ndtms, nhs_number
from mappings.bundles import batches, standalone, transaction
from mappings.moments import Moment, parse_moment
from mappings.national_assessments import tools
from mappings.national_tables import tables
from mappings.reversing import Surroundings, own, resources
from mappings.verdict import Flattened, Mapped, Wrong

EXAMPLES = 1000 if os.environ.get("ONESTORY_FULL") else 16
THOROUGH = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
SUPERSEDED = {"506701000000100", "958051000000104"}
SNOMED = ["417096006", "768820003", "1048091000000104"]

NUMBERS = st.integers(999_000_000, 999_999_999).flatmap(
    lambda stem: st.sampled_from(
        [n for last in range(10) if not isinstance(n := nhs_number.parse(f"{stem}{last}"), Wrong)]
        or ["9990000018"]
    )
)
BORN = st.dates(date(1920, 1, 1), date(2009, 12, 31)).map(date.isoformat)
DAYS = st.dates(date(2010, 1, 1), date(2030, 12, 31)).map(date.isoformat)
CLOCK = st.times().map(lambda at: at.replace(microsecond=0).isoformat())
OFFSETS = st.integers(-12 * 4, 14 * 4).map(lambda q: timezone(timedelta(minutes=15 * q)))
LOCAL = st.datetimes(datetime(2015, 1, 1), datetime(2029, 12, 31))  # noqa: DTZ001 - clock times
MOMENTS = st.one_of(
    st.tuples(LOCAL, OFFSETS).map(lambda at: at[0].replace(tzinfo=at[1]).isoformat()),
    LOCAL.map(datetime.isoformat).filter(lambda text: isinstance(parse_moment(text), Moment)),
)
ODS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=3, max_size=12)


def cell(field):
    match field.holds:
        case "day":
            return BORN if field.name == "DOB" else DAYS
        case "clock":
            return CLOCK
        case "moment":
            return MOMENTS
        case "code":
            return st.sampled_from(sorted(field.codes))
        case "assessment":
            return st.sampled_from(sorted(set(field.codes) - SUPERSEDED))
        case "text":
            return st.from_regex(
                field.pattern, fullmatch=True, alphabet=st.characters(codec="ascii")
            )
        case "ods":
            return ODS
        case "whole":
            return st.integers(field.least, field.most).map(str)
        case "yes":
            return st.just("Y")
        case "yes-no":
            return st.sampled_from("YN")
        case "snomed":
            return st.sampled_from(SNOMED)
        case "score":
            return st.just("1")
    raise AssertionError(field.holds)


@st.composite
def values(draw, table):
    found = {}
    for field in table.fields:
        if field.required or draw(st.booleans()):
            found[field.name] = draw(cell(field))
    return put_right(draw, table, found)


def put_right(draw, table, found):
    """Draws again or leaves out what no single cell can know."""
    for one, other in table.not_both:
        if one in found:
            found.pop(other, None)
    for earlier, later in table.in_order * 2:
        if earlier in found and later in found:
            found[earlier], found[later] = sorted((found[earlier], found[later]))
    for field in table.fields:
        clock = found.get(field.time)
        skipped = (
            clock
            and field.name in found
            and isinstance(parse_moment(f"{found[field.name]}T{clock}"), Wrong)
        )
        if clock and (skipped or field.name not in found):
            del found[field.time]
    if tool := tools().get(found.get("CodedAssToolType")):
        hundredths = draw(st.integers(tool.least * 100, tool.most * 100))
        whole = str(draw(st.integers(tool.least, tool.most)))
        found["PersScore"] = f"{hundredths / 100:g}" if tool.decimals else whole
    if table.one_of and not set(found) & set(table.one_of):
        found[table.one_of[0]] = "Y"
    order = [field.name for field in table.fields]
    return {name: found[name] for name in order if name in found}


@st.composite
def mhsds_rows(draw, name):
    table = next(one for one in tables("mhsds") if one.name == name)
    head = (table.name, draw(ODS), draw(NUMBERS), draw(BORN))
    return dict(zip(mhsds.KEYS, head, strict=True)) | draw(values(table).filter(bool))


CLIENT_IDS = st.from_regex(r"[A-Za-z0-9-]{1,20}", fullmatch=True)


@st.composite
def ndtms_rows(draw, name):
    table = next(one for one in tables("ndtms") if one.name == name)
    head = (table.name, draw(ODS), draw(CLIENT_IDS), "Y")
    return dict(zip(ndtms.KEYS, head, strict=True)) | draw(values(table).filter(bool))


def back(documents, kind):
    """All rows of some documents, read as the command reads them: Consents first."""
    around = Surroundings()
    for document in documents:
        for addresses, resource in resources(document):
            if document["resourceType"] != "Bundle":
                around.learn(addresses, resource)
            elif resource["resourceType"] == "Consent":
                around.hear(resource)
    found = []
    for document in documents:
        known = own(document, around) if document["resourceType"] == "Bundle" else around
        for addresses, resource in resources(document):
            row = kind.from_fhir(resource, addresses, known)
            if row is not None:
                assert isinstance(row, Flattened), row
                found.append(row.record)
    return found


def holds_in_r4(mapped):
    for entry in mapped.entries:
        # fhir.resources knows no extension on the value of an extension; R4 does.
        tree = json.loads(json.dumps(entry.resource).replace('"_valueDateTime": ', '"_ignored": '))
        for held in tree.get("extension", []):
            for each in (held, *held.get("extension", [])):
                each.pop("_ignored", None)
        get_fhir_model_class(tree["resourceType"]).model_validate(tree)
    bundle = json.loads(json.dumps(transaction(mapped.entries)))
    assert structure.check(bundle) + rules.check(bundle) == []


def comes_back(record, kind):
    mapped = kind.to_fhir(record)
    assert isinstance(mapped, Mapped), mapped
    assert back([transaction(mapped.entries)], kind) == [record]
    assert back(list(standalone(mapped.entries)), kind) == [record]
    assert kind.to_fhir(record) == mapped


@pytest.mark.parametrize("table", tables("mhsds"), ids=lambda table: table.name)
def test_a_row_of_mhsds_comes_back_as_it_was(table):
    @THOROUGH
    @given(mhsds_rows(table.name))
    def comes(record):
        comes_back(record, mhsds)

    comes()


BOTH = [(mhsds, mhsds_rows, table.name) for table in tables("mhsds")] + [
    (ndtms, ndtms_rows, table.name) for table in tables("ndtms")
]


@pytest.mark.parametrize(("kind", "rows", "name"), BOTH)
def test_everything_produced_is_valid_r4(kind, rows, name):
    @settings(THOROUGH, max_examples=EXAMPLES // 4)
    @given(rows(name))
    def holds(record):
        holds_in_r4(kind.to_fhir(record))

    holds()


@pytest.mark.parametrize("table", tables("ndtms"), ids=lambda table: table.name)
def test_a_row_of_ndtms_comes_back_as_it_was(table):
    @THOROUGH
    @given(ndtms_rows(table.name))
    def comes(record):
        comes_back(record, ndtms)

    comes()


@THOROUGH
@given(ODS, CLIENT_IDS, st.dictionaries(st.sampled_from(["DOB", "DRUG1", "TABLE", "X"]), st.text()))
def test_without_agreement_a_row_is_its_keys_whatever_else_it_held(agency, client, others):
    keys = {"AGNCY": agency, "CLIENTID": client, "CONSENT": "N"}
    mapped = ndtms.to_fhir(others | keys)
    assert mapped == ndtms.to_fhir(keys)
    holds_in_r4(mapped)
    assert back([transaction(mapped.entries)], ndtms) == [keys]


@settings(THOROUGH, max_examples=EXAMPLES)
@given(
    st.lists(st.one_of([mhsds_rows(one.name) for one in tables("mhsds")]), max_size=8),
    st.integers(1, 4),
)
def test_many_rows_come_back_through_bundles(records, size):
    distinct = list({json.dumps(record): record for record in records}.values())
    people = {(one["NHSNumber"], one["PersonBirthDate"]) for one in distinct}
    if len(people) < len(distinct):
        return  # a Patient is described once in a batch
    bundles = [transaction(one) for one in batches(map(mhsds.to_fhir, distinct), size)]
    assert back(bundles, mhsds) == distinct
