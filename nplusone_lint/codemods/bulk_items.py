"""What of a call in a loop is collected, and how the one call behind the loop is written: one function for each way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.collect import Bulk
from nplusone_lint.codemods.layout import moved
from nplusone_lint.codemods.loop_body import Pass, bound_in, calls_nothing, is_path, varies, within
from nplusone_lint.codemods.words import plural, snake
from nplusone_lint.finding import Place, Refusal
from nplusone_lint.libraries.writing import BulkForm
from nplusone_lint.source import Span

if TYPE_CHECKING:  # see `concrete`
    import libcst

OTHER_NAMES = ("records", "new_rows")
LOOKUPS = ("exact",)
KEPT_LINKS = ("values", "on_conflict_do_nothing")
"""Links of a statement that mean the same for one row and for many."""


def receiver_text(found: Pass) -> str | Refusal:
    """What the call is called on, if it is the same in every pass."""
    node = chains.receiver(found.call)
    if not is_path(node) or varies(found.draft, node, bound_in(found.draft, found.loop)):
        return Refusal("it is not certain that every pass calls it on the same object")
    return found.draft.code(node)


def new_row(found: Pass, form: BulkForm, model: str) -> Bulk | Refusal:
    """`Tag.objects.create(name=name)` → `Tag(name=name)`; `model` is how the class is written there."""
    receiver = receiver_text(found)
    if isinstance(receiver, Refusal):
        return receiver
    draft, call = found.draft, found.call
    given = moved(draft, Span(draft.spans[call.func].end, draft.spans[call].end), draft.indent(found.statement))
    return Bulk(f"{model}{given.lstrip()}", _named(model), f"{receiver}.{form.method}(")


def saved_rows(row: str, method: str, receiver: str, fields: list[str]) -> Bulk:
    """`tag.save()` → `tag`; `fields` are the columns that are written of rows that were loaded."""
    listed = ", ".join(f'"{field}"' for field in fields)
    tail = f", [{listed}])" if fields else ")"
    return Bulk(row, (plural(row),) if row.isidentifier() else (), f"{receiver}.{method}(", tail)


def argument(found: Pass, form: BulkForm) -> Bulk | Refusal:
    """`insert_one(book)` → `book`; `execute(sql, row)` → `row`; `execute(sql, key, name)` → `(key, name)`"""
    receiver = receiver_text(found)
    if isinstance(receiver, Refusal):
        return receiver
    call = found.call
    if any(arg.star or arg.keyword is not None for arg in call.args):
        return Refusal("the arguments of the call are not plain")
    values = [arg.value for arg in call.args]
    if form.takes in ("first", "objects"):
        if len(values) != 1:
            return Refusal("the call is given more than one argument")
        star = "*" if form.takes == "objects" else ""
        item = _bracketed(_item(found, values[0]), values[0])
        named = (form.name, *OTHER_NAMES) if form.takes == "first" else _named_after(item)
        head = f"{receiver}.{form.method}({star}"
        return Bulk(item, named, head, guarded=form.guarded, any_iterable=bool(star))
    if len(values) < 2 or (form.takes == "second" and len(values) > 2):
        return Refusal("the statement is given nothing that differs from pass to pass")
    statement = _statement_text(found, values[0])
    if isinstance(statement, Refusal):
        return statement
    parts = [_item(found, value) for value in values[1:]]
    item = f"({', '.join(parts)}{',' if len(parts) == 1 else ''})" if form.takes == "rest" else parts[0]
    if form.takes == "second":
        item = _bracketed(item, values[1])
    head = f"{receiver}.{form.method}("
    return Bulk(item, (form.name, *OTHER_NAMES), head, given=f"{statement}, ", guarded=form.guarded)


def _bracketed(text: str, node: libcst.BaseExpression) -> str:
    """A tuple is written with its brackets, which are not part of its span."""
    import libcst

    return f"({text})" if isinstance(node, (libcst.Tuple, libcst.IfExp)) and not text.startswith("(") else text


def _statement_text(found: Pass, node: libcst.BaseExpression) -> str | Refusal:
    """A statement that is the same in every pass: a text, a name, or `text("…")`."""
    import libcst

    plain = isinstance(node, libcst.BaseString) or is_path(node)
    called = isinstance(node, libcst.Call) and is_path(node.func) and all(calls_nothing(arg.value) for arg in node.args)
    if not (plain or called) or varies(found.draft, node, bound_in(found.draft, found.loop)):
        return Refusal("the statement is not the same in every pass")
    if isinstance(node, libcst.FormattedString):
        return Refusal("the statement is put together")
    return moved(found.draft, found.draft.spans[node], found.draft.indent(found.loop))


def _item(found: Pass, node: libcst.BaseExpression) -> str:
    """An expression as it is written in the statement that collects it."""
    return moved(found.draft, found.draft.spans[node], found.draft.indent(found.statement))


# --- statements and queries with a key


def statement(found: Pass, form: BulkForm, key: str) -> Bulk | Refusal:
    """`execute(insert(Tag).values(name=name))` → `{"name": name}`; a DELETE or UPDATE takes all keys at once."""
    receiver = receiver_text(found)
    if isinstance(receiver, Refusal):
        return receiver
    if len(found.call.args) == 2:
        return argument(found, BulkForm("second", form.method, guarded=form.guarded))
    if len(found.call.args) != 1 or found.call.args[0].keyword is not None or found.call.args[0].star:
        return Refusal("the arguments of the call are not plain")
    built = found.call.args[0].value
    links = list(chains.links(built))
    verb = _verb(built)
    names = [name for name, _ in links]
    if verb == "insert":
        return _inserted(found, form, receiver, built, links)
    values = next((call for name, call in links if name == "values"), None)
    wheres = [call for name, call in links if name == "where"]
    if verb not in ("update", "delete") or not {*names} <= {"where", "values", verb} or len(wheres) != 1:
        return Refusal("the statement is not built here from plain parts")
    bound = bound_in(found.draft, found.loop)
    compared = _compared(found, wheres[0], bound)
    if compared is None:
        return Refusal("the statement differs from pass to pass in more than one key")
    column, value = compared
    if values is not None and any(varies(found.draft, arg, bound) for arg in values.args):
        return _updated(found, form, receiver, (column, value, key), (links, values))
    draft = found.draft
    indent = draft.indent(found.loop)
    head = moved(draft, Span(draft.spans[built].start, draft.spans[column].end), indent, found.statement)
    tail = moved(draft, Span(draft.spans[value].end, draft.spans[built].end), indent, found.statement)
    item = draft.code(value)
    return Bulk(item, _keys(item), f"{receiver}.{form.method}({head}.in_(", f"){tail})")


def _verb(built: libcst.BaseExpression) -> str:
    """`insert` of `insert(Tag)…` and of `tags.insert()…`"""
    import libcst

    inner = built
    while isinstance(inner, libcst.Call) and isinstance(inner.func, libcst.Attribute):
        if inner.func.attr.value in ("insert", "update", "delete"):
            return inner.func.attr.value
        inner = inner.func.value
    return chains.called_name(inner) if isinstance(inner, libcst.Call) else ""


def _inserted(
    found: Pass, form: BulkForm, receiver: str, built: libcst.BaseExpression, links: list[tuple[str, libcst.Call]]
) -> Bulk | Refusal:
    """The links but `values` make the statement; they must not differ."""
    draft, bound = found.draft, bound_in(found.draft, found.loop)
    values = [call for name, call in links if name == "values"]
    if len(values) != 1 or any(name not in (*KEPT_LINKS, "insert") for name, _ in links):
        return Refusal("the statement is not built here from plain parts")
    item = as_dictionary(found, values[0])
    if item is None:
        return Refusal("the values are not given one by one")
    dot = draft.spans[chains.receiver(values[0])].end
    head = draft.text(Span(draft.spans[built].start, dot))
    tail = draft.text(Span(draft.spans[values[0]].end, draft.spans[built].end))
    others = [call for name, call in links if call is not values[0] and name != "insert"]
    if varies(draft, chains.receiver(values[0]), bound) or any(
        varies(draft, arg, bound) for call in others for arg in call.args
    ):
        return Refusal("the statement is not the same in every pass")
    given = f"{head}{tail}, "
    return Bulk(item, (form.name, *OTHER_NAMES), f"{receiver}.{form.method}(", given=given, guarded=form.guarded)


def _updated(
    found: Pass,
    form: BulkForm,
    receiver: str,
    compared: tuple[libcst.Attribute, libcst.BaseExpression, str],
    parts: tuple[list[tuple[str, libcst.Call]], libcst.Call],
) -> Bulk | Refusal:
    """An UPDATE by primary key with other values in every pass takes rows with their keys."""
    column, value, key = compared
    links, values = parts
    if not form.by_key or column.attr.value != key:
        return Refusal("the rows that are changed are not told by their primary key")
    draft = found.draft
    item = as_dictionary(found, values, f'"{key}": {draft.code(value)}')
    first = chains.receiver(links[-1][1])
    start = first if links[-1][0] != "update" else links[-1][1]
    if item is None:
        return Refusal("the values are not given one by one")
    head = f"{receiver}.{form.method}("
    return Bulk(
        item,
        (form.name, *OTHER_NAMES),
        head,
        given=f"{draft.code(start)}, ",
        guarded=form.guarded,
        caution=form.caution,
    )


def values_in(found: Pass) -> list[tuple[str, Place]]:
    """The first names in what `values(…)` and the other arguments are given."""
    import libcst

    links = chains.links(found.call.args[0].value) if found.call.args else ()
    given = [call for name, call in links if name == "values"] + [arg.value for arg in found.call.args[1:]]
    nodes = [node for call in given for arg in call.children[1:] for node in [arg, *within(arg)]]
    names = [node for node in nodes if isinstance(node, libcst.Name)]
    return [(name.value, Place(found.draft.path, found.draft.spans[name])) for name in names]


def as_dictionary(found: Pass, call: libcst.Call, first: str = "") -> str | None:
    """`values(name=name, **more)` → `{"name": name, **more}`; None where values may be SQL expressions or comments."""
    import libcst

    draft = found.draft
    parts = [first] if first else []
    for arg in call.args:
        if arg.keyword is not None:
            parts.append(f'"{arg.keyword.value}": {draft.code(arg.value)}')
        elif arg.star == "**":
            parts.append(f"**{draft.code(arg.value)}")
        elif len(call.args) == 1 and not first and not arg.star and isinstance(arg.value, libcst.Dict):
            return _item(found, arg.value)
        else:
            return None
    return f"{{{', '.join(parts)}}}"


def _compared(
    found: Pass, where: libcst.Call, bound: frozenset[str]
) -> tuple[libcst.Attribute, libcst.BaseExpression] | None:
    """The column and the value of the one condition that differs, which must be an equality."""
    import libcst

    draft = found.draft
    differing = [arg.value for arg in where.args if varies(draft, arg.value, bound)]
    if len(differing) != 1 or not isinstance(differing[0], libcst.Comparison) or differing[0].lpar:
        return None
    test = differing[0]
    operator = test.comparisons[0].operator
    if len(test.comparisons) != 1 or not isinstance(operator, libcst.Equal):
        return None
    column, value = test.left, test.comparisons[0].comparator
    if not isinstance(column, libcst.Attribute) or varies(draft, column, bound) or not is_path(column):
        return None
    return column, value


def keyed(found: Pass, form: BulkForm) -> Bulk | Refusal:
    """`Book.objects.filter(pk=key).update(sold=True)` → `key`, and `filter(pk__in=keys)`"""
    import libcst

    draft, bound = found.draft, bound_in(found.draft, found.loop)
    query = chains.receiver(found.call)
    if any(varies(draft, arg, bound) or not calls_nothing(arg.value) for arg in found.call.args):
        return Refusal("what is written is not the same in every pass")
    if not isinstance(query, libcst.Call) or chains.called_name(query) not in ("filter",):
        return Refusal("the rows are not told by a key")
    if not is_path(chains.receiver(query)) or varies(draft, chains.receiver(query), bound):
        return Refusal("the query is not the same in every pass")
    differing = [arg for arg in query.args if varies(draft, arg, bound)]
    if len(differing) != 1 or differing[0].keyword is None:
        return Refusal("the query differs from pass to pass in more than one key")
    keyword, value = differing[0].keyword, differing[0].value
    column, _, lookup = keyword.value.partition("__")
    if lookup not in ("", *LOOKUPS):
        return Refusal("the query compares with more than equality")
    item = draft.code(value)
    indent = draft.indent(found.loop)
    head = moved(draft, Span(draft.spans[query].start, draft.spans[keyword].start), indent, found.statement)
    tail = moved(draft, Span(draft.spans[value].end, draft.spans[found.call].end), indent, found.statement)
    return Bulk(item, _keys(item), f"{head}{column}__in=", tail, any_iterable=True)


# --- names


def _named(model: str) -> tuple[str, ...]:
    noun = plural(snake(model.rpartition(".")[2]))
    return (noun, f"new_{noun}", f"{noun}_to_create")


def _named_after(item: str) -> tuple[str, ...]:
    return (plural(item), f"new_{plural(item)}") if item.isidentifier() else ("items",)


def _keys(item: str) -> tuple[str, ...]:
    """`key` → `keys`, `book.id` → `book_ids`"""
    words = item.replace(".", "_")
    return (plural(words), "keys") if words.isidentifier() else ("keys",)
