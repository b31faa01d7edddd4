"""What an expression stands for, written so that equal terms mean equal values: names of the function, constants, and
what modules define.

A name that is given its value once is its value. An expression without a term is never equal to another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nplusone_lint import facts
from nplusone_lint.infer.parts import last_name, names_in, path_of
from nplusone_lint.link.names import Global
from nplusone_lint.values import Class, External, Function, Module

if TYPE_CHECKING:
    from nplusone_lint.infer.frames import Frame

Term = tuple[Any, ...]

MAX_TEXT = 299  # of a longer string only the beginning is known
MAX_DEPTH = 24
EXACT = ("BitAnd", "BitOr", "Invert", "Not")
"""Operators whose operands are all kept in the facts: constants are not among them."""
CHANGING = frozenset({
    "now", "today", "utcnow", "time", "monotonic", "random", "randint", "uuid1", "uuid4", "next", "pop", "popleft",
    "popitem", "read", "readline", "recv", "input", "token", "choice", "sample", "generate", "create", "make", "new",
    "acquire", "connect", "open", "session", "sleep", "send", "post", "save",
})  # fmt: skip
"""In the name of a function: it gives something else each time."""


def term_of(frame: Frame, expression: facts.Expr, depth: int = MAX_DEPTH) -> Term | None:
    """The term of an expression in the function that is run."""
    kind = type(expression)
    if depth <= 0:
        return None
    if kind is facts.Name:
        return _of_name(frame, expression, depth)  # type: ignore[arg-type]
    if isinstance(expression, facts.Literal):
        long = isinstance(expression.value, str) and len(expression.value) > MAX_TEXT
        return None if long else ("literal", repr(expression.value))
    if isinstance(expression, facts.Attribute):
        outside = _of_symbol(frame, expression)
        if outside is not None:
            return outside
        owner = term_of(frame, expression.value, depth - 1)
        return ("attribute", owner, expression.name) if owner is not None else None
    if isinstance(expression, facts.Call):
        return _of_call(frame, expression, depth - 1)
    if isinstance(expression, facts.Item):
        return _of_parts(frame, ("item",), (expression.value, expression.index), depth - 1)
    if isinstance(expression, facts.Slice):
        return _of_parts(frame, ("slice",), expression.parts, depth - 1)
    if isinstance(expression, facts.Display):
        return _of_parts(frame, (expression.kind,), expression.items, depth - 1)
    if isinstance(expression, facts.Mapping):
        return _of_parts(frame, ("dict",), (*expression.keys, *expression.values), depth - 1)
    if isinstance(expression, facts.Compare):
        return _of_parts(frame, ("compare", expression.operator), (expression.left, expression.right), depth - 1)
    if isinstance(expression, facts.Starred):
        return _of_parts(frame, ("starred",), (expression.value,), depth - 1)
    if isinstance(expression, facts.Compound) and expression.operator in EXACT and expression.parts:
        return _of_parts(frame, (expression.operator,), expression.parts, depth - 1)
    return None


def _of_parts(frame: Frame, head: Term, parts: tuple[facts.Expr, ...], depth: int) -> Term | None:
    found: list[Term] = []
    for part in parts:
        known = term_of(frame, part, depth)
        if known is None:
            return None
        found.append(known)
    return (*head, *found)


def _of_call(frame: Frame, node: facts.Call, depth: int) -> Term | None:
    name = last_name(node.function)
    if not name or not CHANGING.isdisjoint(name.lower().split("_")):
        return None
    if (
        isinstance(node.function, facts.Attribute)
        and not node.arguments
        and not node.keywords
        and name in frame.analysis.tables.wholes
    ):
        return term_of(frame, node.function.value, depth)  # `Book.objects.all()`
    words = sorted(node.keywords, key=lambda pair: pair[0])
    if any(not word for word, _ in words):
        return None
    parts = (node.function, *node.arguments, *[value for _, value in words])
    return _of_parts(frame, ("call", len(node.arguments), *[word for word, _ in words]), parts, depth)


def _of_name(frame: Frame, node: facts.Name, depth: int) -> Term | None:
    name, function = node.id, frame.function
    if name in function.locals and function.name != "<module>":
        value = definitions_of(frame, function).get(name)
        if value is not None and not _is_container(value):
            known = term_of(frame, value, depth - 1)
            if known is not None:
                return known
        return ("name", name)
    known = _of_symbol(frame, node)
    if known is None and (frame.outer is None or name not in frame.outer):
        return ("global", frame.module.name, name)
    return known


def _of_symbol(frame: Frame, node: facts.Name | facts.Attribute) -> Term | None:
    """What a module defines, by its full name."""
    path = path_of(node)
    if not path or path.partition(".")[0] in frame.function.locals:
        return None
    symbol = frame.analysis.names.resolve_expression(frame.module, node)
    if isinstance(symbol, (Class, Function, External, Module)):
        return ("symbol", symbol.name)
    return ("global", symbol.module, symbol.name) if isinstance(symbol, Global) else None


def definitions_of(frame: Frame, function: facts.FunctionFacts) -> dict[str, facts.Expr | None]:
    """What each name of a function is given, where that is one thing; None where it is bound in another way."""
    known = frame.analysis.definitions.get(function.qualname)
    if known is None:
        known = frame.analysis.definitions[function.qualname] = _definitions(function)
    return known


def _definitions(function: facts.FunctionFacts) -> dict[str, facts.Expr | None]:
    given: dict[str, list[facts.Expr | None]] = {name: [] for name in function.locals}
    for parameter in function.parameters:
        given.setdefault(parameter.name, []).append(None)
    for statement in facts.walk(function.body):
        if isinstance(statement, facts.Assign):
            alone = len(statement.targets) == 1 and not statement.augmented
            for target in statement.targets:
                _note(target, statement.value if alone else None, given)
        elif isinstance(statement, facts.Loop):
            _note(statement.target, None, given)
            for name in statement.binds:  # what a pass gives is not what the next one has
                given.setdefault(name, []).append(None)
        elif isinstance(statement, facts.With):
            for _, named in statement.items:
                if named is not None:
                    _note(named, None, given)
    found = {name: values[0] if len(values) == 1 else None for name, values in given.items()}
    return {
        name: value if value is not None and _is_steady(value, found, given) else None for name, value in found.items()
    }


def _note(target: facts.Expr, value: facts.Expr | None, given: dict[str, list[facts.Expr | None]]) -> None:
    if isinstance(target, facts.Name):
        given.setdefault(target.id, []).append(value)
    elif isinstance(target, facts.Display):
        for item in target.items:
            _note(item, None, given)
    elif isinstance(target, facts.Starred):
        _note(target.value, None, given)


def _is_container(value: facts.Expr) -> bool:
    """Whether what a name is given may be filled later."""
    if isinstance(value, facts.Call):
        return isinstance(value.function, facts.Name) and value.function.id in ("list", "dict", "set", "defaultdict")
    return isinstance(value, (facts.Mapping, facts.Comprehension)) or (
        isinstance(value, facts.Display) and value.kind != "tuple"
    )


def _is_steady(
    value: facts.Expr, found: Mapping[str, facts.Expr | None], given: Mapping[str, list[facts.Expr | None]]
) -> bool:
    """Whether the names in a value hold the same all the way."""
    return all(len(given[name]) == 1 for name in names_in(value) if name in given)


def rebound(frame: Frame, function: facts.FunctionFacts) -> frozenset[str]:
    """The parameters that a function binds anew."""
    key = f"{function.qualname}:rebound"
    known = frame.analysis.rebound.get(key)
    if known is None:
        bound: dict[str, list[facts.Expr | None]] = {}
        for statement in facts.walk(function.body):
            targets = statement.targets if isinstance(statement, facts.Assign) else ()
            for target in (*targets, *([statement.target] if isinstance(statement, facts.Loop) else ())):
                _note(target, None, bound)
        names = {p.name for p in function.parameters} & bound.keys()
        known = frame.analysis.rebound[key] = frozenset(names)
    return known


def names_of(term: Term) -> frozenset[str]:
    """The names in a term, and its attributes with a dot before them."""
    found: set[str] = set()
    stack: list[Term] = [term]
    while stack:
        part = stack.pop()
        if part[0] == "name":
            found.add(part[1])
        elif part[0] == "attribute":
            found.add(f".{part[2]}")
        stack.extend(each for each in part[1:] if isinstance(each, tuple))
    return frozenset(found)


def substituted(term: Term, given: Mapping[str, Term]) -> Term | None:
    """A term of a function in what its caller passes; None where it passes something that has no term."""
    if term[0] == "name":
        return given.get(term[1])
    parts: list[Any] = []
    for part in term:
        if isinstance(part, tuple):
            part = substituted(part, given)
            if part is None:
                return None
        parts.append(part)
    return tuple(parts)
