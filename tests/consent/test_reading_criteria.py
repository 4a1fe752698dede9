"""The criteria of one provision, element by element: what is read, and what is at fault."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from consent import topics
from consent.dates import EARLIEST, LATEST
from consent.reading_criteria import interval_in, read_actor, read_criteria
from consent.rules import Actor, Criteria, Data, Meaning

TERMS = "http://terminology.hl7.org/CodeSystem/"
HL7 = "http://hl7.org/fhir/"
TYPES = f"{HL7}resource-types"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
SNOMED = "http://snomed.info/sct"
NORMAL, RESTRICTED = topics.LEVELS.index("N"), topics.LEVELS.index("R")
A, B = Actor("Organization", "Organization/a"), Actor("Organization", "Organization/b")


def coding(system: str, code: str | None = None) -> dict[str, str]:
    return {"system": system} | ({} if code is None else {"code": code})


def concept(*codings: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"coding": list(codings)} | more


def actor(role: str, reference: str) -> dict[str, Any]:
    stated = concept(coding(f"{TERMS}v3-ParticipationType", role))
    return {"role": stated, "reference": {"reference": reference}}


def action(*codes: str, system: str = f"{TERMS}consentaction") -> dict[str, Any]:
    return concept(*(coding(system, code) for code in codes))


LEVEL = f"{TERMS}v3-Confidentiality"
TOPIC = coding(topics.ACT_CODE, "ETHUD")
REASON = f"{TERMS}v3-ActReason"

# id: an element, what it says, what is read of it, and the places of its faults
READ: dict[str, tuple[str, Any, dict[str, Any], list[str]]] = {
    "nobody": ("actor", [], {}, []),
    "recipients and sources": (
        "actor",
        [actor("IRCP", "Organization/a"), actor("AUT", "Organization/b")],
        {"recipients": (A,), "sources": (B,)},
        [],
    ),
    "a party that cannot be told": ("actor", [actor("PRCP", "#x")], {"recipients": (Actor(),)}, []),
    "an unlisted role beside a listed one": (
        "actor",
        [actor("LOC", "Organization/a"), actor("CST", "Organization/b")],
        {"sources": (B,)},
        ["actor[0].role"],
    ),
    "a purpose": ("purpose", [coding(REASON, "TREAT")], {"purposes": {"TREAT"}}, []),
    "two purposes, and one of another system": (
        "purpose",
        [coding(REASON, "TREAT"), coding("urn:x", "COC"), coding(REASON, "COC")],
        {"purposes": {"TREAT", "COC"}},
        ["purpose[1]"],
    ),
    "a purpose that is none": ("purpose", [coding(REASON, "CARE")], {}, ["purpose[0]"]),
    "a purpose without a code": ("purpose", [coding(REASON)], {}, ["purpose[0]"]),
    "actions": (
        "action",
        [action("access"), action("correct", "collect")],
        {"actions": {"access", "correct", "collect"}},
        [],
    ),
    "an action that is none": (
        "action",
        [action("access"), action("read")],
        {"actions": {"access"}},
        ["action[1]"],
    ),
    "an action that is half one": ("action", [action("access", "read")], {}, ["action[0]"]),
    "an action of another system": (
        "action",
        [action("access", system="urn:x")],
        {},
        ["action[0]"],
    ),
    "an action in words": ("action", [{"text": "access"}], {}, ["action[0]"]),
    "a topic and a level": (
        "securityLabel",
        [TOPIC, coding(LEVEL, "R"), coding(LEVEL, "N")],
        {"topics": topics.mask_of("ETHUD"), "levels": {RESTRICTED, NORMAL}},
        [],
    ),
    "two topics": (
        "securityLabel",
        [TOPIC, coding(topics.TOPIC_SYSTEM, "drugs")],
        {"topics": topics.mask_of("ETHUD", "drugs")},
        [],
    ),
    "a level of another system": (
        "securityLabel",
        [coding("urn:x", "R")],
        {},
        ["securityLabel[0]"],
    ),
    "a label that is none beside a topic": (
        "securityLabel",
        [TOPIC, coding(topics.ACT_CODE, "ALC")],
        {"topics": topics.mask_of("ETHUD")},
        ["securityLabel[1]"],
    ),
    "an obligation alone": (
        "securityLabel",
        [coding(topics.ACT_CODE, "NORDSCLCD")],
        {},
        ["securityLabel"],
    ),
    "an obligation beside a level": (
        "securityLabel",
        [coding(topics.ACT_CODE, "NORDSCLCD"), coding(LEVEL, "R")],
        {"levels": {RESTRICTED}},
        [],
    ),
    "a type and a profile": (
        "class",
        [coding(TYPES, "Observation"), coding("urn:ietf:rfc:3986", f"{HL7}p")],
        {"classes": {f"{TYPES}|Observation", f"urn:ietf:rfc:3986|{HL7}p"}},
        [],
    ),
    "a type that is none": ("class", [coding(TYPES, "Score")], {}, ["class[0]"]),
    "a class without a code": ("class", [coding(TYPES)], {}, ["class[0]"]),
    "a class without a system": ("class", [{"code": "Observation"}], {}, ["class[0]"]),
    "a code with its words": (
        "code",
        [concept(coding(SNOMED, "1") | {"display": " Drinks  Daily "}, text="DRINKS")],
        {"codes": {f"{SNOMED}|1"}, "texts": {"drinks daily", "drinks"}},
        [],
    ),
    "words alone": ("code", [{"text": "Drinks"}], {"texts": {"drinks"}}, []),
    "neither a code nor words": ("code", [{}], {}, ["code[0]"]),
    "the words of a coding without a code": (
        "code",
        [concept({"display": "Drinks"})],
        {"texts": {"drinks"}},
        ["code[0].coding"],
    ),
    "a code without a system, beside a whole one": (
        "code",
        [concept({"code": "1"}, coding(SNOMED, "2"))],
        {"codes": {f"{SNOMED}|2"}},
        ["code[0].coding"],
    ),
    "a system without a code": ("code", [concept(coding(SNOMED))], {}, ["code[0].coding"]),
    "a record": (
        "data",
        [{"meaning": "related", "reference": {"reference": "Observation/1"}}],
        {"data": (Data(Meaning.RELATED, "Observation/1"),)},
        [],
    ),
    "an author by number": (
        "data",
        [{"meaning": "authoredby", "reference": {"identifier": {"system": ODS, "value": "A"}}}],
        {"data": (Data(Meaning.AUTHORED_BY, f"{ODS}|A"),)},
        [],
    ),
    "an author by number and reference": (
        "data",
        [
            {
                "meaning": "authoredby",
                "reference": {
                    "reference": "Organization/a",
                    "identifier": {"system": ODS, "value": "A"},
                },
            }
        ],
        {"data": (Data(Meaning.AUTHORED_BY, "Organization/a"),)},
        [],
    ),
    "a record by number": (
        "data",
        [{"meaning": "instance", "reference": {"identifier": {"system": ODS, "value": "A"}}}],
        {"data": (Data(Meaning.INSTANCE, None),)},
        [],
    ),
    "a record without a reference": (
        "data",
        [{"meaning": "instance"}],
        {"data": (Data(Meaning.INSTANCE, None),)},
        [],
    ),
    "a meaning that is none, before a whole one": (
        "data",
        [
            {"meaning": "all", "reference": {"reference": "Observation/1"}},
            {"meaning": "instance", "reference": {"reference": "Observation/2"}},
        ],
        {"data": (Data(Meaning.INSTANCE, "Observation/2"),)},
        ["data[0].meaning"],
    ),
    "no meaning": (
        "data",
        [{"reference": {"reference": "Observation/1"}}],
        {},
        ["data[0].meaning"],
    ),
    "from a day on": (
        "period",
        {"start": "2026-01-01"},
        {"period": (datetime(2026, 1, 1, tzinfo=UTC), LATEST)},
        [],
    ),
    "until a day": (
        "dataPeriod",
        {"end": "2026-01-01"},
        {"data_period": (EARLIEST, datetime(2026, 1, 1, 23, 59, 59, 999999, tzinfo=UTC))},
        [],
    ),
    "one moment": (
        "period",
        {"start": "2026-01-01T10:00:00.000000Z", "end": "2026-01-01T10:00:00.000000Z"},
        {"period": (datetime(2026, 1, 1, 10, tzinfo=UTC), datetime(2026, 1, 1, 10, tzinfo=UTC))},
        [],
    ),
    "an end before the start": (
        "period",
        {"start": "2026-01-02", "end": "2026-01-01"},
        {},
        ["period"],
    ),
    "an end within the start": (
        "period",
        {"start": "2026-01", "end": "2026-01-01"},
        {
            "period": (
                datetime(2026, 1, 1, tzinfo=UTC),
                datetime(2026, 1, 1, 23, 59, 59, 999999, tzinfo=UTC),
            )
        },
        [],
    ),
    "a start that is no date": ("period", {"start": "soon"}, {}, ["period.start"]),
    "an end that is no date": ("dataPeriod", {"end": "late"}, {}, ["dataPeriod.end"]),
    "no ends": ("period", {}, {}, []),
}


@pytest.mark.parametrize("row", READ.values(), ids=READ.keys())
def test_each_element_is_read_for_what_it_says(row) -> None:
    element, value, read, places = row
    criteria, faults = read_criteria({element: value}, "P", None)
    assert criteria == Criteria(
        **{name: _frozen(each) for name, each in read.items()},
        named=frozenset({element} if value else ()),
        unreadable=frozenset({element} if places else ()),
    )
    assert [fault.expression for fault in faults] == [f"P.{place}" for place in places]


def _frozen(value: Any) -> Any:
    return frozenset(value) if isinstance(value, set) else value


@pytest.mark.parametrize(
    ("reference", "party"),
    [
        (None, Actor()),
        ({}, Actor()),
        ({"reference": "Organization/a"}, A),
        (
            {"reference": "Organization/a", "type": "Group", "display": "A"},
            Actor("Organization", "Organization/a", None, "A"),
        ),
        ({"reference": "https://else.test/Organization/a"}, Actor()),
        ({"reference": "#a", "type": "Practitioner"}, Actor("Practitioner")),
        ({"identifier": {"system": ODS, "value": "A"}}, Actor("Organization", None, f"{ODS}|A")),
        (
            {"identifier": {"system": ODS, "value": "A"}, "type": "Group"},
            Actor("Group", None, f"{ODS}|A"),
        ),
        ({"identifier": {"system": "urn:x", "value": "A"}}, Actor(None, None, "urn:x|A")),
        (
            {"identifier": {"system": "urn:x", "value": "A"}, "type": 1, "display": 2},
            Actor(None, None, "urn:x|A"),
        ),
    ],
)
def test_a_party_is_known_by_what_its_reference_says(reference, party) -> None:
    assert read_actor(reference) == party


@pytest.mark.parametrize(
    ("text", "hours", "first"),
    [
        ("2026-01-01", None, datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-07-01", None, datetime(2026, 6, 30, 23, tzinfo=UTC)),
        ("2026-07-01", 2, datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("2026-01-01", -5, datetime(2026, 1, 1, 5, tzinfo=UTC)),
        ("2026-07-01T10:00:00Z", 2, datetime(2026, 7, 1, 10, tzinfo=UTC)),
    ],
)
def test_a_day_is_one_of_the_zone_that_is_stated(text, hours, first) -> None:
    zone = None if hours is None else timezone(timedelta(hours=hours))
    found = interval_in(text, zone)
    assert found is not None
    assert found[0] == first
    if "T" not in text:
        assert found[1] - found[0] == timedelta(days=1, microseconds=-1)


def test_what_is_no_date_is_none_in_any_zone() -> None:
    assert interval_in("soon", None) is None
    assert interval_in("soon", timezone(timedelta(hours=2))) is None
