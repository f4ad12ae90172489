"""A program of one file, composed from the sources of what it uses, with conditions decided that are known.

Taken are functions, classes and constants, each with what it needs in turn; of classes the members that are
used. Types are left out, of docstrings the first line stays, and what a comment says stays where it stood.
Nothing is imported for that: sources are read as text.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import NamedTuple

LINE_LENGTH = 110
"""Characters, as everywhere in our sources."""
_PACKAGE = __name__.partition(".")[0]
_INDENT = "    "
_KEPT_DECORATORS = ("property", "classmethod", "dataclass")
_FOR_CHECKERS = re.compile(r"  # (?:noqa|type: ignore).*")
_WHAT_IS_RAISED = re.compile(r"^Raises:\n(?: +.*\n?)*\n?", re.MULTILINE)
_NUMBER = re.compile(r"-?[\d.e+-]+")
_CHECKS = ("require_equal_shapes",)
"""Functions that only raise where a caller is wrong."""

Statement = ast.stmt
Function = ast.FunctionDef


@dataclass(frozen=True)
class Known:
    """What is known beforehand, each by how it is written in the sources.

    Attributes:
        conditions: Those that are always true, or always false.
        texts: What is written in place of an expression.
        inlined: Functions of one expression that stands where they are called.
        explained: Beginnings of the names of modules whose docstrings stay, with their first line.
        explained_in_full: Of those of which they stay whole, but for what is raised.
    """

    conditions: Mapping[str, bool]
    texts: Mapping[str, str]
    inlined: frozenset[str] = frozenset()
    explained: tuple[str, ...] = ("",)
    explained_in_full: tuple[str, ...] = ()


class Composed(NamedTuple):
    """The parts of a program: its imports, and its definitions in an order in which they can stand."""

    imports: str
    definitions: str


class _Import(NamedTuple):
    """What an imported name stands for; `name` is empty where it is the module itself."""

    module: str
    name: str


class _Module:
    """The source of a module, and what stands at its top level by name."""

    def __init__(self, name: str) -> None:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        source = spec.loader.get_source(name)  # type: ignore[union-attr]
        tree = ast.parse(source)
        self.name = name
        self.lines: list[str] = source.splitlines()
        self.imports: dict[str, _Import] = {}
        self.definitions: dict[str, Statement] = {}
        for statement in tree.body:
            match statement:
                case ast.ImportFrom(module=str(module)):
                    for alias in statement.names:
                        self.imports[alias.asname or alias.name] = _Import(module, alias.name)
                case ast.Import():
                    for alias in statement.names:
                        self.imports[alias.asname or alias.name] = _Import(alias.name, "")
                case ast.FunctionDef() | ast.ClassDef():
                    self.definitions[statement.name] = statement
                case ast.Assign():
                    for target in statement.targets:
                        for named in ast.walk(target):
                            if isinstance(named, ast.Name):
                                self.definitions[named.id] = statement
                case ast.AnnAssign(target=ast.Name(id=name)):
                    self.definitions[name] = statement
                case _:
                    pass


_module = cache(_Module)


def compose(
    roots: Sequence[tuple[str, str]], known: Known, given: Collection[str], imported: Collection[str]
) -> Composed:
    """Return a program of definitions, each (module, name), and all that they use.

    Args:
        roots: What it is to define.
        known: Decides conditions in all of it.
        given: Names of what is defined before.
        imported: Names that the first module imports, and that are of use besides.
    """
    attributes, n_before = set[str](), -1
    found: dict[tuple[str, str], list[str]] = {}
    imports: set[tuple[str, _Import]] = set()
    while len(attributes) != n_before:  # with every member that is used there may be others
        n_before = len(attributes)
        found, imports = _found(list(roots), known, attributes, given)
        for lines in found.values():
            attributes |= _attributes(ast.parse("\n".join(lines)))
    imports |= {(name, _module(roots[0][0]).imports[name]) for name in imported}
    return Composed(_import_lines(imports), "\n".join(_in_order(found)))


def _found(
    waiting: list[tuple[str, str]], known: Known, attributes: set[str], given: Collection[str]
) -> tuple[dict[tuple[str, str], list[str]], set[tuple[str, _Import]]]:
    """Return the lines of each definition by (module, name), and what is imported, by the name it gets."""
    found: dict[tuple[str, str], list[str]] = {}
    imports: set[tuple[str, _Import]] = set()
    while waiting:
        place = waiting.pop()
        if place in found or place[1] in given:
            continue
        module = _module(place[0])
        lines = _Writer(module, known, attributes).definition(module.definitions[place[1]])
        found[place] = lines
        for name in _names(ast.parse("\n".join(lines))):
            if name in module.definitions:
                waiting.append((place[0], name))
            elif name in module.imports:
                origin = module.imports[name]
                if _is_ours(origin):
                    waiting.append((origin.module, origin.name))
                else:
                    imports.add((name, origin))
    return found, imports


class _Writer:
    """Writes the statements of a module as they are with what is known."""

    def __init__(self, module: _Module, known: Known, attributes: set[str]) -> None:
        self._module, self._lines = module, module.lines
        self._known = known
        self._attributes = attributes

    def definition(self, statement: Statement) -> list[str]:
        """Return the lines of what stands at the top level."""
        return list(self._statement(statement, ""))

    def _body(self, statements: Sequence[Statement], indent: str, begin: int) -> list[str]:
        """Return the lines of statements that stand after line number `begin`, and the comments between."""
        lines: list[str] = []
        for statement in statements:
            first = _first_line(statement)
            between = [line.strip() for line in self._lines[begin : first - 1]]
            written = list(self._statement(statement, indent))
            if written:
                comments = [line and indent + line for line in between if line.startswith("#")]
                is_apart = bool(lines) and "" in between
                lines += [""] * is_apart + comments + written
                if re.match(rf"{indent}(return|break)\b", written[-1]):
                    break
            begin = statement.end_lineno or first
        return lines

    def _statement(self, statement: Statement, indent: str) -> Iterator[str]:
        match statement:
            case ast.FunctionDef():
                yield from self._function(statement, indent)
            case ast.ClassDef():
                yield from self._class(statement, indent)
            case ast.If() if (decided := self._decided(statement.test)) is not None:
                taken = statement.body if decided else statement.orelse
                if taken:
                    yield from self._body(taken, indent, _first_line(taken[0]) - 1)
            case ast.For() if self._is_once(statement):
                yield from self._body(statement.body, indent, _first_line(statement.body[0]) - 1)
            case ast.If() | ast.For() | ast.While() | ast.With():
                yield from self._compound(statement, indent)
            case ast.Expr(value=ast.Call(func=ast.Name(id=name))) if name in _CHECKS:
                pass
            case ast.Expr(value=ast.Constant()) | ast.Assert() | ast.Delete():
                pass
            case ast.Assign(targets=[ast.Name(id=name)]) if name in self._known.conditions:
                pass
            case _:
                yield from self._simple(statement, indent)

    def _compound(self, statement: ast.If | ast.For | ast.While | ast.With, indent: str) -> Iterator[str]:
        parts = (part for part in ast.iter_child_nodes(statement) if not isinstance(part, Statement))
        last_of_header = max(getattr(node, "end_lineno", 0) for part in parts for node in ast.walk(part))
        while not _without_comment(self._lines[last_of_header - 1]).endswith(":"):
            last_of_header += 1
        yield from self._text(statement, statement.lineno, last_of_header, indent)
        yield from self._body(statement.body, indent + _INDENT, last_of_header)
        others = [] if isinstance(statement, ast.With) else statement.orelse
        if others and (lines := self._body(others, indent + _INDENT, _first_line(others[0]) - 1)):
            yield f"{indent}else:"
            yield from lines

    def _function(self, function: Function, indent: str) -> Iterator[str]:
        for decorator in function.decorator_list:
            if ast.unparse(decorator).startswith(_KEPT_DECORATORS):
                yield f"{indent}@{ast.unparse(decorator)}"
        arguments = function.args
        for argument in (*arguments.args, *arguments.kwonlyargs):
            argument.annotation = None
        yield from _signature(f"{indent}def {function.name}", ast.unparse(arguments), indent)
        yield from self._with_docstring(function, indent + _INDENT)

    def _with_docstring(self, definition: Function | ast.ClassDef, indent: str) -> Iterator[str]:
        docstring = ast.get_docstring(definition)
        body = definition.body
        begin = _first_line(body[0]) - 1
        if docstring:
            begin, body = body[0].end_lineno or begin, body[1:]
        if docstring and (is_explained := self._module.name.startswith(self._known.explained)):
            yield from self._docstring(docstring, indent)
        lines = self._body(body, indent, begin)
        if isinstance(definition, ast.ClassDef) and lines and docstring and is_explained:
            yield ""
        yield from lines

    def _docstring(self, docstring: str, indent: str) -> Iterator[str]:
        first, *others = _WHAT_IS_RAISED.sub("", docstring).strip().splitlines()
        if not others or not self._module.name.startswith(self._known.explained_in_full):
            yield f'{indent}"""{first}"""'
            return
        yield f'{indent}"""{first}'
        yield from (line and indent + line for line in others)
        yield f'{indent}"""'

    def _class(self, definition: ast.ClassDef, indent: str) -> Iterator[str]:
        for decorator in definition.decorator_list:
            yield f"{indent}@{ast.unparse(decorator)}"
        bases = [base.value if isinstance(base, ast.Subscript) else base for base in definition.bases]
        names = ", ".join(name for name in map(ast.unparse, bases) if name != "ABC")
        yield f"{indent}class {definition.name}{f'({names})' if names else ''}:"
        definition = ast.ClassDef(**vars(definition))
        definition.body = [member for member in definition.body if self._is_used(member)]
        for member in definition.body:
            if isinstance(member, ast.AnnAssign):
                member.simple = 0  # a field, which has its type
        yield from self._with_docstring(definition, indent + _INDENT)

    def _is_used(self, member: Statement) -> bool:
        if not isinstance(member, ast.FunctionDef):
            return True
        return member.name.startswith("__") or member.name in self._attributes

    def _simple(self, statement: Statement, indent: str) -> Iterator[str]:
        last = statement.end_lineno or statement.lineno
        yield from self._text(statement, statement.lineno, last, indent)

    def _text(self, statement: Statement, first: int, last: int, indent: str) -> Iterator[str]:
        """Yield lines `first` to `last`, which begin with a statement, with what is known put in."""
        text = "\n".join(self._lines[first - 1 : last])
        starts = [0]
        for line in self._lines[first - 1 : last]:
            starts.append(starts[-1] + len(line.encode()) + 1)

        def offset(line: int, column: int) -> int:
            return starts[line - first] + column

        encoded = text.encode()
        for begin, end, new in sorted(self._edits(statement, offset, last), reverse=True):
            encoded = encoded[:begin] + new.encode() + encoded[end:]
        lines = _FOR_CHECKERS.sub("", encoded.decode()).splitlines()
        before = len(lines[0]) - len(lines[0].lstrip())
        yield from _rejoined([indent + line[before:] if line.strip() else "" for line in lines])

    def _edits(
        self, node: ast.AST, offset: Callable[[int, int], int], last: int
    ) -> Iterator[tuple[int, int, str]]:
        """Yield (begin, end, new text) of what is written otherwise in a node, as far as line `last`."""
        if isinstance(node, ast.AnnAssign) and node.value is not None and node.simple:
            begin = offset(node.target.end_lineno or 0, node.target.end_col_offset or 0)
            yield begin, offset(node.annotation.end_lineno or 0, node.annotation.end_col_offset or 0), ""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Statement) and not isinstance(node, ast.Module):
                continue
            if isinstance(child, ast.expr):
                if child.lineno > last:
                    continue
                begin = offset(child.lineno, child.col_offset)
                end = offset(child.end_lineno or 0, child.end_col_offset or 0)
                new = self._known.texts.get(ast.unparse(child)) or self._number(child) or self._inlined(child)
                if new is not None:
                    yield begin, end, new
                    continue
                if isinstance(child, ast.IfExp) and (is_so := self._decided(child.test)) is not None:
                    taken = child.body if is_so else child.orelse
                    yield begin, offset(taken.lineno, taken.col_offset), ""
                    yield offset(taken.end_lineno or 0, taken.end_col_offset or 0), end, ""
                    child = ast.Expr(taken)  # in which there may be something else
            yield from self._edits(child, offset, last)

    def _inlined(self, expression: ast.expr) -> str | None:
        """Return what a function that is to be inlined returns where it is called; None of anything else."""
        match expression:
            case ast.Call(func=ast.Name(id=name), args=arguments) if name in self._known.inlined:
                origin = self._module.imports.get(name)
                module = self._module if origin is None else _module(origin.module)
            case _:
                return None
        lines = _Writer(module, self._known, self._attributes).definition(module.definitions[name])
        (function,) = ast.parse("\n".join(lines)).body
        assert isinstance(function, ast.FunctionDef)
        *others, returned = function.body
        is_one_expression = all(isinstance(other, ast.Expr) for other in others)
        if not is_one_expression or not isinstance(returned, ast.Return) or returned.value is None:
            return None
        given = {
            parameter.arg: self._known.texts.get(written := ast.unparse(argument), written)
            for parameter, argument in zip(function.args.args, arguments, strict=True)
        }
        written = ast.unparse(_Given(given).visit(returned.value))
        return written[1:-1] if isinstance(returned.value, ast.Tuple) else written

    def _number(self, expression: ast.expr) -> str | None:
        """Return the number that a constant stands for, as it is written; None where it is no number."""
        if not isinstance(expression, ast.Name) or isinstance(expression.ctx, ast.Store):
            return None
        return _number_called(self._module, expression.id)

    def _is_once(self, loop: ast.For) -> bool:
        """Return whether a loop is known to go round once, without a use for what it counts."""
        return self._known.conditions.get(f"for {ast.unparse(loop.target)}") is True

    def _decided(self, condition: ast.expr) -> bool | None:
        """Return whether a condition is true, None where that is not known."""
        if isinstance(condition, ast.UnaryOp) and isinstance(condition.op, ast.Not):
            decided = self._decided(condition.operand)
            return None if decided is None else not decided
        return self._known.conditions.get(ast.unparse(condition))


