"""Which tests run which lines, and how long each takes: asked once, while nothing is changed."""

from __future__ import annotations

import ast
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field
from pathlib import Path

import coverage
import pytest
from changes import Mutant


@dataclass
class Reach:
    """For each test its seconds of computing, and for each file and line the tests that run it.

    `kills` counts the changes that a test noticed before: whoever noticed one is asked first.
    """

    seconds: dict[str, float]
    lines: dict[str, dict[int, list[str]]]
    kills: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def killed(self, mutant: Mutant, test: str) -> None:
        self.kills[mutant.file, mutant.within, test] += 1
        self.kills[mutant.file, "", test] += 1

    def order(self, mutant: Mutant, span: range, asked: Set[str]) -> list[str]:
        """Those of the tests that run the function (of these lines), the likeliest to notice first;
        where none does, what is changed is used while modules are imported: all."""
        here = self.lines.get(mutant.file, {})
        on_line = set(here.get(mutant.line, ()))
        reaching = {test for line in span for test in here.get(line, ())} or set(self.seconds)
        reaching &= asked

        def cost(test: str) -> tuple[float, str]:
            inside = self.kills[mutant.file, mutant.within, test]
            likely = 1 + 5 * inside + self.kills[mutant.file, "", test]
            return self.seconds[test] / likely / (4 if test in on_line else 1), test

        return sorted(reaching, key=cost)


def span_of(source: str, line: int) -> range:
    """The lines of the body of the innermost function that holds this line; none outside of all."""
    spans = [
        range(node.body[0].lineno, (node.end_lineno or 0) + 1)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return min((each for each in spans if line in each), key=len, default=range(0))


def learn(
    items: Iterable[pytest.Item], passes: Callable[[pytest.Item], bool], tree: Path, to: Path
) -> None:
    """Runs each test once and writes down what it reaches, if it passes."""
    files = [str(tree / "consent" / "*"), str(tree / "src" / "gateway" / "*")]
    watch = coverage.Coverage(data_file=None, include=files, config_file=False)
    watch.start()
    seconds: dict[str, float] = {}
    for item in items:
        watch.switch_context(item.nodeid)
        began = time.process_time()
        if passes(item):
            seconds[item.nodeid] = round(time.process_time() - began, 4)
    watch.stop()
    data = watch.get_data()
    lines = {
        str(Path(file).relative_to(tree)): {
            line: [one for one in contexts if one in seconds]
            for line, contexts in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }
    before = learnt(to)
    for file, each in before.lines.items():
        for line, tests in each.items():
            lines.setdefault(file, {}).setdefault(line, []).extend(tests)
    to.write_text(json.dumps({"seconds": before.seconds | seconds, "lines": lines}))


def learnt(path: Path) -> Reach:
    """What was written down; nothing where nothing was yet."""
    read = json.loads(path.read_text()) if path.exists() else {"seconds": {}, "lines": {}}
    lines = {file: {int(n): t for n, t in each.items()} for file, each in read["lines"].items()}
    return Reach(read["seconds"], lines)
