"""Random digits for ids and salts, fetched from the system many at a time: a call for each costs
more than what is made of it. Keys and nonces are drawn where they are used."""

from __future__ import annotations

import os
from collections import deque

_BYTES = 16
_DIGITS = 2 * _BYTES
_MANY = 128

_ready: deque[str] = deque()

# INVARIANT: two processes never give the same digits.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_ready.clear)


def random_digits() -> str:
    """32 random hexadecimal digits (128 bits), given once; may be called from any thread."""
    try:
        return _ready.pop()
    except IndexError:
        drawn = os.urandom(_MANY * _BYTES).hex()
        _ready.extend(drawn[at : at + _DIGITS] for at in range(_DIGITS, len(drawn), _DIGITS))
        return drawn[:_DIGITS]
