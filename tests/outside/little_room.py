"""A disk that is full on demand: a small tmpfs as root, else a limit on how far files may grow."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@dataclass
class Room:
    """`fill` leaves no byte for those who write in `path`; `free` gives the room back."""

    path: Path
    fill: Callable[[], None]
    free: Callable[[], None]


@contextmanager
def little_room(path: Path, megabytes: int, writers: Callable[[], list[int]]) -> Iterator[Room]:
    """Room in a directory for the processes that `writers` names when it is filled."""
    path.mkdir()
    if os.geteuid() == 0:
        words = ["-t", "tmpfs", "-o", f"size={megabytes}m,mode=0777", "tmpfs", str(path)]
        subprocess.run(["mount", *words], check=True)
        try:
            yield Room(path, lambda: _fill(path / "filler"), lambda: (path / "filler").unlink())
        finally:
            subprocess.run(["umount", "--lazy", str(path)], check=True)
    else:
        yield Room(path, lambda: _limit(writers(), (0, UNLIMITED[1])), lambda: _limit(writers()))


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as opened:
        for size in (2**20, 2**12, 1):
            try:
                while True:
                    opened.write(b"\0" * size)
            except OSError:
                continue


def _limit(processes: list[int], to: tuple[int, int] = UNLIMITED) -> None:
    for process in processes:
        resource.prlimit(process, resource.RLIMIT_FSIZE, to)
