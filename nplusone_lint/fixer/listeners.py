"""Who hears of the writing of a row: functions tied to a library's signals or events, anywhere in the program."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nplusone_lint import facts
from nplusone_lint.finding import Note, Place
from nplusone_lint.libraries.writing import Writing
from nplusone_lint.link.names import Symbol, short
from nplusone_lint.program import Program
from nplusone_lint.source import pack, parse
from nplusone_lint.values import UNKNOWN, Class, External

CONNECT = "connect"


def listeners(program: Program, writing: Writing, takes: str, model: str = "") -> list[Note]:
    """Where a function is tied to an event that bulk forms do not send (or send once), for a model or for all."""
    wanted = frozenset(writing.signals.get(takes, ()))
    if not wanted:
        return []
    found = []
    for module in program.modules.values():
        if _may_listen(module, writing, wanted):
            for node in _ties(program, module, writing, wanted, model):
                place = Place(module.path, program.sources[module.path].span(pack(node)))
                found.append(Note(place, "listens"))
    return found


def _may_listen(module: facts.ModuleFacts, writing: Writing, wanted: frozenset[str]) -> bool:
    """Whether a module imports what ties functions to events, or an event itself."""
    homes = {name.rpartition(".")[0] for name in writing.receivers}
    homes |= {home.rpartition(".")[0] for home in homes} | {f"{home}.signals" for home in homes}
    if any(star.endswith(("signals", *homes)) for star in module.stars):
        return True
    return any(
        imported.member in wanted
        or imported.member in ("signals", "event")
        or imported.module.endswith("signals")
        or imported.module in homes
        or f"{imported.module}.{imported.member}" in writing.receivers
        for imported in module.imports.values()
    )


def _ties(
    program: Program, module: facts.ModuleFacts, writing: Writing, wanted: frozenset[str], model: str
) -> Iterator[ast.Call]:
    for node in _calls(program, module, writing):
        function = node.func
        sender = [word.value for word in node.keywords if word.arg == "sender"]
        if isinstance(function, ast.Attribute) and function.attr == CONNECT:  # post_save.connect(write, sender=Book)
            events = [_event(program, module, function.value)]
            told = sender or node.args[1:2]
            if events == [""] and not sender:
                continue  # sockets and engines connect, too
        elif isinstance(held := meaning(program, module, function), External) and held.name in writing.receivers:
            given = node.args[0] if node.args else None
            several = list(given.elts) if isinstance(given, (ast.List, ast.Tuple)) else [given] if given else []
            events, told = [_event(program, module, item) for item in several], sender
            named = [arg for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            if named:  # event.listen(Book, "before_insert", write)
                events, told = [str(arg.value) for arg in named[:1]], node.args[:1]
        else:
            continue
        is_heard = not wanted.isdisjoint(events) or "" in events
        if is_heard and (not told or _may_be(program, module, told[0], model)):
            yield node


def _calls(program: Program, module: facts.ModuleFacts, writing: Writing) -> list[ast.Call]:
    """The calls of a module that may tie a function to something; each file is read once."""
    words = {CONNECT, *(short(name) for name in writing.receivers)}
    known = program.calls_by_word.get(module.path)
    if known is None:
        source = program.sources[module.path]
        tree = parse(source) if any(word in source.text for word in words) else None
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)] if isinstance(tree, ast.Module) else []
        known = program.calls_by_word[module.path] = [node for node in calls if _called(node) is not None]
    return [node for node in known if _called(node) in words or isinstance(node.func, ast.Name)]


def _called(node: ast.Call) -> str | None:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else None


def _event(program: Program, module: facts.ModuleFacts, node: ast.expr) -> str:
    """The last name of an event of a package, "-" where it is the program's own, "" where nobody knows."""
    held = meaning(program, module, node)
    if isinstance(held, External):
        return held.name.rpartition(".")[2]
    if held is not None and held is not UNKNOWN:
        return "-"
    return node.attr if isinstance(node, ast.Attribute) else ""


def _may_be(program: Program, module: facts.ModuleFacts, node: ast.expr, model: str) -> bool:
    """Whether a sender may be the model: it is not where it is certainly another class."""
    if model and isinstance(node, ast.Constant) and isinstance(node.value, str):
        return short(node.value) in {short(name) for name in program.analysis.hierarchy.order(model)}
    held = meaning(program, module, node)
    if isinstance(held, External) and model:
        name = short(held.name)
        return not name[:1].isupper() or name.isupper()  # settings.AUTH_USER_MODEL
    if not model or not isinstance(held, Class) or held.name not in program.analysis.models.models:
        return True
    return held.name in program.analysis.hierarchy.order(model)


def meaning(program: Program, module: facts.ModuleFacts, node: ast.expr) -> Symbol | None:
    """What a dotted name means at the top level of a module."""
    expression = _expression(node)
    return program.analysis.names.resolve_expression(module, expression) if expression is not None else None


def _expression(node: ast.expr) -> facts.Expr | None:
    if isinstance(node, ast.Name):
        return facts.Name(node.id)
    if isinstance(node, ast.Attribute):
        inner = _expression(node.value)
        return facts.Attribute(inner, node.attr, 0) if inner is not None else None
    return None
