"""Edits put into a text: in order, without overlap, and nothing else of the text changes by a character."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from nplusone_lint.finding import Edit
from nplusone_lint.source import LINE_END, Point, Source


class MergeError(ValueError):
    """Edits that cannot be put into a text; the message says why."""


def merged(source: Source, edits: Iterable[Edit]) -> str:
    """The text of a file with edits of that file put in.

    Equal edits count once. Insertions at one point follow one another in sorted order, before what is put in the place
    of the text there. A line end in new text is spelt as the rows around it spell theirs.
    """
    chosen = sorted(set(edits))
    if overlapping := clash(chosen):
        raise MergeError(f"two edits overlap: {_where(overlapping[0])} and {_where(overlapping[1])}")
    ends = list(LINE_END.finditer(source.text))
    starts = [0, *(end.end() for end in ends)]
    pieces = []
    done = 0
    for edit in chosen:
        start, end = (_offset(source, starts, point, edit) for point in (edit.place.span.start, edit.place.span.end))
        if end < start:
            raise MergeError(f"an edit ends before it starts: {_where(edit)}")
        near = min(edit.place.span.start.row, len(ends)) - 1  # the last row may have no end of its own
        pieces += [source.text[done:start], LINE_END.sub(ends[near][0] if ends else "\n", edit.content)]
        done = end
    return "".join([*pieces, source.text[done:]])


def clash(edits: Iterable[Edit]) -> tuple[Edit, Edit] | None:
    """Two edits that cannot both be made, if there are such. They may stand in several files."""
    for before, after in pairwise(sorted(set(edits))):
        if before.place.path == after.place.path and after.place.span.start < before.place.span.end:
            return before, after
    return None


def crowds(edits: Iterable[Edit], others: Iterable[Edit]) -> bool:
    """Whether two fixes insert different text at one point: one would be written otherwise after the other."""
    points = {edit.place: edit.content for edit in others if edit.place.span.start == edit.place.span.end}
    return any(points.get(edit.place, edit.content) != edit.content for edit in edits)


def _offset(source: Source, starts: list[int], point: Point, edit: Edit) -> int:
    if not (0 < point.row <= len(source.lines) and 0 < point.column <= len(source.lines[point.row - 1]) + 1):
        raise MergeError(f"an edit stands outside of the text: {_where(edit)}")
    return starts[point.row - 1] + point.column - 1


def _where(edit: Edit) -> str:
    start = edit.place.span.start
    return f"{edit.place.path}:{start.row}:{start.column}"
