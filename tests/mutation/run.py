"""How many small changes to the gate, the engine and the compiler no test notices.

    make mutants
    python tests/mutation/run.py engine --sample 150 --seed 1
    python tests/mutation/run.py consent/roots.py

Works on copies of what is committed. Ends with 1 where fewer than 95 in 100 are noticed.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import random
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from multiprocessing.queues import Queue
from pathlib import Path

import trying
from changes import Mutant, changed, mutants
from plan import PARTS, Stages

ROOT = Path(__file__).parents[2]
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
WANTED = 95  # in 100
SPARE = 20.0  # seconds beyond five times what the tests need
FILES: dict[str, Stages] = {
    file: stages for part in PARTS.values() for file, stages in part.items()
}

tree: Path  # each process's own copy


def main() -> int:
    asked = _asked()
    os.nice(5)
    with tempfile.TemporaryDirectory() as folder:
        trees = [trying.copied(ROOT, Path(folder) / str(n)) for n in range(asked.workers)]
        chosen = _sample(trees[0], _files(asked.what), asked.sample, asked.seed)
        stages = {stage for mutant in chosen for stage in FILES[mutant.file]}
        trying.ready(trees[0], sorted({test for stage in stages for test in stage}))
        limits = {stage: _limit(trees[0], stage) for stage in stages}
        end = time.monotonic() + 60 * asked.minutes
        results = list(_results(chosen, limits, trees, end))
    return _told(results)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", nargs="*", help=f"of {', '.join(PARTS)}, or files; all unless said")
    parser.add_argument("--sample", type=int, help="this many of the changes; all unless said")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no other after")
    parser.add_argument("--workers", type=int, default=2, help="at the same time")
    return parser.parse_args()


def _files(what: list[str]) -> list[str]:
    """The files that are meant, by the name of a part or their own."""
    named = [file for one in what for file in PARTS.get(one, {one: ()})]
    if unknown := [file for file in named if file not in FILES]:
        sys.exit(f"Not among the files of tests/mutation/plan.py: {', '.join(unknown)}")
    return named or list(FILES)


def _sample(copy: Path, files: list[str], size: int | None, seed: int) -> list[Mutant]:
    """The changes to try: none of those that are known to change nothing."""
    reviewed = tomllib.loads(EQUIVALENT.read_text("utf-8"))["equivalent"]
    same = {(one["file"], one["within"], one["before"], one["after"]) for one in reviewed}
    found = [one for file in files for one in mutants(file, (copy / file).read_text("utf-8"))]
    for key in sorted(same - {one.key for one in found}):
        if key[0] in files:
            sys.exit(f"tests/mutation/equivalent.toml names what is no more: {key}")
    kept = [one for one in found if one.key not in same]
    # In no order, so that those that were tried are a sample too where the time ran out.
    random.Random(seed).shuffle(kept)  # noqa: S311 - a sample, not a secret
    return kept[:size]


def _limit(copy: Path, stage: tuple[str, ...]) -> float:
    """The time that these tests get: they must pass while nothing is changed."""
    started = time.monotonic()
    if not trying.passes(copy, stage, 600):
        sys.exit("Without any change the tests fail:\n" + copy.with_suffix(".said").read_text())
    return 5 * (time.monotonic() - started) + SPARE


def _results(
    chosen: list[Mutant], limits: dict[tuple[str, ...], float], trees: list[Path], end: float
) -> Iterator[tuple[Mutant, bool]]:
    """Each change that was tried, and whether it survived; survivors are told as they are found."""
    context = multiprocessing.get_context("fork")
    own: Queue[Path] = context.Queue()
    for each in trees:
        own.put(each)
    work = [
        (mutant, [(stage, limits[stage]) for stage in FILES[mutant.file]], end) for mutant in chosen
    ]
    with context.Pool(len(trees), _take, (own,)) as pool:
        for mutant, survived in filter(None, pool.imap_unordered(_try, work)):
            if survived:
                print(f"survived: {mutant}", flush=True)
            yield mutant, survived


def _take(own: Queue[Path]) -> None:
    global tree
    tree = own.get()


def _try(
    work: tuple[Mutant, list[tuple[tuple[str, ...], float]], float],
) -> tuple[Mutant, bool] | None:
    """One change in this process's copy, and whether all tests pass in spite of it; None where
    there is no time left for it."""
    mutant, stages, end = work
    if time.monotonic() > end:
        return None
    path = tree / mutant.file
    source = path.read_text("utf-8")
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
        compiled.unlink()
    path.write_text(changed(mutant.file, source, mutant.number), "utf-8")
    try:
        return mutant, all(trying.passes(tree, stage, limit) for stage, limit in stages)
    finally:
        path.write_text(source, "utf-8")


def _told(results: list[tuple[Mutant, bool]]) -> int:
    """The table; 0 where enough of the changes are noticed."""
    made = Counter(mutant.file for mutant, _ in results)
    left = Counter(mutant.file for mutant, survived in results if survived)
    print(f"\n{'file':44} {'killed':>7} {'survived':>9} {'score':>7}")
    for file in filter(made.get, FILES):
        print(_row(file, made[file], left[file]))
    print(_row("all", made.total(), left.total()))
    return 0 if 100 * left.total() <= (100 - WANTED) * made.total() else 1


def _row(name: str, number: int, survived: int) -> str:
    killed = number - survived
    return f"{name:44} {killed:7} {survived:9} {100 * killed / (number or 1):6.1f}%"


if __name__ == "__main__":
    sys.exit(main())
