"""Where rendered findings go: standard output or a file, whole or not at all."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path

BROKEN_PIPE = 141


class OutputError(Exception):
    """Findings could not be written where they should go."""


def guard(output_file: str | None, analysed: Sequence[str]) -> None:
    """Refuse an output file that would overwrite source code, or that a link of the scanned project leads away."""
    if output_file is None:
        return
    if os.path.isdir(output_file):
        raise OutputError(f"cannot write to {output_file}: is a directory")
    if os.path.islink(output_file) and not os.path.abspath(output_file).startswith("/dev/"):
        raise OutputError(f"cannot write to {output_file}: is a symbolic link")
    real = os.path.realpath(output_file)
    if any(os.path.realpath(path) == real for path in analysed):
        raise OutputError(f"cannot write to {output_file}: is one of the analysed files")


def write(text: str, output_file: str | None, *, machine: bool) -> None:
    """Write it all. Machine formats and files are UTF-8; a terminal gets escapes for what it cannot show."""
    if output_file is not None:
        try:
            Path(output_file).write_bytes(text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise OutputError(f"cannot write to {output_file}: {error.strerror}") from None
        return
    encoding = "utf-8" if machine or sys.stdout is None else sys.stdout.encoding or "utf-8"
    write_bytes(text.encode(encoding, "backslashreplace"))


def write_bytes(data: bytes) -> None:
    """Write it all to standard output as it is."""
    if sys.stdout is None:
        raise OutputError("cannot write to standard output: it is closed")
    rest = memoryview(data)
    try:
        while rest:  # past Python's buffer, whose last flush at exit would complain of a broken pipe
            rest = rest[os.write(sys.stdout.fileno(), rest) :]
    except OSError as error:
        if error.errno in (errno.EPIPE, errno.EINVAL):
            sys.exit(BROKEN_PIPE)
        raise OutputError(f"cannot write to standard output: {error.strerror}") from None
