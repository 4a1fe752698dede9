"""Which tests run which lines, and how long each takes: asked once, while nothing is changed."""

from __future__ import annotations

import ast
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

import coverage
import pytest
from changes import Mutant

Lines = dict[str, list[str]]  # the words of a line of code, and the tests that run it


@dataclass
class Reach:
    """For each test its seconds of computing, and for each file and function the tests that run its
    lines: known by their words, so that it holds where lines have moved.

    `kills` counts the changes that a test noticed before, in the same function (file, function,
    test): whoever noticed one is asked first.
    """

    seconds: dict[str, float]
    functions: dict[str, dict[str, Lines]]
    kills: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def killed(self, mutant: Mutant, test: str) -> None:
        self.kills[mutant.file, mutant.within, test] += 1
        self.kills[mutant.file, "", test] += 1

    def remember(self, path: Path) -> None:
        """For the next run."""
        noticed = [[*key, count] for key, count in self.kills.items()]
        path.with_suffix(".kills.json").write_text(json.dumps(noticed))

    def order(self, mutant: Mutant, source: str, asked: Set[str]) -> list[str]:
        """Those of the tests that run the changed line, or else its function, or the functions that
        use what is made outside of any, the likeliest to notice first; where none does, all."""
        places = places_in(source)
        name, _ = places.get(mutant.line, ("", ""))
        functions = self.functions.get(mutant.file, {})
        lines = functions.get(name, {})
        using = [functions.get(each, {}) for each in users_of(mutant.line, source)]
        of_function = {
            test for each in (lines, *using) for tests in each.values() for test in tests
        }
        # What stands on several lines is run with the first of them.
        above = (places[n] for n in range(mutant.line, 0, -1) if n in places)
        on_line = next((set(lines[w]) for where, w in above if where == name and w in lines), set())
        reaching = on_line & asked or of_function & asked or asked

        def cost(test: str) -> tuple[float, str]:
            inside = self.kills[mutant.file, mutant.within, test]
            likely = 1 + 5 * inside + self.kills[mutant.file, "", test]
            return self.seconds[test] / likely, test

        # One of each file and then another of each: those of one file are about one thing.
        turns = Counter[str]()
        ranked: list[tuple[int, tuple[float, str]]] = []
        for each in sorted(map(cost, reaching)):
            file = each[1].partition("::")[0]
            ranked.append((turns[file], each))
            turns[file] += 1
        return [test for _, (_, test) in sorted(ranked)]


def users_of(line: int, source: str) -> set[str]:
    """The functions that use what a line outside of any of them gives a name to."""
    tree = ast.parse(source)
    within = (each for each in tree.body if each.lineno <= line <= (each.end_lineno or 0))
    made = [each for each in within if isinstance(each, ast.Assign | ast.AnnAssign)]
    stored = (node for each in made for node in ast.walk(each) if isinstance(node, ast.Name))
    names = {node.id for node in stored if isinstance(node.ctx, ast.Store)}
    words = places_in(source)
    return {
        words[node.lineno][0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id in names and node.lineno in words
    }


def places_in(source: str) -> dict[int, tuple[str, str]]:
    """The innermost function that holds each line, by its qualified name, and the line's words."""
    words = source.splitlines()
    found: dict[int, tuple[str, str]] = {}

    def visit(node: ast.AST, within: str) -> None:
        for child in ast.iter_child_nodes(node):
            name = within
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                name = f"{within}.{child.name}".lstrip(".")
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                for line in range(child.body[0].lineno, (child.end_lineno or 0) + 1):
                    found[line] = name, words[line - 1].strip()
            visit(child, name)

    visit(ast.parse(source), "")
    return found


def learn(
    items: Iterable[pytest.Item],
    passes: Callable[[pytest.Item], bool],
    tree: Path,
    files: Sequence[str],
    to: Path,
) -> None:
    """Runs each test once and writes down what it reaches of these files, if it passes."""
    include = [str(tree / file) for file in files]
    watch = coverage.Coverage(data_file=None, include=include, config_file=False)
    watch.start()
    seconds: dict[str, float] = {}
    for item in items:
        watch.switch_context(item.nodeid)
        began = time.process_time()
        if passes(item):
            seconds[item.nodeid] = round(time.process_time() - began, 4)
    watch.stop()
    data = watch.get_data()
    functions = learnt(to).functions
    for file in data.measured_files():
        places = places_in(Path(file).read_text("utf-8"))
        known = functions.setdefault(str(Path(file).relative_to(tree)), {})
        for line, tests in data.contexts_by_lineno(file).items():
            if line in places:
                name, words = places[line]
                of_line = known.setdefault(name, {}).setdefault(words, [])
                of_line += (one for one in tests if one in seconds)
    seconds |= learnt(to).seconds
    to.write_text(json.dumps({"seconds": seconds, "functions": functions}))


def learnt(path: Path) -> Reach:
    """What was written down; nothing where nothing was yet."""
    read = json.loads(path.read_text()) if path.exists() else {"seconds": {}, "functions": {}}
    before = path.with_suffix(".kills.json")
    noticed = json.loads(before.read_text()) if before.exists() else []
    kills = Counter({(file, within, test): count for file, within, test, count in noticed})
    return Reach(read["seconds"], read["functions"], kills)
