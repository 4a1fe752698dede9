"""The wheel carries everything that a run needs: data, templates, the pages' built files."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "consent": ROOT / "consent",
    "mappings": ROOT / "mappings",
    "fhir_profiles": ROOT / "fhir_profiles",
    "gateway": ROOT / "src" / "gateway",
}
BUILT = "gateway/web/static/nhsuk/nhsuk-frontend.min.css"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(where)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (made,) = where.glob("onestory-*.whl")
    return made


def carried(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def test_the_wheel_carries_every_file_of_the_packages_that_git_knows(wheel: Path) -> None:
    command = ["git", "ls-files", "-z", *(str(path) for path in PACKAGES.values())]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = {name.removeprefix("src/") for name in listed.split("\0") if name}
    assert len(files) > 200
    assert files - carried(wheel) == set()


def test_the_wheel_carries_the_built_style_and_script(wheel: Path) -> None:
    assert {BUILT, BUILT.replace(".css", ".js")} <= carried(wheel)


def test_the_wheel_carries_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in carried(wheel)}
    assert tops == PACKAGES.keys()
    assert not [name for name in carried(wheel) if "__pycache__" in name or ".onestory" in name]


@pytest.mark.skipif(not os.environ.get("ONESTORY_FULL"), reason="installs anew; make test-full")
def test_the_wheel_alone_runs_the_command_and_the_story(wheel: Path, tmp_path: Path) -> None:
    constraints = str(ROOT / "constraints.txt")
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    program = tmp_path / "venv" / "bin"
    install = [str(program / "pip"), "install", "--quiet", "-c", constraints, str(wheel)]
    subprocess.run(install, check=True)
    for words in (["--help"], ["demo", "--check"]):
        done = subprocess.run(
            [str(program / "onestory"), *words], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
