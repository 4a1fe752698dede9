"""What is proposed, over whatever stands, comes to what its preview said."""

from __future__ import annotations

import os
from typing import Any

import pytest
from callers import MOOD, Caller, House, Json, concept, consent, patient, score
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from looking_ahead import asked, previewed

FULL = os.environ.get("ONESTORY_FULL") == "1"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
TYPES = "http://hl7.org/fhir/resource-types"


SERVICES = ("RX1", "DA1", "HO1")
KINDS = ("Observation", "QuestionnaireResponse", "Condition", "Flag", "CarePlan")
CODES = ("75626-2", MOOD, "69737-5", "8867-4")
criteria = st.fixed_dictionaries(
    {},
    optional={
        "securityLabel": st.lists(
            st.sampled_from(
                [{"system": ACT_CODE, "code": code} for code in ("ETHUD", "MH", "SUD", "BH")]
                + [
                    {
                        "system": f"{concept('v3-Confidentiality', 'R')['coding'][0]['system']}",
                        "code": code,
                    }
                    for code in "NRV"
                ]
            ),
            min_size=1,
            max_size=2,
        ),
        "class": st.lists(
            st.sampled_from([{"system": TYPES, "code": kind} for kind in KINDS]),
            min_size=1,
            max_size=2,
        ),
        "purpose": st.lists(
            st.sampled_from([concept("v3-ActReason", c)["coding"][0] for c in ("TREAT", "COC")]),
            min_size=1,
            max_size=1,
        ),
        "code": st.lists(
            st.sampled_from(
                [{"coding": [{"system": "http://loinc.org", "code": c}]} for c in CODES]
            ),
            min_size=1,
            max_size=1,
        ),
    },
)
said = st.tuples(
    st.sampled_from(("permit", "deny")), st.sampled_from(SERVICES), criteria, st.booleans()
)


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Any], list[Any], list[int], list[tuple[str, str]]]:
    """What stands, what is proposed, which of those that stand would end, what is held."""
    stands = draw(st.lists(said, max_size=3))
    proposed = draw(st.lists(said, max_size=2))
    places_ = range(len(stands))
    ends = draw(st.lists(st.sampled_from(places_), unique=True)) if stands else []
    things = draw(
        st.lists(st.tuples(st.sampled_from(CODES), st.sampled_from(SERVICES)), max_size=6)
    )
    return stands, proposed, ends, things


NUMBERS = iter(range(100_000, 999_999))


def new_number() -> str:
    """An NHS number of the 999 range that nobody here has yet."""
    for serial in NUMBERS:
        digits = f"999{serial:06d}"
        sum_ = sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=True))
        check = (11 - sum_ % 11) % 11
        if check != 10:
            return f"{digits}{check}"
    raise AssertionError("there are no more numbers")


def as_consent(house: House, me: str, words: Any) -> Json:
    kind, service, narrowed, opts_in = words
    made = consent(me, kind, house.organizations[service], **narrowed)
    return made | ({"policyRule": concept("v3-ActCode", "OPTIN")} if opts_in else {})


def comes_true(house: House, situation: Any) -> None:
    stands, proposed, ends, things = situation
    someone = patient(0) | {"identifier": [{"system": _nhs(), "value": new_number()}]}
    me = house.registers(someone)
    services = {ods: house.caller(ods) for ods in SERVICES}
    known = {ods: caller.writes(someone) for ods, caller in services.items()}
    stored = [services[ods].writes(score(known[ods], code)) for code, ods in things]
    given_ = [me.writes(as_consent(house, me.me, words)) for words in stands]
    over = tuple(given_[place] for place in ends)
    new = [as_consent(house, me.me, words) for words in proposed]
    if not new and not over:
        return
    named = tuple(house.organizations[ods] for ods in SERVICES)
    expected = previewed(asked(me, *new, replaces=over, recipients=named))
    before = {ods: _released(caller, known[ods]) for ods, caller in services.items()}
    for each in new:
        me.writes(each)
    for reference in over:
        assert me.put(me.read(reference) | {"status": "inactive"}).status == 200
    for ods, caller in services.items():
        seen = expected[house.organizations[ods]]
        after = _released(caller, known[ods])
        assert set(seen["visible"]) == after
        assert set(seen["gained"]) == after - before[ods]
        assert set(seen["lost"]) == before[ods] - after
        assert after <= set(stored)


def _released(caller: Caller, subject: str) -> set[str]:
    return set(caller.finds("Observation", patient=subject, _count="100"))


def _nhs() -> str:
    return "https://fhir.nhs.uk/Id/nhs-number"


@pytest.mark.timeout(3_600)
@given(situation=situations())
@settings(
    max_examples=5_000 if FULL else 60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_preview_comes_true(house: House, situation: Any) -> None:
    comes_true(house, situation)
