"""Whether a loop runs in one transaction, so that a failure of one row undoes all of them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.finding import Place
from nplusone_lint.fixer.listeners import meaning
from nplusone_lint.fixer.questions import function_around
from nplusone_lint.libraries.writing import Writing
from nplusone_lint.program import Program
from nplusone_lint.values import External

if TYPE_CHECKING:  # see `concrete`
    import libcst


def in_one_transaction(program: Program, draft: Draft, node: libcst.CSTNode, writing: Writing) -> bool:
    """`with transaction.atomic():` around a statement, or `@transaction.atomic` on its function; no `try` between."""
    import libcst

    for outer in draft.around(node):
        if isinstance(outer, libcst.Try):
            return False
        if isinstance(outer, libcst.With) and any(_opens(program, draft, item.item, writing) for item in outer.items):
            return True
        if isinstance(outer, libcst.FunctionDef):
            function = function_around(program, Place(draft.path, draft.spans[node]))
            module = next(m for m in program.modules.values() if m.path == draft.path)
            decorators = function.decorators if function is not None and function.name == outer.name.value else ()
            found = [program.analysis.names.resolve_expression(module, decorator) for decorator in decorators]
            return any(isinstance(symbol, External) and symbol.name in writing.atomic for symbol in found)
    return False


def _opens(program: Program, draft: Draft, node: libcst.BaseExpression, writing: Writing) -> bool:
    """A call without arguments, or the bare name: with arguments, it may be about another database."""
    import libcst

    if isinstance(node, libcst.Call):
        if node.args:
            return False
        node = node.func
    return means(program, Place(draft.path, draft.spans[node]), draft.code(node)) in writing.atomic


def means(program: Program, place: Place, dotted: str) -> str:
    """The dotted name of a thing outside the program that an expression means at a place; "" where it is another."""
    held = symbol_at(program, place, dotted)
    return held.name if isinstance(held, External) else ""


def symbol_at(program: Program, place: Place, dotted: str) -> object:
    """What a dotted name means at a place; None where the function binds it itself."""
    module = next(m for m in program.modules.values() if m.path == place.path)
    function = function_around(program, place)
    root = dotted.partition(".")[0]
    if not root.isidentifier() or (function is not None and root in function.locals):
        return None
    return meaning(program, module, ast.parse(dotted, mode="eval").body)
