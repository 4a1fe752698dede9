"""Changes tried one after another in one test session: each in a fork of it, which runs the tests
that reach the change until one fails.

The session collects the tests of a copy of the tree once; every fork begins where it stands.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import pytest
from changes import Mutant
from patching import AtImportError, Functions
from reaching import Reach, learn, learnt

BUILT = "src/gateway/web/static/nhsuk"  # made on installing, in no commit
OPTIONS = (
    *("-q", "-s", "-x", "-p", "no:cacheprovider", "-k", "not postgres", "--hypothesis-seed=0"),
    *("-o", "tmp_path_retention_policy=none", "--timeout", "120"),
)
SPARE = 3.0  # seconds of computing beyond five times what a test needs
WALL = 20  # a machine that is busy: seconds that pass for each second of computing
MEMORY = 4 << 30


def copied(root: Path, commit: str, to: Path) -> Path:
    """What is committed, as a tree of its own: nothing else is ever changed."""
    to.mkdir()
    archive = subprocess.run(
        ["git", "archive", commit], cwd=root, check=True, stdout=subprocess.PIPE
    ).stdout
    subprocess.run(["tar", "x"], cwd=to, input=archive, check=True)
    shutil.copytree(root / BUILT, to / BUILT, dirs_exist_ok=True)
    return to


class Trials:
    """A pytest plugin: in place of running the tests it tries changes with them."""

    def __init__(
        self,
        tree: Path,
        files: Sequence[str],
        chosen: Sequence[Mutant],
        patience: float,
        end: float,
        reached: Path,
        results: Path,
    ) -> None:
        """`chosen` are changes to the files. `patience`: seconds of computing that the tests asked
        about one change may need; `end`: no other is begun after, by time.monotonic; `reached`:
        where it is kept what the tests reach; `results`: where it is told what became of each
        change, in a line."""
        self._tree = tree
        self._files = files
        self._chosen = chosen
        self._patience = patience
        self._end = end
        self._reached = reached
        self._results = results
        self._tell = os.fdopen(os.dup(1), "w", buffering=1)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """A failing example is a failing example: none is made small, none is kept."""
        from hypothesis import Phase, settings  # a plugin of pytest, which wants to import it first

        phases = (Phase.explicit, Phase.generate)
        settings.register_profile(
            "mutants", settings.get_profile("patient"), database=None, phases=phases
        )
        settings.load_profile("mutants")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        _is_the_copy(self._tree)
        reach = self._reach(session)
        _warm(session)
        functions = Functions()
        gc.freeze()  # so that the forks share what is there
        items = {item.nodeid: item for item in session.items if item.nodeid in reach.seconds}
        with self._results.open("w", buffering=1) as results:
            for mutant in self._chosen:
                if time.monotonic() > self._end:
                    break
                source = (self._tree / mutant.file).read_text("utf-8")
                order = list(
                    _within(self._patience, reach, reach.order(mutant, source, set(items)))
                )
                asked = [items[name] for name in order]
                noticed = self._noticed_by(session, functions, mutant, asked, reach)
                print("survived" if noticed is None else "killed", file=results)
                if noticed is None:
                    print(f"survived {len(order)} tests: {mutant}", file=self._tell)
                elif noticed:
                    reach.killed(mutant, noticed)
                    reach.remember(self._reached)
        return True

    def _reach(self, session: pytest.Session) -> Reach:
        """What each test reaches; one that fails while nothing is changed is asked nothing."""
        known = learnt(self._reached).seconds
        new = [item for item in session.items if item.nodeid not in known]
        if new:
            print(f"asking what {len(new)} tests reach", file=self._tell)
            _in_fork(lambda say: self._learn(session, new), 3600)
        reach = learnt(self._reached)
        for item in new:
            if item.nodeid not in reach.seconds:
                print(f"fails without any change: {item.nodeid}", file=self._tell)
        return reach

    def _learn(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        def passes(item: pytest.Item) -> bool:
            return not _fails(session, item)

        learn(items, passes, self._tree, self._files, self._reached)

    def _noticed_by(
        self,
        session: pytest.Session,
        functions: Functions,
        mutant: Mutant,
        order: list[pytest.Item],
        reach: Reach,
    ) -> str | None:
        """The test that fails with this change, '' where the process ends otherwise."""
        needed = sum(reach.seconds[item.nodeid] for item in order)

        def tried(say: Callable[[str], None]) -> None:
            try:
                functions.change(self._tree, mutant)
            except AtImportError:
                say(_at_import(self._tree, mutant, [item.nodeid for item in order]))
                return
            for item in order:
                # What takes much longer has been noticed: the signal ends this process.
                signal.setitimer(signal.ITIMER_PROF, 5 * reach.seconds[item.nodeid] + SPARE)
                if _fails(session, item):
                    say(item.nodeid)
                    return
            signal.setitimer(signal.ITIMER_PROF, 0)
            # Tables of tests were made before the change: once more, where they are made after it.
            tables = [item.nodeid for item in order if _is_of_a_table(item)]
            few = list(_within(self._patience / 2, reach, tables))
            say(_at_import(self._tree, mutant, few) if few else "passed")

        said = _in_fork(tried, WALL * (needed + SPARE))
        return None if said == "passed" else said


def _is_the_copy(tree: Path) -> None:
    """Nobody's work is changed: what is imported is the copy."""
    import consent
    import gateway

    for module in (consent, gateway):
        if not Path(str(module.__file__)).is_relative_to(tree):
            raise SystemExit(f"{module.__file__} is not in the copy")


def _within(patience: float, reach: Reach, order: list[str]) -> Iterator[str]:
    spent = 0.0
    for test in order:
        spent += reach.seconds[test]
        if spent > patience:
            return
        yield test


class _Session:
    """What is asked next, where only what belongs to the whole session shall stand."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session

    def listchain(self) -> list[pytest.Session]:
        return [self._session]


def _fails(session: pytest.Session, item: pytest.Item) -> bool:
    """Runs one test; session fixtures stay for the next."""
    failed = session.testsfailed
    item.ihook.pytest_runtest_protocol(item=item, nextitem=_Session(session))
    return session.testsfailed > failed


def _warm(session: pytest.Session) -> None:
    """One test of each folder, so that what they share is there before the first fork."""
    for item in {item.path.parent: item for item in session.items}.values():
        _fails(session, item)


def _is_of_a_table(item: pytest.Item) -> bool:
    call = getattr(item, "callspec", None)
    return call is not None and not call.params.keys() <= {"database_url"}


def _at_import(tree: Path, mutant: Mutant, tests: list[str]) -> str:
    """The same in a process that imports the changed module."""
    listed = tree.parent / f"asked-{os.getpid()}"
    listed.write_text("\n".join(tests))
    paths = (tree, tree / "src", Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *OPTIONS, "-p", "replaced", f"@{listed}"],
        cwd=tree,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "ONESTORY_MUTANT": f"{mutant.file}:{mutant.number}",
        },
        check=False,
    )
    return "passed" if done.returncode == 0 else ""


def _in_fork(work: Callable[[Callable[[str], None]], None], wall: float) -> str:
    """What the work says in a process of its own; '' where that ends or takes too long."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _be(work, writing)
    os.close(writing)
    ready, _, _ = select.select([reading], [], [], wall)
    said = os.read(reading, 1 << 16).decode() if ready else ""
    os.close(reading)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return said


def _be(work: Callable[[Callable[[str], None]], None], writing: int) -> NoReturn:
    """This process does the work and ends."""
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        work(lambda text: os.write(writing, text.encode()) and None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(0)
