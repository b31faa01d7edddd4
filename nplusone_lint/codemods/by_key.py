"""What one query per pass found is looked up in a dictionary that one query above the loop fills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.lookup import Lookup
from nplusone_lint.codemods.name_uses import fresh, read_in
from nplusone_lint.codemods.passes import Passes
from nplusone_lint.codemods.words import in_plural, in_singular, variable
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.source import Point, Span

if TYPE_CHECKING:
    import libcst

MAX_LINE = 88


@dataclass(frozen=True, slots=True)
class Names:
    """How things are spelt: what is looked up in the file is said by the fixer.

    `keys` is what the query is given; `over` what the loop runs over from now on, "" where it stays, with the `prelude`
    that gives it. `column` is the attribute of a row that holds its key, `queried` the column as the query calls it.
    """

    model: str
    column: str
    queried: str
    keys: str
    over: str = ""
    over_node: libcst.CSTNode | None = None  # what `over` takes the place of, if that is not all that is iterated
    prelude: tuple[str, ...] = ()
    select: str = ""
    defaultdict: str = ""
    missing: str = ""  # the exception, called with its text
    unique: str = ""  # the link that a result needs because of the model's own collections


def write_by_key(draft: Draft, passes: Passes, lookup: Lookup, names: Names) -> list[Edit] | Refusal:
    """The edits of a loop whose query is asked once, above it."""
    if "#" in draft.code(lookup.call) or any("#" in _row(draft, line) for line in lookup.moved):
        return Refusal("a comment stands inside of what is to be rewritten")
    row = in_singular(variable(names.model.rpartition(".")[2]))
    held = fresh(draft, f"{in_plural(row)}_by_{names.column}")
    room = MAX_LINE - len(draft.indent(passes.statement))
    lines = _asked(draft, passes, lookup, names, held, room)
    if any('"""' in line or "'''" in line for line in lines):
        return Refusal("a text of several rows stands inside of what is to be rewritten")
    query = lines.pop()
    lines = [*lines, *_filled(draft, lookup, names, row, held, query, room)]
    key = draft.code(lookup.key)
    found = {"maybe": f"{held}.get({key})", "surely": f"{held}[{key}]", "every": f"{held}[{key}]"}[lookup.ending]
    edits = [draft.insert_above(passes.statement, lines), _replaced(draft, lookup.call, found)]
    if lookup.ending == "surely":
        edits.append(draft.insert_above(passes.inner, [f"if {key} not in {held}:", f"    raise {names.missing}"]))
    for line in lookup.moved:
        span = draft.spans[line]
        edits.append(draft.edit(Span(Point(span.start.row, 1), Point(span.end.row + 1, 1)), ""))
    if names.over:
        edits.append(draft.replace(names.over_node or passes.loop.iter, names.over))
    return edits


def _last_name(node: libcst.BaseExpression) -> str:
    import libcst

    if isinstance(node, libcst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, libcst.Name) else ""


def _row(draft: Draft, line: libcst.CSTNode) -> str:
    span = draft.spans[line]
    return "\n".join(draft.source.lines[span.start.row - 1 : span.end.row])


def _asked(draft: Draft, passes: Passes, lookup: Lookup, names: Names, held: str, room: int) -> list[str]:
    """The query for all keys, last; before it what it needs, on rows of their own where they are long."""
    lines, keys = list(names.prelude), names.keys
    if keys.startswith("[") and len(lookup.write(keys, names.queried)) + len(held) + len(" = ") > room:
        named = in_plural(_last_name(lookup.key) or names.column)
        named = fresh(draft, f"wanted_{named}" if named in read_in(draft, draft.module) else named)
        lines += _list(f"{named} = {keys}", room)
        keys = named
    query = lookup.write(keys, names.queried)
    inner = lookup.statement(keys, names.queried) if lookup.statement is not None else ""
    name_for_rows = len(in_plural(variable(names.model.rpartition(".")[2]))) + len(" = ")
    if query != inner and inner and ("\n" in inner or len(query) + name_for_rows > room):
        named = fresh(draft, "statement")
        lines += assigned(named, _moved(draft, inner, lookup.call))
        query = query.replace(inner, named)
    query = query.replace("{select}", names.select)
    if names.unique and f".{names.unique}(" not in query:
        query = f"({query}).{names.unique}()" if query.startswith("await ") else f"{query}.{names.unique}()"
    return [*lines, _moved(draft, query, lookup.call)]


def _list(line: str, room: int) -> list[str]:
    """`keys = [key for … in …]` on one row, or on several."""
    if len(line) <= room or "[" not in line:
        return [line]
    start, _, rest = line.partition("[")
    element, _, loop = rest[:-1].partition(" for ")
    loop, _, test = f"for {loop}".partition(" if ")
    return [f"{start}[", f"    {element}", f"    {loop}", *([f"    if {test}"] if test else []), "]"]


def _filled(draft: Draft, lookup: Lookup, names: Names, row: str, held: str, query: str, room: int) -> list[str]:
    """The rows that fill the dictionary."""
    if lookup.by_key:
        return assigned(held, query)
    rows, lines = query, []
    if lookup.ending == "every":
        known = read_in(draft, draft.module)
        one = next((name for name in (row, "row", "found") if name not in known), fresh(draft, row))
        if "\n" in query or len(f"for {one} in {query}:") > room:
            rows = fresh(draft, in_plural(row))
            lines = assigned(rows, query)
        return [
            f"{held} = {names.defaultdict}(list)",
            *lines,
            f"for {one} in {rows}:",
            f"    {held}[{one}.{names.column}].append({one})",
        ]
    inside = f"{row}.{names.column}: {row} for {row} in {rows}"
    if "\n" in query or len(f"{held} = {{{inside}}}") > room:
        rows = fresh(draft, in_plural(row) if in_plural(row) != row else f"found_{row}")
        lines = assigned(rows, query)
        inside = f"{row}.{names.column}: {row} for {row} in {rows}"
    if len(f"{held} = {{{inside}}}") <= room:
        return [*lines, f"{held} = {{{inside}}}"]
    return [*lines, f"{held} = {{", f"    {inside}", "}"]


def assigned(name: str, text: str) -> list[str]:
    """The rows that give a name a value; a chain of several rows needs brackets."""
    first, *rest = text.split("\n")
    if any(line.lstrip().startswith(".") for line in rest):
        return [f"{name} = (", *(f"    {line}" for line in (first, *rest)), ")"]
    return [f"{name} = {first}", *rest]


def _moved(draft: Draft, text: str, origin: libcst.CSTNode) -> str:
    """Text of several rows, which stood deeper, as it stands at the loop. (Rows that are inserted get its indent.)"""
    if "\n" not in text:
        return text
    before = draft.indent(origin)
    first, *rest = text.split("\n")
    return "\n".join([first, *(line.removeprefix(before) for line in rest)])


def _replaced(draft: Draft, node: libcst.BaseExpression, text: str) -> Edit:
    """The text instead of an expression, without the brackets that it needed."""
    import libcst

    several = draft.spans[node].start.row != draft.spans[node].end.row
    if len(node.lpar) == 1 and (several or isinstance(draft.parents[node], libcst.Attribute)):
        whole = Span(draft.spans[node.lpar[0]].start, draft.spans[node.rpar[-1]].end)
        if "#" not in draft.text(whole):
            return draft.edit(whole, text)
    return draft.replace(node, text)
