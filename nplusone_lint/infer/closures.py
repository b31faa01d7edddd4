"""Functions defined inside others: the names they see, and the functions among them that make each one its own.

`def timed(f): def inner(): return f()` makes another `inner` for each `f`. The functions that an inner function reads
go with its value, so that each has runs of its own; all other names are those of the latest definition.
"""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.facts import walk
from nplusone_lint.infer.escapes import holds, let_go, loaded_in
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.parts import expressions_of, names_in, parts_of, path_of
from nplusone_lint.values import Constant, Dictionary, Function, Query, Value, changed

MAX_NESTING = 3  # functions captured by functions that were captured


def close_over(frame: Frame, function: facts.FunctionFacts) -> Function:
    """A function defined inside another sees the names of the moment it is defined."""
    analysis = frame.analysis
    analysis.local_functions[function.qualname] = function
    names = dict(frame.outer or {})
    names.update(frame.names)
    analysis.closures[function.qualname] = names
    if frame.function.name != "<module>":
        analysis.note_callee(frame.function.qualname, function.qualname)
    _start_values(frame, function)
    holding = [name for name, value in frame.names.items() if holds(value) and loaded_in(value)]
    if holding:
        let_go(frame, *[frame.names[name] for name in holding if name in _read_by(frame, function)])
    return Function(function.qualname, captured=_captured(frame, function, names))


def _start_values(frame: Frame, function: facts.FunctionFacts) -> None:
    """Queries in a dictionary that the inner function puts others in place of: they are what it begins with."""
    held = {name: value for name, value in frame.names.items() if isinstance(value, Dictionary) and value.known}
    for statement in walk(function.body) if held else ():
        for target in statement.targets if isinstance(statement, facts.Assign) else ():
            if not isinstance(target, facts.Item) or not isinstance(target.index, facts.Literal):
                continue
            name, key = path_of(target.value), Constant(target.index.value)
            if name in held and name not in function.locals:
                known = tuple((k, _begun(value) if k == key else value) for k, value in held[name].known)
                was = held[name]
                frame.names[name] = held[name] = Dictionary(was.key, _begun(was.value), was.bound, known)


def _begun(value: Value) -> Value:
    return changed(value, keys=(), besides=True) if isinstance(value, Query) else value


def _captured(frame: Frame, function: facts.FunctionFacts, names: dict[str, Value]) -> tuple[tuple[str, Value], ...]:
    if frame.function.name == "<module>":
        return ()  # its names are looked up when they are needed
    functions = [name for name, value in names.items() if isinstance(value, Function) and _nesting(value) < MAX_NESTING]
    if not functions:
        return ()
    read = _read_by(frame, function)
    return tuple((name, names[name]) for name in functions if name in read)


def _read_by(frame: Frame, function: facts.FunctionFacts) -> frozenset[str]:
    read = frame.analysis.reads.get(function.qualname)
    if read is None:
        read = frame.analysis.reads[function.qualname] = _reads(function)
    return read


def _nesting(function: Function) -> int:
    return 1 + max((_nesting(value) for _, value in function.captured if isinstance(value, Function)), default=0)


def _reads(function: facts.FunctionFacts) -> frozenset[str]:
    """The names a function reads from the one around it."""
    read: set[str] = set()
    for expression in expressions_of(function.body):
        read |= names_in(expression)
    for statement in walk(function.body):
        if isinstance(statement, facts.Define):
            read |= _reads(statement.function)
    return frozenset(read - function.locals)


def is_filled_elsewhere(function: facts.FunctionFacts, name: str) -> bool:
    """Whether a function hands an (empty) list to another one, or to a function inside it."""
    inside = (s.function for s in walk(function.body) if isinstance(s, facts.Define))
    if any(name in _reads(inner) for inner in inside):
        return True
    pending = list(expressions_of(function.body))
    while pending:
        node = pending.pop()
        if isinstance(node, facts.Lambda) and name in names_in(node):
            return True
        if isinstance(node, facts.Call) and any(isinstance(a, facts.Name) and a.id == name for a in node.arguments):
            return True
        pending.extend(parts_of(node))
    return False
