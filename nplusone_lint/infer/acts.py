"""What a function does that a rewrite must not pass over: writes, changed rows, and calls of which nothing is known.

Acts are noted only while a function is run once more on behalf of a fix. Here an unknown call counts as doing
everything; what is told to be harmless reaches nothing outside the process and no row.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from nplusone_lint import facts
from nplusone_lint.infer.bound_names import NEVER, bound_names
from nplusone_lint.infer.classes import is_enumeration
from nplusone_lint.infer.effects import Made
from nplusone_lint.infer.frames import CallSite, Frame
from nplusone_lint.infer.parts import last_name, path_of
from nplusone_lint.infer.tables import Tables
from nplusone_lint.link.names import Global
from nplusone_lint.seen.site import Site
from nplusone_lint.values import (
    UNKNOWN,
    Cell,
    Class,
    Collection,
    Comparison,
    Constant,
    Counting,
    Dictionary,
    External,
    Function,
    Handle,
    Instance,
    LibraryMethod,
    ModelAttribute,
    Option,
    Record,
    Row,
    Scalar,
    Super,
    Text,
    Union,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis

ActKind = Literal["trip", "unknown", "changes", "calls"]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that a function does.

    `what` is the model or resource of a `trip`, with its `verb`; the attribute that is changed; or what is called.
    """

    kind: ActKind
    at: Site
    what: str
    verb: str = ""
    resource: str = ""
    reads: bool = False


HARMLESS_MODULES = frozenset({
    "logging", "json", "math", "datetime", "re", "time", "collections", "itertools", "functools", "operator",
    "string", "decimal", "fractions", "statistics", "uuid", "random", "secrets", "hashlib", "hmac", "base64",
    "textwrap", "copy", "enum", "typing", "dataclasses", "warnings", "bisect", "heapq", "html", "calendar",
    "zoneinfo", "urllib.parse", "os.path", "pathlib", "contextlib", "abc", "numbers", "io", "csv", "struct", "locale",
    "array", "queue", "cmath", "inspect", "unicodedata", "difflib", "pprint", "types", "traceback",
})  # fmt: skip
"""Modules of the standard library whose functions reach nothing that a query could see."""

HARMFUL_BUILTINS = frozenset({"exec", "eval", "input", "open", "setattr", "delattr", "compile", "__import__"})

PLAIN_METHODS = frozenset({*dir(str), *dir(bytes), *dir(datetime), *dir(Decimal)}) | {
    "append", "extend", "items", "keys", "setdefault", "sort", "reverse", "discard", "most_common", "appendleft",
}  # fmt: skip

VALUES = (Collection, Dictionary, Record, Constant, Text, Cell, Scalar, Option, ModelAttribute, Comparison, Counting)
"""Values whose own methods change nothing but a container at most."""


def note_call(frame: Frame, callee: Value, site: CallSite) -> None:
    """Note what calling a value may do, where a fix has asked for it."""
    acts = frame.analysis.acts
    if acts is None:
        return
    for act in _acts_of_call(frame, callee, site):
        acts.setdefault(frame.function.qualname, {})[act] = None


def note_trip(frame: Frame, made: Made) -> None:
    """Note a round trip of the function itself."""
    acts = frame.analysis.acts
    if acts is not None and made.site.function == frame.function.qualname:
        act = Act("trip", made.site, made.subject, made.trip.verb, made.trip.resource, made.trip.reads)
        acts.setdefault(frame.function.qualname, {})[act] = None


def note_change(frame: Frame, owner: Value, target: facts.Attribute | facts.Item) -> None:
    """Note that an attribute of a row, or of what may be one, is set."""
    acts = frame.analysis.acts
    if acts is None or isinstance(target, facts.Item):
        return
    if isinstance(owner, (Row, Unknown, Union)):
        act = Act("changes", frame.site(target.at), f"{last_name(target.value)}.{target.name}")
        acts.setdefault(frame.function.qualname, {})[act] = None


