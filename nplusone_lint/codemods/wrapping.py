"""Rows of new code: an expression made flat, and folded at its brackets where a row would be too long."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from itertools import pairwise

WIDTHS = (88, 100, 120)
"""How long rows may be: as long as most of a file's own are."""
OPENING, CLOSING = "([{", ")]}"
STEP = "    "


def width_of(lines: list[str]) -> int:
    """How long the rows of a file may be, to go by those it has."""
    few = len(lines) // 100
    return next((width for width in WIDTHS if sum(len(line) > width for line in lines) <= few), WIDTHS[-1])


def flat(text: str) -> str | None:
    """An expression on one row; None where a comment or a text of several rows stands in it."""
    if "\n" not in text:
        return text
    rows = text.split("\n")
    if not _is_joinable(text, len(rows)):
        return None
    result = rows[0].rstrip()
    for row in rows[1:]:
        row = row.strip()
        if row[:1] in CLOSING:
            result = result.removesuffix(",") + row
        else:
            result += row if not row or row[0] == "." or result[-1:] in OPENING else f" {row}"
    return result


def _is_joinable(text: str, rows: int) -> bool:
    """Whether each row ends between two tokens, and none with a comment."""
    tokens = list(tokenize.generate_tokens(io.StringIO(f"({text})").readline))
    ends = sum(token.type == tokenize.NL for token in tokens)
    return ends == rows - 1 and not any(token.type == tokenize.COMMENT for token in tokens)


def folded(text: str, indent: str, width: int) -> list[str]:
    """A flat statement on as many rows as it takes; those below the first are indented, the first is not."""
    rows = list(_folded(text, indent, width))
    return [rows[0].removeprefix(indent), *rows[1:]]


def _folded(text: str, indent: str, width: int) -> Iterator[str]:
    if len(indent) + len(text) <= width:
        yield indent + text
        return
    opened = _last_brackets(text)
    if opened is None:
        yield indent + text
        return
    start, end = opened
    yield indent + text[: start + 1]
    yield from _inside(text[start + 1 : end], indent + STEP, width, is_call=text[start] != "{" and start > 0)
    yield indent + text[end:]


def _inside(text: str, indent: str, width: int, *, is_call: bool) -> Iterator[str]:
    """What stands between two brackets: on one row, else one row for each of its parts."""
    if len(indent) + len(text) <= width:
        yield indent + text
        return
    commas = _cuts(text, (",",))
    loops = [cut for cut in _cuts(text, ("for", "async", "if")) if text[:cut].strip()]
    if loops:
        for part in _parts(text, _without_second_words(text, loops)):
            yield from _linked(part.strip(), indent, width)
    elif commas:
        for part in _parts(text, [cut + 1 for cut in commas]):
            if part.strip():
                yield from _folded(f"{part.strip().removesuffix(',')},", indent, width)
    else:
        yield from _linked(text, indent, width)


def _linked(text: str, indent: str, width: int) -> Iterator[str]:
    """A chain of calls inside of brackets, one link a row."""
    dots = _link_cuts(text)
    if len(indent) + len(text) <= width or len(dots) < 2:
        yield from _folded(text, indent, width)
        return
    for part in _parts(text, dots):
        yield from _folded(part, indent, width)


def _without_second_words(text: str, cuts: list[int]) -> list[int]:
    """`async for` is cut once."""
    return [cut for cut in cuts if not text[:cut].rstrip().endswith(" async")]


def _parts(text: str, cuts: list[int]) -> list[str]:
    bounds = [0, *cuts, len(text)]
    return [text[start:end] for start, end in pairwise(bounds)]


def _tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """Each token with its column and the number of brackets around it."""
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO(f"({text})").readline):
        if token.string and token.string in CLOSING:
            depth -= 1
        if depth:
            yield token.string, token.start[1] - 1, depth
        if token.string and token.string in OPENING:
            depth += 1


def _cuts(text: str, words: tuple[str, ...]) -> list[int]:
    return [at for word, at, depth in _tokens(text) if depth == 1 and word in words]


def _link_cuts(text: str) -> list[int]:
    """Before the dots of a chain that stand behind a call."""
    return [at for at in _cuts(text, (".",)) if text[at - 1] in CLOSING]


def _last_brackets(text: str) -> tuple[int, int] | None:
    """The last pair of brackets with something in it that nothing is around."""
    starts = [
        at
        for word, at, depth in _tokens(text)
        if depth == 1 and word and word in OPENING and text[at - 1 : at + 1] != ")["  # the item of what is called
    ]
    for start in reversed(starts):
        depth = 0
        for word, at, _ in _tokens(text[start:]):
            depth += word in tuple(OPENING)
            depth -= word in tuple(CLOSING)
            if not depth:
                if at > 1:
                    return start, start + at
                break
    return None
