"""How many small changes to the gate, the engine and the compiler no test notices.

    make mutants
    python tests/mutation/run.py engine --sample 150 --seed 1
    python tests/mutation/run.py consent/roots.py

Works on a copy of what is committed (README.md beside this file says how). Ends with 1 where fewer
than 95 in 100 are noticed.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import sys
import tempfile
import time
import tomllib
import traceback
from collections import Counter
from pathlib import Path
from typing import NoReturn

import pytest
from changes import Mutant, mutants
from plan import GROUPS, Group
from trying import OPTIONS, Trials, copied

ROOT = Path(__file__).parents[2]
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
KNOWN = ROOT / "build" / "mutation"  # what each test reaches: may be deleted
WANTED = 95  # in 100


def main() -> int:
    asked = _asked()
    os.nice(max(0, 10 - os.nice(0)))
    end = time.monotonic() + 60 * asked.minutes
    scores = [_tried(name, files, asked, end) for name, files in _files(asked.what).items()]
    return 0 if all(scores) else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "what", nargs="*", help=f"of {', '.join(GROUPS)}, or files; all unless said"
    )
    parser.add_argument("--sample", type=int, help="this many of each; all unless said")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no other after")
    parser.add_argument("--at", default="HEAD", help="the commit")
    parser.add_argument("--again", type=Path, help="only what survived in what a run has told")
    parser.add_argument("--patience", type=float, default=30, help="seconds of tests for each")
    return parser.parse_args()


def _files(what: list[str]) -> dict[str, tuple[str, ...]]:
    """The files that are meant, by their group: named by its name, or one by one."""
    found: dict[str, tuple[str, ...]] = {}
    for one in what or GROUPS:
        if one in GROUPS:
            found[one] = GROUPS[one].files
            continue
        group = next((name for name, each in GROUPS.items() if one in each.files), None)
        if group is None:
            sys.exit(f"Not among the files of tests/mutation/plan.py: {one}")
        found[group] = (*found.get(group, ()), one)
    return found


def _tried(name: str, files: tuple[str, ...], asked: argparse.Namespace, end: float) -> bool:
    """Tries a group in a session of its own, and tells; whether enough is noticed."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        tree = copied(ROOT, asked.at, folder / "tree")
        same, chosen = _sample(tree, files, asked.sample, asked.seed)
        if asked.again:
            told = asked.again.read_text("utf-8")
            chosen = [one for one in chosen if f": {one.file}:" in told and one.words in told]
        reached = KNOWN / f"{name}.json"
        reached.parent.mkdir(parents=True, exist_ok=True)
        all_files = GROUPS[name].files
        trials = Trials(tree, all_files, chosen, asked.patience, end, reached, folder / "results")
        sys.stdout.flush()
        if not (child := os.fork()):  # modules of its own
            _be_the_session(trials, tree, GROUPS[name], folder)
        os.waitpid(child, 0)
        if not (folder / "results").exists():
            sys.exit("No change was tried:\n" + (folder / "said").read_text()[-4000:])
        survived = [line == "survived" for line in (folder / "results").read_text().split()]
    return _told(name, list(zip(chosen, survived, strict=False)), same, asked.seed)


def _be_the_session(trials: Trials, tree: Path, group: Group, folder: Path) -> NoReturn:
    try:
        os.chdir(tree)
        sys.path[:0] = [str(tree), str(tree / "src")]
        os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[:2])
        said = os.open(folder / "said", os.O_WRONLY | os.O_CREAT)
        os.dup2(said, 1)
        os.dup2(said, 2)
        pytest.main([*OPTIONS, f"--basetemp={folder / 'temp'}", *group.tests], [trials])
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _sample(
    tree: Path, files: tuple[str, ...], size: int | None, seed: int
) -> tuple[int, list[Mutant]]:
    """The changes to try, and how many known to change nothing were drawn with them."""
    reviewed = tomllib.loads(EQUIVALENT.read_text("utf-8"))["equivalent"]
    same = {(one["file"], one["within"], one["before"], one["after"]) for one in reviewed}
    found = [one for file in files for one in mutants(file, (tree / file).read_text("utf-8"))]
    for key in sorted(same - {one.key for one in found}):
        if key[0] in files:
            sys.exit(f"tests/mutation/equivalent.toml names what is no more: {key}")
    # In no order, so that those that were tried are a sample too where the time ran out.
    random.Random(seed).shuffle(found)  # noqa: S311 - a sample, not a secret
    drawn: list[Mutant] = []
    skipped = 0
    for one in found:
        if len(drawn) == size:
            break
        if one.key in same:
            skipped += 1
        else:
            drawn.append(one)
    return skipped, drawn


def _told(name: str, results: list[tuple[Mutant, bool]], same: int, seed: int) -> bool:
    """The table of the files and one line for the group; whether enough of its changes are
    noticed."""
    made = Counter(mutant.file for mutant, _ in results)
    left = Counter(mutant.file for mutant, survived in results if survived)
    print(f"\n{'file':44} {'killed':>7} {'survived':>9} {'score':>7}")
    for file in GROUPS[name].files:
        if number := made[file]:
            print(f"{file:44} {number - left[file]:7} {left[file]:9} {_score(number, left[file])}")
    number, survived = made.total(), left.total()
    print(
        f"{name}: killed {number - survived}, survived {survived}, equivalent {same},"
        f" score {_score(number, survived).strip()}"
        f" ({_score(number + same, survived + same).strip()} where equivalent ones count as"
        f" survivors), sample {number}, seed {seed}",
        flush=True,
    )
    return 100 * survived <= (100 - WANTED) * number


def _score(number: int, survived: int) -> str:
    return f"{100 * (number - survived) / (number or 1):6.1f}%"


if __name__ == "__main__":
    sys.exit(main())
