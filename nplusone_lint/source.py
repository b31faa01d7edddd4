"""The only reader of files, and the only place that does column arithmetic.

Rows and columns of a `Point` start at 1; columns count code points. `ast` counts columns from 0 in UTF-8 bytes.
Inside the analysis a span is one packed integer (`pack`), because a program has millions of them.
"""

from __future__ import annotations

import ast
import codecs
import io
import os
import re
import stat
import tokenize
from dataclasses import dataclass, field
from typing import Protocol

MAX_BYTES = 4_000_000
LINE_END = re.compile("\r\n|\r|\n")
COLUMN_BITS = 22
COLUMN_MASK = (1 << COLUMN_BITS) - 1


class Positioned(Protocol):
    """What `pack` needs of a node of the `ast` module."""

    lineno: int
    col_offset: int
    end_lineno: int | None
    end_col_offset: int | None


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """A place in a file; row and column start at 1, columns count code points."""

    row: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From the first character to just behind the last."""

    start: Point
    end: Point


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a file gave nothing to analyse, in words for its owner."""

    path: str
    message: str
    point: Point = Point(1, 1)


@dataclass(slots=True)
class Source:
    """One readable file: its path as the user spelt it, decoded text, and encoding.

    `exact`: the text in that encoding is the file, byte for byte.
    """

    path: str
    text: str
    encoding: str = "utf-8"
    exact: bool = True
    _lines: list[str] | None = field(default=None, repr=False, compare=False)

    @property
    def lines(self) -> list[str]:
        """The lines without their ends, split where Python splits them (not at form feeds or U+2028)."""
        if self._lines is None:
            self._lines = LINE_END.split(self.text)
        return self._lines

    def span(self, at: int) -> Span:
        """The span that `pack` made of a node of this file."""
        row, column, end_row, end_column = unpack(at)
        return Span(self._point(row, column), self._point(end_row, end_column))

    def text_of(self, span: Span) -> str:
        """What stands in a span, with its line ends spelt as `\n`."""
        rows = self.lines[span.start.row - 1 : span.end.row]
        if not rows:
            return ""
        rows[-1] = rows[-1][: span.end.column - 1]
        rows[0] = rows[0][span.start.column - 1 :]
        return "\n".join(rows)

    def _point(self, row: int, byte_column: int) -> Point:
        line = self.lines[row - 1] if 0 < row <= len(self.lines) else ""
        if line.isascii():
            return Point(row, byte_column + 1)
        before = line[:byte_column].encode("utf-8", "surrogatepass")[:byte_column]
        return Point(row, len(before.decode("utf-8", "replace")) + 1)


def pack(node: Positioned) -> int:
    """The span of an `ast` node as one integer."""
    end_row = node.end_lineno or node.lineno
    return (
        (((node.lineno << COLUMN_BITS | node.col_offset) << COLUMN_BITS) | (end_row - node.lineno)) << COLUMN_BITS
    ) | (node.end_col_offset or 0)


def unpack(at: int) -> tuple[int, int, int, int]:
    """Start row and column, end row and column, as `ast` counts them (rows from 1, columns from 0, in bytes)."""
    height = (at >> COLUMN_BITS) & COLUMN_MASK
    row = at >> (3 * COLUMN_BITS)
    return row, (at >> (2 * COLUMN_BITS)) & COLUMN_MASK, row + height, at & COLUMN_MASK


def row_of(at: int) -> int:
    """The row a packed span starts on."""
    return at >> (3 * COLUMN_BITS)


def read(path: str) -> Source | Unreadable:
    """Read and decode one file as Python would (PEP 263); never blocks on pipes and devices."""
    try:
        data = read_bytes(path)
    except IsADirectoryError:
        return Unreadable(path, "is a directory, not a Python file")
    except OSError as error:
        return Unreadable(path, error.strerror or str(error))
    if isinstance(data, Unreadable):
        return data
    return decode(path, data)


