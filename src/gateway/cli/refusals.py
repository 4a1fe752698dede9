"""The report of refused rows beside a mapped file: row, column, reason; never a cell."""

from __future__ import annotations

import csv
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mappings.verdict import Fault

HEADER = ("row", "column", "reason")


class Refusals:
    """Writes `path` as rows are refused; where none is, no file is left, nor an earlier one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self._open = ExitStack()
        self._writer: Any = None

    def __enter__(self) -> Self:
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def note(self, row: int, faults: tuple[Fault, ...]) -> None:
        """One refused row: a line for each thing that is wrong with it."""
        if self._writer is None:
            file = self._open.enter_context(self.path.open("w", encoding="utf-8", newline=""))
            self._writer = csv.writer(file, lineterminator="\n")
            self._writer.writerow(HEADER)
        self.rows += 1
        self._writer.writerows((row, fault.where, fault.reason) for fault in faults)
