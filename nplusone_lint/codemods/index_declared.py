"""The shape "an index is declared": one keyword more for the call that makes a column, or one item more in a list."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.libraries.indexing import IndexForm
from nplusone_lint.source import Point, Span

if TYPE_CHECKING:
    import libcst

NO_CALL = Refusal("the column is not made by a call that an index can be told to")


def is_conditional(draft: Draft, column: Span) -> bool:
    """Whether a column is declared under an `if` in its class: `if TYPE_CHECKING: …`"""
    import libcst

    declared = draft.at(column, libcst.AnnAssign, libcst.Assign)
    outer = draft.around(declared) if declared is not None else ()
    return not isinstance(
        next((n for n in outer if isinstance(n, libcst.BaseCompoundStatement)), None), libcst.ClassDef
    )


def with_flag(draft: Draft, column: Span, form: IndexForm) -> Edit | Refusal:
    """`mapped_column(ForeignKey("author.id"), index=True)`"""
    import libcst

    declared = draft.at(column, libcst.AnnAssign, libcst.Assign)
    value = declared.value if isinstance(declared, libcst.AnnAssign | libcst.Assign) else None
    if not isinstance(value, libcst.Call):
        return NO_CALL
    if not any(fnmatchcase(chains.called_name(value), pattern) for pattern in form.columns):
        return NO_CALL
    named = {arg.keyword.value for arg in value.args if arg.keyword is not None}
    if bad := min(named & set(form.told), default=""):
        return Refusal(f"the column is told of its index, or its type, by `{bad}`")
    if any(arg.star for arg in value.args):
        return Refusal("not all that the column is told stands here")
    return _appended(draft, value, [arg.value for arg in value.args], form.flag)


def bare_wrapper(draft: Draft, column: Span) -> str:
    """`Mapped` of `title: Mapped[str]`, of which no call says more."""
    import libcst

    declared = draft.at(column, libcst.AnnAssign)
    annotation = declared.annotation.annotation if declared is not None and declared.value is None else None
    if not isinstance(annotation, libcst.Subscript):
        return ""
    return draft.code(annotation.value).rpartition(".")[2]


def with_call(draft: Draft, column: Span, text: str) -> Edit:
    """`title: Mapped[str] = mapped_column(index=True)`"""
    return draft.edit(Span(column.end, column.end), f" = {text}")


def in_list(draft: Draft, declared: Span, line: str) -> Edit | Refusal:
    """`indexes = [models.Index(fields=["isbn"]), models.Index(fields=["title"])]`; `line` names the class by itself."""
    import libcst

    found = draft.at(declared, libcst.AnnAssign, libcst.Assign)
    items = found.value if isinstance(found, libcst.AnnAssign | libcst.Assign) else None
    if not isinstance(items, libcst.List | libcst.Tuple) or not items.elements:
        return Refusal("the indexes of the model are not listed one by one")
    name = line.partition("(")[0].rpartition(".")[2]
    values = [element.value for element in items.elements]
    made = [value for value in values if isinstance(value, libcst.Call) and chains.called_name(value) == name]
    if not made or any(isinstance(element, libcst.StarredElement) for element in items.elements):
        return Refusal("the indexes of the model are not listed one by one")
    text = draft.code(made[0].func) + line[line.index("(") :]
    return _appended(draft, items, values, text.replace('"', draft.quote))


def _appended(draft: Draft, outer: libcst.BaseExpression, items: list[libcst.BaseExpression], text: str) -> Edit:
    """One item more between the brackets: on a row of its own where the last one begins its row."""
    if not items:
        end = draft.spans[outer].end
        before = Point(end.row, end.column - 1)
        return draft.edit(Span(before, before), text)
    last = items[-1]
    row = draft.source.lines[draft.spans[last].start.row - 1]
    begins = _start(draft, last)
    own = begins.row != draft.spans[outer].start.row and not row[: begins.column - 1].strip()
    after = draft.whole(last).end
    return draft.edit(Span(after, after), f",\n{draft.indent(last)}{text}" if own else f", {text}")


def _start(draft: Draft, item: libcst.BaseExpression) -> Point:
    """Where an item begins, with its keyword."""
    import libcst

    argument = draft.parents[item]
    if isinstance(argument, libcst.Arg) and argument.keyword is not None:
        return draft.spans[argument.keyword].start
    return draft.whole(item).start
