"""A new function beside one that does nothing but return the answer of a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods import wrapping
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.source import Point, Span

if TYPE_CHECKING:
    import libcst


@dataclass(frozen=True, slots=True)
class Pattern:
    """The function that is there; `returned` is its last statement."""

    draft: Draft
    function: libcst.FunctionDef
    returned: libcst.BaseStatement

    def annotation_of(self, parameter: str) -> str:
        found = next((p.annotation for p in self.function.params.params if p.name.value == parameter), None)
        return self.draft.code(found.annotation) if found is not None else ""


def pattern_of(
    draft: Draft, value: libcst.BaseExpression, besides: Sequence[libcst.CSTNode]
) -> Pattern | Refusal:  # fmt: skip
    """The function that returns a value, and does nothing but that and some statements that lead to it."""
    import libcst

    function = draft.enclosing(value, libcst.FunctionDef)
    if function is None or not isinstance(function.body, libcst.IndentedBlock):
        return Refusal("the function of the query cannot be found in the code")
    name = function.name.value
    if any(draft.code(one.decorator) not in ("staticmethod", "classmethod") for one in function.decorators):
        return Refusal(f"`{name}` is decorated, and what that does to it is not known")
    documented = function.get_docstring() is not None
    rest = [one for one in function.body.body[documented:] if one not in besides]
    if len(rest) != 1 or not _returns(rest[0], value):
        return Refusal(f"`{name}` does more than to answer with what the query gives")
    return Pattern(draft, function, rest[0])


def _returns(statement: libcst.CSTNode, value: libcst.BaseExpression) -> bool:
    import libcst

    if not isinstance(statement, libcst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    return isinstance(statement.body[0], libcst.Return) and statement.body[0].value is value


def beside(
    pattern: Pattern, name: str, swap: Mapping[str, str], annotation: str, doc: str, value: str
) -> Edit | Refusal:
    """The edit that puts a function which returns `value` below the one that is there; `swap` are other parameters."""
    draft, function = pattern.draft, pattern.function
    given = _parameters(draft, function, swap)
    if given is None:
        return Refusal(f"the parameters of `{function.name.value}` are of a kind that is not rewritten")
    indent, step = draft.indent(function), draft.indent(pattern.returned)
    width = wrapping.width_of(draft.source.lines)
    begin = f"{'async ' if function.asynchronous is not None else ''}def {name}("
    header = _folded_header((begin, given, f") -> {annotation}:" if annotation else "):"), indent, width)
    decorators = [f"{indent}@{draft.code(one.decorator)}" for one in function.decorators]
    documented = [f'{step}"""{doc}"""'] if function.get_docstring() is not None else []
    first, *others = wrapping.folded(f"return {value}", step, width)
    end = draft.spans[pattern.returned].end.row
    at = Point(end, len(draft.source.lines[end - 1]) + 1)
    rows = [*decorators, *header, *documented, step + first, *others]
    return draft.edit(Span(at, at), ("\n\n" if indent else "\n\n\n") + "\n".join(rows))


def _parameters(draft: Draft, function: libcst.FunctionDef, swap: Mapping[str, str]) -> list[str] | None:
    """The parameters as they stand there, but for those that are swapped; None where some are of a special kind."""
    import libcst

    params = function.params
    if isinstance(params.star_arg, libcst.Param) or params.star_kwarg is not None or params.posonly_params:
        return None
    given = []
    for param in (*params.params, *params.kwonly_params):
        if param in params.kwonly_params and param is params.kwonly_params[0]:
            given.append("*")
        if param.name.value in swap and param.default is not None:
            return None
        given.append(swap.get(param.name.value) or parameter_text(draft, param))
    return given


def parameter_text(draft: Draft, param: libcst.Param) -> str:
    """A parameter with its annotation and its default."""
    told = f": {draft.code(param.annotation.annotation)}" if param.annotation is not None else ""
    equals = " = " if told else "="
    return f"{param.name.value}{told}{equals + draft.code(param.default) if param.default is not None else ''}"


def _folded_header(header: tuple[str, list[str], str], indent: str, width: int) -> list[str]:
    begin, given, end = header
    flat = f"{indent}{begin}{', '.join(given)}{end}"
    if len(flat) <= width:
        return [flat]
    inner = f"{indent}{wrapping.STEP}{', '.join(given)}"
    rows = [inner] if len(inner) <= width else [f"{indent}{wrapping.STEP}{one}," for one in given]
    return [f"{indent}{begin}", *rows, f"{indent}{end}"]