def read_bytes(path: str) -> bytes | Unreadable:
    """What a regular file holds; raises OSError where it cannot be read."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError
        if not stat.S_ISREG(status.st_mode):
            return Unreadable(path, "is not a regular file")
        if status.st_size > MAX_BYTES:
            return Unreadable(path, f"is larger than {MAX_BYTES // 1_000_000} MB")
        return file.read(MAX_BYTES + 1)


def decode(path: str, data: bytes) -> Source | Unreadable:
    """The text of a file's bytes, by its byte order mark or coding cookie, else UTF-8."""
    if b"\0" in data:
        row = data[: data.index(b"\0")].count(b"\n") + 1
        return Unreadable(path, "contains a NUL byte: not Python source", Point(row, 1))
    try:
        encoding = _declared_encoding(data)
        if encoding == "utf-8":
            return Source(path, data.decode("utf-8"), encoding)
        if codecs.lookup(encoding).name in UNSAFE_CODECS or not _is_text_codec(encoding):
            return Unreadable(path, f"declares the encoding `{encoding}`, which is not a text encoding for source code")
        text = data.decode(encoding)
    except (SyntaxError, LookupError) as error:
        return Unreadable(path, f"has no usable encoding: {error}")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        return Unreadable(
            path, f"byte {error.start} is not {error.encoding}: add a coding cookie or save as UTF-8", Point(row, 1)
        )
    text = text.removeprefix("\ufeff")
    return Source(path, text, encoding, exact=_encodes_to(data, text, encoding))


def _encodes_to(data: bytes, text: str, encoding: str) -> bool:
    try:
        return text.encode(encoding) == data
    except UnicodeEncodeError:
        return False


def _declared_encoding(data: bytes) -> str:
    """The encoding of a file by its byte order mark or coding cookie; most files have neither, and are told quickly."""
    if not data.startswith(codecs.BOM_UTF8) and b"coding" not in b"".join(data[:2000].splitlines()[:2]):
        return "utf-8"
    return tokenize.detect_encoding(io.BytesIO(data).readline)[0]


UNSAFE_CODECS = frozenset({"utf-7", "utf-16", "utf-32", "idna", "punycode", "unicode_escape", "raw_unicode_escape"})


def _is_text_codec(encoding: str) -> bool:
    try:
        return b"a=1\n".decode(encoding) == "a=1\n"
    except (LookupError, UnicodeDecodeError, AssertionError, ValueError):
        return False


def parse(source: Source) -> ast.Module | Unreadable:
    """The syntax tree of a file, or what the parser said."""
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return ast.parse(source.text)
            except SyntaxError:
                return _parse_newer(source.text)
    except SyntaxError as error:
        return Unreadable(source.path, _explain(error), Point(max(error.lineno or 1, 1), max(error.offset or 1, 1)))
    except (RecursionError, MemoryError):
        return Unreadable(source.path, "is nested too deeply to be parsed")
    except ValueError as error:
        return Unreadable(source.path, str(error))


def _parse_newer(text: str) -> ast.Module:
    """The tree of a text with syntax newer than the running Python; raises the first error where that is not it."""
    from nplusone_lint.newer_syntax import respelt

    try:
        known = respelt(text)
        if known is not None:
            return ast.parse(known)
    except SyntaxError:
        pass
    return ast.parse(text)


NEWER_SYNTAX = (
    # (pattern on the offending line, the first Python that reads it)
    (re.compile(r"^\s*except\s*\*"), (3, 11)),
    (re.compile(r"\bt[\"']"), (3, 14)),
    (re.compile(r"f[\"'].*\{"), (3, 12)),
)


def _explain(error: SyntaxError) -> str:
    """The parser's words, with the Python that would read the line where the running one is too old."""
    import sys

    message = f"syntax error: {error.msg}"
    for pattern, version in NEWER_SYNTAX:
        if sys.version_info < version and pattern.search(error.text or ""):
            running = ".".join(map(str, sys.version_info[:2]))
            return f"{message} (needs Python {version[0]}.{version[1]} or newer to be read; running {running})"
    return message
