"""JSON in: one reading of the bytes, or every reason why there is none.

Refused: what is not UTF-8, a byte order mark, a name twice in one object, NaN and infinities,
numbers out of range, NUL, lone surrogates, and more depth, bytes or entries than the limits allow.
Whole numbers longer than any that FHIR has may be left to `structure`, which knows their elements.
What most senders write is read by msgspec, and proved right by writing it again: text that comes
out as it went in, but for white space between its parts, had no name twice and lost no digit. Any
other text is read by Python's own scanner; what is wrong, once more to say where (`json_fault`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Never

import msgspec

from gateway.fhir.encoding import encode, number
from gateway.fhir.json_fault import faults
from gateway.fhir.problem import Kind, Problem

_LONGEST_NUMBER = 64  # characters; R4 asks for 18 digits
_LARGEST_EXPONENT = 308  # what an IEEE double holds
_SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one body may hold: bytes, levels of nesting, entries of a Bundle."""

    size: int = 16 * 1024 * 1024
    depth: int = 64
    entries: int = 5000


class _NotStrictError(ValueError):
    """The scanner met what JSON itself would allow, or what only Python's does."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _NotStrictError
    return found


def in_range(text: str) -> bool:
    """Whether a number is short enough and within what a double holds."""
    exponent = text.lower().partition("e")[2].lstrip("+-0")
    if len(text) > _LONGEST_NUMBER or len(exponent) > 3:
        return False
    value = Decimal(text)
    return not value or abs(value.adjusted()) <= _LARGEST_EXPONENT


def _integer(text: str) -> int | Decimal:
    if len(text) > _LONGEST_NUMBER:
        raise _NotStrictError
    return int(text) if text != "-0" else number(text)


def _fraction(text: str) -> Decimal:
    if not in_range(text):
        raise _NotStrictError
    return number(text)


def _constant(_: str) -> Never:
    raise _NotStrictError


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_fraction,
    parse_int=_integer,
    parse_constant=_constant,
)


_QUICK = msgspec.json.Decoder(float_hook=_fraction)


def parse(body: bytes, limits: Limits) -> dict[str, Any] | tuple[Problem, ...]:
    """The object that the body is, numbers with a fraction as Decimal; or what is wrong with it."""
    if len(body) > limits.size:
        return (Problem(Kind.TOO_LARGE, f"a body may have {limits.size} bytes", "Resource"),)
    quick = _read_quickly(body, limits.depth)
    return _within(quick, limits) if quick is not None else _read_slowly(body, limits)


def _read_quickly(body: bytes, depth: int) -> dict[str, Any] | None:
    """The object, if it is certain that the body is strict JSON for one."""
    try:
        tree = _QUICK.decode(body)
        if type(tree) is not dict or _may_be_deep(body, depth) or not _is_same(body, encode(tree)):
            return None
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
        return None
    return None if b"\\" in body and _unsound(body, tree) else tree


def _is_same(body: bytes, written: bytes) -> bool:
    """Whether the body is what was written, but for white space between its parts."""
    return body == written or msgspec.json.format(body, indent=-1) == written


def _may_be_deep(body: bytes, depth: int) -> bool:
    """False only if the body nests no deeper than this: laid out in lines, its depth is seen."""
    if body.count(b"{") + body.count(b"[") <= depth:
        return False
    return b"\n" + b" " * depth in msgspec.json.format(body, indent=1)


def _read_slowly(body: bytes, limits: Limits) -> dict[str, Any] | tuple[Problem, ...]:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as fault:
        return (Problem(Kind.SYNTAX, f"must be UTF-8; byte {fault.start} is not", "Resource"),)
    try:
        tree = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return faults(text, limits.depth, in_range)
    if not isinstance(tree, dict) or _too_deep(tree, limits.depth) or _unsound(body, tree):
        return faults(text, limits.depth, in_range)
    return _within(tree, limits)


def _too_deep(tree: dict[str, Any], depth: int) -> bool:
    """Whether objects and lists nest deeper than this; one level at a time."""
    level: list[Any] = [tree]
    for _ in range(depth):
        level = [
            child
            for holder in level
            for child in (holder.values() if type(holder) is dict else holder)
            if type(child) in (dict, list)
        ]
        if not level:
            return False
    return True


def _unsound(body: bytes, tree: dict[str, Any]) -> bool:
    """Whether a string holds NUL or half of a surrogate pair, which JSON's escapes can write."""
    if _SUSPECT.search(body) is None:
        return False
    try:
        encode(tree)
    except UnicodeEncodeError:
        return True
    return _NUL.search(body) is not None


def _within(tree: dict[str, Any], limits: Limits) -> dict[str, Any] | tuple[Problem, ...]:
    entries = tree.get("entry")
    if tree.get("resourceType") != "Bundle" or not isinstance(entries, list):
        return tree
    if len(entries) <= limits.entries:
        return tree
    words = f"a Bundle may have {limits.entries} entries"
    return (Problem(Kind.TOO_LARGE, words, "Bundle.entry"),)
