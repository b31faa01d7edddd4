"""Syntax newer than the running Python, spelt so that it can read it; every character keeps its row and column.

Type parameters (PEP 695) become blanks, `type X = …` an assignment, `except A, B:` (PEP 758) a sum of its classes:
nothing of which the analysis makes use is lost.

https://docs.python.org/3/whatsnew/3.12.html#pep-695-type-parameter-syntax
https://docs.python.org/3/whatsnew/3.14.html
"""

from __future__ import annotations

import io
import tokenize

Tokens = list[tokenize.TokenInfo]
OPEN, CLOSE = "([{", ")]}"


def respelt(text: str) -> str | None:
    """The text without newer syntax; None where there is none of it, or where it cannot be taken apart."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError, ValueError):
        return None
    rows = [list(line) for line in io.StringIO(text)]
    changed = False
    first = True  # the token starts a statement
    for number, token in enumerate(tokens):
        if token.type in (tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.COMMENT):
            continue
        if token.type == tokenize.NAME:
            if token.string in ("class", "def"):
                changed |= _drop_parameters(rows, tokens, number + 2)
            elif first and token.string == "type":
                changed |= _assign_alias(rows, tokens, number)
            elif first and token.string == "except":
                changed |= _join_classes(rows, tokens, number + 1)
        first = token.type == tokenize.NEWLINE or token.string == ";" or token.type == tokenize.ENCODING
    return "".join("".join(row) for row in rows) if changed else None


def _drop_parameters(rows: list[list[str]], tokens: Tokens, at: int) -> bool:
    """`class Box[T](Base)`, `def first[T](items)`: blanks instead of the brackets."""
    if at >= len(tokens) or tokens[at].string != "[":
        return False
    end = _closing(tokens, at)
    _blank(rows, tokens[at].start, tokens[end].end)
    return True


def _assign_alias(rows: list[list[str]], tokens: Tokens, at: int) -> bool:
    """`type Pair[T] = tuple[T, T]`: the name moves to where `type` stood."""
    if at + 2 >= len(tokens) or tokens[at + 1].type != tokenize.NAME or tokens[at + 2].string not in ("=", "["):
        return False
    name = tokens[at + 1].string
    row, column = tokens[at].start
    end = _closing(tokens, at + 2) if tokens[at + 2].string == "[" else at + 1
    _blank(rows, tokens[at].start, tokens[end].end)
    rows[row - 1][column : column + len(name)] = name
    return True


def _join_classes(rows: list[list[str]], tokens: Tokens, at: int) -> bool:
    """`except KeyError, ValueError:`: a plus for each comma outside brackets."""
    depth, changed = 0, False
    for token in tokens[at:]:
        if token.type == tokenize.NEWLINE or (token.string == ":" and not depth):
            break
        depth += (token.string in OPEN) - (token.string in CLOSE) if token.type == tokenize.OP else 0
        if token.string == "," and not depth:
            row, column = token.start
            rows[row - 1][column] = "+"
            changed = True
    return changed


def _closing(tokens: Tokens, at: int) -> int:
    """The bracket that closes the one at a position; the last token where none does."""
    depth = 0
    for number in range(at, len(tokens)):
        if tokens[number].type == tokenize.OP:
            depth += (tokens[number].string in OPEN) - (tokens[number].string in CLOSE)
            if not depth:
                return number
    return len(tokens) - 1


def _blank(rows: list[list[str]], start: tuple[int, int], end: tuple[int, int]) -> None:
    """Blanks over a span; lines that it runs across are continued by a backslash."""
    for row in range(start[0], end[0] + 1):
        line = rows[row - 1]
        length = len("".join(line).rstrip("\r\n"))
        first = start[1] if row == start[0] else 0
        last = end[1] if row == end[0] else length
        line[first:last] = " " * (last - first)
        if row < end[0] and length:
            line[length - 1] = "\\"
