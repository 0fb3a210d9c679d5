"""The mutants of a file: one changed expression or statement each, by its syntax tree."""

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

SWAPPED: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Add,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
REVERSED: dict[type, type] = {ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt}

DECLARED = {"option", "field", "manual_seed", "UserError", "ValueError", "TypeVar", "Registry", "warning", "print"}
"""What is called to declare or to say something: its arguments are no arithmetic."""
PLACES = {"to", "cpu", "cuda", "contiguous", "item", "tolist", "detach", "float", "double"}
"""Methods that say where and how numbers lie, which one processor's tests cannot tell apart."""
FLAGS = {"strict", "non_blocking", "device", "dtype", "validate_args", "maxsize", "parents", "exist_ok", "durable"}
"""Keyword arguments that guard or describe, and change no number."""


SYMMETRIC = {"max", "min", "maximum", "minimum"}
MODULES = {"torch", "np", "math", "nn", "functional", "configs", "itertools", "functools", "self", "cls"}
UNCHANGED = (ast.Import, ast.ImportFrom, ast.Raise, ast.Assert, ast.JoinedStr)
PLAIN = (ast.Name, ast.Call, ast.Attribute)

Change = Callable[[Any], Any]


@dataclass(frozen=True)
class Mutant:
    """A change of `file` (its path below the repository's root): `change` reads "a + b → a - b". `text` is the changed
    line, and `lines` are those of the statement, first and last. `names` are what it sets when the module is imported,
    empty for what a function does. `node` and `nth` find the change in the file's syntax tree."""

    file: str
    line: int
    text: str
    change: str
    lines: tuple[int, int]
    names: frozenset[str]
    node: int
    nth: int

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is known by, wherever the line moves."""
        return self.file, self.text, self.change

    def code(self, root: Path) -> CodeType:
        """The changed module, compiled."""
        path = root / self.file
        tree = ast.parse(path.read_text(encoding="utf-8"))
        target = next(each for at, each in enumerate(ast.walk(tree)) if at == self.node)
        changed = _changes(target)[self.nth](target)
        for parent in ast.walk(tree):
            for name, value in ast.iter_fields(parent):
                if value is target:
                    setattr(parent, name, changed)
                elif isinstance(value, list):
                    value[:] = [changed if each is target else each for each in value]
        return compile(ast.fix_missing_locations(tree), str(path), "exec")


def mutants(root: Path, file: str) -> list[Mutant]:
    """Every mutant of a file, from top to bottom."""
    source = (root / file).read_text(encoding="utf-8")
    lines, tree = source.splitlines(), ast.parse(source)
    numbers = {id(node): at for at, node in enumerate(ast.walk(tree))}
    found: list[Mutant] = []
    counts: Counter[tuple[str, str]] = Counter()
    for node, statement, names in _mutable(tree):
        before, text = ast.unparse(node), lines[node.lineno - 1].strip() if hasattr(node, "lineno") else ""
        for nth, change in enumerate(_changes(node)):
            after = ast.unparse(ast.fix_missing_locations(change(copy.deepcopy(node))))
            if after == before:
                continue
            said = f"{_short(before)} → {_short(after)}"
            counts[text, said] += 1
            n = counts[text, said]
            said = said if n == 1 else f"{said} (no. {n})"
            span = statement.lineno, _last_line(statement)
            found.append(Mutant(file, node.lineno, text, said, span, names, numbers[id(node)], nth))
    return sorted(found, key=lambda mutant: (mutant.line, mutant.change))


def _short(code: str) -> str:
    code = " ".join(code.split())
    return code if len(code) <= 100 else f"{code[:60]} … {code[-35:]}"


def _last_line(statement: ast.stmt) -> int:
    """The end of a simple statement; of a compound one, the line before its body."""
    body = getattr(statement, "body", None)
    return max(statement.lineno, body[0].lineno - 1) if body else statement.end_lineno or statement.lineno


IMPORTED = frozenset({"what runs when the module is imported"})


def _mutable(tree: ast.Module) -> Iterator[tuple[Any, ast.stmt, frozenset[str]]]:
    """Each node that may change, with its statement and, of one that runs when the module is imported, the names that
    it sets."""

    def visit(node: ast.AST, statement: ast.stmt | None, names: frozenset[str]) -> Iterator:
        if isinstance(node, UNCHANGED) or (isinstance(node, ast.keyword) and node.arg in FLAGS):
            return
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # a docstring
        if isinstance(node, ast.Call) and _called(node) in DECLARED:
            return
        if isinstance(node, ast.ClassDef):
            for child in node.body:
                yield from visit(child, None, names)
            return
        if isinstance(node, ast.FunctionDef):
            for default in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
                yield from visit(default, node, frozenset({node.name}))
            for child in node.body:
                yield from visit(child, None, frozenset())
            return
        if isinstance(node, ast.stmt):
            statement = node
            if names is IMPORTED:
                set_here = [each for each in ast.walk(node) if isinstance(getattr(each, "ctx", None), ast.Store)]
                names = frozenset(each.id for each in set_here if isinstance(each, ast.Name))
        whole = isinstance(statement, ast.Expr) and statement.value is node  # to leave it out is the statement's mutant
        if statement is not None and not whole:
            yield node, statement, names
        for name, value in ast.iter_fields(node):
            if name not in ("annotation", "returns"):
                for child in value if isinstance(value, list) else [value]:
                    if isinstance(child, ast.AST):
                        yield from visit(child, statement, names)

    for child in tree.body:
        yield from visit(child, None, IMPORTED)


def _called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _changes(node: ast.AST) -> list[Change]:
    """Functions that make something else of the node, or of a copy of it."""
    match node:
        case ast.BinOp(op=op, left=left, right=right):
            return [] if _is_text(left) or _is_text(right) else _operators(op)
        case ast.BoolOp(op=op) | ast.AugAssign(op=op):
            return _operators(op)
        case ast.UnaryOp():
            return [lambda found: found.operand]
        case ast.Compare(ops=[op]):
            return [_with(ops=[table[type(op)]()]) for table in (SWAPPED, REVERSED) if type(op) in table]
        case ast.Compare(ops=ops):
            return [_with(ops=[*ops[:at], SWAPPED[type(op)](), *ops[at + 1 :]]) for at, op in enumerate(ops)]
        case ast.Constant(value=bool(value)):
            return [_with(value=not value)]
        case ast.Constant(value=int(value)):
            return [_with(value=value + 1)]
        case ast.Constant(value=float(value)):
            return [_with(value=2 * value if value else 1.0)]
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) if isinstance(test, PLAIN):
            return [_with(test=ast.UnaryOp(ast.Not(), test))]
        case ast.Expr(value=ast.Call()):
            return [lambda found: ast.copy_location(ast.Pass(), found)]
        case ast.Call(func=function, args=args):
            changes: list[Change] = []
            if isinstance(function, ast.Attribute) and _is_value(function.value) and function.attr not in PLACES:
                changes.append(lambda found: found.func.value)
            if len(args) >= 2 and not any(isinstance(each, ast.Starred) for each in args):
                if _called(node) not in SYMMETRIC:
                    changes.append(_with(args=[args[1], args[0], *args[2:]]))
            return changes
    return []


def _operators(op: ast.AST) -> list[Change]:
    return [_with(op=SWAPPED[type(op)]())] if type(op) in SWAPPED else []


def _with(**values: Any) -> Change:
    def change(found: Any) -> Any:
        for name, value in values.items():
            setattr(found, name, value)
        return found

    return change


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_value(node: ast.AST) -> bool:
    """Whether a method is called on something computed: not on a module, a class or an object as a whole."""
    match node:
        case ast.Name(id=name):
            return name.islower() and name not in MODULES
        case ast.Attribute(value=ast.Name(id="self")):
            return True
        case ast.Attribute(value=value):
            return _is_value(value)
    return isinstance(node, (ast.Call, ast.BinOp, ast.Subscript)) and ast.unparse(node) != "super()"
