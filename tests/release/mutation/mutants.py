"""The mutants of a module: small changes of its syntax tree, each as a replacement of a part of its text.

Not changed: texts with a space, which are for people, annotations, and what only a type checker reads.
"""

from __future__ import annotations

import ast
import copy
from typing import Any, Iterator, NamedTuple

Swaps = dict[type, type]

ORDERS: Swaps = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
OPPOSITES: Swaps = {
    **{ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In},
    **{ast.Is: ast.IsNot, ast.IsNot: ast.Is},
}
ARITHMETIC: Swaps = {
    **{ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult},
    **{ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd},
}
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
# Fields that hold no behaviour.
SKIPPED = {"annotation", "returns", "decorator_list", "type_comment"}


class Mutant(NamedTuple):
    """A part of a module's text, in bytes from `start` to `end`, and what replaces it."""

    file: str
    line: int
    start: int
    end: int
    old: str
    new: str

    @property
    def key(self) -> str:
        """Names the mutant also after changes elsewhere in its module, except among equal ones."""
        return f"{self.file}: {' '.join(self.old.split())} -> {self.new}"

    def apply(self, text: bytes) -> bytes:
        """The module's text with this change."""
        return text[: self.start] + self.new.encode() + text[self.end :]


def constant(value: str | bytes | float) -> ast.expr:
    return ast.Constant(value)


def changed(node: Any, **fields: object) -> Any:
    """A copy of a node with other fields."""
    made = copy.copy(node)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def numbers(value: float) -> Iterator[float]:
    """Other numbers: the next one of a small number, and ten times more and less of a large one."""
    if abs(value) < 10:
        yield value + 1
    else:
        yield value * 10
        yield value // 10 if isinstance(value, int) else value / 10


def computed(node: ast.AST) -> float | None:
    """The value of a number, or of an expression such as `4 << 20`."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, (int, float)) and not isinstance(node.value, bool) else None
    if isinstance(node, ast.BinOp) and computed(node.left) is not None and computed(node.right) is not None:
        value: float = eval(compile(ast.Expression(node), "", "eval"), {"__builtins__": {}})
        return value
    return None


def is_sentence(node: ast.JoinedStr) -> bool:
    return any(isinstance(part, ast.Constant) and " " in str(part.value) for part in node.values)


def constants(node: ast.Constant, text: str) -> Iterator[ast.expr]:
    value = node.value
    if isinstance(value, bool):
        yield constant(not value)
    elif isinstance(value, (int, float)):
        # A file's mode is made as open as possible.
        yield from (constant(0o777),) if text.startswith("0o") else map(constant, numbers(value))
    elif isinstance(value, (str, bytes)) and value and not (isinstance(value, str) and " " in value):
        yield constant(value[:0])


def compared(node: ast.Compare, tested: bool) -> Iterator[ast.expr]:
    operator = type(node.ops[0])
    if operator in ORDERS:
        yield changed(node, ops=[ORDERS[operator](), *node.ops[1:]])
    elif not tested:
        yield changed(node, ops=[OPPOSITES[operator](), *node.ops[1:]])


def called(node: ast.Call) -> Iterator[ast.expr]:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name in CALLS:
        yield changed(node, func=ast.Name(CALLS[name], ast.Load()))
    if name == "sorted" and len(node.args) == 1 and not node.keywords:
        yield changed(node, func=ast.Name("list", ast.Load()))
    if isinstance(node.func, ast.Attribute) and node.func.attr == "suppress":
        yield changed(node, args=[])


def combined(node: ast.BinOp) -> Iterator[ast.expr]:
    value = computed(node)
    if value is not None:
        yield from map(constant, numbers(value))
    elif type(node.op) in ARITHMETIC:
        yield changed(node, op=ARITHMETIC[type(node.op)]())


def sliced(node: ast.Subscript) -> Iterator[ast.expr]:
    if isinstance(node.slice, ast.Slice):
        for bound in ("lower", "upper"):
            if getattr(node.slice, bound) is not None:
                yield changed(node, slice=changed(node.slice, **{bound: None}))


def expressions(node: ast.AST, text: str, tested: bool) -> Iterator[ast.expr]:
    """Other expressions for one. `tested`: it decides a branch, whose two ways are mutants already."""
    if isinstance(node, ast.Constant):
        yield from constants(node, text)
    elif isinstance(node, ast.JoinedStr) and not is_sentence(node):
        yield constant("")
    elif isinstance(node, ast.Compare):
        yield from compared(node, tested)
    elif isinstance(node, ast.BoolOp):
        for left_out in node.values:
            rest = [value for value in node.values if value is not left_out]
            yield rest[0] if len(rest) == 1 else changed(node, values=rest)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) and not tested:
        yield node.operand
    elif isinstance(node, ast.BinOp):
        yield from combined(node)
    elif isinstance(node, ast.Call):
        yield from called(node)
    elif isinstance(node, ast.Subscript):
        yield from sliced(node)


def branches(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Expressions that decide what runs, and what replaces them."""
    if isinstance(node, (ast.If, ast.IfExp, ast.While)) and not isinstance(node.test, (ast.BoolOp, ast.Constant)):
        # A loop that never ends would only take time.
        for way in (False,) if isinstance(node, ast.While) else (True, False):
            yield node.test, constant(way)
    if isinstance(node, ast.comprehension):
        for condition in node.ifs:
            yield condition, constant(True)
    if isinstance(node, ast.For):
        yield node.iter, ast.Tuple([], ast.Load())
    if isinstance(node, ast.ExceptHandler) and node.type is not None:
        kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        for left_out in kinds:
            yield node.type, ast.Tuple([kind for kind in kinds if kind is not left_out], ast.Load())


