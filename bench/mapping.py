"""Rows a second of `onestory map assist-lite` as a whole command, and its memory, on one core.

One row in a hundred is bad, and the report must name its row and column. Two sizes are run: where
the memory of the larger is that of the smaller, memory is constant. `--rows 1000000` is the full
number. Bundles go to /dev/null, as they are 13 kB a row.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mappings import nhs_number
from mappings.instrument import Instrument, Kind, Section
from mappings.instruments import instrument
from mappings.screening_rows import columns
from mappings.verdict import Wrong

ONESTORY = Path(sys.executable).with_name("onestory")
WANTED, AIM = 5_000, 15_000
BAD = {"nhs_number": "9990000000", "auditc-1": "9", "recorded_at": "yesterday"}


@dataclass(frozen=True)
class Run:
    rows: int
    seconds: float
    cpu: float
    megabytes: float
    refused: int


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=40_000, help="rows of the larger file")
    rows = options.parse_args().rows
    with tempfile.TemporaryDirectory() as place:
        runs = [measured(Path(place), count) for count in (rows // 4, rows)]
    print(f"{'rows':>10} {'refused':>8} {'seconds':>8} {'rows/s':>8} {'rows/CPU s':>10} {'MB':>6}")
    for run in runs:
        rate, by_cpu = run.rows / run.seconds, run.rows / run.cpu
        print(
            f"{run.rows:>10,} {run.refused:>8,} {run.seconds:>8.1f} {rate:>8,.0f} "
            f"{by_cpu:>10,.0f} {run.megabytes:>6.0f}"
        )
    reached = runs[-1].rows / runs[-1].cpu
    print(f"wanted {WANTED:,}, aim {AIM:,}: {'reached' if reached >= WANTED else 'missed'}")
    return 0 if reached >= WANTED else 1


def measured(place: Path, count: int) -> Run:
    """One run of the command over a file of so many rows. CPU and memory are the process's own."""
    path = place / f"{count}.csv"
    bad = write(path, count)
    began = time.perf_counter()
    process = subprocess.Popen(
        [ONESTORY, "map", "assist-lite", path],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    with path.with_name(f"{path.name}.rejected.csv").open(encoding="utf-8") as report:
        refused = {(int(line["row"]), line["column"]) for line in csv.DictReader(report)}
    if refused != bad:
        raise SystemExit(f"refused {len(refused)} cells, not the {len(bad)} that are bad")
    return Run(count, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, len(refused))


def write(path: Path, count: int) -> set[tuple[int, str]]:
    """A file of made-up results; which (row, column) are bad."""
    held = instrument("assist-lite")
    if held is None:
        raise SystemExit("assist-lite is not held")
    chance = random.Random(999)  # noqa: S311 - the same made-up people each time
    people = list(numbers(min(count, 10_000)))
    bad: set[tuple[int, str]] = set()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns(held), restval="")
        writer.writeheader()
        for row in range(1, count + 1):
            record = head(people[row % len(people)], row, chance) | answers(held, chance)
            if row % 100 == 0:
                column = chance.choice(list(BAD))
                record[column] = BAD[column]
                bad.add((row, column))
            writer.writerow(record)
    return bad


def numbers(count: int) -> Iterator[str]:
    """NHS numbers of the range kept for tests."""
    stem = 999_000_000
    while count:
        for last in range(10):
            if not isinstance(found := nhs_number.parse(f"{stem}{last}"), Wrong) and count:
                count -= 1
                yield found
        stem += 1


def head(number: str, row: int, chance: random.Random) -> dict[str, str]:
    day = f"2026-{row % 12 + 1:02}-{row % 28 + 1:02}"
    return {
        "nhs_number": number,
        "birth_date": f"19{int(number[-4:]) % 60 + 30}-01-{int(number[-3:]) % 28 + 1:02}",
        "recorded_at": f"{day}T{row % 9 + 9:02}:{row % 60:02}:{row // 60 % 60:02}",
        "organization_ods": "RX4",
        "practitioner_id": f"55525364{row % 40:04}",
        "version": chance.choice(("mh", "general")),
    }


def answers(held: Instrument, chance: random.Random) -> dict[str, str]:
    found: dict[str, str] = {}
    for section in held.sections:
        found |= answered(held, section, chance)
    return found


def answered(held: Instrument, section: Section, chance: random.Random) -> dict[str, str]:
    """Whoever says no to a section's first item is not asked the rest."""
    if section.gate and chance.random() < 0.6:
        return {section.gate: "n"}
    said = {section.gate: "y"} if section.gate else {}
    for item in (held.by_link_id[link_id] for link_id in section.items):
        choices = sorted(item.words.values())
        said.setdefault(item.link_id, "khat" if item.kind is Kind.TEXT else chance.choice(choices))
    return said


if __name__ == "__main__":
    sys.exit(main())
