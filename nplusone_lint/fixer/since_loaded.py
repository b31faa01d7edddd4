"""Between the query that loaded a row and one that asks for what is at hand: where the row comes from, what is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.names import root_of, targets_of, walk
from nplusone_lint.codemods.row_at_hand import Again
from nplusone_lint.finding import Place, Refusal
from nplusone_lint.fixer.questions import Deed, deeds_of, inside
from nplusone_lint.program import Program
from nplusone_lint.source import Point

if TYPE_CHECKING:
    import libcst


def bound(draft: Draft, again: Again) -> libcst.CSTNode | None:
    """The value that the name of the row at hand was last given above the query, or what a loop takes it from."""
    import libcst

    name = root_of(again.owner)
    best: libcst.CSTNode | None = None
    before = draft.spans[again.query].start
    for node in walk(draft.module):
        value: libcst.CSTNode | None = None
        if isinstance(node, libcst.Assign) and any(name in targets_of(target.target) for target in node.targets):
            value = node.value
        elif isinstance(node, (libcst.For, libcst.CompFor)) and name in targets_of(node.target):
            value = node.iter
        elif isinstance(node, libcst.NamedExpr) and name in targets_of(node.target):
            value = node.value
        elif isinstance(node, libcst.Param) and node.name.value == name:
            value = node
        in_comprehension = isinstance(node, libcst.CompFor) and node in draft.around(again.query)
        if value is None or not (draft.spans[value].start < before or isinstance(node, libcst.CompFor)):
            continue
        if best is None or draft.spans[value].start > draft.spans[best].start or in_comprehension:
            best = value
    return best


def is_handed_in(draft: Draft, start: libcst.CSTNode) -> bool:
    """Whether the row is a part of what a caller hands in: that may only look like one."""
    import libcst

    if any(isinstance(node, libcst.Call) for node in walk(start)):
        return False
    parameters = {node.name.value for node in walk(draft.module) if isinstance(node, libcst.Param)}
    return isinstance(start, libcst.Param) or root_of(start) in parameters


def between(program: Program, draft: Draft, again: Again, start: libcst.CSTNode, function: str) -> Iterator[Deed]:
    """What is done from the row's first query on until its second; in a loop that starts after the first, all of it."""
    import libcst

    first, last = draft.spans[start].end, draft.spans[again.row].end
    for loop in draft.around(again.query):
        if isinstance(loop, (libcst.For, libcst.While)) and draft.spans[loop].start > first:
            last = draft.spans[loop].end
    passes = next((loop for loop in draft.around(again.query) if isinstance(loop, libcst.For)), None)
    if passes is not None and passes.iter is start:
        last = max(last, draft.spans[passes].end)
    for deed in deeds_of(program, function):
        if deed.place.path == draft.path and first <= deed.place.span.start and deed.place.span.end <= _behind(last):
            yield deed


def changed_by(deeds: Iterable[Deed], question: Place) -> str | Refusal:
    """What is done to the loaded rows, but for the question itself: that they are out of date, or may be."""
    doubt = ""
    for deed in deeds:
        if inside(deed.place, question):
            continue
        if deed.writes and deed.resource == "sql":
            return Refusal("the loaded rows may be out of date", (deed.note(),))
        if deed.kind in ("unknown", "changes"):
            doubt = doubt or f"row {deed.place.span.start.row} {deed.words}"
    return doubt


def _behind(point: Point) -> Point:
    return Point(point.row, point.column + 1)