def note_property(frame: Frame, function: facts.FunctionFacts, at: int) -> None:
    """Note that reading an attribute runs a function."""
    acts = frame.analysis.acts
    if acts is not None:
        acts.setdefault(frame.function.qualname, {})[Act("calls", frame.site(at), function.qualname)] = None


def _acts_of_call(frame: Frame, callee: Value, site: CallSite) -> Iterator[Act]:
    if isinstance(callee, Union):
        for option in callee.options:
            yield from _acts_of_call(frame, option, site)
        return
    called = _called(frame, callee)
    if called:
        yield Act("calls", frame.site(site.at), called)
    elif not is_harmless(frame, callee, site):
        yield Act("unknown", frame.site(site.at), path_of(site.expression.function) or _name_of(callee))


def _called(frame: Frame, callee: Value) -> str:
    """The function of the program that a call runs, or ""."""
    hierarchy = frame.analysis.hierarchy
    if isinstance(callee, Function):
        return callee.name if frame.analysis.function(callee.name) is not None else ""
    if isinstance(callee, (Class, Instance)):
        cls, name = (callee.name, "__init__") if isinstance(callee, Class) else (callee.cls, "__call__")
        method = hierarchy.method(cls, name)
        return method.qualname if method is not None else ""
    return ""


def is_harmless(frame: Frame, callee: Value, site: CallSite) -> bool:
    tables = frame.analysis.tables
    if isinstance(callee, Class):
        return callee.name in frame.analysis.models.models or not _unknown_bases(frame.analysis, callee.name)
    if isinstance(callee, Handle):
        return callee.type in tables.types
    if isinstance(callee, External):
        known = tables.function(callee.name) is not None or bool(tables.type_name(callee.name))
        return known or is_harmless_name(tables, callee.name)
    if isinstance(callee, LibraryMethod) and isinstance(callee.receiver, VALUES):
        return True
    if isinstance(callee, LibraryMethod) and not isinstance(callee.receiver, (Unknown, Super)):
        return has_row(frame, callee)
    function = site.expression.function
    if isinstance(function, facts.Name):
        return hasattr(builtins, function.id) and function.id not in HARMFUL_BUILTINS and callee == UNKNOWN
    if not isinstance(function, facts.Attribute):
        return False
    if function.name == "__init__" and frame.function.cls and _is_super(function.value):
        return not _unknown_bases(frame.analysis, frame.function.cls)
    return is_made_harmlessly(frame, function.value) or _is_plain(frame, function.name)


def _is_super(expression: facts.Expr) -> bool:
    return isinstance(expression, facts.Call) and path_of(expression.function) == "super"


def _is_plain(frame: Frame, name: str) -> bool:
    """`value.lower()`: a method of texts, dates and lists that no library and no class of the program has."""
    if name not in PLAIN_METHODS:
        return False
    analysis = frame.analysis
    known = analysis.plain.get(name)
    if known is None:
        told = any(methods[name].does is not None for methods in analysis.tables.by_type.values() if name in methods)
        known = not told and not any(name in cls.methods for cls in analysis.names.classes.values())
        analysis.plain[name] = known
    return known


def has_row(frame: Frame, callee: LibraryMethod) -> bool:
    """Whether a table tells the method."""
    receiver, tables = callee.receiver, frame.analysis.tables
    kind = getattr(receiver, "type", "")
    if isinstance(receiver, (Row, Class)):
        model = frame.analysis.models.get(receiver.model if isinstance(receiver, Row) else receiver.name)
        kind = model.row_type if model is not None else ""
    return bool(kind) and tables.method(kind, callee.name) is not None


def _unknown_bases(analysis: Analysis, cls: str) -> bool:
    """Whether making an instance may run code that nobody has seen."""
    if is_enumeration(analysis, cls):
        return False
    return any(not is_harmless_name(analysis.tables, base) for base in analysis.hierarchy.library_bases(cls))


def is_harmless_name(tables: Tables, name: str) -> bool:
    """A function or class, of Python or a library, that reaches nothing outside the process."""
    module, _, last = name.rpartition(".")
    if module.partition(".")[0] == "builtins":  # `dict.fromkeys`, too
        return last not in HARMFUL_BUILTINS
    while module:
        if module in HARMLESS_MODULES:
            return True
        module = module.rpartition(".")[0]
    return any(fnmatchcase(name, pattern) for pattern in tables.harmless)


