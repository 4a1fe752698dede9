"""The page that lists our instruments says what the data says."""

from pathlib import Path

import pytest

from mappings.instrument import Rule
from mappings.instruments import all_instruments

PAGE = Path(__file__).parents[2] / "docs/reference/instruments.md"
LINES = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| `")
]
WORDS = {
    Rule.SUM: "sum",
    Rule.MEAN: "mean",
    Rule.PRORATED: "scaled sum",
    Rule.OUTCOME: "outcome",
}


def test_every_instrument_has_its_line():
    assert [line[0].strip("`") for line in LINES] == [held.id for held in all_instruments()]


@pytest.mark.parametrize("held", all_instruments(), ids=lambda held: held.id)
def test_a_line_says_what_the_data_says(held):
    (line,) = (one for one in LINES if one[0] == f"`{held.id}`")
    rules = dict.fromkeys(WORDS[score.rule] for score in held.scores)
    assert line[1:] == [
        held.title,
        ", ".join(rules) or "none",
        ", ".join(f"`{column}`" for column in held.totals) or "none",
        "yes" if any(score.provisional for score in held.scores) else "no",
        ", ".join(alert.id for alert in held.alerts) or "none",
    ]
