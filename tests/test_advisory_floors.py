"""No dependency below the version that an advisory asks for, even where no audit tool can look."""

from __future__ import annotations

import json
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

HERE = Path(__file__).parent
FLOORS = json.loads((HERE / "advisory_floors.json").read_text(encoding="utf-8"))["floors"]
GUARDS = ("authlib", "joserfc", "cryptography", "starlette")


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_what_is_installed_is_not_below_its_floor(name: str) -> None:
    assert Version(version(name)) >= Version(FLOORS[name]["version"]), FLOORS[name]["why"]


@pytest.mark.parametrize("name", GUARDS)
def test_what_guards_the_door_is_pinned_exactly_and_above_its_floor(name: str) -> None:
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {r.name.lower(): r for r in map(Requirement, project["dependencies"])}
    (pin,) = asked[name].specifier
    assert pin.operator == "=="
    assert Version(pin.version) >= Version(FLOORS[name]["version"])
