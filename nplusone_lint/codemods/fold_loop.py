"""A loop that adds up a column, or counts: what the database computes is added once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods import name_uses, wrapping
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.figure_query import Unwritable
from nplusone_lint.codemods.fold_number import WORDS, Folding, Wanted, checked, lazily, number_of
from nplusone_lint.codemods.names import walk
from nplusone_lint.codemods.words import singular
from nplusone_lint.finding import Edit
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst


def looped(folding: Folding, site: Span) -> list[Edit]:
    """`for book in books: total += book.price` → `total += …`; where `total = 0` stands above, `total = …`"""
    import libcst

    draft = folding.draft
    statement = draft.statement_at(site)
    loop = draft.enclosing(statement, libcst.For) if statement is not None else None
    if loop is None or loop.asynchronous is not None or loop.orelse is not None or len(loop.body.body) != 1:
        raise Unwritable("the loop does more than to make one number")
    added = _added(folding, loop)
    if any(isinstance(node, libcst.Comment) for node in walk(loop)):
        raise Unwritable("a comment stands inside of what would be rewritten")
    edits: list[Edit] = []
    text = lazily(folding, loop.iter) if folding.form.style == "lookups" else None
    if text is None and isinstance(loop.iter, libcst.Name):
        text = _kept(folding, loop.iter, edits)
    elif text is None:
        text = number_of(folding, loop.iter)
    start = _start(draft, loop, draft.code(added.target))
    first = draft.spans[start if start is not None else loop].start
    row = f"{draft.code(added.target)} {'=' if start is not None else '+='} {text}"
    indent = draft.indent(loop)
    rows = wrapping.folded(row, indent, wrapping.width_of(draft.source.lines))
    return [draft.edit(Span(first, draft.spans[added].end), "\n".join(rows)), *edits, *folding.edits]


def _added(folding: Folding, loop: libcst.For) -> libcst.AugAssign:
    """`total += book.price`, `count += 1`"""
    import libcst

    line = loop.body.body[0]
    only = line.body[0] if isinstance(line, libcst.SimpleStatementLine) and len(line.body) == 1 else None
    if not isinstance(only, libcst.AugAssign) or not isinstance(only.operator, libcst.AddAssign):
        raise Unwritable("the loop does more than to make one number")
    wanted = folding.wanted
    value = folding.draft.code(only.value)
    expected = "1" if wanted.kind == "len" else f"{folding.draft.code(loop.target)}.{wanted.column}"
    if value != expected or not isinstance(only.target, libcst.Name):
        raise Unwritable("it is not plain what is added for each row")
    return only


def _kept(folding: Folding, rows: libcst.Name, edits: list[Edit]) -> str:
    """`books = ….all()`: the name is given the number."""
    assign = folding.reading.assigned(rows)
    if assign is None:
        raise Unwritable("it is not plain where the rows come from")
    text = number_of(folding, assign.value)
    if not folding.sends:
        raise Unwritable("the query is sent later than it is built")
    name = name_uses.fresh(folding.draft, *wished(folding.wanted, rows.value))
    edits += [folding.draft.replace(assign.targets[0].target, name), checked(folding, assign.value, text)]
    return name


def _start(draft: Draft, loop: libcst.For, target: str) -> libcst.SimpleStatementLine | None:
    """`total = 0` directly above the loop."""
    import libcst

    block = draft.parents[loop]
    body = block.body if isinstance(block, (libcst.IndentedBlock, libcst.Module)) else ()
    place = next((number for number, one in enumerate(body) if one is loop), 0)
    above = body[place - 1] if place else None
    if not isinstance(above, libcst.SimpleStatementLine) or len(above.body) != 1 or loop.leading_lines:
        return None
    assign = above.body[0]
    if not isinstance(assign, libcst.Assign) or len(assign.targets) != 1:
        return None
    if above.trailing_whitespace.comment is not None:
        return None
    is_zero = isinstance(assign.value, libcst.Integer) and assign.value.value == "0"
    return above if is_zero and draft.code(assign.targets[0].target) == target else None


def wished(wanted: Wanted, rows: str) -> list[str]:
    if wanted.kind == "len":
        return [f"{singular(rows)}_count", f"number_of_{rows}"]
    return [f"{WORDS[wanted.kind]}_{wanted.column}", f"{WORDS[wanted.kind]}_{singular(rows)}_{wanted.column}"]
