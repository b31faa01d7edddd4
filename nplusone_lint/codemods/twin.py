"""The twin of a small function: it does for many keys what the function does for one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.lookup import spliced
from nplusone_lint.codemods.name_uses import fresh
from nplusone_lint.codemods.names import walk
from nplusone_lint.codemods.plain import names_in
from nplusone_lint.codemods.words import in_plural
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.source import Point, Span

if TYPE_CHECKING:
    import libcst

MAX_LINE = 88


@dataclass(slots=True, eq=False)
class Helper:
    """A function that asks for one key: `asks` is the whole trip, `held` the name its answer is given, if any, and
    `result` what is returned; `key` is the parameter.
    """

    function: libcst.FunctionDef
    key: libcst.Param
    asks: libcst.BaseExpression
    held: str
    result: libcst.BaseExpression


def function_at(draft: Draft, name: str) -> libcst.FunctionDef | None:
    """The function that a draft was opened for."""
    import libcst

    return next((n for n in walk(draft.module) if isinstance(n, libcst.FunctionDef) and n.name.value == name), None)


def read_helper(
    draft: Draft,
    function: libcst.FunctionDef,
    asks: libcst.BaseExpression,
    key: str,
    moved: Sequence[libcst.SimpleStatementLine] = (),
) -> Helper | Refusal:
    """A function of one or two statements: it asks, and gives back what it makes of the answer.

    `moved` are statements besides that are part of what it asks.
    """
    import libcst

    refused = Refusal(f"`{function.name.value}` does more than to ask and to give back what it makes of the answer")
    parameter = _parameter(function, key)
    if isinstance(parameter, Refusal):
        return parameter
    body = [line for line in function.body.body if not _is_text(line) and line not in moved]
    if not body or not all(isinstance(line, libcst.SimpleStatementLine) and len(line.body) == 1 for line in body):
        return refused
    small = [line.body[0] for line in body if isinstance(line, libcst.SimpleStatementLine)]
    last = small[-1]
    if not isinstance(last, libcst.Return) or last.value is None:
        return refused
    if len(small) == 1:
        return Helper(function, parameter, asks, "", last.value)
    first = small[0]
    if len(small) != 2 or not isinstance(first, libcst.Assign) or len(first.targets) != 1 or first.value is not asks:
        return refused
    target = first.targets[0].target
    if not isinstance(target, libcst.Name):
        return refused
    return Helper(function, parameter, asks, target.value, last.value)


def _parameter(function: libcst.FunctionDef, key: str) -> libcst.Param | Refusal:
    plain = function.params
    odd = plain.posonly_params or plain.star_kwarg or function.decorators
    parameter = next((each for each in (*plain.params, *plain.kwonly_params) if each.name.value == key), None)
    if odd or parameter is None or parameter.default is not None or isinstance(plain.star_arg, libcst_param()):
        return Refusal(f"`{function.name.value}` has a signature of which a twin cannot be made")
    return parameter


def libcst_param() -> type:
    import libcst

    return libcst.Param


def _is_text(line: libcst.CSTNode) -> bool:
    import libcst

    if not isinstance(line, libcst.SimpleStatementLine) or len(line.body) != 1:
        return False
    small = line.body[0]
    return isinstance(small, libcst.Expr) and isinstance(small.value, libcst.SimpleString | libcst.ConcatenatedString)


# --- what is written


def twin_name(name: str) -> str:
    """`get_json` → `get_many_json`"""
    private = name[: len(name) - len(name.lstrip("_"))]
    first, _, rest = name.lstrip("_").partition("_")
    return f"{private}{first}_many{'_' + rest if rest else ''}"


def query_twin_name(name: str) -> str:
    """`by_email` → `by_emails`, `book_of` → `books_of`, `find` → `find_many`"""
    if "_" not in name.strip("_"):
        return f"{name}_many"
    start, _, last = name.rpartition("_")
    return f"{in_plural(start)}_{last}" if last in ("of", "for", "by", "with", "from") else in_plural(name)


def keys_name(draft: Draft, key: libcst.Param) -> str:
    return fresh(draft, in_plural(key.name.value))


def cache_twin(draft: Draft, helper: Helper, together: str, key: libcst.BaseExpression, call: libcst.Call) -> list[str]:
    """The rows of a method that asks a cache once."""
    keys, one = keys_name(draft, helper.key), helper.key.name.value
    inner = draft.code(key)
    given = keys if inner == one else f"[{inner} for {one} in {keys}]"
    import libcst

    func = call.func
    assert isinstance(func, libcst.Attribute)
    asked = spliced(draft, helper.asks, [(func.attr, together), (key, given)])
    rows = [f"if not {keys}:", "    return []"]
    held = helper.held or fresh(draft, "value")
    if not helper.held and helper.result is helper.asks:
        return [*rows, f"return {asked}"]
    made = draft.code(helper.result) if helper.held else spliced(draft, helper.result, [(helper.asks, held)])
    many = fresh(draft, in_plural(held))
    rows.append(f"{many} = {asked}")
    if one in names_in(helper.result):
        return [*rows, f"return [{made} for {one}, {held} in zip({keys}, {many})]"]
    return [*rows, f"return [{made} for {held} in {many}]"]


def one_by_one(draft: Draft, function: libcst.FunctionDef, key: libcst.Param) -> list[str]:
    """The rows of a method that can do no better."""
    one, keys = key.name.value, keys_name(draft, key)
    given = ", ".join(param.name.value for param in function.params.params[1:])
    wait = "await " if function.asynchronous is not None else ""
    return [f"return [{wait}self.{function.name.value}({given}) for {one} in {keys}]"]


def twin_below(
    draft: Draft,
    function: libcst.FunctionDef,
    key: libcst.Param,
    rows: list[str],
    text: str,
    returns: Callable[[str], str],
    name: str = "",
) -> Edit:
    """The twin, below its function; `returns` makes its annotation of that of the function."""
    called = name or twin_name(function.name.value)
    back = returns(draft.code(function.returns.annotation)) if function.returns is not None else ""
    signature = signature_of(draft, function, called, _parameters(draft, function, key), back)
    return placed_below(draft, function, [*signature, f'    """{text}"""', *(f"    {row}" for row in rows)])


def placed_below(draft: Draft, function: libcst.FunctionDef, lines: list[str]) -> Edit:
    """The rows of a function, below another one."""
    indent = draft.indent(function)
    empty = 1 if indent else 2
    body = "".join(f"{indent}{line}\n" for line in lines)
    last = max(draft.spans[node].end.row for node in walk(function) if _is_statement(node))
    if last < len(draft.source.lines):
        below = Point(last + 1, 1)
        return draft.edit(Span(below, below), "\n" * empty + body)
    end = Point(last, len(draft.source.lines[-1]) + 1)
    return draft.edit(Span(end, end), "\n" * (empty + 1) + body.rstrip("\n"))


def _is_statement(node: libcst.CSTNode) -> bool:
    import libcst

    return isinstance(node, libcst.BaseSmallStatement)


def _parameters(draft: Draft, function: libcst.FunctionDef, key: libcst.Param) -> list[str]:
    parameters: list[str] = []
    for param in (*function.params.params, *function.params.kwonly_params):
        if param in function.params.kwonly_params[:1]:
            parameters.append("*")
        parameters.append(parameter_text(draft, param, keys_name(draft, param) if param is key else ""))
    return parameters


def parameter_text(draft: Draft, param: libcst.Param, many: str = "") -> str:
    """A parameter as it stands, or what it is called for many."""
    name = many or param.name.value
    told = draft.code(param.annotation.annotation) if param.annotation is not None else ""
    told = f"list[{told}]" if told and many else told
    default = f" = {draft.code(param.default)}" if param.default is not None else ""
    return (f"{name}: {told}" if told else name) + (default if told else default.replace(" ", ""))


def signature_of(
    draft: Draft, function: libcst.FunctionDef, called: str, parameters: list[str], returns: str
) -> list[str]:
    """The head of a function that stands beside another one."""
    start = f"{'async ' if function.asynchronous is not None else ''}def {called}("
    back = f" -> {returns}" if returns else ""
    whole = f"{start}{', '.join(parameters)}){back}:"
    if len(draft.indent(function)) + len(whole) <= MAX_LINE:
        return [whole]
    return [start, f"    {', '.join(parameters)}", f"){back}:"]
