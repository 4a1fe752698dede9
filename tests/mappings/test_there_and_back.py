"""A flat record becomes FHIR and comes back as it was, whatever the record says."""

import os
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import json

from mappings import instruments, nhs_number, referral, referral_rows, reversing, screening
from mappings.bundles import batches, encoded_batches, standalone, transaction
from mappings.checking import check_response, check_scores
from mappings.instrument import Kind
from mappings.moments import Moment, parse_moment
from mappings.scoring import score
from mappings.screening_rows import columns
from mappings.verdict import Flattened, Mapped, Wrong

EXAMPLES = 5000 if os.environ.get("ONESTORY_FULL") else 60
THOROUGH = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

NUMBERS = st.integers(999_000_000, 999_999_999).flatmap(
    lambda stem: st.sampled_from(
        [n for last in range(10) if not isinstance(n := nhs_number.parse(f"{stem}{last}"), Wrong)]
        or ["9990000018"]
    )
)
DAYS = st.dates(date(1920, 1, 1), date(2019, 12, 31)).map(date.isoformat)
OFFSETS = st.integers(-12 * 4, 14 * 4).map(lambda q: timezone(timedelta(minutes=15 * q)))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2029, 12, 31))  # noqa: DTZ001 - clock times
TIMES = st.one_of(
    st.tuples(MOMENTS, OFFSETS).map(lambda at: at[0].replace(tzinfo=at[1]).isoformat()),
    MOMENTS.map(lambda at: at.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")),
    MOMENTS.map(datetime.isoformat).filter(lambda t: isinstance(parse_moment(t), Moment)),
)
ODS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=3, max_size=12)
USERS = st.one_of(st.just(""), st.text("0123456789", min_size=1, max_size=12))
TEXT = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from("\n\t,\"'"),
        max_size=60,
    )
    .map(str.strip)
    .filter(bool)
)


@st.composite
def screenings(draw, instrument):
    """A record that can be mapped, in canonical form, stating some of its totals."""
    head = (draw(NUMBERS), draw(DAYS), draw(TIMES | DAYS_OF_2020), draw(ODS), draw(USERS))
    record = dict(zip(columns(instrument), head, strict=False))
    if instrument.variants:
        record[instrument.variants.column] = draw(st.sampled_from(list(instrument.variants.codes)))
    answers = {}
    for section in instrument.sections:
        answers |= draw(_section(instrument, section))
    if not answers:
        first = instrument.items[0]
        answers[first.link_id] = min(first.words)
    words = {
        link_id: value if isinstance(value, str) else instrument.by_link_id[link_id].words[value]
        for link_id, value in answers.items()
    }
    totals = {
        made.total: str(draw(st.sampled_from([made.value, shortest(made.value)])))
        for made in score(instrument, answers)
        if made.total
    }
    stated = draw(st.sets(st.sampled_from(sorted(totals)))) if totals else set()
    order = (*columns(instrument), *instrument.totals)
    whole = record | words | {total: totals[total] for total in stated}
    return {column: whole[column] for column in order if whole.get(column)}


def shortest(value):
    """The value as services write it, with one decimal."""
    near = round(value, 1)
    return int(near) if float(near).is_integer() else near


DAYS_OF_2020 = st.dates(date(2020, 1, 1), date(2029, 12, 31)).map(date.isoformat)


@st.composite
def _section(draw, instrument, section):
    answers = {}
    for link_id in section.items:
        item = instrument.by_link_id[link_id]
        closed = section.gate is not None and answers.get(section.gate) == 0
        if item.kind is Kind.TEXT:
            value = None if closed else draw(st.none() | TEXT)
        else:
            value = draw(st.none() | st.sampled_from([0] if closed else sorted(item.words)))
        if value is not None:
            answers[link_id] = value
    return answers


REFERRALS = st.fixed_dictionaries(
    {
        "nhs_number": NUMBERS,
        "birth_date": DAYS,
        "authored_at": TIMES,
        "organization_ods": ODS,
        "practitioner_id": USERS,
        "to_organization_ods": ODS,
        "code": st.sampled_from(sorted(referral_rows.displays())),
        "priority": st.sampled_from(["", "routine", "urgent", "asap", "stat"]),
        "agreed": st.sampled_from("yn"),
        "reason": TEXT | st.just(""),
        "while_waiting": TEXT | st.just(""),
        "note": TEXT | st.just(""),
    }
).map(lambda record: {column: text for column, text in record.items() if text})


def there(mapped):
    assert isinstance(mapped, Mapped), mapped
    return [entry.resource for entry in mapped.entries]


@pytest.mark.parametrize("instrument", instruments.all_instruments(), ids=lambda held: held.id)
def test_a_screening_comes_back_as_it_was(instrument):
    @THOROUGH
    @given(screenings(instrument))
    def comes_back(record):
        patient, response, *others = there(screening.to_fhir(record, instrument))
        observations = [one for one in others if one["resourceType"] == "Observation"]
        assert screening.from_fhir(response, patient, instrument) == Flattened(record)
        assert check_response(response) == []
        assert check_scores(response, {str(n): one for n, one in enumerate(observations)}) == []

    comes_back()


@pytest.mark.parametrize("instrument", instruments.all_instruments(), ids=lambda held: held.id)
def test_resources_come_back_as_they_were(instrument):
    @settings(THOROUGH, max_examples=EXAMPLES // 3)
    @given(screenings(instrument))
    def come_back(record):
        once = screening.to_fhir(record, instrument)
        patient, response, *_ = there(once)
        back = screening.from_fhir(response, patient, instrument)
        assert screening.to_fhir(back.record, instrument) == once

    come_back()


@pytest.mark.parametrize("instrument", instruments.all_instruments(), ids=lambda held: held.id)
def test_entries_encoded_at_once_are_the_same_bytes(instrument):
    @settings(THOROUGH, max_examples=EXAMPLES // 3)
    @given(st.lists(screenings(instrument), min_size=1, max_size=4), st.integers(1, 3))
    def are_the_same(records, size):
        records += records[:1]  # who is in a batch twice is there once
        mapped = [screening.to_fhir(record, instrument) for record in records]
        slowly = [json.encode(transaction(entries)) for entries in batches(mapped, size)]
        encoded = (screening.to_entries(record, instrument) for record in records)
        assert b"".join(encoded_batches(encoded, size)).splitlines() == slowly

    are_the_same()


@THOROUGH
@given(REFERRALS)
def test_a_referral_comes_back_as_it_was(record):
    patient, request, _, *attestation = there(referral.to_fhir(record))
    attested = any(referral.attested_by(one) for one in attestation)
    assert referral.from_fhir(request, patient, attested=attested) == Flattened(record)


@settings(THOROUGH, max_examples=EXAMPLES // 5)
@given(st.lists(screenings(instruments.instrument("assist-lite")), max_size=6), st.integers(1, 4))
def test_bundles_and_resources_that_stand_alone_come_back_too(records, size):
    instrument = instruments.instrument("assist-lite")
    distinct = list({tuple(record.items()): record for record in records}.values())
    mapped = [screening.to_fhir(record, instrument) for record in distinct]
    for entries in batches(mapped, size):
        for documents in ([transaction(entries)], list(standalone(entries))):
            around = reversing.Surroundings()
            held = [one for document in documents for one in reversing.resources(document)]
            for addresses, resource in held:
                around.learn(addresses, resource)
            back = [
                found.record
                for addresses, resource in held
                if (found := reversing.screening_of(resource, addresses, around, instrument))
            ]
            assert back == distinct[: len(back)]
        distinct = distinct[len(back) :]
    assert distinct == []
