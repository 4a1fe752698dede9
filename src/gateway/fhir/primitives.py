"""FHIR's primitive types: what JSON value each accepts, and the words for what would be right."""

from __future__ import annotations

import re
from binascii import Error as NotBase64
from binascii import a2b_base64
from collections.abc import Callable
from decimal import Decimal
from math import isfinite
from typing import TypeGuard

from gateway.fhir import dates

LONGEST = 1024 * 1024  # R4: a string is at most 1 MB
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_CODE = re.compile(r"[^\s]+(?:\s[^\s]+)*")
_URI = re.compile(r"\S+")
_OID = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+")
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MOST = 2147483647
_DIGITS = 10**64  # strict JSON's limit, which holds for whole numbers here

Accepts = Callable[[object], bool]


def holds_control(text: str) -> bool:
    """Whether there are control characters other than tab and line ends."""
    return _CONTROL.search(text) is not None


def _is_text(value: object) -> TypeGuard[str]:
    """A string that says something and holds no control characters but tab and line ends."""
    return (
        type(value) is str
        and 0 < len(value) <= LONGEST
        and not value.isspace()
        and (value.isprintable() or not holds_control(value))
    )


def _matching(pattern: re.Pattern[str]) -> Accepts:
    matches = pattern.fullmatch
    return lambda value: _is_text(value) and matches(value) is not None


def _reading(reads: Callable[[str], bool]) -> Accepts:
    return lambda value: type(value) is str and reads(value)


def _is_uri(value: object) -> bool:
    if not _is_text(value) or _URI.fullmatch(value) is None:
        return False
    return not value.startswith("urn:uuid:") or _UUID.fullmatch(value.lower()) is not None


def _is_base64(value: object) -> bool:
    if type(value) is not str or not value or not value.isascii():
        return False
    try:
        return bool(a2b_base64("".join(value.split()), strict_mode=True))
    except NotBase64:
        return False


def _is_decimal(value: object) -> bool:
    if type(value) is float:
        return isfinite(value)
    if type(value) is int:
        return -_DIGITS < value < _DIGITS
    return isinstance(value, Decimal)


def _between(least: int, most: int) -> Accepts:
    return lambda value: type(value) is int and least <= value <= most


def _is_boolean(value: object) -> bool:
    return value is True or value is False


def _is_xhtml(value: object) -> bool:
    return type(value) is str and value.strip().startswith("<div") and value.strip().endswith(">")


_STRING = "text in quotes, with something in it"
_ANY_URI = "a URI without spaces"

# The R4 datatypes page; https://hl7.org/fhir/R4/datatypes.html#primitive
PRIMITIVES: dict[str, tuple[Accepts, str]] = {
    "base64Binary": (_is_base64, "base64 text"),
    "boolean": (_is_boolean, "true or false, without quotes"),
    "canonical": (_is_uri, _ANY_URI),
    "code": (_matching(_CODE), "a code: text without spaces at its ends or two in a row"),
    "date": (_reading(dates.is_date), "a date that exists, as YYYY, YYYY-MM or YYYY-MM-DD"),
    "dateTime": (
        _reading(dates.is_datetime),
        "a date that exists, as YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with an offset",
    ),
    "decimal": (_is_decimal, "a number, without quotes"),
    "element-id": (_matching(_URI), "an id without spaces"),
    "id": (_matching(_ID), "an id of 1 to 64 letters, digits, '-' and '.'"),
    "instant": (
        _reading(dates.is_instant),
        "an instant that exists, as YYYY-MM-DDThh:mm:ss with an offset",
    ),
    "integer": (_between(-_MOST - 1, _MOST), "a whole number of 32 bits, without quotes"),
    "markdown": (_is_text, _STRING),
    "oid": (_matching(_OID), "an OID as urn:oid:1.2.3"),
    "positiveInt": (_between(1, _MOST), "a whole number from 1, without quotes"),
    "string": (_is_text, _STRING),
    "time": (_reading(dates.is_time), "a time as hh:mm:ss"),
    "unsignedInt": (_between(0, _MOST), "a whole number from 0, without quotes"),
    "uri": (_is_uri, _ANY_URI),
    "url": (_is_uri, _ANY_URI),
    "uuid": (_matching(_UUID), "a UUID as urn:uuid: and 36 lower-case characters"),
    "xhtml": (_is_xhtml, "XHTML inside one div"),
}
