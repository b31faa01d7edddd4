"""Whether anybody tells apart by its exception that there was no row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.codemods.choice import Choice
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.finding import Place, Refusal
from nplusone_lint.fixer.questions import function_around
from nplusone_lint.program import Program

if TYPE_CHECKING:
    import libcst

TOLD = ("ValueError", "IndexError", "LookupError")
"""The exceptions of `max` without rows and of an index, and what is caught as one of them only."""


def told_apart(program: Program, place: Place, draft: Draft, choice: Choice) -> Refusal | None:
    """Why another exception than before would be noticed where there is no row."""
    if not choice.raises:
        return None
    name = _caught_around(draft, choice.whole)
    if name:
        return Refusal(f"`{name}` is caught, and without rows another exception would be raised")
    function = function_around(program, place, named=True)
    for caller in _callers(program, function.qualname) if function is not None else ():
        name = _caught_in(caller)
        if name:
            return Refusal(f"`{caller.name}` catches `{name}`, and without rows another exception would be raised")
    return None


def _caught_around(draft: Draft, node: libcst.CSTNode) -> str:
    """One of the exceptions that stands in a handler, or in a `with`, around a node."""
    import libcst

    for outer in draft.around(node):
        heads: list[libcst.CSTNode] = []
        if isinstance(outer, libcst.Try):
            heads = [handler.type for handler in outer.handlers if handler.type is not None]
        elif isinstance(outer, libcst.With):
            heads = [item.item for item in outer.items]
        for head in heads:
            found = re.search(rf"\b({'|'.join(TOLD)})\b", draft.code(head))
            if found:
                return found[1]
    return ""


def _callers(program: Program, name: str) -> list[facts.FunctionFacts]:
    """The functions that call one, itself or through others, as far as they are known."""
    callees = program.analysis.callees
    found, pending = {name}, [name]
    while pending:
        called = pending.pop()
        new = {caller for caller, names in callees.items() if called in names} - found
        found |= new
        pending.extend(new)
    known = (program.analysis.function(caller) for caller in sorted(found))
    return [function for function in known if function is not None]


def _caught_in(function: facts.FunctionFacts) -> str:
    for statement in facts.walk(function.body):
        if isinstance(statement, facts.Try):
            for names in statement.catches:
                found = next((name for name in names if name in TOLD), "")
                if found:
                    return found
    return ""
