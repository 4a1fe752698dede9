"""JSON out: a parsed resource as bytes, its numbers as they were written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec


class Written(Decimal):
    """A number whose written form is not the one that Decimal would give it, such as 1e5."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Written:
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __copy__(self) -> Written:
        return self

    def __deepcopy__(self, memo: object) -> Written:
        return self


def number(text: str) -> Decimal:
    """The number that JSON text writes, which `encode` gives back digit for digit."""
    plain = Decimal(text)
    return plain if str(plain) == text else Written(text)


def _as_written(value: object) -> msgspec.Raw:
    if isinstance(value, Written):
        return msgspec.Raw(value.text.encode())
    raise TypeError(f"{type(value).__name__} is no JSON")


_ENCODER = msgspec.json.Encoder(enc_hook=_as_written, decimal_format="number")


def encode(tree: Any) -> bytes:
    """The tree as compact JSON in UTF-8, names in their order, numbers digit for digit."""
    return _ENCODER.encode(tree)
