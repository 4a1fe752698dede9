"""A change made in a process whose modules are imported already: other code for the same functions.

What is worked out while a module is imported (a table, a default) cannot be changed so: for that a
new process imports the changed module (`replaced`).
"""

from __future__ import annotations

import ast
import functools
import gc
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType

from changes import Mutant, changed

LAYERS = ("consent", "gateway.fhir", "gateway.storage", "gateway.actions")
Key = tuple[str, int, str]  # file, first line, qualified name


class AtImportError(Exception):
    """The change is in what is worked out while the module is imported."""


class Functions:
    """Every function and every cache that is there now."""

    def __init__(self) -> None:
        self._functions: dict[Key, list[FunctionType]] = {}
        self._caches: list[tuple[str, functools._lru_cache_wrapper[object]]] = []
        for each in gc.get_objects():
            if type(each) is FunctionType:
                self._functions.setdefault(_key(each.__code__), []).append(each)
            elif type(each) is functools._lru_cache_wrapper:
                self._caches.append((each.__wrapped__.__module__ or "", each))

    def change(self, tree: Path, mutant: Mutant) -> None:
        """Makes the change in this process; raises AtImportError where that cannot be done."""
        path = tree / mutant.file
        source = path.read_text("utf-8")
        was = compiled(path, ast.parse(source))
        pairs = list(_differing(was, compiled(path, changed(source, mutant.number))))
        if not pairs:
            raise LookupError(f"{mutant} changes no code")
        for old, new in pairs:
            found = self._functions.get(_key(old))
            if not found:
                raise AtImportError
            for each in found:
                each.__code__ = new
        self._forget(mutant.file)

    def _forget(self, file: str) -> None:
        """Empties every cache whose values may come from the changed file."""
        layers = LAYERS[next(n for n, name in enumerate(LAYERS) if _is_in(file, name)) :]
        spared = set(LAYERS) - set(layers)
        for module, cache in self._caches:
            ours = module.startswith(("consent", "gateway"))
            if ours and not any(module.startswith(f"{one}.") for one in spared):
                cache.cache_clear()


def compiled(path: Path, tree: ast.Module) -> CodeType:
    return compile(tree, str(path), "exec", dont_inherit=True)


def _is_in(file: str, layer: str) -> bool:
    return file.removeprefix("src/").startswith(layer.replace(".", "/") + "/")


def _key(code: CodeType) -> Key:
    return code.co_filename, code.co_firstlineno, code.co_qualname


def _differing(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The outermost functions that differ."""
    if old == new:
        return
    if old.co_flags & inspect.CO_OPTIMIZED:
        yield old, new
        return
    if _body(old) != _body(new):
        raise AtImportError
    for one, other in zip(_nested(old), _nested(new), strict=True):
        yield from _differing(one, other)


def _body(code: CodeType) -> tuple[object, ...]:
    """What a module or a class does itself, without what its functions do."""
    plain = [repr(each) for each in code.co_consts if not isinstance(each, CodeType)]
    return code.co_code, code.co_names, plain, len(list(_nested(code)))


def _nested(code: CodeType) -> Iterator[CodeType]:
    return (each for each in code.co_consts if isinstance(each, CodeType))
