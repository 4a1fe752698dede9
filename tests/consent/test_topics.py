"""Topics: their bits, their hierarchy, and what people see of them."""

from __future__ import annotations

import pytest

import fhir_profiles
from consent import topics
from consent.topics import mask_of

ROWS = fhir_profiles.load("labels/topics.json")["topics"]
# INVARIANT: databases hold these numbers. A row may be added, none changed.
NUMBERED = """
SPI BH MH PSY self-harm trauma SUD ETHUD OPIOIDUD drugs smoking SDV VIO HIV STD SEX physical social
PSYTHPN COGN DVD EMOTDIS GDIS TBOO SCA MST third-party marac not-for-person
""".split()  # noqa: SIM905 - the numbers are read off the line


def test_each_topic_keeps_its_bit_for_ever() -> None:
    assert [(row["bit"], row["code"]) for row in ROWS[: len(NUMBERED)]] == list(enumerate(NUMBERED))


def test_bits_are_unique_and_fit_a_signed_database_integer() -> None:
    bits = [row["bit"] for row in ROWS]
    assert len(set(bits)) == len(bits)
    assert max(bits) < 62


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (topics.ACT_CODE, "ALC"),
        (topics.ACT_CODE, "TABOO"),
        (topics.ACT_CODE, "NORDSCLCD"),
        (topics.ACT_CODE, "drugs"),
        (topics.TOPIC_SYSTEM, "ETHUD"),
        ("http://terminology.hl7.org/CodeSystem/v3-ActReason", "HTEST"),
        ("", "MH"),
    ],
)
def test_what_is_no_topic_has_no_bit(system: str, code: str) -> None:
    assert topics.bit(system, code) == 0


def test_the_older_substance_code_reads_as_its_successor() -> None:
    assert topics.bit(topics.ACT_CODE, "ETH") == mask_of("SUD") != 0


@pytest.mark.parametrize(
    ("named", "covered"),
    [
        ("MH", "MH PSY self-harm trauma"),
        ("SUD", "SUD ETHUD OPIOIDUD drugs"),
        (
            "BH",
            "BH MH PSY self-harm trauma SUD ETHUD OPIOIDUD drugs PSYTHPN COGN DVD EMOTDIS",
        ),
        ("ETHUD", "ETHUD"),
        ("smoking", "smoking"),
    ],
)
def test_a_topic_covers_what_lies_beneath_it(named: str, covered: str) -> None:
    assert topics.below(mask_of(named)) == mask_of(*covered.split())


@pytest.mark.parametrize(
    ("named", "umbrellas"),
    [
        ("ETHUD", "SUD BH SPI"),
        ("self-harm", "BH SPI"),
        ("MH", "BH SPI"),
        ("SPI", ""),
        ("HIV", ""),
    ],
)
def test_only_umbrellas_lie_above(named: str, umbrellas: str) -> None:
    assert topics.above(mask_of(named)) == mask_of(*umbrellas.split())


def test_codings_come_in_the_order_of_their_bits_and_say_their_system() -> None:
    assert topics.codings(mask_of("drugs", "ETHUD")) == [
        {"system": topics.ACT_CODE, "code": "ETHUD"},
        {"system": topics.TOPIC_SYSTEM, "code": "drugs"},
    ]


def test_every_coding_reads_back_as_its_bit() -> None:
    for row in ROWS:
        (coding,) = topics.codings(1 << row["bit"])
        assert topics.bit(coding["system"], coding["code"]) == 1 << row["bit"]


def test_levels_rank_from_unrestricted_to_very_restricted() -> None:
    assert [topics.level_of(code) for code in "ULMNRV"] == [0, 1, 2, 3, 4, 5]
    assert topics.level_of("X") is None
    assert topics.level_of("") is None
    assert topics.level_of("UL") is None


@pytest.mark.parametrize("code", ["third-party", "marac", "not-for-person", "PSYTHPN"])
def test_ceiling_topics_are_under_the_ceiling_at_any_level(code: str) -> None:
    assert topics.under_ceiling(mask_of(code), 0)
    assert not topics.under_ceiling(mask_of("MH", "ETHUD"), 5)


@pytest.mark.parametrize("code", ["SDV", "VIO"])
def test_domestic_abuse_at_the_highest_level_is_marac(code: str) -> None:
    assert topics.under_ceiling(mask_of(code), 5)
    assert not topics.under_ceiling(mask_of(code), 4)


def test_the_person_chooses_among_topics_that_do_not_overlap() -> None:
    page = topics.page_topics()
    assert [topic.key for topic in page][:3] == ["alcohol", "drugs", "smoking"]
    for one in page:
        for other in page:
            assert one is other or not one.mask & other.mask
