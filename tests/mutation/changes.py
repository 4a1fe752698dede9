"""Every small change to a Python file that its tests should notice, one at a time.

A mutant is one change: `mutants` names them all, `changed` gives the source with one of them made.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Swap = dict[type[ast.AST], type[ast.AST]]

COMPARISONS: Swap = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC: Swap = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
CALLS = {"any": "all", "all": "any", "min": "max", "max": "min", "some": "every", "every": "some"}
# Words of SQL: nothing else in these files is written in capitals, or compares in a string.
WORDS = {"AND": "OR", "OR": "AND", "NOT": "", "TRUE": "FALSE", "FALSE": "TRUE"}
SIGNS = {"<=": "<", ">=": ">", "<>": "=", "!=": "=", "=": "<>", "~?": "?"}
SQL = re.compile(r"\b(?:AND|OR|NOT|TRUE|FALSE)\b|(?<= )(?:<=|>=|<>|!=|=)(?= )|~\?")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: where it is, and the words before and after."""

    file: str
    within: str
    line: int
    before: str
    after: str
    number: int  # among the file's

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What names it whatever line it has moved to."""
        return self.file, self.within, self.before, self.after

    @property
    def words(self) -> str:
        """What is changed, and into what."""
        return f" ({self.within}): {self.before}  ->  {self.after}\n"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}{self.words}".rstrip()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an expression or a statement stands: a field of its parent, and how to put another."""

    node: ast.AST
    put: Callable[[ast.AST], None]
    within: str


def mutants(file: str, source: str) -> list[Mutant]:
    """All mutants of one file, in the order of its lines."""
    return [
        Mutant(file, place.within, _line(place.node), _text(place.node), _text(other), number)
        for number, (place, other) in enumerate(_changes(ast.parse(source)))
    ]


def changed(source: str, number: int) -> ast.Module:
    """The tree of the source with the change of this number made."""
    tree = ast.parse(source)
    place, other = next(itertools.islice(_changes(tree), number, None))
    ast.fix_missing_locations(ast.copy_location(other, place.node))
    place.put(other)
    return tree


def _changes(tree: ast.Module) -> Iterator[tuple[_Place, ast.AST]]:
    """Each place of the tree with what could stand there instead."""
    for place in _places(tree, ""):
        for other in _others(place.node):
            yield place, other


def _line(node: ast.AST) -> int:
    """Where it begins; a comprehension has no line of its own, but its parts have."""
    lines = (getattr(part, "lineno", None) for part in ast.walk(node))
    return next(line for line in lines if line is not None)


def _text(node: ast.AST) -> str:
    words = "drop it" if isinstance(node, ast.Pass) else " ".join(ast.unparse(node).split())
    return words if len(words) <= 140 else f"{words[:139]}…"


def _places(node: ast.AST, within: str) -> Iterator[_Place]:
    """Every place that can change; nothing in annotations, names of types, decorators or prose."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases", "keywords") and not (
            name == "keywords" and isinstance(node, ast.Call)
        ):
            continue
        each = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for index, child in each:
            if not isinstance(child, ast.AST) or _says_nothing(child, within):
                continue
            put = _putter(node, name, index)
            inner = within
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner = f"{within}.{child.name}".lstrip(".")
            yield _Place(child, put, inner or "module")
            yield from _places(child, inner)


def _putter(node: ast.AST, name: str, index: int | None) -> Callable[[ast.AST], None]:
    def put(other: ast.AST) -> None:
        if index is None:
            setattr(node, name, other)
        else:
            getattr(node, name)[index] = other

    return put


def _says_nothing(node: ast.AST, within: str) -> bool:
    """Docstrings, what the types rule out, assertions, and names of types (`Value = str | int`)."""
    if isinstance(node, ast.Expr) and (
        isinstance(node.value, ast.Constant) or "assert_never(" in ast.unparse(node.value)
    ):
        return True
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return True
    if isinstance(node, ast.keyword) and node.arg == "strict":  # of zip: it asserts, and no more
        return True
    is_alias = isinstance(node, ast.Assign) and not within and _is_type(node.value)
    return is_alias or (
        isinstance(node, ast.AnnAssign) and "TypeAlias" in ast.unparse(node.annotation)
    )


def _is_type(value: ast.expr) -> bool:
    """`str | int`, `tuple[str, ...]`."""
    generic = isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name)
    return isinstance(value, ast.BinOp) or generic


def _others(node: ast.AST) -> Iterator[ast.AST]:
    """What could stand here instead, each one change away."""
    match node:
        case ast.Compare(left, ops, comparators):
            for index, op in enumerate(ops):
                if swapped := COMPARISONS.get(type(op)):
                    changed_ops = [*ops[:index], swapped(), *ops[index + 1 :]]
                    yield ast.Compare(left, changed_ops, comparators)
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            for index in range(len(values)):
                rest = [*values[:index], *values[index + 1 :]]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.UnaryOp(ast.Not(), operand):
            yield operand
        case ast.UnaryOp(ast.Invert(), operand):
            yield operand
        case ast.BinOp(left, op, right) if type(op) in ARITHMETIC:
            yield ast.BinOp(left, ARITHMETIC[type(op)](), right)
            if isinstance(op, ast.BitOr | ast.BitAnd | ast.Sub):
                yield left
        case ast.Constant(value):
            yield from _constants(value)
        case ast.Call(ast.Name(name), args, keywords) if name in CALLS:
            yield ast.Call(ast.Name(CALLS[name], ast.Load()), args, keywords)
        case ast.IfExp(_, body, orelse):
            yield body
            yield orelse
        case ast.If(_, body, orelse):
            yield ast.If(ast.Constant(False), body, orelse)
            yield ast.If(ast.Constant(True), body, orelse)
        case ast.comprehension(target, iterated, ifs, is_async):
            for index in range(len(ifs)):
                rest = [*ifs[:index], *ifs[index + 1 :]]
                yield ast.comprehension(target, iterated, rest, is_async)
        case ast.Return(value) if not isinstance(value, ast.Constant | None):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(ast.Call() | ast.Await(ast.Call()) | ast.YieldFrom() | ast.Yield()):
            yield ast.Pass()
        case ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            yield ast.Pass()
        case ast.match_case(pattern, guard, body) if guard is not None:
            yield ast.match_case(pattern, None, body)


def _constants(value: object) -> Iterator[ast.Constant]:
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(1 - value if value in (0, 1) else value + 1)
    elif isinstance(value, str):
        for found in SQL.finditer(value):
            word = (WORDS | SIGNS)[found[0]]
            yield ast.Constant(value[: found.start()] + word + value[found.end() :])