def statements(node: ast.AST, known: set[str]) -> Iterator[str]:
    """Other statements for one. `known`: names that have a value before it."""
    if isinstance(node, ast.Return) and node.value is not None:
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield "return None"
    elif isinstance(node, (ast.Expr, ast.Raise, ast.Return, ast.Break, ast.Continue, ast.AugAssign, ast.Delete)):
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            yield "pass"
    elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if all(not isinstance(it, (ast.Name, ast.Tuple)) or {*names(it)} <= known for it in targets):
            yield "pass"


def names(node: ast.AST) -> Iterator[str]:
    """Names that a target or a function's arguments give a value."""
    for it in ast.walk(node):
        if isinstance(it, ast.arg):
            yield it.arg
        elif isinstance(it, ast.Name) and isinstance(it.ctx, ast.Store):
            yield it.id


class Finder:
    """Walks a module and collects its mutants."""

    def __init__(self, file: str, text: bytes) -> None:
        self.file, self.text = file, text
        self.lines = [0]
        for line in text.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))
        self.found: list[Mutant] = []

    def replace(self, node: Any, new: str) -> None:
        start = self.lines[node.lineno - 1] + node.col_offset
        end = self.lines[node.end_lineno - 1] + node.end_col_offset
        self.found.append(Mutant(self.file, node.lineno, start, end, self.text[start:end].decode(), new))

    def visit(self, node: ast.AST, known: set[str], tested: bool = False) -> None:
        if isinstance(node, (ast.FunctionDef, ast.Lambda)):
            known = {*names(node.args)}
        for statement in statements(node, known):
            self.replace(node, statement)
        if isinstance(node, ast.expr):
            text = (ast.get_source_segment(self.text.decode(), node) or "") if isinstance(node, ast.Constant) else ""
            for expression in expressions(node, text, tested):
                self.replace(node, f"({ast.unparse(expression)})")
        decided = [*branches(node)]
        for test, expression in decided:
            self.replace(test, f"({ast.unparse(expression)})")
        # Positions inside an f-string are wrong before Python 3.12; a number's parts are changed as one number.
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.BinOp) and computed(node) is not None):
            return
        tests = [test for test, _ in decided]
        for field, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and field not in SKIPPED and not is_for_checkers(child):
                    self.visit(child, known, child in tests)
                    known |= {*names(child)} if isinstance(child, ast.stmt) else set()


def is_for_checkers(node: ast.AST) -> bool:
    """A docstring, or a type of Json."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def mutants(file: str, text: bytes) -> list[Mutant]:
    """All mutants of a module, in the order of its text. Raises SyntaxError."""
    tree = ast.parse(text)
    finder = Finder(file, text)
    finder.visit(tree, set())
    unique = {(it.start, it.end, it.new): it for it in finder.found if it.new != it.old}
    return sorted(unique.values())
