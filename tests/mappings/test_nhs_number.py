import pytest

from mappings import nhs_number
from mappings.verdict import Wrong

VALID = (
    "9990548609",
    "9990000018",
    "9990000026",
    "9990000034",
    "9990000042",
    "9990000050",
    "9990000069",
)
INVALID = (
    "9990000000",
    "999000001",
    "99900000188",
    "999 000 0018x",
    "ABCDEFGHIJ",
    "",
    "٩٩٩٠٠٠٠٠١٨",
    "9990000018.0",
)


@pytest.mark.parametrize("number", VALID)
def test_number_with_a_right_check_digit_is_kept(number):
    assert nhs_number.parse(number) == number


@pytest.mark.parametrize("number", INVALID)
def test_number_without_one_is_refused_and_not_repeated(number):
    found = nhs_number.parse(number)
    assert isinstance(found, Wrong)
    assert not number or number not in found.reason


@pytest.mark.parametrize("written", ["999 000 0018", "999-000-0018", "999 0000-018"])
def test_spaces_and_hyphens_between_digits_do_not_count(written):
    assert nhs_number.parse(written) == "9990000018"


@pytest.mark.parametrize("stem", ["999000000", "999000014", "999000028"])
def test_a_stem_whose_check_digit_would_be_ten_makes_no_number(stem):
    assert all(isinstance(nhs_number.parse(f"{stem}{last}"), Wrong) for last in range(10))


def test_exactly_one_check_digit_is_right():
    found = [last for last in range(10) if nhs_number.parse(f"999000001{last}") != Wrong(WRONG)]
    assert found == [8]


WRONG = nhs_number.RIGHT
