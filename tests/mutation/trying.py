"""Tests asked about a copy of the tree, each time in a process of its own.

What the tests import from elsewhere is imported once, and every process begins with it.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

BUILT = "src/gateway/web/static/nhsuk"  # made on installing, in no commit
OPTIONS = ("-q", "-x", "-p", "no:cacheprovider", "-k", "not postgres", "--hypothesis-seed=0")
QUIET = ("-W", "ignore::pytest.PytestAssertRewriteWarning")  # plugins that are imported before
LIST_MODULES = """
import os, pytest, sys
with open(os.devnull, "w") as nowhere:
    out, sys.stdout = sys.stdout, nowhere
    pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", *sys.argv[1:]])
    sys.stdout = out
ours = (os.getcwd(), "<")
for name, module in list(sys.modules.items()):
    file = getattr(module, "__file__", None)
    if file and not file.startswith(ours):
        print(name)
"""


def copied(root: Path, to: Path) -> Path:
    """What is committed, as a tree of its own."""
    to.mkdir()
    archive = subprocess.run(
        ["git", "archive", "HEAD"], cwd=root, check=True, stdout=subprocess.PIPE
    ).stdout
    subprocess.run(["tar", "x"], cwd=to, input=archive, check=True)
    shutil.copytree(root / BUILT, to / BUILT, dirs_exist_ok=True)
    subprocess.run([sys.executable, "-m", "compileall", "-q", "."], cwd=to, check=True)
    return to


def ready(tree: Path, tests: list[str]) -> None:
    """Imports all that these tests will, except what is in the tree."""
    names = subprocess.run(
        [sys.executable, "-c", LIST_MODULES, *tests],
        cwd=tree,
        env=_environment(tree),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    for name in names.split():
        if name != "__main__":
            with contextlib.suppress(Exception):
                importlib.import_module(name)


def passes(tree: Path, tests: tuple[str, ...], seconds: float) -> bool:
    """Whether these tests pass in this tree, within this time."""
    shutil.rmtree(tree / ".hypothesis", ignore_errors=True)
    child = os.fork()
    if child == 0:
        _be_the_tests(tree, tests)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def _be_the_tests(tree: Path, tests: tuple[str, ...]) -> None:
    """This process runs the tests and ends."""
    code = 1
    try:
        os.setsid()
        os.chdir(tree)
        os.environ.update(_environment(tree))
        sys.dont_write_bytecode = True
        sys.path[:0] = [str(tree), str(tree / "src")]
        said = os.open(tree.parent / f"{tree.name}.said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(said, 1)
        os.dup2(said, 2)
        code = int(pytest.main([*OPTIONS, *QUIET, *tests]))
        sys.stdout.flush()
    finally:
        os._exit(code)


def _environment(tree: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": f"{tree}{os.pathsep}{tree / 'src'}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
