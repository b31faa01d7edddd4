"""What is asked for before a loop is handed on to a function that the loop calls: one parameter more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods import name_uses, wrapping
from nplusone_lint.codemods.beside import parameter_text
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.source import Point, Span

if TYPE_CHECKING:
    import libcst


@dataclass(frozen=True, slots=True)
class Lift:
    """A call in an outer loop, and the function that it calls, in which the inner loop stands.

    `inner` is the inner loop as a further `for` of a comprehension, `used` are the names that the function knows.
    """

    outer: Draft
    call: libcst.Call
    draft: Draft
    function: libcst.FunctionDef
    inner: str
    annotation: str
    used: frozenset[str]

    def handed(self, name: str) -> list[Edit]:
        """The argument at the call, and the parameter."""
        given = f"{name}={name}" if any(arg.keyword is not None for arg in self.call.args) else name
        last = self.function.params.params[-1]
        told = last.annotation is not None and self.annotation
        parameter = f"{name}: {self.annotation}" if told else name
        arguments = [self.outer.code(arg.value) for arg in self.call.args]
        parameters = [parameter_text(self.draft, param) for param in self.function.params.params]
        end = last.annotation.annotation if last.annotation is not None else last.name
        return [
            _behind(self.outer, self.call.args[-1].value, arguments, given),
            _behind(self.draft, end, parameters, parameter),
        ]


def _behind(draft: Draft, last: libcst.CSTNode, items: list[str], text: str) -> Edit:
    """A further item of a list, of which `last` ends the last one: on a row of its own where the items stand so.

    Items that share one row are put on rows of their own where it would be too long.
    """
    lines = draft.source.lines
    end = draft.spans[last].end
    line, indent = lines[end.row - 1], draft.indent(last)
    if line.strip().removesuffix(",") == items[-1]:
        return draft.insert_after(last, f",\n{indent}{text}")
    shared = line.strip().removesuffix(",") == ", ".join(items)
    if shared and len(line) + len(text) + 2 > wrapping.width_of(lines):
        rows = "".join(f"{indent}{item},\n" for item in (*items, text))
        return draft.edit(Span(Point(end.row, 1), Point(end.row + 1, 1)), rows)
    return draft.insert_after(last, f", {text}")


def lifted(
    outer: Draft, call: libcst.Call, draft: Draft, function: libcst.FunctionDef, loop: libcst.CSTNode, annotation: str,
    *, bound: bool,
) -> Lift | Refusal:  # fmt: skip
    """How a query for the keys of an inner loop is asked before the outer one, if what it runs over can be told there.

    `bound`: the first parameter is the object of the method.
    """
    import libcst

    params = function.params
    plain = not (params.kwonly_params or params.posonly_params or params.star_kwarg)
    if isinstance(params.star_arg, libcst.Param) or not plain or not params.params or not call.args:
        return Refusal("the function takes its arguments in a form that is not rewritten")
    if params.params[-1].default is not None or any(arg.star for arg in call.args):
        return Refusal("the function takes its arguments in a form that is not rewritten")
    assert isinstance(loop, (libcst.For, libcst.CompFor))
    over = loop.iter
    known = [param.name.value for param in params.params][bound:]
    if not isinstance(over, libcst.Name) or over.value not in known or over.value in name_uses.bound_in(function.body):
        return Refusal("what the loop runs over is not what the function is given")
    given = _given(call, known, over.value)
    text = wrapping.flat(outer.code(given)) if given is not None else None
    target = wrapping.flat(draft.code(loop.target))
    if given is None or text is None or target is None or not _is_pure(given):
        return Refusal("what the loop runs over is computed in each pass")
    used = name_uses.read_in(draft, function) | name_uses.bound_in(function)
    return Lift(outer, call, draft, function, f" for {target} in {text}", annotation, frozenset(used))


def _given(call: libcst.Call, known: list[str], name: str) -> libcst.BaseExpression | None:
    for number, arg in enumerate(call.args):
        if (arg.keyword.value if arg.keyword is not None else known[number] if number < len(known) else "") == name:
            return arg.value
    return None


def _is_pure(node: libcst.BaseExpression) -> bool:
    """`collections`, `artifact.collections`, `collections.get(artifact.id, [])`, `collections[artifact.id]`"""
    import libcst

    if isinstance(node, (libcst.Name, libcst.Integer, libcst.SimpleString)):
        return True
    if isinstance(node, libcst.Attribute):
        return _is_pure(node.value)
    if isinstance(node, (libcst.List, libcst.Tuple)):
        return not node.elements
    if isinstance(node, libcst.Subscript):
        index = node.slice[0].slice if len(node.slice) == 1 else None
        return isinstance(index, libcst.Index) and _is_pure(index.value) and _is_pure(node.value)
    if isinstance(node, libcst.Call) and isinstance(node.func, libcst.Attribute):
        return node.func.attr.value == "get" and all(
            _is_pure(part) for part in (node.func.value, *(a.value for a in node.args))
        )
    return False
