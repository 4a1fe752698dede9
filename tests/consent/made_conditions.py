"""Facts and conditions of every kind, of so few words that they often meet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from consent import predicate as p
from consent.facts import Facts

_START = datetime(2026, 1, 1, tzinfo=UTC)
_CODES = ["http://loinc.org|1", "http://loinc.org|2", "urn:x|1"]
_TEXTS = ["drinks daily", "sleeps"]
_CLASSES = ["http://hl7.org/fhir/resource-types|Observation", "urn:ietf:rfc:3986|http://e.org/p"]
_SOURCES = ["Organization/a", "Organization/b", "https://fhir.nhs.uk/Id/ods-organization-code|A"]
_RECORDS = [f"Observation/{number}" for number in range(6)]

_MOMENTS = st.integers(0, 6).map(lambda day: _START + timedelta(days=day))
_MASKS = st.integers(0, 15)
_LEVELS = st.integers(0, 5)


def _some_of(values: list[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(values), max_size=2)


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    first, last = sorted((draw(_MOMENTS), draw(_MOMENTS)))
    doubt = draw(st.sampled_from(["none", "unjudged", "pending"]))
    return Facts(
        reference=draw(st.sampled_from(_RECORDS)),
        type="Observation",
        classes=draw(_some_of(_CLASSES)) | {_CLASSES[0]},  # every resource is of its own type
        codes=draw(_some_of(_CODES)),
        texts=draw(_some_of(_TEXTS)),
        topics=draw(_MASKS),
        level=draw(_LEVELS),
        unjudged=doubt == "unjudged",
        pending=doubt == "pending",
        ceiling=draw(st.booleans()),
        sources=draw(_some_of(_SOURCES)),
        recipients=draw(_some_of(_SOURCES)),
        dates=draw(st.sampled_from([None, (first, last)])),
        references=draw(_some_of(_RECORDS)),
    )


_BOUNDS = st.one_of(st.none(), _MOMENTS)
_ATOMS = st.one_of(
    st.builds(p.Constant, st.booleans()),
    st.builds(p.AnyTopic, _MASKS),
    st.builds(p.TopicsWithin, _MASKS),
    st.builds(p.LevelAtMost, _LEVELS),
    st.builds(p.LevelAtLeast, _LEVELS),
    st.just(p.Pending()),
    st.just(p.Unjudged()),
    st.just(p.UnderCeiling()),
    st.builds(p.NamesRecipient, _some_of(_SOURCES)),
    st.builds(p.OfClass, _some_of(_CLASSES)),
    st.builds(p.HasCode, _some_of(_CODES)),
    st.builds(p.HasText, _some_of(_TEXTS)),
    st.builds(p.FromSource, _some_of(_SOURCES)),
    st.just(p.Unsourced()),
    st.builds(p.DatesWithin, _BOUNDS, _BOUNDS),
    st.builds(p.DatesTouch, _BOUNDS, _BOUNDS),
    st.builds(p.IsOneOf, _some_of(_RECORDS)),
    st.builds(p.RefersTo, _some_of(_RECORDS)),
)


def _several(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(inner, max_size=4).map(tuple)


CONDITIONS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.builds(p.Not, inner),
        st.builds(p.All, _several(inner)),
        st.builds(p.Any, _several(inner)),
    ),
    max_leaves=12,
)
