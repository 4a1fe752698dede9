"""A pytest plugin: one module is imported with the change in ONESTORY_MUTANT (file:number)."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import os
import sys
from pathlib import Path
from types import CodeType

from changes import changed
from patching import compiled


class _Changed(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        path = Path(self.path)
        return compiled(path, changed(path.read_text("utf-8"), int(NUMBER)))


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path, target=None):  # type: ignore[no-untyped-def]
        if fullname != MODULE:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        spec.loader = _Changed(fullname, spec.origin)
        return spec


FILE, _, NUMBER = os.environ["ONESTORY_MUTANT"].partition(":")
MODULE = FILE.removeprefix("src/").removesuffix(".py").replace("/", ".")
sys.meta_path.insert(0, _Finder())
