"""Strict JSON: what is right comes through exactly, and limits hold at their edges."""

from __future__ import annotations

import json
from copy import deepcopy
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.fhir.encoding import encode
from gateway.fhir.problem import status_of
from gateway.fhir.strict_json import Limits, parse

LIMITS = Limits()


@pytest.mark.parametrize(
    "number",
    [
        *("0", "-0", "7", "-7", "1.00", "1.0", "0.10", "-0.0", "1e5", "1E5", "1.50e-3"),
        *("0.0000001", "1E+5", "123456789012345678", "1234567890.123456789012345678", "0e0"),
        *("1.7976931348623157e308", "5e-308"),
    ],
)
def test_a_number_comes_out_digit_for_digit(number: str) -> None:
    body = f'{{"value":{number}}}'.encode()
    tree = parse(body, LIMITS)
    assert isinstance(tree, dict)
    assert encode(tree) == body
    assert encode(deepcopy(tree)) == body


@pytest.mark.parametrize("space", ["", " ", "\n\t"])
@pytest.mark.parametrize(
    "twice", ['"a":1', '"a":2', '"\\u0061":1', '"b":{"c":1,"c":1}', '"":1,"":1']
)
def test_a_name_twice_is_refused_however_it_is_written(twice: str, space: str) -> None:
    body = "{" + '"a":1,' + twice + "}"
    spread = body.replace(":", f"{space}:{space}").replace(",", f"{space},{space}")
    assert isinstance(parse(spread.encode(), LIMITS), tuple)


def test_fractions_are_exact_and_whole_numbers_whole() -> None:
    tree = parse(b'{"a": 0.1, "b": 3}', LIMITS)
    assert tree == {"a": Decimal("0.1"), "b": 3}
    assert isinstance(tree, dict)
    assert type(tree["b"]) is int


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": "\\ud83d\\ude00"}', "\U0001f600"),
        ('{"a": "\U0001f600"}'.encode(), "\U0001f600"),
        (b'{"a": "\\\\u0000"}', "\\u0000"),
        (b'{"a": "\\\\\\\\ud800"}', "\\\\ud800"),
        (b'{"a": "\\u00e9\\n\\t\\/"}', "\u00e9\n\t/"),
        (b'{"a": "\\ud83d\\ude00", "b": "\\\\ud800"}', "\U0001f600"),
    ],
)
def test_escapes_that_stand_for_characters_are_read(body: bytes, value: str) -> None:
    tree = parse(body, LIMITS)
    assert isinstance(tree, dict)
    assert tree["a"] == value


def test_a_real_nul_beside_an_escaped_backslash_is_found() -> None:
    found = parse(b'{"a": "\\\\u0000", "b": "\\\\\\u0000"}', LIMITS)
    assert isinstance(found, tuple)
    assert found[0].expression == "Resource.b"


def test_depth_is_counted_to_its_edge() -> None:
    inside = b'{"a":' + b"[" * 63 + b"]" * 63 + b"}"
    beyond = b'{"a":' + b"[" * 64 + b"]" * 64 + b"}"
    assert isinstance(parse(inside, LIMITS), dict)
    assert isinstance(parse(beyond, LIMITS), tuple)


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_depth_near_what_the_interpreter_bears_is_refused_like_any_other(
    opening: bytes, closing: bytes
) -> None:
    for depth in range(880, 1100):
        body = b'{"a":' + opening * depth + b"1" + closing * depth + b"}"
        assert isinstance(parse(body, LIMITS), tuple)


def test_size_is_counted_to_its_edge() -> None:
    limits = Limits(size=20)
    assert parse(b'{"a":1}'.ljust(20), limits) == {"a": 1}
    found = parse(b'{"a":1}'.ljust(21), limits)
    assert isinstance(found, tuple)
    assert status_of(found) == 413


def test_entries_are_counted_to_their_edge() -> None:
    limits = Limits(entries=2)
    two = b'{"resourceType": "Bundle", "entry": [{}, {}]}'
    assert isinstance(parse(two, limits), dict)
    found = parse(two.replace(b"{}, {}", b"{}, {}, {}"), limits)
    assert isinstance(found, tuple)
    assert (status_of(found), found[0].expression) == (413, "Bundle.entry")


def test_every_fault_of_json_is_named_at_once() -> None:
    body = b'{"a": NaN, "a": "\\ud800", "b": [1, 1e999, {"c": 1, "c": 2}], "resourceType": "Task"}'
    found = parse(body, LIMITS)
    assert isinstance(found, tuple)
    assert [problem.expression for problem in found] == [
        "Task.a",
        "Task.a",
        "Task.a",
        "Task.b[1]",
        "Task.b[2].c",
    ]


def test_a_fault_behind_very_many_tokens_is_still_refused() -> None:
    found = parse(b'{"a": [' + b"1," * 300_000 + b'1], "b": 1, "b": 2}', LIMITS)
    assert isinstance(found, tuple)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner),
    max_leaves=8,
)


@settings(max_examples=40)
@given(st.dictionaries(st.text(st.sampled_from("abcdefé\\u")), JSON))
def test_what_any_writer_writes_is_read_as_it_was(tree: dict[str, object]) -> None:
    if "\0" in json.dumps(tree, ensure_ascii=False) or "\\u0000" in json.dumps(tree):
        return
    for ascii_only in (True, False):
        plain = json.dumps(tree, ensure_ascii=ascii_only)
        compact = json.dumps(tree, ensure_ascii=ascii_only, separators=(",", ":"))
        spread = json.dumps(tree, ensure_ascii=ascii_only, indent="\t", separators=(" ,", " : "))
        for text in (plain, compact, spread):
            assert parse(text.encode(), LIMITS) == tree


@given(st.binary(max_size=40))
def test_any_bytes_are_an_object_or_problems(body: bytes) -> None:
    for text in (body, b'{"a":' + body, b'{"a":"' + body + b'"}'):
        found = parse(text, LIMITS)
        assert isinstance(found, dict) or (found and status_of(found) == 400)
        if isinstance(found, dict):
            assert json.loads(text) is not None


@given(st.text(st.sampled_from('{}[]:,"\\ud800nul tre1e.-+NaI'), max_size=30))
def test_what_is_accepted_is_what_json_accepts(text: str) -> None:
    found = parse(text.encode(), LIMITS)
    if isinstance(found, dict):
        assert json.loads(text) == json.loads(encode(found))
