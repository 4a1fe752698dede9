"""What our own mappings write is labelled."""

from __future__ import annotations

from typing import Any

from to_label import DRUGS_AND_ALCOHOL, OURS, codes, concept, observation, of, request

import fhir_profiles
from mappings import referral, screening
from mappings.instruments import instrument
from mappings.verdict import Mapped

PERSON = {
    "nhs_number": "9990000018",
    "birth_date": "1980-02-29",
    "organization_ods": "X1X1X",
    "practitioner_id": "",
}


def test_what_the_screening_map_writes_is_judged() -> None:
    tool = instrument("assist-lite")
    assert tool is not None
    row = PERSON | {"recorded_at": "2026-05-03T10:00:00", "version": "mh", "al-tobacco-1": "y"}
    row |= {"al-tobacco-2": "n", "al-tobacco-3": "n", "al-opioids-1": "n"}
    row |= {"auditc-1": "0", "auditc-2": "0", "auditc-3": "0"}
    mapped = screening.to_fhir(row, tool)
    assert isinstance(mapped, Mapped), mapped
    written = [dict(entry.resource) for entry in mapped.entries]
    assert len(written) > 3
    assert [of(resource).doubt for resource in written] == [False] * len(written)
    found = {frozenset(codes(of(resource))) for resource in written}
    assert found == {
        frozenset(),
        frozenset({"ETHUD", "OPIOIDUD", "drugs", "smoking"}),
        frozenset({"smoking"}),
        frozenset({"OPIOIDUD"}),
        frozenset({"ETHUD"}),
    }


REFERRAL = PERSON | {
    "authored_at": "2026-05-03T10:00:00Z",
    "to_organization_ods": "Y2Y2Y",
    "code": DRUGS_AND_ALCOHOL,
    "priority": "routine",
    "agreed": "y",
}


def mapped_request(**more: str) -> dict[str, Any]:
    mapped = referral.to_fhir(REFERRAL | more)
    assert isinstance(mapped, Mapped), mapped
    kind = "ServiceRequest"
    return next(dict(e.resource) for e in mapped.entries if e.resource["resourceType"] == kind)


def test_a_plain_referral_with_codes_alone_is_judged() -> None:
    assert codes(of(mapped_request())) == {"ETHUD", "drugs"}
    assert not of(mapped_request()).doubt


def test_a_plain_referral_with_a_note_is_not() -> None:
    assert of(mapped_request(note="x")).doubt


def test_every_referral_code_that_we_offer_has_a_rule() -> None:
    offered = {row["code"] for row in fhir_profiles.load("tables/referral_codes.json")["codes"]}
    assert [code for code in offered if of(request(code=concept(code))).doubt] == []


SUBSTANCES = {"ETHUD", "OPIOIDUD", "drugs"}


def test_each_part_of_an_ndtms_row_is_about_substance_use() -> None:
    for part in ("plan", "recovery", "family", "housing"):
        observed = of(observation(part, f"{OURS}/CodeSystem/ndtms-record"))
        assert (codes(observed), observed.doubt) == (SUBSTANCES, False)
    assert codes(of(observation("alcohol", f"{OURS}/CodeSystem/ndtms-record"))) == {"ETHUD"}
    assert of(observation("alcohol", f"{OURS}/CodeSystem/ndtms")).doubt
