"""NHS numbers: ten digits, the last a modulus 11 check digit."""

from __future__ import annotations

from operator import mul

from mappings.verdict import Wrong

WEIGHTS = range(10, 1, -1)
RIGHT = "must be an NHS number: ten digits of which the last is a modulus 11 check digit"


def parse(text: str) -> str | Wrong:
    """The ten digits, without the spaces and hyphens that people write between them.

    NHS Data Dictionary, NHS NUMBER: weights 10 to 2, eleven minus the remainder, 11 counts as 0
    and 10 makes no number.
    """
    digits = text.replace(" ", "").replace("-", "")
    if len(digits) != 10 or not (digits.isascii() and digits.isdigit()):
        return Wrong(RIGHT)
    total = sum(map(mul, map(int, digits), WEIGHTS))
    return digits if (11 - total % 11) % 11 == int(digits[9]) else Wrong(RIGHT)
