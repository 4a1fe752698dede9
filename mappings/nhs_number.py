"""NHS numbers: ten digits, the last a modulus 11 check digit."""

from __future__ import annotations

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
    total = sum(int(digit) * weight for digit, weight in zip(digits[:9], WEIGHTS, strict=True))
    return digits if (11 - total % 11) % 11 == int(digits[9]) else Wrong(RIGHT)