def is_made_harmlessly(frame: Frame, expression: facts.Expr, depth: int = 3) -> bool:
    """`logger.info(…)`, `now.isoformat()`, `"".join(…)`: what the receiver is made by has harmless methods only."""
    if isinstance(expression, (facts.Literal, facts.Format, facts.Display, facts.Mapping, facts.Comprehension)):
        return True
    if isinstance(expression, facts.Compound):
        return all(is_made_harmlessly(frame, part, depth) for part in expression.parts)
    if isinstance(expression, (facts.Name, facts.Attribute)):
        symbol = frame.analysis.names.resolve_expression(frame.module, expression)
        if isinstance(symbol, Class):  # Page.model_validate(…)
            bases = frame.analysis.hierarchy.library_bases(symbol.name)
            return bool(bases) and all(is_harmless_name(frame.analysis.tables, base) for base in bases)
        if isinstance(symbol, External):
            return is_harmless_name(frame.analysis.tables, symbol.name)
    if isinstance(expression, facts.Name):
        made = assigned_alone(frame, expression.id)
        return made is not None and depth > 0 and is_made_harmlessly(frame, made, depth - 1)
    if isinstance(expression, facts.Call):
        function = expression.function
        symbol = frame.analysis.names.resolve_expression(frame.module, function)
        if isinstance(symbol, External) and is_harmless_name(frame.analysis.tables, symbol.name):
            return True
        return isinstance(function, facts.Attribute) and is_made_harmlessly(frame, function.value, depth)
    return False


def assigned_alone(frame: Frame, name: str) -> facts.Expr | None:
    """What a name of the function, else of the module, is assigned, if that is one thing."""
    if name in frame.function.locals:
        bound = bound_names(frame.analysis, frame.function).get(name, NEVER)
        other = bound.looped or any(parameter.name == name for parameter in frame.function.parameters)
        return bound.assigned[0] if len(bound.assigned) == 1 and not other else None
    symbol = frame.analysis.names.resolve_expression(frame.module, facts.Name(name))
    if isinstance(symbol, Global):
        return frame.analysis.names.modules[symbol.module].assigns.get(symbol.name)
    return None


def _name_of(callee: Value) -> str:
    return str(getattr(callee, "name", "")) or "…"


def acts_of(acts: dict[str, dict[Act, None]], function: str) -> list[tuple[Act, Act]]:
    """All acts of a function and of what it calls: where it does them, and the act itself where it is done."""
    found: list[tuple[Act, Act]] = []
    for act in _own(acts, function):
        if act.kind != "calls":
            found.append((act, act))
            continue
        reached, pending = {function}, [act.what]
        while pending:
            name = pending.pop()
            if name in reached:
                continue
            reached.add(name)
            for inner in _own(acts, name):
                if inner.kind == "calls":
                    pending.append(inner.what)
                else:
                    found.append((act, inner))
    return found


def functions_of(acts: dict[str, dict[Act, None]], function: str) -> list[tuple[Act, str]]:
    """Each function of the program that a call of a function leads to, however deep, with that call."""
    found: list[tuple[Act, str]] = []
    for act in acts.get(function, ()):
        reached: set[str] = set()
        pending = [act.what] if act.kind == "calls" else []
        while pending:
            name = pending.pop()
            if name not in reached:
                reached.add(name)
                pending.extend(inner.what for inner in acts.get(name, ()) if inner.kind == "calls")
        found.extend((act, name) for name in reached)
    return found


def _own(acts: dict[str, dict[Act, None]], function: str) -> list[Act]:
    """A function's own acts; a call that is known by what it was given is not unknown."""
    own = list(acts.get(function, ()))
    known = {act.at.at for act in own if act.kind in ("trip", "calls")}
    return [act for act in own if act.kind != "unknown" or act.at.at not in known]