class _Given(ast.NodeTransformer):
    """Puts arguments, as they are written, in the place of parameters."""

    def __init__(self, arguments: Mapping[str, str]) -> None:
        self._arguments = arguments

    def visit_Name(self, node: ast.Name) -> ast.expr:
        written = self._arguments.get(node.id)
        return node if written is None else ast.parse(written, mode="eval").body


def _number_called(module: _Module, name: str) -> str | None:
    """Return how a number is written that a module has by a name; None where it has none."""
    origin = module.imports.get(name)
    if origin is not None:
        return _number_called(_module(origin.module), origin.name) if _is_ours(origin) else None
    match module.definitions.get(name):
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
            pairs = zip(names, values, strict=True)
        case ast.Assign(targets=[target], value=value):
            pairs = zip([target], [value], strict=True)
        case _:
            return None
    written = next(ast.unparse(value) for target, value in pairs if ast.unparse(target) == name)
    return written if _NUMBER.fullmatch(written) else None


def _is_ours(origin: _Import) -> bool:
    return origin.module.partition(".")[0] == _PACKAGE


def _first_line(statement: Statement) -> int:
    decorators = statement.decorator_list if isinstance(statement, ast.FunctionDef | ast.ClassDef) else []
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _without_comment(line: str) -> str:
    return line.partition("  #")[0].rstrip()


