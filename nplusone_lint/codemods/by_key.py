"""What one query per pass found is looked up in a dictionary that one query above the loop fills."""

from __future__ import annotations

import keyword
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.lookup import Lookup
from nplusone_lint.codemods.passes import Passes, walk
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
    prelude: tuple[str, ...] = ()
    select: str = ""
    defaultdict: str = ""
    missing: str = ""  # the exception, called with its text
    unique: str = ""  # the link that a result needs because of the model's own collections


def write_by_key(draft: Draft, passes: Passes, lookup: Lookup, names: Names) -> list[Edit] | Refusal:
    """The edits of a loop whose query is asked once, above it."""
    if "#" in draft.code(lookup.call) or any("#" in _row(draft, line) for line in lookup.moved):
        return Refusal("a comment stands inside of what is to be rewritten")
    row = snake(names.model.rpartition(".")[2])
    by = f"{plural(row)}_by_{names.column}"
    held = fresh(draft, by)
    keys, prelude = names.keys, list(names.prelude)
    if keys.startswith("[") and len(lookup.write(keys, names.queried)) + len(held) + 7 > MAX_LINE:
        named = fresh(draft, plural(_last_name(lookup.key) or names.column))
        prelude.append(f"{named} = {keys}")
        keys = named
    query = lookup.write(keys, names.queried).replace("{select}", names.select)
    if names.unique and f".{names.unique}(" not in query:
        query = f"({query}).{names.unique}()" if query.startswith("await ") else f"{query}.{names.unique}()"
    query = _moved(draft, query, lookup.call, passes.statement)
    if '"""' in query or "'''" in query:
        return Refusal("a text of several rows stands inside of what is to be rewritten")
    lines = [*prelude, *_filled(draft, lookup, names, row, held, query)]
    key = draft.code(lookup.key)
    found = {"maybe": f"{held}.get({key})", "surely": f"{held}[{key}]", "every": f"{held}[{key}]"}[lookup.ending]
    edits = [draft.insert_above(passes.statement, lines), _replaced(draft, lookup.call, found)]
    if lookup.ending == "surely":
        edits.append(draft.insert_above(passes.inner, [f"if {key} not in {held}:", f"    raise {names.missing}"]))
    for line in lookup.moved:
        span = draft.spans[line]
        edits.append(draft.edit(Span(Point(span.start.row, 1), Point(span.end.row + 1, 1)), ""))
    if names.over:
        edits.append(draft.replace(passes.loop.iter, names.over))
    return edits


def _last_name(node: libcst.BaseExpression) -> str:
    import libcst

    if isinstance(node, libcst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, libcst.Name) else ""


def _row(draft: Draft, line: libcst.CSTNode) -> str:
    span = draft.spans[line]
    return "\n".join(draft.source.lines[span.start.row - 1 : span.end.row])


def _filled(draft: Draft, lookup: Lookup, names: Names, row: str, held: str, query: str) -> list[str]:
    """The rows that fill the dictionary."""
    indent = "" if draft.indent(lookup.call) == "" else "    "
    if lookup.by_key:
        return f"{held} = {query}".split("\n")
    if lookup.ending == "every":
        known = taken(draft)
        one = next((name for name in (row, "row", "found") if name not in known), fresh(draft, row))
        head = f"for {one} in {query}:"
        return [
            f"{held} = {names.defaultdict}(list)",
            *head.split("\n"),
            f"    {held}[{one}.{names.column}].append({one})",
        ]
    whole = f"{held} = {{{row}.{names.column}: {row} for {row} in {query}}}"
    if "\n" not in whole and len(indent + whole) <= MAX_LINE:
        return [whole]
    rows = fresh(draft, plural(row))
    return [*f"{rows} = {query}".split("\n"), f"{held} = {{{row}.{names.column}: {row} for {row} in {rows}}}"]


def _moved(draft: Draft, text: str, origin: libcst.CSTNode, statement: libcst.CSTNode) -> str:
    """Text of several rows, which stood deeper, as it stands at the loop. (Rows that are inserted get its indent.)"""
    if "\n" not in text:
        return text
    before = draft.indent(origin)
    first, *rest = text.split("\n")
    return "\n".join([first, *(line.removeprefix(before) for line in rest)])


def _replaced(draft: Draft, node: libcst.BaseExpression, text: str) -> Edit:
    """The text instead of an expression, without brackets that only an `await` needs."""
    import libcst

    if isinstance(node, libcst.Await) and len(node.lpar) == 1 and isinstance(draft.parents[node], libcst.Attribute):
        return draft.edit(Span(draft.spans[node.lpar[0]].start, draft.spans[node.rpar[-1]].end), text)
    return draft.replace(node, text)


# --- names


def taken(draft: Draft) -> set[str]:
    """Every name that stands in the function."""
    import libcst

    return {node.value for node in walk(draft.module) if isinstance(node, libcst.Name)}


def fresh(draft: Draft, name: str) -> str:
    """The name, or one like it that the function does not have."""
    known = taken(draft)
    if keyword.iskeyword(name):
        name += "_"
    tried, number = name, 2
    while tried in known:
        tried, number = f"{name}_{number}", number + 1
    return tried


def snake(name: str) -> str:
    """`BookReview` → `book_review`"""
    text = ""
    for number, letter in enumerate(name):
        after_small = number > 0 and not name[number - 1].isupper()
        before_small = number > 0 and number + 1 < len(name) and name[number + 1].islower()
        if letter.isupper() and (after_small or before_small) and text[-1:] != "_":
            text += "_"
        text += letter.lower()
    return f"{text}_" if keyword.iskeyword(text) else text


def plural(word: str) -> str:
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}s"
