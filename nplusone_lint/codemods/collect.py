"""Instead of one call per pass: what the calls would be given is collected, and one call behind the loop takes it all.

A loop that does nothing else becomes a comprehension, as long as no comment in it would be lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.passes import Pass, fresh_name, is_plain, names, within
from nplusone_lint.finding import Edit
from nplusone_lint.source import Point, Span

if TYPE_CHECKING:  # see `concrete`
    import libcst

MAX_ROW = 88
WIDEST = 120


@dataclass(frozen=True, slots=True)
class Bulk:
    """What one pass hands over, names for all of it, and the call that takes it; `guarded`: not without anything."""

    item: str
    names: tuple[str, ...]
    behind: Callable[[str], str]
    guarded: bool = False


def collect(found: Pass, bulk: Bulk) -> list[Edit]:
    """The edits of the loop."""
    draft, loop = found.draft, found.loop
    name = fresh_name(draft, *bulk.names)
    wait = "await " if found.awaited else ""
    listed = _comprehension(found, bulk)
    if listed:
        lines = _call_lines(draft, loop, name, listed, bulk, wait)
        indent = draft.indent(loop)
        return [draft.replace(loop, f"\n{indent}".join(lines))]
    call = f"{wait}{bulk.behind(name)}"
    behind = [f"if {name}:", f"{step_of(draft, loop)}{call}"] if bulk.guarded else [call]
    return [
        above(draft, loop, [f"{name} = []"]),
        draft.replace(found.statement.body[0], _appended(draft, found.statement, name, bulk.item)),
        below(draft, loop, behind),
    ]


def _appended(draft: Draft, statement: libcst.CSTNode, name: str, item: str) -> str:
    indent = draft.indent(statement)
    row = f"{name}.append({item})"
    if "\n" in item or len(indent) + len(row) <= widest(draft):
        return row
    return f"{name}.append(\n{indent}{step_of(draft, statement)}{item}\n{indent})"


def _comprehension(found: Pass, bulk: Bulk) -> list[str]:
    """The parts of a list comprehension that makes all items, where the loop does nothing else; [] where it does."""
    import libcst

    draft, loop = found.draft, found.loop
    inner: libcst.BaseSuite = loop.body
    guards = list(found.guards)
    if len(found.loops) > 1 or loop.asynchronous is not None or len(guards) > 1 or "\n" in bulk.item:
        return []
    tests = ""
    if guards:
        guard = guards[0]
        if not _is_only(inner, guard) or guard.orelse is not None or draft.parents[guard] is not inner:
            return []
        inner, tests = guard.body, draft.code(guard.test)
        if not is_plain(guard.test):
            return []
    if not _is_only(inner, found.statement):
        return []
    shown = {node for line in loop.leading_lines for node in [line, *within(line)]}
    comments = [n for n in within(loop) if isinstance(n, libcst.Comment) and n not in shown]
    inside = {node for node in within(loop)}
    targets = {n.value for n in [loop.target, *within(loop.target)] if isinstance(n, libcst.Name)}
    leaks = any(name.value in targets and name not in inside for name in names(draft))
    if comments or leaks or not isinstance(loop.target, (libcst.Name, libcst.Tuple)) or "await " in bulk.item:
        return []
    source = draft.code(loop.iter)
    if isinstance(loop.iter, (libcst.IfExp, libcst.Lambda, libcst.Tuple)):
        source = f"({source})"
    parts = [bulk.item, f"for {draft.code(loop.target)} in {source}", *([f"if {tests}"] if tests else [])]
    return [] if any("\n" in part for part in parts) else parts


def _is_only(block: libcst.BaseSuite, statement: libcst.CSTNode) -> bool:
    import libcst

    return isinstance(block, libcst.IndentedBlock) and len(block.body) == 1 and block.body[0] is statement


def _call_lines(draft: Draft, loop: libcst.For, name: str, parts: list[str], bulk: Bulk, wait: str) -> list[str]:
    """The call with the list in it, on as few rows as the style of the file allows."""
    step, room = step_of(draft, loop), widest(draft) - len(draft.indent(loop))
    item, _, source = parts[0], "", parts[1]
    same = source == f"for {item} in {source.rpartition(' in ')[2]}" and len(parts) == 2
    listed = f"list({source.rpartition(' in ')[2]})" if same else f"[{' '.join(parts)}]"
    if bulk.guarded:
        rows = [f"{name} = {listed}"]
        if len(rows[0]) > room and not same:
            rows = [f"{name} = [", *(f"{step}{part}" for part in parts), "]"]
        return [*rows, f"if {name}:", f"{step}{wait}{bulk.behind(name)}"]
    row = f"{wait}{bulk.behind(listed)}"
    if len(row) <= room:
        return [row]
    mark = "\0"
    head, _, tail = bulk.behind(mark).partition(mark)
    if "(" not in head or len(step) + len(listed) > room or not head.endswith(("(", ", ")):
        return [
            f"{name} = [",
            *(f"{step}{part}" for part in parts),
            "]",
            f"{wait}{bulk.behind(name)}",
        ]
    opening = head.rindex("(") + 1
    given = head[opening:]
    return [f"{wait}{head[:opening]}", f"{step}{given}{listed}{tail[: tail.index(')')]}", tail[tail.index(")") :]]


# --- rows around a loop


def above(draft: Draft, statement: libcst.CSTNode, lines: list[str]) -> Edit:
    """Whole rows above a statement and the comments that belong to it."""
    indent = draft.indent(statement)
    row = draft.spans[statement].start.row
    while row > 1 and re.match(rf"{indent}#", draft.source.lines[row - 2]):
        row -= 1
    start = Point(row, 1)
    return draft.edit(Span(start, start), "".join(f"{indent}{line}\n" for line in lines))


def below(draft: Draft, statement: libcst.CSTNode, lines: list[str]) -> Edit:
    """Whole rows below a statement, indented as it is."""
    indent, row = draft.indent(statement), draft.spans[statement].end.row
    text = "\n".join(f"{indent}{line}" for line in lines)
    if row >= len(draft.source.lines):
        end = Point(row, len(draft.source.lines[row - 1]) + 1)
        return draft.edit(Span(end, end), f"\n{text}")
    start = Point(row + 1, 1)
    return draft.edit(Span(start, start), f"{text}\n")


def step_of(draft: Draft, statement: libcst.CSTNode) -> str:
    """One step of indentation, as the file has it."""
    import libcst

    block = getattr(statement, "body", None)
    if isinstance(block, libcst.IndentedBlock) and block.body:
        inner = draft.indent(block.body[0])
        return inner[len(draft.indent(statement)) :]
    return draft.module.default_indent


def widest(draft: Draft) -> int:
    """How long rows are in a file."""
    return min(max([MAX_ROW, *map(len, draft.source.lines)]), WIDEST)


def plural(noun: str) -> str:
    if re.search(r"[^aeiou]y$", noun):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


def snake(name: str) -> str:
    """`OrderLine` → `order_line`"""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
