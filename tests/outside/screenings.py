"""Made-up ASSIST-Lite results as rows of a CSV, with the scores that a reader would expect."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from made_up import Person

SECTIONS = ("tobacco", "cannabis", "stimulants", "sedatives", "opioids")
ITEMS = [f"al-{section}-{place}" for section in SECTIONS for place in (1, 2, 3)]
ALCOHOL = ["auditc-1", "auditc-2", "auditc-3"]
COLUMNS = [
    "nhs_number",
    "birth_date",
    "recorded_at",
    "organization_ods",
    "practitioner_id",
    "version",
    *ITEMS,
    "al-other-1",
    "al-other-2",
    *ALCOHOL,
]
START = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Screening:
    """One row: who, when, and what was answered ("" is not answered)."""

    person: Person
    recorded_at: datetime
    row: dict[str, str]

    @property
    def scores(self) -> dict[str, int]:
        """Each section that has a score, with it."""
        counted = {
            section: sum(self.row[f"al-{section}-{place}"] == "y" for place in (1, 2, 3))
            for section in SECTIONS
            if self.row[f"al-{section}-1"]
        }
        if self.row["auditc-1"]:
            counted["alcohol"] = sum(int(self.row[item]) for item in ALCOHOL)
        return counted


def band(section: str, total: int) -> str:
    if section == "alcohol":
        limits = ((4, "lower"), (7, "increasing"), (10, "higher"), (12, "possible-dependence"))
    else:
        limits = ((0, "low"), (2, "moderate"), (3, "high"))
    return next(name for most, name in limits if total <= most)


def screenings(people: list[Person], each: int, ods: str, seed: int = 2) -> list[Screening]:
    """`each` results for every person, one after another, from a fixed seed."""
    chance = random.Random(seed)  # noqa: S311 - made-up answers
    made = []
    for place in range(each):
        for number, person in enumerate(people):
            at = START + timedelta(days=place * 7, minutes=number)
            made.append(Screening(person, at, _row(chance, person, at, ods)))
    return made


def _row(chance: random.Random, person: Person, at: datetime, ods: str) -> dict[str, str]:
    row = dict.fromkeys(COLUMNS, "")
    row |= {
        "nhs_number": person.number,
        "birth_date": person.birth_date,
        "recorded_at": at.isoformat(),
        "organization_ods": ods,
        "practitioner_id": chance.choice(("", "555253642100")),
        "version": chance.choice(("mh", "general")),
    }
    for section in SECTIONS:
        gate = chance.choice(("y", "n", "n", "")) if section != "tobacco" else chance.choice("yn")
        row[f"al-{section}-1"] = gate
        if gate == "y":
            row[f"al-{section}-2"], row[f"al-{section}-3"] = chance.choices("yn", k=2)
    if chance.random() < 0.7:
        first = chance.randint(0, 4)
        later = chance.choices(range(5), k=2) if first else (0, 0)
        row |= dict(zip(ALCOHOL, map(str, (first, *later)), strict=True))
    return row


def as_csv(made: list[Screening]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(one.row for one in made)
    return text.getvalue()
