import hashlib

import pytest

from mappings.bundles import encoded_batches
from mappings.instruments import instrument
from mappings.screening import to_entries
from mappings.verdict import Unmappable

HEAD = {
    "nhs_number": "9990000018",
    "birth_date": "1980-02-03",
    "recorded_at": "2026-03-01T10:30:00",
    "organization_ods": "RX4",
}
ASSIST = HEAD | {
    "practitioner_id": "555253642100",
    "version": "mh",
    "al-tobacco-1": "y",
    "al-tobacco-2": "n",
    "al-tobacco-3": "y",
    "al-cannabis-1": "n",
    "al-other-1": "y",
    "al-other-2": '100 % "khat" @own@ and\tcaf\u00e9',
    "auditc-1": "3",
    "auditc-2": "2",
    "auditc-3": "2",
    "total_tobacco": "2",
}
AUDIT_C = HEAD | {"auditc-1": "3", "auditc-2": "2", "auditc-3": "2", "total": "7"}
# The bytes that were sent before entries were encoded from templates: sending a file again must
# still find what it made the first time.
BEFORE = {
    "assist-lite": (ASSIST, "be3dd5f192a2c9a6f550af25d2212987ef6318754980673754a9e3458827957f"),
    "audit-c": (AUDIT_C, "11ef260a4a1ab9f6952d5b1c90daef90f05b2f7153063f9a5b84e126e388fd7d"),
}


@pytest.mark.parametrize("kind", BEFORE)
def test_the_bytes_of_a_record_stay_what_they_were(kind):
    record, digest = BEFORE[kind]
    made = b"".join(encoded_batches([to_entries(record, instrument(kind))], 100))
    assert hashlib.sha256(made).hexdigest() == digest


def test_what_cannot_be_mapped_is_refused_the_same():
    held = instrument("audit-c")
    found = to_entries(AUDIT_C | {"auditc-2": "7"}, held)
    assert isinstance(found, Unmappable)
    assert [fault.where for fault in found.faults] == ["auditc-2"]


def test_no_records_make_no_bundle():
    assert list(encoded_batches([], 100)) == []
