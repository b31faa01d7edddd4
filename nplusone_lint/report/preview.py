"""The rows that a fix takes out and puts in, by file, as a reader is shown them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from nplusone_lint.finding import Edit, Fix
from nplusone_lint.source import LINE_END, Source

Merge = Callable[[Source, Iterable[Edit]], str]


@dataclass(frozen=True, slots=True)
class Row:
    """One row that goes (`-`) or comes (`+`), with the number that it has or will have."""

    path: str
    number: int
    sign: str
    text: str


def changed_rows(fix: Fix, source: Callable[[str], Source | None], merge: Merge) -> Iterator[Row]:
    """The rows of all files that the fix changes; nothing of a file that is gone."""
    for path in dict.fromkeys(edit.place.path for edit in sorted(fix.edits)):
        before = source(path)
        if before is not None:
            try:
                after = merge(before, [edit for edit in fix.edits if edit.place.path == path])
            except ValueError:  # a fix that cannot be made says so when it is tried
                return
            yield from _difference(path, before.lines, LINE_END.split(after))


def _difference(path: str, before: list[str], after: list[str]) -> Iterator[Row]:
    """Only the rows between the first and the last that differ are compared: files are long, and fixes are short."""
    head = _alike(before, after)
    tail = _alike(before[head:][::-1], after[head:][::-1])
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind != "equal":
            yield from (Row(path, head + n + 1, "-", old[n]) for n in range(start, end))
            yield from (Row(path, head + n + 1, "+", new[n]) for n in range(new_start, new_end))


def _alike(one: list[str], other: list[str]) -> int:
    """How many rows both begin with."""
    return next(
        (n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), min(map(len, (one, other)))
    )