def _signature(begin: str, arguments: str, indent: str) -> Iterator[str]:
    """Yield the lines of a signature, in as few as they fit into."""
    if len(whole := f"{begin}({arguments}):") <= LINE_LENGTH:
        yield whole
    else:
        yield f"{begin}("
        yield f"{indent}{_INDENT}{arguments}"
        yield f"{indent}):"


def _rejoined(lines: list[str]) -> list[str]:
    """Return a statement in one line where it fits into one, as a formatter would write it."""
    if len(lines) == 1 or any("#" in line for line in lines):
        return lines
    joined = lines[0]
    for line in map(str.strip, lines[1:]):
        is_closing = line[0] in ")]}"
        if is_closing and joined.endswith(","):
            return lines
        joined += line if is_closing or joined.endswith(("(", "[", "{")) else f" {line}"
    return [joined] if len(joined) <= LINE_LENGTH else lines


def _names(tree: ast.AST) -> Iterator[str]:
    """Yield the names that are used."""
    return (node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


def _attributes(tree: ast.AST) -> set[str]:
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def _in_order(found: Mapping[tuple[str, str], list[str]]) -> Iterator[str]:
    """Yield all lines: modules after those they use, constants together, all else two lines apart."""
    order = {place: rank for rank, place in enumerate(_modules_in_order({module for module, _ in found}))}
    names = [name for _, name in found]
    assert len(names) == len(set(names)), "a name stands for two things"
    placed = sorted(
        {
            (order[module], _first_line(_module(module).definitions[name])): lines
            for (module, name), lines in found.items()
        }.items()
    )
    was_constant = False
    for index, (_, lines) in enumerate(placed):
        is_constant = not lines[0].startswith(("def ", "class ", "@"))
        if index:
            yield from [] if is_constant and was_constant else ["", ""]
        yield from lines
        was_constant = is_constant


def _modules_in_order(names: set[str]) -> list[str]:
    """Return modules so that each comes after those that it imports."""
    ordered: list[str] = []

    def place(name: str) -> None:
        for origin in _module(name).imports.values():
            if origin.module in names and origin.module not in ordered:
                place(origin.module)
        if name not in ordered:
            ordered.append(name)

    for name in sorted(names, reverse=True):  # our own program last, which nothing imports
        place(name)
    return ordered


def _import_lines(imports: set[tuple[str, _Import]]) -> str:
    """Return the lines of imports: Python's own first; modules before what is taken from them."""
    whole = sorted((origin.module, name) for name, origin in imports if not origin.name)
    parts = sorted((origin.module, origin.name) for _, origin in imports if origin.name)
    lines = [(module, f"import {module}{'' if module == name else f' as {name}'}") for module, name in whole]
    for module, taken in groupby(parts, key=lambda part: part[0]):
        lines.append((module, f"from {module} import {', '.join(name for _, name in taken)}"))
    own = [line for module, line in lines if module.partition(".")[0] in sys.stdlib_module_names]
    others = [line for module, line in lines if module.partition(".")[0] not in sys.stdlib_module_names]
    return "\n".join([*own, "", *others])
