"""The real command line on the folder of a case, and what it must leave alone."""

from __future__ import annotations

import io
import json
import os
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from pair_run import in_own_process

from nplusone_lint.__main__ import main


@dataclass(frozen=True)
class Ran:
    """What a run of the command line printed, and its exit code."""

    code: int
    out: str
    err: str


def lint(folder: Path, *words: str) -> Ran:
    """`python -m nplusone_lint check … .`"""
    ran: Ran = in_own_process(_lint, str(folder), ["check", "--isolated", "--no-cache", *words, "."])
    if "Traceback" in ran.err or ran.code not in (0, 1):
        raise AssertionError(f"exit code {ran.code}: {ran.err}")
    return ran


def _lint(folder: str, words: list[str]) -> Ran:
    os.chdir(folder)
    sys.argv = ["nplusone-lint", *words]
    with redirected(1) as out, redirected(2) as err:
        code = main()
        sys.stdout.flush()
        sys.stderr.flush()
        return Ran(code, text_of(out), text_of(err))


@contextmanager
def redirected(descriptor: int) -> Iterator[IO[bytes]]:
    """What is written to a file descriptor goes into a file."""
    kept = os.dup(descriptor)
    with TemporaryFile() as file:
        os.dup2(file.fileno(), descriptor)
        try:
            yield file
        finally:
            os.dup2(kept, descriptor)
            os.close(kept)


def text_of(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def findings(folder: Path, *words: str) -> list[dict[str, Any]]:
    """What the linter reports, with the fixes it offers; with `--fix` among the words, what is left."""
    found: list[dict[str, Any]] = json.loads(lint(folder, "--output-format", "json", *words).out)
    return found


def contents(folder: Path) -> dict[str, str]:
    """Every module of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py"))
    }


def comments(files: dict[str, str]) -> Counter[str]:
    """The comments of all modules."""
    tokens = (token for text in files.values() for token in tokenize.generate_tokens(io.StringIO(text).readline))
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)


def compile_all(files: dict[str, str]) -> None:
    for name, text in files.items():
        compile(text, name, "exec", dont_inherit=True)
